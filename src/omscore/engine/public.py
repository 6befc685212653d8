"""The commands a caller may give. The others keep contexts in step with each other and are given by flows alone."""

from __future__ import annotations

from typing import Any

from omscore.billing.externals import RecordExternalId
from omscore.billing.invoices import IssueInvoices
from omscore.billing.ledger import PostEntry
from omscore.customers import model as customers
from omscore.engine.plans.acknowledging import AcknowledgeInterchange, RecordMessageAnswer
from omscore.engine.plans.wishes import (
    BuyLabels,
    CloseDay,
    MoveToQueue,
    RecordBounce,
    RecordTracking,
    RetryPayment,
    ReviewSourcing,
    SchedulePickup,
    SourceFrom,
    TellStock,
)
from omscore.flows.world import RouteOrder
from omscore.fulfillment import commands as fulfillment
from omscore.fulfillment.bookings import CancelPickup
from omscore.inventory import commands as inventory
from omscore.inventory.reorder import SetReorderPoint
from omscore.inventory.velocity import RecordVelocity
from omscore.orders import carts, commands
from omscore.payments.callbacks import RecordCallback
from omscore.payments.commands import RequestStep
from omscore.returns import commands as returns

PUBLIC_COMMANDS: frozenset[type[Any]] = frozenset(
    {
        inventory.ListItem,
        inventory.ReceiveStock,
        inventory.AdjustStock,
        inventory.SendTransfer,
        inventory.ReceiveTransfer,
        inventory.CountStock,
        inventory.ExpectSupply,
        inventory.ChangeSupply,
        inventory.CancelSupply,
        RecordVelocity,
        SetReorderPoint,
        customers.RegisterCustomer,
        customers.GroupCustomer,
        customers.ForgetCustomer,
        carts.SetCartLine,
        carts.BeginCheckout,
        commands.PlaceOrder,
        commands.CancelUnits,
        commands.CancelKits,
        commands.CancelOrder,
        commands.PlaceHold,
        commands.ReleaseHold,
        RouteOrder,
        SourceFrom,
        ReviewSourcing,
        MoveToQueue,
        RetryPayment,
        BuyLabels,
        TellStock,
        AcknowledgeInterchange,
        RecordMessageAnswer,
        RecordTracking,
        RecordBounce,
        RequestStep,
        RecordCallback,
        fulfillment.PickUnits,
        fulfillment.RejectWork,
        fulfillment.PackBoxes,
        fulfillment.VoidLabel,
        CloseDay,
        SchedulePickup,
        CancelPickup,
        fulfillment.HandOver,
        fulfillment.RecordDelivery,
        returns.RequestReturn,
        returns.ReceiveReturn,
        returns.DisposeReturn,
        returns.CloseReturn,
        PostEntry,
        RecordExternalId,
        IssueInvoices,
    }
)
