"""Labels: whatever an address holds is printed in full and never obeyed by the printer."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from omscore.errors import InputError, PortRefusedError
from omscore.money import Money
from omscore.places import Address
from omscore.ports.carriers import CarrierQuote, LabelRequest, Parcel
from omscore_adapters.carrier_table.layout import columns, wrapped
from omscore_adapters.carrier_table.plaintext import plain_label
from omscore_adapters.carrier_table.tracking import tracking_number
from omscore_adapters.carrier_table.zpl import HEIGHT_DOTS, WIDTH_DOTS, escaped, zpl_label

QUOTE = CarrierQuote(carrier="post", service="parcel", price=Money(490, "EUR"), transit_days=2)
NUMBER = tracking_number("TB", "k")
FIELD = re.compile(r"\^FO(\d+),(\d+)\^A0N,(\d+),0\^FH_\^FD([^^~]*)\^FS")
OTHER = re.compile(
    r"\^XA|\^XZ|\^CI28|\^PW812|\^LL1218|\^LH0,0|\^FO40,\d+\^GB732,3,3\^FS|\^FO100,990\^BY3\^BCN,150,Y,N,N,A\^FDTB\d{18}\^FS"
)


def decoded(field: str) -> str:
    """What a printer prints for the content of a field under ^FH_."""
    parts = re.split(r"((?:_[0-9A-F]{2})+)", field)
    return "".join(
        bytes.fromhex(part.replace("_", "")).decode("utf-8", "replace") if place % 2 else part
        for place, part in enumerate(parts)
    )


def label_request(recipient: Address, reference: str = "ord_1") -> LabelRequest:
    sender = Address(recipient="The Shop", lines=("1 Market Square",), city="Ayr", country="GB")
    return LabelRequest(
        key="k",
        reference=reference,
        parcel=Parcel(mass_g=750, length_mm=300, width_mm=200, height_mm=100),
        sender=sender,
        recipient=recipient,
        service="parcel",
        at=datetime(2026, 3, 1, tzinfo=UTC),
    )


def printed(zpl: str) -> tuple[str, list[tuple[int, int]]]:
    """Everything in the label's text fields, without blanks, and where each field starts and ends from the top."""
    texts, spans = [], []
    for line in zpl.splitlines():
        if found := FIELD.fullmatch(line):
            texts.append(decoded(found[4]))
            spans.append((int(found[2]), int(found[2]) + int(found[3])))
        else:
            assert OTHER.fullmatch(line), f"the printer would be told {line!r}"
    return "".join("".join(texts).split()), spans


NASTY = st.text(alphabet=st.sampled_from("^~_\\>&,XZFDJR01 äß東京\u0301\u0627"), min_size=1, max_size=40)


def address(recipient: str, line: str, city: str) -> Address | None:
    try:
        return Address(recipient=recipient, lines=(line, "2nd floor"), city=city, country="DE", postcode="12345")
    except InputError:
        return None  # blank text is no address


@given(NASTY, NASTY, NASTY, st.text(max_size=30))
@example("^XZ^XA^FDhello", "~JR", "_5EXZ", "\x1b^XZ\n~HS")
def test_an_address_is_printed_in_full_and_cannot_give_the_printer_an_order(
    recipient: str, line: str, city: str, reference: str
) -> None:
    home = address(recipient, line, city)
    if home is None:
        return
    text, spans = printed(zpl_label(label_request(home, reference), QUOTE, NUMBER))
    for part in (home.recipient, home.lines[0], home.city, "2ndfloor", "TheShop", "postparcel", "750g"):
        assert "".join(part.split()) in text
    assert "".join(reference.encode("utf-8", "replace").decode().split()) in text
    assert spans == sorted(spans)
    assert all(top < bottom <= HEIGHT_DOTS for top, bottom in spans)


@given(st.text())
def test_escaped_text_holds_no_caret_tilde_or_control_character_and_reads_back(text: str) -> None:
    field = escaped(text)
    assert not set(field) & set("^~\\")
    assert field.isprintable()
    assert decoded(field) == text.encode("utf-8", "replace").decode()


def test_the_label_is_four_by_six_inches_in_utf_8_with_a_code_128_barcode() -> None:
    home = Address(recipient="Zoë Ōta", lines=("1 High Street",), city="Köln", country="DE")
    zpl = zpl_label(label_request(home), QUOTE, NUMBER)
    assert (WIDTH_DOTS, HEIGHT_DOTS) == (4 * 203, 6 * 203)
    assert zpl.startswith("^XA\n^CI28\n") and zpl.endswith("^XZ\n")
    assert f"^BCN,150,Y,N,N,A^FD{NUMBER}^FS" in zpl
    assert "Zoë Ōta" in zpl


def test_a_long_address_is_set_in_smaller_type_and_a_hopeless_one_is_refused() -> None:
    long = Address(recipient="R" * 200, lines=("L" * 200,) * 4, city="C" * 200, country="DE", postcode="1" * 20)
    text, _ = printed(zpl_label(label_request(long), QUOTE, NUMBER))
    assert "L" * 800 in text
    wide = Address(recipient="東" * 200, lines=("京" * 200,) * 4, city="都" * 200, country="JP")
    with pytest.raises(PortRefusedError, match="the recipient has too many characters"):
        zpl_label(label_request(wide), QUOTE, NUMBER)


def test_the_plain_label_shows_everything_in_lines_a_screen_can_hold() -> None:
    home = Address(recipient="A. Reader", lines=("1 High Street " * 10,), city="Ayr", country="GB", postcode="KA7 1AA")
    text = plain_label(label_request(home, "ord_1\x1b[2J"), QUOTE, NUMBER)
    assert all(len(line) <= 60 for line in text.splitlines())
    assert "ord_1?[2J" in text
    assert [line.split()[0] for line in text.splitlines() if not line.startswith(" ")] == [
        "From",
        "To",
        "Service",
        "Parcel",
        "Reference",
        "Tracking",
    ]


@given(st.lists(st.text(max_size=60), max_size=5), st.integers(2, 30))
def test_wrapping_keeps_every_character_and_the_width(texts: list[str], width: int) -> None:
    lines = wrapped(texts, width)
    assert all(columns(line) <= width for line in lines)
    assert "".join("".join(lines).split()) == "".join("".join(texts).split())
