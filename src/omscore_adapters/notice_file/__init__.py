"""Notices written as mail messages into a folder."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from omscore.plugins import PortKind, Provider, hookimpl
from omscore.plugins.providers import AnyProvider
from omscore_adapters.notice_file.adapter import FileNotices
from omscore_adapters.notice_file.settings import FileNoticeSettings

__all__ = ["PROVIDER", "FileNoticeSettings", "FileNotices", "oms_providers"]


@contextmanager
def _open(settings: FileNoticeSettings) -> Iterator[FileNotices]:
    yield FileNotices(settings)


PROVIDER = Provider(name="file", port=PortKind.NOTICE, settings_type=FileNoticeSettings, open=_open)


@hookimpl
def oms_providers() -> Sequence[AnyProvider]:
    """The provider named `file`."""
    return (PROVIDER,)
