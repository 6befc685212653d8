"""A message as parts, read with bounds: how large, how many lines and parts, how long the headers that say what it is.

The parser of the standard library is kept from what would make it slow or deep; what it stumbles over all the same is
told as unreadable.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Final

from omscore.errors import InputError

MOST_BYTES: Final = 4 * 1024 * 1024
"""A letter of the shop is smaller, and so is what comes back of it."""

_MOST_LINES: Final = 40_000
_MOST_GAPS: Final = 2_500
_MOST_PARTS: Final = 30
_LONGEST_HEADER: Final = 1_024
_LONGEST_HEADERS: Final = 16_384
_LONGEST_FIELD: Final = 8_192
_CONTENT: Final = re.compile(rb"(?im)^content-[a-z-]{1,40}[ \t]*:.*(?:\n[ \t].*)*")

Fields = dict[str, str]
"""Fields by their name in small letters, in one line each; of a name that stands twice, the first."""


class TooMuchError(InputError):
    """A message beyond the bounds that it is read with."""


def read_mail(raw: bytes) -> EmailMessage:
    """The message as parts. Raises: InputError saying why it cannot be read, TooMuchError when it is beyond bounds."""
    text = _within_bounds(raw)
    try:
        message = message_from_bytes(text, policy=default)
        list(message.walk())
    except Exception as error:
        # The parser promises to raise nothing and keeps it almost always; what it says may hold a piece of the mail.
        raise InputError(f"its structure cannot be read ({type(error).__name__})") from None
    if not list(message.raw_items()):
        raise InputError("it has no headers")
    return message


def calls_itself_a_report(raw: bytes) -> bool:
    """Whether the headers of a message say that it is a report of a server."""
    headers = re.split(rb"(?:\r\n|\r|\n){2}", raw[:65_536], maxsplit=1)[0]
    return b"multipart/report" in headers.lower()


def _within_bounds(raw: bytes) -> bytes:
    """The message with plain line ends, when it can be parsed in good time."""
    if len(raw) > MOST_BYTES:
        raise TooMuchError(f"it is larger than {MOST_BYTES // 1024**2} MiB")
    text = raw.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    if text.count(b"\n") > _MOST_LINES:
        raise TooMuchError(f"it has more than {_MOST_LINES} lines")
    if text.count(b"\n\n") > _MOST_GAPS:  # each may begin another group of fields
        raise TooMuchError(f"it has more than {_MOST_GAPS} empty lines")
    found = [each.group().lower() for each in _CONTENT.finditer(text)]
    if sum([each.startswith(b"content-type") for each in found]) > _MOST_PARTS:
        raise TooMuchError(f"it is made of more than {_MOST_PARTS} parts")
    sizes = [len(each) for each in found]
    if max(sizes, default=0) > _LONGEST_HEADER or sum(sizes) > _LONGEST_HEADERS:
        raise TooMuchError("the headers that say what it is made of are too long")
    return text


def fields_of(message: EmailMessage) -> Fields:
    """The headers of a message as they are written. Shape: one that is overlong is left out."""
    found: Fields = {}
    for name, value in message.raw_items():
        text = str(value)
        if len(text) <= _LONGEST_FIELD:
            found.setdefault(name.lower(), " ".join(text.split()))
    return found


def fields_in(text: str) -> Fields:
    """The fields a text begins with, up to an empty line. Shape: lines that are none are passed over."""
    found: Fields = {}
    name = ""
    for line in text.splitlines():
        if not line.strip():
            break
        if line[0] in " \t":
            if name and len(found[name]) + len(line) <= _LONGEST_FIELD:
                found[name] = f"{found[name]} {line.strip()}"
            continue
        field, colon, value = line.partition(":")
        name = field.strip().lower() if colon else ""
        if name in found or len(value) > _LONGEST_FIELD:
            name = ""
        if name:
            found[name] = value.strip()
    return found


def parts_of(message: EmailMessage) -> Iterator[EmailMessage]:
    """The parts right below a message; none when it is one piece."""
    if message.get_content_maintype() == "multipart" and message.is_multipart():
        yield from (part for part in message.iter_parts() if isinstance(part, EmailMessage))


def text_of(part: EmailMessage) -> str:
    """The text of a part whatever it says of its letters; what cannot be read is left out."""
    payload = part.get_payload(decode=True)
    return payload.decode("utf-8", "ignore") if isinstance(payload, bytes) else ""
