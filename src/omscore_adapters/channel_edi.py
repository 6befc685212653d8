"""What both EDI syntaxes share: interchanges of messages, each message a list of segments of text."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import TypeAlias

from omscore.errors import InputError, PortRefusedError
from omscore.parties import NewsKind
from omscore.records import frozen
from omscore_adapters.channel_common import shown

Segment: TypeAlias = tuple[tuple[str, ...], ...]
"""One segment: elements of components; the first component of the first element is its tag."""

MOST_BYTES = 64 * 1_048_576
_LETTERS = str.maketrans("0123456789", "ghijklmnop")


def part(segment: Segment, element: int, component: int = 0) -> str:
    """One component as it stands; empty where the segment ends before.

    >>> part((("PO1",), ("1",)), 1), part((("PO1",),), 7, 2)
    ('1', '')
    """
    if element < len(segment) and component < len(segment[element]):
        return segment[element][component]
    return ""


def made(tag: str, *elements: str | tuple[str, ...]) -> Segment:
    """A segment of elements, each a text or its components.

    >>> made("RFF", ("ON", "PO-1"))
    (('RFF',), ('ON', 'PO-1'))
    """
    return ((tag,), *[(each,) if isinstance(each, str) else each for each in elements])


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


def kinds_told(outbox: Path | None, *, acknowledges: bool) -> frozenset[NewsKind]:
    """What the other side is told of.

    >>> len(kinds_told(Path("out"), acknowledges=True)), kinds_told(None, acknowledges=False)
    (4, frozenset())
    """
    if outbox is None:
        return frozenset()
    return frozenset(NewsKind) if acknowledges else frozenset(NewsKind) - {NewsKind.ACKNOWLEDGEMENT}


def interchange_id_of(segments: Iterable[Segment]) -> str:
    """An id that the same interchange has whenever it comes, and no other: not even one sent under its number again.

    Shape: letters alone, so that it is taken for no number of anything.

    >>> interchange_id_of([(("ISA",),)])
    'ngnhblajajaloamlihjoonpjndcebakn'
    """
    content = repr([[list(element) for element in segment] for segment in segments])
    return sha256(content.encode("utf-8", "surrogatepass")).hexdigest()[:32].translate(_LETTERS)


def echoed(text: str, longest: int) -> str:
    """What an answer repeats of a text that came: printable, and no longer than its field.

    >>> echoed("0001\\x00", 9), echoed("0" * 30, 9)
    ('0001?', '000000000')
    """
    return "".join([letter if letter.isprintable() else "?" for letter in text[:longest]])


def check_parties(
    outbox: Path | None, ids: Mapping[str, str], lists: Mapping[str, Sequence[str]], *, acknowledges: bool
) -> None:
    """Returns when messages back have what their envelopes and lines need. Raises: InputError naming the setting."""
    if outbox is None:
        if acknowledges:
            raise InputError("acknowledge is true, but there is no outbox; name the folder acknowledgements are put in")
        return
    for name, value in ids.items():
        if not value:
            raise InputError(f"{name} is empty, but messages in the outbox need it; write what both sides agreed on")
    for name, values in lists.items():
        if not values:
            raise InputError(f"{name} is empty, but messages in the outbox use its first entry")
