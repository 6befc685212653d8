"""Notices on the console: readable blocks, and nothing that could steer a terminal."""

from __future__ import annotations

import io
import unicodedata
from datetime import UTC, datetime

import pluggy
import pytest
from hypothesis import given
from hypothesis import strategies as st

from omscore.errors import PortTransientError, SetupError
from omscore.plugins import PortKind
from omscore.plugins.hookspecs import PROJECT, Hooks
from omscore.ports.notices import Notice, NoticePort
from omscore_adapters import notice_console
from omscore_adapters.notice_console import ConsoleNotices, ConsoleNoticeSettings
from omscore_adapters.notice_console.mapping import notice_block


def notice(*, subject: str = "Sent", text: str = "On its way.\nYours", to: str = "a@example.org") -> Notice:
    return Notice(key="n1", to=to, subject=subject, text=text, at=datetime(2026, 3, 1, 12, tzinfo=UTC))


def test_the_plugin_offers_the_provider_console_for_notices(capsys: pytest.CaptureFixture[str]) -> None:
    plugins = pluggy.PluginManager(PROJECT)
    plugins.add_hookspecs(Hooks)
    plugins.register(notice_console)
    ((provider,),) = plugins.hook.oms_providers()
    assert (provider.name, provider.port) == ("console", PortKind.NOTICE)
    for stream in ("stdout", "stderr"):
        with provider.open(provider.settings_type(stream=stream)) as opened:
            port: NoticePort = opened
            port.send(notice(subject=stream))
    printed = capsys.readouterr()
    assert ("subject: stdout" in printed.out, "subject: stderr" in printed.err) == (True, True)


def test_a_notice_is_a_block_with_its_head_and_its_lines() -> None:
    stream = io.StringIO()
    ConsoleNotices(stream).send(notice())
    assert stream.getvalue().splitlines()[1:-1] == [
        "to: a@example.org",
        "subject: Sent",
        "at: 2026-03-01T12:00:00+00:00",
        "key: n1",
        "",
        "On its way.",
        "Yours",
    ]


@given(st.text(), st.text(), st.text())
def test_no_text_can_steer_the_terminal_or_add_a_line_to_the_head(subject: str, text: str, to: str) -> None:
    block = notice_block(notice(subject=subject, text=text, to=to))
    assert not {unicodedata.category(character) for character in set(block) - {"\n", "\t"}} & {"Cc", "Cf", "Zl", "Zp"}
    assert block.split("\n")[5] == ""


def test_letters_a_stream_does_not_know_are_printed_as_escapes() -> None:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="ascii")
    ConsoleNotices(stream).send(notice(subject="Grüße"))
    assert b"subject: Gr\\xfc\\xdfe" in raw.getvalue()


def test_a_closed_stream_raises_a_transient_error() -> None:
    stream = io.StringIO()
    stream.close()
    with pytest.raises(PortTransientError, match="could not be printed"):
        ConsoleNotices(stream).send(notice())


def test_another_stream_is_refused() -> None:
    with pytest.raises(SetupError, match='write "stdout" or "stderr"'):
        ConsoleNoticeSettings(stream="printer")  # type: ignore[arg-type]
