"""Notices as mail that a mail server delivers."""

from __future__ import annotations

from omscore.ports.notices import Notice
from omscore_adapters.notice_smtp.client import MailServer
from omscore_adapters.notice_smtp.mapping import receiver_of, travelling
from omscore_adapters.notice_smtp.settings import SmtpNoticeSettings


class SmtpNotices:
    """Notices handed to one mail server, each over a connection of its own.

    Holds: the Message-ID is made from the key. Mail has no keys beyond that, and few servers look at it, so a key sent
    twice may arrive twice, and `is_once_per_key` says so.
    """

    is_once_per_key = False

    def __init__(self, settings: SmtpNoticeSettings) -> None:
        self._settings = settings
        self._server = MailServer(settings)

    def send(self, notice: Notice) -> None:
        """Hands the notice to the server as a message.

        Raises: PortRefusedError for a receiver or text no mail can have, and for a no of the server; PortTransientError
        when the server has not taken it; PortUnknownError when it may have.
        """
        wanted = self._settings
        message = travelling(notice, sender=wanted.sender, shop=wanted.shop_mailbox)
        self._server.send(message, sender=wanted.sender, receiver=receiver_of(notice, wanted.shop_mailbox))
