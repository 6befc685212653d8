"""The use cases that look before anybody decides: at the shelf, the tax table, the boxes, the vault. One table of
them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from omscore.billing.externals import RecordExternalId
from omscore.billing.invoices import IssueInvoices
from omscore.customers.model import ForgetCustomer, RegisterCustomer
from omscore.engine.contexts import BY_COMMAND
from omscore.engine.plans.acknowledging import (
    AcknowledgeInterchange,
    RecordMessageAnswer,
    acknowledge_interchange,
    record_message_answer,
)
from omscore.engine.plans.bouncing import record_bounce
from omscore.engine.plans.byhand import source_from
from omscore.engine.plans.carting import begin_checkout, set_cart_line, time_out_cart
from omscore.engine.plans.handing import close_day, keep_manifest, schedule_pickup
from omscore.engine.plans.hearing import apply_callback, record_callback
from omscore.engine.plans.invoicing import issue_invoices
from omscore.engine.plans.messages import tell_of_order
from omscore.engine.plans.naming import record_external_id
from omscore.engine.plans.paying import cancel_unpaid, request_step, retry_payment
from omscore.engine.plans.placing import foreseen_in_order, place_order
from omscore.engine.plans.privacy import forget_customer, register_customer
from omscore.engine.plans.promising import promise_waiting
from omscore.engine.plans.queueing import appoint_run, end_stay, move_to_queue
from omscore.engine.plans.reordering import look_at_stock, set_reorder_point
from omscore.engine.plans.reviewing import review_sourcing
from omscore.engine.plans.sourcing import cancel_waiting, route_order
from omscore.engine.plans.telling import tell_stock
from omscore.engine.plans.tracking import record_tracking
from omscore.engine.plans.warehouse import (
    adjust_stock,
    buy_labels,
    count_stock,
    expect_supply,
    keep_label,
    keep_labels,
    list_item,
    pack_boxes,
    receive_stock,
    record_velocity,
    request_return,
    send_transfer,
)
from omscore.engine.plans.wishes import (
    ApplyCallback,
    BuyLabels,
    CancelUnpaid,
    CancelWaiting,
    CloseDay,
    EndStay,
    KeepLabel,
    KeepLabels,
    KeepManifest,
    LookAtStock,
    MoveToQueue,
    RecordBounce,
    RecordTracking,
    RetryPayment,
    ReviewSourcing,
    SchedulePickup,
    SourceFrom,
    TellOfOrder,
    TellStock,
    TimeOutCart,
)
from omscore.engine.reader import Foreseen
from omscore.engine.unit import Unit
from omscore.flows.world import AppointRun, PromiseWaiting, RouteOrder
from omscore.fulfillment.commands import PackBoxes
from omscore.inventory.commands import AdjustStock, CountStock, ExpectSupply, ListItem, ReceiveStock, SendTransfer
from omscore.inventory.reorder import SetReorderPoint
from omscore.inventory.velocity import RecordVelocity
from omscore.orders.carts import BeginCheckout, SetCartLine
from omscore.orders.commands import PlaceOrder
from omscore.payments.callbacks import RecordCallback
from omscore.payments.commands import RequestStep
from omscore.returns.commands import RequestReturn

PLANS: Mapping[type[Any], Callable[[Any, Any], None]] = {
    **dict.fromkeys(BY_COMMAND, Unit.decide),
    PlaceOrder: place_order,
    RouteOrder: route_order,
    PromiseWaiting: promise_waiting,
    SourceFrom: source_from,
    ReviewSourcing: review_sourcing,
    MoveToQueue: move_to_queue,
    RecordBounce: record_bounce,
    EndStay: end_stay,
    AppointRun: appoint_run,
    SetCartLine: set_cart_line,
    BeginCheckout: begin_checkout,
    TimeOutCart: time_out_cart,
    CancelUnpaid: cancel_unpaid,
    CancelWaiting: cancel_waiting,
    RetryPayment: retry_payment,
    RequestStep: request_step,
    RecordCallback: record_callback,
    ApplyCallback: apply_callback,
    AdjustStock: adjust_stock,
    CountStock: count_stock,
    ReceiveStock: receive_stock,
    SendTransfer: send_transfer,
    ExpectSupply: expect_supply,
    RequestReturn: request_return,
    PackBoxes: pack_boxes,
    KeepLabel: keep_label,
    KeepLabels: keep_labels,
    CloseDay: close_day,
    KeepManifest: keep_manifest,
    SchedulePickup: schedule_pickup,
    BuyLabels: buy_labels,
    RecordTracking: record_tracking,
    ListItem: list_item,
    RecordVelocity: record_velocity,
    SetReorderPoint: set_reorder_point,
    LookAtStock: look_at_stock,
    TellOfOrder: tell_of_order,
    TellStock: tell_stock,
    AcknowledgeInterchange: acknowledge_interchange,
    RecordMessageAnswer: record_message_answer,
    ForgetCustomer: forget_customer,
    RegisterCustomer: register_customer,
    IssueInvoices: issue_invoices,
    RecordExternalId: record_external_id,
}
"""What runs each command: its use case if it has one; every other command goes straight to its context."""

FORESEEN: Mapping[type[Any], Callable[[Any], Foreseen]] = {PlaceOrder: foreseen_in_order}
"""What the use case of a command will look up, where that is known beforehand."""
