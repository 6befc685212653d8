"""Mail that came back: each message ends as a recorded bounce, one known before, or with the reason why it is none.

The mail itself stays where it is, and nothing of it is kept: not the address, not the words of the other server.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, assert_never

from omscore.engine.plans.wishes import RecordBounce
from omscore.errors import InputError, NotFoundError, SetupError
from omscore.ids import OrderId
from omscore.orders.bounces import Bounce
from omscore.ports.bounces import BounceReading, MailKind
from omscore.records import frozen

__all__ = ["Bounce", "BounceEnd", "BounceEnding", "take_bounce"]

if TYPE_CHECKING:
    from omscore.app import Oms


class BounceEnding(StrEnum):
    """The five ends of a message."""

    RECORDED = "recorded"
    KNOWN = "known"
    FOREIGN = "not ours"
    OTHER = "not a bounce"
    UNREADABLE = "unreadable"


@frozen(kw_only=True)
class BounceEnd:
    """What became of one message.

    Shape: `bounce` is the record of a letter that came back, recorded now or known before; `says` is the reason for
    any other end.
    """

    ending: BounceEnding
    bounce: Bounce | None = None
    says: str = ""

    @property
    def order_id(self) -> OrderId | None:
        """The order the letter was about, if it was about one."""
        return None if self.bounce is None else self.bounce.order_id


def take_bounce(oms: Oms, message: bytes) -> BounceEnd:
    """What became of a message that came to the mailbox bounces go to, once it is durable.

    Shape: `message` are its raw bytes, as a mail pipe or an IMAP server gives them. The same message again is known.
    Raises: SetupError when the shop's way of sending reads no bounces, or has nothing to know its letters by.
    Holds: whatever the bytes are, there is an end.
    """
    port = oms.notices
    if not isinstance(port, BounceReading):
        raise SetupError("the shop's notices read no bounces; send mail by [notices.smtp], which does", path="notices")
    mail = port.read_bounce(message)
    match mail.kind:
        case MailKind.BOUNCE:
            return _recorded(oms, mail.letter, mail.status)
        case MailKind.FOREIGN:
            return BounceEnd(ending=BounceEnding.FOREIGN, says=mail.says)
        case MailKind.OTHER:
            return BounceEnd(ending=BounceEnding.OTHER, says=mail.says)
        case MailKind.UNREADABLE:
            return BounceEnd(ending=BounceEnding.UNREADABLE, says=mail.says)
        case _:
            assert_never(mail.kind)


def _recorded(oms: Oms, letter: str, status: str) -> BounceEnd:
    try:
        done = oms.do(RecordBounce(letter=letter, status=status, at=oms.clock.now()))
    except NotFoundError:
        says = "the seal is of this shop, but its store knows of no such letter"
        return BounceEnd(ending=BounceEnding.FOREIGN, says=says)
    except InputError as error:  # a key that no command may hold, such as one with the digits of a card in it
        return BounceEnd(ending=BounceEnding.UNREADABLE, says=str(error))
    ending = BounceEnding.RECORDED if done.events else BounceEnding.KNOWN
    return BounceEnd(ending=ending, bounce=oms.look(Bounce, letter))
