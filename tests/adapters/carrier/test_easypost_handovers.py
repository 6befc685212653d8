"""Several boxes, manifests and pickups through EasyPost: once each, whichever answer is lost."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import TypeVar

import pytest

from omscore.errors import OmsError, PortRefusedError, PortTransientError, PortUnknownError, SetupError
from omscore.places import destination_of
from omscore.ports.carriers import Piece, ShipmentRequest
from omscore.ports.handovers import ManifestRequest, ParcelToHandOver, PickupRequest
from omscore_adapters.carrier_easypost import EasyPostCarrier
from omscore_adapters.carrier_easypost.mapping import reference_of
from tests.adapters.carrier.test_easypost import BOX, HERE, NOON, THERE, carrier, wish
from tests.kit.easypost_api import PDF, FakeEasyPost

T = TypeVar("T")

KEYS = ("ord_1.f1.b1", "ord_1.f1.b2", "ord_1.f1.b3")


def together(service: str = "Ground") -> ShipmentRequest:
    return ShipmentRequest(
        key="ord_1.f1.b1.set",
        reference="ord_1",
        pieces=tuple([Piece(key=key, parcel=BOX) for key in KEYS]),
        sender=HERE,
        recipient=THERE,
        service=service,
        at=NOON,
    )


def parcels(port: EasyPostCarrier, *keys: str) -> tuple[ParcelToHandOver, ...]:
    return tuple(
        [ParcelToHandOver(key=key, tracking_number=port.buy_label(wish(key)).tracking_number) for key in keys or KEYS]
    )


def listing(*there: ParcelToHandOver, key: str = "man_1") -> ManifestRequest:
    return ManifestRequest(key=key, carrier="USPS", sender=HERE, parcels=there, at=NOON)


def visit(*there: ParcelToHandOver, key: str = "pick_1", by: str = "UPS") -> PickupRequest:
    return PickupRequest(
        key=key,
        carrier=by,
        sender=HERE,
        parcels=there,
        opens_at=NOON + timedelta(hours=2),
        closes_at=NOON + timedelta(hours=5),
        instructions="ring",
        at=NOON,
    )


def insist(act: Callable[[], T]) -> T:
    """The answer, asked for again and again as the engine does."""
    for _ in range(6):
        try:
            return act()
        except (PortUnknownError, PortTransientError):
            continue
    raise AssertionError("no answer in six tries")


@pytest.mark.parametrize(
    "call", ["POST /orders", "POST /orders/order_1/buy", "GET /orders/", "GET /orders/order_1/rates"]
)
@pytest.mark.parametrize("kind", ["lost", "fails", "garbage", "429"])
def test_several_boxes_are_bought_once_whichever_answer_is_lost(account: FakeEasyPost, call: str, kind: str) -> None:
    account.fault(call, kind)
    with carrier(account) as port:
        insist(lambda: port.buy_together(together()))
        labels = port.buy_together(together())
        assert labels == tuple([port.look_up_label(key) for key in KEYS])
    assert account.purchases == [reference_of("tea", key) for key in KEYS]
    assert len({label.tracking_number for label in labels}) == 3


def test_the_price_of_the_whole_is_the_sum_of_its_labels(account: FakeEasyPost) -> None:
    with carrier(account) as port:
        (quote,) = port.quotes_together("US", destination_of(THERE), (BOX,) * 3)
        assert account.purchases == []
        labels = port.buy_together(together(quote.service))
    assert (str(quote.price), quote.carrier) == ("17.79 USD", "UPS")
    assert sum(label.price.minor for label in labels) == quote.price.minor


def test_boxes_a_rival_bought_first_are_taken_over(account: FakeEasyPost) -> None:
    with carrier(account) as port:
        port.buy_together(together())
        bought = account.purchases.copy()
        account.handovers.orders["order_1"]["shipments"], real = (
            [{**each, "tracking_code": None, "selected_rate": None} for each in account.shipments.values()],
            account.handovers.orders["order_1"]["shipments"],
        )
        account.fault("POST /orders/order_1/buy", "422")
        with pytest.raises(PortRefusedError):
            port.buy_together(together())
        account.handovers.orders["order_1"]["shipments"] = real
        assert len(port.buy_together(together())) == 3
    assert account.purchases == bought


def test_an_order_bought_in_part_is_nobodys_guess(account: FakeEasyPost) -> None:
    with carrier(account) as port:
        port.buy_together(together())
        account.shipments["shp_2"] |= {"tracking_code": None, "selected_rate": None}
        with pytest.raises(PortUnknownError, match="some boxes"):
            port.buy_together(together())
        assert port.look_up_label(KEYS[0]) is not None
        assert port.look_up_label(KEYS[1]) is None


def test_boxes_that_were_given_back_are_never_sold_again_together(account: FakeEasyPost) -> None:
    with carrier(account) as port:
        port.buy_together(together())
        account.shipments["shp_1"]["refund_status"] = "submitted"
        with pytest.raises(PortRefusedError, match="given back"):
            port.buy_together(together())


def test_a_service_no_carrier_of_several_boxes_has_is_refused(account: FakeEasyPost) -> None:
    with carrier(account) as port, pytest.raises(PortRefusedError, match=r"no service 'Priority' .* but Ground"):
        port.buy_together(together("Priority"))
    assert account.purchases == []


def test_an_order_of_other_boxes_is_not_believed(account: FakeEasyPost) -> None:
    with carrier(account) as port:
        port.buy_together(together())
        account.handovers.orders["order_1"]["shipments"] = account.handovers.orders["order_1"]["shipments"][:2]
        with pytest.raises(PortTransientError, match="does not hold the boxes"):
            port.buy_together(together())


@pytest.mark.parametrize("call", ["POST /scan_forms", "GET /scan_forms/sf_1", "GET /shipments/"])
@pytest.mark.parametrize("kind", ["lost", "fails", "garbage", "429"])
def test_a_manifest_is_made_once_whichever_answer_is_lost(account: FakeEasyPost, call: str, kind: str) -> None:
    with carrier(account) as port:
        there = parcels(port)
        account.fault(call, kind)
        insist(lambda: port.look_up_manifest(listing(*there)) or port.make_manifest(listing(*there)))
        paper = insist(lambda: port.make_manifest(listing(*there)))
    assert len(account.handovers.forms) == 1
    assert set(paper.tracking_numbers) == {each.tracking_number for each in there}
    assert (paper.document.media_type, paper.document.content) == ("application/pdf;base64", PDF)


def test_parcels_on_a_form_of_somebody_else_are_listed_where_they_are(account: FakeEasyPost) -> None:
    """A form made by hand for some of the parcels is the manifest of those; the others are free for the next."""
    with carrier(account) as port:
        there = parcels(port)
        port.make_manifest(listing(there[0], key="by-hand"))
        paper = port.make_manifest(listing(*there))
        assert (paper.number, paper.tracking_numbers) == ("sf_1", (there[0].tracking_number,))
        rest = port.make_manifest(listing(*there[1:], key="man_2"))
        assert set(rest.tracking_numbers) == {each.tracking_number for each in there[1:]}


def test_a_form_that_failed_is_refused_and_one_that_is_being_made_is_waited_for(account: FakeEasyPost) -> None:
    with carrier(account) as port:
        there = parcels(port)
        account.form_status = "failed"
        with pytest.raises(PortRefusedError, match="could not make"):
            port.make_manifest(listing(*there))
        assert port.look_up_manifest(listing(*there)) is None
        for shipment in account.shipments.values():
            shipment["scan_form"] = None  # those of a failed form may be listed again
        account.form_status = "creating"
        with pytest.raises(PortTransientError, match="still making"):
            port.make_manifest(listing(*there))
        account.handovers.forms["sf_2"]["status"] = "created"
        assert port.make_manifest(listing(*there)).number == "sf_2"


@pytest.mark.parametrize(
    ("content", "error", "says"),
    [
        (b"<html>", PortTransientError, "the manifest is made, but its file is no PDF"),
        (b"%PDF-" + b"x" * (4 * 1024 * 1024), PortTransientError, "the manifest is made, but its file is larger"),
        (None, PortTransientError, "the manifest is made, but its file cannot be fetched"),
    ],
)
def test_a_form_that_cannot_be_printed_is_waited_for_and_not_made_again(
    account: FakeEasyPost, content: bytes | None, error: type[OmsError], says: str
) -> None:
    with carrier(account) as port:
        there = parcels(port)
        account.form_path = "/form.pdf"
        if content is not None:
            account.files["/form.pdf"] = content
        for _ in range(2):
            with pytest.raises(error, match=says):
                port.make_manifest(listing(*there))
        account.files["/form.pdf"] = PDF
        assert port.make_manifest(listing(*there)).document.content == PDF
    assert len(account.handovers.forms) == 1


def test_a_form_is_fetched_from_nowhere_the_shop_does_not_allow(account: FakeEasyPost) -> None:
    with carrier(account) as port:
        there = parcels(port)
        account.form_path = "@evil.example/form.pdf"
        with pytest.raises(SetupError, match=r"the manifest is made, but its file lies at 'evil.example'"):
            port.make_manifest(listing(*there))


def test_a_form_is_kept_in_the_folder_of_the_labels(account: FakeEasyPost, tmp_path: Path) -> None:
    with carrier(account, label_folder=tmp_path) as port:
        there = parcels(port)
        before = set(tmp_path.iterdir())
        port.make_manifest(listing(*there))
        (kept,) = set(tmp_path.iterdir()) - before
    assert kept.read_bytes() == PDF


@pytest.mark.parametrize(
    "call", ["GET /pickups", "POST /batches", "GET /batches/", "POST /pickups", "POST /pickups/pickup_1/buy"]
)
@pytest.mark.parametrize("kind", ["lost", "fails", "garbage", "429"])
def test_a_pickup_is_booked_once_whichever_answer_is_lost(account: FakeEasyPost, call: str, kind: str) -> None:
    with carrier(account) as port:
        there = parcels(port)
        account.fault(call, kind)
        insist(lambda: port.look_up_pickup(visit(*there)) or port.book_pickup(visit(*there)))
        slip = port.book_pickup(visit(*there))
    assert account.handovers.booked == [reference_of("tea", "pickup:pick_1")]
    assert (slip.confirmation, str(slip.price)) == ("WTC00001", "9.50 USD")
    assert (slip.opens_at, slip.closes_at) == (NOON + timedelta(hours=2), NOON + timedelta(hours=5))


def test_one_parcel_needs_no_batch_and_several_wait_until_theirs_is_there(account: FakeEasyPost) -> None:
    with carrier(account) as port:
        there = parcels(port)
        port.book_pickup(visit(there[0], key="pick_0"))
        assert account.handovers.batches == {}
        account.handovers.batch_states = ["creating"]
        with pytest.raises(PortTransientError, match="still putting"):
            port.book_pickup(visit(*there))
        account.handovers.batches["batch_1"]["state"] = "created"
        port.book_pickup(visit(*there))
    assert len(account.handovers.batches) == 1


def test_a_carrier_that_does_not_come_is_refused_with_those_that_do(account: FakeEasyPost) -> None:
    with carrier(account) as port:
        there = parcels(port)
        with pytest.raises(PortRefusedError, match=r"FedEx does not come .* UPS, USPS does"):
            port.book_pickup(visit(*there, by="FedEx"))
    assert account.handovers.booked == []


def test_a_pickup_is_found_on_whichever_page_it_is(account: FakeEasyPost) -> None:
    account.handovers.page_size = 2
    with carrier(account) as port:
        there = parcels(port)
        slips = [port.book_pickup(visit(*there, key=f"pick_{number}")) for number in range(5)]
        assert [port.look_up_pickup(visit(*there, key=f"pick_{number}")) for number in range(5)] == slips
        assert port.look_up_pickup(visit(*there, key="pick_9")) is None


def test_too_many_pickups_to_look_through_is_not_none(account: FakeEasyPost) -> None:
    account.handovers.page_size = 1
    with carrier(account) as port:
        there = parcels(port)
        port.book_pickup(visit(*there))
        account.handovers.pickups = {
            f"p{number}": {"id": f"p{number}", "reference": f"other-{number}"} for number in range(25)
        }
        with pytest.raises(PortTransientError, match="more than"):
            port.look_up_pickup(visit(*there))


@pytest.mark.parametrize("kind", ["lost", "fails", "garbage", "429"])
def test_a_pickup_is_cancelled_once_and_never_booked_again(account: FakeEasyPost, kind: str) -> None:
    with carrier(account) as port:
        there = parcels(port)
        port.book_pickup(visit(*there))
        account.fault("POST /pickups/pickup_1/cancel", kind)
        insist(lambda: port.cancel_pickup(visit(*there)))
        port.cancel_pickup(visit(*there))
        assert port.look_up_pickup(visit(*there)) is None
        with pytest.raises(PortRefusedError, match="was cancelled"):
            port.book_pickup(visit(*there))
        with pytest.raises(PortRefusedError, match="knows no pickup"):
            port.cancel_pickup(visit(*there, key="pick_2"))
    assert len(account.handovers.cancelled) == 1


def test_a_label_that_is_not_ours_is_handed_over_by_nobody(account: FakeEasyPost) -> None:
    with carrier(account) as port:
        strange = ParcelToHandOver(key=KEYS[0], tracking_number="EZ9")
        for act in (lambda: port.make_manifest(listing(strange)), lambda: port.book_pickup(visit(strange))):
            with pytest.raises(PortRefusedError, match="no label EZ9"):
                act()


@pytest.mark.parametrize("raw", [b"", b"<html>", b"[]", b"null", b'"x"', b"[" * 2_000, b'{"id": 7}', b"{}"])
def test_an_answer_that_is_no_answer_is_one_of_our_errors(account: FakeEasyPost, raw: bytes) -> None:
    with carrier(account) as port:
        there = parcels(port)
        account.raw = raw
        for act in (
            lambda: port.quotes_together("US", destination_of(THERE), (BOX,) * 2),
            lambda: port.buy_together(together()),
            lambda: port.make_manifest(listing(*there)),
            lambda: port.look_up_manifest(listing(*there)),
            lambda: port.book_pickup(visit(*there)),
            lambda: port.cancel_pickup(visit(*there)),
        ):
            try:
                act()
            except OmsError as error:
                assert "Secret" not in str(error)
