"""Papers: 80 columns whatever the names are, every unit on the slip, every cent on the receipt."""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from omscore.errors import InputError
from omscore.fulfillment.documents import (
    DocumentHead,
    ReceiptExtra,
    ReceiptLine,
    ReceiptPayment,
    SlipLine,
    packing_slip,
    receipt,
)
from omscore.fulfillment.layout import PAGE_WIDTH, printable, width_of, wrapped
from omscore.fulfillment.model import BoxedUnits, Package
from omscore.money import Money, UnitPrice

HOSTILE = "A\nB\tC\r\x1b[2J\u202e\u2066\ufeff\x85\u2028\ud800\u0301" + "\u0336" * 50 + "\u7dd1" * 90
names = st.one_of(st.text(max_size=60), st.text("\n\r\t\x1b\u202e\u2028\u0301\u7dd1a ", max_size=60))


def head(name: str = "Ada Reader") -> DocumentHead:
    return DocumentHead(
        shop=("Blue Kettle Teas", "12 Harbour Street, Ayr"),
        customer=(name, "1 High Street", "SW1A 1AA London"),
        order_no="ord_1",
        ordered_on="29 Mar 2026",
        document_no="ord_1.f1",
        issued_on="30 Mar 2026",
    )


def package(*contents: tuple[int, int], number: int = 1, box: str = "small", tracking: str = "") -> Package:
    return Package(
        package_id=f"ord_1.f1.b{number}",
        box=box,
        contents=tuple(BoxedUnits(line_id, units) for line_id, units in contents),
        mass_g=2_104,
        length_mm=300,
        width_mm=200,
        height_mm=150,
        tracking_number=tracking,
        carrier="post" if tracking else "",
        service="parcel" if tracking else "",
    )


def euros(minor: int) -> Money:
    return Money(minor, "EUR")


def charge(
    net: int,
    tax: int,
    *,
    code: str = "S",
    rate: str = "0.20",
    discount: int = 0,
    title: str = "Green tea",
    units: int = 1,
) -> ReceiptLine:
    return ReceiptLine(
        sku="TEA",
        title=title,
        units=units,
        unit_price=UnitPrice.of("4.50", "EUR"),
        net=euros(net),
        tax=euros(tax),
        tax_code=code,
        tax_rate=Decimal(rate),
        discount=euros(discount),
    )


def assert_sound(page: str) -> None:
    """80 columns, and nothing on the page that would move the printing position."""
    assert page.endswith("\n") and not page.endswith("\n\n")
    for line in page.removesuffix("\n").split("\n"):
        assert width_of(line) <= PAGE_WIDTH
        assert line == line.rstrip()
        assert not any(
            unicodedata.category(each) in ("Cc", "Cf", "Cs", "Zl", "Zp") and each not in "\u200c\u200d" for each in line
        )


@given(names)
@example(HOSTILE)
def test_no_name_can_break_the_layout(name: str) -> None:
    slip = packing_slip(
        head(name),
        [SlipLine(line_id=1, sku=name, title=name, to_follow=3), SlipLine(line_id=2, sku="CUP", title="Cup")],
        [package((1, 2), (2, 7), box=name, tracking=name)],
        note=name,
    )
    assert_sound(slip)
    assert "\n     7  CUP                       Cup\n" in slip
    bill = receipt(
        head(name),
        [charge(1_000, 200, title=name, code=name), charge(500, 100, title="Cup")],
        format_money=str,
        extras=[ReceiptExtra(title=name, net=euros(10), tax=euros(2), tax_code=name, tax_rate=Decimal("0.2"))],
        payments=[ReceiptPayment(title=name, amount=euros(600))],
        note=name,
    )
    assert_sound(bill)
    assert re.search(r"\n     1  Cup {45}S {15}6\.00 EUR\n", bill)


def test_a_slip_names_every_unit_in_its_box_and_what_is_to_follow() -> None:
    lines = [
        SlipLine(line_id=1, sku="TEA", title="Green tea", to_follow=4),
        SlipLine(line_id=2, sku="CUP", title="Cup"),
    ]
    page = packing_slip(head(), lines, [package((1, 3), (2, 2)), package((2, 1), number=2, tracking="PX1")])
    first, rest = page.split("BOX 2 OF 2")
    second, following = rest.split("TO FOLLOW IN ANOTHER DELIVERY")
    assert "BOX 1 OF 2 | small | 300 x 200 x 150 mm | 2.104 kg\nord_1.f1.b1\n" in first
    assert re.findall(r"^ +(\d+)  (TEA|CUP|in this box)", first, re.M) == [
        ("3", "TEA"),
        ("2", "CUP"),
        ("5", "in this box"),
    ]
    assert re.findall(r"^ +(\d+)  (TEA|CUP|in this box)", second, re.M) == [("1", "CUP"), ("1", "in this box")]
    assert "ord_1.f1.b2, post parcel, tracking no. PX1" in second
    assert re.findall(r"^ +(\d+)  (TEA|CUP)", following, re.M) == [("4", "TEA")]
    assert "4.208 kg" in first
    assert "Order       ord_1\n" in first


def test_a_slip_without_packages_or_with_an_unknown_line_is_refused() -> None:
    with pytest.raises(InputError, match="pack before printing"):
        packing_slip(head(), [], [])
    with pytest.raises(InputError, match=r"holds line 9, which slip ord_1\.f1 does not name"):
        packing_slip(head(), [SlipLine(line_id=1, sku="TEA", title="")], [package((9, 1))])


def test_long_titles_are_shortened_and_skus_never() -> None:
    sku = "KETTLE-STAND-OAK-NATURAL-OIL-FINISHED-EDITION-2026-WITH-A-HANDLE"
    page = packing_slip(head(), [SlipLine(line_id=1, sku=sku, title="tea " * 100)], [package((1, 1))])
    pillar = "".join(line[8:32].rstrip() for line in page.split("\n") if line[8:32].strip() and line.startswith(" "))
    assert sku in pillar
    assert page.count("tea ") < 40
    assert "\u2026" in page


cents = st.integers(0, 10**7)
charges = st.lists(
    st.builds(
        charge,
        cents,
        cents,
        code=st.sampled_from(["S", "R", "Z"]),
        rate=st.sampled_from(["0.20", "0.07"]),
        discount=st.integers(0, 5_000),
        units=st.integers(1, 10**9),
    ),
    min_size=1,
    max_size=5,
)


def amounts_of(text: str) -> list[int]:
    return [round(Decimal(found) * 100) for found in re.findall(r"(-?[0-9]+\.[0-9]{2}) EUR$", text, re.M)]


@given(charges, cents, st.booleans())
def test_the_column_of_amounts_sums_to_the_goods_and_all_sums_to_the_total(
    lines: list[ReceiptLine], shipping: int, gross: bool
) -> None:
    extra = ReceiptExtra(title="Shipping", net=euros(shipping), tax=euros(7), tax_code="S", tax_rate=Decimal("0.2"))
    card = ReceiptPayment(title="Card", amount=euros(99))
    page = receipt(head(), lines, format_money=str, extras=[extra], prices_include_tax=gross, payments=[card])
    assert_sound(page)
    _, _, rows, sums, taxes = page.split("-" * PAGE_WIDTH + "\n")[:5]
    sums, _, _ = sums.partition("\n\n")
    owed, total_and_paid = (amounts_of(part) for part in sums.split("====\n"))
    rows_without_prices = "\n".join(row for row in rows.split("\n") if not row.endswith("each"))
    assert sum(amounts_of(rows_without_prices)) == owed[0]
    tax = sum(line.tax.minor for line in lines) + 7
    net = sum(line.net.minor for line in lines) + shipping
    assert sum(owed) == total_and_paid[0] == net + tax
    assert (owed[-1] == tax) or gross
    total, paid, left = total_and_paid
    assert total - paid == (left if "Still to pay" in sums else -left)
    assert taxes.startswith("Code and rate")
    together = page.split("\nTogether ")[1].split("\n")[0]
    assert [int(part.replace(".", "")) for part in re.findall(r"[0-9.]+", together)] == [net, tax, net + tax]


def test_the_tax_summary_has_one_row_per_code_and_rate() -> None:
    page = receipt(
        head(), [charge(1_000, 200), charge(500, 100), charge(700, 49, code="R", rate="0.07")], format_money=str
    )
    table = page.split("VAT INCLUDED IN THE TOTAL")[1]
    assert re.findall(r"^([A-Z] [0-9.]+ %) +([0-9.]+) EUR +([0-9.]+) EUR +([0-9.]+) EUR$", table, re.M) == [
        ("R 7 %", "7.00", "0.49", "7.49"),
        ("S 20 %", "15.00", "3.00", "18.00"),
    ]


def test_prices_finer_than_a_cent_are_shown_as_they_are() -> None:
    screw = ReceiptLine(
        sku="SCREW",
        title="Screw",
        units=1_000,
        unit_price=UnitPrice.of("0.0125", "EUR"),
        net=euros(1_250),
        tax=euros(0),
        tax_code="Z",
        tax_rate=Decimal(0),
    )
    page = receipt(head(), [screw], format_money=str)
    assert "SCREW, 0.0125 EUR each" in page
    assert "Z 0 %" in page


def test_amounts_are_aligned_at_the_right_edge_however_long_they_are() -> None:
    page = receipt(
        head(),
        [charge(10**13, 10**12, discount=10**13), charge(1, 0)],
        format_money=lambda m: f"{m.amount:,.2f}\u00a0\u20ac",
    )
    assert_sound(page)
    for line in page.split("\n"):
        if line.endswith("\u20ac"):
            assert width_of(line) == PAGE_WIDTH


def test_an_amount_that_has_no_room_is_refused_and_never_cut() -> None:
    with pytest.raises(InputError, match="a receipt has room for 1 to 22"):
        receipt(head(), [charge(1, 0)], format_money=lambda money: f"{money} and not a single cent more")
    with pytest.raises(InputError, match="name what is charged"):
        receipt(head(), [], format_money=str)
    with pytest.raises(InputError, match="cannot mix EUR and USD"):
        dollars = ReceiptExtra(
            title="Shipping", net=Money(1, "USD"), tax=Money(0, "USD"), tax_code="S", tax_rate=Decimal("0.2")
        )
        receipt(head(), [charge(1, 0)], format_money=str, extras=[dollars])


@given(names, st.integers(4, 40), st.integers(0, 3))
def test_wrapped_text_keeps_to_its_width_and_loses_nothing_unless_told_to(text: str, width: int, lines: int) -> None:
    broken = wrapped(text, width, lines=lines)
    assert all(width_of(line) <= width for line in broken)
    if lines:
        assert 1 <= len(broken) <= lines
    else:
        assert "".join(broken).replace(" ", "") == printable(text).replace(" ", "")
