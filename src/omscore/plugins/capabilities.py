"""What a provider can do beyond the methods every adapter of its port has, in words that can be listed and tested."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from enum import StrEnum

from omscore.payments.model import Captures
from omscore.ports.payments import CaptureWay


class Capability(StrEnum):
    """One thing that some providers of a port can do and others cannot.

    Shape: `omscore plugins` lists them, the conformance kit runs a capability's laws where it is declared and says that
    it does not where it is not, and the engine takes another way where one is missing.
    """

    PARTIAL_CAPTURE = "partial capture"
    """Payment: less than what was authorised can be captured."""
    MULTIPLE_CAPTURES = "multiple captures"
    """Payment: an authorisation can be captured from more than once."""
    PAYMENT_LISTING = "payment listing"
    """Payment: it lists what it did (`ports.payments.PaymentListing`)."""
    PAYS_LATER = "pays later"
    """Payment: its money comes days later, by an act of the customer (`ports.payments.pays_later`)."""
    REVIEW_LOOK_UP = "review look-up"
    """Review: it knows what it said under a key (`ports.reviews.ReviewLookUp`)."""
    CALLBACKS = "callbacks"
    """Payment, carrier: it tells of later news by signed callbacks."""
    BOUNCES = "bounces"
    """Notices: it reads which letters came back (`ports.bounces.BounceReading`)."""
    LABEL_LOOK_UP = "label look-up"
    """Carrier: it knows which label was bought under a key (`ports.carriers.LabelLookUp`)."""
    LABEL_VOID = "label void"
    """Carrier: a label that is not used can be given back (`ports.labels.LabelVoid`)."""
    MULTI_PIECE = "multi-piece"
    """Carrier: several boxes are labelled as one shipment (`ports.carriers.MultiPiece`)."""
    MANIFEST = "manifest"
    """Carrier: it makes a manifest of the parcels it is to take (`ports.handovers.CarrierManifests`)."""
    PICKUP = "pickup"
    """Carrier: it comes for parcels when asked (`ports.handovers.CarrierCollections`)."""
    SIGNED = "signed"
    """Channel: what it sends is signed, and the signature can be checked (`ports.channels.SignedChannel`)."""
    ORDERS_TOLD = "orders told"
    """Channel: it can be told that an order was taken, and what was cancelled since (`ports.news.TellingChannel`)."""
    SHIPMENTS_TOLD = "shipments told"
    """Channel: it can be told which parcels left."""
    STOCK_TOLD = "stock told"
    """Channel: it can be told what it can sell."""
    ACKNOWLEDGED = "acknowledged"
    """Channel: it acknowledges every interchange that comes (`ports.acknowledgements.AcknowledgingChannel`)."""
    INVOICES_ENTERED = "invoices entered"
    """Books: it enters invoices and credit notes as well (`ports.erp.InvoiceBooks`)."""
    SALES_ENTERED = "sales entered"
    """Books: it enters what was sold as well (`ports.erp.SalesBooks`)."""
    NUMBERS_TOLD = "numbers told"
    """Books: it answers with the numbers that it gave to what it booked (`ports.erp.Numbers`)."""


def captures_of(capabilities: AbstractSet[Capability], port: object) -> Captures:
    """When money is captured at a payment provider that declares these.

    >>> str(captures_of({Capability.PARTIAL_CAPTURE}, object())), str(captures_of(frozenset(), object()))
    ('once', 'whole')
    """
    if Capability.PARTIAL_CAPTURE not in capabilities:
        return Captures.WHOLE
    if Capability.MULTIPLE_CAPTURES not in capabilities:
        return Captures.ONCE
    return port.captures if isinstance(port, CaptureWay) else Captures.EACH_SHIPMENT
