"""Letters that came back: the mail of a customer, or of the shop's own people, could not be delivered after all.

What is noted are the numbers of the answer, never the address or the words it came with.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from omscore.errors import InputError
from omscore.ids import OrderId
from omscore.records import frozen

_STATUS: Final = re.compile(r"[45]\.[0-9]{1,3}\.[0-9]{1,3}")

CAUSES: Final = {
    "1": "no such address",
    "2": "the mailbox takes nothing",
    "3": "the mail system there takes nothing",
    "4": "the way there is broken",
    "5": "the servers did not understand each other",
    "6": "what is in it is not taken",
    "7": "it is not allowed",
}
"""What the middle number of a status is about. Source: RFC 3463, section 3."""


@frozen(kw_only=True)
class NoteBounce:
    """Note that a letter came back; a letter comes back once.

    Shape: `letter` is the key it was sent under; `order_id` is None when it was about none.
    """

    letter: str
    template: str
    order_id: OrderId | None
    status: str
    at: datetime


@frozen(kw_only=True)
class LetterBounced:
    letter: str
    template: str
    order_id: OrderId | None
    status: str
    at: datetime


@frozen(kw_only=True)
class Bounce:
    """A letter that came back, and with which status.

    >>> full = Bounce(letter="n", template="shipped", order_id=None, status="4.2.2", bounced_at=datetime(2026, 3, 2))
    >>> full.is_permanent, full.cause
    (False, 'the mailbox takes nothing')
    """

    letter: str
    template: str
    order_id: OrderId | None
    status: str
    bounced_at: datetime

    @property
    def is_permanent(self) -> bool:
        """Whether another letter to this address would come back as well (5.x.x)."""
        return is_permanent(self.status)

    @property
    def cause(self) -> str:
        """What the status is about, in words."""
        return cause_of(self.status)


def is_permanent(status: str) -> bool:
    """Whether a status says that trying again is of no use.

    >>> is_permanent("5.1.1"), is_permanent("4.4.7")
    (True, False)
    """
    return status.startswith("5")


def cause_of(status: str) -> str:
    """What a status is about, in words.

    >>> cause_of("5.1.1"), cause_of("5.0.0")
    ('no such address', 'no cause is given')
    """
    return CAUSES.get(status.split(".")[1], "no cause is given")


def checked_status(status: str) -> str:
    """The status itself. Raises: InputError for anything but 4.x.x and 5.x.x.

    >>> checked_status("5.1.1")
    '5.1.1'
    """
    if type(status) is not str or _STATUS.fullmatch(status) is None:
        raise InputError(
            "the status of a bounce is three numbers that begin with 4 or 5, such as 5.1.1 (RFC 3463)",
            code="input.bounce_status",
        )
    return status


def decide_bounce(bounce: Bounce | None, command: NoteBounce) -> Sequence[LetterBounced]:
    """The fact, when it is new; the first one stands. Raises: InputError for a status that is none."""
    checked_status(command.status)
    if bounce is not None:
        return []
    return [
        LetterBounced(
            letter=command.letter,
            template=command.template,
            order_id=command.order_id,
            status=command.status,
            at=command.at,
        )
    ]


def evolve_bounce(_bounce: Bounce | None, event: LetterBounced) -> Bounce:
    """The letter that came back."""
    return Bounce(
        letter=event.letter,
        template=event.template,
        order_id=event.order_id,
        status=event.status,
        bounced_at=event.at,
    )
