"""Notices as mail in a folder: one file per key, one receiver, and no header but ours."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from mailbox import Maildir
from pathlib import Path

import pluggy
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from omscore.errors import InputError, PortRefusedError, PortTransientError, SetupError
from omscore.plugins import PortKind
from omscore.plugins.hookspecs import PROJECT, Hooks
from omscore.ports.notices import Notice, NoticePort
from omscore_adapters import notice_file
from omscore_adapters.notice_file import FileNotices, FileNoticeSettings
from omscore_adapters.notice_file.mapping import file_name, message_bytes

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
HEADERS = {
    "From",
    "To",
    "Subject",
    "Date",
    "Message-ID",
    "Auto-Submitted",
    "Content-Type",
    "Content-Transfer-Encoding",
    "MIME-Version",
}


def notice(
    *, key: str = "n1", to: str = "a@example.org", subject: str = "Sent", text: str = "On its way.", at: datetime = NOON
) -> Notice:
    return Notice(key=key, to=to, subject=subject, text=text, at=at)


def settings(path: Path, shop: str = "") -> FileNoticeSettings:
    return FileNoticeSettings(path=path, sender="orders@shop.example", shop=shop)


def read(message: bytes) -> EmailMessage:
    parsed = message_from_bytes(message, policy=default)
    assert isinstance(parsed, EmailMessage)
    return parsed


def test_the_plugin_offers_the_provider_file_for_notices(tmp_path: Path) -> None:
    plugins = pluggy.PluginManager(PROJECT)
    plugins.add_hookspecs(Hooks)
    plugins.register(notice_file)
    ((provider,),) = plugins.hook.oms_providers()
    assert (provider.name, provider.port) == ("file", PortKind.NOTICE)
    with provider.open(settings(tmp_path / "deep" / "mail")) as opened:
        port: NoticePort = opened
        port.send(notice())
    assert len(Maildir(tmp_path / "deep" / "mail", create=False)) == 1


def test_a_message_has_the_notice_in_it_and_any_mail_program_can_read_it(tmp_path: Path) -> None:
    FileNotices(settings(tmp_path / "mail")).send(notice(subject="Für Sie: 12,90\xa0€", text="Grüße\n" + "x" * 2_000))
    (stored,) = Maildir(tmp_path / "mail", create=False)
    message = read(stored.as_bytes())
    assert (message["To"], message["From"]) == ("a@example.org", "orders@shop.example")
    assert message["Subject"] == "Für Sie: 12,90\xa0€"
    assert message["Date"].datetime == NOON
    assert message.get_content().split() == ["Grüße", "x" * 2_000]


def test_one_key_sent_twice_gives_one_file_also_by_another_run(tmp_path: Path) -> None:
    for _ in range(2):
        notices = FileNotices(settings(tmp_path / "mail"))
        notices.send(notice())
        notices.send(notice())
    notices.send(notice(key="n2"))
    assert sorted(os.listdir(tmp_path / "mail" / "new")) == sorted([file_name("n1"), file_name("n2")])
    assert os.listdir(tmp_path / "mail" / "tmp") == []


def test_a_message_that_was_read_is_not_delivered_again(tmp_path: Path) -> None:
    notices = FileNotices(settings(tmp_path / "mail"))
    notices.send(notice())
    (tmp_path / "mail" / "new" / file_name("n1")).rename(tmp_path / "mail" / "cur" / f"{file_name('n1')}:2,S")
    notices.send(notice())
    assert len(Maildir(tmp_path / "mail", create=False)) == 1


def test_alerts_for_the_shop_go_to_the_shop_or_else_to_the_sender(tmp_path: Path) -> None:
    assert settings(tmp_path).shop_mailbox == "orders@shop.example"
    with_shop = settings(tmp_path, shop="staff@shop.example")
    message = message_bytes(notice(to="shop"), sender=with_shop.sender, shop=with_shop.shop_mailbox)
    assert read(message)["To"] == "staff@shop.example"


@pytest.mark.parametrize(
    "subject", ["Hi\nBcc: x@example.org", "Hi\r\n\r\nbody", "Hi\x00", "a\u2028b", "x" * 251, "=?utf-8?q?Hi=0ABcc?="]
)
def test_a_subject_with_a_line_break_or_control_character_is_refused(subject: str) -> None:
    with pytest.raises(PortRefusedError, match="the subject of notice 'n1'"):
        message_bytes(notice(subject=subject), sender="a@b.example", shop="a@b.example")


@pytest.mark.parametrize(
    "to",
    [
        "",
        "nobody",
        "a@b.example, c@d.example",
        "A <a@b.example>",
        "a@b.example\nBcc: c@d.example",
        "a@",
        "@b",
        "a b@c.d",
    ],
)
def test_a_receiver_that_is_not_one_mailbox_is_refused(to: str) -> None:
    with pytest.raises(PortRefusedError, match="not one plain mail address"):
        message_bytes(notice(to=to), sender="a@b.example", shop="a@b.example")


@given(st.text(), st.text(max_size=60), st.text(max_size=200), st.one_of(st.emails(), st.just("jörg@müller.example")))
@example("k\r\nBcc: x@example.org", "=?utf-8?q?Hi=0ABcc?=", ".\n\nFrom x\n", "a@b.example")
def test_no_notice_can_add_a_header_or_a_receiver(key: str, subject: str, text: str, to: str) -> None:
    try:
        message = message_bytes(
            notice(key=key, subject=subject, text=text, to=to), sender="a@b.example", shop="a@b.example"
        )
    except PortRefusedError:
        return
    parsed = read(message)
    assert set(parsed.keys()) == HEADERS
    assert [address.addr_spec for address in parsed["To"].addresses] == [to]
    assert not parsed.is_multipart()


@given(st.text(), st.text())
def test_different_keys_never_share_a_file_and_no_key_leaves_the_folder(one: str, other: str) -> None:
    assert (file_name(one) == file_name(other)) == (one == other)
    assert Path(file_name(one)).name == file_name(one)


def test_text_that_is_no_text_and_a_moment_without_an_offset_are_refused() -> None:
    with pytest.raises(PortRefusedError, match="a character that is no character"):
        message_bytes(notice(text="\ud800"), sender="a@b.example", shop="a@b.example")
    with pytest.raises(InputError, match="no time zone"):
        message_bytes(notice(at=datetime(2026, 3, 1)), sender="a@b.example", shop="a@b.example")


def test_a_folder_that_takes_no_message_raises_a_transient_error(tmp_path: Path) -> None:
    notices = FileNotices(settings(tmp_path / "mail"))
    (tmp_path / "mail" / "tmp").rmdir()
    with pytest.raises(PortTransientError, match="can be sent again"):
        notices.send(notice())
    (tmp_path / "mail" / "tmp").mkdir()
    notices.send(notice())
    assert len(Maildir(tmp_path / "mail", create=False)) == 1


def refused_settings() -> list[tuple[Callable[[], object], str]]:
    folder = Path(tempfile.gettempdir())
    return [
        (lambda: FileNoticeSettings(path=folder, sender="nobody"), "notices.file.sender"),
        (lambda: FileNoticeSettings(path=folder, sender="a@b.example", shop="x\n"), "notices.file.shop"),
        (lambda: FileNotices(settings(Path(__file__))), "cannot be used as a mail folder"),
    ]


@pytest.mark.parametrize(("make", "says"), refused_settings())
def test_settings_that_cannot_work_are_refused(make: Callable[[], object], says: str) -> None:
    with pytest.raises(SetupError, match=says):
        make()
