"""`omscore forget`: a customer's details are erased for good; orders, stock and books stay as they are."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from omscore.cli.bare import bare_desk
from omscore.cli.records import Records, Where, db_option, open_records
from omscore.cli.tables import console, counted
from omscore.customers.model import Customer, ForgetCustomer
from omscore.engine.dispatch import Dispatcher
from omscore.errors import NotFoundError
from omscore.ids import PersonId
from omscore.intake.mentions import mentions
from omscore.intake.spool import Rejects
from omscore.orders.model import Order
from omscore.ports.clock import SystemClock
from omscore.records import frozen


@frozen(kw_only=True)
class Forgotten:
    """What was erased. Shape: `unsent` names the orders that cannot be sent any more, for want of an address."""

    documents: int
    unsent: tuple[str, ...]


@click.command()
@click.argument("customer")
@db_option
@click.option(
    "--rejects",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    help="The folder of rejects, if the shop has one: messages in it that speak of the customer are erased too.",
)
def forget(customer: str, db: Where, rejects: Path | None) -> None:
    """Erase a customer's details for good.

    Name, addresses, mail and labels of CUSTOMER (a customer id) are removed from the database.

    Orders, stock and books keep their figures. Mail already sent and backups are outside the database.
    """
    out = console()
    with open_records(db, read_only=False) as records:
        forgotten = forget_person(records, PersonId(customer), at=SystemClock().now(), rejects=rejects)
    out.print(f"Customer {customer} is forgotten: {counted(forgotten.documents, 'personal document')} erased.")
    if forgotten.unsent:
        out.print(
            f"Stopped, for they have no address any more: {', '.join(forgotten.unsent)}; cancel what is left of them.",
            style="yellow",
        )


def forget_person(records: Records, person_id: PersonId, *, at: datetime, rejects: Path | None = None) -> Forgotten:
    """Note in the log that the customer was forgotten, stop what has not left, then erase the vault.

    Shape: asked again it erases what is left.

    Raises: NotFoundError for an id nobody has.
    """
    customer = records.find(Customer, person_id)
    if customer is None:
        raise NotFoundError(
            f"there is no customer {person_id!r} here; `omscore show ORDER` names the customer of an order",
            code="customer.unknown",
        )
    # The log is never dated back: a shop that lives on a clock of its own may be ahead of this machine's.
    at = max(at, customer.registered_at)
    dispatcher, command = Dispatcher(bare_desk(records), records.reader), ForgetCustomer(person_id=person_id, at=at)
    dispatcher.run(command, at=at)
    person, documents = records.reader.person(person_id), 0
    if person is not None and rejects is not None:  # first, while it is known who they are
        documents = Rejects(rejects).erase(lambda content: mentions(content, person))
    documents += records.storage.vault_erase(person_id)
    dispatcher.run(command, at=at)  # stops what was placed meanwhile
    streams = records.storage.listed("person", person_id, limit=1_000_000)
    orders = (records.look(Order, stream.partition("/")[2]) for stream in streams)
    return Forgotten(documents=documents, unsent=tuple(order.order_id for order in orders if not order.is_settled))
