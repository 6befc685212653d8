"""A notice as it travels to a mail server, and what the server's answers say about it."""

from __future__ import annotations

import re
from email.headerregistry import HeaderRegistry
from email.policy import EmailPolicy

from omscore.errors import PortError, PortRefusedError, PortTransientError
from omscore.ports.notices import Notice
from omscore.secrets import Secret
from omscore_adapters.notice_mail import SHOP, ascii_domain, checked_mailbox, message_bytes_in
from omscore_adapters.notice_smtp.bounces import LETTER
from omscore_adapters.notice_smtp.seals import sealed_name

_HEADERS = HeaderRegistry()
_HEADERS.registry[LETTER.lower()] = _HEADERS.registry["message-id"]  # a name is never broken into lines
# Letters beyond ASCII are encoded away in the body, so that a server needs no extension for it.
_TRAVELLING = EmailPolicy(linesep="\r\n", cte_type="7bit", raise_on_defect=True, header_factory=_HEADERS)
_STATUS = re.compile(rb"[245]\.\d{1,3}\.\d{1,3}\b")


def receiver_of(notice: Notice, shop: str) -> str:
    """The one mailbox a notice goes to. Raises: PortRefusedError when it is none."""
    return checked_mailbox(shop if notice.to == SHOP else notice.to)


def travelling(notice: Notice, *, sender: str, shop: str, secret: Secret | None = None) -> bytes:
    r"""The message with the line ends of mail, and without the line that would end it early.

    Shape: with a `secret` it bears its name under a seal, by which a bounce is known to be of it.

    Holds: no line is a dot alone.

    >>> from datetime import UTC, datetime
    >>> noon = datetime(2026, 3, 1, 12, tzinfo=UTC)
    >>> dots = Notice(key="n1", to="a@example.org", subject="Sent", text="one\n.\ntwo", at=noon)
    >>> travelling(dots, sender="b@example.org", shop="b@example.org")[-14:]
    b'one\r\n..\r\ntwo\r\n'
    """
    name = None if secret is None else sealed_name(notice.key, secret)
    headers = {} if name is None else {"Message-ID": f"<{name}@{ascii_domain(sender)}>", LETTER: f"<{name}>"}
    message = message_bytes_in(_TRAVELLING, notice, sender=sender, shop=shop, headers=headers)
    return re.sub(rb"(?m)^\.", b"..", message)


def refusal(code: int, answer: bytes, doing: str) -> PortError:
    """What a server's answer means: 5xx is a definite no, anything else can be tried again.

    Holds: nothing of the answer but its numbers is repeated, for servers like to repeat the receiver's address.

    >>> refusal(550, b"5.1.1 <a.reader@example.org> is unknown here", "take the receiver")
    PortRefusedError('the mail server would not take the receiver (550 5.1.1); mend the cause it names')
    >>> type(refusal(451, b"greylisted", "take the receiver")).__name__
    'PortTransientError'
    """
    found = _STATUS.match(answer)
    numbers = f"{code} {found.group().decode()}" if found else str(code)
    if 500 <= code <= 599:
        says = f"the mail server would not {doing} ({numbers}); mend the cause it names"
        return PortRefusedError(says, code="port.refused.mail", answer=numbers)
    says = f"the mail server would not {doing} now ({numbers}); it can be sent again"
    return PortTransientError(says, code="port.transient.mail", answer=numbers)
