"""Webhooks: other programs are told of events by signed messages."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from omscore.plugins import PortKind, Provider, hookimpl
from omscore.plugins.providers import AnyProvider
from omscore_adapters.observer_webhooks.adapter import Webhooks
from omscore_adapters.observer_webhooks.settings import WebhookEndpoint, WebhookSettings

__all__ = ["PROVIDER", "WebhookEndpoint", "WebhookSettings", "Webhooks", "oms_providers"]


@contextmanager
def _open(settings: WebhookSettings) -> Iterator[Webhooks]:
    yield Webhooks(settings)


PROVIDER = Provider(name="webhooks", port=PortKind.OBSERVER, settings_type=WebhookSettings, open=_open)


@hookimpl
def oms_providers() -> Sequence[AnyProvider]:
    """The provider named `webhooks`."""
    return (PROVIDER,)
