"""Webhooks under the kit that is shipped for the observers of others, at a real receiver over TLS."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from threading import Thread

import pytest

from omscore.secrets import Secret
from omscore.testing.conformance.observers import Heard, ObserverConformance
from omscore.testing.faults import Fault
from omscore_adapters import observer_webhooks
from omscore_adapters.observer_webhooks import WebhookEndpoint, Webhooks, WebhookSettings
from tests.adapters.observers.receivers import Receiver

KEYS = ["whsec_" + base64.b64encode(bytes([each]) * 32).decode() for each in (1, 2)]
TOLERANCE = timedelta(minutes=5)


class WebhookHarness:
    """Two receivers at one server; each knows its own key and believes what was signed within five minutes."""

    faults = frozenset({Fault.DOWN, Fault.LOST_ANSWER, Fault.GARBAGE})
    secrets = tuple(KEYS)
    receivers = ("erp", "search")

    def __init__(self, server: Receiver) -> None:
        self._server = server
        endpoints = [
            WebhookEndpoint(
                name=name,
                url=f"https://hooks.example:{server.server_port}/{name}",
                events=("OrderPlaced",),
                keys=(Secret(key),),
            )
            for name, key in zip(self.receivers, KEYS, strict=True)
        ]
        settings = WebhookSettings(
            endpoints=tuple(endpoints), ports=(server.server_port,), inside=("127.0.0.0/8",), ca_file=server.ca_file
        )
        self.port = Webhooks(settings, lambda _name, _port: ["127.0.0.1"])

    def break_next(self, fault: Fault) -> None:
        self._server.fault = fault

    def heard(self) -> Sequence[Heard]:
        found = []
        for path, headers, body in self._server.heard:
            told = json.loads(body)
            data = told["data"]
            found.append(
                Heard(
                    receiver=path[1:],
                    message_id=headers["webhook-id"],
                    event=told["type"],
                    stream=data["stream"],
                    version=data["version"],
                    content=data["event"],
                )
            )
        return found

    def is_believed(self, now: datetime) -> bool:
        """As the standard tells receivers to look: the signature over id, moment and body, and the moment itself."""
        path, headers, body = self._server.heard[-1]
        key = base64.b64decode(KEYS[self.receivers.index(path[1:])].removeprefix("whsec_"))
        stamp = headers["webhook-timestamp"]
        made = hmac.digest(key, f"{headers['webhook-id']}.{stamp}.".encode() + body, hashlib.sha256)
        is_near = abs(now.timestamp() - int(stamp)) <= TOLERANCE.total_seconds()
        return is_near and headers["webhook-signature"] == f"v1,{base64.b64encode(made).decode()}"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Receiver]:
    with Receiver(tmp_path_factory.mktemp("receiver")) as serving:
        thread = Thread(target=serving.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        yield serving
        serving.shutdown()
        thread.join(timeout=10)


class TestWebhooks(ObserverConformance):
    """All laws but that of a message doubled on its way, which TLS does not let happen."""

    provider = observer_webhooks.PROVIDER
    cannot_happen = dict.fromkeys((Fault.TWICE, Fault.LATE), "nobody can repeat a part of a TLS connection")

    @pytest.fixture
    def harness(self, server: Receiver) -> WebhookHarness:
        server.heard.clear()
        return WebhookHarness(server)
