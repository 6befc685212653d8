"""Acknowledgements in EDIFACT: the segments of a syntax and service report (CONTRL, D.3). Pure.

The report knows no message that is accepted with errors: such a one is accepted, as is every message that
no UCM rejects.
"""

from __future__ import annotations

from collections.abc import Iterator

from omscore.parties import FormVerdict
from omscore.ports.acknowledgements import InterchangeChecked, MessageChecked
from omscore_adapters.channel_edi import Segment, made
from omscore_adapters.channel_edifact.answers import ACKNOWLEDGED, NOT_SUPPORTED, REJECTED


def acknowledged(told: InterchangeChecked) -> Iterator[Segment]:
    """What stands in a CONTRL between its head and end."""
    head = (told.control_number, tuple(told.sender_id.split(":")), tuple(told.recipient_id.split(":")))
    if told.code:
        yield made("UCI", *head, REJECTED, told.code, told.part)
        return
    yield made("UCI", *head, ACKNOWLEDGED)
    for group in told.groups:
        for message in group.messages:
            if message.verdict is FormVerdict.REJECTED:
                yield from _message(message)


def _message(message: MessageChecked) -> Iterator[Segment]:
    code = next(iter(message.codes), "")
    # A fault of the head or the end stands here, those of other segments below.
    about = {"": "", NOT_SUPPORTED: "UNH"}.get(code, "UNT")
    yield made("UCM", message.control_number, tuple(message.type_code.split(":")), REJECTED, code, about)
    for fault in message.faults:
        yield made("UCS", str(fault.position), fault.code)
        for each in fault.elements:
            place = (str(each.element + 1), *([str(each.component)] if each.component else []))  # the tag is the first
            yield made("UCD", each.code, place)
