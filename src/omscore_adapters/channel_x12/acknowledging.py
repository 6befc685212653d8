"""Acknowledgements in X12 (004010): TA1 of a broken interchange, and the segments of a 997 for each group. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TypeAlias

from omscore.parties import FormVerdict
from omscore.ports.acknowledgements import GroupChecked, InterchangeChecked, MessageChecked, SegmentFault

Elements: TypeAlias = tuple[str, ...]

CODES = {
    FormVerdict.ACCEPTED: "A",
    FormVerdict.WITH_ERRORS: "E",
    FormVerdict.PARTLY: "P",
    FormVerdict.REJECTED: "R",
}
"""AK501, AK901 and TA104."""
_MOST_CODES = 5
_SEGMENT = re.compile("[A-Z0-9]{2,3}", re.ASCII)
_CONTROL = re.compile("[A-Za-z0-9]{1,9}", re.ASCII)


def interchange_acknowledged(told: InterchangeChecked) -> Iterator[Elements]:
    """TA1 where the envelope itself is not right; a number or a moment that is none is told as zeros."""
    if told.code:
        sent = [re.sub("[^0-9]", "0", text) for text in told.sent]
        yield ("TA1", re.sub("[^0-9]", "0", told.control_number), *sent, CODES[told.verdict], told.code)


def group_acknowledged(group: GroupChecked) -> Iterator[Elements]:
    """What stands in a 997 between its head and end."""
    yield ("AK1", group.type_code, group.control_number)
    for message in group.messages:
        if _CONTROL.fullmatch(message.type_code) and _CONTROL.fullmatch(message.control_number):
            yield from _message(message)
    numbers = (str(group.counted), str(group.received), str(group.accepted))
    yield ("AK9", CODES[group.verdict], *numbers, *group.codes[:_MOST_CODES])


def _message(message: MessageChecked) -> Iterator[Elements]:
    yield ("AK2", message.type_code, message.control_number)
    for fault in message.faults:
        if _SEGMENT.fullmatch(fault.segment):  # the code in AK5 stays where the name of a segment cannot be told
            yield from _segment(fault)
    yield ("AK5", CODES[message.verdict], *message.codes[:_MOST_CODES])


def _segment(fault: SegmentFault) -> Iterator[Elements]:
    yield ("AK3", fault.segment, str(fault.position), "", fault.code)
    for each in fault.elements:
        yield ("AK4", str(each.element), "", each.code)
