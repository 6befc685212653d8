"""Who is behind an id: read from the vault at the moment it is needed."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from typing import Any

from omscore.engine.desk import Desk
from omscore.errors import NotFoundError
from omscore.ids import PersonId
from omscore.parties import Person
from omscore.ports.storage import SeenStream, VaultWrite


def find_person(desk: Desk, person_id: str) -> Person | None:
    """The person, or None when nobody is known by that id any more."""
    return desk.reader.person(PersonId(person_id)) if person_id else None


def person_of(desk: Desk, person_id: PersonId) -> Person:
    """The person. Raises: NotFoundError when they were never told or are forgotten."""
    person = find_person(desk, person_id)
    if person is None:
        raise NotFoundError(f"customer {person_id} is not in the vault (forgotten?)", code="customer.unknown")
    return person


def customers_seen(
    documents: Iterable[VaultWrite], first: Mapping[str, tuple[int, Any]], written: Container[str]
) -> tuple[SeenStream, ...]:
    """The customers of these documents as they were read: a commit that keeps something of one who is forgotten
    meanwhile must not be made.

    Shape: those the commit writes to are checked as such; who was never a customer cannot be forgotten.
    """
    streams = sorted({f"customer/{document.person_id}" for document in documents})
    seen = [SeenStream(stream, first[stream][0]) for stream in streams if stream not in written]
    return tuple([each for each in seen if each.version])
