"""What a channel is told by messages of its own: orders taken, parcels sent, stock left, interchanges acknowledged.

An adapter of `ports.channels` that can tell says so by `tells`. What is told was written down before, under a number
of the channel's own that is never given twice, so a message tried again is the very same message.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import NamedTuple, Protocol, TypeAlias, runtime_checkable

import attrs

from omscore.parties import NewsKind
from omscore.ports.acknowledgements import InterchangeChecked
from omscore.records import frozen


class LineTold(NamedTuple):
    """How far one line of an order is.

    Shape: `title` may be empty; `promised_on` is the day by which all waiting units are promised, None as long as
    some are promised for no day.
    Units: of the `ordered`, `cancelled` will never come, `waiting` have no source yet, all others are taken.
    """

    line_id: int
    sku: str
    title: str
    ordered: int
    waiting: int
    cancelled: int
    promised_on: date | None = None

    @property
    def taken(self) -> int:
        """Units that have a source, sent ones included."""
        return self.ordered - self.waiting - self.cancelled


@frozen(kw_only=True)
class OrderTold:
    """An order was taken, or units of it were cancelled since. Shape: `is_first` for the message that it was taken."""

    order_id: str
    reference: str
    message_id: str
    currency: str
    placed_at: datetime
    lines: tuple[LineTold, ...]
    is_first: bool


class UnitsSent(NamedTuple):
    """Units of one line in a parcel. Units: `ordered` are those of the whole line."""

    line_id: int
    sku: str
    title: str
    units: int
    ordered: int


@frozen(kw_only=True)
class ParcelTold:
    """One parcel on its way."""

    package_id: str
    carrier: str
    service: str
    tracking_number: str
    mass_g: int
    units: tuple[UnitsSent, ...]


@frozen(kw_only=True)
class ShipmentTold:
    """Parcels of an order left a location. Shape: `arrives_on` is None where the carrier promises no day."""

    order_id: str
    reference: str
    message_id: str
    shipment_id: str
    location_id: str
    shipped_at: datetime
    parcels: tuple[ParcelTold, ...]
    arrives_on: date | None = None


class StockOf(NamedTuple):
    """What the channel can sell of one article now."""

    sku: str
    units: int


@frozen(kw_only=True)
class StockTold:
    """What the channel can sell of the articles of which it is not what was told last."""

    articles: tuple[StockOf, ...]


News: TypeAlias = OrderTold | ShipmentTold | StockTold | InterchangeChecked

NEWS_BY_KIND: dict[NewsKind, type[News]] = {
    NewsKind.ORDER: OrderTold,
    NewsKind.SHIPMENT: ShipmentTold,
    NewsKind.STOCK: StockTold,
    NewsKind.ACKNOWLEDGEMENT: InterchangeChecked,
}


@frozen(kw_only=True)
class ChannelNotice:
    """One message to a channel.

    Shape: `number` counts from 1, without a gap; `at` is when it was written down; `outdated` names articles of whose
    stock a later message tells another level. They belong to the message all the same, but a channel that keeps
    nothing except the last level it was told leaves them out: a message that is tried again may come after that one.
    """

    channel: str
    number: int
    at: datetime
    news: News
    outdated: frozenset[str] = attrs.field(default=frozenset(), eq=False)

    @property
    def kind(self) -> NewsKind:
        """What it tells of."""
        return next(kind for kind, news in NEWS_BY_KIND.items() if isinstance(self.news, news))


@runtime_checkable
class TellingChannel(Protocol):
    """A channel that can be told."""

    @property
    def tells(self) -> frozenset[NewsKind]:
        """What it is told of, by its settings."""
        ...

    def tell(self, notice: ChannelNotice) -> None:
        """Tell it; the same number again is the same message, and arrives once or can be known as the same.

        Raises: PortRefusedError, PortTransientError and PortUnknownError, as everywhere.
        """
        ...
