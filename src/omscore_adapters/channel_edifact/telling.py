"""Messages back as EDIFACT (D.96A): ORDRSP for an order, DESADV for a shipment, INVRPT for stock, and CONTRL. Pure.

Every message is an interchange of its own, whose control reference is the number of the message. A separator in a text
gets the release character before it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from typing import assert_never

from omscore.errors import PortRefusedError
from omscore.ports.acknowledgements import InterchangeChecked
from omscore.ports.news import ChannelNotice, LineTold, OrderTold, ParcelTold, ShipmentTold, StockTold
from omscore_adapters.channel_common import shown
from omscore_adapters.channel_edi import Segment, fitted, made, names_there
from omscore_adapters.channel_edifact.acknowledging import acknowledged
from omscore_adapters.channel_edifact.settings import EdifactSettings
from omscore_adapters.channel_edifact.syntax import ENCODINGS, STANDARD

_MESSAGE = "1"
_MOST_CARRIERS = 10
_RELEASED = str.maketrans({mark: f"?{mark}" for mark in "?:+'"})


def as_edifact(notice: ChannelNotice, settings: EdifactSettings) -> bytes:
    """The interchange; the same message always comes to the same bytes.

    Raises: PortRefusedError for a text that EDIFACT has no room for, or no such letters.
    """
    writer = _Writer(notice, settings)
    news = notice.news
    match news:
        case OrderTold():
            return writer.interchange("ORDRSP", writer.order(news))
        case ShipmentTold():
            return writer.interchange("DESADV", writer.shipment(news))
        case StockTold():
            return writer.interchange("INVRPT", writer.stock(news))
        case InterchangeChecked():
            return writer.interchange("CONTRL", acknowledged(news), release="3")
        case _:
            assert_never(news)


class _Writer:
    """Writes one message."""

    def __init__(self, notice: ChannelNotice, settings: EdifactSettings) -> None:
        self._settings = settings
        self._at = notice.at.astimezone(UTC)
        self._number = str(notice.number)
        self._unit = settings.units[0]
        self._names = names_there(settings.skus)

    def interchange(self, kind: str, body: Iterator[Segment], *, release: str = "96A") -> bytes:
        """The message in its envelope."""
        told = self._settings
        inside = [made("UNH", _MESSAGE, (kind, "D", release, "UN")), *body]
        inside.append(made("UNT", str(len(inside) + 1), _MESSAGE))
        head = made(
            "UNB",
            (told.character_set, "3"),
            (told.own_id, told.own_qualifier),
            (told.partner_id, told.partner_qualifier),
            (f"{self._at:%y%m%d}", f"{self._at:%H%M}"),
            fitted(self._number, "the number of the message", longest=14),
            *(("", "", "", "", "", "1") if told.is_test else ()),
        )
        end = made("UNZ", "1", self._number)
        text = f"UNA{STANDARD}" + "".join(map(_written, (head, *inside, end)))
        try:
            return text.encode(ENCODINGS[told.character_set])
        except UnicodeEncodeError as error:
            letter = error.object[error.start]
            raise PortRefusedError(
                f"{told.character_set} has no letter {shown(letter)}; agree on another character set and set it",
                code="port.refused.letter",
            ) from None

    def order(self, told: OrderTold) -> Iterator[Segment]:
        """ORDRSP: how every line of the order stands."""
        yield from self._begin("231", _answer([_action(line) for line in told.lines]))
        yield from self._about(told.reference, told.order_id)
        yield from self._parties()
        for line in told.lines:
            yield from self._article(line.line_id, line.sku, _action(line))
            yield self._quantity("21", line.ordered)
            yield self._quantity("113", line.taken)
            if line.waiting:
                yield self._quantity("83", line.waiting)
            if line.promised_on is not None:
                yield _day("69", line.promised_on)
        yield made("UNS", "S")
        yield made("CNT", ("2", str(len(told.lines))))

    def shipment(self, told: ShipmentTold) -> Iterator[Segment]:
        """DESADV: the parcels of a shipment and the lines in each."""
        yield from self._begin("351", "9")
        yield _moment("11", told.shipped_at)
        if told.arrives_on is not None:
            yield _day("17", told.arrives_on)
        yield from self._about(told.reference, told.order_id)
        yield from self._parties()
        place = fitted(told.location_id, "the location", longest=35)
        yield made("NAD", "SF", "", "", place)
        yield from _carriers(told.parcels)
        yield made("CPS", "1")
        yield made("PAC", str(len(told.parcels)))
        lines = units = 0
        for number, parcel in enumerate(told.parcels, 2):
            yield made("CPS", str(number), "1")
            yield from _package(parcel)
            for each in parcel.units:
                lines, units = lines + 1, units + each.units
                yield from self._article(lines, each.sku)
                yield self._quantity("12", each.units)
                yield made("RFF", ("ON", _reference(told.reference), str(each.line_id)))
        yield made("CNT", ("2", str(lines)))
        yield made("CNT", ("1", str(units)))

    def stock(self, told: StockTold) -> Iterator[Segment]:
        """INVRPT: what can be sold of the articles whose figure has changed."""
        yield from self._begin("35", "9")
        yield from self._parties()
        for number, article in enumerate(told.articles, 1):
            yield from self._article(number, article.sku)
            yield self._quantity("145", article.units)

    def _begin(self, kind: str, function: str) -> Iterator[Segment]:
        yield made("BGM", kind, self._number, function)
        yield _moment("137", self._at)

    def _about(self, reference: str, order_id: str) -> Iterator[Segment]:
        """The order: our own id of it is left out where it has no room, since the other side knows it by its own."""
        yield made("RFF", ("ON", _reference(reference)))
        if len(order_id) <= 35:
            yield made("RFF", ("VN", order_id))

    def _parties(self) -> Iterator[Segment]:
        told = self._settings
        for role, name, kind in (
            ("SU", told.own_id, told.own_qualifier),
            ("BY", told.partner_id, told.partner_qualifier),
        ):
            yield made("NAD", role, (name, "", "9") if kind == "14" else name)

    def _article(self, number: int, sku: str, action: str = "") -> Iterator[Segment]:
        name = fitted(self._names.get(sku, sku), "the article", longest=35)
        kind = self._settings.sku_qualifiers[0]
        if kind == "LIN":
            yield made("LIN", str(number), action, (name, "EN"))
        else:
            yield made("LIN", str(number), action)
            yield made("PIA", "5", (name, kind))

    def _quantity(self, kind: str, units: int) -> Segment:
        return made("QTY", (kind, str(units), self._unit))


def _written(segment: Segment) -> str:
    """One segment without empty elements at its end."""
    elements = [":".join([text.translate(_RELEASED) for text in element]) for element in segment]
    while not elements[-1]:
        elements.pop()
    return "+".join(elements) + "'"


def _moment(kind: str, at: datetime) -> Segment:
    return made("DTM", (kind, f"{at.astimezone(UTC):%Y%m%d%H%M}", "203"))


def _day(kind: str, day: date) -> Segment:
    return made("DTM", (kind, f"{day:%Y%m%d}", "102"))


def _reference(text: str) -> str:
    return fitted(text, "the order's reference", longest=35)


def _carriers(parcels: Sequence[ParcelTold]) -> Iterator[Segment]:
    """Each carrier of the shipment once, in the order of the parcels."""
    names = list(dict.fromkeys([parcel.carrier for parcel in parcels]))
    if len(names) > _MOST_CARRIERS:
        raise PortRefusedError(f"DESADV has room for {_MOST_CARRIERS} carriers, these are {len(names)}")
    for name in names:
        yield made("TDT", "20", "", "", "", ("", "", "", fitted(name, "the carrier", longest=35)))


def _package(parcel: ParcelTold) -> Iterator[Segment]:
    yield made("PAC", "1", "", "CT")
    if parcel.mass_g:
        yield made("MEA", "PD", "G", ("GRM", str(parcel.mass_g)))
    if parcel.tracking_number:
        yield made("PCI", "18")
        yield made("RFF", ("CN", fitted(parcel.tracking_number, "the tracking number", longest=35)))


def _action(line: LineTold) -> str:
    """LIN 1229: accepted as it is, accepted with a change, not accepted."""
    if line.taken == line.ordered:
        return "5"
    return "7" if line.cancelled == line.ordered else "6"


def _answer(actions: Sequence[str]) -> str:
    """BGM 1225: accepted as it is, nothing accepted, or with changes."""
    kinds = set(actions)
    return {frozenset("5"): "29", frozenset("7"): "27"}.get(frozenset(kinds), "4")
