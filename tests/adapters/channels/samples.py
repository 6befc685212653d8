"""Small messages of every format, as their senders write them, and a shop that takes them all."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from omscore.app import Oms, open_shop
from omscore.intake import Intake, open_intake
from omscore.ports.clock import VirtualClock
from tests.kit.shops import NOON, RATES, SHOP, stock_up

AMAZON = 'kind = "marketplace"\ncurrency = "USD"\nprices_include_tax = false'
CHANNELS = """
[[channels]]
name = "shopify"
kind = "web"
currency = "USD"
prices_include_tax = false
[[channels]]
name = "amazon"
kind = "marketplace"
currency = "USD"
prices_include_tax = false
[[channels]]
name = "x12"
kind = "web"
currency = "USD"
prices_include_tax = false
[[channels]]
name = "edifact"
kind = "web"
currency = "EUR"
prices_include_tax = false
[[channels]]
name = "csv"
kind = "web"
currency = "EUR"
[[channels]]
name = "json"
kind = "web"
currency = "EUR"

[intake.shopify.shopify]
secrets = ["s3cret-of-the-app"]
[intake.amazon.amazon]
[intake.x12.x12]
outbox = "x12"
own_id = "TEASHOP"
partner_id = "BIGBUYER"
acknowledge = true
[intake.edifact.edifact]
outbox = "edifact"
own_id = "4000002000004"
partner_id = "4000001000005"
acknowledge = true
[intake.csv.table]
mapping = "csv.toml"
[intake.json.table]
mapping = "json.toml"
"""

CSV_MAPPING = """
format = "csv"
delimiter = ";"
decimal_comma = true

[fields]
reference = "Order"
name = "Name"
street = "Street"
city = "City"
postcode = "Zip"
country = "Country"
sku = "Article"
units = "Qty"
unit_price = "Price"
shipping = "Postage"
total = "Total"

[values]
currency = "EUR"

[skus]
"ACME-1" = "TEA"
"""

JSON_MAPPING = """
format = "json"
orders = "data.orders"
lines = "items"

[fields]
reference = "no"
message_id = "event.id"
currency = "money.currency"
country = "to.country"
sku = "article"
units = "count"
unit_price = "each"
total = "money.total"
"""


@contextmanager
def channel_shop(folder: Path, *, amazon: str = AMAZON) -> Iterator[tuple[Oms, Intake]]:
    """The small shop with a channel for every format, its store in memory; `amazon` is how that channel sells."""
    config = folder / "shop.toml"
    channels = CHANNELS.replace(AMAZON, amazon)
    config.write_text('rejects = "rejects"\n' + SHOP + channels, encoding="utf-8")
    (folder / "rates.csv").write_text(RATES, encoding="utf-8")
    (folder / "csv.toml").write_text(CSV_MAPPING, encoding="utf-8")
    (folder / "json.toml").write_text(JSON_MAPPING, encoding="utf-8")
    with open_shop(config, clock=VirtualClock(NOON), overrides={"storage": {"memory": {}}}) as oms:
        stock_up(oms)
        yield oms, open_intake(oms)


ADDRESS = {
    "name": "Ada Reader",
    "address1": "1 Main Street",
    "address2": None,
    "city": "Ottawa Falls",
    "province": "Ohio",
    "zip": "44101",
    "country_code": "US",
    "phone": "555 0100",
}


def shopify(**changes: Any) -> dict[str, Any]:
    """Two teas at 10.00 less 1.00, a cup at 12.35; shipping 4.90 less 0.90, taxed otherwise than the goods."""
    return {
        "id": 5001,
        "name": "#1001",
        "currency": "USD",
        "taxes_included": False,
        "financial_status": "paid",
        "fulfillment_status": None,
        "cancelled_at": None,
        "test": False,
        "email": "ada@reader.example",
        "total_tax": "2.51",
        "total_price": "37.86",
        "line_items": [
            {
                "sku": "TEA",
                "quantity": 2,
                "price": "10.00",
                "name": "Tea",
                "discount_allocations": [{"amount": "1.00"}],
                "tax_lines": [
                    {"title": "State", "price": "1.14", "rate": Rate("0.06")},
                    {"title": "County", "price": "0.29", "rate": Rate("0.015")},
                ],
            },
            {
                "sku": "CUP",
                "quantity": 1,
                "price": "12.35",
                "name": "Cup",
                "discount_allocations": [],
                "tax_lines": [{"title": "State", "price": "0.74", "rate": Rate("0.06")}],
            },
        ],
        "shipping_lines": [
            {
                "price": "4.90",
                "discount_allocations": [{"amount": "0.90"}],
                "tax_lines": [{"title": "State", "price": "0.34", "rate": Rate("0.085")}],
            }
        ],
        "shipping_address": dict(ADDRESS),
        **changes,
    }


class Rate(float):
    """A rate that JSON writes as it stands here."""


def document(*orders: dict[str, Any]) -> bytes:
    """Orders on a page of an API."""
    return json.dumps({"orders": list(orders)}).encode()


def usd(amount: str) -> dict[str, str]:
    return {"amount": amount, "currencyCode": "USD"}


def amazon(**changes: Any) -> dict[str, Any]:
    """Two teas at 10.00 less 1.50, gift wrap 2.00, shipping 5.00 less 1.00; tax on goods 1.20, on shipping 0.30."""
    parts = [
        {"type": "ITEM", "subtotal": usd("20.00")},
        {"type": "SHIPPING", "subtotal": usd("5.00")},
        {"type": "GIFT_WRAP", "subtotal": usd("2.00")},
        {
            "type": "DISCOUNT",
            "subtotal": usd("-2.50"),
            "detailedBreakdowns": [{"subtype": "SHIPPING", "value": usd("-1.00")}],
        },
        {
            "type": "TAX",
            "subtotal": usd("1.50"),
            "detailedBreakdowns": [
                {"subtype": "ITEM", "value": usd("1.20")},
                {"subtype": "SHIPPING", "value": usd("0.30")},
            ],
        },
    ]
    item = {
        "orderItemId": "1",
        "quantityOrdered": 2,
        "product": {"sellerSku": "TEA", "title": "Tea", "price": {"unitPrice": usd("10.00")}},
        "proceeds": {"proceedsTotal": usd("26.00"), "breakdowns": parts},
    }
    return {
        "orderId": "114-1111111-2222222",
        "fulfillment": {"fulfillmentStatus": "UNSHIPPED", "fulfilledBy": "MERCHANT"},
        "buyer": {"buyerEmail": "b@marketplace.example"},
        "recipient": {
            "deliveryAddress": {
                "name": "Bo Buyer",
                "addressLine1": "2 Side Street",
                "city": "Springfield",
                "postalCode": "62701",
                "countryCode": "US",
            }
        },
        "proceeds": {"grandTotal": usd("26.00")},
        "orderItems": [item],
        **changes,
    }


PO_LINES = (
    "PO1*1*2*EA*10.00*PE*VP*TEA*UP*036000291452",
    "PID*F****Tea in a tin",
    "PO1*2*1*EA*12.35**VP*CUP",
)


def x12(
    lines: Sequence[str] = PO_LINES,
    *,
    reference: str = "PO-77",
    control: str = "000000101",
    purpose: str = "00",
    end: Sequence[str] = ("CTT*2*3", "AMT*TT*32.35"),
) -> bytes:
    """A purchase order in an interchange of its own."""
    body = [
        "ST*850*0001",
        f"BEG*{purpose}*SA*{reference}**20260302",
        "REF*DP*038",
        "N1*BY*Big Buyer*92*001",
        "N1*ST*Store 9*92*009",
        "N3*9 Dock Road",
        "N4*Dayton*OH*45402*US",
        *lines,
        *end,
    ]
    body.append(f"SE*{len(body) + 1}*0001")
    head = f"ISA*00*{'':10}*00*{'':10}*ZZ*{'BIGBUYER':15}*ZZ*{'TEASHOP':15}*260302*1200*U*00401*{control}*0*P*>"
    group = "GS*PO*BIGBUYER*TEASHOP*20260302*1200*1*X*004010"
    return ("~\n".join([head, group, *body, "GE*1*1", f"IEA*1*{control}"]) + "~\n").encode()


SENDER = "4000001000005"
"""With the numbers behind it, it passes for a card: many a global location number does."""

ORDER_LINES = (
    "LIN+1++4012345678901:EN",
    "PIA+1+TEA:SA",
    "IMD+F++:::Tea?: loose",
    "QTY+21:2:PCE",
    "MOA+203:20.00",
    "PRI+AAA:10.00",
    "LIN+2++CUP:EN",
    "QTY+21:1",
    "PRI+AAA:12.35",
)


def edifact(
    lines: Sequence[str] = ORDER_LINES,
    *,
    reference: str = "PO-88",
    control: str = "42",
    function: str = "9",
    end: Sequence[str] = ("UNS+S", "MOA+79:32.35", "CNT+2:2"),
) -> bytes:
    """An order in an interchange of its own."""
    body = [
        "UNH+1+ORDERS:D:96A:UN",
        f"BGM+220+{reference}+{function}",
        "DTM+137:20260302:102",
        f"NAD+BY+{SENDER}::9",
        "NAD+DP+++Laden Neun+Hafenstr. 9+Hamburg++20457+DE",
        "CUX+2:EUR:9",
        *lines,
        *end,
    ]
    body.append(f"UNT+{len(body) + 1}+1")
    head = f"UNB+UNOC:3+{SENDER}:14+4000002000004:14+260302:1200+{control}"
    return ("UNA:+.? '" + "'\n".join([head, *body, f"UNZ+1+{control}"]) + "'\n").encode("latin-1")


CSV = """Order;Name;Street;City;Zip;Country;Article;Qty;Price;Postage;Total
A-1;Anna Berg;Hauptstr. 1;Berlin;10115;DE;ACME-1;2;9,90;4,90;37,05
A-2;Ben Roux;Rue 2;Lyon;69001;FR;CUP;1;12,35;;12,35
A-1;;;;;;CUP;1;12,35;;
"""

JSON = {
    "data": {
        "orders": [
            {
                "no": "J-1",
                "event": {"id": "evt-1"},
                "money": {"currency": "EUR", "total": "20.00"},
                "to": {"country": "DE"},
                "items": [{"article": "TEA", "count": 2, "each": "10.00"}],
            }
        ]
    }
}


class Sample(NamedTuple):
    """A document of one message, and what its order comes to."""

    channel: str
    document: bytes
    order_id: str
    total: str
    tax: str | None = None


SAMPLES = (
    Sample("shopify", document(shopify()), "shopify:5001", "37.86 USD", "2.51 USD"),
    Sample("amazon", document(amazon()), "amazon:114-1111111-2222222", "26.00 USD", "1.50 USD"),
    Sample("x12", x12(), "x12:BIGBUYER:000000101:1:0001", "38.82 USD"),
    Sample("edifact", edifact(), "edifact:_1f9d1cfce610066a847c30b5", "38.82 EUR"),
    Sample("csv", "\n".join(CSV.splitlines()[:1] + CSV.splitlines()[2:3]).encode(), "csv:A-2", "12.35 EUR"),
    Sample("json", json.dumps(JSON).encode(), "json:evt-1", "20.00 EUR"),
)
