"""What comes back of sent letters: a way of telling people things that can read which letter of its own is meant."""

from __future__ import annotations

from enum import StrEnum
from typing import Protocol, runtime_checkable

from omscore.records import frozen


class MailKind(StrEnum):
    """What a message that came in is."""

    BOUNCE = "bounce"
    """A letter of the shop could not be delivered, and nobody tries any more."""
    FOREIGN = "foreign"
    """A bounce of something that was not sent from here, or that nobody can tell it was."""
    OTHER = "other"
    """Anything else, such as a letter that is delayed or was delivered, an automatic answer, or a person's mail."""
    UNREADABLE = "unreadable"
    """A message nobody can read as mail, or a report without what a report must have."""


@frozen(kw_only=True)
class ReadMail:
    """What was read of one message.

    Shape: `letter` (the `Notice.key`) and `status` (such as `5.1.1`) are those of a bounce; `says` is the reason for
    any other kind. Nothing of the message itself is in it, for that is personal.
    """

    kind: MailKind
    letter: str = ""
    status: str = ""
    says: str = ""


@runtime_checkable
class BounceReading(Protocol):
    """A way of telling people things that reads what comes back."""

    def read_bounce(self, message: bytes) -> ReadMail:
        """What a message is. Whatever the bytes are, there is an answer; it takes no longer for being hostile.

        Holds: a bounce names a letter that this shop sent; who was never sent the letter cannot make one.
        Raises: SetupError when the shop has nothing to know its own letters by.
        """
        ...
