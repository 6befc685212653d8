"""What a reaction may look at, what it may ask for, and the numbers a shop may set for it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Protocol, TypeAlias, TypeVar

from omscore.billing.ledger import PostEntry
from omscore.errors import InputError
from omscore.fulfillment.bookings import PickupCommand
from omscore.fulfillment.commands import FulfillmentCommand
from omscore.fulfillment.manifests import ManifestCommand
from omscore.fulfillment.model import FulfillmentOrder
from omscore.ids import FulfillmentId, OrderId, PaymentId, ReturnId
from omscore.inventory.commands import DocumentCommand, ReservationCommand, SupplyCommand
from omscore.items import Item
from omscore.orders.carts import CartCommand
from omscore.orders.commands import OrderCommand
from omscore.orders.model import Order
from omscore.parties import NewsKind
from omscore.payments.callbacks import CallbackCommand
from omscore.payments.commands import PaymentCommand
from omscore.payments.model import Captures, Payment
from omscore.records import frozen
from omscore.returns.commands import ReturnCommand
from omscore.returns.model import Return
from omscore.reviews.deciding import ReviewCommand
from omscore.reviews.model import OrderReview
from omscore.routing.decisions import RecordDecision
from omscore.routing.queues import Queue


class TaskKind(StrEnum):
    """The outside effects and the appointments of the engine."""

    PAYMENT = "payment"
    LABEL = "label"
    LABEL_SET = "label_set"
    VOID_LABEL = "void_label"
    MANIFEST = "manifest"
    PICKUP = "pickup"
    CANCEL_PICKUP = "cancel_pickup"
    TRACK = "track"
    NOTICE = "notice"
    ERP = "erp"
    ERP_INVOICE = "erp_invoice"
    ERP_SALE = "erp_sale"
    CART_TIMEOUT = "cart_timeout"
    CALLBACK = "callback"
    CANCEL_UNPAID = "cancel_unpaid"
    FILL_BACKORDERS = "fill_backorders"
    ROUTE_AGAIN = "route_again"
    PROMISE_AGAIN = "promise_again"
    TELL = "tell"
    QUEUE_RUN = "queue_run"
    QUEUE_OVER = "queue_over"
    REVIEW = "review"
    STOCK_LOOK = "stock_look"
    NEWS = "news"
    NEWS_OUT = "news_out"


@frozen(kw_only=True)
class Later:
    """Something to be tried from `due_at` on, at most once under its `task_id`.

    Shape: a `task_id` ending in `@` is completed with the version of the event it follows from, which makes it unique.
    """

    task_id: str
    kind: TaskKind
    due_at: datetime
    payload: Mapping[str, str]


@frozen(kw_only=True)
class RouteOrder:
    """Find sources for every unit of the order that waits for one."""

    order_id: OrderId
    at: datetime


@frozen(kw_only=True)
class PromiseWaiting:
    """Promise the units of the order that wait from goods that are due, as far as they are not yet."""

    order_id: OrderId
    at: datetime


@frozen(kw_only=True)
class AppointRun:
    """See to it that the queue has its next run."""

    queue: str
    at: datetime


Wish: TypeAlias = (
    OrderCommand
    | CartCommand
    | DocumentCommand
    | ReservationCommand
    | SupplyCommand
    | PaymentCommand
    | CallbackCommand
    | FulfillmentCommand
    | ReturnCommand
    | ReviewCommand
    | RecordDecision
    | ManifestCommand
    | PickupCommand
    | PostEntry
    | RouteOrder
    | PromiseWaiting
    | AppointRun
)

Reaction: TypeAlias = Iterable[Wish | Later]
"""Asked for one after the other, each when the one before has been done."""


_SPANS = (
    ("cart_hold_minutes", 1, 5_259_600),
    ("checkout_hold_minutes", 1, 5_259_600),
    ("cancel_unpaid_after_hours", 0, 87_660),
    ("followup_after_days", 0, 3_652),
    ("route_again_after_hours", 1, 87_660),
    ("rejection_days", 0, 3_652),
    ("most_rejections", 1, 1_000),
    ("cancel_waiting_after_days", 0, 3_652),
    ("checkpoint_after_hours", 0, 87_660),
    ("remind_cart_after_hours", 0, 87_660),
    ("invoice_due_days", 0, 3_652),
)
"""What a shop may set, from and to."""

MOST_REMINDERS = 10
"""The most reminders of one invoice."""


@frozen(kw_only=True)
class FlowPolicy:
    """The numbers of the flows that a shop may set.

    Units: `remind_invoice_days` are days after the one an invoice is due on.
    Raises: InputError for a span of time that is none, or longer than ten years.
    """

    cart_hold_minutes: int = 30
    checkout_hold_minutes: int = 15
    cancel_unpaid_after_hours: int = 72
    refund_shipping: bool = True
    followup_after_days: int = 7
    route_again_after_hours: int = 24
    rejection_days: int = 7
    most_rejections: int = 3
    cancel_waiting_after_days: int = 0
    checkpoint_after_hours: int = 24
    promise_from_supply: bool = False
    tell_delivered: bool = False
    tell_delayed: bool = False
    tell_low_stock: bool = False
    remind_cart_after_hours: int = 0
    invoice_due_days: int = 14
    remind_invoice_days: tuple[int, ...] = ()

    def __attrs_post_init__(self) -> None:
        for name, least, most in _SPANS:
            value = getattr(self, name)
            if not least <= value <= most:
                raise InputError(f"{name} must be from {least} to {most}, not {value}", code="input.flows", name=name)
        days = self.remind_invoice_days
        if len(days) > MOST_REMINDERS or any(not 0 <= day <= 3_652 for day in days) or sorted(set(days)) != list(days):
            raise InputError(
                f"remind_invoice_days must be up to {MOST_REMINDERS} days from 0 to 3652, rising, not {list(days)}",
                code="input.flows",
                name="remind_invoice_days",
            )

    @property
    def cart_hold(self) -> timedelta:
        return timedelta(minutes=self.cart_hold_minutes)

    @property
    def checkout_hold(self) -> timedelta:
        return timedelta(minutes=self.checkout_hold_minutes)


class World(Protocol):
    """The records as they stand inside the commit being made."""

    @property
    def policy(self) -> FlowPolicy: ...

    def order(self, order_id: OrderId) -> Order: ...

    def payment(self, payment_id: PaymentId) -> Payment: ...

    def captures(self, provider: str) -> Captures:
        """When money is captured at that payment provider."""
        ...

    def work(self, fulfillment_id: FulfillmentId) -> FulfillmentOrder: ...

    def rma(self, return_id: ReturnId) -> Return: ...

    def review(self, order_id: OrderId) -> OrderReview: ...

    def items(self, skus: Iterable[str]) -> dict[str, Item]:
        """The items by SKU."""
        ...

    def is_waited_for(self, sku: str) -> bool:
        """True when an order waits for units of this SKU."""
        ...

    def queue(self, name: str) -> Queue | None:
        """The rules of the queue of that name; None when the shop has none."""
        ...

    def pays_later(self, provider: str) -> bool:
        """True when money asked of that payment provider comes days later, by an act of the customer."""
        ...

    def tells(self, channel: str, kind: NewsKind) -> bool:
        """True when that channel wants to be told of that."""
        ...

    def exchange_order(self, return_id: ReturnId) -> OrderId | None:
        """The order placed in exchange for a return."""
        ...


Event: TypeAlias = Any
"""An event of any context."""

Handler: TypeAlias = Callable[[Any, World], Reaction]
"""What an event sets going, given the world as it stands then."""

_E = TypeVar("_E")


def on(kind: type[_E], handler: Callable[[_E, World], Reaction]) -> tuple[type[Any], Handler]:
    """A handler with a class of events that it is told of; a type checker sees that it takes them."""
    return kind, handler
