"""Messages to people: one text, one receiver, one stable key."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from omscore.records import frozen


@frozen(kw_only=True)
class Notice:
    """One message.

    Shape: `to` is a mail address, or `shop` for alerts to the shop's own people; `html`, when there is any, says the
    same as `text`, and an adapter that cannot show it sends the text alone.
    """

    key: str
    to: str
    subject: str
    text: str
    at: datetime
    html: str = ""


class NoticePort(Protocol):
    """One way of telling people things.

    Holds: the same key sent twice arrives once; an adapter that cannot promise that declares it
    (`ports.keys.KeyPromise`).
    """

    def send(self, notice: Notice) -> None: ...
