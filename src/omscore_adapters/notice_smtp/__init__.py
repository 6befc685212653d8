"""Notices sent as mail through a mail server."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from omscore.plugins import Capability, PortKind, Provider, hookimpl
from omscore.plugins.providers import AnyProvider
from omscore_adapters.notice_smtp.adapter import SmtpNotices
from omscore_adapters.notice_smtp.settings import SmtpNoticeSettings

__all__ = ["PROVIDER", "SmtpNoticeSettings", "SmtpNotices", "oms_providers"]


@contextmanager
def _open(settings: SmtpNoticeSettings) -> Iterator[SmtpNotices]:
    yield SmtpNotices(settings)


PROVIDER = Provider(
    name="smtp",
    port=PortKind.NOTICE,
    settings_type=SmtpNoticeSettings,
    open=_open,
    capabilities=frozenset({Capability.BOUNCES}),
)


@hookimpl
def oms_providers() -> Sequence[AnyProvider]:
    """The provider named `smtp`."""
    return (PROVIDER,)
