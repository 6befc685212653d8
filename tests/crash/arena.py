"""Where campaigns run: fresh shops on one engine, opened by as many processes as like.

An arena may be given wrong parts on purpose (`store`, `payments`): a harness that has never caught a planted mistake
proves nothing.
"""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import attrs

from omscore.app import Oms, open_shop
from omscore.plugins import PortKind
from omscore.plugins.discovery import Plugins
from omscore.ports.clock import Clock, VirtualClock
from omscore.ports.payments import PaymentPort
from omscore.ports.storage import Storage
from omscore_adapters.storage_postgres import PostgresStorage
from omscore_adapters.storage_sqlite import SqliteSettings, SqliteStorage
from tests.crash.truth import TruthPayments
from tests.kit.postgres import Server
from tests.kit.shops import NOON, RATES, SHOP, stock_up
from tests.laws.bench import Books, Offer, Outbox


@attrs.frozen(kw_only=True)
class Place:
    """One shop: its folder with the provider's own log, and where its store is."""

    folder: Path
    schema: str

    @property
    def truth(self) -> Path:
        return self.folder / "truth.jsonl"

    @property
    def database(self) -> Path:
        return self.folder / "shop.db"


@attrs.frozen(kw_only=True)
class Arena:
    """Makes and opens shops.

    Shape: `store` stands between the engine and its store, `payments` makes the provider over its log; `dsn` is another
    way to the server.
    Units: busy_timeout_ms is how long SQLite waits for another program.
    """

    engine: str
    folder: Path
    server: Server | None = None
    store: Callable[[Storage], Storage] = lambda storage: storage
    payments: Callable[[Path], PaymentPort] = TruthPayments
    edit: str = ""
    dsn: str = ""
    busy_timeout_ms: int = 5_000
    _numbers: Iterator[int] = attrs.field(factory=lambda: itertools.count(1))

    def fresh(self, *, stock: bool = True) -> Place:
        """A new shop with three items and, if wanted, stock."""
        number = next(self._numbers)
        folder = self.folder / f"shop{number}"
        folder.mkdir()
        (folder / "shop.toml").write_text(SHOP + self.edit, encoding="utf-8")
        (folder / "rates.csv").write_text(RATES, encoding="utf-8")
        place = Place(folder=folder, schema=f"{self.folder.name.replace('-', '_').lower()}_{number}")
        with self.opened(place) as oms:
            stock_up(oms, stock=stock)
        return place

    def storage(self, place: Place) -> Storage:
        """The store itself, opened once more."""
        if self.engine == "sqlite":
            file = place.database
            settings = SqliteSettings(path=file, synchronous="normal", busy_timeout_ms=self.busy_timeout_ms)
            opened: Storage = SqliteStorage(settings)
        else:
            assert self.server is not None
            opened = PostgresStorage(
                self.server.settings(dsn=self.dsn or self.server.dsn, schema=place.schema, connections=4)
            )
        return self.store(opened)

    @contextmanager
    def stored(self, place: Place) -> Iterator[Storage]:
        """The store alone, opened and closed."""
        storage = self.storage(place)
        try:
            yield storage
        finally:
            storage.close()

    @contextmanager
    def opened(self, place: Place, *, clock: Clock | None = None) -> Iterator[Oms]:
        """The shop, opened once more, by this process or another."""
        storage = self.storage(place)
        plugins = Plugins()
        plugins.register(
            Offer(
                {
                    (PortKind.STORAGE, "hand"): storage,
                    (PortKind.PAYMENT, "manual"): self.payments(place.truth),
                    (PortKind.NOTICE, "outbox"): Outbox(),
                    (PortKind.ERP, "books"): Books(),
                }
            )
        )
        overrides: Mapping[str, Any] = {"storage": {"hand": {}}, "notices": {"outbox": {}}, "erp": {"books": {}}}
        try:
            with open_shop(
                place.folder / "shop.toml", clock=clock or VirtualClock(NOON), overrides=overrides, plugins=plugins
            ) as oms:
                yield oms
        finally:
            storage.close()

    def clear(self, place: Place) -> None:
        """Removes a shop that is done with."""
        if self.server is not None:
            self.server.drop(place.schema)
        shutil.rmtree(place.folder)
