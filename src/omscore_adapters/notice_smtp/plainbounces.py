"""Bounces in the one plain form that can be told for certain: qmail's own, which is specified and is never a delay.

It returns the message as text, so the letter it was is known by its seal. A plain mail in any other form is no bounce.
Source: QSBMF, the qmail-send bounce message format.
"""

from __future__ import annotations

import re
from email.message import EmailMessage
from typing import Final

from omscore_adapters.notice_smtp.mailtext import fields_in, text_of
from omscore_adapters.notice_smtp.reports import UNSPECIFIED, Action, Report

_GREETING: Final = "Hi. This is the"
_RECEIVER: Final = re.compile(r"<[^>\n]{1,320}>:\n")
_STATUS: Final = re.compile(r"\(#([45]\.[0-9]{1,3}\.[0-9]{1,3})\)")


def plain_bounce_in(message: EmailMessage) -> Report | None:
    """The failure a plain message tells; None when it tells none for certain."""
    if message.get_content_type() != "text/plain":
        return None
    text = text_of(message).replace("\r\n", "\n")
    told, parting, rest = text.partition("\n\n-")
    receivers = [each for each in told.split("\n\n")[1:] if _RECEIVER.match(each)]
    if not (text.startswith(_GREETING) and parting and receivers):
        return None
    status = next((found[1] for each in receivers if (found := _STATUS.search(each))), UNSPECIFIED)
    _, _, copy = rest.partition("\n\n")
    return Report(action=Action.FAILED, status=status, returned=(fields_in(copy),))
