"""Labels given back: asked once at a time, answered by the carrier, and gone from the package once it takes them."""

from __future__ import annotations

from collections.abc import Sequence

from omscore.errors import RefusedError
from omscore.fulfillment import commands as c
from omscore.fulfillment import events as e
from omscore.fulfillment.model import FulfillmentOrder, LabelVoid, LabelVoidState
from omscore.records import changed
from omscore.text import checked_text

_MAY_FOLLOW = {
    LabelVoidState.REQUESTED: (LabelVoidState.PENDING, LabelVoidState.REFUNDED, LabelVoidState.REFUSED),
    LabelVoidState.PENDING: (LabelVoidState.REFUNDED, LabelVoidState.REFUSED),
    LabelVoidState.REFUNDED: (),
    LabelVoidState.REFUSED: (),
}


def request_void(work: FulfillmentOrder, command: c.VoidLabel) -> Sequence[e.FulfillmentEvent]:
    """The wish to give a label back. Raises: RefusedError without a label, or while an answer is outstanding."""
    package = work.package(command.package_id)
    if not package.is_labelled:
        raise RefusedError(f"package {package.package_id} has no label to give back", code="fulfillment.not_labelled")
    mine = [each for each in work.voids if each.package_id == package.package_id]
    if any(each.state is LabelVoidState.REQUESTED for each in mine):
        raise RefusedError(
            f"the label of {package.package_id} is being given back already; run the due tasks to hear the carrier",
            code="fulfillment.void_under_way",
        )
    return [
        e.LabelVoidRequested(
            fulfillment_id=work.fulfillment_id,
            order_id=work.order_id,
            key=f"{package.package_id}.void.{len(mine) + 1}",
            package_id=package.package_id,
            label_key=work.label_key(package.package_id),
            tracking_number=package.tracking_number,
            carrier=package.carrier,
            postage=package.postage,
            reason=checked_text(command.reason, what=f"{work.fulfillment_id}: the reason"),
            at=command.at,
        )
    ]


def record_void(work: FulfillmentOrder, command: c.RecordVoid) -> Sequence[e.FulfillmentEvent]:
    """The answer of the carrier. Holds: a void is settled once, and its price comes back at most once."""
    void = work.void(command.key)
    if command.state is void.state:
        return []
    if command.state not in _MAY_FOLLOW[void.state]:
        raise RefusedError(
            f"void {void.key} is {void.state}; it cannot become {command.state}", code="fulfillment.void_settled"
        )
    return [
        e.LabelVoidAnswered(
            fulfillment_id=work.fulfillment_id,
            order_id=work.order_id,
            key=void.key,
            package_id=void.package_id,
            state=command.state,
            takes_label=void.state is LabelVoidState.REQUESTED and command.state is not LabelVoidState.REFUSED,
            postage=void.postage,
            says=checked_text(command.says, what=f"{void.key}: the answer", empty=True),
            at=command.at,
        )
    ]


def check_no_void_under_way(work: FulfillmentOrder) -> None:
    """Raises: RefusedError while nobody knows whether a package will travel under its label."""
    waiting = [each.package_id for each in work.voids if each.state is LabelVoidState.REQUESTED]
    if waiting:
        raise RefusedError(
            f"{work.fulfillment_id} has labels being given back: {', '.join(waiting)}; run the due tasks first",
            code="fulfillment.void_under_way",
        )


def voided(work: FulfillmentOrder, event: e.LabelVoidRequested | e.LabelVoidAnswered) -> FulfillmentOrder:
    """The work after one more fact about a label given back."""
    if isinstance(event, e.LabelVoidRequested):
        void = LabelVoid(
            key=event.key,
            package_id=event.package_id,
            label_key=event.label_key,
            tracking_number=event.tracking_number,
            carrier=event.carrier,
            postage=event.postage,
            reason=event.reason,
            requested_at=event.at,
        )
        return changed(work, voids=(*work.voids, void))
    void = work.void(event.key)
    answered = changed(void, state=event.state, took_label=void.took_label or event.takes_label, says=event.says)
    voids = tuple([answered if each.key == event.key else each for each in work.voids])
    if not event.takes_label:
        return changed(work, voids=voids)
    bare = changed(
        work.package(event.package_id),
        tracking_number="",
        carrier="",
        service="",
        transit_days=0,
        postage=None,
        scan=None,
        calls_back=False,
        takes_manifest=False,
        set_key="",
        manifest_id="",
        pickup_id="",
    )
    packages = tuple([bare if each.package_id == event.package_id else each for each in work.packages])
    return changed(work, voids=voids, packages=packages)
