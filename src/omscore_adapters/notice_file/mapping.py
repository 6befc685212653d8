"""A notice as the file of a mail folder."""

from __future__ import annotations

from email.policy import EmailPolicy

from omscore.ports.notices import Notice
from omscore_adapters.notice_mail import key_name, message_bytes_in

__all__ = ["file_name", "message_bytes"]

_LINES = EmailPolicy(linesep="\n", raise_on_defect=True)


def file_name(key: str) -> str:
    """The name of the message's file: the same for the same key, and safe whatever the key holds.

    >>> file_name("ord_1.shipped") == file_name("ord_1.shipped"), "/" in file_name("../../etc")
    (True, False)
    """
    return key_name(key)


def message_bytes(notice: Notice, *, sender: str, shop: str) -> bytes:
    """The message as it is written. Holds: equal notices give equal bytes.

    Raises: PortRefusedError for what no mail can hold (`notice_mail.message_bytes_in`).
    """
    return message_bytes_in(_LINES, notice, sender=sender, shop=shop)
