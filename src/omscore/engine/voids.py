"""Labels given back to their carrier: asked until it has decided, and kept where it takes none."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import assert_never

from omscore.border import tamed
from omscore.engine.desk import Desk
from omscore.engine.outcome import Outcome
from omscore.engine.trail import Trail
from omscore.engine.unit import Unit
from omscore.errors import PortRefusedError
from omscore.fulfillment.commands import RecordVoid
from omscore.fulfillment.model import FulfillmentOrder, LabelVoidState
from omscore.ports.carriers import CarrierPort
from omscore.ports.labels import LabelVoid, VoidAnswer, VoidRequest, VoidState
from omscore.ports.storage import Task, TaskOutcome

ASK_AGAIN = timedelta(hours=24)
ASK_AT_MOST = timedelta(days=60)


def void_label(desk: Desk, carrier: CarrierPort, task: Task, payload: Mapping[str, str], now: datetime) -> Outcome:
    """Give the label back, or hear what became of it. A carrier that takes none back refuses, and the label stays."""
    work = Unit(desk, now).get(FulfillmentOrder, payload["fulfillment_id"])
    void = work.void(payload["key"])
    if void.state not in (LabelVoidState.REQUESTED, LabelVoidState.PENDING):
        return Outcome(note="answered already")
    if isinstance(carrier, LabelVoid):
        request = VoidRequest(
            key=void.label_key,
            tracking_number=void.tracking_number,
            carrier=void.carrier,
            at=now,
            is_again=not Trail.before(task).is_sure,
        )
        try:
            answer = desk.meter.call(desk.carrier, "void label", carrier.void_label, request)
        except PortRefusedError as error:
            # A definite no is an answer like any other: the package travels under the label it has.
            answer = VoidAnswer(state=VoidState.REFUSED, says=str(error))
    else:
        answer = VoidAnswer(state=VoidState.REFUSED, says="this carrier takes no labels back; ask it by hand")
    state = _state_of(answer)
    command = RecordVoid(
        fulfillment_id=work.fulfillment_id,
        key=void.key,
        state=state,
        says=tamed(desk.meter.scrubber.text(answer.says), longest=200),
        at=now,
    )
    if state is not LabelVoidState.PENDING:
        return Outcome(commands=(command,))
    if now - void.requested_at > ASK_AT_MOST:
        says = f"the carrier did not decide on the refund within {ASK_AT_MOST.days} days; ask it by hand"
        return Outcome(settled=TaskOutcome.DEAD, note=says)
    return Outcome(
        commands=(command,), settled=TaskOutcome.RETRY, again_at=now + ASK_AGAIN, note="the carrier has not decided yet"
    )


def _state_of(answer: VoidAnswer) -> LabelVoidState:
    match answer.state:
        case VoidState.REFUNDED:
            return LabelVoidState.REFUNDED
        case VoidState.PENDING:
            return LabelVoidState.PENDING
        case VoidState.REFUSED:
            return LabelVoidState.REFUSED
        case _:
            assert_never(answer.state)
