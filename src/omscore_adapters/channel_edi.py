"""What both EDI syntaxes share: interchanges of messages, each message a list of segments of text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TypeAlias

from omscore.errors import InputError, PortRefusedError
from omscore.records import frozen
from omscore_adapters.channel_common import shown

Segment: TypeAlias = tuple[tuple[str, ...], ...]
"""One segment: elements of components; the first component of the first element is its tag."""

MOST_BYTES = 64 * 1_048_576


def part(segment: Segment, element: int, component: int = 0) -> str:
    """One component as it stands; empty where the segment ends before.

    >>> part((("PO1",), ("1",)), 1), part((("PO1",),), 7, 2)
    ('1', '')
    """
    if element < len(segment) and component < len(segment[element]):
        return segment[element][component]
    return ""


@frozen(kw_only=True)
class EdiMessage:
    """One message of an interchange. Shape: `segments` are all of it, its own head and end included."""

    message_id: str
    content: bytes
    segments: Sequence[Segment]


@frozen(kw_only=True)
class BrokenInterchange:
    """An interchange whose envelope does not fit what is in it, so that none of its messages can be trusted."""

    content: bytes
    says: str


def fitted(text: str, what: str, *, longest: int, shortest: int = 1) -> str:
    """The text itself when its field takes it: nothing that names a thing is ever cut short.

    Raises: PortRefusedError naming the field.

    >>> fitted("PO-77", "the order's reference", longest=22)
    'PO-77'
    """
    if not shortest <= len(text) <= longest or not text.isprintable():
        raise PortRefusedError(
            f"{what} is {shown(text)}; its field takes {shortest} to {longest} printable characters, so tell the "
            "other side by hand",
            code="port.refused.field",
        )
    return text


def names_there(skus: Mapping[str, str]) -> dict[str, str]:
    """What the other side calls our articles, where it calls them otherwise: the first of several names.

    >>> names_there({"ACME-1": "TEA", "ACME-2": "TEA"})
    {'TEA': 'ACME-1'}
    """
    names: dict[str, str] = {}
    for theirs, ours in skus.items():
        names.setdefault(ours, theirs)
    return names


def check_parties(outbox: Path | None, ids: Mapping[str, str], lists: Mapping[str, Sequence[str]]) -> None:
    """Returns when messages back have what their envelopes and lines need. Raises: InputError naming the setting."""
    if outbox is None:
        return
    for name, value in ids.items():
        if not value:
            raise InputError(f"{name} is empty, but messages in the outbox need it; write what both sides agreed on")
    for name, values in lists.items():
        if not values:
            raise InputError(f"{name} is empty, but messages in the outbox use its first entry")
