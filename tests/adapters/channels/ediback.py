"""What messages back say, read by readers that are not ours, with every count and control total added up anew."""

from __future__ import annotations

import io
from collections.abc import Iterator
from itertools import pairwise
from typing import Any, NamedTuple

import pyx12.x12file  # type: ignore[import-untyped]
from pydifact.segmentcollection import Interchange

from omscore.ports.acknowledgements import InterchangeChecked
from omscore.ports.news import ChannelNotice, OrderTold, ShipmentTold, StockTold, UnitsSent


class Line(NamedTuple):
    """One line as the sender would book it."""

    number: int
    article: str
    ordered: int = 0
    taken: int = 0
    waiting: int = 0
    promised: str = ""
    sent: int = 0


class Back(NamedTuple):
    """One message as the sender would book it. Shape: `parcels` are lines by tracking number."""

    number: int
    kind: str
    reference: str = ""
    lines: tuple[Line, ...] = ()
    parcels: tuple[tuple[str, tuple[Line, ...]], ...] = ()
    stock: tuple[tuple[str, int], ...] = ()


def meant(notice: ChannelNotice) -> Back:
    """What a reader should get out of a message."""
    news = notice.news
    match news:
        case OrderTold():
            lines = [
                Line(
                    line.line_id,
                    line.sku,
                    line.ordered,
                    line.taken,
                    line.waiting,
                    line.promised_on.strftime("%Y%m%d") if line.promised_on and line.waiting else "",
                )
                for line in news.lines
            ]
            return Back(notice.number, "order", news.reference, tuple(lines))
        case ShipmentTold():
            parcels = [
                (
                    parcel.tracking_number,
                    tuple([Line(each.line_id, each.sku, sent=each.units) for each in parcel.units]),
                )
                for parcel in news.parcels
            ]
            return Back(notice.number, "shipment", news.reference, parcels=tuple(parcels))
        case StockTold():
            return Back(notice.number, "stock", stock=tuple([(each.sku, each.units) for each in news.articles]))
        case InterchangeChecked():
            raise AssertionError("acknowledgements are read back by tests of their own")


def _sent(told: UnitsSent) -> Line:
    return Line(told.line_id, told.sku, sent=told.units)


def x12_segments(content: bytes) -> list[list[str]]:
    """All segments as `pyx12` splits them, once it has found every count and control number right."""
    reader = pyx12.x12file.X12Reader(io.StringIO(content.decode(), newline=""))
    found = []
    for segment in reader:
        name = segment.get_seg_id()
        found.append([name, *[segment.get_value(f"{name}{at:02}") or "" for at in range(1, len(segment) + 1)]])
    reader.cleanup()
    assert reader.pop_errors() == []
    return found


def from_x12(content: bytes) -> Back:
    """What a reader of 855, 856 and 846 books."""
    isa, gs, st, first, *rest = x12_segments(content)
    (ctt,) = [segment for segment in rest if segment[0] == "CTT"]
    assert [segment[0] for segment in rest[-4:]] == ["CTT", "SE", "GE", "IEA"]
    assert int(rest[-3][1]) == len(rest)  # of which two are beyond it, and ST and the first one before
    assert (gs[1], st[1]) in {("PR", "855"), ("SH", "856"), ("IB", "846")}
    assert isa[13] == f"{int(gs[6]):09}" == rest[-1][2]
    number = int(isa[13])
    if st[1] == "855":
        lines: list[Line] = []
        for segment in rest:
            if segment[0] == "PO1":
                lines.append(Line(int(segment[1]), segment[7], int(segment[2])))
            elif segment[0] == "ACK" and segment[1] == "IA":
                lines[-1] = lines[-1]._replace(taken=int(segment[2]))
            elif segment[0] == "ACK" and segment[1] == "IB":
                lines[-1] = lines[-1]._replace(waiting=int(segment[2]), promised=(segment + [""] * 6)[5])
            elif segment[0] == "ACK":
                cancelled = lines[-1].ordered - lines[-1].taken - lines[-1].waiting
                assert (segment[1], int(segment[2])) == ("IR", cancelled)
        assert [int(each) for each in ctt[1:]] == [len(lines), sum(line.ordered for line in lines)]
        return Back(number, "order", first[3], tuple(lines))
    if st[1] == "846":
        stock = []
        for segment, following in pairwise(rest):
            if segment[0] == "LIN":
                assert following[:2] == ["QTY", "33"]
                stock.append((segment[3], int(following[2])))
        assert [int(each) for each in ctt[1:]] == [len(stock), sum(units for _, units in stock)]
        return Back(number, "stock", stock=tuple(stock))
    reference = next(segment[1] for segment in rest if segment[0] == "PRF")
    parcels: list[tuple[str, list[Line]]] = []
    level, above = "", dict[str, str]()
    for segment in rest:
        if segment[0] == "HL":
            level = segment[3]
            above[level] = segment[1]
            assert segment[2] == {"S": "", "O": above["S"], "P": above.get("O"), "I": above.get("P")}[level]
            if level == "P":
                parcels.append(("", []))
        elif segment[0] == "REF" and level == "P":
            parcels[-1] = (segment[2], parcels[-1][1])
        elif segment[0] == "LIN":
            parcels[-1][1].append(Line(int(segment[1]), segment[3]))
        elif segment[0] == "SN1":
            parcels[-1][1][-1] = parcels[-1][1][-1]._replace(sent=int(segment[2]))
    levels = sum(segment[0] == "HL" for segment in rest)
    units = sum(line.sent for _, inside in parcels for line in inside)
    assert [int(each) for each in ctt[1:]] == [levels, units]
    return Back(number, "shipment", reference, parcels=tuple([(name, tuple(inside)) for name, inside in parcels]))


def edifact_segments(content: bytes) -> tuple[str, list[tuple[str, list[Any]]]]:
    """The control reference and the segments between UNH and UNT as `pydifact` splits them, counts added up anew."""
    interchange = Interchange.from_str(content.decode("latin-1"))
    interchange.validate()
    (message,) = interchange.get_messages()
    found = [(segment.tag, list(segment.elements)) for segment in message.segments]
    head, end = message.get_header_segment(), message.get_footer_segment()
    assert list(end.elements) == [str(len(found) + 2), head.elements[0]]
    return str(interchange.control_reference), found


def _part(element: Any, at: int) -> str:
    parts = element if isinstance(element, list) else [element]
    return str(parts[at]) if at < len(parts) else ""


def from_edifact(content: bytes) -> Back:
    """What a reader of ORDRSP, DESADV and INVRPT books."""
    number, segments = edifact_segments(content)
    kind = {"231": "order", "351": "shipment", "35": "stock"}[_part(segments[0][1][0], 0)]
    assert segments[0][1][1] == number
    lines: list[Line] = []
    parcels: list[tuple[str, list[int]]] = []
    stock: dict[int, int] = {}
    reference, counts = "", {}
    for tag, elements in segments:
        match tag, [_part(element, 0) for element in elements]:
            case "RFF", ["ON"] if not lines:
                reference = _part(elements[0], 1)
            case "RFF", ["ON"]:
                assert _part(elements[0], 1) == reference
                lines[-1] = lines[-1]._replace(number=int(_part(elements[0], 2)))
            case "CPS", [_, _]:
                parcels.append(("", []))
            case "RFF", ["CN"]:
                parcels[-1] = (_part(elements[0], 1), [])
            case "LIN", [at, *_]:
                lines.append(Line(int(at), ""))
                if parcels:
                    parcels[-1][1].append(len(lines) - 1)
            case "PIA", ["5", article]:
                lines[-1] = lines[-1]._replace(article=article)
            case "QTY", [what]:
                units = int(_part(elements[0], 1))
                match what:
                    case "21":
                        lines[-1] = lines[-1]._replace(ordered=units)
                    case "113":
                        lines[-1] = lines[-1]._replace(taken=units)
                    case "83":
                        lines[-1] = lines[-1]._replace(waiting=units)
                    case "12":
                        lines[-1] = lines[-1]._replace(sent=units)
                    case "145":
                        stock[len(lines) - 1] = units
            case "DTM", ["69"]:
                lines[-1] = lines[-1]._replace(promised=_part(elements[0], 1))
            case "CNT", [what]:
                counts[what] = int(_part(elements[0], 1))
    assert counts.get("2", len(lines)) == len(lines)
    assert counts.get("1", 0) == sum(line.sent for line in lines)
    if kind == "stock":
        told = tuple([(lines[at].article, units) for at, units in stock.items()])
        return Back(int(number), kind, stock=told)
    if kind == "order":
        return Back(int(number), kind, reference, tuple(lines))
    inside = [(name, tuple([lines[at] for at in places])) for name, places in parcels]
    return Back(int(number), kind, reference, parcels=tuple(inside))


def waits(backs: Iterator[Back]) -> list[Back]:
    """Messages in the order of their numbers, of which none is missing."""
    found = sorted(backs)
    assert [back.number for back in found] == list(range(1, len(found) + 1))
    return found
