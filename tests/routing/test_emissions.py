"""What services emit: whose figure counts, for which parcel, and what is refused."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from omscore.errors import InputError, SetupError
from omscore.places import Destination, Point
from omscore.policy.loading import load_shop
from omscore.records import changed
from omscore.routing import CarbonScore, Decision, Demand, Emission, Network, Profile, Question, RateTable, route
from omscore.routing.front import routing_front
from tests.kit.shops import RATES, SHOP
from tests.routing.shops import ABROAD, HOME, Stock, ask, location, network, on_shelf

CARD = """carrier,service,zone,min_g,max_g,price,currency,transit_days
post,letter,home,0,500,2.50,EUR,2
post,parcel,home,0,1000,4.00,EUR,2
post,parcel,abroad,0,1000,9.00,EUR,4
"""
PLAIN = RateTable.from_csv(CARD, (HOME, ABROAD))
THERE = Destination(country="DE", point=Point(50.0, 10.0))
GREEN = Profile(name="green", scores=(CarbonScore(price_per_tonne=Decimal(1000), g_per_tonne_km=100),))
"""A gram of CO2e counts a tenth of a cent."""


def shop(*emissions: Emission, own_g: int | None = None, penalty: int = 0) -> Network:
    """Two places on one spot, 111 km from the destination."""
    places = [changed(location(name, point=Point(51.0, 10.0)), co2e_g_per_tonne_km=own_g) for name in ("A", "B")]
    return network(*places, table=changed(PLAIN, emissions=emissions), penalty=penalty)


def decided(asked: Network, *lines: tuple[int, str, int, int], stock: Stock, to: Destination = THERE) -> Decision:
    return route(ask(*lines, profile=GREEN, destination=to), asked, stock)


def grams(decision: Decision) -> Decimal:
    return sum([each.measure for each in decision.scores if each.is_chosen], Decimal(0))


LETTER = Emission(services=("letter",), g_per_tonne_km=40, g_per_parcel=5)
PARCEL = Emission(services=("parcel",), g_per_parcel=30)


@pytest.mark.parametrize(
    ("emissions", "own_g", "units", "expected"),
    [
        ((), None, 2, "4.44"),  # the score's 100 g: 400 g over 111 km
        ((), 50, 2, "2.22"),  # the location's
        ((LETTER, PARCEL), 50, 2, "6.776"),  # the letter's 40 g, and its 5 g
        ((LETTER, PARCEL), 50, 4, "34.44"),  # too heavy for a letter: the location's 50 g, and the parcel's 30 g
        ((LETTER, PARCEL), None, 4, "38.88"),  # the score's 100 g
        ((LETTER, PARCEL), 50, 9, "69.99"),  # letters in four pieces cost more than two parcels
        ((Emission(zones=("abroad",), g_per_parcel=99), LETTER), 50, 2, "6.776"),
        ((Emission(carriers=("post",), g_per_tonne_km=0),), 50, 2, "0"),
    ],
)
def test_a_shipment_emits_what_the_service_does_that_asks_the_least_for_its_mass(
    emissions: tuple[Emission, ...], own_g: int | None, units: int, expected: str
) -> None:
    asked, stock = shop(*emissions, own_g=own_g), on_shelf(S={"A": 9})
    decision = decided(asked, (1, "S", units, 200), stock=stock)
    assert grams(decision) == Decimal(expected)
    assert decision.score_minor == Decimal(expected) / 10
    front = routing_front(
        Question(request=ask((1, "S", units, 200), destination=THERE), network=asked, stock=stock)
    ).plans
    assert [each.co2e_mg for each in front] == [None if own_g is None else Decimal(expected) * 1000]


def test_a_further_parcel_counts_and_so_articles_are_kept_in_one() -> None:
    card = CARD.splitlines()[0] + "\npost,parcel,home,0,500,2.00,EUR,2\npost,parcel,home,500,1000,5.00,EUR,2\n"
    rates = RateTable.from_csv(card, (HOME,))
    lines, stock = ((1, "S", 1, 400), (2, "T", 1, 400)), on_shelf(S={"A": 1}, T={"A": 1, "B": 1})

    def cost(asked: RateTable) -> tuple[str, int]:
        decision = decided(changed(shop(), rates=asked), *lines, stock=stock)
        return str(decision.cost), len({part.location_id for part in decision.assignments})

    assert cost(rates) == ("4.00 EUR", 2)
    assert cost(changed(rates, emissions=(Emission(g_per_parcel=2_000),))) == ("5.00 EUR", 1)


def test_what_is_emitted_goes_by_what_goods_weigh_and_the_service_by_what_they_are_billed_for() -> None:
    asked = changed(shop(LETTER, PARCEL, own_g=50), dim_divisor_cm3_per_kg=5_000)
    request = ask((1, "S", 2, 200), profile=GREEN, destination=THERE)
    bulky = tuple([changed(line, volume_mm3=2_000_000) for line in request.demands])  # billed as 400 g each
    decision = route(changed(request, demands=bulky), asked, on_shelf(S={"A": 9}))
    assert grams(decision) == Decimal("32.22")  # the parcel's 30 g, and 50 g for 400 g over 111 km
    assert decision.score_minor == Decimal("3.222")


def test_to_a_destination_without_a_point_parcels_count_alone() -> None:
    decision = decided(shop(LETTER, PARCEL), (1, "S", 4, 200), stock=on_shelf(S={"A": 9}), to=Destination(country="DE"))
    assert grams(decision) == 30


def test_lines_that_ship_together_are_one_shipment_with_one_service() -> None:
    asked = shop(LETTER, PARCEL, own_g=50)
    request = ask((1, "S", 1, 300), (2, "T", 1, 300), profile=GREEN, destination=THERE)
    together: tuple[Demand, ...] = tuple([changed(line, together="set") for line in request.demands])
    stock = on_shelf(S={"A": 1, "B": 1}, T={"A": 1, "B": 1})
    decision = route(changed(request, demands=together), asked, stock)
    assert grams(decision) == Decimal("33.33")
    assert decision.score_minor == Decimal("3.333")
    assert decision.gap is None


def test_an_emission_that_says_nothing_or_is_of_no_service_is_refused_with_what_to_do() -> None:
    with pytest.raises(InputError, match="give g_per_tonne_km, g_per_parcel or both"):
        Emission(services=("letter",))
    with pytest.raises(InputError, match="g_per_tonne_km must be a whole number from 0 to 100000, and is -1"):
        Emission(g_per_tonne_km=-1)
    with pytest.raises(SetupError, match="emission 1 fits no service of the rate card, which has letter of post in"):
        changed(PLAIN, emissions=(LETTER, Emission(services=("courier",), g_per_parcel=1)))
    with pytest.raises(SetupError, match="emission 1 comes after others that fit its services"):
        changed(PLAIN, emissions=(Emission(g_per_parcel=1), LETTER))


def test_a_shop_says_in_its_file_what_services_emit(tmp_path: Path) -> None:
    config = tmp_path / "shop.toml"
    (tmp_path / "rates.csv").write_text(RATES, encoding="utf-8")
    said = '\n[[routing.emissions]]\nservices = ["{}"]\ng_per_tonne_km = 80\ng_per_parcel = 200\n'
    service = RATES.splitlines()[1].split(",")[1]
    config.write_text(SHOP + said.format(service), encoding="utf-8")
    emission = Emission(services=(service,), g_per_tonne_km=80, g_per_parcel=200)
    assert load_shop(config).network().rates.emissions == (emission,)
    config.write_text(SHOP + said.format("balloon"), encoding="utf-8")
    with pytest.raises(SetupError, match=r"routing\.emissions: emission 0 fits no service"):
        load_shop(config).network()
