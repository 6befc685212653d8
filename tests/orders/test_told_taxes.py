"""Tax that a channel tells is taken to the cent, whatever the rate would come to; what cannot be right is refused."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omscore.errors import InputError
from omscore.ids import OrderId
from omscore.items import Ships
from omscore.money import Money, UnitPrice
from omscore.orders.agreed import AgreedLine
from omscore.orders.commands import KitTold, LineTax, PartTold, PlaceOrder, WantedLine
from omscore.orders.totals import agreed_lines
from omscore.places import Destination

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def wish(minors: list[tuple[int, int]], taxes: list[int], **more: Any) -> PlaceOrder:
    lines = tuple(
        WantedLine(sku="TEA", units=units, unit_price=UnitPrice(Decimal(minor).scaleb(-2), "EUR"))
        for minor, units in minors
    )
    return PlaceOrder(
        **{
            "order_id": OrderId("ord_1"),
            "channel": "web",
            "currency": "EUR",
            "destination": Destination(country="DE"),
            "lines": lines,
            "at": NOON,
            "taxes": (LineTax("T", Decimal("0.2")),) * len(lines),
            "told_taxes": tuple(Money(tax, "EUR") for tax in taxes),
            **more,
        }
    )


def sums(lines: tuple[AgreedLine, ...]) -> dict[str, int]:
    """What all lines come to together."""
    parts = [part for line in lines for part in (line.amounts.goods, line.amounts.shipping, line.amounts.charges)]
    return {
        "gross": sum(part.gross.minor for part in parts),
        "tax": sum(part.tax.minor for part in parts),
        "shipping tax": sum(line.amounts.shipping.tax.minor for line in lines),
    }


orders = st.lists(st.tuples(st.integers(1, 5_000), st.integers(1, 9), st.integers(0, 900)), min_size=1, max_size=6)


@given(orders, st.integers(1, 2_000), st.integers(0, 300), st.integers(0, 500))
def test_net_prices_come_to_goods_shipping_charges_and_exactly_the_tax_told(
    told: list[tuple[int, int, int]], shipping: int, shipping_tax: int, charges: int
) -> None:
    command = wish(
        [(minor, units) for minor, units, _ in told],
        [tax for _, _, tax in told],
        prices_include_tax=False,
        shipping=Money(shipping, "EUR"),
        charges=Money(charges, "EUR"),
        told_shipping_tax=Money(shipping_tax, "EUR"),
    )
    lines = agreed_lines(command)
    goods, taxes = sum(minor * units for minor, units, _ in told), sum(tax for _, _, tax in told)
    assert [line.amounts.goods.tax.minor for line in lines] == [tax for _, _, tax in told]
    assert sums(lines) == {
        "gross": goods + shipping + charges + taxes + shipping_tax,
        "tax": taxes + shipping_tax,
        "shipping tax": shipping_tax,
    }


@given(orders)
def test_gross_prices_stay_as_they_are_and_hold_exactly_the_tax_told(told: list[tuple[int, int, int]]) -> None:
    taxes = [min(tax, minor * units) for minor, units, tax in told]
    lines = agreed_lines(wish([(minor, units) for minor, units, _ in told], taxes))
    assert [line.amounts.goods.tax.minor for line in lines] == taxes
    assert sums(lines)["gross"] == sum(minor * units for minor, units, _ in told)


@given(st.integers(1, 5_000), st.integers(1, 5), st.integers(0, 99))
def test_the_tax_told_of_a_kit_is_shared_over_its_parts_without_a_rest(minor: int, kits: int, tax: int) -> None:
    parts = tuple(
        PartTold(sku, sku, units, share, "T", Decimal(rate))
        for sku, units, share, rate in (("A", 1, 2, "0.2"), ("B", 3, 5, "0.1"))
    )
    kit = KitTold(line=1, ships=Ships.TOGETHER, parts=parts)
    lines = agreed_lines(wish([(minor, kits)], [min(tax, minor)], kits=(kit,)))
    assert sums(lines) == {"gross": minor * kits, "tax": min(tax, minor), "shipping tax": 0}


@pytest.mark.parametrize(
    ("taxes", "more", "words"),
    [
        ([1, 2], {}, "has 1 lines but tells 2 taxes"),
        ([], {"told_shipping_tax": Money(1, "EUR")}, "has 1 lines but tells 0 taxes"),
        ([-1], {}, "tells a tax of -0.01 EUR"),
        ([0], {"told_shipping_tax": Money(1, "USD")}, "tells a tax of 0.01 USD"),
        ([0], {"told_shipping_tax": Money(1, "EUR")}, "on shipping that costs nothing"),
        ([101], {}, "line 1 tells a tax of 1.01 EUR within 1.00 EUR"),
    ],
)
def test_tax_that_cannot_be_right_is_refused(taxes: list[int], more: dict[str, Any], words: str) -> None:
    with pytest.raises(InputError, match=words):
        agreed_lines(wish([(100, 1)], taxes, **more))
