"""Notices as messages in a maildir: any mail program can read them, and a mail server's pickup can send them."""

from __future__ import annotations

from omscore.ports.notices import Notice
from omscore_adapters.notice_file.client import MaildirFolder
from omscore_adapters.notice_file.mapping import file_name, message_bytes
from omscore_adapters.notice_file.settings import FileNoticeSettings


class FileNotices:
    """Notices into one folder.

    Holds: the same key twice gives one file, as long as the first is still in the folder.
    """

    def __init__(self, settings: FileNoticeSettings) -> None:
        self._settings = settings
        self._folder = MaildirFolder(settings.path)

    def send(self, notice: Notice) -> None:
        """Writes the notice as a message.

        Raises: PortRefusedError for a receiver or subject no mail can have; PortTransientError when the folder does
        not take it.
        """
        message = message_bytes(notice, sender=self._settings.sender, shop=self._settings.shop_mailbox)
        self._folder.deliver(file_name(notice.key), message)
