"""Customers: their details go to the vault and nowhere else, until they are forgotten."""

from __future__ import annotations

from omscore.customers.model import ForgetCustomer, RegisterCustomer
from omscore.engine.unit import Unit
from omscore.orders.commands import PlaceHold
from omscore.orders.model import HoldKind, Order


def register_customer(unit: Unit, command: RegisterCustomer) -> None:
    """Keep the person in the vault; the log learns only the id."""
    unit.decide(command)
    unit.keep_private(command.person_id, "person", unit.desk.codec.text(command.person))


def forget_customer(unit: Unit, command: ForgetCustomer) -> None:
    """Note that the customer is forgotten; what has not left for them yet is stopped, for it has no address any
    more."""
    unit.decide(command)
    for stream in unit.desk.reader.listed("person", command.person_id, limit=1_000_000):
        order = unit.get(Order, stream.partition("/")[2])
        if not order.is_settled:
            says = "the customer was forgotten, so there is no address; cancel what is left"
            unit.run(PlaceHold(order_id=order.order_id, kind=HoldKind.ADDRESS, says=says, at=command.at))
