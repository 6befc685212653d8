"""A bounce is noted with the letter it is about: one that was sent from here, or it is none of ours."""

from __future__ import annotations

from omscore.border import without_card_numbers
from omscore.engine.plans.wishes import RecordBounce
from omscore.engine.unit import Unit
from omscore.errors import NotFoundError
from omscore.flows.world import TaskKind
from omscore.ids import OrderId
from omscore.orders.bounces import NoteBounce


def record_bounce(unit: Unit, command: RecordBounce) -> None:
    """Note that a letter came back. Raises: NotFoundError when no such letter was ever asked for."""
    task = unit.desk.storage.task(command.letter)
    if task is None or task.kind != TaskKind.NOTICE or not task.attempt:
        raise NotFoundError(
            f"there is no letter {without_card_numbers(command.letter)!r} that was sent from here; check its key",
            code="letter.unknown",
        )
    payload = unit.desk.codec.record(task.payload, dict[str, str])
    order_id = payload.get("order_id", "")
    unit.decide(
        NoteBounce(
            letter=command.letter,
            template=payload["template"],
            order_id=OrderId(order_id) if order_id else None,
            status=command.status,
            at=command.at,
        )
    )
