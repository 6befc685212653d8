"""The laws of channels that are told what became of their orders: every message once, under its number."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from random import Random
from typing import Protocol, assert_never, runtime_checkable

from omscore.errors import InputError
from omscore.money import Money
from omscore.parties import FormVerdict, NewsKind
from omscore.plugins import Capability
from omscore.ports.acknowledgements import AcknowledgingChannel, InterchangeChecked
from omscore.ports.channels import ChannelPort
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
from omscore.records import frozen
from omscore.testing.conformance.ports import NOON, Harness, PortLaws, Promise, needs, try_again_is_right
from omscore.testing.faults import Fault
from omscore.testing.hostile import disordered

DAMAGES = 150
_PIECES = (
    b"", b"0", b"-1", b"9" * 30, b"1e999", b"NaN", b"null", b"{}", b"[]", b'"', b"'", b"\n", b"\x00", b"\xff", b"=1+1",
    b"~", b"*", b"+", b":", b";", b",", "\u202e".encode(),
)  # fmt: skip
_CAPABILITY_OF = {
    NewsKind.ORDER: Capability.ORDERS_TOLD,
    NewsKind.SHIPMENT: Capability.SHIPMENTS_TOLD,
    NewsKind.STOCK: Capability.STOCK_TOLD,
    NewsKind.ACKNOWLEDGEMENT: Capability.ACKNOWLEDGED,
}


@frozen(kw_only=True)
class KnownOrder:
    """A document of one order, and what the order is. Shape: `units` by SKU; `total` None where it is not told."""

    document: bytes
    reference: str
    currency: str
    units: Mapping[str, int]
    total: Money | None


class ChannelHarness(Harness, Protocol):
    """An adapter for a format, and documents in it.

    Shape: `known` are at least two orders. `together` makes one document of several; None when a document holds one
    message. `may_be_cut` says that the end of a document cannot be known (rows of a table), so one cut between two rows
    passes for a shorter one.
    """

    @property
    def port(self) -> ChannelPort: ...

    @property
    def known(self) -> tuple[KnownOrder, ...]: ...

    @property
    def may_be_cut(self) -> bool: ...

    def together(self, documents: Sequence[bytes]) -> bytes | None: ...


@runtime_checkable
class TellingHarness(Protocol):
    """What the harness of a channel that can be told tells beside the rest."""

    def told(self) -> Sequence[tuple[int, bytes]]:
        """Every message that arrived, with the number it bears; those that came twice are told twice."""
        ...


class TellingLaws(PortLaws):
    """Every law of telling a channel."""

    @needs(Promise.TOLD)
    def test_what_is_told_arrives_under_its_number(self, harness: ChannelHarness) -> None:
        port, world, notices = self._telling(harness)
        for notice in notices:
            port.tell(notice)
        assert [number for number, _ in world.told()] == [notice.number for notice in notices]
        assert len({content for _, content in world.told()}) == len(notices)

    @needs(Promise.TOLD)
    def test_a_message_told_again_is_the_same_message(self, harness: ChannelHarness) -> None:
        port, world, notices = self._telling(harness)
        for _ in range(3):
            for notice in notices:
                port.tell(notice)
        assert len(set(world.told())) == len(notices), "told again, a message is another one"

    @needs(Promise.TOLD)
    def test_messages_told_twice_and_in_any_order_arrive_each_as_it_is(self, harness: ChannelHarness) -> None:
        port, world, notices = self._telling(harness)
        for notice in disordered(notices, seed=6):
            port.tell(notice)
        assert {number for number, _ in world.told()} == {notice.number for notice in notices}
        assert len(set(world.told())) == len(notices)

    @needs(Promise.TOLD)
    def test_what_a_message_tells_stands_in_it(self, harness: ChannelHarness) -> None:
        port, world, notices = self._telling(harness)
        for notice in notices:
            port.tell(notice)
            (content,) = {content for number, content in world.told() if number == notice.number}
            for text in _spoken(notice.news):
                assert text.encode() in content, f"{text} is not told"

    @needs(Capability.ACKNOWLEDGED)
    def test_an_interchange_has_one_name_however_often_it_comes_and_another_has_another(
        self, harness: ChannelHarness
    ) -> None:
        first, second = [_checked(harness, known.document) for known in harness.known[:2]]
        assert first == _checked(harness, harness.known[0].document), "read again it is checked otherwise"
        assert len({each.interchange_id for each in (*first, *second)}) == len(first) + len(second)
        assert {each.verdict for each in (*first, *second)} == {FormVerdict.ACCEPTED}, "a known order has a fault"

    @needs(Capability.ACKNOWLEDGED)
    def test_no_message_is_rejected_that_was_read(self, harness: ChannelHarness) -> None:
        for known in harness.known:
            for seed in range(DAMAGES):
                document = damaged(known.document, seed)
                try:
                    read = harness.port.read(document)
                except InputError:
                    continue
                verdicts = [each.verdict for each in _checked(harness, document)]
                if FormVerdict.REJECTED in verdicts and len(read) == 1:
                    assert read[0].order is None, f"damage {seed}: it is told that an order was rejected"

    @needs(Promise.TOLD, Fault.DOWN)
    def test_a_channel_that_is_down_is_told_later(self, harness: ChannelHarness) -> None:
        port, world, notices = self._telling(harness)
        self.broken(harness, Fault.DOWN)
        try_again_is_right(lambda: port.tell(notices[0]), "a channel that is down")
        assert list(world.told()) == []
        port.tell(notices[0])
        assert [number for number, _ in world.told()] == [notices[0].number]

    def _telling(self, harness: ChannelHarness) -> tuple[TellingChannel, TellingHarness, tuple[ChannelNotice, ...]]:
        assert isinstance(harness.port, TellingChannel), "it declares that it can be told, and has no tell"
        assert isinstance(harness, TellingHarness), "the harness of a channel that can be told needs told()"
        kinds = [kind for kind in NewsKind if _CAPABILITY_OF[kind] in self.provider.capabilities]
        assert set(kinds) <= harness.port.tells, "the harness opens the adapter so that it tells all it declares"
        news = [_NEWS[kind] for kind in kinds if kind is not NewsKind.ACKNOWLEDGEMENT]
        if NewsKind.ACKNOWLEDGEMENT in kinds:
            news += [each for known in harness.known[:2] for each in _checked(harness, known.document)]
        notices = [
            ChannelNotice(channel=self.key("web"), number=number, at=NOON, news=each)
            for number, each in enumerate((*news, *news[:1]), start=1)
        ]
        return harness.port, harness, tuple(notices)


_NEWS: dict[NewsKind, News] = {
    NewsKind.ORDER: OrderTold(
        order_id="ord_1",
        reference="REF-1",
        message_id="msg-1",
        currency="EUR",
        placed_at=NOON,
        lines=(LineTold(line_id=1, sku="TEA", title="Tea", ordered=3, waiting=1, cancelled=0),),
        is_first=True,
    ),
    NewsKind.SHIPMENT: ShipmentTold(
        order_id="ord_1",
        reference="REF-1",
        message_id="msg-1",
        shipment_id="ord_1.f1",
        location_id="MUC",
        shipped_at=NOON,
        parcels=(
            ParcelTold(
                package_id="ord_1.f1.b1",
                carrier="post",
                service="parcel",
                tracking_number="P000001",
                mass_g=750,
                units=(UnitsSent(line_id=1, sku="TEA", title="Tea", units=2, ordered=3),),
            ),
        ),
    ),
    NewsKind.STOCK: StockTold(articles=(StockOf(sku="TEA", units=17), StockOf(sku="CUP", units=0))),
}


def _checked(harness: ChannelHarness, document: bytes) -> tuple[InterchangeChecked, ...]:
    assert isinstance(harness.port, AcknowledgingChannel), "it declares that it acknowledges, and has no checked"
    return harness.port.checked(document)


def damaged(document: bytes, seed: int) -> bytes:
    """The document with some pieces cut out, doubled or replaced, as the seed says.

    >>> damaged(b"ORDER 7", seed=1)
    b'O999999999999999999999999999999 7'
    """
    random = Random(seed)  # noqa: S311 (to be drawn again, not to be secret)
    for _ in range(random.randint(1, 3)):
        start = random.randint(0, len(document))
        end = min(len(document), start + random.randint(0, 12))
        piece = random.choice((*_PIECES, document[start:end] * 2))
        document = document[:start] + piece + document[end:]
    return document


def _spoken(news: News) -> tuple[str, ...]:
    """Texts that a message about it cannot do without."""
    match news:
        case OrderTold():
            return (news.reference, *(line.sku for line in news.lines))
        case ShipmentTold():
            numbers = [parcel.tracking_number for parcel in news.parcels]
            return (news.reference, *numbers, *(units.sku for parcel in news.parcels for units in parcel.units))
        case StockTold():
            return tuple([text for each in news.articles for text in (each.sku, str(each.units))])
        case InterchangeChecked():
            return tuple([group.control_number for group in news.groups if group.control_number]) or (
                news.control_number,
            )
        case _:
            assert_never(news)
