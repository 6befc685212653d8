"""What both EDI syntaxes share: interchanges of messages, each message a list of segments of text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from omscore.records import frozen

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
