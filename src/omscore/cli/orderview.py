"""One order as a page: who, what, where the units are, what was paid, which parcels, and its story."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from rich.console import Console

from omscore.cli.invoiceview import invoice_table, invoices_of
from omscore.cli.phrases import promise_in_words
from omscore.cli.records import Records
from omscore.cli.reviewview import reviewed
from omscore.cli.story import HOLDS, Told, story_of
from omscore.cli.tables import Cell, civil_day, facts, heading, moment, moments, table
from omscore.fulfillment.model import FulfillmentOrder
from omscore.money import Money
from omscore.orders.linestates import LineState
from omscore.orders.model import Hold, HoldKind, Order, OrderLine
from omscore.orders.status import status_of
from omscore.payments.model import Payment
from omscore.returns.model import Return, exchange_name
from omscore.routing.decisions import KeptDecision
from omscore.routing.model import PromisedDays


def print_order(out: Console, records: Records, order: Order) -> None:
    """The whole page."""
    out.print(heading(f"Order {order.order_id}"))
    out.print(facts(_head(records, order)))
    out.print(heading("What was ordered, and where the units are"))
    lines = [cells for line in order.lines for cells in _line_cells(order, line)]
    out.print(table(("Item", "Units", "Now", "Price", "Total"), lines, right=("Units", "Price", "Total")))
    out.print(heading("Money"))
    paid = money_of(records, order)
    out.print(facts((name.capitalize(), amount) for name, amount in paid.items() if amount.minor or name == "ordered"))
    parcels = list(_parcels(records, order))
    if parcels:
        out.print(heading("Shipments"))
        headers = ("Shipment", "From", "Status", "Promised", "Parcel", "Tracking")
        out.print(table(headers, parcels, keep=("Shipment", "Tracking")))
    returns = [records.look(Return, each) for each in order.returns]
    if returns:
        out.print(heading("Returns"))
        out.print(table(("Return", "To", "Units", "Why", "Status"), [_return_cells(records, each) for each in returns]))
    invoices = invoices_of(records, order.order_id)
    if invoices:
        out.print(heading("Invoices"))
        out.print(invoice_table(invoices))
    elsewhere = records.external_ids(order.order_id)
    if elsewhere:
        out.print(heading("In other systems"))
        rows = [(each.system, each.sort.value, each.our_id, each.external_id) for each in elsewhere]
        out.print(table(("System", "What", "Ours", "Theirs"), rows, keep=("Ours", "Theirs")))
    print_story(out, story_of(records, order))


def print_story(out: Console, story: tuple[Told, ...], title: str = "What happened (times in UTC)") -> None:
    """The story under its heading."""
    out.print(heading(title))
    when = moments(told.at for told in story)
    out.print(table(("When", "What"), zip(when, (told.says for told in story), strict=True), keep=("When",)))


def money_of(records: Records, order: Order) -> dict[str, Money]:
    """What the order is worth and what became of its money, in the order's currency."""
    payments = [records.look(Payment, each) for each in order.payments]
    cancelled = (
        line.amounts.part(line.units - line.quantities.cancelled, line.quantities.cancelled, line.units).gross
        for line in order.lines
        if line.quantities.cancelled
    )
    return {
        "ordered": order.total,
        "of it tax": Money.total((line.amounts.tax for line in order.lines), order.currency),
        "of it shipping": Money.total((line.amounts.shipping.gross for line in order.lines), order.currency),
        "cancelled": Money.total(cancelled, order.currency),
        "authorised": Money.total((each.authorised for each in payments), order.currency),
        "collected": Money.total((each.captured for each in payments), order.currency),
        "let go": Money.total((each.voided for each in payments), order.currency),
        "paid back": Money.total((each.refunded for each in payments), order.currency),
    }


def figures_of(records: Records, order: Order) -> dict[str, Any]:
    """The same page for programs. Nothing of it is personal."""
    days = _promised(records, order)
    return {
        "order_id": order.order_id,
        "status": status_of(order).value,
        "channel": order.channel,
        "reference": order.reference,
        "placed_at": order.placed_at,
        "person_id": order.person_id,
        "country": order.destination.country,
        "attributes": dict(order.attributes),
        "holds": [hold.kind.value for hold in order.holds],
        "review": list(reviewed(records, order)),
        "lines": [
            {
                "line": line.line_id,
                "sku": line.sku,
                "units": line.units,
                "where": {state.value: line.quantities.of(state) for state in LineState if line.quantities.of(state)},
                "gross": line.amounts.gross,
                "tax": line.amounts.tax,
                "kit": line.agreed.kit_id or None,
            }
            for line in order.lines
        ],
        "kits": [{"kit": kit.kit_id, "sku": kit.sku, "kits": kit.kits, "ships": kit.ships.value} for kit in order.kits],
        "money": money_of(records, order),
        "shipments": [
            {
                "shipment": work.fulfillment_id,
                "location": work.location_id,
                "status": work.status.value,
                "promised": days.get((work.opened_at, work.location_id)) if work.live_units else None,
                "tracking": [package.tracking_number for package in work.packages],
            }
            for work in (records.look(FulfillmentOrder, each) for each in order.fulfillments)
        ],
        "promises": list(order.promises),
        "returns": list(order.returns),
        "invoices": [each.number for each in invoices_of(records, order.order_id)],
        "elsewhere": [
            {"system": each.system, "what": each.sort.value, "ours": each.our_id, "theirs": each.external_id}
            for each in records.external_ids(order.order_id)
        ],
        "story": [{"at": told.at, "fact": told.fact, "says": told.says} for told in story_of(records, order)],
    }


def _head(records: Records, order: Order) -> Iterator[tuple[str, Cell]]:
    yield "Status", status_of(order).value
    holds = () if order.is_settled else order.holds
    yield "Stopped", "; ".join(f"{_why(hold)} (since {moment(hold.since)})" for hold in holds)
    yield "Reviewed", "; ".join(each.in_words for each in reviewed(records, order))
    yield "Placed", moment(order.placed_at)
    yield "Channel", f"{order.channel}, reference {order.reference}" if order.reference else order.channel
    if order.person_id is not None:
        person = records.person(order.person_id)
        yield "Customer", f"{order.person_id}, {person.name}" if person else f"{order.person_id} (details forgotten)"
    place = order.destination
    yield "Goes to", f"{place.country} {place.postcode_area}".strip()
    yield "Attributes", "; ".join(f"{key}: {value}" for key, value in order.attributes)
    yield "Promised", "; ".join(promise_in_words(each) for each in order.promises)
    yield "In exchange", f"for return {order.exchange_for}" if order.exchange_for else ""


def _why(hold: Hold) -> str:
    return f"{HOLDS[hold.kind]}: {hold.says}" if hold.kind is HoldKind.HELD_BY_REVIEWER else HOLDS[hold.kind]


def _line_cells(order: Order, line: OrderLine) -> Iterator[tuple[Cell, ...]]:
    """The row of a line; the first part of a kit stands under a row for the kit itself."""
    now = [f"{line.quantities.of(state)} {state.value}" for state in LineState if line.quantities.of(state)]
    name = f"{line.sku}  {line.title}" if line.title else line.sku
    if not line.agreed.kit_id:
        yield name, line.units, ", ".join(now), f"{line.unit_price.amount:f}", line.amounts.gross
        return
    kit, parts = order.kit(line.agreed.kit_id), order.parts_of(line.agreed.kit_id)
    if line is parts[0]:
        total = Money.total([part.amounts.gross for part in parts], order.currency)
        title = f"{kit.sku}  {kit.title}" if kit.title else kit.sku
        yield title, kit.kits, f"kit {kit.kit_id}, ships {kit.ships.value}", f"{kit.unit_price.amount:f}", total
    yield f"  {line.agreed.per_kit} x {name}", line.units, ", ".join(now), "", f"of it {line.amounts.gross}"


def _parcels(records: Records, order: Order) -> Iterator[tuple[Cell, ...]]:
    days = _promised(records, order)
    for each in order.fulfillments:
        work = records.look(FulfillmentOrder, each)
        promised = days.get((work.opened_at, work.location_id)) if work.live_units else None
        first: tuple[Cell, ...] = (
            work.fulfillment_id,
            work.location_id,
            work.status.value,
            f"for {civil_day(promised.arrives_on)}" if promised else "",
        )
        if not work.packages:
            yield (*first, "", "")
        for package in work.packages:
            yield (*first, f"{package.box}, {package.mass_g} g", package.tracking_number or "no label yet")
            first = ("", "", "", "")


def _promised(records: Records, order: Order) -> dict[tuple[datetime, str], PromisedDays]:
    """The days promised for each shipment, by the moment it was decided and its location."""
    kept = [records.look(KeptDecision, each) for each in order.decisions]
    return {(each.at, days.location_id): days for each in kept for days in each.decision.promised}


def _return_cells(records: Records, each: Return) -> tuple[Cell, ...]:
    units = ", ".join(f"{line.units} x {line.sku}" for line in each.lines)
    stream = records.storage.claimed(exchange_name(each.return_id))
    status = "done" if each.is_closed else "to be decided" if each.is_received else "expected"
    if stream:
        status += f"; new order {stream.partition('/')[2]}"
    return each.return_id, each.location_id, units, each.reason, status
