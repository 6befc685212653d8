"""A small mail system that accepts first and finds out later: its reports are built as RFC 3464 asks for."""

from __future__ import annotations

from email import message_from_bytes
from email.generator import BytesGenerator
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from io import BytesIO

from aiosmtpd.smtp import Envelope

from tests.adapters.notices.mailserver import content_of
from tests.kit.shops import NOON

HOST = "mx.far.example"


def report_on(
    letter: bytes, receiver: str, *, sender: str, action: str = "failed", status: str = "5.1.1", whole: bool = True
) -> bytes:
    """The report on a letter. Shape: `whole` returns all of it, else its headers alone."""
    report = EmailMessage(policy=SMTP)
    report["From"] = f"Mail Delivery System <postmaster@{HOST}>"
    report["To"] = sender
    report["Subject"] = f"Delivery report: {action}"
    report["Date"] = format_datetime(NOON)
    report["Auto-Submitted"] = "auto-replied"
    report.set_content(f"About your message to {receiver}: {action} ({status}).\n")
    report.make_mixed()
    report.attach(_delivery_status(receiver, action, status))
    report.attach(_returned(letter, whole=whole))
    report.replace_header("Content-Type", f'multipart/report; report-type=delivery-status; boundary="{HOST}/1"')
    out = BytesIO()
    BytesGenerator(out, policy=SMTP, mangle_from_=False).flatten(report)
    return out.getvalue()


def report_on_taken(envelope: Envelope, *, action: str = "failed", status: str = "5.1.1", whole: bool = True) -> bytes:
    """The report on a letter that a server took, to whom its envelope says it is from."""
    letter, receiver, sender = content_of(envelope), str(envelope.rcpt_tos[0]), str(envelope.mail_from)
    return report_on(letter, receiver, sender=sender, action=action, status=status, whole=whole)


def _delivery_status(receiver: str, action: str, status: str) -> EmailMessage:
    part = EmailMessage(policy=SMTP)
    part["Content-Type"] = "message/delivery-status"
    about, of_receiver = EmailMessage(policy=SMTP), EmailMessage(policy=SMTP)
    about["Reporting-MTA"] = f"dns; {HOST}"
    about["Arrival-Date"] = format_datetime(NOON)
    of_receiver["Final-Recipient"] = f"rfc822; {receiver}"
    of_receiver["Action"] = action
    of_receiver["Status"] = status
    part.set_payload([about, of_receiver])
    return part


def _returned(letter: bytes, *, whole: bool) -> EmailMessage:
    part = EmailMessage(policy=SMTP)
    if whole:
        part["Content-Type"] = "message/rfc822"
        part.set_payload([message_from_bytes(letter)])
    else:
        part["Content-Type"] = "text/rfc822-headers"
        part.set_payload(letter.partition(b"\r\n\r\n")[0].decode("ascii", "surrogateescape"))
    return part
