"""Eight programs refund 60 of the same 100 at once: one is granted, and no more goes back than was captured."""

from __future__ import annotations

from collections import Counter
from typing import Any

from omscore.app import Oms
from omscore.ids import PaymentId
from omscore.money import Money
from omscore.orders.model import Order
from omscore.payments.commands import RequestStep
from omscore.payments.model import Step
from tests.crash.arena import Arena
from tests.crash.campaign import Campaign, Note, Outcome
from tests.crash.crew import crew, failed
from tests.crash.history import given_up, settle, unsound, untrue
from tests.crash.truth import effects
from tests.kit.shops import TEA, order, pass_time, receive, send_out

CLERKS = 8


def run(arena: Arena, rounds: int, _seed: int, note: Note) -> Outcome:
    place = arena.fresh(stock=False)
    violations: list[str] = []
    with crew(arena, place, CLERKS, _refund, opened=arena.opened) as clerks, arena.opened(place) as oms:
        receive(oms, "MUC", {TEA: rounds}, document="opening")
        for number in range(rounds):
            payment_id = _paid(oms, f"o{number}")
            answers = clerks.ask([(payment_id, who) for who in range(CLERKS)])
            granted = sum(answer == "granted" for answer in answers)
            violations += failed(answers)
            if granted != 1:
                violations.append(f"{payment_id}: {granted} refunds of 60 out of 100 were granted")
            if violations:
                break
            note(number + 1)
        settle(oms, days=1)
        sums: Counter[tuple[str, str]] = Counter()
        for effect in effects(place.truth):
            sums[effect["key"].rpartition(".")[0].partition(".c")[0], effect["step"]] += effect["minor"]
        violations += [
            f"{payment_id}: {back} of {sums[payment_id, 'capture']} went back"
            for (payment_id, step), back in sums.items()
            if step == "refund" and back > sums[payment_id, "capture"]
        ]
        violations += unsound(oms.storage) + untrue(oms, place) + given_up(oms.storage)
    return Outcome(figures={"payments": rounds, "clerks": CLERKS}, violations=tuple(violations[:5]))


def _paid(oms: Oms, order_id: str) -> PaymentId:
    """A payment of 100.00, captured."""
    oms.do(order(oms, {TEA: 1}, order_id=order_id, price="100.00"))
    pass_time(oms, minutes=5)  # some answers of the provider are lost or late
    send_out(oms, order_id)
    pass_time(oms, minutes=5)
    (payment_id,) = oms.look(Order, order_id).payments
    return payment_id


def _refund(oms: Oms, question: Any) -> str:
    payment_id, who = question
    key, amount = f"{payment_id}.goodwill{who}", Money(6_000, "EUR")
    step = RequestStep(payment_id=payment_id, key=key, step=Step.REFUND, amount=amount, at=oms.clock.now())
    oms.do(step)
    return "granted"


CAMPAIGN = Campaign(
    name="refunds",
    says="eight programs refund 60 of one 100",
    everyday={"sqlite": 240, "postgres": 90},
    long={"sqlite": 5_000, "postgres": 5_000},
    run=run,
)
