"""A reviewer and a source of rates that keep every law, with their worlds in memory; broken ones are made from them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from threading import Lock

from omscore.errors import PortRefusedError, PortTransientError, PortUnknownError
from omscore.ports.rates import ExchangeRate
from omscore.ports.reviews import ReviewAnswer, ReviewRequest, Verdict
from omscore.records import changed
from omscore.testing.conformance.ports import NOON
from omscore.testing.conformance.rates import KnownRate
from tests.testing.wires import Wire, WireError


class World:
    """The cases a reviewer has, for every program."""

    def __init__(self) -> None:
        self.wire = Wire()
        self.opened: list[str] = []
        self.said: dict[str, ReviewAnswer] = {}
        self.lock = Lock()


class SoundReviewer:
    """Holds gifts and cancels what goes to a country it has on its list; it is its own harness."""

    def __init__(self, world: World | None = None) -> None:
        self.world = world or World()
        self.wire = self.world.wire
        self.faults, self.secrets, self.break_next = self.wire.faults, self.wire.secrets, self.wire.break_next

    @property
    def port(self) -> SoundReviewer:
        return self

    def asking_for(self, verdict: Verdict, request: ReviewRequest) -> ReviewRequest | None:
        tags = {Verdict.APPROVE: (), Verdict.HOLD: ("gift",), Verdict.CANCEL: ("listed",)}[verdict]
        return changed(request, tags=tags)

    def cases(self, key: str) -> int:
        return self.world.opened.count(key)

    def reopened(self) -> SoundReviewer:
        return type(self)(self.world)

    def review(self, request: ReviewRequest) -> ReviewAnswer:
        try:
            return self.wire.call(self.asked(request))
        except WireError as error:
            return self.failed(error, request)

    def look_up_review(self, key: str) -> ReviewAnswer | None:
        return self.world.said.get(self.name(key))

    def asked(self, request: ReviewRequest) -> Callable[[], ReviewAnswer]:
        """What happens whenever the call arrives."""
        return lambda: self.case(request)

    def case(self, request: ReviewRequest) -> ReviewAnswer:
        with self.world.lock:
            if self.is_new(request):
                self.world.opened.append(request.key)
                self.world.said[self.name(request.key)] = self.verdict(request)
            return self.world.said[self.name(request.key)]

    def name(self, key: str) -> str:
        return key

    def is_new(self, request: ReviewRequest) -> bool:
        return self.name(request.key) not in self.world.said

    def verdict(self, request: ReviewRequest) -> ReviewAnswer:
        number = f"case-{len(self.world.opened)}"
        if "listed" in request.tags:
            return ReviewAnswer(verdict=Verdict.CANCEL, says="the receiver is listed", reference=number)
        if "gift" in request.tags:
            return ReviewAnswer(verdict=Verdict.HOLD, says="gifts are looked at", reference=number)
        return ReviewAnswer(verdict=Verdict.APPROVE, reference=number)

    def failed(self, error: WireError, request: ReviewRequest) -> ReviewAnswer:
        if error.is_sent:
            raise PortUnknownError(f"no answer about {request.order_id}; ask again") from error
        raise PortTransientError("the reviewer is out of reach; ask again") from error


MIDNIGHT = datetime(2026, 3, 2, tzinfo=UTC)
DOLLARS = ExchangeRate("EUR", "USD", Decimal("1.0825"), "the bank", MIDNIGHT)
YEN = ExchangeRate("EUR", "JPY", Decimal("163.52"), "the bank", MIDNIGHT)


class SoundRates:
    """Rates that keep every law, and are their own harness."""

    known = (KnownRate(at=NOON, rate=DOLLARS), KnownRate(at=NOON, rate=YEN))
    untold = (("EUR", "CHF", NOON), ("EUR", "USD", MIDNIGHT - timedelta(days=1)))

    def __init__(self) -> None:
        self.wire = Wire()
        self.faults, self.secrets, self.break_next = self.wire.faults, self.wire.secrets, self.wire.break_next

    @property
    def port(self) -> SoundRates:
        return self

    def rate(self, base: str, quote: str, at: datetime) -> ExchangeRate:
        try:
            return self.wire.call(lambda: self.told(base, quote, at))
        except WireError as error:
            return self.failed(error)

    def told(self, base: str, quote: str, at: datetime) -> ExchangeRate:
        for rate in (DOLLARS, YEN):
            if (rate.base, rate.quote) == (base, quote) and rate.at <= at:
                return rate
        return self.unknown(base, quote, at)

    def unknown(self, base: str, quote: str, at: datetime) -> ExchangeRate:
        raise PortRefusedError(f"no rate from {base} to {quote} is known for {at:%Y-%m-%d}; add one")

    def failed(self, error: WireError) -> ExchangeRate:
        raise PortTransientError("the rates are out of reach; ask again") from error
