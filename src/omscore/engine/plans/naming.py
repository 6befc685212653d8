"""What another system calls a document is kept for documents there are: a slip would never be found again."""

from __future__ import annotations

from typing import assert_never

from omscore.billing.externals import DocumentSort, RecordExternalId, check_external
from omscore.billing.invoices import Invoice
from omscore.border import without_card_numbers
from omscore.engine.unit import Unit
from omscore.errors import InputError, NotFoundError
from omscore.orders.model import Order


def record_external_id(unit: Unit, command: RecordExternalId) -> None:
    """Keep it. Raises: NotFoundError for an invoice or an order there is not; InputError where the two do not belong
    together."""
    check_external(command)
    our_id, about = without_card_numbers(command.our_id), without_card_numbers(command.about)
    match command.sort:
        case DocumentSort.INVOICE:
            invoice = unit.find(Invoice, command.our_id)
            if invoice is None:
                raise NotFoundError(
                    f"there is no invoice {our_id!r}; our_id is the number of one issued here, external_id what the "
                    "other system calls it",
                    code="invoice.unknown",
                )
            if invoice.order_id != command.about:
                raise InputError(
                    f"invoice {our_id} is of order {invoice.order_id}, not of {about}; correct about",
                    code="external.about",
                )
        case DocumentSort.SALE:
            if unit.find(Order, command.about) is None:
                raise NotFoundError(
                    f"there is no order {about!r}; about is the id of the order that was sold", code="order.unknown"
                )
            if command.our_id != command.about and not command.our_id.startswith(f"{command.about}.cancelled."):
                raise InputError(
                    f"sale {our_id} is not of order {about}; our_id is the order's id, or {about}.cancelled.N for what "
                    "was taken back",
                    code="external.about",
                )
        case DocumentSort.ENTRY:
            pass  # entries stand in no record of their own, and are about anything that moves money or stock
        case _:
            assert_never(command.sort)
    unit.decide(command)
