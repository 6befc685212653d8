"""Rate cards: read strictly, priced exactly."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omscore.errors import InputError, SetupError
from omscore.places import Destination
from omscore.routing import RateTable, ZoneRule
from tests.routing.shops import ABROAD, CARD, HOME, TABLE, location, network, random_table

HEADER = "carrier,service,zone,min_g,max_g,price,currency,transit_days\n"


def table(*rows: str) -> RateTable:
    return RateTable.from_csv(HEADER + "\n".join(rows), (HOME, ABROAD))


@pytest.mark.parametrize(
    ("mass_g", "price"),
    [(0, 400), (1, 400), (1_000, 400), (1_001, 650), (5_000, 650), (30_000, 1_100), (30_001, 1_500), (95_000, 3_950)],
)
def test_a_mass_pays_its_band_and_above_the_last_band_one_parcel_more(mass_g: int, price: int) -> None:
    quote = TABLE.quote("DE", "DE", mass_g)
    assert quote is not None and quote.price.minor == price


def test_a_shipment_of_several_parcels_arrives_with_the_slowest() -> None:
    quote = TABLE.quote("DE", "DE", 30_500)
    assert quote is not None and (quote.carrier, quote.service, quote.zone, quote.transit_days) == (
        "post",
        "parcel",
        "home",
        3,
    )


def test_the_first_zone_rule_that_matches_wins() -> None:
    assert TABLE.zone_of("DE", "DE") == "home"
    assert TABLE.zone_of("DE", "FR") == "abroad"
    assert TABLE.zone_of("DE", "JP") is None
    assert TABLE.quote("DE", "JP", 100) is None
    closed = RateTable(
        rows=TABLE.rows, zones=(ZoneRule(zone="closed", origins=("DE",), destinations=("*",)), HOME, ABROAD)
    )
    assert closed.quote("DE", "DE", 100) is None
    assert closed.quote("FR", "FR", 100) is not None


def test_the_cheapest_service_is_quoted_and_a_tie_goes_to_the_faster() -> None:
    offers = table(
        "post,slow,home,0,1000,4.00,EUR,5",
        "post,quick,home,0,1000,4.00,EUR,1",
        "air,jet,home,0,9000,7.00,EUR,1",
    )
    assert [getattr(offers.quote("DE", "DE", mass), "service", None) for mass in (500, 1_500)] == ["quick", "jet"]
    jet = offers.quote("DE", "DE", 500, service="jet")
    assert jet is not None and jet.price.minor == 700
    assert offers.quote("DE", "DE", 500, service="boat") is None


@given(st.integers(0, 2_000), st.integers(0, 9_000))
def test_the_ladder_names_the_price_of_the_cheapest_quote(seed: int, mass_g: int) -> None:
    card = random_table(random.Random(seed), tame=seed % 2 == 0)  # noqa: S311
    ladder, quote = card.ladder("DE", "DE", mass_g), card.quote("DE", "DE", mass_g)
    assert ladder is not None and quote is not None
    step = next(r for r, top in enumerate(ladder.tops) if top >= mass_g)
    assert ladder.prices[step] == quote.price.minor
    assert ladder.floors[step] == min(ladder.prices[step:])


@given(st.integers(0, 2_000), st.lists(st.sampled_from(("DE", "AT", "FR"))), st.lists(st.integers(0, 9_000)))
def test_the_ladders_of_many_lanes_are_those_of_each(seed: int, origins: list[str], masses: list[int]) -> None:
    card = random_table(random.Random(seed), tame=seed % 2 == 0)  # noqa: S311
    for mass_g in masses:
        lanes = card.lanes(tuple(origins), "DE", mass_g)
        assert len(lanes.starts) - 1 == len({card.zone_of(origin, "DE") for origin in origins})
        for place, origin in enumerate(origins):
            first, last = lanes.starts[lanes.ladder_of[place] : lanes.ladder_of[place] + 2]
            ladder = card.ladder(origin, "DE", mass_g)
            assert ladder is not None and lanes.tops[last - 1] >= mass_g
            assert tuple(lanes.tops[first:last]) == ladder.tops
            assert tuple(lanes.prices[first:last]) == ladder.prices
            assert tuple(lanes.floors[first:last]) == ladder.floors


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("post,parcel,home,0,1000,4.999,EUR,2", "row 2 .*price"),
        ("post,parcel,home,0,1000,four,EUR,2", "row 2 .*price"),
        ("post,parcel,home,0,1000,4.00,EURO,2", "row 2 .*price"),
        ("post,parcel,home,0,1e3,4.00,EUR,2", "row 2 .*max_g"),
        ("post,parcel,home,-1,1000,4.00,EUR,2", "row 2 .*min_g"),
        ("post,parcel,home,0,1000,4.00,EUR,", "row 2 .*transit_days"),
        (" ,parcel,home,0,1000,4.00,EUR,2", "row 2 .*carrier"),
        ("post,parcel,home,0,1000,4.00,EUR", "row 2 .*7 cells"),
        ('"post,parcel', "not CSV"),
    ],
)
def test_an_unreadable_cell_is_named_by_row_and_column(row: str, words: str) -> None:
    with pytest.raises(InputError, match=words):
        table(row)


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        (("post,parcel,home,0,1000,4.00,EUR,2", "post,parcel,home,900,2000,5.00,EUR,2"), "row 3 .*overlaps"),
        (("post,parcel,home,0,1000,4.00,EUR,2", "post,parcel,home,1002,2000,5.00,EUR,2"), "row 3 .*gap"),
        (("post,parcel,moon,0,1000,4.00,EUR,2",), "row 2 .*'moon' has no zone rule"),
        (("post,parcel,home,500,500,4.00,EUR,2", "post,parcel,abroad,9,3,4.00,EUR,2"), "row 3 .*max_g"),
        (("post,parcel,home,0,1000,-4.00,EUR,2",), "row 2 .*below zero"),
        (("post,parcel,home,0,1000,4.00,EUR,2", "post,parcel,abroad,0,1000,4.00,USD,2"), "row 3 .*currency"),
    ],
)
def test_rows_that_contradict_the_table_are_refused(rows: tuple[str, ...], words: str) -> None:
    with pytest.raises(SetupError, match=words):
        table(*rows)


def test_a_wrong_header_is_refused_and_column_order_is_free() -> None:
    with pytest.raises(SetupError, match="must name the columns"):
        RateTable.from_csv("carrier,service\n", (HOME,))
    turned = "\n".join(",".join(reversed(row.split(","))) for row in CARD.splitlines())
    assert RateTable.from_csv("\ufeff" + turned + "\n\n", (HOME, ABROAD)) == TABLE


def test_masses_below_zero_or_beyond_a_thousand_parcels_are_refused() -> None:
    with pytest.raises(InputError, match="-1 g"):
        TABLE.quote("DE", "DE", -1)
    with pytest.raises(InputError, match="add a heavier band"):
        TABLE.quote("DE", "DE", 30_000_001)


def test_a_network_counts_in_one_currency_and_names_each_location_once() -> None:
    with pytest.raises(SetupError, match="'A' is in the network twice"):
        network(location("A"), location("A"))
    with pytest.raises(SetupError, match="below zero"):
        network(location("A"), penalty=-1)
    dollars = RateTable.from_csv(CARD.replace("EUR", "USD"), (HOME, ABROAD))
    with pytest.raises(SetupError, match="in USD but the shop counts in EUR"):
        network(location("A"), table=dollars)


def test_a_location_is_found_by_id_and_a_lane_without_rates_has_no_cost() -> None:
    shop = network(location("A", country="US"))
    assert shop.location("A").location_id == "A"
    assert shop.shipment_cost(shop.location("A"), Destination(country="DE"), 10) is not None
    assert shop.shipment_cost(shop.location("A"), Destination(country="JP"), 10) is None
    with pytest.raises(InputError, match="no location 'B'"):
        shop.location("B")
