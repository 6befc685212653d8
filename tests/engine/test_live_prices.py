"""The carrier's own prices in a promise: asked for what was chosen, replaced when it fails, and nothing ever bought."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from omscore.app import Oms
from omscore.errors import PortError, PortRefusedError, PortTransientError, PortUnknownError
from omscore.inventory.commands import ListItem
from omscore.items import Item, ItemFlag, Size, Sku
from omscore.money import ExchangeRate, Money
from omscore.places import Destination
from omscore.ports.carriers import CarrierQuote, Label, LabelRequest, Parcel, TrackingEvent, TrackingRequest
from omscore.records import changed
from omscore.routing import PriceSource, Promise
from tests.kit.shops import CUP, NOON, POT, TEA, receive, small_shop

DE = Destination(country="DE", postcode_area="101")
FALLBACK = '\n[routing.fallback]\nup_to_g = 5000\nflat = "8.00"\nper_kg = "0.75"\n'

Quotes = Callable[[str, Destination, Parcel], Any]


def quote(service: str, minor: int, days: int = 1, currency: str = "EUR") -> CarrierQuote:
    return CarrierQuote(carrier="fast", service=service, price=Money(minor, currency), transit_days=days)


class Carrier:
    """A carrier that answers as it is told and keeps every question; whoever wants a label from it is wrong."""

    def __init__(self, answer: Quotes) -> None:
        self.answer = answer
        self.asked: list[tuple[str, Parcel]] = []

    def quotes(self, origin_country: str, destination: Destination, parcel: Parcel) -> tuple[CarrierQuote, ...]:
        self.asked.append((origin_country, parcel))
        found: tuple[CarrierQuote, ...] = self.answer(origin_country, destination, parcel)
        return found

    def buy_label(self, request: LabelRequest) -> Label:
        raise AssertionError("a promise must not buy a label")

    def track(self, request: TrackingRequest) -> tuple[TrackingEvent, ...]:
        raise AssertionError("a promise has nothing to track")


def failing(error: Exception) -> Quotes:
    def answer(*_: Any) -> Any:
        raise error

    return answer


def promised(oms: Oms, carrier: Carrier, units: dict[str, int]) -> Promise:
    oms.carrier = carrier
    before = (list(oms.storage.events()), oms.storage.counts())
    promise = oms.promise(units, channel="web", destination=DE, live=True)
    assert (list(oms.storage.events()), oms.storage.counts()) == before
    return promise


def test_the_carrier_is_asked_only_for_the_locations_of_the_plan_and_its_prices_are_told_as_live(
    tmp_path: Path,
) -> None:
    with small_shop(tmp_path, storage={"memory": {}}) as oms:
        carrier = Carrier(lambda *_: (quote("slow", 390, 3), quote("quick", 390, 1), quote("jet", 990, 0)))
        promise = promised(oms, carrier, {TEA: 2})
        assert [(country, parcel.mass_g) for country, parcel in carrier.asked] == [("DE", 550)]  # with its box
        (shipment,) = promise.shipments
        assert [(each.service, each.price.minor, each.source) for each in shipment.options] == [
            ("quick", 390, PriceSource.LIVE),
            ("slow", 390, PriceSource.LIVE),
            ("jet", 990, PriceSource.LIVE),
        ]
        assert promise.price == Money(390, "EUR")
        table = oms.promise({TEA: 2}, channel="web", destination=DE)
        assert {each.source for each in table.shipments[0].options} == {PriceSource.TABLE}
        assert len(carrier.asked) == 1
        assert table.decision == promise.decision


def test_a_service_is_offered_when_it_takes_every_box_for_the_sum_and_as_slow_as_the_slowest(tmp_path: Path) -> None:
    def answer(_origin: str, _to: Destination, parcel: Parcel) -> tuple[CarrierQuote, ...]:
        big = parcel.mass_g > 2_000
        return (quote("both", 800 if big else 500, 3 if big else 1), *(() if big else (quote("light", 100),)))

    with small_shop(tmp_path, storage={"memory": {}}, stock=False) as oms:
        crate = Item(sku=Sku("CRATE"), mass_g=3_000, size=Size(length_mm=900, width_mm=300, height_mm=300))
        oms.do(ListItem(item=crate, at=NOON))
        receive(oms, "MUC", {"CRATE": 9, TEA: 9}, document="crates")
        carrier = Carrier(answer)
        promise = promised(oms, carrier, {"CRATE": 2, TEA: 1})
        assert sorted(parcel.mass_g for _, parcel in carrier.asked) == [300, 3_000]  # of two alike boxes once
        (option,) = promise.shipments[0].options
        assert (option.service, option.price.minor) == ("both", 2 * 800 + 500)
        assert (option.arrives_on - promise.shipments[0].leaves_on).days == 3


@pytest.mark.parametrize(
    "answer",
    [
        failing(PortTransientError("no route to the carrier")),
        failing(PortUnknownError("no answer in time")),
        failing(PortRefusedError("not to there")),
        failing(PortError("odd")),
        failing(TimeoutError()),
        failing(ValueError("a bug")),
        lambda *_: (),
        lambda *_: None,
        lambda *_: ("free of charge",),
        lambda *_: (quote("parcel", -5), quote("dollars", 100, currency="USD"), quote("never", 100, 10**9)),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_when_the_carrier_gives_no_price_the_fallback_rate_stands_in_or_the_rate_card(
    tmp_path: Path, answer: Quotes
) -> None:
    units = {TEA: 2, POT: 2}  # tea from Munich, pots from Lyon, or all from Lyon
    with small_shop(tmp_path, storage={"memory": {}}) as oms:
        promise = promised(oms, Carrier(answer), units)
        assert promise == oms.promise(units, channel="web", destination=DE)
    with small_shop(tmp_path, storage={"memory": {}}, edit=FALLBACK) as oms:
        table = oms.promise({CUP: 5, TEA: 10}, channel="web", destination=DE)
        promise = promised(oms, Carrier(answer), {CUP: 5, TEA: 10})
        (shipment,), (was,) = promise.shipments, table.shipments
        (option,) = shipment.options
        assert (option.price, option.source) == (Money(800, "EUR"), PriceSource.FALLBACK)
        assert (option.service, option.arrives_on) == (was.options[0].service, was.options[0].arrives_on)
        receive(oms, "MUC", {POT: 10}, document="pots")
        heavy = promised(oms, Carrier(answer), {POT: 4})  # 6 kg: 1 kg above the threshold
        assert heavy.price == Money(875, "EUR")


def test_a_carrier_that_does_not_answer_is_asked_once_and_one_that_refuses_is_asked_for_the_rest(
    tmp_path: Path,
) -> None:
    with small_shop(tmp_path, storage={"memory": {}}) as oms:
        units = {CUP: 6, POT: 2}
        down, choosy = Carrier(failing(PortTransientError("down"))), Carrier(failing(PortRefusedError("no")))
        assert len(promised(oms, down, units).shipments) == 2
        assert len(promised(oms, choosy, units).shipments) == 2
        assert (len(down.asked), len(choosy.asked)) == (1, 2)


@settings(max_examples=30)
@given(
    units=st.dictionaries(st.sampled_from((TEA, CUP, POT)), st.integers(1, 9), min_size=1),
    answers=st.lists(
        st.sampled_from((PortTransientError("x"), PortRefusedError("x"), RuntimeError("x"), None, 0, 250)), min_size=1
    ),
    fallback=st.booleans(),
)
def test_whatever_the_carrier_does_there_is_a_promise_and_every_shipment_has_a_price(
    tmp_path_factory: pytest.TempPathFactory, units: dict[str, int], answers: list[Any], fallback: bool
) -> None:
    def answer(*_: Any) -> Any:
        found = answers[len(carrier.asked) % len(answers)]
        if isinstance(found, Exception):
            raise found
        return found if found is None else (quote("any", found),)

    edit = FALLBACK if fallback else ""
    with small_shop(tmp_path_factory.mktemp("live"), storage={"memory": {}}, edit=edit) as oms:
        carrier = Carrier(answer)
        promise, table = promised(oms, carrier, units), oms.promise(units, channel="web", destination=DE)
        assert promise.decision == table.decision
        assert len(promise.shipments) == len(table.shipments)
        for live, listed in zip(promise.shipments, table.shipments, strict=True):
            sources = {option.source for option in live.options}
            assert len(sources) == 1
            assert PriceSource.TABLE not in sources or (not fallback and live == listed)


def test_the_carrier_of_the_shop_is_the_one_that_is_asked(tmp_path: Path) -> None:
    with small_shop(tmp_path, storage={"memory": {}}) as oms:
        (shipment,) = oms.promise({TEA: 2}, channel="web", destination=DE, live=True).shipments
        (option,) = shipment.options
        assert (option.carrier, option.price.minor, option.source) == ("post", 400, PriceSource.LIVE)


def test_goods_that_take_room_and_surcharges_count_in_what_is_promised_and_in_what_is_decided(tmp_path: Path) -> None:
    extras = """
[[routing.surcharges]]
name = "fuel"
percent = "10"
[[routing.surcharges]]
name = "frail"
fixed = "2.50"
flags = ["fragile"]
"""
    with small_shop(tmp_path, storage={"memory": {}}, edit=extras) as oms:
        vase = Item(
            sku=Sku("VASE"),
            mass_g=400,
            size=Size(length_mm=300, width_mm=200, height_mm=200),
            flags=(ItemFlag.FRAGILE,),
        )
        oms.do(ListItem(item=vase, at=NOON))
        receive(oms, "MUC", {"VASE": 9}, document="vases")
        for divisor, billed_g, minor in ((None, 800, 440), (5_000, 4_800, 770)):
            oms._desk = changed(oms._desk, network=changed(oms._desk.network, dim_divisor_cm3_per_kg=divisor))
            promise = oms.promise({"VASE": 2}, channel="web", destination=DE)
            (shipment,) = promise.shipments
            assert (shipment.mass_g, shipment.billed_g) == (800, billed_g)
            assert promise.price == promise.decision.cost == Money(minor + 250, "EUR")
            assert [name for name, _ in shipment.options[0].surcharges] == ["fuel", "frail"]


class Dollars:
    """Knows dollars, and fails as it is told."""

    def __init__(self, fails: Exception | None = None) -> None:
        self.fails, self.asked = fails, 0

    def rate(self, base: str, quote: str, at: datetime) -> ExchangeRate:
        self.asked += 1
        if self.fails is not None:
            raise self.fails
        if base != "USD":
            raise PortRefusedError(f"no rate of {base}")
        return ExchangeRate(base, quote, Decimal("0.925"), "ECB", NOON)


def dearer_and_foreign(*_: Any) -> tuple[CarrierQuote, ...]:
    return (
        quote("home", 500),
        quote("abroad", 401, 2, "USD"),
        quote("abroad", 900, 2, "EUR"),
        quote("far", 100, 9, "JPY"),
    )


def test_a_price_in_another_currency_is_exchanged_and_its_rate_is_told(tmp_path: Path) -> None:
    with small_shop(tmp_path, storage={"memory": {}}) as oms:
        rates = Dollars()
        oms.rates = rates
        (shipment,) = promised(oms, Carrier(dearer_and_foreign), {TEA: 2}).shipments
        cheapest, home = shipment.options
        assert (cheapest.service, cheapest.price, home.service, home.rate) == (
            "abroad",
            Money(371, "EUR"),  # 4.01 USD at 0.925 are 3.70925 EUR
            "home",
            None,
        )
        assert cheapest.rate is not None and (cheapest.rate.source, cheapest.rate.at) == ("ECB", NOON)
        assert rates.asked == 2  # once for each foreign currency; nobody knows one of yen, so `far` is left out


@pytest.mark.parametrize("fails", [PortRefusedError("none"), PortTransientError("down"), ValueError("a mistake"), None])
def test_a_price_nobody_can_exchange_is_never_taken_for_one_of_the_shops_currency(
    tmp_path: Path, fails: Exception | None
) -> None:
    with small_shop(tmp_path, storage={"memory": {}}) as oms:
        oms.rates = None if fails is None else Dollars(fails)
        (shipment,) = promised(oms, Carrier(dearer_and_foreign), {TEA: 2}).shipments
        assert [(each.service, each.price.minor) for each in shipment.options] == [("home", 500), ("abroad", 900)]
