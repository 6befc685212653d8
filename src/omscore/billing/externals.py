"""What another system calls a document that the shop gave it: its number of an entry, an invoice or a sale.

One record for each document and system. It is found by our id, by theirs, and by the order it is about.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

from omscore.errors import InputError
from omscore.ids import checked_id
from omscore.records import frozen

LONGEST = 200


class DocumentSort(StrEnum):
    """What sort of document of ours it is."""

    ENTRY = "entry"
    """A journal entry; `our_id` is its entry id."""
    INVOICE = "invoice"
    """An invoice or credit note; `our_id` is its number."""
    SALE = "sale"
    """What was sold or taken back of an order; `our_id` is the order id, or the id of what was cancelled."""


@frozen(kw_only=True)
class ExternalId:
    """One document of ours in one other system.

    Shape: `system` is the adapter, such as `erp.tryton`; `our_id` is an entry id, an invoice number, or the id of an
    order or of what was cancelled of it; `external_id` is what they call it; `about` is the order, or whatever else
    the document is about, such as a stock document.
    """

    system: str
    sort: DocumentSort
    our_id: str
    external_id: str
    about: str


@frozen(kw_only=True)
class RecordExternalId:
    """Keep what another system calls a document; told again it changes nothing, told otherwise the last one counts."""

    system: str
    sort: DocumentSort
    our_id: str
    external_id: str
    about: str
    at: datetime

    @property
    def key(self) -> str:
        return external_key(self.system, self.sort, self.our_id)


@frozen(kw_only=True)
class ExternalIdRecorded:
    system: str
    sort: DocumentSort
    our_id: str
    external_id: str
    about: str
    at: datetime

    @property
    def key(self) -> str:
        return external_key(self.system, self.sort, self.our_id)


def external_key(system: str, sort: DocumentSort, our_id: str) -> str:
    """Under which key the record of a document in a system is kept.

    >>> external_key("erp.tryton", DocumentSort.INVOICE, "2026-000001")
    'erp.tryton/invoice/2026-000001'
    """
    return f"{system}/{sort.value}/{our_id}"


def checked_external_id(text: object) -> str:
    """The text itself when it can be what another system calls something; it may be any digits, so no card is sought.

    Raises: InputError for anything but 1 to 200 visible characters.

    >>> checked_external_id("2026/000017")
    '2026/000017'
    """
    if type(text) is not str or not 1 <= len(text) <= LONGEST or not text.isprintable() or text != text.strip():
        shown = ascii(text[:40]) if type(text) is str else type(text).__name__
        raise InputError(
            f"external_id {shown} is not usable: give 1 to {LONGEST} visible characters without blanks at an end",
            code="input.external_id",
        )
    return text


def check_external(command: RecordExternalId) -> None:
    """Raise InputError naming the field that holds no id."""
    for name in ("system", "our_id", "about"):
        checked_id(getattr(command, name), what=name)
    checked_external_id(command.external_id)


def decide_external(known: ExternalId | None, command: RecordExternalId) -> Sequence[ExternalIdRecorded]:
    """What is new about it; nothing when it was told before. Raises: InputError for what is no id."""
    check_external(command)
    if known is not None and (known.external_id, known.about) == (command.external_id, command.about):
        return []
    return [
        ExternalIdRecorded(
            system=command.system,
            sort=command.sort,
            our_id=command.our_id,
            external_id=command.external_id,
            about=command.about,
            at=command.at,
        )
    ]


def evolve_external(_: ExternalId | None, event: ExternalIdRecorded) -> ExternalId:
    """The record as it was told last."""
    return ExternalId(
        system=event.system,
        sort=event.sort,
        our_id=event.our_id,
        external_id=event.external_id,
        about=event.about,
    )
