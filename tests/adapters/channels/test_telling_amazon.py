"""Amazon is told of every parcel once, whatever becomes of calls, answers and access tokens on the way."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import attrs
import pytest

from omscore.errors import InputError, OmsError, PortRefusedError, PortTransientError, PortUnknownError, SetupError
from omscore.ids import OrderId
from omscore.intake import Intake
from omscore.orders.model import Order
from omscore.parties import NewsKind
from omscore.ports.news import ParcelTold, UnitsSent
from omscore.secrets import Secret
from omscore_adapters.channel_amazon import AmazonChannel, AmazonSettings
from tests.adapters.channels.samples import amazon, document
from tests.adapters.channels.test_telling import live, shop_with
from tests.adapters.channels.test_telling_edi_life import Faltering
from tests.adapters.channels.test_telling_shopify import parcel, shipment, stock, told_at_last
from tests.kit.amazon_api import CLIENT, MARKETPLACE, REFRESH, SECRET, FakeAmazon
from tests.kit.faulty_api import served
from tests.kit.shops import CUP, POT, TEA
from tests.laws.checks import check_everything

NUMBER = "114-1111111-2222222"


@pytest.fixture
def api() -> Iterator[FakeAmazon]:
    with served(FakeAmazon()) as fake:
        yield fake


def told(address: str, **changes: Any) -> dict[str, Any]:
    return {
        "url": address,
        "token_url": f"{address}/auth/o2/token",
        "marketplace_id": MARKETPLACE,
        "client_id": CLIENT,
        "client_secret": Secret(SECRET),
        "refresh_token": Secret(REFRESH),
        **changes,
    }


def channel(fake: FakeAmazon, **changes: Any) -> AmazonChannel:
    return AmazonChannel(AmazonSettings(**told(fake.url, **changes)))


def parcel_at(line_id: int, number: str, sku: str, units: int) -> ParcelTold:
    """A parcel with units of that line."""
    return attrs.evolve(parcel(number), units=(UnitsSent(line_id, sku, "", units, units),))


def test_every_parcel_is_confirmed_with_its_items(api: FakeAmazon) -> None:
    api.add_order(NUMBER, (TEA, 3), (CUP, 1))
    notice = shipment(parcel("1Z1", TEA=2, CUP=1), parcel("1Z2", "p2", TEA=1), order=NUMBER, number=12)
    for _ in range(3):
        channel(api, carriers={"UPS": "UPS"}).tell(notice)
    assert api.sent(NUMBER) == {("1Z1", f"{NUMBER}/1"): 2, ("1Z1", f"{NUMBER}/2"): 1, ("1Z2", f"{NUMBER}/1"): 1}
    first = api.packages[NUMBER]["12001"]
    assert (first["carrierCode"], first["shipDate"]) == ("UPS", "2026-03-02T12:00:00Z")
    assert (first["shippingMethod"], set(api.packages[NUMBER])) == ("ground", {"12001", "12002"})


def test_a_carrier_amazon_does_not_know_is_told_by_its_name(api: FakeAmazon) -> None:
    api.add_order(NUMBER, (TEA, 1))
    channel(api).tell(shipment(parcel("1Z1", TEA=1), order=NUMBER))
    (package,) = api.packages[NUMBER].values()
    assert (package["carrierCode"], package["carrierName"]) == ("Other", "UPS")


def test_lines_are_of_the_item_in_their_place_or_of_the_only_one_of_the_article(api: FakeAmazon) -> None:
    api.add_order(NUMBER, (CUP, 1), ("TEA-AMZ", 2), (TEA, 1))
    both = channel(api, skus={"TEA-AMZ": TEA})
    with pytest.raises(PortRefusedError, match="1 of 'TEA' are of no one item"):
        both.tell(shipment(parcel("1Z1", TEA=1), order=NUMBER))  # the first line, which is of a cup
    both.tell(shipment(parcel_at(2, "1Z1", TEA, 2), order=NUMBER))
    both.tell(shipment(parcel_at(9, "1Z2", CUP, 1), order=NUMBER, number=2))
    assert api.sent(NUMBER) == {("1Z1", f"{NUMBER}/2"): 2, ("1Z2", f"{NUMBER}/1"): 1}


@pytest.mark.parametrize("seed", range(20))
def test_whatever_is_lost_on_the_way_each_parcel_is_confirmed_once(api: FakeAmazon, seed: int) -> None:
    draw = Random(seed)  # noqa: S311 (the same life on every run)
    api.draw, api.chance, api.calls_each = Random(seed), 0.3, 4  # noqa: S311
    api.add_order(NUMBER, (TEA, 6), (CUP, 6), (POT, 6))
    seller = channel(api)
    wanted: Counter[tuple[str, str]] = Counter()
    for number in range(1, 4):
        at = draw.randint(1, 3)
        sku, units = (TEA, CUP, POT)[at - 1], draw.randint(1, 2)
        api.left_to_fail = 12
        told_at_last(seller, shipment(parcel_at(at, f"1Z{number}", sku, units), order=NUMBER, number=number))
        wanted[f"1Z{number}", f"{NUMBER}/{at}"] += units
    assert api.sent(NUMBER) == wanted


def test_an_access_token_is_kept_as_long_as_it_is_taken(api: FakeAmazon) -> None:
    api.add_order(NUMBER, (TEA, 9))
    seller = channel(api)
    for number in (1, 2, 3):
        seller.tell(shipment(parcel(f"1Z{number}", TEA=1), order=NUMBER, number=number))
    assert api.signed_in == 1
    api.calls_each = 7
    seller.tell(shipment(parcel("1Z4", TEA=1), order=NUMBER, number=4))
    assert api.signed_in == 2
    assert len(api.packages[NUMBER]) == 4


def test_credentials_that_are_not_good_are_a_matter_of_the_setup(api: FakeAmazon) -> None:
    api.add_order(NUMBER, (TEA, 1))
    with pytest.raises(SetupError, match="gives no access token; check client_id") as caught:
        channel(api, refresh_token=Secret("Atzr|of-another")).tell(shipment(parcel("1Z1", TEA=1), order=NUMBER))
    assert "Atzr" not in str(caught.value)
    api.calls_each = 0
    with pytest.raises(SetupError, match=r"does not let the app do this \(403\)"):
        channel(api).tell(shipment(parcel("1Z1", TEA=1), order=NUMBER))


def test_what_amazon_takes_no_parcel_without_is_asked_for(api: FakeAmazon) -> None:
    api.add_order(NUMBER, (TEA, 1))
    with pytest.raises(PortRefusedError, match="no tracking number"):
        channel(api).tell(shipment(parcel("", TEA=1), order=NUMBER))
    with pytest.raises(PortRefusedError, match=r"refuses \(400\): More units than were ordered"):
        channel(api).tell(shipment(parcel("1Z1", TEA=2), order=NUMBER))
    with pytest.raises(PortRefusedError, match=r"refuses \(404\)"):
        channel(api).tell(shipment(parcel("1Z1", TEA=2), order="114-9"))
    with pytest.raises(PortRefusedError, match="parcels alone"):
        channel(api).tell(stock(TEA=1))


@pytest.mark.parametrize(
    ("faults", "error", "words"),
    [
        (["before"], PortTransientError, "no whole answer to the sign-in"),
        (["429"], PortTransientError, r"gives no access token now \(429, for 2 s\)"),
        (["html"], PortTransientError, "gives no access token now"),
        (["", "429"], PortTransientError, r"takes no calls now \(429, for 2 s\)"),
        (["", "500"], PortTransientError, r"an error \(500\)"),
        (["", "after"], PortTransientError, "no whole answer"),
        (["", "html"], PortTransientError, "not of the form"),
        (["", "shape"], PortTransientError, "not of the form"),
        (["", "", "after"], PortUnknownError, "looked up before"),
        (["", "", "before"], PortUnknownError, "looked up before"),
        (["", "", "502 after"], PortUnknownError, "looked up before"),
        (["", "", "html"], PortUnknownError, "confirms nothing"),
        (["", "", "429"], PortTransientError, "takes no calls now"),
    ],
)
def test_what_is_known_after_a_fault_is_told_in_the_words_of_ports(
    api: FakeAmazon, faults: list[str], error: type[OmsError], words: str
) -> None:
    api.add_order(NUMBER, (TEA, 1))
    api.faults = faults
    with pytest.raises(error, match=words):
        channel(api).tell(shipment(parcel("1Z1", TEA=1), order=NUMBER))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"url": "http://amazon.example"}, "url is"),
        ({"token_url": "ftp://amazon.example"}, "token_url is"),
        ({"marketplace_id": ""}, "marketplace_id is ''"),
        ({"client_id": ""}, "client_id is missing"),
        ({"client_secret": None}, "client_secret is missing"),
        ({"refresh_token": None}, "refresh_token is missing"),
        ({"timeout_s": 21}, "timeout_s is 21"),
    ],
)
def test_settings_that_cannot_be_say_so(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(InputError, match=words):
        AmazonSettings(**told("https://sellingpartnerapi-eu.amazon.com", **changes))


def test_what_is_told_depends_on_what_is_set(api: FakeAmazon) -> None:
    assert channel(api).tells == {NewsKind.SHIPMENT}
    closed = AmazonChannel(AmazonSettings())
    assert closed.tells == frozenset()
    with pytest.raises(SetupError, match="url is gone"):
        closed.tell(shipment(parcel("1Z1", TEA=1)))


@pytest.mark.parametrize("seed", range(3))
def test_what_amazon_knows_at_the_end_of_a_life_is_what_happened(tmp_path: Path, api: FakeAmazon, seed: int) -> None:
    api.draw, api.chance = Random(seed), 0.15  # noqa: S311 (the same faults on every run)

    def take(intake: Intake, name: str, **ordered: int) -> OrderId:
        number = f"114-{name}"
        api.add_order(number, *ordered.items())
        (item,) = amazon()["orderItems"]
        items = []
        for at, (sku, units) in enumerate(ordered.items(), 1):
            price = {"unitPrice": {"amount": "10.00", "currencyCode": "EUR"}}
            items.append(
                {
                    **item,
                    "orderItemId": f"{number}/{at}",
                    "quantityOrdered": units,
                    "product": {"sellerSku": sku, "title": sku, "price": price},
                    "proceeds": {"breakdowns": []},
                }
            )
        total = {"amount": f"{10 * sum(ordered.values())}.00", "currencyCode": "EUR"}
        (end,) = intake.take(document(amazon(orderId=number, proceeds={"grandTotal": total}, orderItems=items)), "web")
        assert end.order_id is not None, end.complaints
        return end.order_id

    faltering = Faltering(channel(api))
    with shop_with(tmp_path, faltering) as (oms, intake):
        made = live(Random(seed), oms, intake, faltering.fails, take)  # noqa: S311
        for order_id in made:
            found = oms.look(Order, order_id)
            handed = sum(line.quantities.handed_over for line in found.lines)
            assert sum(api.sent(found.reference).values()) == handed
        assert made
        assert not oms.storage.tasks("dead")
        check_everything(oms)
