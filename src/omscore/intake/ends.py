"""How a message ends: as an order, as a duplicate, as an answer to ours, or as a reject with the reasons."""

from __future__ import annotations

from enum import StrEnum

from omscore.ids import OrderId
from omscore.ports.acknowledgements import PartnerAnswer
from omscore.ports.channels import Complaint
from omscore.records import frozen


class Ending(StrEnum):
    """The four ends of a message; there is no fifth."""

    TAKEN = "taken"
    DUPLICATE = "duplicate"
    ANSWER = "answer"
    REJECTED = "rejected"


@frozen(kw_only=True)
class End:
    """What became of one message.

    Shape: `order_id` is the order it is, or was before, and None for others; `reject_id` and `complaints` are those
    of a reject; `answer` is what the other side says of a message of ours.
    """

    ending: Ending
    message_id: str
    order_id: OrderId | None = None
    reject_id: str = ""
    complaints: tuple[Complaint, ...] = ()
    answer: PartnerAnswer | None = None
