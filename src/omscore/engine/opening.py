"""The backends of a shop, opened as its configuration says; whoever opens them closes them with the stack."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from omscore.engine.effects import Ports
from omscore.plugins.capabilities import captures_of
from omscore.plugins.discovery import Plugins
from omscore.plugins.providers import PortKind
from omscore.policy.shop import Shop
from omscore.ports.news import TellingChannel


def open_ports(shop: Shop, offered: Plugins, folder: Path, opened: ExitStack) -> Ports:
    """Everything tasks ask outside. Raises: SetupError naming the path of what is wrong."""
    payments = {
        name: opened.enter_context(offered.open(PortKind.PAYMENT, name, settings, folder=folder))
        for name, settings in shop.payment.items()
    }

    def port(kind: PortKind, tables: Mapping[str, Mapping[str, Any]]) -> Any:
        return open_one(kind, tables, offered, folder, opened) if tables else None

    channels = {
        channel: open_one(PortKind.CHANNEL, tables, offered, folder, opened, where=f"intake.{channel}")
        for channel, tables in shop.intake.items()
    }
    return Ports(
        payments=payments,
        carrier=port(PortKind.CARRIER, shop.carrier),
        notices=port(PortKind.NOTICE, shop.notices),
        letters=port(PortKind.LETTER, shop.letters),
        observers=port(PortKind.OBSERVER, shop.observers),
        erp=port(PortKind.ERP, shop.erp),
        channels={name: each for name, each in channels.items() if isinstance(each, TellingChannel)},
        secrets=offered.secrets,
        captures={
            name: captures_of(offered.provider(PortKind.PAYMENT, name).capabilities, payment)
            for name, payment in payments.items()
        },
    )


def open_one(
    kind: PortKind,
    tables: Mapping[str, Mapping[str, Any]],
    offered: Plugins,
    folder: Path,
    opened: ExitStack,
    *,
    where: str = "",
) -> Any:
    """The one adapter of a port; `where` is the path of its table, when it is not that of the port."""
    ((name, settings),) = tables.items()
    path = f"{where}.{name}" if where else ""
    return opened.enter_context(offered.open(kind, name, settings, folder=folder, where=path))
