"""A reviewer asked about an order: once as far as anybody can tell, and never beyond the time a review may take."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import datetime

from omscore.border import tamed
from omscore.engine.desk import Desk
from omscore.engine.outcome import Outcome, again, resting
from omscore.engine.people import find_person
from omscore.engine.tally import AdapterRestsError
from omscore.engine.trail import Trail, may_repeat
from omscore.engine.unit import Unit
from omscore.errors import OmsError, PortRefusedError, PortTransientError, PortUnknownError, SetupError
from omscore.flows.reviewing import review_key
from omscore.orders.model import HoldKind, Order
from omscore.payments.model import Payment
from omscore.ports.reviews import ReviewAnswer, ReviewedLine, ReviewLookUp, ReviewPort, ReviewRequest
from omscore.ports.storage import Task, TaskOutcome
from omscore.records import changed
from omscore.reviews.deciding import RecordOpinion
from omscore.reviews.model import OrderReview, Verdict

log = logging.getLogger(__name__)

LONGEST_REASON = 200


def review(
    desk: Desk, ports: Mapping[str, ReviewPort], task: Task, payload: Mapping[str, str], now: datetime
) -> Outcome:
    """Ask the reviewer. One that gives no answer in time counts as the shop says it does."""
    unit, reviewer = Unit(desk, now), payload["reviewer"]
    asked, order = unit.get(OrderReview, payload["order_id"]), unit.get(Order, payload["order_id"])
    if asked.opinion_of(reviewer) is not None:
        return Outcome(note="answered already")
    if order.is_settled or not order.has_hold(HoldKind.UNDER_REVIEW):
        return Outcome(note="nothing left to review")
    try:
        answer = _answer(desk, ports, task, order, reviewer, now)
    except AdapterRestsError as error:
        later = resting(task, error)
    except PortRefusedError as error:
        return _unreachable(desk, order, reviewer, str(error), now)
    except (PortTransientError, SetupError) as error:
        later = again(task, now, f"nothing happened: {error}", is_sure=Trail.before(task).is_sure)
    except PortUnknownError as error:
        later = again(task, now, f"outcome unknown: {error}")
    except OmsError as error:
        later = again(task, now, str(error))
    except Exception as error:
        # Not one of the promised errors: its text may hold anything, so only the log is told.
        log.exception("task %s: the reviewer failed in a way it must not", task.task_id)
        later = again(task, now, f"the reviewer failed ({type(error).__name__}); see the log")
    else:
        return Outcome(commands=(_opinion(order, reviewer, answer, now),))
    if later.settled is TaskOutcome.DEAD or later.again_at is None or now >= asked.ends_at:
        return _unreachable(desk, order, reviewer, later.note, now)
    return changed(later, again_at=min(later.again_at, asked.ends_at))


def _answer(
    desk: Desk, ports: Mapping[str, ReviewPort], task: Task, order: Order, reviewer: str, now: datetime
) -> ReviewAnswer:
    port = ports.get(reviewer)
    if port is None:
        raise SetupError(f"reviewers.{reviewer} is not configured any more; order {order.order_id} waits")
    key, known = review_key(order.order_id, reviewer), None
    if not may_repeat(port, task):
        if not isinstance(port, ReviewLookUp):
            raise PortRefusedError("it may have been asked, and would take a second question for another case")
        known = desk.meter.call(f"reviewers.{reviewer}", "look up", port.look_up_review, key)
    request = _request(desk, order, key, now)
    answer: object = known or desk.meter.call(f"reviewers.{reviewer}", "review", port.review, request)
    if not isinstance(answer, ReviewAnswer):
        raise PortUnknownError(f"{reviewer} answered with a {type(answer).__name__}; it must give a ReviewAnswer")
    return answer


def _request(desk: Desk, order: Order, key: str, now: datetime) -> ReviewRequest:
    payment = Unit(desk, now).find(Payment, order.payments[0]) if order.payments else None
    return ReviewRequest(
        key=key,
        order_id=order.order_id,
        channel=order.channel,
        reference=order.reference,
        placed_at=order.placed_at,
        total=order.total,
        lines=tuple([ReviewedLine(each.sku, each.title, each.units, each.amounts.gross) for each in order.lines]),
        destination=order.destination,
        tags=order.tags,
        attributes=tuple([(key, value) for key, value in order.attributes]),
        customer_groups=order.customer_groups,
        person=find_person(desk, order.person_id or ""),
        address_name=order.address_name,
        payment_provider=payment.provider if payment else "",
        payment_method=payment.method if payment else "",
        at=now,
    )


def _opinion(order: Order, reviewer: str, answer: ReviewAnswer, now: datetime) -> RecordOpinion:
    return RecordOpinion(
        order_id=order.order_id,
        reviewer=reviewer,
        verdict=answer.verdict,
        says=tamed(answer.says, longest=LONGEST_REASON),
        reference=tamed(answer.reference, longest=LONGEST_REASON),
        details=answer.details,
        at=now,
    )


def _unreachable(desk: Desk, order: Order, reviewer: str, says: str, now: datetime) -> Outcome:
    verdict = Verdict.APPROVE if desk.shop.review.when_unreachable == "approve" else Verdict.HOLD
    opinion = RecordOpinion(
        order_id=order.order_id,
        reviewer=reviewer,
        verdict=verdict,
        says=tamed(f"no answer: {says}", longest=LONGEST_REASON),
        is_unreachable=True,
        at=now,
    )
    return Outcome(commands=(opinion,))
