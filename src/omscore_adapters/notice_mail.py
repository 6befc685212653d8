"""A notice as a mail message, for all adapters that write mail; nothing in it can add a header or a receiver."""

from __future__ import annotations

from collections.abc import Mapping
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import EmailPolicy
from email.utils import format_datetime
from hashlib import sha256
from typing import Final

from omscore.calendars import checked_moment
from omscore.errors import InputError, PortRefusedError
from omscore.ports.notices import Notice
from omscore.text import checked_text

SHOP = "shop"
_NONE: Final[Mapping[str, str]] = {}
# Starts text that is decoded when a header is read, and what it decodes to may be a line break.
_ENCODED_WORD = "=?"


def checked_mailbox(address: str) -> str:
    """The address itself when it names exactly one mailbox.

    Raises: PortRefusedError for lists, display names, line breaks and anything that is no address.

    >>> checked_mailbox("a.reader@example.org")
    'a.reader@example.org'
    """
    if type(address) is str and len(address) <= 254 and address.isprintable() and _ENCODED_WORD not in address:
        try:
            found = Address(addr_spec=address)
        except (MessageError, ValueError, IndexError):
            found = Address()
        if found.username and found.domain and found.addr_spec == address:
            return address
    raise PortRefusedError(
        "the receiver or sender is not one plain mail address; give one such as name@example.org",
        code="port.refused.mailbox",
    )


def key_name(key: str) -> str:
    """A name made from a key: the same for the same key, and of letters, digits and one dot whatever the key holds."""
    return f"{sha256(key.encode('utf-8', 'surrogatepass')).hexdigest()[:40]}.omscore"


def message_bytes_in(
    policy: EmailPolicy[EmailMessage], notice: Notice, *, sender: str, shop: str, headers: Mapping[str, str] = _NONE
) -> bytes:
    """The message in the form a policy asks for. Shape: `shop` receives what is meant for the shop's own people;
    `headers` stand beside those of every message, or in their place.

    Holds: the Message-ID is made from the notice's key alone, unless `headers` has one; equal notices give equal bytes;
    a notice with an `html` part has its text beside it.
    Raises: PortRefusedError for a subject with a line break, and for text that cannot be written as UTF-8.
    """
    try:
        subject = checked_text(notice.subject, what=f"the subject of notice {notice.key!r}", max_length=250, empty=True)
    except InputError as error:
        raise PortRefusedError(str(error), code="port.refused.subject", key=notice.key) from error
    if _ENCODED_WORD in subject:
        raise PortRefusedError(
            f"the subject of notice {notice.key!r} holds {_ENCODED_WORD!r}, which mail programs decode; remove it",
            code="port.refused.subject",
            key=notice.key,
        )
    receiver = checked_mailbox(shop if notice.to == SHOP else notice.to)
    # Letters beyond ASCII in an address cannot be encoded away; such a message is written with UTF-8 headers.
    message = EmailMessage(policy=policy.clone(utf8=not (sender + receiver).isascii()))
    message["From"] = sender
    message["To"] = receiver
    message["Subject"] = subject
    message["Date"] = format_datetime(checked_moment(notice.at, what="moment of the notice"))
    named = {
        "Message-ID": f"<{key_name(notice.key)}@{ascii_domain(sender)}>",
        "Auto-Submitted": "auto-generated",
        **headers,
    }
    for name, text in named.items():
        message[name] = text
    try:
        message.set_content(notice.text)
        if notice.html:
            message.add_alternative(notice.html, subtype="html")
            # Made from what it parts, so that it is the same each time and stands in neither.
            message.set_boundary(key_name("\0".join((notice.key, notice.text, notice.html))))
        return message.as_bytes()
    except UnicodeEncodeError as error:
        raise PortRefusedError(
            f"the text of notice {notice.key!r} holds a character that is no character; remove it",
            code="port.refused.text",
            key=notice.key,
        ) from error


def ascii_domain(address: str) -> str:
    """The domain of an address as it can stand in a Message-ID."""
    domain = address.rpartition("@")[2]
    return domain if domain.isascii() and not domain.startswith("[") else "notices.invalid"
