"""A customer in the log is an opaque id and two moments; the person behind it is in the vault until it is forgotten."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import assert_never

from omscore.errors import NotFoundError, RefusedError
from omscore.ids import PersonId
from omscore.parties import Person
from omscore.records import frozen


@frozen(kw_only=True)
class Customer:
    """One customer as the log knows it."""

    person_id: PersonId
    registered_at: datetime
    forgotten_at: datetime | None = None


@frozen(kw_only=True)
class RegisterCustomer:
    """Keep a person's details in the vault, or replace them."""

    person: Person
    at: datetime

    @property
    def person_id(self) -> PersonId:
        return self.person.person_id


@frozen(kw_only=True)
class ForgetCustomer:
    """Erase a person's details for good; orders and books stay."""

    person_id: PersonId
    at: datetime


CustomerCommand = RegisterCustomer | ForgetCustomer


@frozen(kw_only=True)
class CustomerRegistered:
    person_id: PersonId
    at: datetime


@frozen(kw_only=True)
class CustomerForgotten:
    person_id: PersonId
    at: datetime


CustomerEvent = CustomerRegistered | CustomerForgotten


def decide_customer(customer: Customer | None, command: CustomerCommand) -> Sequence[CustomerEvent]:
    """The fact to note; forgetting may be asked for again, in case the erasing was interrupted.

    Raises: RefusedError for registering a forgotten customer, whose id is never used again.
    """
    if customer is not None and customer.forgotten_at is not None:
        if isinstance(command, ForgetCustomer):
            return []
        raise RefusedError(
            f"customer {customer.person_id} was forgotten on {customer.forgotten_at:%Y-%m-%d}; use a new id",
            code="customer.forgotten",
        )
    match command:
        case RegisterCustomer():
            return [] if customer else [CustomerRegistered(person_id=command.person_id, at=command.at)]
        case ForgetCustomer():
            if customer is None:
                raise NotFoundError(f"there is no customer {command.person_id}", code="customer.unknown")
            return [CustomerForgotten(person_id=command.person_id, at=command.at)]
        case _:
            assert_never(command)


def evolve_customer(customer: Customer | None, event: CustomerEvent) -> Customer:
    """The customer after one more fact."""
    match event:
        case CustomerRegistered():
            return Customer(person_id=event.person_id, registered_at=event.at)
        case CustomerForgotten():
            registered = customer.registered_at if customer else event.at
            return Customer(person_id=event.person_id, registered_at=registered, forgotten_at=event.at)
        case _:
            assert_never(event)
