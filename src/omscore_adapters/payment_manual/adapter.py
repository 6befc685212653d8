"""A payment provider without a bank: the payer's token decides what happens, down to the awkward cases.

It keeps the two promises of the port (one effect per key, and a look-up that tells) and refuses what a strict provider
refuses. Its memory is bounded and ends with the program; an authorisation it does not know is trusted, because it may
have been given by an earlier run, and the references are made from the keys, so both runs agree on them.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from datetime import datetime, timedelta
from threading import Lock
from typing import TypeVar

from omscore.errors import PortRefusedError, PortTransientError, PortUnknownError, SetupError
from omscore.ports.clock import Clock, SystemClock
from omscore.ports.payments import PaymentAnswer, PaymentOutcome, PaymentRequest, PaymentStep, ProviderPayment
from omscore.records import changed, frozen
from omscore_adapters.payment_manual.balance import AuthorisationBalance
from omscore_adapters.payment_manual.client import PaymentBook
from omscore_adapters.payment_manual.mapping import Behaviour, behaviour_of, decline_reason, reference_of
from omscore_adapters.payment_manual.settings import ManualPaymentSettings

T = TypeVar("T")


@frozen(kw_only=True)
class Attempt:
    """One attempt as remembered, with the answer it has by now; `looked_up` counts the look-ups so far."""

    request: PaymentRequest
    answer: PaymentAnswer
    looked_up: int = 0


class ManualPayments:
    """The manual payment provider.

    >>> from omscore.money import Money
    >>> payments = ManualPayments()
    >>> payments.send(PaymentRequest(key="p1", step=PaymentStep.AUTHORISE, payment_id="pay_1", amount=Money(500, "EUR"),
    ...     method="card-declined")).says
    'the card was declined'
    """

    key_ttl = timedelta(days=36_500)
    """There is no bank behind it: a key sent again after its memory was lost moves nothing and gets the same answer."""

    def __init__(self, settings: ManualPaymentSettings | None = None, *, clock: Clock | None = None) -> None:
        settings = settings or ManualPaymentSettings()
        self._limit = settings.remembered_keys
        self._book = PaymentBook(settings.book) if settings.book else None
        self._clock = clock or SystemClock()
        self._attempts: OrderedDict[str, Attempt] = OrderedDict()
        self._balances: OrderedDict[str, AuthorisationBalance | None] = OrderedDict()
        self._failed_once: OrderedDict[str, None] = OrderedDict()
        self._lock = Lock()

    @property
    def effects(self) -> tuple[Attempt, ...]:
        """Every remembered attempt that moved money or is about to, oldest first. Holds: at most one per key."""
        with self._lock:
            return tuple(
                attempt for attempt in self._attempts.values() if attempt.answer.outcome is not PaymentOutcome.DECLINED
            )

    def send(self, request: PaymentRequest) -> PaymentAnswer:
        """The answer the method token asks for; a key sent before gives the answer it has by now.

        Raises: PortRefusedError for an unknown token, an amount that is not there, or a key used for something else;
        PortTransientError on the first send of a `card-down` key, before any effect; PortUnknownError on the first send
        of a `card-timeout` key, after the effect.
        """
        behaviour = behaviour_of(request.method)
        with self._lock:
            known = self._attempts.get(request.key)
            if known is not None:
                if known.request != request:
                    raise PortRefusedError(
                        f"key {request.key!r} was used for another request; give every attempt its own key",
                        code="port.refused.key_reused",
                        key=request.key,
                    )
                return known.answer
            if behaviour is Behaviour.DOWN and request.key not in self._failed_once:
                self._remember(self._failed_once, request.key, None)
                raise PortTransientError(
                    f"the provider is down; send key {request.key!r} again later",
                    key=request.key,
                )
            answer = self._take_effect(behaviour, request)
            if behaviour is Behaviour.TIMEOUT:
                raise PortUnknownError(
                    f"no answer came for key {request.key!r}; look it up before sending anything again",
                    key=request.key,
                )
            return answer

    def look_up(self, key: str) -> PaymentAnswer | None:
        """What became of a key; None when this run of the provider never heard of it.

        Shape: a `card-late` key is pending at the first look-up and has succeeded from the second on.
        """
        with self._lock:
            attempt = self._attempts.get(key)
            if attempt is None:
                return None
            if attempt.answer.outcome is PaymentOutcome.PENDING:
                looked_up = attempt.looked_up + 1
                outcome = PaymentOutcome.SUCCEEDED if looked_up > 1 else PaymentOutcome.PENDING
                answer = changed(attempt.answer, outcome=outcome)
                if outcome is PaymentOutcome.SUCCEEDED:
                    self._write(attempt.request, answer)
                attempt = changed(attempt, answer=answer, looked_up=looked_up)
                self._attempts[key] = attempt
            return attempt.answer

    def listing(self, since: datetime, until: datetime) -> Iterator[ProviderPayment]:
        """Every attempt in the book. Raises: SetupError when no book is kept."""
        if self._book is None:
            raise SetupError(
                "payment.manual keeps no book, so nobody can list its payments; set payment.manual.book to a file"
            )
        return (each for each in self._book.payments() if since <= each.at < until)

    def _write(self, request: PaymentRequest, answer: PaymentAnswer) -> None:
        if self._book is not None:
            self._book.add(
                ProviderPayment(
                    key=request.key,
                    step=request.step,
                    outcome=answer.outcome,
                    amount=answer.amount,
                    reference=answer.reference,
                    at=self._clock.now(),
                )
            )

    def _take_effect(self, behaviour: Behaviour, request: PaymentRequest) -> PaymentAnswer:
        if request.amount.minor <= 0:
            raise PortRefusedError(
                f"{request.step.value} of {request.amount}: an amount must be above zero",
                code="port.refused.amount",
                key=request.key,
            )
        reference = reference_of(request.step, request.key)
        declined = decline_reason(behaviour, request)
        if declined is not None:
            outcome = PaymentOutcome.DECLINED
        else:
            outcome = PaymentOutcome.PENDING if behaviour is Behaviour.LATE else PaymentOutcome.SUCCEEDED
        answer = PaymentAnswer(outcome=outcome, amount=request.amount, reference=reference, says=declined or "")
        drawn = None if request.step is PaymentStep.AUTHORISE else self._drawn(request)
        self._write(request, answer)  # the last thing that may fail, so that then nothing has happened
        if request.step is PaymentStep.AUTHORISE:
            if reference not in self._balances:
                balance = None if declined else AuthorisationBalance.fresh(request.amount)
                self._remember(self._balances, reference, balance)
        elif drawn is not None and declined is None:
            self._remember(self._balances, request.authorisation, drawn)
        self._remember(self._attempts, request.key, Attempt(request=request, answer=answer))
        return answer

    def _drawn(self, request: PaymentRequest) -> AuthorisationBalance | None:
        """What would be left of the authorisation; None for one this run does not know."""
        if not request.authorisation:
            raise PortRefusedError(
                f"{request.step.value} {request.key!r} names no authorisation; give the reference of one",
                code="port.refused.authorisation",
                key=request.key,
            )
        if request.authorisation not in self._balances:
            return None
        balance = self._balances[request.authorisation]
        if balance is None:
            raise PortRefusedError(
                f"{request.step.value} {request.key!r}: authorisation {request.authorisation} was declined;"
                " authorise again first",
                code="port.refused.authorisation",
                key=request.key,
            )
        return balance.after(request)

    def _remember(self, memory: OrderedDict[str, T], key: str, value: T) -> None:
        memory[key] = value
        memory.move_to_end(key)
        while len(memory) > self._limit:
            memory.popitem(last=False)
