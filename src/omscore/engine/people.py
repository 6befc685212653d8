"""Who is behind an id: read from the vault at the moment it is needed."""

from __future__ import annotations

from omscore.engine.desk import Desk
from omscore.errors import NotFoundError
from omscore.ids import PersonId
from omscore.parties import Person


def find_person(desk: Desk, person_id: str) -> Person | None:
    """The person, or None when nobody is known by that id any more."""
    return desk.reader.person(PersonId(person_id)) if person_id else None


def person_of(desk: Desk, person_id: PersonId) -> Person:
    """The person. Raises: NotFoundError when they were never told or are forgotten."""
    person = find_person(desk, person_id)
    if person is None:
        raise NotFoundError(f"customer {person_id} is not in the vault (forgotten?)", code="customer.unknown")
    return person
