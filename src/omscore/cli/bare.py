"""The engine at work on a database alone, or with the shop's rules beside it: no provider is opened."""

from __future__ import annotations

from typing import Any

from omscore.cli.records import Records
from omscore.engine.desk import Desk
from omscore.engine.plans import PLANS
from omscore.errors import SetupError
from omscore.flows.world import TaskKind
from omscore.policy.shop import Shop


class _NotThere:
    """Stands for what only a configuration can tell; whoever asks for it is refused, and then nothing is recorded."""

    def __getattr__(self, name: str) -> Any:
        raise SetupError(f"this command asked for {name!r} of the shop's configuration, which is not at hand")


def bare_desk(records: Records, shop: Shop | None = None) -> Desk:
    """A desk for commands that need neither prices nor carriers, and without `shop` no rules either."""
    absent: Any = _NotThere()
    nobody = {TaskKind.ERP_INVOICE} if shop is not None and not shop.erp else set()
    return Desk(
        shop=absent if shop is None else shop,
        storage=records.storage,
        codec=records.codec,
        reader=records.reader,
        taxes=absent,
        network=absent,
        rulebook=absent,
        served=frozenset(TaskKind) - nobody,
        plans=PLANS,
        foreseen={},
    )
