"""Notices as mail that a mail server delivers."""

from __future__ import annotations

from omscore.errors import SetupError
from omscore.ports.bounces import ReadMail
from omscore.ports.notices import Notice
from omscore_adapters.notice_smtp.bounces import read_bounce
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
        secret = wanted.bounce_secrets[0] if wanted.bounce_secrets else None
        message = travelling(notice, sender=wanted.sender, shop=wanted.shop_mailbox, secret=secret)
        self._server.send(message, sender=wanted.sender, receiver=receiver_of(notice, wanted.shop_mailbox))

    def read_bounce(self, message: bytes) -> ReadMail:
        """What a message is that came to the mailbox of bounces: which letter came back, or why it tells of none.

        Raises: SetupError without `bounce_secrets`.
        """
        if not self._settings.bounce_secrets:
            raise SetupError(
                "notices.smtp.bounce_secrets is empty, so nobody could tell a forged bounce; give a long random text, "
                'such as bounce_secrets = [{env = "SHOP_BOUNCE_SECRET"}], before letters are sent',
                path="notices.smtp.bounce_secrets",
            )
        return read_bounce(message, self._settings.bounce_secrets)
