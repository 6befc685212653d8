"""The form of interchanges of purchase orders (850, 004010), as a functional acknowledgement tells it. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import islice

import attrs

from omscore.parties import FormVerdict
from omscore.ports.acknowledgements import GroupChecked, InterchangeChecked, MessageChecked, SegmentFault
from omscore_adapters.channel_edi import BrokenInterchange, EdiMessage, Segment, echoed, interchange_id_of, part
from omscore_adapters.channel_edi_form import (
    MOST_FAULTS,
    Fault,
    count_accepted,
    element_faults,
    rules_of,
    sum_of,
    verdict_of,
    worth_telling,
)
from omscore_adapters.channel_x12.answers import is_answer
from omscore_adapters.channel_x12.mapping import message_of
from omscore_adapters.channel_x12.settings import X12Settings
from omscore_adapters.channel_x12.syntax import interchanges_of, messages_in, segments_in

RULES = rules_of("""
    BEG 1! AN 2-2; 2! AN 2-2; 3! AN 1-22; 4 AN 1-30; 5! DT 8-8
    CUR 1! AN 2-3; 2! AN 3-3
    N1 1! AN 2-3; 2 AN 1-60; 3 AN 1-2; 4 AN 2-80
    N2 1! AN 1-60; 2 AN 1-60
    N3 1! AN 1-55; 2 AN 1-55
    N4 1 AN 2-30; 2 AN 2-2; 3 AN 3-15; 4 AN 2-3
    PER 1! AN 2-2; 2 AN 1-60; 3 AN 2-2; 4 AN 1-80; 5 AN 2-2; 6 AN 1-80; 7 AN 2-2; 8 AN 1-80
    PO1 1 AN 1-20; 2! R 1-15; 3 AN 2-2; 4! R 1-17; 5 AN 2-2; 6 AN 2-2; 7 AN 1-48; 8 AN 2-2; 9 AN 1-48
    PID 1! AN 1-1; 2 AN 2-3; 3 AN 2-2; 4 AN 1-12; 5 AN 1-80
    SAC 1! AN 1-1; 2 AN 4-4; 3 AN 2-2; 4 AN 1-10; 5 N 1-15
    TXI 1! AN 2-2; 2 R 1-18
    CTT 1! N 1-6; 2 R 1-10
    AMT 1! AN 1-3; 2! R 1-18
""")
"""The segments that are read, by the 850 of 004010; of PO1 units and price, which no order can do without."""
CODES = {Fault.MISSING: "1", Fault.SHORT: "4", Fault.LONG: "5", Fault.CHARACTERS: "6", Fault.DATE: "8"}
"""AK403."""
SEGMENTS = frozenset(
    (
        "ST", "BEG", "CUR", "REF", "PER", "TAX", "FOB", "CTP", "PAM", "CSH", "SAC", "ITD", "DIS", "INC", "DTM",
        "LDT", "LIN", "SI", "PID", "MEA", "PWK", "PKG", "TD1", "TD5", "TD3", "TD4", "MAN", "PCT", "CTB", "TXI",
        "N9", "MSG", "N1", "N2", "N3", "N4", "NX2", "SPI", "ADV", "MTX", "PO1", "CN1", "PO3", "PO4", "IT3",
        "IT8", "SDQ", "TC2", "QTY", "SCH", "SLN", "LM", "LQ", "FA1", "FA2", "G61", "TLG", "RC", "CTT", "AMT",
        "NTE", "SE",
    )
)  # fmt: skip
"""The segments of an 850."""
_ELEMENT = re.compile(r"[A-Z0-9]{1,9}", re.ASCII)
_MOST = 999_999


@attrs.define
class _Group:
    """A group while its interchange is gone through."""

    head: Segment
    sets: int = 0
    end: Segment = ()


def checked(document: bytes, settings: X12Settings) -> tuple[InterchangeChecked, ...]:
    """The form of every interchange that holds anything but acknowledgements. Raises: InputError for no X12."""
    found = (_interchange(text, settings) for text in interchanges_of(document))
    return tuple([each for each in found if each is not None])


def _interchange(text: str, settings: X12Settings) -> InterchangeChecked | None:
    segments, messages = segments_in(text), messages_in(text)
    is_broken = any(isinstance(each, BrokenInterchange) for each in messages)
    sets = iter([each for each in messages if isinstance(each, EdiMessage) and part(each.segments[0], 0) == "ST"])
    groups: list[GroupChecked] = []
    code = _broken_code(segments) if is_broken else ""
    is_all_answers = any(part(segment, 0) in ("GS", "TA1") for segment in segments)
    for group in _groups(segments):
        inside = list(islice(sets, group.sets))
        if part(group.head, 1) == "FA" or (inside and all(is_answer(each.segments) for each in inside)):
            continue
        is_all_answers = False
        if _ELEMENT.fullmatch(part(group.head, 1)) and re.fullmatch("[0-9]{1,9}", part(group.head, 6), re.ASCII):
            groups.append(_broken_group(group) if is_broken else _group(group, inside, settings))
        else:
            code = code or "024"
    if is_all_answers:
        return None
    head = segments[0]
    verdict = FormVerdict.REJECTED if is_broken else sum_of([each.verdict for each in groups])
    if code and not is_broken:
        verdict = FormVerdict.WITH_ERRORS
    return InterchangeChecked(
        interchange_id=interchange_id_of(segments),
        control_number=echoed(part(head, 13), 9),
        sender_id=echoed(part(head, 6).strip(), 15),
        recipient_id=echoed(part(head, 8).strip(), 15),
        sent=(echoed(part(head, 9), 6), echoed(part(head, 10), 4)),
        verdict=verdict,
        code=code,
        groups=tuple(groups),
    )


def _groups(segments: Sequence[Segment]) -> list[_Group]:
    """The groups as far as they can be made out."""
    found: list[_Group] = []
    for segment in segments:
        tag = part(segment, 0)
        if tag == "GS":
            found.append(_Group(segment))
        elif tag == "ST" and found:
            found[-1].sets += 1
        elif tag == "GE" and found and not found[-1].end:
            found[-1].end = segment
    return found


def _broken_code(segments: Sequence[Segment]) -> str:
    """TA105: the end is missing, bears another number, counts otherwise, or what stands between is out of order."""
    ends = [segment for segment in segments if part(segment, 0) == "IEA"]
    if not ends:
        return "023"
    if part(ends[0], 2).lstrip("0") != part(segments[0], 13).lstrip("0"):
        return "001"
    groups = sum(part(segment, 0) == "GS" for segment in segments)
    return "021" if part(ends[0], 1).lstrip("0") != (str(groups) if groups else "") else "022"


def _broken_group(group: _Group) -> GroupChecked:
    """A group of an interchange that is rejected as a whole."""
    codes = _group_codes(group)
    return GroupChecked(
        type_code=part(group.head, 1),
        control_number=part(group.head, 6),
        verdict=FormVerdict.REJECTED,
        counted=_counted(group),
        received=group.sets,
        accepted=0,
        codes=tuple(codes),
    )


def _group_codes(group: _Group) -> Iterator[str]:
    """AK905: there is no end, it bears another number, it counts otherwise."""
    if not group.end:
        yield "3"
        return
    if part(group.end, 2).lstrip("0") != part(group.head, 6).lstrip("0"):
        yield "4"
    if part(group.end, 1).lstrip("0") != (str(group.sets) if group.sets else ""):
        yield "5"


def _counted(group: _Group) -> int:
    told = part(group.end, 1)
    return min(_MOST, int(told)) if re.fullmatch("[0-9]{1,6}", told, re.ASCII) else group.sets


def _group(group: _Group, inside: Sequence[EdiMessage], settings: X12Settings) -> GroupChecked:
    messages = [_message(each, settings) for each in inside]
    return GroupChecked(
        type_code=part(group.head, 1),
        control_number=part(group.head, 6),
        verdict=sum_of([each.verdict for each in messages]),
        counted=_counted(group),
        received=group.sets,
        accepted=count_accepted(messages),
        messages=worth_telling(messages),
    )


def _message(edi: EdiMessage, settings: X12Settings) -> MessageChecked:
    first, last = edi.segments[0], edi.segments[-1]
    codes: list[str] = []
    faults: tuple[SegmentFault, ...] = ()
    read = message_of(edi, settings)
    if read.answer is None:
        if part(first, 1) != "850":
            codes.append("1")
        elif faults := tuple(islice(_faults(edi.segments), MOST_FAULTS)):
            codes.append("5")
        if part(last, 2) != part(first, 2):
            codes.append("3")
        if part(last, 1).lstrip("0") != str(len(edi.segments)):
            codes.append("4")
    return MessageChecked(
        type_code=echoed(part(first, 1), 9),
        control_number=echoed(part(first, 2), 9),
        verdict=verdict_of(read, codes, faults),
        codes=tuple(sorted(codes)),
        faults=faults,
    )


def _faults(segments: Sequence[Segment]) -> Iterator[SegmentFault]:
    """What is wrong with each segment, in their order; what is missing is told where it belongs."""
    tags = [part(segment, 0) for segment in segments]
    if "BEG" not in tags:
        yield SegmentFault("BEG", 2, "3")
    for position, segment in enumerate(segments, 1):
        tag = tags[position - 1]
        if tag in ("CTT", "SE") and "PO1" not in tags[:position] and "CTT" not in tags[: position - 1]:
            yield SegmentFault("PO1", position, "3")
        if tag not in SEGMENTS:
            yield SegmentFault(echoed(tag, 9), position, "1")
        elif elements := tuple(element_faults(segment, RULES.get(tag, ()), CODES)):
            yield SegmentFault(tag, position, "8", elements)
