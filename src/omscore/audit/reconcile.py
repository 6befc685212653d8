"""Our payments held against a provider's own list, attempt by attempt, by the key each was sent under.

The two clocks differ and an effect may come days after it was asked for, so both sides are looked at beyond the window
and an attempt counts when either side has it inside. What waits for its answer within its deadline is told apart from
what was lost.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from enum import StrEnum

from omscore.engine.contexts import shop_codec
from omscore.errors import InputError
from omscore.money import Money
from omscore.payments.events import AuthorisationRequested, StepRequested
from omscore.payments.model import Attempt, AttemptState, Payment
from omscore.ports.payments import PaymentListing, PaymentOutcome, ProviderPayment
from omscore.ports.storage import Storage, StorageReading
from omscore.records import frozen

DEADLINE = timedelta(hours=72)
"""How long the engine goes on asking; an attempt without an answer after that needs a person."""

MARGIN = timedelta(days=1)
"""How far the clocks of the shop and the provider may be apart."""


class Mismatch(StrEnum):
    """How the two sides may differ."""

    MISSING_THERE = "missing at the provider"
    MISSING_HERE = "missing in our books"
    DIFFERENT = "different"
    TWICE = "done more than once"
    UNANSWERED = "never answered"


@frozen(kw_only=True)
class Difference:
    """One attempt on which the two sides do not agree. Shape: `payment_id` is empty where we know of none."""

    mismatch: Mismatch
    key: str
    payment_id: str
    at: datetime
    ours: str
    theirs: str


@frozen(kw_only=True)
class Reconciliation:
    """What became of comparing both sides.

    Shape: `agreed` counts attempts both sides tell alike; `waiting` are the keys that still have time for their answer;
    `ours` and `theirs` sum what took effect, by step and currency, over the attempts compared.
    """

    provider: str
    since: datetime
    until: datetime
    differences: tuple[Difference, ...]
    agreed: int
    waiting: tuple[str, ...]
    ours: dict[tuple[str, str], int]
    theirs: dict[tuple[str, str], int]


def reconcile(
    storage: Storage, provider: str, listing: PaymentListing, *, since: datetime, until: datetime
) -> Reconciliation:
    """Where our payments with a provider and its own list differ, from `since` up to `until`.

    Raises: InputError for a window that is none.
    """
    if since.tzinfo is None or until.tzinfo is None or since >= until:
        raise InputError(
            f"there is no time between {since} and {until}; give two moments with offsets", code="input.window"
        )
    with storage.snapshot() as view:
        # Our side is fixed first: whatever the provider did inside the window was asked for by then.
        theirs: dict[str, list[ProviderPayment]] = {}
        for each in listing.listing(since - MARGIN, until + DEADLINE + MARGIN):
            theirs.setdefault(each.key, []).append(each)
        made = _Comparison(since, until)
        for payment, attempt, asked_at in _attempts(view, provider):
            made.compare(payment, attempt, asked_at, theirs.pop(attempt.key, []))
        for strangers in theirs.values():
            made.strangers(strangers)
    return Reconciliation(
        provider=provider,
        since=since,
        until=until,
        differences=tuple(sorted(made.differences, key=lambda each: (each.at, each.key))),
        agreed=made.agreed,
        waiting=tuple(made.waiting),
        ours=made.ours,
        theirs=made.theirs,
    )


def _attempts(view: StorageReading, provider: str) -> Iterator[tuple[Payment, Attempt, datetime]]:
    codec = shop_codec()
    for row in view.streams("payment/"):
        payment = codec.record(row.state, Payment)
        if payment.provider != provider:
            continue
        facts = (codec.event(event.name, event.at, event.body) for event in view.events(stream=row.stream))
        asked = {fact.key: fact.at for fact in facts if isinstance(fact, AuthorisationRequested | StepRequested)}
        for attempt in payment.attempts:
            yield payment, attempt, asked[attempt.key]


class _Comparison:
    """The two sides being compared."""

    def __init__(self, since: datetime, until: datetime) -> None:
        self._since = since
        self._until = until
        self.differences: list[Difference] = []
        self.agreed = 0
        self.waiting: list[str] = []
        self.ours: dict[tuple[str, str], int] = {}
        self.theirs: dict[tuple[str, str], int] = {}

    def compare(self, payment: Payment, attempt: Attempt, asked_at: datetime, found: Sequence[ProviderPayment]) -> None:
        """One attempt of ours with what the provider has under its key."""
        if not (self._is_inside(asked_at) or any(self._is_inside(each.at) for each in found)):
            return
        effects = [each for each in found if each.outcome is not PaymentOutcome.DECLINED]
        _sum(self.theirs, effects)
        if attempt.state is AttemptState.SUCCEEDED:
            _sum(self.ours, [attempt])
        mismatch = self._judged(attempt, asked_at, found, effects)
        if mismatch is None:
            return
        ours = _told(attempt.step, attempt.amount, attempt.state, attempt.reference)
        theirs = "; ".join(_told(each.step, each.amount, each.outcome, each.reference) for each in found) or "nothing"
        self.differences.append(
            Difference(
                mismatch=mismatch,
                key=attempt.key,
                payment_id=payment.payment_id,
                at=asked_at,
                ours=ours,
                theirs=theirs,
            )
        )

    def strangers(self, found: Sequence[ProviderPayment]) -> None:
        """Effects under a key we never sent."""
        effects = [each for each in found if each.outcome is not PaymentOutcome.DECLINED and self._is_inside(each.at)]
        _sum(self.theirs, effects)
        for each in effects:
            self.differences.append(
                Difference(
                    mismatch=Mismatch.MISSING_HERE,
                    key=each.key,
                    payment_id="",
                    at=each.at,
                    ours="nothing",
                    theirs=_told(each.step, each.amount, each.outcome, each.reference),
                )
            )

    def _judged(
        self,
        attempt: Attempt,
        asked_at: datetime,
        found: Sequence[ProviderPayment],
        effects: Sequence[ProviderPayment],
    ) -> Mismatch | None:
        """What is wrong with an attempt; None when it agrees or still has time."""
        if len(effects) > 1:
            return Mismatch.TWICE
        if attempt.state is AttemptState.REQUESTED:
            if self._until - asked_at >= DEADLINE:
                return Mismatch.UNANSWERED
            self.waiting.append(attempt.key)
            return None
        if attempt.state is AttemptState.DECLINED:
            if effects:
                return Mismatch.DIFFERENT
        elif not effects:
            return Mismatch.DIFFERENT if found else Mismatch.MISSING_THERE
        elif not _agree(attempt, effects[0]):
            return Mismatch.DIFFERENT
        self.agreed += 1
        return None

    def _is_inside(self, at: datetime) -> bool:
        return self._since <= at < self._until


def _agree(ours: Attempt, theirs: ProviderPayment) -> bool:
    return (
        ours.step.value == theirs.step.value
        and ours.amount == theirs.amount
        and theirs.outcome is PaymentOutcome.SUCCEEDED
        and (not ours.reference or not theirs.reference or ours.reference == theirs.reference)
    )


def _sum(sums: dict[tuple[str, str], int], effects: Sequence[Attempt | ProviderPayment]) -> None:
    for each in effects:
        key = (each.step.value, each.amount.currency)
        sums[key] = sums.get(key, 0) + each.amount.minor


def _told(step: str, amount: Money, outcome: str, reference: str) -> str:
    return f"{step} {amount} {outcome}" + (f" ({reference})" if reference else "")
