"""Which mail server takes the messages, how it is signed in to, and who they are from."""

from __future__ import annotations

from pathlib import Path
from typing import Final, Literal

from omscore.errors import PortRefusedError, SetupError
from omscore.records import frozen
from omscore.secrets import Secret
from omscore_adapters.notice_mail import checked_mailbox

_SHORTEST_SECRET: Final = 16
_PORTS: Final = {"starttls": 587, "tls": 465, "none": 25}


@frozen(kw_only=True)
class SmtpNoticeSettings:
    """A mail server and the addresses of the shop.

    Shape: `shop` receives what is meant for the shop's own people; without `port` the usual one of `security` is taken;
    `ca_file` holds the certificates that vouch for the server, when it is not one the system trusts. The first of
    `bounce_secrets` seals the name of every letter, all of them open it.
    Raises: SetupError for addresses that are none, and for a password that would travel in the clear.

    >>> SmtpNoticeSettings(host="mail.example.org", sender="orders@example.org").server_port
    587
    """

    host: str
    sender: str
    shop: str = ""
    security: Literal["starttls", "tls", "none"] = "starttls"
    port: int | None = None
    username: str = ""
    password: Secret | None = None
    ca_file: Path | None = None
    timeout_s: int = 10
    bounce_secrets: tuple[Secret, ...] = ()

    def __attrs_post_init__(self) -> None:
        for name, address in (("sender", self.sender), ("shop", self.shop_mailbox)):
            try:
                checked_mailbox(address)
            except PortRefusedError as error:
                raise SetupError(f"notices.smtp.{name}: {error}") from error
        if not self.host.isprintable() or not self.host.isascii() or not self.host or set(self.host) & set(" /:@"):
            raise SetupError("notices.smtp.host is no name of a server; write one such as mail.example.org")
        if not 1 <= self.server_port <= 65_535:
            raise SetupError(f"notices.smtp.port is {self.port}; give one from 1 to 65535")
        if not 1 <= self.timeout_s <= 25:
            raise SetupError(f"notices.smtp.timeout_s is {self.timeout_s}; give 1 to 25, below the lease of a task")
        if any(len(each.reveal()) < _SHORTEST_SECRET for each in self.bounce_secrets):
            raise SetupError(
                f"notices.smtp.bounce_secrets holds one of fewer than {_SHORTEST_SECRET} letters; give a long random "
                "text"
            )
        if bool(self.username) != (self.password is not None):
            raise SetupError("notices.smtp: username and password come together; give both, or neither")
        if self.username and self.security == "none":
            raise SetupError('notices.smtp.security: "none" would show the password; write "starttls" or "tls"')
        if not self.username.isascii() or not (self.password is None or self.password.reveal().isascii()):
            raise SetupError("notices.smtp: username and password can have ASCII letters only; choose others")

    @property
    def shop_mailbox(self) -> str:
        """Where notices to `shop` go: the address given for it, else the sender's own."""
        return self.shop or self.sender

    @property
    def server_port(self) -> int:
        """The port that is used."""
        return _PORTS[self.security] if self.port is None else self.port
