"""The laws of a source of exchange rates, one per test, to be run against any adapter of `omscore.ports.rates`.

An author subclasses `RateConformance`, names the provider, and gives the fixture `harness`: the opened adapter, some
rates that are known to be right, and questions it must refuse.
"""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from decimal import Decimal
from typing import Protocol

from omscore.errors import PortError
from omscore.ports.rates import ExchangeRate, RatePort
from omscore.records import frozen
from omscore.testing.conformance.ports import Harness, PortLaws, hides, needs, refused, try_again_is_right
from omscore.testing.faults import Fault

__all__ = ["KnownRate", "RateConformance", "RateHarness"]


@frozen(kw_only=True)
class KnownRate:
    """A rate that is known to be right, and the moment of a question it answers."""

    at: datetime
    rate: ExchangeRate


class RateHarness(Harness, Protocol):
    """An adapter for exchange rates and what it should tell.

    Shape: `known` has at least two rates; `untold` are questions (base, quote, moment) no rate is known for, such as
    one about a currency the source does not have and one before its first day.
    """

    @property
    def port(self) -> RatePort: ...

    @property
    def known(self) -> tuple[KnownRate, ...]: ...

    @property
    def untold(self) -> tuple[tuple[str, str, datetime], ...]: ...


class RateConformance(PortLaws):
    """Every law that holds for every source of exchange rates."""

    def test_known_rates_are_told_exactly(self, harness: RateHarness) -> None:
        assert len(harness.known) > 1, "the harness names fewer than two known rates"
        for known in harness.known:
            assert _asked(harness, known).rate == known.rate.rate

    def test_a_rate_is_of_the_pair_asked_and_above_zero(self, harness: RateHarness) -> None:
        for known in harness.known:
            told = _asked(harness, known)
            assert (told.base, told.quote) == (known.rate.base, known.rate.quote)
            assert type(told.rate) is Decimal and told.rate > 0

    def test_a_rate_says_whose_it_is_and_of_when_and_is_never_of_later(self, harness: RateHarness) -> None:
        for known in harness.known:
            told = _asked(harness, known)
            assert (told.source, told.at) == (known.rate.source, known.rate.at)
            assert told.at <= known.at, "the rate is of a moment after the one it was asked for"

    def test_the_same_question_has_the_same_answer(self, harness: RateHarness) -> None:
        for known in harness.known:
            assert len({repr(_asked(harness, known)) for _ in range(3)}) == 1

    def test_a_moment_in_another_zone_has_the_same_rate(self, harness: RateHarness) -> None:
        for known in harness.known:
            told = _asked(harness, known)
            for hours in (-11, 14):
                elsewhere = known.at.astimezone(timezone(timedelta(hours=hours)))
                assert harness.port.rate(known.rate.base, known.rate.quote, elsewhere) == told

    def test_a_question_without_a_rate_is_refused_and_never_answered_with_another(self, harness: RateHarness) -> None:
        assert harness.untold, "the harness names no question without a rate"
        for base, quote, at in harness.untold:
            with refused(f"{base} to {quote} on {at:%Y-%m-%d}, for which no rate is known,"):
                harness.port.rate(base, quote, at)

    @needs(Fault.DOWN)
    def test_a_source_that_is_out_of_reach_gives_no_rate(self, harness: RateHarness) -> None:
        known = harness.known[0]
        self.broken(harness, Fault.DOWN)
        try_again_is_right(lambda: _asked(harness, known), "rates out of reach")
        assert _asked(harness, known) == known.rate

    @needs(Fault.GARBAGE)
    def test_an_answer_nobody_can_read_gives_no_rate(self, harness: RateHarness) -> None:
        self.broken(harness, Fault.GARBAGE)
        try_again_is_right(lambda: _asked(harness, harness.known[0]), "an answer that is garbage")

    def test_secrets_stand_in_no_message(self, harness: RateHarness) -> None:
        secrets = self.told_secrets(harness)
        errors: list[BaseException] = []
        for fault in sorted(harness.faults):
            harness.break_next(fault)
            try:
                _asked(harness, harness.known[0])
            except PortError as error:
                errors.append(error)
        hides(errors, secrets, harness.port)


def _asked(harness: RateHarness, known: KnownRate) -> ExchangeRate:
    return harness.port.rate(known.rate.base, known.rate.quote, known.at)
