"""Notices through a mail server: one message per notice, and never more said of it than is known."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from omscore.errors import PortError, PortRefusedError, PortTransientError, PortUnknownError, SetupError
from omscore.plugins import PortKind
from omscore.plugins.discovery import Plugins
from omscore.ports.keys import is_once_per_key
from omscore.ports.notices import Notice, NoticePort
from omscore.secrets import Secret
from omscore_adapters import notice_smtp
from omscore_adapters.notice_mail import key_name
from omscore_adapters.notice_smtp import SmtpNotices, SmtpNoticeSettings
from omscore_adapters.notice_smtp.mapping import travelling
from tests.adapters.notices.mailserver import NAME, WORD, Certified, Mailroom, serving

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def notice(
    to: str = "a.reader@b.example", *, key: str = "n1", subject: str = "Sent", text: str = "On its way.", html: str = ""
) -> Notice:
    return Notice(key=key, to=to, subject=subject, text=text, at=NOON, html=html)


@pytest.fixture(scope="module")
def certified(tmp_path_factory: pytest.TempPathFactory) -> Certified:
    return Certified(tmp_path_factory.mktemp("certificates"))


@pytest.fixture(scope="module")
def plain() -> Iterator[tuple[Mailroom, SmtpNotices]]:
    mailroom = Mailroom()
    with serving(mailroom, None, security="none") as port:
        yield mailroom, SmtpNotices(plain_settings(port))


def plain_settings(port: int) -> SmtpNoticeSettings:
    return SmtpNoticeSettings(
        host="127.0.0.1", port=port, security="none", sender="orders@shop.example", shop="staff@shop.example"
    )


def read(content: bytes | str | None) -> EmailMessage:
    assert isinstance(content, bytes)
    parsed = message_from_bytes(content, policy=default)
    assert isinstance(parsed, EmailMessage)
    return parsed


def body(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    assert part is not None
    return str(part.get_content()).replace("\r\n", "\n")


def test_a_notice_arrives_as_one_message_with_text_html_and_a_message_id_from_its_key(
    plain: tuple[Mailroom, SmtpNotices],
) -> None:
    mailroom, notices = plain
    notices.send(notice(subject="Grüße", text="Für Sie.\n.\n..\n" + "x" * 2_000, html="<p>Für Sie.</p>"))
    envelope = mailroom.taken[-1]
    message = read(envelope.content)
    assert (envelope.mail_from, envelope.rcpt_tos) == ("orders@shop.example", ["a.reader@b.example"])
    assert message["Message-ID"] == f"<{key_name('n1')}@shop.example>"
    assert (message["Subject"], message["Date"].datetime) == ("Grüße", NOON)
    assert body(message, "plain") == "Für Sie.\n.\n..\n" + "x" * 2_000 + "\n"
    assert body(message, "html") == "<p>Für Sie.</p>\n"


def test_alerts_go_to_the_shop(plain: tuple[Mailroom, SmtpNotices]) -> None:
    mailroom, notices = plain
    notices.send(notice("shop"))
    assert mailroom.taken[-1].rcpt_tos == ["staff@shop.example"]


def test_addresses_with_letters_beyond_ascii_are_served(plain: tuple[Mailroom, SmtpNotices]) -> None:
    mailroom, notices = plain
    notices.send(notice("joerg@müller.example"))
    assert mailroom.taken[-1].rcpt_tos == ["joerg@müller.example"]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(st.characters(exclude_categories=("Cs", "Cc", "Zl", "Zp")) | st.sampled_from(".\n"), max_size=300))
@example(".")
@example("a\n.\nQUIT\n")
@example("\n..\n.\n\n.")
def test_whatever_a_text_holds_it_arrives_whole_and_ends_no_message_early(
    plain: tuple[Mailroom, SmtpNotices], text: str
) -> None:
    mailroom, notices = plain
    before = len(mailroom.taken)
    notices.send(notice(text=text))
    assert len(mailroom.taken) == before + 1
    assert body(read(mailroom.taken[-1].content), "plain") == (text if text.endswith("\n") else text + "\n")


@pytest.mark.parametrize(
    ("local_part", "kind", "says"),
    [
        ("unknown", PortRefusedError, r"take the receiver \(550 5.1.1\)"),
        ("gone", PortRefusedError, r"take the receiver \(553\)"),
        ("spam", PortRefusedError, r"take the message \(554 5.7.1\)"),
        ("grey", PortTransientError, r"take the receiver now \(451 4.7.1\)"),
        ("full", PortTransientError, r"take the receiver now \(452 4.2.2\)"),
        ("busy", PortTransientError, r"take the message now \(421 4.3.0\)"),
        ("lost", PortUnknownError, "may have taken it"),
    ],
)
def test_a_bounce_is_a_no_a_delay_is_a_wait_and_a_lost_answer_is_unknown(
    plain: tuple[Mailroom, SmtpNotices], local_part: str, kind: type[PortError], says: str
) -> None:
    with pytest.raises(kind, match=says) as caught:
        plain[1].send(notice(f"{local_part}@b.example"))
    assert "b.example" not in str(caught.value)


def test_mail_does_not_promise_one_effect_per_key(plain: tuple[Mailroom, SmtpNotices]) -> None:
    mailroom, notices = plain
    before = len(mailroom.taken)
    notices.send(notice(key="twice"))
    notices.send(notice(key="twice"))
    first, second = [read(envelope.content)["Message-ID"] for envelope in mailroom.taken[before:]]
    assert (first == second, is_once_per_key(notices)) == (True, False)


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_shop_signs_in_over_tls_and_a_wrong_password_sends_nothing(certified: Certified, security: str) -> None:
    mailroom = Mailroom()
    with serving(mailroom, certified, security=security, auth=security == "starttls") as port:
        for word, sent in ((WORD, 1), ("another-word", 1 if security == "starttls" else None)):
            if sent is None:
                continue  # the server over TLS from the start asks for no password
            table: dict[str, object] = {
                "host": "localhost",
                "port": port,
                "security": security,
                "sender": "orders@shop.example",
                "ca_file": str(certified.ca_file),
            }
            if security == "starttls":
                table |= {"username": NAME, "password": word}
            plugins = Plugins()
            plugins.register(notice_smtp)
            with plugins.open(PortKind.NOTICE, "smtp", table, folder=Path()) as opened:
                notices: NoticePort = opened
                if word == WORD:
                    notices.send(notice())
                else:
                    with pytest.raises(PortTransientError, match=r"does not let 'shop' in \(535\)") as caught:
                        notices.send(notice())
                    assert word not in repr(caught.value.__dict__) + str(caught.value)
            assert len(mailroom.taken) == sent


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_server_nobody_vouches_for_gets_no_message(certified: Certified, security: str) -> None:
    mailroom = Mailroom()
    with serving(mailroom, certified, security=security) as port:
        wanted = SmtpNoticeSettings(
            host="localhost",
            port=port,
            security="starttls" if security == "starttls" else "tls",
            sender="orders@shop.example",
        )
        with pytest.raises(PortTransientError, match="cannot be trusted"):
            SmtpNotices(wanted).send(notice())
    assert mailroom.taken == []


def test_a_server_that_hides_starttls_gets_no_message(plain: tuple[Mailroom, SmtpNotices]) -> None:
    mailroom, _ = plain
    before = len(mailroom.taken)
    with serving(mailroom, None, security="none") as port:
        wanted = SmtpNoticeSettings(host="localhost", port=port, sender="orders@shop.example")
        with pytest.raises(PortTransientError, match="offers no STARTTLS"):
            SmtpNotices(wanted).send(notice())
    assert len(mailroom.taken) == before


@contextmanager
def breaking_off(answers: tuple[bytes, ...]) -> Iterator[int]:
    """A server that gives those answers, one per line it hears, and then hangs up."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            connection, _ = listening.accept()
            with connection, connection.makefile("rb") as lines:
                for answer in answers:
                    connection.sendall(answer)
                    lines.readline()
                    while answer.startswith(b"354") and lines.readline() not in (b".\r\n", b""):
                        pass

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield listening.getsockname()[1]
        thread.join(timeout=10)


TALK = (b"220 hello\r\n", b"250 hello\r\n", b"250 OK\r\n", b"250 OK\r\n", b"354 go on\r\n", b"no number\r\n")


@pytest.mark.parametrize("heard", range(len(TALK) + 1))
def test_what_breaks_off_before_the_end_of_the_message_is_a_wait_and_after_it_is_unknown(heard: int) -> None:
    with breaking_off(TALK[:heard]) as port, pytest.raises(PortError) as caught:
        SmtpNotices(plain_settings(port)).send(notice())
    assert type(caught.value) is (PortUnknownError if heard >= 5 else PortTransientError)


def test_a_server_that_is_not_there_is_a_wait() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(PortTransientError, match="cannot be spoken to"):
        SmtpNotices(plain_settings(port)).send(notice())


def made(**fields: object) -> Callable[[], object]:
    base: dict[str, object] = {"host": "mail.example.org", "sender": "orders@shop.example"}
    return lambda: SmtpNoticeSettings(**{**base, **fields})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (made(sender="nobody"), "notices.smtp.sender"),
        (made(shop="x\n"), "notices.smtp.shop"),
        (made(host="mail.example.org:25"), "no name of a server"),
        (made(host=""), "no name of a server"),
        (made(port=0), "from 1 to 65535"),
        (made(timeout_s=30), "below the lease"),
        (made(username="shop"), "come together"),
        (made(password=Secret("w")), "come together"),
        (made(username="shop", password=Secret("w"), security="none"), "would show the password"),
        (made(username="shop", password=Secret("wört")), "ASCII"),
    ],
)
def test_settings_that_cannot_work_are_refused(make: Callable[[], object], says: str) -> None:
    with pytest.raises(SetupError, match=says):
        make()


def test_certificates_that_are_none_are_refused_when_the_shop_is_opened(tmp_path: Path) -> None:
    for path in (tmp_path / "none.pem", Path(__file__)):
        wanted = SmtpNoticeSettings(host="localhost", sender="orders@shop.example", ca_file=path)
        with pytest.raises(SetupError, match=r"notices\.smtp\.ca_file"):
            SmtpNotices(wanted)


def test_the_usual_port_follows_from_the_security() -> None:
    ports = [
        SmtpNoticeSettings(host="localhost", sender="a@b.example", security=security).server_port
        for security in ("starttls", "tls", "none")
    ]
    assert ports == [587, 465, 25]


def test_equal_notices_are_equal_messages() -> None:
    both = [travelling(notice(html="<p>Sent</p>"), sender="a@b.example", shop="a@b.example") for _ in range(2)]
    assert both[0] == both[1]
