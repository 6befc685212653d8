"""A payment adapter that keeps every law, with a bank in memory behind it; broken ones are made from it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from threading import Lock
from typing import NoReturn

from omscore.errors import PortRefusedError, PortTransientError, PortUnknownError
from omscore.money import Money
from omscore.ports.payments import PaymentAnswer, PaymentOutcome, PaymentRequest, PaymentStep, ProviderPayment
from omscore.testing.conformance.ports import NOON
from tests.testing.wires import Wire, WireError


class Bank:
    """The world: it keeps what happened for every program, and draws on authorisations."""

    def __init__(self) -> None:
        self.first: dict[str, tuple[PaymentRequest, PaymentAnswer]] = {}
        self.moved: list[tuple[PaymentRequest, Money]] = []
        self.left: dict[str, int] = {}
        self.refundable: dict[str, int] = {}
        self.lock = Lock()

    def pay(self, request: PaymentRequest) -> PaymentAnswer:
        """The answer of the first time. Raises: ValueError for a key used for something else, or too much."""
        with self.lock:
            if request.key in self.first:
                before, answer = self.first[request.key]
                if before != request:
                    raise ValueError("key reused")
                return answer
            return self._act(request)

    def _act(self, request: PaymentRequest) -> PaymentAnswer:
        reference, minor = f"bank-{request.key}", request.amount.minor
        if request.method == "declined":
            answer = PaymentAnswer(
                outcome=PaymentOutcome.DECLINED, amount=request.amount, reference=reference, says="the card has expired"
            )
            self.first[request.key] = (request, answer)
            return answer
        match request.step:
            case PaymentStep.AUTHORISE:
                self.left[reference], self.refundable[reference] = minor, 0
            case PaymentStep.CAPTURE:
                self._draw(self.left, request.authorisation, minor)
                self.refundable[request.authorisation] += minor
            case PaymentStep.VOID:
                self._draw(self.left, request.authorisation, minor)
            case PaymentStep.REFUND:
                self._draw(self.refundable, request.authorisation, minor)
        self.moved.append((request, request.amount))
        answer = PaymentAnswer(outcome=PaymentOutcome.SUCCEEDED, amount=request.amount, reference=reference)
        self.first[request.key] = (request, answer)
        return answer

    def _draw(self, pot: dict[str, int], reference: str, minor: int) -> None:
        if pot[reference] < minor:
            raise ValueError("too much")
        pot[reference] -= minor


class SoundPayments:
    """Keeps every law of the kit."""

    def __init__(self, bank: Bank, wire: Wire) -> None:
        self.bank = bank
        self.wire = wire

    def send(self, request: PaymentRequest) -> PaymentAnswer:
        try:
            return self.wire.call(self.asked(request))
        except ValueError as error:
            raise PortRefusedError(f"the bank refuses {request.key}: {error}") from error
        except WireError as error:
            self.failed(error)

    def asked(self, request: PaymentRequest) -> Callable[[], PaymentAnswer]:
        """What the bank does whenever the call of one attempt arrives."""
        return lambda: self.bank.pay(request)

    def failed(self, error: WireError) -> NoReturn:
        if error.is_sent:
            raise PortUnknownError("no answer came; look the key up") from error
        raise PortTransientError("the bank is out of reach; nothing happened") from error

    def look_up(self, key: str) -> PaymentAnswer | None:
        try:
            found = self.wire.call(lambda: self.bank.first.get(key))
        except WireError as error:
            raise PortTransientError("the bank cannot be asked; ask again") from error
        return found[1] if found else None

    def listing(self, since: datetime, until: datetime) -> Iterator[ProviderPayment]:
        for request, amount in self.bank.moved:
            if since <= NOON < until:
                yield ProviderPayment(
                    key=request.key,
                    step=request.step,
                    outcome=PaymentOutcome.SUCCEEDED,
                    amount=amount,
                    reference=f"bank-{request.key}",
                    at=NOON,
                )


class BankHarness(Wire):
    """The bank counts what really happened."""

    currencies = ("EUR", "JPY", "KWD")

    def __init__(self, adapter: type[SoundPayments] = SoundPayments) -> None:
        super().__init__()
        self._adapter = adapter
        self._bank = Bank()
        self.port = adapter(self._bank, self)

    def effects(self, key: str) -> Sequence[Money]:
        return [amount for request, amount in self._bank.moved if request.key == key]

    def method(self, *, declined: bool = False) -> str:
        return "declined" if declined else "accepted"

    def reopened(self) -> SoundPayments:
        return self._adapter(self._bank, self)
