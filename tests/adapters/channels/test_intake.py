"""Every message ends as an order to the cent, as a duplicate, or as a reject that says why; none is lost."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from omscore.app import Oms
from omscore.border import holds_card_number
from omscore.errors import NotFoundError, SetupError
from omscore.intake import Ending, Intake, Rejects
from omscore.inventory.commands import ListItem
from omscore.items import Item, Sku
from omscore.money import Money
from omscore.orders.model import Order
from omscore.policy.loading import load_shop
from omscore.ports.channels import Complaint
from tests.adapters.channels.samples import (
    CSV,
    SAMPLES,
    Sample,
    amazon,
    channel_shop,
    document,
    edifact,
    shopify,
    x12,
)
from tests.kit.shops import NOON, SHOP

Desk = tuple[Oms, Intake]


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with channel_shop(tmp_path) as opened:
        yield opened


@pytest.fixture(scope="module")
def rejecting(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """One shop for the tests that place nothing."""
    with channel_shop(tmp_path_factory.mktemp("rejecting")) as opened:
        yield opened


def says(desk: Desk, told: bytes, channel: str) -> list[str]:
    """What is wrong with the one message of a document."""
    (end,) = desk[1].take(told, channel)
    assert end.ending is Ending.REJECTED
    kept = desk[1].rejects.find(end.reject_id)
    assert kept.complaints == end.complaints
    return [f"{line}: {text}" for line, text in end.complaints]


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.channel)
def test_a_message_becomes_an_order_to_the_cent(desk: Desk, sample: Sample) -> None:
    oms, intake = desk
    (end,) = intake.take(sample.document, sample.channel)
    assert (end.ending, end.order_id) == (Ending.TAKEN, sample.order_id), end.complaints
    order = oms.look(Order, sample.order_id)
    assert str(order.total) == sample.total
    if sample.tax is not None:
        amounts = [line.agreed.amounts for line in order.lines]
        taxes = [part.tax for each in amounts for part in (each.goods, each.shipping, each.charges)]
        assert str(Money.total(taxes, order.total.currency)) == sample.tax
    assert intake.rejects.listed() == []


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.channel)
def test_the_same_message_again_is_a_duplicate_and_changes_nothing(desk: Desk, sample: Sample) -> None:
    oms, intake = desk
    intake.take(sample.document, sample.channel)
    before = [row.seq for row in oms.storage.events()]
    (end,) = intake.take(sample.document, sample.channel)
    assert (end.ending, end.order_id) == (Ending.DUPLICATE, sample.order_id)
    assert [row.seq for row in oms.storage.events()] == before
    assert intake.rejects.listed() == []


@pytest.mark.parametrize(
    ("channel", "first", "other"),
    [
        ("shopify", document(shopify()), document(shopify(email="eve@reader.example"))),
        ("amazon", document(amazon()), document(amazon(buyer={}))),
        ("x12", x12(), x12(reference="PO-78")),
        ("edifact", edifact(), edifact(reference="PO-89")),
        (
            "csv",
            CSV.splitlines(True)[0].encode() + CSV.splitlines(True)[2].encode(),
            CSV.replace("Rue 2", "Rue 3").encode(),
        ),
    ],
)
def test_the_same_id_with_other_content_is_a_reject_that_says_so(
    desk: Desk, channel: str, first: bytes, other: bytes
) -> None:
    oms, intake = desk
    (taken,) = intake.take(first, channel)
    order = oms.look(Order, taken.order_id or "")
    ends = [end for end in intake.take(other, channel) if end.message_id == taken.message_id]
    assert [end.ending for end in ends] == [Ending.REJECTED]
    assert "says something else now" in ends[0].complaints[0].says
    assert oms.look(Order, taken.order_id or "") == order
    assert oms.person(order.person_id).mail != "eve@reader.example" if order.person_id else True


def test_an_id_that_looks_like_a_card_number_is_kept_all_the_same(desk: Desk) -> None:
    (end,) = desk[1].take(edifact(control="42"), "edifact")
    order = desk[0].look(Order, end.order_id or "")
    assert holds_card_number(end.message_id)
    assert bytes.fromhex(dict(order.attributes)["intake.message"].removeprefix("hex:")).decode() == end.message_id


def test_a_purchase_order_number_that_comes_in_another_message_is_told(desk: Desk) -> None:
    desk[1].take(x12(), "x12")
    (said,) = says(desk, x12(control="000000102"), "x12")
    assert "x12 reference PO-77 was sent before with other content" in said


def test_a_document_is_split_into_orders_and_one_bad_order_fails_alone(desk: Desk) -> None:
    oms, intake = desk
    ends = intake.take(CSV.replace("12,35;;12,35", "12,35;;12,36").encode(), "csv")
    assert [(end.message_id, end.ending) for end in ends] == [("A-1", Ending.TAKEN), ("A-2", Ending.REJECTED)]
    assert ends[1].complaints == (
        Complaint(0, "lines, shipping, charges and tax come to 12.35 EUR, the message says 12.36 EUR: 0.01 EUR apart"),
    )
    order = oms.look(Order, "csv:A-1")
    assert [(line.sku, line.units) for line in order.lines] == [("TEA", 2), ("CUP", 1)]
    assert str(order.total) == "37.05 EUR"


def test_one_message_twice_in_a_document_is_taken_once(desk: Desk) -> None:
    ends = desk[1].take(document(shopify(), shopify(), shopify(email="x@y.example")), "shopify")
    assert [end.ending for end in ends] == [Ending.TAKEN, Ending.DUPLICATE, Ending.REJECTED]


def test_more_messages_than_fit_one_pile_end_in_their_order(desk: Desk) -> None:
    heard: list[tuple[int, int]] = []
    orders = [shopify(id=number, name=f"#{number}") for number in range(150)]
    orders[120]["total_price"] = "1.00"
    ends = desk[1].take(document(*orders), "shopify", progress=lambda done, of: heard.append((done, of)))
    assert [end.message_id for end in ends] == [str(number) for number in range(150)]
    assert [number for number, end in enumerate(ends) if end.ending is not Ending.TAKEN] == [120]
    assert heard == [(100, 150), (150, 150)]


def test_every_line_that_is_wrong_is_told_with_its_number(rejecting: Desk) -> None:
    order = shopify()
    order["line_items"][0]["quantity"] = 1.5
    order["line_items"][1]["sku"] = None
    assert says(rejecting, document(order), "shopify") == [
        "1: the quantity 1.5 is no whole number of units",
        "2: names no article (SKU)",
    ]


def test_articles_nobody_knows_are_all_told(rejecting: Desk) -> None:
    text = CSV.replace("ACME-1", "NOPE").replace("CUP", "NADA")
    first, second = rejecting[1].take(text.encode(), "csv")
    assert [each.line for each in (*first.complaints, *second.complaints)] == [2, 4, 3]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"total_price": "37.87"}, "37.86 USD, the message says 37.87 USD: 0.01 USD apart"),
        ({"total_price": "37.855"}, "finer than USD has minor units"),
        ({"financial_status": "pending"}, "the payment is pending"),
        ({"cancelled_at": "2026-03-01T00:00:00Z"}, "was cancelled"),
        ({"test": True}, "a test order"),
        ({"refunds": [{}]}, "refunded in part"),
        ({"fulfillment_status": "partial"}, "is partial in Shopify already"),
        ({"currency": "EUR"}, "the order is in EUR, channel shopify sells in USD"),
        ({"shipping_address": None}, "no shipping_address"),
        ({"line_items": []}, "has no lines"),
        ({"id": None}, "the order's id is missing"),
    ],
)
def test_what_is_no_order_to_send_is_rejected_with_the_reason(
    rejecting: Desk, changes: dict[str, Any], words: str
) -> None:
    assert any(words in said for said in says(rejecting, document(shopify(**changes)), "shopify"))


def test_tax_told_for_the_whole_order_is_shared_over_its_lines(desk: Desk) -> None:
    order = shopify(total_tax="1.91", total_price="37.26", tax_lines=[{"title": "Tax", "price": "1.91", "rate": 0.06}])
    for line in (*order["line_items"], *order["shipping_lines"]):
        line.pop("tax_lines")
    (end,) = desk[1].take(document(order), "shopify")
    found = desk[0].look(Order, end.order_id or "")
    assert str(found.total) == "37.26 USD"
    assert [line.agreed.amounts.goods.tax.minor for line in found.lines] == [116, 75]


def test_a_reject_is_tried_again_once_its_cause_is_mended(desk: Desk) -> None:
    oms, intake = desk
    (end,) = intake.take(document(shopify(total_price="1.00")), "shopify")
    (still,) = intake.again(end.reject_id)
    assert (still.ending, still.reject_id) == (Ending.REJECTED, end.reject_id)
    (path,) = Path(oms.shop.rejects or "").glob("*.payload")
    path.write_bytes(path.read_bytes().replace(b'"total_price":"1.00"', b'"total_price":"37.86"'))
    (mended,) = intake.again(end.reject_id)
    assert mended.ending is Ending.TAKEN
    assert intake.rejects.listed() == []
    with pytest.raises(NotFoundError):
        intake.again(end.reject_id)


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.channel)
def test_what_is_kept_of_a_message_reads_as_the_same_message(rejecting: Desk, sample: Sample) -> None:
    port = rejecting[1].port(sample.channel)
    (message,) = port.read(sample.document)
    assert port.read(message.content) == (message,)


def test_a_document_nobody_can_read_is_kept_whole(rejecting: Desk) -> None:
    (end,) = rejecting[1].take(b"\xff not json", "shopify")
    assert end.ending is Ending.REJECTED
    assert rejecting[1].rejects.content(end.reject_id) == b"\xff not json"


def test_rejects_outlive_the_program_and_are_private(tmp_path: Path) -> None:
    name = Rejects(tmp_path / "kept").keep("web", "../../etc/x", b"told", [Complaint(3, "wrong")], at=NOON)
    (found,) = Rejects(tmp_path / "kept").listed()
    assert (found.reject_id, found.message_id, found.complaints) == (name, "../../etc/x", (Complaint(3, "wrong"),))
    assert {path.stat().st_mode & 0o077 for path in (tmp_path / "kept").iterdir()} == {0}
    with pytest.raises(NotFoundError):
        Rejects(tmp_path / "kept").content("../kept/x")


def test_a_folder_that_takes_no_reject_stops_the_intake(desk: Desk) -> None:
    folder = Path(desk[0].shop.rejects or "")
    folder.write_text("in the way")
    with pytest.raises(SetupError, match="nothing of the document was lost"):
        desk[1].take(b"[]", "shopify")


def test_a_channel_without_a_format_is_named(rejecting: Desk) -> None:
    with pytest.raises(NotFoundError, match=r"channel 'web' has no format; add \[intake.web.FORMAT\]"):
        rejecting[1].take(b"[]", "web")


@pytest.mark.parametrize(
    ("edit", "words"),
    [
        ("[intake.nobody.x12]", "intake.nobody: there is no channel nobody"),
        ("[intake.web]\nx12 = {}\ntable = {}", "intake.web: name exactly one format"),
    ],
)
def test_a_format_for_nobody_or_two_for_one_is_refused(tmp_path: Path, edit: str, words: str) -> None:
    path = tmp_path / "shop.toml"
    path.write_text(f'rejects = "r"\n{SHOP}\n{edit}', encoding="utf-8")
    with pytest.raises(SetupError, match=words):
        load_shop(path)


def test_a_shop_with_formats_says_where_rejects_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "shop.toml"
    path.write_text(f"{SHOP}\n[intake.web.x12]", encoding="utf-8")
    with pytest.raises(SetupError, match="rejects: name the folder"):
        load_shop(path)


def test_real_payloads_of_shopify_end_in_an_order_or_a_reason(desk: Desk, shared_data: Path) -> None:
    for name in ("order.json", "orders.json"):
        ends = desk[1].take((shared_data / "shopify_payloads" / name).read_bytes(), "shopify")
        assert ends
        assert all(end.order_id or end.complaints for end in ends)


def test_real_payloads_of_amazon_end_in_an_order_or_a_reason(desk: Desk, shared_data: Path) -> None:
    examples = json.loads((shared_data / "amazon_sp_api" / "orders_2026-01-01.json").read_bytes())
    answers = [each["response"] for each in examples if each.get("response") and "errors" not in each["response"]]
    ends = [end for each in answers for end in desk[1].take(json.dumps(each).encode(), "amazon")]
    assert len(ends) >= 5
    assert all(end.order_id or end.complaints for end in ends)


def test_a_real_payload_of_amazon_is_an_order_once_the_advice_of_its_reject_is_followed(
    tmp_path: Path, shared_data: Path
) -> None:
    examples = json.loads((shared_data / "amazon_sp_api" / "orders_2026-01-01.json").read_bytes())
    (told,) = [
        order
        for each in examples
        for order in (each.get("response") or {}).get("orders", ())
        if order["fulfillment"]["fulfillmentStatus"] == "UNSHIPPED" and order["proceeds"]["grandTotal"]["amount"]
    ][:1]
    currency = told["proceeds"]["grandTotal"]["currencyCode"]
    with_tax = f'kind = "marketplace"\ncurrency = "{currency}"'
    with channel_shop(tmp_path, amazon=with_tax) as (oms, intake):
        (end,) = intake.take(json.dumps(told).encode(), "amazon")
        assert {complaint.says.partition("'")[0] for complaint in end.complaints} == {"there is no article "}
        for line in told["orderItems"]:
            item = Item(sku=Sku(line["product"]["sellerSku"]), mass_g=500)
            oms.do(ListItem(item=item, at=oms.clock.now()))
        (end,) = intake.again(end.reject_id)
        assert end.ending is Ending.TAKEN
        assert str(oms.look(Order, str(end.order_id)).total.amount) == told["proceeds"]["grandTotal"]["amount"]
        assert not intake.rejects.listed()
