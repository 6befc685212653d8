"""What a message that came in is: a bounce of a letter of this shop, or why it is none."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from email.message import EmailMessage
from typing import Final

from omscore.errors import InputError
from omscore.ports.bounces import MailKind, ReadMail
from omscore.secrets import Secret
from omscore_adapters.notice_smtp.mailtext import (
    Fields,
    TooMuchError,
    calls_itself_a_report,
    fields_of,
    read_mail,
)
from omscore_adapters.notice_smtp.plainbounces import plain_bounce_in
from omscore_adapters.notice_smtp.reports import Action, report_in
from omscore_adapters.notice_smtp.seals import opened_name

LETTER: Final = "X-Omscore-Letter"
"""The header that bears the sealed name beside the Message-ID."""

_MOST_NAMES: Final = 50

_NOT_FAILED: Final = {
    Action.DELAYED: "it is delayed: the server there still tries to deliver it",
    Action.DELIVERED: "it was delivered",
    Action.RELAYED: "it was passed on to a server that reports no more",
    Action.EXPANDED: "it was passed on to the members of a list",
}


def read_bounce(raw: bytes, secrets: Iterable[Secret]) -> ReadMail:
    """What a message is, whatever its bytes are.

    >>> read_bounce(b"Subject: hello\\n\\nIs the teapot still there?\\n", [Secret("a secret of the shop")]).says
    'it is no report of a mail server'
    """
    try:
        message = read_mail(raw)
        report = report_in(message) or plain_bounce_in(message)
    except TooMuchError as error:
        if calls_itself_a_report(raw):
            return ReadMail(kind=MailKind.UNREADABLE, says=str(error))
        return ReadMail(kind=MailKind.OTHER, says=f"it is no report of a mail server, and {error}")
    except InputError as error:
        return ReadMail(kind=MailKind.UNREADABLE, says=str(error))
    if report is None:
        return ReadMail(kind=MailKind.OTHER, says=_what_else(message))
    if report.action is not Action.FAILED:
        return ReadMail(kind=MailKind.OTHER, says=_NOT_FAILED[report.action])
    names = list(_names(report.returned, fields_of(message)))
    secrets = tuple(secrets)
    letter = next((key for name in names[:_MOST_NAMES] if (key := opened_name(name, secrets)) is not None), None)
    if letter is None:
        says = "what it returns bears no seal of this shop" if names else "it does not say which message failed"
        return ReadMail(kind=MailKind.FOREIGN, says=says)
    return ReadMail(kind=MailKind.BOUNCE, letter=letter, status=report.status)


def _names(returned: Iterable[Fields], report: Fields) -> Iterator[str]:
    """Whatever may name the message that failed: its own headers first, then what the report says it answers."""
    for fields in returned:
        for header in (LETTER.lower(), "message-id"):
            if header in fields:
                yield fields[header].replace(" ", "")
    for header in ("in-reply-to", "references"):
        yield from report.get(header, "").split(" ")[:_MOST_NAMES] if header in report else ()


def _what_else(message: EmailMessage) -> str:
    """What a message is that is no report on a delivery, as far as it says so itself."""
    fields = fields_of(message)
    sort = fields.get("content-type", "").replace('"', "").lower()
    if "report-type=disposition-notification" in sort:
        return "it says that a message was read, or deleted unread"
    if "report-type=feedback-report" in sort:
        return "it is a complaint about a message that was delivered"
    if fields.get("auto-submitted", "no").lower().startswith("auto-replied") or "x-autoreply" in fields:
        return "it is an automatic answer"
    return "it is no report of a mail server"
