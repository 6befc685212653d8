"""The small shop with a real mail server behind its letters, and what that server took."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import Envelope

from omscore.app import Oms
from tests.adapters.notices.mailserver import Mailroom, serving
from tests.kit.shops import SHOP, small_shop

SECRET = "a secret of the tests alone"  # noqa: S105 - it opens nothing
SENDER = "orders@tea.example"
_FILE = SHOP[SHOP.index("[notices.file]") : SHOP.index("[erp.beancount]")]


def mail_table(port: int, secret: str = SECRET) -> str:
    """The table of shop.toml that sends mail to a server on this machine."""
    secrets = f'bounce_secrets = ["{secret}"]\n' if secret else ""
    return f'[notices.smtp]\nhost = "127.0.0.1"\nport = {port}\nsecurity = "none"\nsender = "{SENDER}"\n{secrets}'


@contextmanager
def mail_shop(
    folder: Path, *, storage: Mapping[str, Any] | None = None, secret: str = SECRET, edit: str = ""
) -> Iterator[tuple[Oms, Mailroom]]:
    """The small shop that sends by a real server, and what the server took."""
    mailroom = Mailroom()
    with serving(mailroom, None, security="none") as port:
        table = mail_table(port, secret)
        with small_shop(folder, storage=storage, edit=edit, replacing={_FILE: table}) as oms:
            yield oms, mailroom


def taken(mailroom: Mailroom, receiver: str = "anna@example.org") -> Envelope:
    """The last message that went to somebody."""
    return [each for each in mailroom.taken if each.rcpt_tos == [receiver]][-1]
