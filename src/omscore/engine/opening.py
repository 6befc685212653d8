"""From the tables of a shop to its opened backends."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any, NamedTuple

from omscore.engine.effects import Ports
from omscore.plugins.capabilities import captures_of
from omscore.plugins.discovery import Plugins
from omscore.plugins.providers import PortKind
from omscore.policy.shop import Shop
from omscore.ports.storage import Storage
from omscore.ports.taxes import TaxPort


class Opened(NamedTuple):
    """The backends of a shop, open."""

    storage: Storage
    taxes: TaxPort
    ports: Ports


def open_ports(shop: Shop, plugins: Plugins, folder: Path, stack: ExitStack) -> Opened:
    """Every backend the shop names, opened in order and closed by the stack.

    Raises: SetupError naming the path of what is wrong with the first that cannot be.
    """

    def every(kind: PortKind, tables: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
        return {
            name: stack.enter_context(plugins.open(kind, name, settings, folder=folder))
            for name, settings in tables.items()
        }

    def one(kind: PortKind, tables: Mapping[str, Mapping[str, Any]]) -> Any:
        return next(iter(every(kind, tables).values()), None)

    def formats() -> Iterator[tuple[str, Any]]:
        for channel, tables in shop.intake.items():
            ((name, settings),) = tables.items()
            where = f"intake.{channel}.{name}"
            opening = plugins.open(PortKind.CHANNEL, name, settings, folder=folder, where=where)
            yield channel, stack.enter_context(opening)

    payments = every(PortKind.PAYMENT, shop.payment)
    ports = Ports(
        payments=payments,
        reviewers=every(PortKind.REVIEW, shop.reviewers),
        carrier=one(PortKind.CARRIER, shop.carrier),
        notices=one(PortKind.NOTICE, shop.notices),
        letters=one(PortKind.LETTER, shop.letters),
        observers=one(PortKind.OBSERVER, shop.observers),
        erp=one(PortKind.ERP, shop.erp),
        rates=one(PortKind.RATE, shop.rates),
        channels=dict(formats()),
        captures={
            name: captures_of(plugins.provider(PortKind.PAYMENT, name).capabilities, payment)
            for name, payment in payments.items()
        },
        secrets=plugins.secrets,
    )
    return Opened(one(PortKind.STORAGE, shop.storage), one(PortKind.TAX, shop.taxes), ports)
