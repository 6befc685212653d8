"""The messages to one channel: each is written down under the next number before it is sent."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from omscore.parties import NewsKind
from omscore.records import frozen

Units = tuple[tuple[str, int], ...]
"""Units by SKU, sorted."""


@frozen(kw_only=True)
class NumberNews:
    """Write a message down under the channel's next number.

    Shape: `about` is the order, the fulfillment order, or empty; `body` is what is told, as text; `stock` are the
    levels told by it.
    """

    channel: str
    kind: NewsKind
    about: str
    body: str
    at: datetime
    stock: Units = ()


@frozen(kw_only=True)
class NewsNumbered:
    channel: str
    number: int
    kind: NewsKind
    about: str
    body: str
    at: datetime
    stock: Units = ()


@frozen(kw_only=True)
class ChannelOutbox:
    """How many messages a channel has, and which stock levels it was told last."""

    channel: str
    numbered: int
    stock: Units = ()


def decide_outbox(outbox: ChannelOutbox | None, command: NumberNews) -> Sequence[NewsNumbered]:
    """The message under its number."""
    return [
        NewsNumbered(
            channel=command.channel,
            number=(outbox.numbered if outbox else 0) + 1,
            kind=command.kind,
            about=command.about,
            body=command.body,
            stock=command.stock,
            at=command.at,
        )
    ]


def evolve_outbox(outbox: ChannelOutbox | None, event: NewsNumbered) -> ChannelOutbox:
    """The outbox after one more message; an article told anew has its new level."""
    before = dict(outbox.stock) if outbox else {}
    stock = tuple(sorted({**before, **dict(event.stock)}.items())) if event.stock else (outbox.stock if outbox else ())
    return ChannelOutbox(channel=event.channel, numbered=event.number, stock=stock)
