"""Reports on the fate of mail, as servers send them to servers. Source: RFC 3464, RFC 6522, RFC 6533."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from email.message import EmailMessage
from enum import StrEnum
from typing import Final

from omscore.errors import InputError
from omscore.records import frozen
from omscore_adapters.notice_smtp.mailtext import Fields, fields_in, fields_of, parts_of, text_of

UNSPECIFIED: Final = "5.0.0"
"""The status of a failure that gives none. Source: RFC 3463, section 3.1."""

_STATUS: Final = re.compile(r"[245]\.[0-9]{1,3}\.[0-9]{1,3}(?![0-9.])")
_REPORTS: Final = ("message/delivery-status", "message/global-delivery-status")
_RETURNED: Final = ("message/rfc822", "message/global")
_RETURNED_HEADERS: Final = ("text/rfc822-headers", "message/global-headers")
_OF_A_RECEIVER: Final = {"action", "final-recipient", "original-recipient", "status"}


class Action(StrEnum):
    """What a server did with a message. The order is that of what a shop wants to know first."""

    FAILED = "failed"
    DELAYED = "delayed"
    DELIVERED = "delivered"
    RELAYED = "relayed"
    EXPANDED = "expanded"


@frozen(kw_only=True)
class Report:
    """What a report says of one message.

    Shape: `status` is empty unless it failed; `returned` are the headers of the message it is about, as far as they
    came along.
    """

    action: Action
    status: str
    returned: tuple[Fields, ...]


def report_in(message: EmailMessage) -> Report | None:
    """The report a message is; None when it is none.

    Raises: InputError when it should be one and lacks what a report must have.
    """
    parts = list(parts_of(message))
    told = next((part for part in parts if part.get_content_type() in _REPORTS), None)
    if told is None:
        if "report-type=delivery-status" in fields_of(message).get("content-type", "").replace('"', "").lower():
            raise InputError("it calls itself a delivery report and has no delivery status in it")
        return None
    receivers = [fields for fields in _blocks(told) if fields.keys() & _OF_A_RECEIVER]
    if not receivers:
        raise InputError("its delivery status names no receiver")
    action = min([_action_of(fields) for fields in receivers], key=list(Action).index)
    failed = [fields for fields in receivers if _action_of(fields) is Action.FAILED]
    return Report(action=action, status=_status_of(failed), returned=tuple(_returned(parts)))


def _blocks(part: EmailMessage) -> Iterator[Fields]:
    """The groups of fields of a delivery status: those of the message, then those of each receiver."""
    payload = part.get_payload()
    if not isinstance(payload, list):
        yield from _blocks_in(text_of(part))
        return
    for block in payload:
        if not isinstance(block, EmailMessage):
            continue
        if found := fields_of(block):
            yield found
        rest = block.get_payload()  # of a sort that the parser takes for a message with a body
        if isinstance(rest, str):
            yield from _blocks_in(rest)


def _blocks_in(text: str) -> Iterator[Fields]:
    for block in re.split(r"\n[ \t]*\n", text):
        if found := fields_in(block.lstrip("\n")):
            yield found


def _action_of(fields: Fields) -> Action:
    word = fields.get("action", "").partition("(")[0].strip().lower()
    try:
        return Action(word)
    except ValueError:
        raise InputError("its delivery status does not say what was done (Action)") from None


def _status_of(failed: Iterable[Fields]) -> str:
    """The status of what failed, a lasting one before one that may pass; empty when nothing did."""
    found = []
    for fields in failed:
        # A few servers put 2.0.0 beside a failure; then the answer they were given says more.
        answer = fields.get("diagnostic-code", "").partition(";")[2]
        told = [_STATUS.match(fields.get("status", "")), _STATUS.search(answer[:1_000])]
        numbers = [each.group() for each in told if each is not None and not each.group().startswith("2")]
        found.append(numbers[0] if numbers else UNSPECIFIED)
    return max(found, key=lambda status: status[0], default="")


def _returned(parts: Iterable[EmailMessage]) -> Iterator[Fields]:
    """The headers of the message a report is about."""
    for part in parts:
        sort = part.get_content_type()
        if sort not in (*_RETURNED, *_RETURNED_HEADERS):
            continue
        payload = part.get_payload()
        if isinstance(payload, list):
            yield from (fields_of(each) for each in payload if isinstance(each, EmailMessage))
        else:
            yield fields_in(text_of(part))
