"""What the other side says of messages of ours: syntax and service reports (CONTRL)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from omscore.errors import InputError
from omscore.parties import FormVerdict
from omscore.ports.acknowledgements import PartnerAnswer
from omscore_adapters.channel_common import shown
from omscore_adapters.channel_edi import Segment, part

RECEIVED, ACKNOWLEDGED, REJECTED = "8", "7", "4"
"""Data element 0083: what was done with an interchange or a message."""
NOT_SUPPORTED, NO_MATCH, COUNT, EMPTY, OUTSIDE, MISSING = "14", "28", "29", "32", "33", "13"
"""Data element 0085: what is wrong with it."""
_CODE = re.compile(r"[A-Za-z0-9]{1,4}")
_LONGEST = 200


def is_answer(segments: Sequence[Segment]) -> bool:
    """Whether it is a CONTRL."""
    return part(segments[0], 2) == "CONTRL"


def answer_of(segments: Sequence[Segment]) -> PartnerAnswer:
    """What is said of a message, under its number. Raises: InputError for half an acknowledgement.

    Shape: every message of ours is an interchange of its own, so it is rejected when it is at any level. That an
    interchange was received is told as accepted: of what is found later another report comes.
    """
    check_end(segments)
    heads = [segment for segment in segments if part(segment, 0) == "UCI"]
    if len(heads) != 1:
        raise InputError("the CONTRL has not one UCI, so nobody knows what it speaks of; have it sent again")
    text = part(heads[0], 1)
    if re.fullmatch("[0-9]{1,14}", text, re.ASCII) is None:
        raise InputError(f"the reference in UCI is {shown(text)}; our messages are known by whole numbers")
    actions = [part(heads[0], 4), *[part(segment, 3) for segment in segments if part(segment, 0) == "UCM"]]
    if unknown := [each for each in actions if each not in (RECEIVED, ACKNOWLEDGED, REJECTED)]:
        raise InputError(f"the action {shown(unknown[0])} is not known; known are 4, 7 and 8")
    verdict = FormVerdict.REJECTED if REJECTED in actions else FormVerdict.ACCEPTED
    return PartnerAnswer(number=int(text), verdict=verdict, says="; ".join(_faults(segments))[:_LONGEST])


def check_end(segments: Sequence[Segment]) -> None:
    """Returns when the end of a message fits it. Raises: InputError."""
    first, last = segments[0], segments[-1]
    if part(last, 1).lstrip("0") != str(len(segments)):
        raise InputError(f"UNT says {shown(part(last, 1))} segments, there are {len(segments)}; have it sent again")
    if part(last, 2) != part(first, 1):
        raise InputError(f"UNT ends {shown(part(last, 2))}, UNH begins {shown(part(first, 1))}; have it sent again")


def _faults(segments: Sequence[Segment]) -> Iterator[str]:
    """Each fault in words, such as `UCI 29 UNZ`, `segment 8`, `element 3.1: 12`."""
    for segment in segments:
        match part(segment, 0):
            case "UCI" if code := part(segment, 5):
                yield f"UCI {_code(code)} {_code(part(segment, 6))}".rstrip(" ?")
            case "UCM" if code := part(segment, 4):
                yield f"UCM {_code(code)} {_code(part(segment, 5))}".rstrip(" ?")
            case "UCS":
                code = part(segment, 2)
                yield f"segment {_code(part(segment, 1))}" + (f": {_code(code)}" if code else "")
            case "UCD":
                component = part(segment, 2, 1)
                at = _code(part(segment, 2)) + (f".{_code(component)}" if component else "")
                yield f"element {at}: {_code(part(segment, 1))}"
            case _:
                pass


def _code(text: str) -> str:
    """A code as it stands; what is none is not repeated."""
    return text if _CODE.fullmatch(text) else "?"
