"""`omscore forget`: a customer's details are erased for good; orders, stock and books stay as they are."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import attrs
import click

from omscore.cli.records import Records, db_option, open_records
from omscore.cli.tables import console, counted
from omscore.customers.model import Customer, ForgetCustomer
from omscore.engine.contexts import BY_COMMAND
from omscore.errors import NotFoundError
from omscore.ids import PersonId
from omscore.orders.model import Order
from omscore.ports.clock import SystemClock
from omscore.ports.storage import Commit, EventRecord, StreamChange


@attrs.frozen(kw_only=True)
class Forgotten:
    """What was erased. Shape: `unsent` names the orders that cannot be sent any more, for want of an address."""

    documents: int
    unsent: tuple[str, ...]


@click.command()
@click.argument("customer")
@db_option
def forget(customer: str, db: Path) -> None:
    """Erase the name, addresses, mail and labels of CUSTOMER (a customer id) for good.

    Orders, stock and books keep their figures. Mail already sent and backups are outside the database.
    """
    out = console()
    with open_records(db, read_only=False) as records:
        forgotten = forget_person(records, PersonId(customer), at=SystemClock().now())
    out.print(f"Customer {customer} is forgotten: {counted(forgotten.documents, 'personal document')} erased.")
    if forgotten.unsent:
        out.print(
            f"These orders have units left to send and no address any more: {', '.join(forgotten.unsent)}; cancel them.",
            style="yellow",
        )


def forget_person(records: Records, person_id: PersonId, *, at: datetime) -> Forgotten:
    """Note in the log that the customer was forgotten, then erase the vault; asked again it erases what is left.

    Raises: NotFoundError for an id nobody has.
    """
    customer = records.find(Customer, person_id)
    if customer is None:
        raise NotFoundError(
            f"there is no customer {person_id!r} here; `omscore show ORDER` names the customer of an order",
            code="customer.unknown",
        )
    if customer.forgotten_at is None:
        # The log is never dated back: a shop that lives on a clock of its own may be ahead of this machine's.
        _note(records, customer, ForgetCustomer(person_id=person_id, at=max(at, customer.registered_at)))
    documents = records.storage.vault_erase(person_id)
    streams = records.storage.listed("person", person_id, limit=1_000_000)
    orders = (records.look(Order, stream.partition("/")[2]) for stream in streams)
    return Forgotten(documents=documents, unsent=tuple(order.order_id for order in orders if not order.is_settled))


def _note(records: Records, customer: Customer, command: ForgetCustomer) -> None:
    """The one fact, committed as the engine would; no flow listens to it, so no shop has to be opened for it."""
    context = BY_COMMAND[ForgetCustomer]
    stream = context.stream(customer.person_id)
    version = records.storage.load([stream], {})[stream].version
    state, written = customer, []
    for event in context.decide(customer, command):
        state = context.evolve(state, event)
        written.append(EventRecord(type(event).__name__, event.at, records.codec.event_body(event)))
    change = StreamChange(
        stream=stream, expected_version=version, state=records.codec.text(state), events=tuple(written)
    )
    records.storage.commit(Commit(at=command.at, changes=(change,)))
