"""Stripe's books, read: one intent, its refunds, what became of a key, and everything in a span of time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

from omscore.errors import PortRefusedError
from omscore.money import Money
from omscore.ports.payments import PaymentOutcome, PaymentStep, ProviderPayment
from omscore_adapters.payment_stripe import notes, reading
from omscore_adapters.payment_stripe.client import StripeAccount
from omscore_adapters.payment_stripe.mapping import (
    LONGEST_AUTHORISATION,
    Intent,
    Told,
    attempts_of,
    intent_of,
    refund_of,
    span_of,
)
from omscore_adapters.payment_stripe.settings import StripeSettings

_CLAUSES = 10
"""How many alternatives one search may name."""


class StripeBooks:
    """What one account knows, without changing anything."""

    def __init__(self, account: StripeAccount, settings: StripeSettings) -> None:
        self._account = account
        self._notebook = notes.Notebook(namespace=settings.namespace)
        self._settings = settings

    def read(self, found: reading.Found) -> Intent:
        """An intent that Stripe sent. Raises: PortRefusedError when it is of the other mode, test or live."""
        intent = intent_of(found, self._notebook)
        if intent.is_live is not self._settings.is_live:
            raise PortRefusedError(f"{intent.intent_id} is of the other mode (test or live); check payment.stripe")
        return intent

    def intent(self, intent_id: str) -> Intent:
        """One intent, as it is now. Raises: PortRefusedError when there is none of that name."""
        expand = {"expand": ["latest_charge"]} if self._settings.multiple_captures else {}
        return self.read(self._account.get(_path(intent_id), **expand))

    def is_claimed(self, intent_id: str) -> bool:
        """Whether any shop of the account took it for an order."""
        return notes.PAYMENT in reading.metadata(self._account.get(_path(intent_id)))

    def refunds(self, intent: Intent) -> tuple[Told, ...]:
        """Our refunds of an intent."""
        found = self._account.pages("/v1/refunds", payment_intent=intent.intent_id)
        return tuple(told for payment_id, told in (refund_of(each, self._notebook) for each in found) if payment_id)

    def told_of(self, key: str) -> Told | None:
        """What became of a key; None when no payment that Stripe's search knows bears it."""
        for intent_id in self._paying(key):
            intent = self.intent(intent_id)  # the search may tell of a state that is over
            for each in (*attempts_of(intent), *(self.refunds(intent) if intent.received.minor else ())):
                if each.key == key:
                    return each
        return None

    def listing(self, since: datetime, until: datetime) -> Iterator[ProviderPayment]:
        """Every attempt from `since` up to `until`.

        Stripe tells the moment of the last capture of an intent only, so captures before it are told of for as long as
        they may have been.
        """
        begin = since - LONGEST_AUTHORISATION
        pages = self._account.pages(
            "/v1/payment_intents", created=_span(begin, until), expand=["data.latest_charge.balance_transaction"]
        )
        for found in pages:
            intent = self.read(found)
            for told in _with_strangers(intent, reading.metadata(found)):
                if told.earliest < until and told.latest >= since:
                    yield _listed(told, told.latest if told.latest < until else max(told.earliest, since))
        for found in self._account.pages("/v1/refunds", created=_span(since, until)):
            payment_id, told = refund_of(found, self._notebook)
            is_anothers = not payment_id and notes.PAYMENT in reading.metadata(found)
            if since <= told.latest < until and not is_anothers:
                yield _listed(told, told.latest)

    def _paying(self, key: str) -> Iterator[str]:
        """The intents whose payment a key may belong to: a key starts with its payment's id and a dot."""
        parts = key.split(".")
        ids = [".".join(parts[:count]) for count in range(len(parts) - 1, 0, -1)]
        for start in range(0, len(ids), _CLAUSES):
            query = " OR ".join(
                f"metadata['{notes.PAYMENT}']:'{_quoted(self._notebook.payment(each))}'"
                for each in ids[start : start + _CLAUSES]
            )
            found = self._account.get("/v1/payment_intents/search", query=query, limit=100)
            yield from (reading.text(each, "id") for each in reading.listed(found))


def _path(intent_id: str) -> str:
    if not (intent_id.isascii() and intent_id.replace("_", "").isalnum()):
        raise PortRefusedError(f"{intent_id[:40]!a} is no payment of Stripe's", code="port.refused.authorisation")
    return f"/v1/payment_intents/{intent_id}"


def _span(since: datetime, until: datetime) -> dict[str, int]:
    return {"gte": int(since.timestamp()), "lt": int(until.timestamp()) + 1}


def _quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace("'", "\\'")


def _with_strangers(intent: Intent, metadata: Mapping[str, str]) -> Iterator[Told]:
    """Our attempts, then what was done to a payment that nobody claims, or to ours behind our back."""
    ours = attempts_of(intent)
    yield from ours
    if not intent.payment_id and notes.PAYMENT in metadata:
        return  # another shop's
    captured = sum(each.amount.minor for each in ours if each.step is PaymentStep.CAPTURE)
    beyond = intent.received.minor - captured
    if not intent.payment_id and (intent.status == "requires_capture" or intent.received.minor):
        yield _stranger(intent, PaymentStep.AUTHORISE, intent.amount.minor)
    if beyond:
        yield _stranger(intent, PaymentStep.CAPTURE, beyond)


def _stranger(intent: Intent, step: PaymentStep, minor: int) -> Told:
    return Told(
        key="",
        step=step,
        outcome=PaymentOutcome.SUCCEEDED,
        amount=Money(minor, intent.amount.currency),
        reference=intent.intent_id,
        earliest=span_of(intent, step)[0],
        latest=span_of(intent, step)[1],
    )


def _listed(told: Told, at: datetime) -> ProviderPayment:
    return ProviderPayment(
        key=told.key,
        step=told.step,
        outcome=told.outcome,
        amount=told.amount,
        reference=told.reference,
        at=at,
    )
