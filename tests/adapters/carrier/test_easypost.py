"""Labels through EasyPost: one purchase under one key whatever is lost on the way, and no money that is not exact."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omscore.errors import (
    InputError,
    OmsError,
    PortRefusedError,
    PortTransientError,
    PortUnknownError,
    SetupError,
)
from omscore.places import Address, Destination
from omscore.ports.carriers import LabelRequest, Parcel, TrackingRequest, TrackingStatus
from omscore.ports.labels import VoidRequest, VoidState
from omscore.secrets import Secret
from omscore_adapters.carrier_easypost import PROVIDER, EasyPostCarrier, EasyPostSettings
from omscore_adapters.carrier_easypost.mapping import money_in, parcel_out, reference_of, scans_in
from omscore_adapters.carrier_easypost.settings import LabelFormat
from tests.kit.easypost_api import KEY, PDF, PNG, ZPL, FakeEasyPost

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
BOX = Parcel(mass_g=750, length_mm=300, width_mm=200, height_mm=100)
HERE = Address(recipient="Tea", lines=("417 Montgomery Street",), city="San Francisco", postcode="94104", country="US")
THERE = Address(recipient="Ada", lines=("1 Secret Street",), city="Redondo Beach", postcode="90277", country="US")


@contextmanager
def carrier(account: FakeEasyPost, **more: Any) -> Iterator[EasyPostCarrier]:
    settings: dict[str, Any] = {
        "api_key": Secret(KEY),
        "reference": "tea",
        "postcodes": {"US": "94104"},
        "api_base": account.base,
        "timeout_s": 2,
    }
    with PROVIDER.open(EasyPostSettings(**(settings | more))) as opened:
        yield opened


def wish(key: str = "ord_1.f1.p1", service: str = "Priority") -> LabelRequest:
    return LabelRequest(key=key, reference="ord_1", parcel=BOX, sender=HERE, recipient=THERE, service=service, at=NOON)


def give_back(number: str, key: str = "ord_1.f1.p1") -> VoidRequest:
    return VoidRequest(key=key, tracking_number=number, carrier="USPS", at=NOON)


def test_quotes_are_cheapest_first_and_buy_nothing(account: FakeEasyPost) -> None:
    with carrier(account) as port:
        quotes = port.quotes("US", Destination(country="US", postcode_area="90277"), BOX)
    told = [(each.service, str(each.price), each.transit_days) for each in quotes]
    assert told == [("Priority", "5.93 USD", 2), ("Ground", "5.93 USD", 10), ("Express", "30.10 USD", 1)]
    assert account.purchases == []
    (asked,) = account.shipments.values()
    assert asked["wish"]["from_address"] == {"country": "US", "zip": "94104"}
    assert asked["wish"]["parcel"] == {"weight": "26.5", "length": "11.9", "width": "7.9", "height": "4.0"}


def test_a_country_without_a_postcode_to_rate_from_is_told(account: FakeEasyPost) -> None:
    with carrier(account) as port, pytest.raises(PortRefusedError, match="postcodes has none for DE"):
        port.quotes("DE", Destination(country="US"), BOX)
    assert account.calls == []


@pytest.mark.parametrize(
    ("form", "media_type", "content"),
    [
        (LabelFormat.ZPL, "application/zpl", ZPL),
        (LabelFormat.PDF, "application/pdf;base64", PDF),
        (LabelFormat.PNG, "image/png;base64", PNG),
    ],
)
def test_a_label_is_bought_with_its_paper(
    account: FakeEasyPost, form: LabelFormat, media_type: str, content: bytes
) -> None:
    with carrier(account, label_format=form) as port:
        label = port.buy_label(wish())
    assert (label.tracking_number, label.service, str(label.price)) == ("EZ0000000001", "Priority", "5.93 USD")
    (document,) = label.documents
    assert (document.media_type, document.content) == (media_type, content)


def test_the_same_key_is_one_purchase_and_the_same_label(account: FakeEasyPost) -> None:
    with carrier(account) as port:
        first = port.buy_label(wish())
        assert port.buy_label(wish()) == first == port.look_up_label("ord_1.f1.p1")
        assert port.buy_label(wish("ord_1.f1.p2")) != first
        assert port.look_up_label("ord_1.f1.p3") is None
    assert len(account.purchases) == 2


@pytest.mark.parametrize("call", ["POST /shipments", "POST /shipments/shp_1/buy"])
@pytest.mark.parametrize("kind", ["lost", "fails"])
def test_a_lost_answer_never_buys_twice(account: FakeEasyPost, call: str, kind: str) -> None:
    """Whatever was lost, looking the key up and then asking again ends in one label that was paid once."""
    account.fault(call, kind)
    with carrier(account) as port:
        with pytest.raises(PortUnknownError):
            port.buy_label(wish())
        found = port.look_up_label("ord_1.f1.p1")
        assert (found is not None) is (kind == "lost" and call.endswith("buy"))
        label = found or port.buy_label(wish())
        assert port.look_up_label("ord_1.f1.p1") == label
    assert account.purchases == [reference_of("tea", "ord_1.f1.p1")]


def test_two_shops_in_one_account_do_not_take_each_others_labels(account: FakeEasyPost) -> None:
    with carrier(account) as tea, carrier(account, reference="cups") as cups:
        first = tea.buy_label(wish())
        assert cups.look_up_label("ord_1.f1.p1") is None
        assert cups.buy_label(wish()).tracking_number != first.tracking_number


def test_an_answer_about_another_shipment_is_not_believed(account: FakeEasyPost) -> None:
    account.raw = b'{"id": "shp_9", "reference": "other-1", "tracking_code": "EZ9", "selected_rate": {}}'
    with carrier(account) as port, pytest.raises(PortUnknownError, match="another shipment"):
        port.look_up_label("ord_1.f1.p1")


def test_a_purchase_a_rival_made_first_is_taken_over(account: FakeEasyPost) -> None:
    with carrier(account) as port:
        account.fault("POST /shipments/shp_1/buy", "lost")
        with pytest.raises(PortUnknownError):
            port.buy_label(wish())
        account.fault("GET /shipments/", "404")  # the rival's purchase was not seen yet
        account.shipments["shp_1"]["reference"], other = None, account.shipments["shp_1"]
        other["reference"] = reference_of("tea", "ord_1.f1.p1")
        account.shipments = {"shp_1": other}
        assert port.look_up_label("ord_1.f1.p1") is None
        assert port.buy_label(wish()).tracking_number == "EZ0000000001"
    assert len(account.purchases) == 1


def test_a_refused_purchase_whose_label_is_there_is_taken(account: FakeEasyPost) -> None:
    with carrier(account) as port:
        api, settings = port._api, port._settings
        shipment = dict(api.create_shipment(reference=reference_of(settings.reference, "k"), parcel={}))
        api.buy(shipment["id"], shipment["rates"][0]["id"])
        assert port._bought(shipment, shipment["rates"][0]["id"], shipment["reference"])["tracking_code"]
    assert len(account.purchases) == 1


def test_a_service_nobody_offers_is_refused_with_those_there_are(account: FakeEasyPost) -> None:
    with carrier(account) as port, pytest.raises(PortRefusedError, match="but Express, Ground, Priority"):
        port.buy_label(wish(service="Rocket"))
    assert account.purchases == []


@pytest.mark.parametrize(
    ("status", "error"),
    [
        ("401", SetupError),
        ("403", SetupError),
        ("402", PortTransientError),
        ("422", PortRefusedError),
        ("429", PortTransientError),
        ("408", PortUnknownError),
        ("500", PortUnknownError),
        ("503", PortUnknownError),
        ("504", PortUnknownError),
    ],
)
def test_each_status_says_what_is_known_of_the_effect(
    account: FakeEasyPost, status: str, error: type[OmsError]
) -> None:
    account.fault("POST /shipments/shp_1/buy", status)
    with carrier(account) as port, pytest.raises(error) as caught:
        port.buy_label(wish())
    assert "Secret Street" not in str(caught.value)
    assert KEY not in str(caught.value)


@pytest.mark.parametrize("raw", [b"", b"<html>", b"[]", b"null", b'"x"', b"[" * 2_000])
@pytest.mark.parametrize("status", [200, 502])
def test_an_answer_that_is_no_answer_is_one_of_our_errors(account: FakeEasyPost, raw: bytes, status: int) -> None:
    account.raw, account.status_of_raw = raw, status
    with carrier(account) as port:
        with pytest.raises(PortTransientError):
            port.look_up_label("k")
        with pytest.raises(PortUnknownError):
            port.quotes("US", Destination(country="US"), BOX)


def test_nobody_listening_is_not_a_refusal(account: FakeEasyPost) -> None:
    with carrier(account, api_base="http://127.0.0.1:9/v2") as port, pytest.raises(PortTransientError):
        port.buy_label(wish())


@pytest.mark.parametrize(
    ("told", "state"),
    [
        ("submitted", VoidState.PENDING),
        ("refunded", VoidState.REFUNDED),
        ("rejected", VoidState.REFUSED),
        ("not_applicable", VoidState.REFUSED),
    ],
)
def test_a_label_is_given_back_once(account: FakeEasyPost, told: str, state: VoidState) -> None:
    account.refund_status = told
    with carrier(account) as port:
        label = port.buy_label(wish())
        assert port.void_label(give_back(label.tracking_number)).state is state
        assert port.void_label(give_back(label.tracking_number)).state is state
    assert account.calls.count("POST /shipments/shp_1/refund") == 1


def test_a_label_that_was_given_back_is_never_sold_again(account: FakeEasyPost) -> None:
    with carrier(account) as port:
        label = port.buy_label(wish())
        port.void_label(give_back(label.tracking_number))
        with pytest.raises(PortRefusedError, match="given back"):
            port.buy_label(wish())


def test_only_our_own_label_is_given_back(account: FakeEasyPost) -> None:
    with carrier(account) as port:
        port.buy_label(wish())
        with pytest.raises(PortRefusedError, match="no label EZ9"):
            port.void_label(give_back("EZ9"))
        with pytest.raises(PortRefusedError, match="no label EZ1"):
            port.void_label(give_back("EZ1", key="other"))


def test_a_void_whose_answer_is_lost_is_asked_again_and_is_one_void(account: FakeEasyPost) -> None:
    with carrier(account) as port:
        label = port.buy_label(wish())
        account.fault("POST /shipments/shp_1/refund", "lost")
        with pytest.raises(PortUnknownError):
            port.void_label(give_back(label.tracking_number))
        assert port.void_label(give_back(label.tracking_number)).state is VoidState.PENDING
    assert account.calls.count("POST /shipments/shp_1/refund") == 1


@pytest.mark.parametrize("told", ["halfway", "", 7])
def test_a_word_nobody_knows_about_a_void_leaves_its_outcome_unknown(account: FakeEasyPost, told: Any) -> None:
    account.refund_status = told
    with carrier(account) as port:
        label = port.buy_label(wish())
        with pytest.raises(PortUnknownError, match="does not say"):
            port.void_label(give_back(label.tracking_number))


def test_a_refused_void_of_a_label_that_was_not_given_back_stays_refused(account: FakeEasyPost) -> None:
    with carrier(account) as port:
        label = port.buy_label(wish())
        account.fault("POST /shipments/shp_1/refund", "422")
        with pytest.raises(PortRefusedError, match="refuses this"):
            port.void_label(give_back(label.tracking_number))


def question(number: str, at: datetime = NOON) -> TrackingRequest:
    return TrackingRequest(
        tracking_number=number,
        service="Priority",
        origin_country="US",
        destination=Destination(country="US"),
        handed_over_at=NOON.replace(day=1),
        at=at,
    )


def test_tracking_tells_the_scans_in_order_up_to_the_moment_asked(account: FakeEasyPost) -> None:
    detail = [
        {"status": "delivered", "datetime": "2026-03-04T10:00:00Z", "message": "at the door"},
        {"status": "in_transit", "datetime": "2026-03-02T10:00:00Z", "message": "sorted"},
        {"status": "pre_transit", "datetime": "2026-03-01T10:00:00Z", "message": "label"},
        {"status": "in_transit", "datetime": "2026-03-02T10:00:00Z", "message": "sorted"},
    ]
    account.trackers = [
        {"tracking_code": "EZ1", "tracking_details": detail},
        {"tracking_code": "EZ2", "tracking_details": [{"status": "delivered", "datetime": "2026-03-01T10:00:00Z"}]},
    ]
    with carrier(account) as port:
        assert [each.status for each in port.track(question("EZ1"))] == [
            TrackingStatus.LABELLED,
            TrackingStatus.IN_TRANSIT,
        ]
        later = port.track(question("EZ1", NOON.replace(day=5)))
        assert [each.says for each in later] == ["label", "sorted", "at the door"]
        assert port.track(question("EZ3")) == ()


@pytest.mark.parametrize("word", ["", "lost_in_space", "DELIVERED", "error", "unknown", None, 7, ["delivered"]])
def test_a_word_nobody_knows_stays_unknown(word: object) -> None:
    (scan,) = scans_in({"tracking_details": [{"status": word, "datetime": "2026-03-01T10:00:00Z"}]})
    assert scan.status is TrackingStatus.UNKNOWN


@given(st.integers(0, 10**9), st.integers(0, 4), st.sampled_from(["USD", "JPY", "KWD"]))
def test_money_comes_in_exactly_or_not_at_all(minor: int, zeros: int, currency: str) -> None:
    """Decimal text to minor units: more zeros change nothing, a finer digit is refused."""
    decimals = {"USD": 2, "JPY": 0, "KWD": 3}[currency]
    whole, rest = divmod(minor, 10**decimals)
    text = f"{whole}.{rest:0{decimals}d}" if decimals else f"{whole}"
    padded = f"{text}{'' if decimals or not zeros else '.'}{'0' * zeros}"
    assert money_in(padded, currency, what="rate").minor == minor
    with pytest.raises(PortUnknownError):
        money_in(f"{text}{'' if decimals else '.'}001", currency, what="rate")


@pytest.mark.parametrize("text", ["", "-1.00", "1,00", "1e2", "NaN", "5.", " 5", "\uff11", None, 5, 5.93, "1" * 50])
def test_what_is_no_price_is_told(text: object) -> None:
    with pytest.raises(PortUnknownError, match="cannot be read"):
        money_in(text, "USD", what="rate")


@given(st.integers(1, 10**6), st.integers(1, 10**4))
def test_a_parcel_is_never_understated_and_by_less_than_a_tenth_overstated(mass_g: int, edge_mm: int) -> None:
    told = parcel_out(Parcel(mass_g=mass_g, length_mm=edge_mm, width_mm=1, height_mm=1))
    tenths_oz, tenths_in = (int(told[name].replace(".", "")) for name in ("weight", "length"))
    assert (tenths_oz - 1) * 28_349_523_125 < mass_g * 10**10 <= tenths_oz * 28_349_523_125
    assert (tenths_in - 1) * 254 < edge_mm * 100 <= tenths_in * 254


@pytest.mark.parametrize(
    "url",
    [
        "http://easypost-files.s3.us-west-2.amazonaws.com/a.zpl",
        "https://evil.example/a.zpl",
        "https://easypost-files.s3.us-west-2.amazonaws.com@evil.example/a.zpl",
        "https://easypost-files.s3.us-west-2.amazonaws.com:8443/a.zpl",
        "https://easypost-files.s3.us-west-2.amazonaws.com.evil.example/a",
        "http://127.0.0.1:1/file.zpl",
        "http://0x7f000001/file.zpl",
        "http://2130706433/file.zpl",
        "http://[::ffff:127.0.0.1]/file.zpl",
        "http://[broken",
        "file:///etc/passwd",
        "ftp://127.0.0.1/x",
        "//127.0.0.1/x",
        "https://évil.example/a",
        "https://a\n.example/",
        "",
        None,
        5,
    ],
)
def test_label_files_are_fetched_only_where_the_shop_allows(account: FakeEasyPost, url: str | None) -> None:
    with carrier(account) as port, pytest.raises(SetupError, match="label_hosts does not allow"):
        port._api.file(url)


def test_a_redirect_of_a_label_file_is_not_followed(account: FakeEasyPost) -> None:
    """Even to a good file: where a redirect leads, nobody has allowed."""
    account.redirects["/moved"] = "/file.zpl"
    account.label_url = account.base.removesuffix("/v2") + "/moved"
    with carrier(account) as port:
        with pytest.raises(PortTransientError, match="cannot be fetched"):
            port.buy_label(wish())
        account.files["/moved"] = ZPL
        assert port.buy_label(wish()).documents[0].content == ZPL
    assert len(account.purchases) == 1


@pytest.mark.parametrize("content", [b"", b"<html>", b"\x7fELF", PDF, b"^XZ", b"^XA\xff\xfe"])
def test_a_file_that_is_no_label_is_told_and_the_purchase_stays_one(account: FakeEasyPost, content: bytes) -> None:
    account.files["/file.zpl"] = content
    with carrier(account) as port:
        with pytest.raises(PortTransientError, match="label is bought"):
            port.buy_label(wish())
        account.files["/file.zpl"] = ZPL
        port.buy_label(wish())
    assert len(account.purchases) == 1


@pytest.mark.parametrize("more", [0, 1])
def test_a_label_file_has_a_largest_size(account: FakeEasyPost, more: int) -> None:
    account.files["/file.zpl"] = b"^XA" + b" " * (4 * 1024 * 1024 - 3 + more)
    with carrier(account) as port:
        if more:
            with pytest.raises(PortTransientError, match="larger than"):
                port.buy_label(wish())
        else:
            assert len(port.buy_label(wish()).documents[0].text) == 4 * 1024 * 1024


@pytest.mark.parametrize(
    "wrong",
    [
        {"reference": ""},
        {"reference": "Tea Shop"},
        {"postcodes": {}},
        {"timeout_s": 0},
        {"timeout_s": 21},
        {"api_base": "http://api.easypost.com/v2"},
        {"api_base": "ftp://127.0.0.1"},
        {"api_base": "http://[x"},
        {"label_hosts": ("https://files.example/x",)},
    ],
)
def test_settings_that_cannot_be_right_are_told(wrong: dict[str, Any]) -> None:
    good: dict[str, Any] = {"api_key": Secret(KEY), "reference": "tea", "postcodes": {"US": "94104"}}
    with pytest.raises((InputError, SetupError)):
        EasyPostSettings(**(good | wrong))


def test_the_key_is_in_no_text_of_the_settings_or_the_carrier(account: FakeEasyPost, tmp_path: Path) -> None:
    with carrier(account, label_folder=tmp_path) as port:
        assert KEY not in repr(port._settings)
        assert KEY not in repr(port)
