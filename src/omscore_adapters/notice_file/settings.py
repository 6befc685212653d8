"""Which folder notices are written to and who they are from."""

from __future__ import annotations

from pathlib import Path

from omscore.errors import PortRefusedError, SetupError
from omscore.records import frozen
from omscore_adapters.notice_mail import checked_mailbox


@frozen(kw_only=True)
class FileNoticeSettings:
    """A maildir and the addresses of the shop. Shape: `shop` receives what is meant for the shop's own people.

    >>> FileNoticeSettings(path=Path("mail"), sender="orders@example.org").shop_mailbox
    'orders@example.org'
    """

    path: Path
    sender: str
    shop: str = ""

    def __attrs_post_init__(self) -> None:
        for name, address in (("sender", self.sender), ("shop", self.shop_mailbox)):
            try:
                checked_mailbox(address)
            except PortRefusedError as error:
                raise SetupError(f"notices.file.{name}: {error}") from error

    @property
    def shop_mailbox(self) -> str:
        """Where notices to `shop` go: the address given for it, else the sender's own."""
        return self.shop or self.sender
