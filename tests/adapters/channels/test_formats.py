"""What each format reads is what an independent reader of it finds, and what it cannot take it says."""

from __future__ import annotations

import base64
import hashlib
import hmac
import io
import json
import string
from decimal import Decimal
from pathlib import Path

import pytest
import pyx12.x12file  # type: ignore[import-untyped]
from hypothesis import given
from hypothesis import strategies as st
from pydifact.segmentcollection import Interchange

from omscore.errors import InputError, RefusedError, SetupError
from omscore.ports.channels import ChannelMessage, ChannelOrder, ChannelPort
from omscore.secrets import Secret
from omscore_adapters.channel_edi import EdiMessage
from omscore_adapters.channel_edifact import EdifactChannel, EdifactSettings
from omscore_adapters.channel_edifact import syntax as edifact_syntax
from omscore_adapters.channel_shopify import ShopifyChannel, ShopifySettings
from omscore_adapters.channel_table import TableChannel, TableSettings
from omscore_adapters.channel_x12 import X12Channel, X12Settings
from omscore_adapters.channel_x12 import syntax as x12_syntax
from tests.adapters.channels.samples import (
    CSV,
    CSV_MAPPING,
    ORDER_LINES,
    PO_LINES,
    SENDER,
    document,
    edifact,
    shopify,
    x12,
)

X12 = X12Channel(X12Settings())
EDIFACT = EdifactChannel(EdifactSettings())


def only(port: ChannelPort, told: bytes) -> ChannelMessage:
    (message,) = port.read(told)
    return message


def order_of(port: ChannelPort, told: bytes) -> ChannelOrder:
    message = only(port, told)
    assert message.order is not None, message.complaints
    return message.order


def complaints(port: ChannelPort, told: bytes) -> list[str]:
    return [f"{line}: {says}" for line, says in only(port, told).complaints]


# X12


def test_an_850_is_split_as_another_reader_splits_it() -> None:
    theirs = [
        [segment.get_value(f"{segment.get_seg_id()}{at:02}") or "" for at in range(1, len(segment) + 1)]
        for segment in pyx12.x12file.X12Reader(io.StringIO(x12().decode()))
        if segment.get_seg_id() not in ("ISA", "GS", "GE", "IEA")
    ]
    (ours,) = x12_syntax.messages_of(x12())
    assert isinstance(ours, EdiMessage)
    assert [[element[0] for element in segment[1:]] for segment in ours.segments] == theirs


def test_an_850_with_discounts_freight_and_tax_is_read_to_the_cent() -> None:
    lines = (PO_LINES[0], "SAC*A*C310***150", "TXI*ST*1.11", PO_LINES[2], "TXI*ST*0.74")
    order = order_of(X12, x12(lines, end=("CTT*2", "SAC*C*D240***500", "SAC*C*F050***25", "SAC*A*C310***100")))
    assert [str(line.discount) for line in order.lines] == ["1.50 USD", "None"]
    assert [line.tax.amount.minor for line in order.lines if line.tax] == [111, 74]
    assert (str(order.shipping), str(order.charges), str(order.discount)) == ("5.00 USD", "0.25 USD", "1.00 USD")
    assert order.recipient is not None
    assert order.recipient.address.city == "Dayton"


@pytest.mark.parametrize(
    ("told", "says"),
    [
        (x12(purpose="01"), "0: BEG01 is '01'; only original orders (00) are taken, changes by hand"),
        (x12().replace(b"SE*13", b"SE*15"), "0: SE01 says '15' segments, there are 13; have it sent again"),
        (x12(end=("CTT*3",)), "0: CTT01 says '3' lines, there are 2"),
        (x12(end=("CTT*2*4",)), "0: CTT02 says '4' units, there are 3"),
        (x12(("PO1*1*2*CA*10.00**VP*TEA",), end=()), "1: the unit 'CA' is no single piece; taken are EA, PC"),
        (x12(("PO1*1*2*EA*10.00**ZZ*TEA",), end=()), "1: names no article (SKU)"),
        (
            x12((*PO_LINES, "SDQ*EA*92*1*2"), end=()),
            "2: the segment 'SDQ' is not understood; take the order by hand",
        ),
        (
            x12().replace(b"IEA*1*000000101", b"IEA*2*000000101"),
            "0: the interchange '000000101' of 'BIGBUYER' says '2' in IEA01, where '1' belongs; have it sent again",
        ),
        (x12().replace(b"ST*850", b"ST*860"), "0: this is a '860'; only purchase orders (850) are taken"),
    ],
)
def test_an_850_that_cannot_be_taken_says_why(told: bytes, says: str) -> None:
    assert complaints(X12, told) == [says]


def test_several_interchanges_in_one_document_are_all_read() -> None:
    both = x12() + x12(control="000000102", reference="PO-78")
    assert [message.order.reference for message in X12.read(both) if message.order] == ["PO-77", "PO-78"]


# EDIFACT


@pytest.mark.filterwarnings("ignore:segments.xml not found")
def test_an_order_is_split_as_another_reader_splits_it() -> None:
    (message,) = Interchange.from_str(edifact().decode("latin-1")).get_messages()
    theirs = [
        (segment.tag, [each if isinstance(each, list) else [each] for each in segment.elements])
        for segment in message.segments
    ]
    ((_, ours),) = [each for each in edifact_syntax.messages_of(edifact()) if isinstance(each, tuple)]
    inside = [(segment[0][0], [list(each) for each in segment[1:]]) for segment in ours.segments[1:-1]]
    assert inside == theirs


def test_a_document_of_many_small_interchanges_is_split_in_its_order() -> None:
    many = b"".join(edifact(control=str(number), reference=f"PO-{number}") for number in range(200))
    found = [each[1].message_id for each in edifact_syntax.messages_of(many) if isinstance(each, tuple)]
    assert found == [f"{SENDER}:{number}:1" for number in range(200)]


texts = st.text(alphabet="ab?:+'. ", max_size=12)


@given(st.lists(st.lists(texts, min_size=1, max_size=3), min_size=1, max_size=4))
def test_what_is_released_is_read_as_it_was_meant(elements: list[list[str]]) -> None:
    def released(text: str) -> str:
        return "".join(f"?{letter}" if letter in "?:+'" else letter for letter in text)

    line = "+".join(["FTX", *(":".join(map(released, element)) for element in elements)])
    ((_, ours),) = [each for each in edifact_syntax.messages_of(edifact((line,), end=())) if isinstance(each, tuple)]
    (read,) = [segment for segment in ours.segments if segment[0] == ("FTX",)]
    assert [list(element) for element in read[1:]] == elements


def test_an_order_with_a_discount_a_charge_and_tax_is_read_to_the_cent() -> None:
    lines = (*ORDER_LINES[:4], "PRI+AAA:10.00", "ALC+A", "MOA+8:1.50", "TAX+7+VAT+++:::19", "MOA+124:3.52")
    end = ("ALC+C++++FC", "MOA+8:5.00", "UNS+S", "MOA+86:27.02")
    order = order_of(EDIFACT, edifact((*end[:2], *lines), end=end[2:]))
    assert (str(order.lines[0].discount), str(order.shipping)) == ("1.50 EUR", "5.00 EUR")
    assert order.lines[0].tax is not None
    assert (order.lines[0].tax.amount.minor, order.lines[0].tax.rate) == (352, Decimal("0.1903"))
    assert str(order.total) == "27.02 EUR"
    assert order.lines[0].title == "Tea: loose"


@pytest.mark.parametrize(
    ("told", "says"),
    [
        (edifact(function="1"), "0: BGM says function '1'; only originals (9) are taken"),
        (edifact().replace(b"UNT+19", b"UNT+20"), "0: UNT says '20' segments, there are 19; have it sent again"),
        (edifact(end=("UNS+S", "CNT+2:3")), "0: CNT+2 says '3' lines, there are 2"),
        (edifact(("LIN+1++TEA:EN", "QTY+21:2", "PRI+AAB:1"), end=()), "1: there is no net price (PRI+AAA)"),
        (
            edifact(("LIN+1++TEA:EN", "QTY+21:2", "PRI+AAA:1", "MOA+203:3"), end=()),
            "1: the line comes to 2.00 EUR, MOA+203 says 3.00 EUR",
        ),
        (
            edifact(("LIN+1++TEA:EN", "QTY+21:2", "PRI+AAA:100:::100"), end=()),
            "1: the price is for '100' pieces; have it told for one",
        ),
        (
            edifact().replace(b"UNZ+1", b"UNZ+2"),
            "0: the interchange '42' of '4000001000005' says '2' messages in UNZ, there are 1",
        ),
    ],
)
def test_an_order_in_edifact_that_cannot_be_taken_says_why(told: bytes, says: str) -> None:
    assert says in complaints(EDIFACT, told)


# tables


def table(folder: Path, mapping: str) -> TableChannel:
    (folder / "m.toml").write_text(mapping, encoding="utf-8")
    return TableChannel(TableSettings(mapping=folder / "m.toml"))


@pytest.mark.parametrize(
    ("edit", "words"),
    [
        (('format = "csv"', 'format = "xml"'), 'format must be "csv" or "json"'),
        (('sku = "Article"', ""), "fields.sku is missing"),
        (('sku = "Article"', "sku = 3"), "fields.sku must be text, not 3"),
        (('sku = "Article"', 'skuu = "Article"'), "fields.skuu is no field of an order"),
        (("decimal_comma = true", "decimal_comma = 1"), "decimal_comma must be true or false, not 1"),
        (("decimal_comma = true", "decimal = true"), "decimal is not known"),
        (('delimiter = ";"', 'delimiter = ";;"'), "delimiter must be one character"),
    ],
)
def test_a_mapping_file_that_is_wrong_says_where(tmp_path: Path, edit: tuple[str, str], words: str) -> None:
    with pytest.raises(SetupError, match=words):
        table(tmp_path, CSV_MAPPING.replace(*edit))


@pytest.mark.parametrize(
    ("edit", "complaint"),
    [
        (("A-1;;;;", "A-1;Eve;;;"), (4, "'Name' differs from that of the order's first row")),
        (("9,90;4,90", "9.90;4,90"), (2, "unit_price '9.90' has a point, but numbers here have a decimal comma")),
        (("A-1;;;;;;CUP;1;12,35;;", "A-1;;"), (4, "the row has 3 cells, the header 11")),
    ],
)
def test_a_row_that_does_not_fit_is_told_with_its_line(
    tmp_path: Path, edit: tuple[str, str], complaint: tuple[int, str]
) -> None:
    first = table(tmp_path, CSV_MAPPING).read(CSV.replace(*edit).encode())[0]
    assert first.complaints == (complaint,)


def test_a_row_that_names_no_order_is_told_and_kept(tmp_path: Path) -> None:
    messages = table(tmp_path, CSV_MAPPING).read(f"{CSV};;;;;DE;CUP;1;1,00;;\n".encode())
    assert len(messages) == 3
    assert messages[2].complaints == ((0, "the reference is missing"),)
    assert b"CUP;1;1,00" in messages[2].content


def test_a_missing_column_is_told_once_for_the_document(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"the column 'Qty' \(units\) is missing in the header"):
        table(tmp_path, CSV_MAPPING).read(CSV.replace("Qty", "Quantity").encode())


# signatures

SECRETS = (Secret("new-secret"), Secret("old-secret"))
BODY = document(shopify())


def signed(secret: str, body: bytes) -> str:
    return base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode()


@pytest.mark.parametrize("secret", ["new-secret", "old-secret"])
def test_a_webhook_signed_with_any_of_the_secrets_is_let_in(secret: str) -> None:
    ShopifyChannel(ShopifySettings(secrets=SECRETS)).check_signature(BODY, signed(secret, BODY))


@given(st.data())
def test_a_changed_byte_of_a_body_or_a_signature_is_refused(data: st.DataObject) -> None:
    channel = ShopifyChannel(ShopifySettings(secrets=SECRETS))
    body, signature = bytearray(BODY), signed("new-secret", BODY)
    if data.draw(st.booleans()):
        body[data.draw(st.integers(0, len(body) - 1))] ^= data.draw(st.integers(1, 255))
    else:
        at = data.draw(st.integers(0, len(signature) - 1))
        letter = data.draw(st.characters().filter(lambda each: each != signature[at]))
        signature = signature[:at] + letter + signature[at + 1 :]
    with pytest.raises(RefusedError):
        channel.check_signature(bytes(body), signature)


def test_another_way_of_writing_a_right_signature_is_refused() -> None:
    right = signed("new-secret", BODY)
    letters = string.ascii_uppercase + string.ascii_lowercase + string.digits + "+/"
    other = f"{right[:-2]}{letters[letters.index(right[-2]) ^ 1]}="
    assert base64.b64decode(other) == base64.b64decode(right)
    with pytest.raises(RefusedError):
        ShopifyChannel(ShopifySettings(secrets=SECRETS)).check_signature(BODY, other)


def test_without_a_secret_nothing_is_trusted() -> None:
    with pytest.raises(SetupError, match=r"channel\.shopify\.secrets is empty"):
        ShopifyChannel(ShopifySettings()).check_signature(BODY, signed("", BODY))


@pytest.mark.parametrize("signature", ["", "é", "====", signed("new-secret", BODY) + "\n"])
def test_what_is_no_signature_is_refused(signature: str) -> None:
    with pytest.raises(RefusedError):
        ShopifyChannel(ShopifySettings(secrets=SECRETS)).check_signature(BODY, signature)


def test_a_body_that_was_decoded_before_is_refused() -> None:
    body = json.loads(BODY)
    with pytest.raises(InputError, match="raw bytes"):
        ShopifyChannel(ShopifySettings(secrets=SECRETS)).check_signature(body, signed("new-secret", BODY))
