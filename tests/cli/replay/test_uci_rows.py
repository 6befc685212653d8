"""Every row of a file becomes one thing or says why not, whatever it holds."""

from __future__ import annotations

import gzip
import io
from collections import Counter
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omscore.cli.replay.countries import CODES, destination_in
from omscore.cli.replay.fates import Fate, Part, amount_of, part_of, sort_of
from omscore.cli.replay.invoices import sorted_invoices
from omscore.cli.replay.matching import matched
from omscore.cli.replay.rows import COLUMNS, Reject, Row, read_rows, rows_of
from omscore.cli.replay.selling import channel_kind
from omscore.errors import SetupError
from omscore.parties import ChannelKind
from tests.cli.replay.trade import BOWL, MUG, row, text_of

TRICKY = st.sampled_from(
    [
        "",
        " ",
        "0",
        "-1",
        "1e5",
        "NaN",
        "inf",
        "-",
        "99999999999999999999",
        "١٢",
        "\u202e",
        "\x1b[2J",
        '"',
        ",",
        "C",
        "0.0",
    ]
)


def hostile(good: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Mostly good cells, some tricky, some of any text."""
    return st.one_of(good, good, good, TRICKY, st.text(max_size=12))


def rows_from(*cells: tuple[str, ...]) -> list[Row | Reject]:
    return [found for found, _ in rows_of(io.StringIO(text_of(cells)))]


ROWS = st.tuples(
    hostile(st.sampled_from(["500001", "500002", "C500003", "C500004", "A500005"])),
    hostile(st.sampled_from([MUG, MUG.lower(), BOWL, BOWL.lower(), "POST", "DOT", "D", "M", "gift_0001_20", "B"])),
    hostile(st.just("A THING")),
    hostile(st.integers(-5, 12).map(str)),
    hostile(st.sampled_from(["2011-03-01 10:00:00", "2011-03-02 08:00:00", "2099-01-01 00:00:00"])),
    hostile(st.sampled_from(["2.5", "0.0", "0.001", "-3.0", "100.00"])),
    hostile(st.sampled_from(["", "1001.0", "1002.0"])),
    hostile(st.sampled_from(["United Kingdom", "EIRE", "Unspecified"])),
)


@given(st.lists(st.one_of(ROWS, ROWS, st.lists(st.text(max_size=5), max_size=10).map(tuple)), max_size=40))
def test_every_row_has_one_fate_whatever_it_holds(cells: list[tuple[str, ...]]) -> None:
    text = text_of(cells)
    read = list(rows_of(io.StringIO(text)))
    found = sorted_invoices(iter(read))
    assert len(found.fates) == len(read)
    assert [found_row.number for found_row, _ in read] == list(range(1, len(read) + 1))
    match = matched(found.invoices)
    counted: Counter[object] = Counter(found.fates)
    in_invoices = sum(invoice.rows for invoice in found.invoices)
    assert in_invoices == counted[Fate.ORDER_LINE] + counted[Fate.CHARGE] + counted[None]
    assert set(found.reasons) == {number for number, fate in enumerate(found.fates, 1) if fate is Fate.REJECT}
    matched_rows = {take.row for errands in match.errands.values() for errand in errands for take in errand.takes}
    open_rows = {number for number, fate in enumerate(found.fates, 1) if fate is None}
    assert matched_rows | set(match.reasons) == open_rows
    assert not matched_rows & set(match.reasons)


@given(st.lists(ROWS, max_size=60))
def test_no_unit_is_given_back_twice(cells: list[tuple[str, ...]]) -> None:
    found = sorted_invoices(rows_of(io.StringIO(text_of(cells))))
    sold = {
        (invoice.number, line_id): line.units
        for invoice in found.invoices
        for line_id, line in enumerate(invoice.lines, 1)
    }
    for errands in matched(found.invoices).errands.values():
        for errand in errands:
            for take in errand.takes:
                sold[errand.order, take.line_id] -= take.units
    assert all(units >= 0 for units in sold.values())


def test_a_readable_row_is_read_cell_by_cell() -> None:
    assert rows_from(row("500001", " 10002a ", 6, "2.55", title="  RED  BOWL "))[0] == Row(
        number=1,
        invoice="500001",
        code="10002A",
        title="RED  BOWL",
        units=6,
        at=datetime(2011, 3, 1, 10, tzinfo=UTC),
        price=Decimal("2.55"),
        customer="1001",
        country="GB",
    )


@pytest.mark.parametrize(
    ("cells", "says"),
    [
        (row("5 00"), "InvoiceNo '5 00'"),
        (row("500001", ""), "StockCode is blank"),
        (row("500001", units="3.5"), "Quantity '3.5'"),
        (row("500001", units=10**8), "Quantity"),
        (row("500001", price="NaN"), "UnitPrice 'NaN'"),
        (row("500001", price="1e9"), "UnitPrice"),
        (row("500001", at="01/03/2011"), "InvoiceDate '01/03/2011'"),
        (row("500001", at="2011-02-30 10:00:00"), "InvoiceDate"),
        (row("500001", customer="Smith"), "CustomerID 'Smith'"),
        (row("500001", country="Atlantis"), "Country 'Atlantis'"),
        (row("500001", title="\u202eGUM"), "Description holds U+202E"),
        (row("500001")[:5], "5 cells, not 8"),
    ],
)
def test_a_row_that_cannot_be_read_says_what_is_wrong(cells: tuple[str, ...], says: str) -> None:
    (found,) = rows_from(cells)
    assert isinstance(found, Reject)
    assert says in found.reason


@pytest.mark.parametrize(
    ("cells", "part"),
    [
        (row("500001"), Part.LINE),
        (row("500001", price=0), Part.LINE),
        (row("500001", price=0, customer=""), "no price and no customer"),
        (row("500001", units=-3), "a stock correction"),
        (row("500001", units=0), "no units"),
        (row("500001", price="-1"), "negative price"),
        (row("500001", units=90_000, price="99000"), "worth more than"),
        (row("500001", "POST"), Part.SHIPPING),
        (row("500001", "dot"), Part.SHIPPING),
        (row("500001", "m"), Part.CHARGE),
        (row("500001", "gift_0001_20"), Part.CHARGE),
        (row("500001", "M", price=0), "nothing to book"),
        (row("A500001", "B", 1, "-110.00"), Part.FEE),
        (row("500001", "HAT"), "neither a product nor a known charge"),
        (row("C500001", units=-3), Part.BACK),
        (row("C500001", units=3), "nothing is given back"),
        (row("C500001", units=-3, customer=""), "nobody known"),
        (row("C500001", "D", -1, "27.50"), Part.FEE),
        (row("C500001", "D", -1, "0"), "nothing to book"),
    ],
)
def test_what_a_row_is_follows_from_the_row(cells: tuple[str, ...], part: str) -> None:
    (found,) = rows_from(cells)
    assert isinstance(found, Row)
    answer = part_of(found, sort_of(found.code))
    assert answer == part if isinstance(part, Part) else part in answer


def test_money_given_to_somebody_is_worth_less_than_nothing() -> None:
    (found,) = rows_from(row("C500001", "D", -1, "27.505"))
    assert isinstance(found, Row)
    assert amount_of(found).minor == -2751


def test_an_invoice_in_pieces_is_still_one() -> None:
    cells = [row("500001"), row("500002"), row("500001", BOWL), row("500001", "POST")]
    found = sorted_invoices(rows_of(io.StringIO(text_of(cells))))
    assert [(invoice.number, len(invoice.lines), len(invoice.shipping)) for invoice in found.invoices] == [
        ("500001", 2, 1),
        ("500002", 1, 0),
    ]


def test_charges_without_goods_are_money_on_their_own() -> None:
    found = sorted_invoices(rows_of(io.StringIO(text_of([row("500001", "AMAZONFEE", 1), row("500001", "POST", 1)]))))
    (invoice,) = found.invoices
    assert (len(invoice.fees), invoice.shipping, found.fates) == (2, (), [Fate.CHARGE, Fate.CHARGE])


def test_rows_that_contradict_their_invoice_are_rejected() -> None:
    cells = [
        row("500001"),
        row("500001", customer="1002.0"),
        row("500001", country="France"),
        row("500002", at="1999-01-01 00:00:00"),
    ]
    found = sorted_invoices(rows_of(io.StringIO(text_of(cells))))
    assert list(found.reasons) == [2, 3, 4]
    assert "began with 1001" in found.reasons[2]
    assert "began with GB" in found.reasons[3]
    assert "three years" in found.reasons[4]


def test_the_newest_order_is_given_back_first_and_one_row_may_span_orders() -> None:
    cells = [
        row("500001", units=5, at="2011-03-01 10:00:00"),
        row("500002", units=4, at="2011-03-02 10:00:00"),
        row("500009", units=9, at="2011-03-02 10:00:00", customer="1002.0"),
        row("C500003", units=-6, at="2011-03-03 10:00:00"),
        row("C500004", units=-4, at="2011-03-04 10:00:00"),
        row("C500005", units=-1, at="2011-03-05 10:00:00", code=BOWL),
        row("500006", units=50, at="2011-03-06 10:00:00"),
    ]
    match = matched(sorted_invoices(rows_of(io.StringIO(text_of(cells)))).invoices)
    assert [(errand.order, errand.takes[0].units) for errand in match.errands["C500003"]] == [
        ("500002", 4),
        ("500001", 2),
    ]
    assert match.reasons[5] == (
        f"customer 1001 gives back 4 units of {MUG}, but only 3 of earlier orders are left to give back"
    )
    assert "no earlier order has it" in match.reasons[6]


@pytest.mark.parametrize(
    ("cells", "kind"),
    [
        ([row("500001"), row("500001", "DOT", 1)], ChannelKind.WEB),
        ([row("500001", customer="")], ChannelKind.STORE),
        ([row("500001", units=1000, price="0.01")], ChannelKind.PHONE),
        ([row("500001", units=600, price="2.50")], ChannelKind.PHONE),
        ([row("500001")], ChannelKind.MARKETPLACE),
        ([row("500001", units=40)], ChannelKind.WEB),
    ],
)
def test_the_channel_follows_from_the_invoice(cells: list[tuple[str, ...]], kind: ChannelKind) -> None:
    (invoice,) = sorted_invoices(rows_of(io.StringIO(text_of(cells)))).invoices
    assert channel_kind(invoice) is kind


def test_every_country_has_a_place_on_earth() -> None:
    assert len(CODES) == 38
    assert {destination_in(code).country for code in CODES.values()} == set(CODES.values())


def test_plain_and_gzipped_files_read_the_same_in_any_column_order(tmp_path: Path) -> None:
    cells = [row("500001"), row("500002", BOWL)]
    plain, packed, turned = tmp_path / "a.csv", tmp_path / "a.csv.gz", tmp_path / "b.csv"
    plain.write_text(text_of(cells), encoding="utf-8")
    packed.write_bytes(gzip.compress(text_of(cells).encode()))
    turned.write_text(text_of([tuple(reversed(each)) for each in cells], tuple(reversed(COLUMNS))), encoding="utf-8")
    assert list(read_rows(plain)) == list(read_rows(packed)) == list(read_rows(turned))
    assert len(list(read_rows(plain, limit=1))) == 1


def test_a_file_that_is_none_is_told_in_a_sentence(tmp_path: Path) -> None:
    cut = tmp_path / "cut.csv.gz"
    cut.write_bytes(gzip.compress(text_of([row("500001")] * 500).encode())[:60])
    wrong = tmp_path / "wrong.csv"
    wrong.write_text("a,b\n1,2\n", encoding="utf-8")
    for path, says in ((tmp_path / "none.csv", "No such file"), (cut, "whole file"), (wrong, "no column InvoiceNo")):
        with pytest.raises(SetupError, match=says):
            list(read_rows(path))


def test_bytes_that_are_no_text_spoil_their_row_only(tmp_path: Path) -> None:
    path = tmp_path / "mixed.csv"
    good = text_of([row("500001")]).encode()
    path.write_bytes(
        good + b"500\xff02,10001,X,1,2011-03-01 10:00:00,1.0,,United Kingdom\n" + good.splitlines()[1] + b"\n"
    )
    assert [type(found).__name__ for found, _ in read_rows(path)] == ["Row", "Reject", "Row"]
