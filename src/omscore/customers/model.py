"""A customer in the log is an opaque id, two moments and group names; the person is in the vault until forgotten."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import assert_never

from omscore.errors import InputError, NotFoundError, RefusedError
from omscore.ids import PersonId, checked_id
from omscore.parties import Person
from omscore.records import frozen

MOST_GROUPS = 50


@frozen(kw_only=True)
class Customer:
    """One customer as the log knows it. Shape: `groups` are sorted, each once."""

    person_id: PersonId
    registered_at: datetime
    forgotten_at: datetime | None = None
    groups: tuple[str, ...] = ()


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


@frozen(kw_only=True)
class GroupCustomer:
    """Say which groups a customer belongs to, such as `wholesale`, instead of those so far; it holds for new orders."""

    person_id: PersonId
    groups: tuple[str, ...]
    at: datetime


CustomerCommand = RegisterCustomer | GroupCustomer | ForgetCustomer


@frozen(kw_only=True)
class CustomerRegistered:
    person_id: PersonId
    at: datetime


@frozen(kw_only=True)
class CustomerForgotten:
    person_id: PersonId
    at: datetime


@frozen(kw_only=True)
class CustomerGrouped:
    person_id: PersonId
    groups: tuple[str, ...]
    at: datetime


CustomerEvent = CustomerRegistered | CustomerForgotten | CustomerGrouped


def checked_groups(groups: tuple[str, ...]) -> tuple[str, ...]:
    """The groups sorted, each once.

    Raises: InputError for more than 50, and for names that are no ids.

    >>> checked_groups(("vip", "trade", "vip"))
    ('trade', 'vip')
    """
    if len(groups) > MOST_GROUPS:
        raise InputError(f"a customer is in at most {MOST_GROUPS} groups, not {len(groups)}", code="customer.groups")
    return tuple(sorted({checked_id(group, what="customer group") for group in groups}))


def decide_customer(customer: Customer | None, command: CustomerCommand) -> Sequence[CustomerEvent]:
    """The fact to note; forgetting may be asked for again, in case the erasing was interrupted.

    Raises: RefusedError for registering or grouping a forgotten customer, whose id is never used again; NotFoundError
    for grouping or forgetting one nobody registered.
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
        case GroupCustomer():
            if customer is None:
                raise NotFoundError(
                    f"there is no customer {command.person_id}; register them first (RegisterCustomer)",
                    code="customer.unknown",
                )
            groups = checked_groups(command.groups)
            if groups == customer.groups:
                return []
            return [CustomerGrouped(person_id=command.person_id, groups=groups, at=command.at)]
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
        case CustomerGrouped():
            registered = customer.registered_at if customer else event.at
            return Customer(person_id=event.person_id, registered_at=registered, groups=event.groups)
        case _:
            assert_never(event)
