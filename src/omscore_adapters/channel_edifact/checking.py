"""The form of interchanges of orders (ORDERS), as a syntax and service report tells it. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice

from omscore.parties import FormVerdict
from omscore.ports.acknowledgements import GroupChecked, InterchangeChecked, MessageChecked, SegmentFault
from omscore_adapters.channel_edi import EdiMessage, Segment, echoed, interchange_id_of, part
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
from omscore_adapters.channel_edifact.answers import COUNT, EMPTY, MISSING, NO_MATCH, NOT_SUPPORTED, OUTSIDE, is_answer
from omscore_adapters.channel_edifact.mapping import message_of
from omscore_adapters.channel_edifact.settings import EdifactSettings
from omscore_adapters.channel_edifact.syntax import Interchange, Marks, interchanges_of

RULES = rules_of("""
    BGM 1.1! AN 1-3; 2.1! AN 1-35; 3.1 AN 1-3
    DTM 1.1! AN 1-3; 1.2 AN 1-35; 1.3 AN 1-3
    CUX 1.1! AN 1-3; 1.2 AN 1-3; 1.3 AN 1-3
    NAD 1.1! AN 1-3; 2.1 AN 1-35; 9.1 AN 2-3
    LIN 1.1 AN 1-6; 2.1 AN 1-3; 3.1 AN 1-35; 3.2 AN 1-3
    PIA 1.1! AN 1-3; 2.1! AN 1-35; 2.2 AN 1-3
    IMD 1.1 AN 1-3
    QTY 1.1! AN 1-3; 1.2! R 1-35; 1.3 AN 1-3
    PRI 1.1! AN 1-3; 1.2! R 1-15
    MOA 1.1! AN 1-3; 1.2! R 1-35; 1.3 AN 1-3
    ALC 1.1! AN 1-3
    UNS 1.1! AN 1-1
    CNT 1.1! AN 1-3; 1.2! R 1-18
""")
"""The segments that are read, as wide as in any directory since D.96A; amounts are needed wherever one is told."""
CODES = {Fault.MISSING: "13", Fault.SHORT: "40", Fault.LONG: "39", Fault.CHARACTERS: "37", Fault.DATE: "12"}
"""Data element 0085."""


def checked(document: bytes, settings: EdifactSettings) -> tuple[InterchangeChecked, ...]:
    """The form of every interchange that holds anything but CONTRL. Raises: InputError for no EDIFACT."""
    found = (_interchange(each, settings) for each in interchanges_of(document))
    return tuple([each for each in found if each is not None])


def _interchange(found: Interchange, settings: EdifactSettings) -> InterchangeChecked | None:
    head = found.segments[0]
    heads = [segment for segment in found.segments if part(segment, 0) == "UNH"]
    if heads and all(is_answer([each]) for each in heads):
        return None
    if not part(head, 5) or not part(head, 2):
        return None  # nobody could be told which interchange it was
    others = [each for each in found.messages if not is_answer(each.segments)]
    messages = [_message(each, found.marks, settings) for each in others]
    code, about = _broken(found.segments, len(heads)) if found.broken else ("", "")
    group = GroupChecked(
        type_code="",
        control_number="",
        verdict=sum_of([each.verdict for each in messages]),
        counted=len(others),
        received=len(others),
        accepted=count_accepted(messages),
        messages=worth_telling(messages),
    )
    return InterchangeChecked(
        interchange_id=interchange_id_of(found.segments),
        control_number=echoed(part(head, 5), 14),
        sender_id=_joined(head, 2),
        recipient_id=_joined(head, 3),
        sent=(echoed(part(head, 4), 8), echoed(part(head, 4, 1), 4)),
        verdict=FormVerdict.REJECTED if found.broken else group.verdict,
        code=code,
        part=about,
        groups=() if found.broken else (group,),
    )


def _joined(segment: Segment, element: int) -> str:
    """The components of one element without the empty ones at its end."""
    found = segment[element] if element < len(segment) else ()
    return ":".join([echoed(each, 35) for each in found[:5]]).rstrip(":")


def _broken(segments: Sequence[Segment], messages: int) -> tuple[str, str]:
    """0085 and the segment of the envelope it is about."""
    end = segments[-1]
    if part(end, 0) != "UNZ":
        return MISSING, "UNZ"
    if any(part(segment, 0) in ("UNG", "UNE") for segment in segments):
        return "15", ""  # groups are not supported
    if part(end, 2) != part(segments[0], 5):
        return NO_MATCH, "UNZ"
    if not messages:
        return EMPTY, ""
    return (COUNT, "UNZ") if part(end, 1).lstrip("0") != str(messages) else (OUTSIDE, "")


def _message(edi: EdiMessage, marks: Marks, settings: EdifactSettings) -> MessageChecked:
    first, last = edi.segments[0], edi.segments[-1]
    codes: list[str] = []
    faults: tuple[SegmentFault, ...] = ()
    if part(first, 2) != "ORDERS":
        codes.append(NOT_SUPPORTED)
    else:
        if part(last, 2) != part(first, 1):
            codes.append(NO_MATCH)
        if part(last, 1).lstrip("0") != str(len(edi.segments)):
            codes.append(COUNT)
        faults = tuple(islice(_faults(edi.segments, marks), MOST_FAULTS))
    return MessageChecked(
        type_code=_joined(first, 2),
        control_number=echoed(part(first, 1), 14),
        verdict=verdict_of(message_of(edi, marks, settings), codes, faults),
        codes=tuple(codes),
        faults=faults,
    )


def _faults(segments: Sequence[Segment], marks: Marks) -> Iterator[SegmentFault]:
    """What is wrong with each segment, in their order; what is missing is told where it belongs."""
    tags = [part(segment, 0) for segment in segments]
    if "BGM" not in tags:
        yield SegmentFault("BGM", 2, MISSING)
    for position, segment in enumerate(segments, 1):
        rules = RULES.get(tags[position - 1], ())
        if elements := tuple(element_faults(segment, rules, CODES, mark=marks.decimal)):
            yield SegmentFault(tags[position - 1], position, "", elements)
