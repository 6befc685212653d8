"""The console, the mail folder and mail itself under the kit that is shipped for the notices of others."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Sequence
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import pytest

from omscore.ports.notices import Notice
from omscore.records import changed
from omscore.secrets import Secret
from omscore.testing.conformance.notices import Arrived, NoticeConformance
from omscore.testing.faults import Fault
from omscore_adapters import notice_console, notice_file, notice_smtp
from omscore_adapters.notice_console import ConsoleNotices
from omscore_adapters.notice_file import FileNotices, FileNoticeSettings
from omscore_adapters.notice_smtp import SmtpNotices, SmtpNoticeSettings
from tests.adapters.notices.mailserver import NAME, WORD, Certified, Mailroom, content_of, serving

SEAL = "seal-canary-31415926535897932384626433832795"

BLOCK = re.compile(
    r"^-{72}\nto: ([^\n]*)\nsubject: ([^\n]*)\nat: [^\n]*\nkey: [^\n]*\n\n(.*?)\n-{72}$", re.MULTILINE | re.DOTALL
)


class Stream(io.StringIO):
    """A terminal that may be gone for one line."""

    is_down = False

    def write(self, text: str) -> int:
        if self.is_down:
            self.is_down = False
            raise OSError("the terminal is gone")
        return super().write(text)


class ConsoleHarness:
    """What was printed is what arrived."""

    faults = frozenset({Fault.DOWN})
    secrets = ()
    shop = "shop"

    def __init__(self) -> None:
        self._stream = Stream()
        self.port = ConsoleNotices(self._stream)

    def break_next(self, fault: Fault) -> None:
        assert fault is Fault.DOWN
        self._stream.is_down = True

    def arrived(self) -> Sequence[Arrived]:
        return [Arrived(to=(to,), subject=subject, text=text) for to, subject, text in BLOCK.findall(self._text())]

    def _text(self) -> str:
        return self._stream.getvalue()


class FolderHarness:
    """The mail folder, read as a mail program reads it, and broken by taking away a part of it for one call."""

    faults = frozenset({Fault.DOWN})
    secrets = ()
    shop = "people@example.org"

    def __init__(self, path: Path) -> None:
        self._path = path
        self._folder = FileNotices(FileNoticeSettings(path=path, sender="orders@example.org", shop=self.shop))
        self._is_down = False

    @property
    def port(self) -> FolderHarness:
        return self

    def send(self, notice: Notice) -> None:
        if not self._is_down:
            self._folder.send(notice)
            return
        self._is_down = False
        (self._path / "tmp").rename(self._path / "away")
        try:
            self._folder.send(notice)
        finally:
            (self._path / "away").rename(self._path / "tmp")

    def break_next(self, fault: Fault) -> None:
        assert fault is Fault.DOWN
        self._is_down = True

    def arrived(self) -> Sequence[Arrived]:
        files = sorted((self._path / "new").iterdir(), key=lambda file: file.stat().st_mtime_ns)
        return [_arrived(file.read_bytes()) for file in files]


class MailHarness:
    """A real mail server that wants a password, and what it took."""

    faults = frozenset({Fault.DOWN, Fault.LOST_ANSWER, Fault.GARBAGE})
    secrets = (WORD, SEAL)
    shop = "people@example.org"

    def __init__(self, mailroom: Mailroom, port: SmtpNotices) -> None:
        self._mailroom = mailroom
        self.port = port

    def break_next(self, fault: Fault) -> None:
        self._mailroom.fault = fault

    def arrived(self) -> Sequence[Arrived]:
        found = [_arrived(content_of(envelope)) for envelope in self._mailroom.taken]
        return [changed(each, to=tuple(of.rcpt_tos)) for each, of in zip(found, self._mailroom.taken, strict=True)]


def _arrived(message: bytes) -> Arrived:
    mail = message_from_bytes(message, policy=default)
    receivers = [each.addr_spec for header in ("To", "Cc", "Bcc") for each in getattr(mail[header], "addresses", ())]
    return Arrived(to=tuple(receivers), subject=mail["Subject"], text=mail.get_content())


class TestConsole(NoticeConformance):
    """The console does not keep to keys, and says so."""

    provider = notice_console.PROVIDER
    keeps_keys = False
    cannot_happen = dict.fromkeys(set(Fault) - {Fault.DOWN}, "a terminal gives no answers")

    @pytest.fixture
    def harness(self) -> ConsoleHarness:
        return ConsoleHarness()


class TestFolder(NoticeConformance):
    """All laws but those about answers: a folder gives none."""

    provider = notice_file.PROVIDER
    cannot_happen = dict.fromkeys(set(Fault) - {Fault.DOWN}, "a folder gives no answers, and every file appears whole")

    @pytest.fixture
    def harness(self, tmp_path: Path) -> FolderHarness:
        return FolderHarness(tmp_path / "mail")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Mailroom, SmtpNotices]]:
    mailroom, certified = Mailroom(), Certified(tmp_path_factory.mktemp("certificates"))
    with serving(mailroom, certified, security="starttls", auth=True) as port:
        settings = SmtpNoticeSettings(
            host="localhost",
            port=port,
            sender="orders@example.org",
            shop=MailHarness.shop,
            username=NAME,
            password=Secret(WORD),
            ca_file=certified.ca_file,
            bounce_secrets=(Secret(SEAL),),
        )
        yield mailroom, SmtpNotices(settings)


class TestMail(NoticeConformance):
    """Mail has no keys beyond a Message-ID that few look at, and says so."""

    provider = notice_smtp.PROVIDER
    keeps_keys = False

    @pytest.fixture
    def harness(self, server: tuple[Mailroom, SmtpNotices]) -> MailHarness:
        server[0].taken.clear()
        return MailHarness(*server)
