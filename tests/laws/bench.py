"""The small shop with ports a test can look into: payments by hand, an outbox and books that are lists."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

import attrs

from omscore.app import Oms, open_shop
from omscore.billing.journal import JournalEntry
from omscore.ids import PersonId
from omscore.plugins import Capability, PortKind, Provider, hookimpl
from omscore.plugins.discovery import Plugins
from omscore.plugins.providers import AnyProvider
from omscore.ports.carriers import CarrierPort
from omscore.ports.clock import Clock, VirtualClock
from omscore.ports.erp import ErpPort
from omscore.ports.notices import Notice, NoticePort
from omscore.ports.payments import PaymentPort
from omscore.ports.reviews import ReviewPort
from omscore.ports.storage import Commit, Glance, Storage
from omscore_adapters.payment_manual import ManualPayments
from omscore_adapters.storage_sqlite import SqliteSettings, SqliteStorage
from tests.kit.shops import NOON, RATES, SHOP, stock_up

IN_PARTS = frozenset({Capability.PARTIAL_CAPTURE, Capability.MULTIPLE_CAPTURES})


class Outbox:
    """Keeps every notice; the last one under a key stands."""

    def __init__(self) -> None:
        self.notices: dict[str, Notice] = {}

    def send(self, notice: Notice) -> None:
        self.notices[notice.key] = notice

    def subjects(self) -> list[str]:
        return [notice.subject for notice in self.notices.values()]


class Books:
    """Keeps every entry; an entry told twice is kept once."""

    def __init__(self) -> None:
        self.entries: dict[str, JournalEntry] = {}

    def post(self, entries: Sequence[JournalEntry]) -> None:
        for entry in entries:
            assert self.entries.setdefault(entry.entry_id, entry) == entry


class Raced(SqliteStorage):
    """A store in a file that another program is faster at, once: right before a commit, or after a look at records."""

    def __init__(self, folder: Path) -> None:
        super().__init__(SqliteSettings(path=folder / "shop.db"))
        self.before_commit: Callable[[], object] | None = None
        self.after_look: Callable[[], object] | None = None

    def commit(self, commit: Commit) -> str:
        self.before_commit, rival = None, self.before_commit
        if rival is not None:
            rival()
        return super().commit(commit)

    def glance(
        self,
        streams: Sequence[str],
        have: Mapping[str, int],
        skus: Sequence[str],
        documents: Sequence[tuple[PersonId, str]],
    ) -> Glance:
        known = super().glance(streams, have, skus, documents)
        self.after_look, rival = None, self.after_look
        if rival is not None:
            rival()
        return known


@attrs.frozen(kw_only=True)
class NoSettings:
    """Nothing to set."""


@attrs.frozen(kw_only=True)
class Bench:
    """One opened shop and what lies behind its ports."""

    oms: Oms
    payments: Any
    outbox: Any
    books: Books


class Offer:
    """A plugin that offers ports made by the test."""

    def __init__(self, ports: dict[tuple[PortKind, str], object], *, can: frozenset[Capability] = IN_PARTS) -> None:
        self._ports = ports
        self._can = can

    @hookimpl
    def oms_providers(self) -> Sequence[AnyProvider]:
        return [_provider(kind, name, port, self._can) for (kind, name), port in self._ports.items()]


def _provider(kind: PortKind, name: str, port: object, capabilities: frozenset[Capability]) -> AnyProvider:
    @contextmanager
    def opened(_settings: NoSettings) -> Iterator[object]:
        yield port

    return Provider(name=name, port=kind, settings_type=NoSettings, open=opened, capabilities=capabilities)


@contextmanager
def bench(
    folder: Path,
    *,
    storage: str = "memory",
    store: Storage | None = None,
    payments: PaymentPort | None = None,
    outbox: NoticePort | None = None,
    carrier: CarrierPort | None = None,
    books: ErpPort | None = None,
    reviewers: Mapping[str, ReviewPort] | None = None,
    clock: Clock | None = None,
    can: frozenset[Capability] = IN_PARTS,
    stock: bool = True,
    edit: str = "",
) -> Iterator[Bench]:
    """The small shop of `tests.kit`, opened with these ports, its stock put in if the store is new.

    Shape: `can` is what the payments declare.
    """
    config = folder / "shop.toml"
    if not config.exists():
        config.write_text(SHOP + edit, encoding="utf-8")
        (folder / "rates.csv").write_text(RATES, encoding="utf-8")
    money, letters, told = payments or ManualPayments(), outbox or Outbox(), books or Books()
    ports: dict[tuple[PortKind, str], object] = {
        (PortKind.PAYMENT, "manual"): money,
        (PortKind.NOTICE, "outbox"): letters,
        (PortKind.ERP, "books"): told,
    }
    overrides: dict[str, Any] = {"notices": {"outbox": {}}, "erp": {"books": {}}}
    if carrier is not None:
        ports[PortKind.CARRIER, "hand"] = carrier
        overrides["carrier"] = {"hand": {}}
    for name, reviewer in (reviewers or {}).items():
        ports[PortKind.REVIEW, name] = reviewer
        overrides.setdefault("reviewers", {})[name] = {}
    if store is not None:
        ports[PortKind.STORAGE, "hand"] = store
        overrides["storage"] = {"hand": {}}
    elif storage != "sqlite":
        overrides["storage"] = {storage: {}}
    plugins = Plugins()
    plugins.register(Offer(ports, can=can))
    try:
        with open_shop(config, clock=clock or VirtualClock(NOON), overrides=overrides, plugins=plugins) as oms:
            if not oms.storage.counts()["streams"]:
                stock_up(oms, stock=stock)
            yield Bench(oms=oms, payments=money, outbox=letters, books=cast(Books, told))
    finally:
        if isinstance(store, Raced):
            store.close()
