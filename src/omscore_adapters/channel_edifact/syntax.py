"""The syntax of EDIFACT: interchanges of messages, whose ends must fit what they hold.

Separators may be named at the beginning (UNA); a release character makes the next one a plain letter. An interchange
whose counts or references are wrong was damaged on its way, so it is kept as a whole.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from omscore.errors import InputError
from omscore.records import frozen
from omscore_adapters.channel_common import shown
from omscore_adapters.channel_edi import MOST_BYTES, BrokenInterchange, EdiMessage, Segment, part

_SYNTAX = re.compile(rb"UNB.(UNO[A-Z])")
ENCODINGS = {
    "UNOA": "ascii",
    "UNOB": "ascii",
    "UNOC": "latin-1",
    "UNOD": "iso8859-2",
    "UNOE": "iso8859-5",
    "UNOF": "iso8859-7",
    "UNOW": "utf-8",
    "UNOY": "utf-8",
}
"""How the character sets are called that an interchange names."""
STANDARD = ":+.? '"


@frozen(kw_only=True)
class Marks:
    """The characters with a meaning of their own."""

    component: str
    element: str
    decimal: str
    release: str
    segment: str


@frozen(kw_only=True)
class Interchange:
    """All segments of one interchange, and either its messages or that it is broken."""

    marks: Marks
    segments: Sequence[Segment]
    messages: Sequence[EdiMessage] = ()
    broken: BrokenInterchange | None = None


def messages_of(document: bytes) -> list[tuple[Marks, EdiMessage] | BrokenInterchange]:
    """Every message of a document, and every interchange that is broken.

    Raises: InputError when the document is no EDIFACT at all.
    """
    found: list[tuple[Marks, EdiMessage] | BrokenInterchange] = []
    for each in interchanges_of(document):
        found += [each.broken] if each.broken else [(each.marks, message) for message in each.messages]
    return found


def interchanges_of(document: bytes) -> list[Interchange]:
    """Every interchange of a document. Raises: InputError when the document is no EDIFACT at all."""
    if len(document) > MOST_BYTES:
        raise InputError(f"the document has more than {MOST_BYTES} bytes; send it in parts")
    syntax = _SYNTAX.search(document[:200])
    encoding = ENCODINGS.get(syntax[1].decode() if syntax else "")
    if encoding is None:
        raise InputError(f"no interchange (UNB) with a known character set begins here; known: {', '.join(ENCODINGS)}")
    try:
        text = document.decode(encoding).strip()
    except UnicodeDecodeError as error:
        raise InputError(f"byte {error.start + 1} is not of the character set the interchange names") from None
    return [_interchange(encoding, *each) for each in _interchanges(text)]


def _interchange(encoding: str, advice: str, marks: Marks, pieces: list[str]) -> Interchange:
    segments = tuple([_segment(piece, marks) for piece in pieces])
    try:
        messages = tuple(_messages(advice, pieces, segments, marks, encoding))
    except InputError as error:
        content = (advice + "".join(f"{piece}{marks.segment}" for piece in pieces)).encode(encoding)
        name = f"{shown(part(segments[0], 5))} of {shown(part(segments[0], 2))}"
        broken = BrokenInterchange(content=content, says=f"the interchange {name} {error}")
        return Interchange(marks=marks, segments=segments, broken=broken)
    return Interchange(marks=marks, segments=segments, messages=messages)


def _interchanges(text: str) -> Iterator[tuple[str, Marks, list[str]]]:
    """Each interchange: the advice on separators as it stands, the separators, and its segments as they stand."""
    at = 0
    while at < len(text):
        advice = ""
        if text.startswith("UNA", at):
            advice = text[at : at + 9]
            if len(advice) < 9:
                raise InputError("the advice on separators (UNA) is cut off")
        told = advice[3:] or STANDARD
        marks = Marks(component=told[0], element=told[1], decimal=told[2], release=told[3], segment=told[5])
        distinct = {marks.component, marks.element, marks.segment}
        if len(distinct) < 3 or marks.release in distinct or any(mark.isalnum() or mark == " " for mark in distinct):
            raise InputError("the advice on separators (UNA) does not name different separators")
        at = _past_blanks(text, at + len(advice))
        if not text.startswith(f"UNB{marks.element}", at):
            raise InputError(f"an interchange begins with UNB, this with {shown(text[at : at + 3])}")
        pieces: list[str] = []
        while at < len(text):
            end = _find(text, marks.segment, at, marks.release)
            piece = text[at:end].lstrip("\r\n ")
            at = end + 1
            if piece:
                pieces.append(piece)
            if piece.startswith(f"UNZ{marks.element}"):
                break
        yield advice, marks, pieces
        at = _past_blanks(text, at)


def _past_blanks(text: str, at: int) -> int:
    while at < len(text) and text[at] in "\r\n ":
        at += 1
    return at


def _find(text: str, mark: str, start: int, release: str) -> int:
    """Where the mark stands next without a release character before it; the end of the text when nowhere."""
    at = start
    while (at := text.find(mark, at)) >= 0:
        before = at
        while release != " " and before > start and text[before - 1] == release:
            before -= 1
        if (at - before) % 2 == 0:
            return at
        at += 1
    return len(text)


def _segment(piece: str, marks: Marks) -> Segment:
    return tuple(
        [
            tuple([_plain(each, marks) for each in _split(element, marks.component, marks.release)])
            for element in _split(piece, marks.element, marks.release)
        ]
    )


def _split(text: str, mark: str, release: str) -> list[str]:
    if release == " " or release not in text:
        return text.split(mark)
    found, at = [], 0
    while at <= len(text):
        end = _find(text, mark, at, release)
        found.append(text[at:end])
        at = end + 1
    return found


def _plain(text: str, marks: Marks) -> str:
    """The text without its release characters."""
    if marks.release == " " or marks.release not in text:
        return text
    return re.sub(re.escape(marks.release) + "(.?)", r"\1", text, flags=re.DOTALL)


def _messages(
    advice: str, pieces: Sequence[str], segments: Sequence[Segment], marks: Marks, encoding: str
) -> Iterator[EdiMessage]:
    """The messages between UNB and UNZ. Raises: InputError when the envelope does not fit."""
    sender, control = part(segments[0], 2), part(segments[0], 5)
    if part(segments[-1], 0) != "UNZ":
        raise InputError("has no end (UNZ)")
    found: list[EdiMessage] = []
    start = -1
    for at, segment in enumerate(segments[1:-1], 1):
        tag = part(segment, 0)
        if tag in ("UNG", "UNE"):
            raise InputError("has groups (UNG); have it sent without them")
        if start < 0 and tag == "UNH":
            start = at
        elif start < 0 or tag in ("UNH", "UNB"):
            raise InputError(f"has {shown(tag)} where it does not belong, in segment {at + 1}")
        elif tag == "UNT":
            end = f"UNZ{marks.element}1{marks.element}{pieces[-1].split(marks.element)[-1]}"
            kept = (pieces[0], *pieces[start : at + 1], end)
            content = (advice + "".join(f"{piece}{marks.segment}" for piece in kept)).encode(encoding)
            message_id = f"{sender}:{control}:{part(segments[start], 1)}"
            found.append(EdiMessage(message_id=message_id, content=content, segments=segments[start : at + 1]))
            start = -1
    if start >= 0:
        raise InputError("has a message without an end (UNT)")
    if not found:
        raise InputError("holds no message")
    if part(segments[-1], 1).lstrip("0") != str(len(found)):
        raise InputError(f"says {shown(part(segments[-1], 1))} messages in UNZ, there are {len(found)}")
    if part(segments[-1], 2) != control:
        raise InputError(f"ends with the reference {shown(part(segments[-1], 2))}; have it sent again")
    yield from found
