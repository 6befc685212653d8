"""Notices printed on the console."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from omscore.plugins import PortKind, Provider, hookimpl
from omscore.plugins.providers import AnyProvider
from omscore_adapters.notice_console.adapter import ConsoleNotices
from omscore_adapters.notice_console.settings import ConsoleNoticeSettings

__all__ = ["PROVIDER", "ConsoleNoticeSettings", "ConsoleNotices", "oms_providers"]


@contextmanager
def _open(settings: ConsoleNoticeSettings) -> Iterator[ConsoleNotices]:
    yield ConsoleNotices(settings.stream)


PROVIDER = Provider(name="console", port=PortKind.NOTICE, settings_type=ConsoleNoticeSettings, open=_open)


@hookimpl
def oms_providers() -> Sequence[AnyProvider]:
    """The provider named `console`."""
    return (PROVIDER,)
