"""Messages back in X12 and EDIFACT say to other readers what was meant, always in the same bytes, or are refused."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta, timezone
from pathlib import Path
from typing import Any, NamedTuple

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from omscore.errors import InputError, PortRefusedError
from omscore.ports.news import (
    ChannelNotice,
    LineTold,
    News,
    OrderTold,
    ParcelTold,
    ShipmentTold,
    StockOf,
    StockTold,
    TellingChannel,
    UnitsSent,
)
from omscore_adapters.channel_edi import EdiMessage
from omscore_adapters.channel_edifact import EdifactChannel, EdifactSettings
from omscore_adapters.channel_edifact import syntax as edifact_syntax
from omscore_adapters.channel_edifact.telling import as_edifact
from omscore_adapters.channel_x12 import X12Channel, X12Settings
from omscore_adapters.channel_x12 import syntax as x12_syntax
from omscore_adapters.channel_x12.telling import as_x12
from tests.adapters.channels.ediback import Back, from_edifact, from_x12, meant, x12_segments
from tests.kit.shops import CUP, NOON, TEA

pytestmark = pytest.mark.filterwarnings("ignore:segments.xml not found")

OUT = Path("out")
X12 = X12Settings(currency="EUR", outbox=OUT, own_id="TEASHOP", partner_id="BIGBUYER", scac={"post": "POST"})
EDIFACT = EdifactSettings(outbox=OUT, own_id="4000002000004", partner_id="4000001000005")


class Format(NamedTuple):
    """One way of writing, and how another reader reads it."""

    ending: str
    write: Callable[[ChannelNotice], bytes]
    read: Callable[[bytes], Back]
    marks: str


FORMATS = (
    Format("x12", lambda notice: as_x12(notice, X12), from_x12, "*>~"),
    Format("edi", lambda notice: as_edifact(notice, EDIFACT), from_edifact, ""),
)
every_format = pytest.mark.parametrize("told", FORMATS, ids=[each.ending for each in FORMATS])

units = st.integers(1, 10**6)


def news_of(marks: str) -> st.SearchStrategy[News]:
    """Messages of every sort whose texts hold these signs."""
    names = st.text(alphabet=f"AB09-{marks} ü", min_size=1, max_size=20).filter(lambda text: text == text.strip())

    @st.composite
    def lines(draw: st.DrawFn) -> LineTold:
        waiting, cancelled, taken = draw(st.tuples(*[st.integers(0, 999)] * 3).filter(any))
        promised = draw(st.none() | st.dates(date(2026, 1, 1), date(2027, 1, 1))) if waiting else None
        ordered = waiting + cancelled + taken
        return LineTold(draw(st.integers(1, 9999)), draw(names), "", ordered, waiting, cancelled, promised)

    orders = st.builds(
        OrderTold,
        order_id=names,
        reference=names,
        message_id=names,
        currency=st.just("EUR"),
        placed_at=st.just(NOON),
        lines=st.lists(lines(), min_size=1, max_size=4).map(tuple),
        is_first=st.booleans(),
    )
    inside = st.builds(
        UnitsSent, line_id=st.integers(1, 9999), sku=names, title=st.just(""), units=units, ordered=units
    )
    parcels = st.builds(
        ParcelTold,
        package_id=names,
        carrier=names.map("to {}".format),
        service=names,
        tracking_number=st.just("") | names,
        mass_g=st.integers(0, 30_000),
        units=st.lists(inside, min_size=1, max_size=3).map(tuple),
    )
    shipments = st.builds(
        ShipmentTold,
        order_id=names,
        reference=names,
        message_id=names,
        shipment_id=names,
        location_id=names,
        shipped_at=st.just(NOON),
        parcels=st.lists(parcels, min_size=1, max_size=3).map(tuple),
        arrives_on=st.none() | st.just(date(2026, 3, 5)),
    )
    articles = st.builds(StockOf, sku=names, units=st.integers(0, 10**6))
    stocks = st.builds(StockTold, articles=st.lists(articles, min_size=1, max_size=4).map(tuple))
    return orders | shipments | stocks


anything, plain = news_of("*>~?:+'"), news_of("?:+'")
"""Messages with any separator in them, and those that X12 can say, too."""


def notice_of(news: News, number: int = 7) -> ChannelNotice:
    return ChannelNotice(channel="trade", number=number, at=NOON, news=news)


def texts_in(news: Any) -> str:
    """Every text of a message, one after another."""
    if isinstance(news, str):
        return news
    if attrs.has(type(news)):
        return texts_in(attrs.astuple(news, recurse=False))
    return "".join(map(texts_in, news)) if isinstance(news, tuple) else ""


@every_format
@given(news=plain | anything, number=st.integers(1, 999_999_999))
def test_another_reader_reads_what_was_meant_or_it_is_refused(told: Format, news: News, number: int) -> None:
    notice = notice_of(news, number)
    try:
        content = told.write(notice)
    except PortRefusedError:
        assert set(texts_in(news)) & set(told.marks)
        return
    assert told.read(content) == meant(notice)


@every_format
@given(news=plain)
def test_our_own_reader_finds_the_envelope_whole(told: Format, news: News) -> None:
    content = told.write(notice_of(news))
    if told.ending == "x12":
        (found,) = x12_syntax.messages_of(content)
        assert isinstance(found, EdiMessage)
        assert found.message_id == "TEASHOP:000000007:7:0001"
        assert int(found.segments[-1][1][0]) == len(found.segments)
    else:
        ((_, message),) = [each for each in edifact_syntax.messages_of(content) if isinstance(each, tuple)]
        assert message.message_id == "4000002000004:7:1"
        assert int(message.segments[-1][1][0]) == len(message.segments)


@every_format
@given(news=plain)
def test_the_same_message_always_comes_to_the_same_bytes(told: Format, news: News) -> None:
    west = NOON.astimezone(timezone(timedelta(hours=-5)))
    assert told.write(notice_of(news)) == told.write(attrs.evolve(notice_of(news), at=west))
    assert told.write(notice_of(news)) != told.write(notice_of(news, 8))


ORDER = OrderTold(
    order_id="o",
    reference="PO-1",
    message_id="m",
    currency="EUR",
    placed_at=NOON,
    lines=(LineTold(1, TEA, "", 3, 0, 0), LineTold(2, CUP, "", 2, 2, 0, date(2026, 3, 9))),
    is_first=True,
)


def with_first_line(**changes: Any) -> OrderTold:
    return attrs.evolve(ORDER, lines=(ORDER.lines[0]._replace(**changes), *ORDER.lines[1:]))


@pytest.mark.parametrize(
    ("lines", "x12_says", "edifact_says"),
    [
        ((LineTold(1, TEA, "", 3, 0, 0),), "AD", "29"),
        ((LineTold(1, TEA, "", 3, 0, 3),), "RD", "27"),
        ((LineTold(1, TEA, "", 3, 3, 0),), "AC", "4"),
        ((LineTold(1, TEA, "", 3, 0, 0), LineTold(2, CUP, "", 2, 0, 2)), "AC", "4"),
    ],
)
def test_the_head_of_an_answer_says_whether_all_some_or_nothing_comes(
    lines: tuple[LineTold, ...], x12_says: str, edifact_says: str
) -> None:
    notice = notice_of(attrs.evolve(ORDER, lines=lines))
    assert f"BAK*00*{x12_says}*PO-1*20260302".encode() in as_x12(notice, X12)
    assert f"BGM+231+7+{edifact_says}'".encode() in as_edifact(notice, EDIFACT)


def test_a_later_answer_takes_the_place_of_the_first() -> None:
    assert b"BAK*05*" in as_x12(notice_of(attrs.evolve(ORDER, is_first=False)), X12)


def test_an_article_is_told_by_the_name_the_sender_uses() -> None:
    skus = {"ACME-1": TEA, "ACME-2": TEA}
    assert b"*VP*ACME-1~" in as_x12(notice_of(ORDER), attrs.evolve(X12, skus=skus))
    assert b"PIA+5+ACME-1:SA'" in as_edifact(notice_of(ORDER), attrs.evolve(EDIFACT, skus=skus))
    by_line = attrs.evolve(EDIFACT, sku_qualifiers=("LIN",))
    assert b"LIN+1+5+TEA:EN'" in as_edifact(notice_of(ORDER), by_line)


def test_separators_and_the_usage_are_those_agreed_on() -> None:
    content = as_x12(notice_of(ORDER), attrs.evolve(X12, separators="|:^", is_test=True))
    assert content.startswith(b"ISA|00|")
    assert content[:106].endswith(b"|T|:^")
    assert x12_segments(content)[3][:4] == ["BAK", "00", "AC", "PO-1"]
    assert b"+7++++++1'UNH" in as_edifact(notice_of(ORDER), attrs.evolve(EDIFACT, is_test=True))


@pytest.mark.parametrize(
    ("write", "news", "words"),
    [
        (FORMATS[0].write, with_first_line(sku="A*B"), r"PO107 would be 'A\*B', but '\*' parts what is written; agree"),
        (FORMATS[0].write, attrs.evolve(ORDER, reference="P" * 23), "the order's reference is 'P+'; its field takes 1"),
        (FORMATS[0].write, with_first_line(sku="S" * 49), "the article is 'S+...'; its field takes 1 to 48"),
        (FORMATS[1].write, with_first_line(sku="S" * 36), "the article is 'S+'; its field takes 1 to 35"),
        (FORMATS[1].write, with_first_line(sku="чай"), r"UNOC has no letter '\\u0447'; agree on another character set"),
    ],
)
def test_what_cannot_be_said_is_refused_and_says_why(
    write: Callable[[ChannelNotice], bytes], news: News, words: str
) -> None:
    with pytest.raises(PortRefusedError, match=words):
        write(notice_of(news))


def test_letters_of_an_agreed_character_set_are_written_in_it() -> None:
    content = as_edifact(notice_of(with_first_line(sku="чай")), attrs.evolve(EDIFACT, character_set="UNOE"))
    ((_, message),) = [each for each in edifact_syntax.messages_of(content) if isinstance(each, tuple)]
    assert ("PIA", "чай") in [(segment[0][0], segment[-1][0]) for segment in message.segments]


def test_a_number_that_has_no_room_is_refused() -> None:
    with pytest.raises(PortRefusedError, match="begin a new channel"):
        as_x12(notice_of(ORDER, 10**9), X12)


@pytest.mark.parametrize(
    ("settings", "changes", "words"),
    [
        (X12Settings, {"outbox": OUT, "partner_id": "AB"}, "own_id is empty"),
        (EdifactSettings, {"outbox": OUT, "own_id": "AB"}, "partner_id is empty"),
        (X12Settings, {"outbox": OUT, "own_id": "AB", "partner_id": "AB", "units": ()}, "units is empty"),
        (X12Settings, {"own_id": "A" * 16}, "own_id is 'A+'; write 2 to 15"),
        (EdifactSettings, {"own_id": "A+B"}, "own_id is"),
        (X12Settings, {"own_qualifier": "Z"}, "two characters of ISA05"),
        (EdifactSettings, {"own_qualifier": "+"}, "a qualifier of UNB"),
        (X12Settings, {"separators": "**~"}, "three different signs"),
        (X12Settings, {"separators": "*>\n"}, "three different signs"),
        (EdifactSettings, {"character_set": "UNOZ"}, "there are UNOC, UNOD, UNOE, UNOF"),
    ],
)
def test_settings_that_no_envelope_can_be_made_from_say_so(
    settings: Callable[..., object], changes: dict[str, Any], words: str
) -> None:
    with pytest.raises(InputError, match=words):
        settings(**changes)


def test_without_an_outbox_the_sender_is_told_nothing() -> None:
    channels: tuple[TellingChannel, ...] = (X12Channel(X12Settings()), EdifactChannel(EdifactSettings()))
    assert all(channel.tells == frozenset() for channel in channels)
