"""Orders from other systems: what one document of a channel says, taken apart and nothing guessed.

An adapter only reads. Whether an order is taken, was taken before or is refused, and that no message is lost, is the
business of `omscore.intake`.
"""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple, Protocol, runtime_checkable

from omscore.money import Money, UnitPrice
from omscore.places import Address
from omscore.ports.acknowledgements import PartnerAnswer
from omscore.records import frozen


class Complaint(NamedTuple):
    """Why a message is no order. Shape: `line` counts from 1 as the message does; 0 is the message as a whole."""

    line: int
    says: str


@frozen(kw_only=True)
class ChannelTax:
    """The tax the channel has worked out for one line. Units: `rate` 0.20 is 20 percent, and is for papers only."""

    code: str
    rate: Decimal
    amount: Money


@frozen(kw_only=True)
class ChannelLine:
    """One line of an order as its channel tells it; `discount` is money off the whole line."""

    number: int
    sku: str
    units: int
    unit_price: UnitPrice
    title: str = ""
    discount: Money | None = None
    tax: ChannelTax | None = None


@frozen(kw_only=True)
class Recipient:
    """Who the goods go to; all of it personal, so it is kept out of messages and events."""

    address: Address
    mail: str = ""
    phone: str = ""


@frozen(kw_only=True)
class ChannelOrder:
    """One order as its channel tells it.

    Shape: either every line tells its tax or none does, and then the shop's own tax port is asked. `total` is what the
    customer pays in all, `goods_total` what the lines come to after discounts; what was not told is None and not
    compared. `prices_include_tax` is None where the message does not say: the shop's channel does. `attributes` are
    kept with the order.
    """

    reference: str
    currency: str
    country: str
    lines: tuple[ChannelLine, ...]
    postcode: str = ""
    recipient: Recipient | None = None
    discount: Money | None = None
    shipping: Money | None = None
    charges: Money | None = None
    shipping_tax: Money | None = None
    prices_include_tax: bool | None = None
    total: Money | None = None
    goods_total: Money | None = None
    attributes: tuple[tuple[str, str], ...] = ()


@frozen(kw_only=True)
class ChannelMessage:
    """One message of a document.

    Shape: either `order`, or `answer` where it acknowledges a message of ours, or at least one complaint. `message_id`
    is the channel's own name for the message, empty where it could not be read. `content` is the message alone, as a
    document that the same adapter reads into this same message again, with the same id and the same content.
    """

    message_id: str
    content: bytes
    order: ChannelOrder | None = None
    complaints: tuple[Complaint, ...] = ()
    answer: PartnerAnswer | None = None


class ChannelPort(Protocol):
    """One format orders come in."""

    def read(self, document: bytes) -> tuple[ChannelMessage, ...]:
        """Every message of a document, in its order; at least one.

        Raises: InputError when the document as a whole cannot be read, and nothing else whatever it holds.
        """
        ...


@runtime_checkable
class SignedChannel(Protocol):
    """A channel that signs what it sends (`Capability.SIGNED`)."""

    def check_signature(self, body: bytes, signature: str) -> None:
        """Returns when the signature belongs to exactly these bytes.

        Raises: RefusedError when it does not; SetupError when no secret is configured, so nothing can be checked.
        """
        ...
