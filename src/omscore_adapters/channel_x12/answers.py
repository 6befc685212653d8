"""What the other side says of messages of ours: functional acknowledgements (997), and TA1 of a whole interchange."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from omscore.errors import InputError
from omscore.parties import FormVerdict
from omscore.ports.acknowledgements import PartnerAnswer
from omscore_adapters.channel_common import shown
from omscore_adapters.channel_edi import Segment, part

VERDICTS = {
    "A": FormVerdict.ACCEPTED,
    "E": FormVerdict.WITH_ERRORS,
    "P": FormVerdict.PARTLY,
    "R": FormVerdict.REJECTED,
    "M": FormVerdict.REJECTED,
    "W": FormVerdict.REJECTED,
    "X": FormVerdict.REJECTED,
}
"""What AK901 and TA104 say; M, W and X reject for what concerns signatures and secrecy."""
_CODE = re.compile(r"[A-Za-z0-9]{1,4}")
_LONGEST = 200


def is_answer(segments: Sequence[Segment]) -> bool:
    """Whether it is a 997 or a TA1."""
    return part(segments[0], 0) == "TA1" or part(segments[0], 1) == "997"


def answer_of(segments: Sequence[Segment]) -> PartnerAnswer:
    """What is said of a message, under its number. Raises: InputError for half an acknowledgement."""
    first = segments[0]
    if part(first, 0) == "TA1":
        says = _joined([f"TA1 {part(first, 5)}"] if part(first, 4) != "A" else [])
        return PartnerAnswer(number=_number(first, 1), verdict=_verdict(first, 4), says=says)
    check_end(segments)
    by_tag = {part(segment, 0): segment for segment in segments}
    if "AK1" not in by_tag or "AK9" not in by_tag:
        raise InputError("the 997 has no AK1 or no AK9, so nobody knows what it speaks of; have it sent again")
    return PartnerAnswer(
        number=_number(by_tag["AK1"], 2), verdict=_verdict(by_tag["AK9"], 1), says=_joined(_faults(segments))
    )


def check_end(segments: Sequence[Segment]) -> None:
    """Returns when the end of a transaction set fits it. Raises: InputError."""
    first, last = segments[0], segments[-1]
    if part(last, 1).lstrip("0") != str(len(segments)):
        raise InputError(f"SE01 says {shown(part(last, 1))} segments, there are {len(segments)}; have it sent again")
    if part(last, 2) != part(first, 2):
        raise InputError(f"SE02 is {shown(part(last, 2))}, ST02 {shown(part(first, 2))}; have it sent again")


def _faults(segments: Sequence[Segment]) -> Iterator[str]:
    """Each fault in words, such as `PO1 (segment 8) 8`, `PO102 7`, `AK5 4`."""
    at = ""
    for segment in segments:
        match part(segment, 0):
            case "AK3":
                at = _code(part(segment, 1))
                yield f"{at} (segment {_code(part(segment, 2))}) {_code(part(segment, 4))}".rstrip()
            case "AK4":
                yield f"{at}{_code(part(segment, 1)):>02} {_code(part(segment, 3))}"
            case "AK5" if codes := _codes(segment, 2):
                yield f"AK5 {codes}"
            case "AK9" if codes := _codes(segment, 5):
                yield f"AK9 {codes}"
            case _:
                pass


def _codes(segment: Segment, start: int) -> str:
    return " ".join([_code(part(segment, at)) for at in range(start, start + 5) if part(segment, at)])


def _code(text: str) -> str:
    """A code as it stands; what is none is not repeated."""
    return text if _CODE.fullmatch(text) else "?"


def _joined(faults: Sequence[str] | Iterator[str]) -> str:
    return "; ".join(faults)[:_LONGEST]


def _number(segment: Segment, at: int) -> int:
    text = part(segment, at)
    if not re.fullmatch("[0-9]{1,9}", text, re.ASCII):
        raise InputError(f"{part(segment, 0)}{at:02} is {shown(text)}; our messages are known by whole numbers")
    return int(text)


def _verdict(segment: Segment, at: int) -> FormVerdict:
    code = part(segment, at)
    if code not in VERDICTS:
        raise InputError(f"{part(segment, 0)}{at:02} is {shown(code)}; known are {', '.join(VERDICTS)}")
    return VERDICTS[code]
