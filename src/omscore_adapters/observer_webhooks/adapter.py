"""Signed messages to other programs about what the shop recorded."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from datetime import datetime

from omscore.errors import PortRefusedError, PortTransientError, SetupError
from omscore.ports.observers import Occurrence
from omscore_adapters.observer_webhooks.client import posted
from omscore_adapters.observer_webhooks.guard import Resolver, judged, resolved, target_of
from omscore_adapters.observer_webhooks.mapping import body_of, headers_of
from omscore_adapters.observer_webhooks.settings import WebhookSettings

GONE = 410


class Webhooks:
    """The receivers of one shop.

    Holds: a receiver that answered 2xx is not told again; until then it is told under one id, at least once.
    Raises: SetupError when the certificates of `ca_file` cannot be read.
    """

    def __init__(self, settings: WebhookSettings, resolver: Resolver = resolved) -> None:
        self._settings = settings
        self._resolver = resolver
        self._endpoints = {endpoint.name: endpoint for endpoint in settings.endpoints}
        try:
            self._trust = ssl.create_default_context(cafile=settings.ca_file)
        except (OSError, ValueError) as error:
            raise SetupError(
                f"observers.webhooks.ca_file: {settings.ca_file} cannot be read as certificates in PEM form ({error})"
            ) from error

    @property
    def wanted(self) -> Mapping[str, frozenset[str]]:
        """The names of events by receiver."""
        return {name: frozenset(endpoint.events) for name, endpoint in self._endpoints.items()}

    def tell(self, receiver: str, occurrence: Occurrence, now: datetime) -> None:
        """Tells one receiver of one event.

        Raises: PortRefusedError when it may not be sent to, or answers 410 (gone); PortTransientError for any other
        answer than 2xx, a redirection among them, and when it cannot be reached; PortUnknownError without an answer.
        """
        endpoint, wanted = self._endpoints[receiver], self._settings
        target = target_of(endpoint.url, ports=(443, *wanted.ports))
        address = judged(target, wanted.networks, self._resolver)
        body = body_of(occurrence)
        headers = headers_of(occurrence, body, endpoint.keys, now)
        status = posted(target, address, body, headers, trust=self._trust, timeout_s=wanted.timeout_s)
        if status == GONE:
            raise PortRefusedError(f"{receiver} answers that it is gone (410); take it out", code="port.refused.gone")
        if not 200 <= status <= 299:
            raise PortTransientError(f"{receiver} answered {status}; it is told again", code="port.transient.webhook")
