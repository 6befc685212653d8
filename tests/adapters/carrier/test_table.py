"""The carrier priced by table: quotes, one label per key, refusals that say the limits, scans of a parcel on time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pluggy
import pytest
from hypothesis import given
from hypothesis import strategies as st

from omscore.errors import PortRefusedError, SetupError
from omscore.items import ItemFlag
from omscore.places import Address, Destination
from omscore.plugins import PortKind
from omscore.plugins.hookspecs import PROJECT, Hooks
from omscore.ports.carriers import CarrierPort, LabelRequest, Parcel, TrackingRequest, TrackingStatus
from omscore.routing.ratecard import ZoneRule
from omscore.routing.rates import RateTable
from omscore.routing.surcharges import Surcharge
from omscore_adapters import carrier_table
from omscore_adapters.carrier_table import CarrierTableSettings, TableCarrier
from omscore_adapters.carrier_table.tracking import check_digit, checked_number, tracking_number

CARD = """carrier,service,zone,min_g,max_g,price,currency,transit_days
post,parcel,home,0,2000,4.90,EUR,2
post,parcel,home,2001,10000,7.90,EUR,3
post,express,home,0,5000,12.00,EUR,1
van,parcel,home,0,1000,3.90,EUR,4
post,parcel,world,0,2000,19.00,EUR,8
"""
ZONES = (
    ZoneRule(zone="home", origins=("*",), destinations=("=origin",)),
    ZoneRule(zone="world", origins=("DE",), destinations=("JP", "US")),
)
TABLE = RateTable.from_csv(CARD, ZONES)
FRIDAY = datetime(2026, 1, 2, 16, tzinfo=UTC)


def address(country: str = "DE") -> Address:
    return Address(recipient="A. Reader", lines=("1 High Street",), city="Ayr", country=country, postcode="12345")


def parcel(mass_g: int) -> Parcel:
    return Parcel(mass_g=mass_g, length_mm=300, width_mm=200, height_mm=100)


def label_request(
    *, key: str = "ord_1.f1.p1", mass_g: int = 750, service: str = "parcel", to: str = "DE"
) -> LabelRequest:
    return LabelRequest(
        key=key,
        reference="ord_1",
        parcel=parcel(mass_g),
        sender=address(),
        recipient=address(to),
        service=service,
        at=FRIDAY,
    )


def tracking(at: datetime, *, handed_over_at: datetime = FRIDAY, service: str = "parcel") -> TrackingRequest:
    return TrackingRequest(
        tracking_number=tracking_number("TB", "k"),
        service=service,
        origin_country="DE",
        destination=Destination(country="JP"),
        handed_over_at=handed_over_at,
        at=at,
    )


def test_the_plugin_offers_the_provider_table_for_carriers(tmp_path: Path) -> None:
    plugins = pluggy.PluginManager(PROJECT)
    plugins.add_hookspecs(Hooks)
    plugins.register(carrier_table)
    ((provider,),) = plugins.hook.oms_providers()
    assert (provider.name, provider.port) == ("table", PortKind.CARRIER)
    card = tmp_path / "rates.csv"
    card.write_text(CARD, encoding="utf-8")
    with provider.open(CarrierTableSettings(rates=card, zones=ZONES, prefix="XY")) as opened:
        port: CarrierPort = opened
        assert port.buy_label(label_request()).tracking_number.startswith("XY")


def test_quotes_name_every_service_that_takes_the_parcel_cheapest_first() -> None:
    quotes = TableCarrier(TABLE).quotes("DE", Destination(country="DE"), parcel(1_000))
    assert [(quote.carrier, quote.service, str(quote.price), quote.transit_days) for quote in quotes] == [
        ("van", "parcel", "3.90 EUR", 4),
        ("post", "parcel", "4.90 EUR", 2),
        ("post", "express", "12.00 EUR", 1),
    ]
    assert TableCarrier(TABLE).quotes("DE", Destination(country="FR"), parcel(1_000)) == ()


@given(st.integers(0, 12_000))
def test_the_cheapest_quote_of_a_single_parcel_is_the_price_routing_reckons_with(mass_g: int) -> None:
    quotes = TableCarrier(TABLE).quotes("US", Destination(country="US"), parcel(mass_g))
    assert len(quotes) == (mass_g <= 1_000) + (mass_g <= 5_000) + (mass_g <= 10_000)
    if quotes and mass_g <= 1_000:
        reckoned = TABLE.quote("US", "US", mass_g)
        assert reckoned is not None and quotes[0].price == reckoned.price


def test_surcharges_are_part_of_quotes_and_of_the_price_of_a_label(tmp_path: Path) -> None:
    card = tmp_path / "rates.csv"
    card.write_text(CARD, encoding="utf-8")
    fuel = Surcharge(name="fuel", percent=Decimal(10), carriers=("van",))
    remote = Surcharge(name="remote", fixed=Decimal(5), countries=("DE",), postcode_areas=("999",))
    settings = CarrierTableSettings(rates=card, zones=ZONES, surcharges=(fuel, remote))
    with carrier_table.PROVIDER.open(settings) as opened:
        near, far = Destination(country="DE"), Destination(country="DE", postcode_area="999")
        assert [str(each.price) for each in opened.quotes("DE", near, parcel(1_000))][:2] == ["4.29 EUR", "4.90 EUR"]
        assert str(opened.quotes("DE", far, parcel(1_000))[0].price) == "9.29 EUR"
        assert str(opened.buy_label(label_request()).price) == "4.29 EUR"
    hazmat = Surcharge(name="hazmat", fixed=Decimal(5), flags=(ItemFlag.HAZMAT,))
    with pytest.raises(SetupError, match="hazmat asks for items with flags, but a carrier is not told"):
        CarrierTableSettings(rates=card, zones=ZONES, surcharges=(hazmat,))


def test_one_key_gives_one_label_at_one_price() -> None:
    label = TableCarrier(TABLE).buy_label(label_request())
    assert label == TableCarrier(TABLE).buy_label(label_request())
    assert (label.carrier, str(label.price), label.transit_days) == ("van", "3.90 EUR", 4)
    assert [document.media_type for document in label.documents] == ["application/zpl", "text/plain"]
    assert all(label.tracking_number in document.text for document in label.documents)
    assert TableCarrier(TABLE).buy_label(label_request(key="other")).tracking_number != label.tracking_number


@pytest.mark.parametrize(
    ("request_", "says"),
    [
        (label_request(mass_g=10_001), "zone 'home' takes parcels of 0 to 10000 g, not 10001 g"),
        (label_request(mass_g=-1), "takes parcels of 0 to 10000 g, not -1 g"),
        (label_request(mass_g=2_001, to="JP"), "zone 'world' takes parcels of 0 to 2000 g, not 2001 g"),
        (label_request(service="drone"), "zone 'home' .* has no service 'drone'; it has 'express', 'parcel'"),
        (label_request(to="FR"), "no zone of the rate table covers DE to FR"),
    ],
)
def test_what_no_row_covers_is_refused_with_the_zone_the_mass_and_the_limits(request_: LabelRequest, says: str) -> None:
    with pytest.raises(PortRefusedError, match=says):
        TableCarrier(TABLE).buy_label(request_)


@given(st.text(), st.integers(0, 16), st.integers(1, 9))
def test_one_wrong_digit_in_a_tracking_number_is_always_noticed(key: str, place: int, more: int) -> None:
    number = tracking_number("TB", key)
    assert checked_number(number) == number
    digits = [*number]
    digits[2 + place] = str((int(digits[2 + place]) + more) % 10)
    with pytest.raises(PortRefusedError, match="copied wrongly"):
        checked_number("".join(digits))


def test_the_check_digit_is_that_of_a_shipping_container_code() -> None:
    assert check_digit("37610425002123456") == "9"  # the worked example of GS1 for an 18-digit code


def test_a_parcel_is_labelled_handed_over_and_delivered_at_noon_after_its_working_days() -> None:
    scans = TableCarrier(TABLE).track(tracking(FRIDAY + timedelta(days=30)))
    assert [(scan.status, scan.at) for scan in scans] == [
        (TrackingStatus.LABELLED, FRIDAY),
        (TrackingStatus.IN_TRANSIT, FRIDAY),
        (TrackingStatus.DELIVERED, datetime(2026, 1, 14, 12, tzinfo=UTC)),
    ]
    assert TableCarrier(TABLE).track(tracking(FRIDAY - timedelta(seconds=1))) == ()
    assert len(TableCarrier(TABLE).track(tracking(datetime(2026, 1, 14, 11, 59, tzinfo=UTC)))) == 2


@given(
    st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC)),
    st.integers(0, 12),
    st.timedeltas(timedelta(0), timedelta(days=40)),
)
def test_scans_never_change_once_told_and_delivery_is_a_working_day_after_the_hand_over(
    handed_over_at: datetime, days: int, later: timedelta
) -> None:
    card = f"carrier,service,zone,min_g,max_g,price,currency,transit_days\npost,parcel,world,0,9,1.00,EUR,{days}\n"
    carrier = TableCarrier(RateTable.from_csv(card, ZONES))
    whole = carrier.track(tracking(handed_over_at + timedelta(days=60), handed_over_at=handed_over_at))
    told = carrier.track(tracking(handed_over_at + later, handed_over_at=handed_over_at))
    assert told == whole[: len(told)]
    delivered = whole[-1]
    assert delivered.status is TrackingStatus.DELIVERED
    assert delivered.at > handed_over_at
    assert (delivered.at.weekday() < 5, delivered.at.hour) == (True, 12)


def test_a_foreign_tracking_number_and_a_lane_without_the_service_are_refused() -> None:
    with pytest.raises(PortRefusedError, match=r"zone 'world' .* has no service 'express'; it has 'parcel'"):
        TableCarrier(TABLE).track(tracking(FRIDAY, service="express"))
    with pytest.raises(PortRefusedError, match="not a tracking number"):
        checked_number("1Z999AA10123456784")


def opened_with(path: Path, prefix: str = "TB") -> None:
    with carrier_table.PROVIDER.open(CarrierTableSettings(rates=path, zones=ZONES, prefix=prefix)):
        raise AssertionError("a wrong rate card was accepted")


def test_a_wrong_rate_card_is_refused_with_its_file_row_and_column(tmp_path: Path) -> None:
    card = tmp_path / "rates.csv"
    with pytest.raises(SetupError, match=r"rates\.csv cannot be read \(No such file"):
        opened_with(card)
    card.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(SetupError, match="not UTF-8"):
        opened_with(card)
    card.write_text(CARD.replace("7.90", "7,90"), encoding="utf-8")
    with pytest.raises(SetupError, match=r"rates\.csv: row 3"):
        opened_with(card)
    card.write_text(CARD.splitlines()[0], encoding="utf-8")
    with pytest.raises(SetupError, match="no row under its header"):
        opened_with(card)


def test_settings_without_zones_or_with_a_strange_prefix_are_refused() -> None:
    with pytest.raises(SetupError, match="zones has no rule"):
        CarrierTableSettings(rates=Path("r.csv"), zones=())
    with pytest.raises(SetupError, match="two capital letters"):
        CarrierTableSettings(rates=Path("r.csv"), zones=ZONES, prefix="^X")
