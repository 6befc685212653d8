"""A notice as a mail message; nothing in it can add a header or a second receiver."""

from __future__ import annotations

from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import EmailPolicy
from email.utils import format_datetime
from hashlib import sha256

from omscore.calendars import checked_moment
from omscore.errors import InputError, PortRefusedError
from omscore.ports.notices import Notice
from omscore.text import checked_text

SHOP = "shop"
# Starts text that is decoded when a header is read, and what it decodes to may be a line break.
_ENCODED_WORD = "=?"
_PLAIN = EmailPolicy(linesep="\n", raise_on_defect=True)


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


def file_name(key: str) -> str:
    """The name of the message's file: the same for the same key, and safe whatever the key holds.

    >>> file_name("ord_1.shipped") == file_name("ord_1.shipped"), "/" in file_name("../../etc")
    (True, False)
    """
    return f"{sha256(key.encode('utf-8', 'surrogatepass')).hexdigest()[:40]}.omscore"


def message_bytes(notice: Notice, *, sender: str, shop: str) -> bytes:
    """The message as it is written. Holds: equal notices give equal bytes.

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
    message = EmailMessage(policy=_PLAIN.clone(utf8=not (sender + receiver).isascii()))
    message["From"] = sender
    message["To"] = receiver
    message["Subject"] = subject
    message["Date"] = format_datetime(checked_moment(notice.at, what="moment of the notice"))
    message["Message-ID"] = f"<{file_name(notice.key)}@{_ascii_domain(sender)}>"
    message["Auto-Submitted"] = "auto-generated"
    try:
        message.set_content(notice.text)
        return message.as_bytes()
    except UnicodeEncodeError as error:
        raise PortRefusedError(
            f"the text of notice {notice.key!r} holds a character that is no character; remove it",
            code="port.refused.text",
            key=notice.key,
        ) from error


def _ascii_domain(address: str) -> str:
    domain = address.rpartition("@")[2]
    return domain if domain.isascii() and not domain.startswith("[") else "notices.invalid"
