"""A small real shop over the store of a test: the starter shop with one article, on a clock that stands still."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from datetime import timedelta
from pathlib import Path
from typing import TypeAlias

import pytest

from omscore.app import Oms, open_shop
from omscore.ids import LocationId, StockDocumentId
from omscore.inventory.commands import ListItem, ReceiveStock
from omscore.inventory.model import StockLine
from omscore.items import Item, Sku
from omscore.plugins import PortKind, Provider, hookimpl
from omscore.plugins.discovery import Plugins
from omscore.plugins.providers import AnyProvider
from omscore.policy.starter import write_starter_shop
from omscore.ports.clock import VirtualClock
from omscore.ports.storage import Storage
from omscore.records import frozen
from omscore.testing.conformance.storage.commits import NOON
from omscore.testing.conformance.storage.laws import StorageLaws

UNITS = 5
NewShop: TypeAlias = Callable[[Storage], Oms]
"""Opens the shop over a store; each time it is another program's view of the same shop."""


@frozen(kw_only=True)
class NoSettings:
    """Nothing to set."""


class Given:
    """A plugin that offers a store which is open already."""

    def __init__(self, store: Storage) -> None:
        self._store = store

    @hookimpl
    def oms_providers(self) -> Sequence[AnyProvider]:
        return (Provider(name="given", port=PortKind.STORAGE, settings_type=NoSettings, open=self._open),)

    def _open(self, _settings: NoSettings) -> AbstractContextManager[Storage]:
        return nullcontext(self._store)


class ShopLaws(StorageLaws):
    """The base of rooms that look at a store through a shop."""

    @pytest.fixture
    def new_shop(self, tmp_path: Path) -> Iterator[NewShop]:
        """The opener of the shop, with five pots on the shelf once it was opened over an empty store."""
        folders = iter(range(1_000))
        with ExitStack() as opened:

            def new(store: Storage) -> Oms:
                return opened.enter_context(shop(tmp_path / f"shop{next(folders)}", store))

            yield new


@contextmanager
def shop(folder: Path, store: Storage) -> Iterator[Oms]:
    plugins = Plugins()
    plugins.register(Given(store))
    clock = VirtualClock(NOON + timedelta(days=1))
    config = write_starter_shop(folder)
    with open_shop(config, clock=clock, plugins=plugins, overrides={"storage": {"given": {}}}) as oms:
        at = clock.now()
        if not store.stock(["POT"]):
            oms.do(ListItem(item=Item(sku=Sku("POT"), name="Teapot", mass_g=1400), at=at))
            lines = (StockLine("POT", "general", UNITS),)
            opening = StockDocumentId("opening")
            oms.do(ReceiveStock(document_id=opening, location_id=LocationId("MUC"), lines=lines, at=at))
        yield oms
