"""The laws of a source of tax rates, one per test, to be run against any adapter of `omscore.ports.taxes`.

An author subclasses `TaxConformance`, names the provider, and gives the fixture `harness`: the opened adapter, some
rates that are known to be right, and a question it must refuse.
"""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from decimal import Decimal
from typing import Protocol

from omscore.errors import PortError
from omscore.places import Destination
from omscore.ports.taxes import TaxPort, TaxRate
from omscore.records import frozen
from omscore.testing.conformance.ports import Harness, PortLaws, hides, needs, refused, try_again_is_right
from omscore.testing.faults import Fault

__all__ = ["KnownRate", "TaxConformance", "TaxHarness"]


@frozen(kw_only=True)
class KnownRate:
    """A rate that is known to be right, from the law or from the table behind the adapter."""

    category: str
    destination: Destination
    at: datetime
    rate: TaxRate


class TaxHarness(Harness, Protocol):
    """An adapter for taxes and the rates it should tell.

    Shape: `known` has at least two rates of different categories at one destination and moment; `untold` is a category
    and a destination no rate is known for.
    """

    @property
    def port(self) -> TaxPort: ...

    @property
    def known(self) -> tuple[KnownRate, ...]: ...

    @property
    def untold(self) -> tuple[str, Destination]: ...


class TaxConformance(PortLaws):
    """Every law that holds for every source of tax rates."""

    def test_known_rates_are_told_exactly(self, harness: TaxHarness) -> None:
        assert harness.known, "the harness names no known rate"
        for known in harness.known:
            assert harness.port.rates((known.category,), known.destination, known.at) == (known.rate,)

    def test_a_rate_is_a_part_of_the_net_amount(self, harness: TaxHarness) -> None:
        for known in harness.known:
            (told,) = harness.port.rates((known.category,), known.destination, known.at)
            assert type(told.rate) is Decimal and told.rate.is_finite() and 0 <= told.rate <= 1
            assert told.code.strip()

    def test_there_is_one_rate_per_category_in_the_order_asked(self, harness: TaxHarness) -> None:
        first, second = self._pair(harness)
        for asked in ((first, second), (second, first), (first, first, second), (second, first, second)):
            told = harness.port.rates([each.category for each in asked], first.destination, first.at)
            assert told == tuple(each.rate for each in asked)

    def test_no_categories_have_no_rates(self, harness: TaxHarness) -> None:
        known = harness.known[0]
        assert harness.port.rates((), known.destination, known.at) == ()

    def test_the_same_question_has_the_same_answer(self, harness: TaxHarness) -> None:
        known = harness.known[0]
        told = {harness.port.rates((known.category,), known.destination, known.at) for _ in range(3)}
        assert len(told) == 1

    def test_a_moment_in_another_zone_has_the_same_rate(self, harness: TaxHarness) -> None:
        for known in harness.known:
            for hours in (-11, 14):
                elsewhere = known.at.astimezone(timezone(timedelta(hours=hours)))
                assert harness.port.rates((known.category,), known.destination, elsewhere) == (known.rate,)

    def test_a_place_without_a_rate_is_refused_and_not_untaxed(self, harness: TaxHarness) -> None:
        category, destination = harness.untold
        with refused("a place no rate is known for"):
            harness.port.rates((category,), destination, harness.known[0].at)

    def test_one_category_without_a_rate_refuses_the_whole_question(self, harness: TaxHarness) -> None:
        category, destination = harness.untold
        known = harness.known[0]
        with refused("a question with one category no rate is known for"):
            harness.port.rates((known.category, category), destination, known.at)

    @needs(Fault.DOWN)
    def test_a_source_that_is_out_of_reach_never_means_untaxed(self, harness: TaxHarness) -> None:
        known = harness.known[0]
        self.broken(harness, Fault.DOWN)
        try_again_is_right(
            lambda: harness.port.rates((known.category,), known.destination, known.at), "rates out of reach"
        )
        assert harness.port.rates((known.category,), known.destination, known.at) == (known.rate,)

    @needs(Fault.GARBAGE)
    def test_an_answer_nobody_can_read_never_means_untaxed(self, harness: TaxHarness) -> None:
        known = harness.known[0]
        self.broken(harness, Fault.GARBAGE)
        try_again_is_right(
            lambda: harness.port.rates((known.category,), known.destination, known.at), "an answer that is garbage"
        )

    def test_secrets_stand_in_no_message(self, harness: TaxHarness) -> None:
        secrets = self.told_secrets(harness)
        known = harness.known[0]
        errors: list[BaseException] = []
        for fault in sorted(harness.faults):
            harness.break_next(fault)
            try:
                harness.port.rates((known.category,), known.destination, known.at)
            except PortError as error:
                errors.append(error)
        hides(errors, secrets, harness.port)

    def _pair(self, harness: TaxHarness) -> tuple[KnownRate, KnownRate]:
        first = harness.known[0]
        for other in harness.known[1:]:
            if (other.destination, other.at) == (first.destination, first.at) and other.category != first.category:
                return first, other
        raise AssertionError("the harness knows no two categories at one destination and moment; give it two")
