"""What an intent or a refund of Stripe's says about our attempts: one reading for answers, look-ups, lists and events.

An intent tells of its authorisation by its status, of captures and of the void by the notes on it, which the acting
call wrote and which count only as far as the money bears them out.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from omscore.errors import InputError, PortUnknownError
from omscore.money import Money
from omscore.ports.payments import PaymentAnswer, PaymentOutcome, PaymentStep
from omscore.records import frozen
from omscore_adapters.payment_stripe import notes, reading
from omscore_adapters.payment_stripe.amounts import amount_of
from omscore_adapters.payment_stripe.notes import Notebook, NotedPart

LONGEST_AUTHORISATION = timedelta(days=31)
"""After that no card authorisation is captured any more."""

_PENDING = frozenset({"requires_action", "requires_confirmation", "processing"})


@frozen(kw_only=True)
class Intent:
    """One PaymentIntent.

    Units: `received` is what was captured so far.
    Shape: `payment_id` is empty when it is none of this shop's. `captured_at` is the moment of the last capture, None
    before there is one and when Stripe did not tell it; `canceled_at` that of the cancellation.
    """

    intent_id: str
    payment_id: str
    status: str
    amount: Money
    received: Money
    is_manual: bool
    keeps_rest: bool
    is_live: bool
    authorise_key: str
    captures: tuple[NotedPart, ...]
    void: NotedPart | None
    says: str
    created: datetime
    captured_at: datetime | None
    canceled_at: datetime | None

    @property
    def left(self) -> Money:
        """What can still be captured or voided, or was let go of."""
        return self.amount - self.received


@frozen(kw_only=True)
class Told:
    """What Stripe's books say of one attempt, and the span of time in which it was done.

    Shape: `earliest` is `latest` where Stripe tells the moment.
    """

    key: str
    step: PaymentStep
    outcome: PaymentOutcome
    amount: Money
    reference: str
    earliest: datetime
    latest: datetime
    says: str = ""

    @property
    def answer(self) -> PaymentAnswer:
        return PaymentAnswer(outcome=self.outcome, amount=self.amount, reference=self.reference, says=self.says)


def intent_of(found: reading.Found, notebook: Notebook) -> Intent:
    """The intent, checked. Raises: PortUnknownError when it cannot be read."""
    metadata = reading.metadata(found)
    amount = reading.money(found, "amount")
    received = reading.money(found, "amount_received")
    if received > amount:
        raise PortUnknownError(f"Stripe says {received} of {amount} was captured; look at it at Stripe by hand")
    payment_id = notebook.payment_id(metadata)
    is_ours = bool(payment_id)
    error = found.get("last_payment_error")
    return Intent(
        intent_id=reading.text(found, "id"),
        payment_id=payment_id,
        status=reading.text(found, "status"),
        amount=amount,
        received=received,
        is_manual=reading.text(found, "capture_method") == "manual",
        keeps_rest=_keeps_rest(found.get("latest_charge")),
        is_live=reading.flag(found, "livemode"),
        authorise_key=metadata.get(notes.AUTHORISE, "") if is_ours else "",
        captures=tuple(notes.captures_noted(metadata)) if is_ours else (),
        void=notes.void_noted(metadata) if is_ours else None,
        says=reading.some_text(reading.is_object(error), "message") if error else "",
        created=reading.moment(found, "created"),
        captured_at=_captured_at(found.get("latest_charge")),
        canceled_at=reading.moment(found, "canceled_at") if found.get("canceled_at") else None,
    )


def attempts_of(intent: Intent) -> tuple[Told, ...]:
    """Our attempts that an intent tells of: the authorisation, then its captures, then the void.

    Raises: PortUnknownError when the notes claim more than was captured.
    """
    told = []
    if intent.authorise_key:
        outcome = _authorised(intent)
        says = intent.says or "the payment was not completed" if outcome is PaymentOutcome.DECLINED else ""
        told.append(_told(intent, intent.authorise_key, PaymentStep.AUTHORISE, intent.amount, outcome, says))
    total = Money.zero(intent.amount.currency)
    for part in intent.captures:
        amount = _amount(intent, part)
        total += amount
        told.append(_told(intent, part.key, PaymentStep.CAPTURE, amount))
    if total > intent.received:
        raise PortUnknownError(
            f"{intent.intent_id} notes captures of {total}, but {intent.received} was captured; look at it at Stripe"
        )
    if intent.void is not None and intent.status in ("canceled", "succeeded"):
        released = _amount(intent, intent.void)
        if released == intent.left:  # a note whose act never came about is overtaken by a capture
            told.append(_told(intent, intent.void.key, PaymentStep.VOID, released))
    return tuple(told)


def refund_of(found: reading.Found, notebook: Notebook) -> tuple[str, Told]:
    """A refund as the payment it belongs to (empty when none of this shop's) and what it tells.

    Raises: PortUnknownError when it cannot be read.
    """
    metadata = reading.metadata(found)
    payment_id = notebook.payment_id(metadata)
    match reading.text(found, "status"):
        case "succeeded":
            outcome = PaymentOutcome.SUCCEEDED
        case "failed" | "canceled":
            outcome = PaymentOutcome.DECLINED
        case _:
            outcome = PaymentOutcome.PENDING
    reason = reading.some_text(found, "failure_reason").replace("_", " ")
    return payment_id, Told(
        key=metadata.get(notes.REFUND, "") if payment_id else "",
        step=PaymentStep.REFUND,
        outcome=outcome,
        amount=reading.money(found, "amount"),
        reference=reading.text(found, "id"),
        earliest=reading.moment(found, "created"),
        latest=reading.moment(found, "created"),
        says=reason or "the refund failed" if outcome is PaymentOutcome.DECLINED else "",
    )


def _authorised(intent: Intent) -> PaymentOutcome:
    """An intent that ended as cancelled was authorised only if somebody let go of it for us, or part was captured."""
    if intent.status in _PENDING:
        return PaymentOutcome.PENDING
    if intent.status in ("requires_capture", "succeeded") or intent.received.minor or intent.void is not None:
        return PaymentOutcome.SUCCEEDED
    return PaymentOutcome.DECLINED


def _told(
    intent: Intent,
    key: str,
    step: PaymentStep,
    amount: Money,
    outcome: PaymentOutcome = PaymentOutcome.SUCCEEDED,
    says: str = "",
) -> Told:
    return Told(
        key=key,
        step=step,
        outcome=outcome,
        amount=amount,
        reference=intent.intent_id,
        earliest=span_of(intent, step)[0],
        latest=span_of(intent, step)[1],
        says=says,
    )


def span_of(intent: Intent, step: PaymentStep) -> tuple[datetime, datetime]:
    """Between which moments a step on an intent was done, as exactly as Stripe tells.

    Of several captures only the last one's moment is told, and of a rest that was let go of none.
    """
    if step is PaymentStep.AUTHORISE:
        return intent.created, intent.created
    if step is PaymentStep.VOID and intent.canceled_at:
        return intent.canceled_at, intent.canceled_at
    last = intent.captured_at or intent.created + LONGEST_AUTHORISATION
    if step is PaymentStep.CAPTURE and intent.captured_at and len(intent.captures) == 1:
        return last, last
    return intent.created, last if step is PaymentStep.CAPTURE else intent.created + LONGEST_AUTHORISATION


def _amount(intent: Intent, part: NotedPart) -> Money:
    try:
        return amount_of(part.number, intent.amount.currency.lower())
    except InputError as error:
        raise PortUnknownError(
            f"{intent.intent_id} bears a note that was changed: {error}; look at it there"
        ) from error


def _captured_at(charge: object) -> datetime | None:
    """When the charge was last captured: its entry in the balance is made then. Only an expanded charge tells."""
    entry = charge.get("balance_transaction") if isinstance(charge, dict) else None
    return reading.moment(entry, "created") if isinstance(entry, dict) else None


def _keeps_rest(charge: object) -> bool:
    """Whether Stripe keeps what is left after a part is captured; only an expanded charge tells."""
    found: object = charge
    for name in ("payment_method_details", "card", "multicapture", "status"):
        found = found.get(name) if isinstance(found, dict) else None
    return found == "available"
