"""Orders in queues: moved by hand, moved on when their time is over, and the appointment for a queue's next run."""

from __future__ import annotations

from datetime import datetime

from omscore.engine.plans.wishes import EndStay, MoveToQueue
from omscore.engine.unit import Unit
from omscore.errors import InputError, NotFoundError
from omscore.flows.notices import notice
from omscore.flows.world import AppointRun, Later, RouteOrder, TaskKind
from omscore.orders.commands import CancelUnits, LeaveQueue, PlaceHold, QueueOrder
from omscore.orders.kits import with_whole_kits
from omscore.orders.model import HoldKind, Order, QueueStay
from omscore.policy.shop import Shop
from omscore.routing.explain import counted
from omscore.routing.queues import run_id


def move_to_queue(unit: Unit, command: MoveToQueue) -> None:
    """Put the order where a person wants it; its time there begins anew, its turn stays that of its placing.

    Raises: InputError without a reason and a name; NotFoundError for a queue the shop has not got.
    """
    if not command.reason.strip() or not command.by.strip():
        raise InputError("say why the order is moved and who says so: give reason and by", code="queue.reason")
    if not command.queue:
        unit.run(LeaveQueue(order_id=command.order_id, reason=command.reason, by=command.by, at=command.at))
        return
    rules = unit.desk.shop.queue(command.queue)
    if rules is None:
        known = ", ".join(unit.desk.shop.queues) or "none"
        raise NotFoundError(
            f"there is no queue {command.queue!r}; the shop has {known}", code="queue.unknown", queue=command.queue
        )
    unit.run(
        QueueOrder(
            order_id=command.order_id,
            queue=command.queue,
            reason=command.reason,
            until=rules.ends_at(command.at),
            by=command.by,
            at=command.at,
        )
    )


def end_stay(unit: Unit, command: EndStay) -> None:
    """Give the order its last chance in the queue; what still waits goes where the rules of the queue say.

    Holds: an order that has moved on since, so that its time is still to come, stays where it is.
    """
    order = unit.get(Order, command.order_id)
    stay = order.queue
    if stay is None or ends_at(unit.desk.shop, stay) > command.at:
        return
    unit.run(RouteOrder(order_id=order.order_id, at=command.at))
    order = unit.get(Order, command.order_id)
    if order.queue is None:
        return
    rules = unit.desk.shop.queue(stay.name)
    if rules is None:
        _hold(unit, order, f"the queue {stay.name} is not in shop.toml any more", command.at)
        return
    over = f"{counted(rules.most_days, 'day')} in the queue {stay.name} are over"
    if rules.then == "hold":
        _hold(unit, order, over, command.at)
    elif rules.then == "cancel":
        _cancel(
            unit, order, stay, f"no stock after {counted(rules.most_days, 'day')} in the queue {stay.name}", command
        )
    else:
        following = unit.desk.shop.queues[rules.then]
        unit.run(
            QueueOrder(
                order_id=order.order_id,
                queue=rules.then,
                reason=over,
                until=following.ends_at(command.at),
                at=command.at,
            )
        )


def appoint_run(unit: Unit, command: AppointRun) -> None:
    """Ask for the next run of a queue, as long as an order is in it; whoever asks asks for the same one."""
    rules = unit.desk.shop.queue(command.queue)
    if rules is None:
        return
    due_at = rules.next_run(unit.at)  # the clock's own moment: that of the command may lie before the last run
    unit.later(
        Later(
            task_id=run_id(command.queue, due_at),
            kind=TaskKind.QUEUE_RUN,
            due_at=due_at,
            payload={"queue": command.queue},
        )
    )


def ends_at(shop: Shop, stay: QueueStay) -> datetime:
    """When the time of an order in its queue is over by the rules of now; of a queue that is gone, by those of then."""
    rules = shop.queue(stay.name)
    return stay.until if rules is None else rules.ends_at(stay.since)


def _hold(unit: Unit, order: Order, why: str, at: datetime) -> None:
    unit.run(LeaveQueue(order_id=order.order_id, reason=why, at=at))
    units = sum([line.quantities.waiting for line in order.lines])
    says = f"{counted(units, 'unit')} found no location, and {why}"
    unit.run(PlaceHold(order_id=order.order_id, kind=HoldKind.REVIEW, says=says, at=at))


def _cancel(unit: Unit, order: Order, stay: QueueStay, reason: str, command: EndStay) -> None:
    waiting = [line for line in order.lines if line.quantities.waiting]
    gone = "\n".join([f"  {line.quantities.waiting} x {line.title or line.sku}" for line in waiting])
    for line_id, units in with_whole_kits(order, {line.line_id: line.quantities.waiting for line in waiting}).items():
        unit.run(CancelUnits(order_id=order.order_id, line_id=line_id, units=units, reason=reason, at=command.at))
    key = f"{order.order_id}.queue.{stay.name}.{stay.since:%Y%m%dT%H%M%S}"
    unit.later(notice("not_to_be_had", key, order, command.at, gone=gone))
