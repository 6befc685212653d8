"""The answer of a capture is recorded while the rest of the order is cancelled: nothing stays reserved afterwards.

Each of the two leaves it to the other to let go of what is left, as long as the other has not happened.
"""

from __future__ import annotations

from datetime import datetime
from random import Random
from typing import Any

from omscore.app import Oms
from omscore.fulfillment.commands import HandOver, PackBoxes, PickUnits
from omscore.ids import OrderId
from omscore.orders.commands import CancelUnits
from omscore.orders.model import Order
from omscore.payments.model import Payment
from omscore.ports.clock import VirtualClock
from tests.crash.arena import Arena
from tests.crash.campaign import Campaign, Note, Outcome
from tests.crash.crew import crew, failed
from tests.crash.history import given_up, settle, unsound, untrue
from tests.kit.shops import POT, TEA, order, pass_time, receive

MOST_LOOKS = 30


def run(arena: Arena, rounds: int, seed: int, note: Note) -> Outcome:
    place, lot = arena.fresh(stock=False), Random(seed)  # noqa: S311 (repeatable, guards nothing)
    violations: list[str] = []
    with crew(arena, place, 2, _act, opened=arena.opened) as programs, arena.opened(place) as oms:
        receive(oms, "MUC", {TEA: rounds}, document="opening-MUC")
        receive(oms, "LYS", {POT: rounds}, document="opening-LYS")
        for number in range(rounds):
            order_id = OrderId(f"o{number}")
            _send_half(oms, order_id)
            now, looks = oms.clock.now().isoformat(), lot.randrange(MOST_LOOKS)
            violations += failed(programs.ask([["answer", order_id, now, 0], ["cancel", order_id, now, looks]]))
            if violations:
                break
            note(number + 1)
        settle(oms, days=1)
        violations += _still_reserved(oms) + unsound(oms.storage) + untrue(oms, place) + given_up(oms.storage)
    return Outcome(figures={"orders": rounds}, violations=tuple(violations[:5]))


def _send_half(oms: Oms, order_id: OrderId) -> None:
    """An order of two parcels, the first of which has left; its capture is due."""
    oms.do(order(oms, {TEA: 1, POT: 1}, order_id=order_id))
    pass_time(oms, minutes=5)  # some answers of the provider are lost or late
    first, at = oms.look(Order, order_id).fulfillments[0], oms.clock.now()
    oms.do(PickUnits(fulfillment_id=first, at=at))
    oms.do(PackBoxes(fulfillment_id=first, at=at))
    oms.run_due()
    oms.do(HandOver(fulfillment_id=first, at=at))


def _act(oms: Oms, question: Any) -> str:
    what, order_id, now, looks = question
    assert isinstance(oms.clock, VirtualClock)
    oms.clock.set(datetime.fromisoformat(now))  # one clock for all of them
    if what == "answer":
        oms.run_due()
        return "answered"
    for _ in range(looks):  # so that the two meet in many ways
        oms.look(Order, order_id)
    for line in oms.look(Order, order_id).lines:
        if not line.quantities.handed_over:
            oms.do(CancelUnits(order_id=order_id, line_id=line.line_id, units=line.units, at=oms.clock.now()))
    return "cancelled"


def _still_reserved(oms: Oms) -> list[str]:
    """Payments of which something is neither captured nor let go, though nothing is left to ship."""
    payments = [oms.codec.record(row.state, Payment) for row in oms.storage.streams("payment/")]
    return [
        f"{each.payment_id}: {each.capturable} stay reserved"
        for each in payments
        if each.capturable.minor and oms.look(Order, each.order_id).is_settled
    ]


CAMPAIGN = Campaign(
    name="loose-ends",
    says="a capture is answered while the rest is cancelled",
    everyday={"sqlite": 120, "postgres": 80},
    long={"sqlite": 2_000, "postgres": 2_000},
    run=run,
)
