"""A real mail server (aiosmtpd) on a free port of this machine, whose receivers say how it shall behave."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread

import trustme
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from omscore.testing.faults import Fault

NAME, WORD = "shop", "a-word-of-the-shop"
REFUSALS = {
    "unknown": "550 5.1.1 <unknown@b.example> is unknown here",
    "grey": "451 4.7.1 come back later",
    "full": "452 4.2.2 mailbox full",
    "gone": "553 nobody of that name",
}


class Mailroom:
    """What a server took. The local part of a receiver chooses what happens to the message, or `fault` does, once."""

    def __init__(self) -> None:
        self.taken: list[Envelope] = []
        self.fault: Fault | None = None

    async def handle_MAIL(
        self, server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        envelope.mail_from = address
        if self.fault is Fault.DOWN:
            self.fault = None
            _hang_up(server)
        return "250 OK"

    async def handle_RCPT(
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        envelope.rcpt_tos.append(address)
        return REFUSALS.get(address.partition("@")[0], "250 OK")

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:
        fault, self.fault = self.fault, None
        place = "lost" if fault is Fault.LOST_ANSWER else envelope.rcpt_tos[0].partition("@")[0]
        match place:
            case "spam":
                return "554 5.7.1 looks like spam to me"
            case "busy":
                return "421 4.3.0 shutting down"
            case "lost":
                self.taken.append(envelope)
                _hang_up(server)
                return "250 never heard"
            case _:
                self.taken.append(envelope)
                return "<html>" if fault is Fault.GARBAGE else "250 OK"


def _hang_up(server: SMTP) -> None:
    assert isinstance(server.transport, asyncio.Transport)
    server.transport.abort()


def content_of(envelope: Envelope) -> bytes:
    """The message as it was taken."""
    assert isinstance(envelope.content, bytes)
    return envelope.content


def sign_in(_server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, said: object) -> AuthResult:
    """Whether name and password are the right ones."""
    right = isinstance(said, LoginPassword) and (said.login, said.password) == (NAME.encode(), WORD.encode())
    return AuthResult(success=right, handled=False)


class Certified:
    """A certificate for localhost, and the authority that vouches for it as a file."""

    def __init__(self, folder: Path) -> None:
        authority = trustme.CA()
        self.ca_file = folder / "ca.pem"
        authority.cert_pem.write_to_path(str(self.ca_file))
        self.context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        authority.issue_cert("localhost").configure_cert(self.context)


@contextmanager
def serving(mailroom: Mailroom, certified: Certified | None, *, security: str, auth: bool = False) -> Iterator[int]:
    """The port of a server that runs until the end of the block."""
    loop = asyncio.new_event_loop()
    starttls = certified.context if certified and security == "starttls" else None

    def protocol() -> SMTP:
        return SMTP(
            mailroom,
            hostname="localhost",
            tls_context=starttls,
            require_starttls=starttls is not None,
            auth_required=auth,
            auth_require_tls=starttls is not None,
            authenticator=sign_in if auth else None,
            enable_SMTPUTF8=True,
            loop=loop,
        )

    wrapped = certified.context if certified and security == "tls" else None
    server = loop.run_until_complete(loop.create_server(protocol, "127.0.0.1", 0, ssl=wrapped))
    thread = Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        asyncio.run_coroutine_threadsafe(_ended(server), loop).result(timeout=10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(timeout=10)
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()


async def _ended(server: asyncio.Server) -> None:
    server.close()
    await server.wait_closed()
    others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
