"""Acknowledgements of interchanges: what is wrong with the form of one that came, and what the other side says of ours.

Codes are those of the channel's own standard; nothing that stood in an interchange is repeated except its control
numbers and the ids in its envelope.
"""

from __future__ import annotations

from typing import NamedTuple, Protocol, runtime_checkable

from omscore.parties import FormVerdict
from omscore.records import frozen


class ElementFault(NamedTuple):
    """A fault of one element. Shape: both count from 1; `component` is 0 where the element has none."""

    element: int
    component: int
    code: str


class SegmentFault(NamedTuple):
    """What is wrong with one segment. Shape: `position` counts the segments of the message from 1, its head; `code`
    is empty where only elements are wrong.
    """

    segment: str
    position: int
    code: str = ""
    elements: tuple[ElementFault, ...] = ()


@frozen(kw_only=True)
class MessageChecked:
    """The form of one message. Shape: `codes` are of its head and end."""

    type_code: str
    control_number: str
    verdict: FormVerdict
    codes: tuple[str, ...] = ()
    faults: tuple[SegmentFault, ...] = ()


@frozen(kw_only=True)
class GroupChecked:
    """The form of one group.

    Shape: `counted` is how many messages its end says, `received` how many there are; of a great many `messages` has
    those alone that are not accepted. A standard without groups has one with an empty `control_number`.
    """

    type_code: str
    control_number: str
    verdict: FormVerdict
    counted: int
    received: int
    accepted: int
    codes: tuple[str, ...] = ()
    messages: tuple[MessageChecked, ...] = ()


@frozen(kw_only=True)
class InterchangeChecked:
    """The form of one interchange, which a channel is told as its acknowledgement.

    Shape: `interchange_id` is the same whenever the same interchange comes, and another for any other; the other ids,
    their components parted by colons, and `sent` are as they stand in its envelope; `part` is the segment of the
    envelope a `code` is about.
    """

    interchange_id: str
    control_number: str
    sender_id: str
    recipient_id: str
    sent: tuple[str, ...]
    verdict: FormVerdict
    code: str = ""
    part: str = ""
    groups: tuple[GroupChecked, ...] = ()


@frozen(kw_only=True)
class PartnerAnswer:
    """What the other side says of a message of ours. Shape: `number` is the message's; `says` names the faults."""

    number: int
    verdict: FormVerdict
    says: str = ""


@runtime_checkable
class AcknowledgingChannel(Protocol):
    """A channel that acknowledges what it reads (`Capability.ACKNOWLEDGED`)."""

    def checked(self, document: bytes) -> tuple[InterchangeChecked, ...]:
        """The form of every interchange of a document that is to be acknowledged, in their order.

        Shape: none for one that holds nothing except acknowledgements. A message is rejected only if `read` makes no
        order of it.
        Raises: InputError when the document as a whole cannot be read.
        """
        ...
