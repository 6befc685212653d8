"""Messages back as X12 (004010): 855 for an order, 856 for a shipment, 846 for stock, 997 for an interchange. Pure.

Every message is an interchange of its own, whose control numbers are the number of the message. X12 knows no escape, so
a text that holds a separator is refused.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime
from typing import assert_never

from omscore.errors import PortRefusedError
from omscore.ports.acknowledgements import InterchangeChecked
from omscore.ports.news import ChannelNotice, LineTold, OrderTold, ParcelTold, ShipmentTold, StockTold
from omscore_adapters.channel_common import shown
from omscore_adapters.channel_edi import fitted, names_there
from omscore_adapters.channel_x12.acknowledging import Elements, group_acknowledged, interchange_acknowledged
from omscore_adapters.channel_x12.settings import X12Settings

_MOST = 999_999_999


def as_x12(notice: ChannelNotice, settings: X12Settings) -> bytes:
    """The interchange; the same message always comes to the same bytes.

    Raises: PortRefusedError for a text that X12 has no room for, or that holds a separator.
    """
    if notice.number > _MOST:
        raise PortRefusedError(f"X12 has no control number {notice.number}; begin a new channel for this sender")
    writer = _Writer(notice, settings)
    news = notice.news
    match news:
        case OrderTold():
            return writer.interchange("855", "PR", [writer.order(news)])
        case ShipmentTold():
            return writer.interchange("856", "SH", [writer.shipment(news)])
        case StockTold():
            return writer.interchange("846", "IB", [writer.stock(news)])
        case InterchangeChecked():
            groups = [group_acknowledged(each) for each in news.groups]
            return writer.interchange("997", "FA", groups, before=interchange_acknowledged(news))
        case _:
            assert_never(news)


class _Writer:
    """Writes one message."""

    def __init__(self, notice: ChannelNotice, settings: X12Settings) -> None:
        self._settings = settings
        self._at = notice.at.astimezone(UTC)
        self._number = str(notice.number)
        self._reference = f"{notice.number:09}"
        self._unit = settings.units[0]
        self._names = names_there(settings.skus)

    def interchange(
        self, kind: str, group: str, bodies: Sequence[Iterator[Elements]], *, before: Iterable[Elements] = ()
    ) -> bytes:
        """The message in its envelopes: a group of transaction sets, where there is one, and what stands before it."""
        own, partner = self._settings.own_id, self._settings.partner_id
        segments = [*before]
        if bodies:
            at = (_day(self._at), f"{self._at:%H%M}")
            segments.append(("GS", group, own, partner, *at, self._number, "X", "004010"))
        for number, body in enumerate(bodies, 1):
            inside: list[Elements] = [("ST", kind, f"{number:04}"), *body]
            segments += [*inside, ("SE", str(len(inside) + 1), f"{number:04}")]
        if bodies:
            segments.append(("GE", str(len(bodies)), self._number))
        segments.append(("IEA", "1" if bodies else "0", self._reference))
        return (self._head() + "".join(map(self._segment, segments))).encode("utf-8")

    def _head(self) -> str:
        """ISA, whose elements are of fixed lengths."""
        told = self._settings
        elements = (
            ("ISA", "00", " " * 10, "00", " " * 10, told.own_qualifier, f"{told.own_id:15}"),
            (told.partner_qualifier, f"{told.partner_id:15}", f"{self._at:%y%m%d}", f"{self._at:%H%M}"),
            ("U", "00401", self._reference, "0", "T" if told.is_test else "P", told.separators[1]),
        )
        return told.separators[0].join([each for some in elements for each in some]) + told.separators[2]

    def _segment(self, elements: Elements) -> str:
        """One segment without empty elements at its end. Raises: PortRefusedError when a text holds a separator."""
        for at, text in enumerate(elements):
            for mark in self._settings.separators:
                if mark in text:
                    raise PortRefusedError(
                        f"{elements[0]}{at:02} would be {shown(text)}, but {mark!r} parts what is written; agree on "
                        "other separators and set them",
                        code="port.refused.separator",
                    )
        element = self._settings.separators[0]
        return element.join(elements).rstrip(element) + self._settings.separators[2]

    def order(self, told: OrderTold) -> Iterator[Elements]:
        """855: how every line of the order stands."""
        purpose = "00" if told.is_first else "05"
        reference = _reference(told.reference)
        yield ("BAK", purpose, _answer(told.lines), reference, _day(told.placed_at), "", "", "", "", _day(self._at))
        yield from _own("VN", told.order_id)
        for line in told.lines:
            yield ("PO1", str(line.line_id), str(line.ordered), self._unit, "", "", *self._article(line.sku))
            if line.taken:
                yield ("ACK", "IA", str(line.taken), self._unit)
            if line.waiting:
                promised = () if line.promised_on is None else ("069", _day(line.promised_on))
                yield ("ACK", "IB", str(line.waiting), self._unit, *promised)
            if line.cancelled:
                yield ("ACK", "IR", str(line.cancelled), self._unit)
        yield ("CTT", str(len(told.lines)), str(sum(line.ordered for line in told.lines)))

    def shipment(self, told: ShipmentTold) -> Iterator[Elements]:
        """856: the shipment, its order, the parcels in it, and the lines in each."""
        shipped_at = told.shipped_at.astimezone(UTC)
        yield ("BSN", "00", self._reference, _day(self._at), f"{self._at:%H%M}", "0001")
        yield ("HL", "1", "", "S")
        yield from _own("SI", told.shipment_id)
        yield ("DTM", "011", _day(shipped_at), f"{shipped_at:%H%M}", "UT")
        if told.arrives_on is not None:
            yield ("DTM", "017", _day(told.arrives_on))
        yield ("N1", "SF", fitted(told.location_id, "the location", longest=60))
        yield ("HL", "2", "1", "O")
        yield ("PRF", _reference(told.reference))
        yield from _own("VN", told.order_id)
        level, units = 2, 0
        for parcel in told.parcels:
            level += 1
            above = level
            yield ("HL", str(above), "2", "P")
            yield from self._parcel(parcel)
            for each in parcel.units:
                level += 1
                units += each.units
                yield ("HL", str(level), str(above), "I")
                yield ("LIN", str(each.line_id), *self._article(each.sku))
                yield ("SN1", "", str(each.units), self._unit, "", str(each.ordered), self._unit)
        yield ("CTT", str(level), str(units))

    def _parcel(self, parcel: ParcelTold) -> Iterator[Elements]:
        mass = ("", "", "", "G", str(parcel.mass_g), "GR") if parcel.mass_g else ()
        yield ("TD1", "CTN", "1", *mass)
        code = self._settings.scac.get(parcel.carrier)
        carrier = fitted(code or parcel.carrier, "the carrier", longest=80, shortest=2)
        service = fitted(parcel.service, "the service", longest=35, shortest=0)
        yield ("TD5", "", "91" if code is None else "2", carrier, "", service)
        if parcel.tracking_number:
            yield ("REF", "2I", fitted(parcel.tracking_number, "the tracking number", longest=30))

    def stock(self, told: StockTold) -> Iterator[Elements]:
        """846: what can be sold of the articles whose figure has changed."""
        yield ("BIA", "25", "SI", self._reference, _day(self._at), f"{self._at:%H%M}")
        for number, article in enumerate(told.articles, 1):
            yield ("LIN", str(number), *self._article(article.sku))
            yield ("QTY", "33", str(article.units), self._unit)
        yield ("CTT", str(len(told.articles)), str(sum(article.units for article in told.articles)))

    def _article(self, sku: str) -> Elements:
        name = fitted(self._names.get(sku, sku), "the article", longest=48)
        return (self._settings.sku_qualifiers[0], name)


def _day(day: date | datetime) -> str:
    return f"{day.astimezone(UTC) if isinstance(day, datetime) else day:%Y%m%d}"


def _reference(text: str) -> str:
    return fitted(text, "the order's reference", longest=22)


def _own(qualifier: str, text: str) -> Iterator[Elements]:
    """An id of ours, for questions; one that has no room is left out, since the other side knows it by its own."""
    if len(text) <= 80:
        yield ("REF", qualifier, "", text)


def _answer(lines: tuple[LineTold, ...]) -> str:
    """BAK02: nothing comes, all is taken as ordered, or see the lines."""
    if all(line.cancelled == line.ordered for line in lines):
        return "RD"
    return "AD" if all(line.taken == line.ordered for line in lines) else "AC"
