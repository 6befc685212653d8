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


def open_ports(shop: Shop, offered: Plugins, folder: Path, opened: ExitStack) -> Ports:
    """Everything tasks ask outside. Raises: SetupError naming the path of what is wrong."""
    payments = {
        name: opened.enter_context(offered.open(PortKind.PAYMENT, name, settings, folder=folder))
        for name, settings in shop.payment.items()
    }

    def port(kind: PortKind, tables: Mapping[str, Mapping[str, Any]]) -> Any:
        return open_one(kind, tables, offered, folder, opened) if tables else None

    carrier = port(PortKind.CARRIER, shop.carrier)
    return Ports(
        payments=payments,
        carrier=carrier,
        notices=port(PortKind.NOTICE, shop.notices),
        letters=port(PortKind.LETTER, shop.letters),
        observers=port(PortKind.OBSERVER, shop.observers),
        erp=port(PortKind.ERP, shop.erp),
        secrets=offered.secrets,
        captures={
            name: captures_of(offered.provider(PortKind.PAYMENT, name).capabilities, payment)
            for name, payment in payments.items()
        },
    )


def open_one(
    kind: PortKind, tables: Mapping[str, Mapping[str, Any]], offered: Plugins, folder: Path, opened: ExitStack
) -> Any:
    """The one adapter of a port."""
    ((name, settings),) = tables.items()
    return opened.enter_context(offered.open(kind, name, settings, folder=folder))
