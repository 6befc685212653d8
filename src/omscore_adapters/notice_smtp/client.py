"""One conversation with a mail server for one message, ending in what is known about it.

Until the line that ends the message is sent nothing can have happened; from then until the answer anything may have.
"""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from omscore.errors import PortRefusedError, PortTransientError, PortUnknownError, SetupError
from omscore_adapters.notice_smtp.mapping import refusal
from omscore_adapters.notice_smtp.settings import SmtpNoticeSettings

_END = b".\r\n"


class MailServer:
    """A mail server that is asked for one message at a time.

    Raises: SetupError when the certificates that should vouch for it cannot be read.
    """

    def __init__(self, settings: SmtpNoticeSettings) -> None:
        self._settings = settings
        try:
            self._trust = ssl.create_default_context(cafile=settings.ca_file)
        except (OSError, ValueError) as error:
            raise SetupError(
                f"notices.smtp.ca_file: {settings.ca_file} cannot be read as certificates in PEM form ({error})"
            ) from error

    def send(self, message: bytes, *, sender: str, receiver: str) -> None:
        """Hands the message over; it is the server's once this returns.

        Raises: PortRefusedError for an answer of 5xx; PortTransientError when the server has not taken it, or cannot be
        reached, trusted or signed in to; PortUnknownError when its last answer got lost.
        """
        with self._signed_in() as server:
            options = [] if (sender + receiver).isascii() else ["SMTPUTF8"]
            for doing, (code, answer) in self._envelope(server, sender, receiver, options):
                if code not in (250, 251, 252, 354):
                    raise refusal(code, answer, doing)
            server.send(message if message.endswith(b"\r\n") else message + b"\r\n")
            code, answer = self._ended(server)
            if code != 250:
                raise refusal(code, answer, "take the message")
            with suppress(smtplib.SMTPException, OSError):  # the message is the server's already
                server.quit()

    @staticmethod
    def _envelope(
        server: smtplib.SMTP, sender: str, receiver: str, options: list[str]
    ) -> Iterator[tuple[str, tuple[int, bytes]]]:
        yield "take the sender", server.mail(sender, options)
        yield "take the receiver", server.rcpt(receiver)
        yield "take a message", server.docmd("DATA")

    @staticmethod
    def _ended(server: smtplib.SMTP) -> tuple[int, bytes]:
        try:
            server.send(_END)
            code, answer = server.getreply()
        except (smtplib.SMTPException, OSError) as error:
            raise PortUnknownError(
                "the mail server did not answer after the whole message was sent; it may have taken it",
                code="port.unknown.mail",
            ) from error
        if not 200 <= code <= 599:
            raise PortUnknownError(
                "the mail server answered with no number; it may have taken the message", code="port.unknown.mail"
            )
        return code, answer

    @contextmanager
    def _signed_in(self) -> Iterator[smtplib.SMTP]:
        """A server ready for a message. What goes wrong before the end of one is no more than a wait."""
        wanted = self._settings
        server: smtplib.SMTP | None = None
        try:
            if wanted.security == "tls":
                server = smtplib.SMTP_SSL(
                    wanted.host, wanted.server_port, timeout=wanted.timeout_s, context=self._trust
                )
            else:
                server = smtplib.SMTP(wanted.host, wanted.server_port, timeout=wanted.timeout_s)
            if wanted.security == "starttls":
                server.starttls(context=self._trust)
            server.ehlo_or_helo_if_needed()
            if wanted.password is not None:
                server.login(wanted.username, wanted.password.reveal())
            yield server
        except smtplib.SMTPAuthenticationError as error:
            raise PortTransientError(
                f"the mail server does not let {wanted.username!r} in ({error.smtp_code}); mend username or password",
                code="port.transient.sign_in",
            ) from None  # its answer may hold what was sent
        except smtplib.SMTPNotSupportedError as error:
            raise self._missing(error) from error
        except ssl.SSLError as error:
            raise PortTransientError(
                f"the mail server cannot be trusted ({error.reason or 'no TLS'}); mend its certificate or ca_file",
                code="port.transient.trust",
            ) from error
        except smtplib.SMTPResponseException as error:
            raise PortTransientError(
                f"the mail server is not ready ({error.smtp_code}); it can be sent again", code="port.transient.mail"
            ) from error
        except (smtplib.SMTPException, OSError) as error:
            raise PortTransientError(
                f"the mail server at {wanted.host}:{wanted.server_port} cannot be spoken to "
                f"({type(error).__name__}); it can be sent again",
                code="port.transient.mail",
            ) from error
        finally:
            if server is not None:
                server.close()

    def _missing(self, error: smtplib.SMTPNotSupportedError) -> PortRefusedError | PortTransientError:
        if "SMTPUTF8" in str(error):
            return PortRefusedError(
                "the mail server takes no addresses with letters beyond ASCII; give another address",
                code="port.refused.mail",
            )
        return PortTransientError(
            f"the mail server offers no {'sign-in' if 'AUTH' in str(error) else 'STARTTLS'}, which the shop asks for; "
            "mend security, username or the server",
            code="port.transient.mail",
        )
