"""The syntax of X12: interchanges in groups of transaction sets, whose envelopes must fit what they hold.

The head of an interchange is 106 characters long and itself says which characters part what follows. An interchange
whose counts or control numbers are wrong was damaged on its way, so it is kept as a whole.
"""

from __future__ import annotations

from collections.abc import Iterator

from omscore.errors import InputError
from omscore.records import frozen
from omscore_adapters.channel_common import shown
from omscore_adapters.channel_edi import MOST_BYTES, BrokenInterchange, EdiMessage, Segment, part

HEAD = 106


@frozen(kw_only=True)
class _Marks:
    element: str
    component: str
    segment: str


def messages_of(document: bytes) -> list[EdiMessage | BrokenInterchange]:
    """Every transaction set of a document, and every interchange that is broken.

    Raises: InputError when the document is no X12 at all.
    """
    return [message for interchange in interchanges_of(document) for message in messages_in(interchange)]


def interchanges_of(document: bytes) -> list[str]:
    """The text of every interchange of a document. Raises: InputError when the document is no X12 at all."""
    if len(document) > MOST_BYTES:
        raise InputError(f"the document has more than {MOST_BYTES} bytes; send it in parts")
    try:
        text = document.decode("utf-8").strip()
    except UnicodeDecodeError as error:
        raise InputError(f"byte {error.start + 1} is not UTF-8") from None
    if not text.startswith("ISA"):
        raise InputError(f"X12 begins with ISA, this with {shown(text[:3])}")
    return list(_interchanges(text))


def _interchanges(text: str) -> Iterator[str]:
    """Each from its ISA to before the next one, which begins where a segment does."""
    start = 0
    while start < len(text):
        marks = _marks(text[start : start + HEAD])
        follows = f"{marks.segment}"
        at = start + HEAD
        end = len(text)
        while (at := text.find(follows, at)) >= 0:
            at += 1
            if text[at : at + 10].lstrip("\r\n").startswith(f"ISA{marks.element}"):
                end = at
                break
        yield text[start:end].strip()
        start = end
        while start < len(text) and text[start] in "\r\n ":
            start += 1


def _marks(head: str) -> _Marks:
    if len(head) < HEAD or not head.startswith("ISA"):
        raise InputError(f"the head of an interchange is {HEAD} characters long and begins with ISA; this is not one")
    marks = _Marks(element=head[3], component=head[104], segment=head[105])
    if len({marks.element, marks.component, marks.segment}) < 3 or any(
        mark.isalnum() or mark == " " for mark in (marks.element, marks.component, marks.segment)
    ):
        raise InputError("the head of the interchange does not name three different separators")
    if head.count(marks.element) != 16:
        raise InputError("the head of the interchange has not the 16 elements of an ISA")
    return marks


def segments_in(text: str) -> list[Segment]:
    """The segments of one interchange, its head and end included."""
    marks = _marks(text[:HEAD])
    return [_segment(piece, marks) for piece in _pieces(text, marks)]


def _pieces(text: str, marks: _Marks) -> list[str]:
    raw = [piece.strip("\r\n") for piece in text.split(marks.segment)]
    if raw[-1].strip() == "":
        raw.pop()
    return raw


def messages_in(text: str) -> list[EdiMessage | BrokenInterchange]:
    """Every transaction set of one interchange, or that it is broken."""
    marks = _marks(text[:HEAD])
    raw = _pieces(text, marks)
    segments = [_segment(piece, marks) for piece in raw]
    sender, control = part(segments[0], 6).strip(), part(segments[0], 13)
    try:
        return list(_sets(raw, segments, marks, f"{sender}:{control}"))
    except InputError as error:
        return [
            BrokenInterchange(
                content=text.encode(), says=f"the interchange {shown(control)} of {shown(sender)} {error}"
            )
        ]


def _segment(piece: str, marks: _Marks) -> Segment:
    is_head = piece.startswith("ISA")  # which holds the component mark itself
    return tuple([(each,) if is_head else tuple(each.split(marks.component)) for each in piece.split(marks.element)])


def _sets(raw: list[str], segments: list[Segment], marks: _Marks, name: str) -> Iterator[EdiMessage]:
    """The transaction sets in their groups. Raises: InputError when an envelope does not fit."""
    found: list[EdiMessage] = []
    group: Segment | None = None
    group_at, start, sets, groups = 0, -1, 0, 0
    ended = False
    for at, segment in enumerate(segments[1:], 1):
        tag = part(segment, 0)
        if ended:
            raise InputError("goes on after its end (IEA)")
        if start >= 0:
            if tag == "SE":
                sets += 1
                message_id = f"{name}:{part(group or (), 6)}:{part(segments[start], 2)}"
                envelope = [raw[0], raw[group_at], *raw[start : at + 1]]
                ends = [
                    marks.element.join(("GE", "1", part(group or (), 6))),
                    marks.element.join(("IEA", "1", part(segments[0], 13))),
                ]
                content = "".join(f"{piece}{marks.segment}" for piece in (*envelope, *ends)).encode()
                found.append(EdiMessage(message_id=message_id, content=content, segments=segments[start : at + 1]))
                start = -1
            elif tag in ("ST", "GS", "GE", "ISA", "IEA"):
                raise InputError(f"has the transaction set {shown(part(segments[start], 2))} without an end (SE)")
        elif tag == "TA1" and group is None:
            end = marks.element.join(("IEA", "0", part(segments[0], 13)))
            content = "".join(f"{piece}{marks.segment}" for piece in (raw[0], raw[at], end)).encode()
            message_id = f"{name}:TA1:{part(segment, 1)}"
            found.append(EdiMessage(message_id=message_id, content=content, segments=(segment,)))
        elif tag == "GS" and group is None:
            group, group_at, sets, groups = segment, at, 0, groups + 1
        elif tag == "ST" and group is not None:
            start = at
        elif tag == "GE" and group is not None:
            _check("GE01", part(segment, 1), str(sets))
            _check("GE02", part(segment, 2), part(group, 6))
            group = None
        elif tag == "IEA" and group is None:
            _check("IEA01", part(segment, 1), str(groups))
            _check("IEA02", part(segment, 2), part(segments[0], 13))
            ended = True
        else:
            raise InputError(f"has {shown(tag)} where it does not belong, in segment {at + 1}")
    if not ended:
        raise InputError("has no end (IEA)")
    if not found:
        raise InputError("holds no transaction set")
    yield from found


def _check(what: str, told: str, wanted: str) -> None:
    if told.lstrip("0") != wanted.lstrip("0"):
        raise InputError(f"says {shown(told)} in {what}, where {shown(wanted)} belongs; have it sent again")
