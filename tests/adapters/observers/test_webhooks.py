"""Other programs are told of events by signed messages: at least once, under one id, at the judged address only."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from standardwebhooks import Webhook

from omscore.app import open_shop
from omscore.errors import InputError, PortError, PortRefusedError, PortTransientError, PortUnknownError, SetupError
from omscore.plugins.discovery import Plugins
from omscore.ports.clock import VirtualClock
from omscore.ports.observers import Occurrence
from omscore.secrets import Secret
from omscore_adapters import observer_webhooks
from omscore_adapters.observer_webhooks import WebhookEndpoint, Webhooks, WebhookSettings
from omscore_adapters.observer_webhooks.mapping import body_of, headers_of
from tests.adapters.observers.receivers import Receiver
from tests.kit.shops import NOON, RATES, SHOP, TEA, order, pass_time, stock_up

KEY, NEXT_KEY, OTHER_KEY = ["whsec_" + base64.b64encode(bytes([each]) * 32).decode() for each in (1, 2, 3)]
TOLD = Occurrence(
    message_id="evt_1", event="OrderPlaced", stream="order/ord_1", version=1, at=NOON, body='{"name":"Grün","n":3}'
)


@pytest.fixture(scope="module")
def receiver(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Receiver]:
    with Receiver(tmp_path_factory.mktemp("receiver")) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join(timeout=10)


def settings(
    receiver: Receiver,
    path: str = "/ok",
    *,
    keys: Sequence[str] = (KEY,),
    inside: Sequence[str] = ("127.0.0.0/8",),
    timeout_s: int = 10,
) -> WebhookSettings:
    return WebhookSettings(
        endpoints=(
            WebhookEndpoint(
                name="erp",
                url=f"https://hooks.example:{receiver.server_port}{path}",
                events=("OrderPlaced",),
                keys=tuple([Secret(key) for key in keys]),
            ),
        ),
        ports=(receiver.server_port,),
        inside=tuple(inside),
        ca_file=receiver.ca_file,
        timeout_s=timeout_s,
    )


def home(_name: str, _port: int) -> Sequence[str]:
    return ["127.0.0.1"]


def test_a_message_is_accepted_by_another_implementation_of_the_standard_and_no_changed_one_is(
    receiver: Receiver,
) -> None:
    receiver.heard.clear()
    now = datetime.now(UTC)  # the other implementation looks at its own clock
    Webhooks(settings(receiver), home).tell("erp", TOLD, now)
    ((path, headers, body),) = receiver.heard
    assert Webhook(KEY).verify(body, headers) == json.loads(body)
    assert (path, headers["host"], headers["webhook-id"]) == ("/ok", f"hooks.example:{receiver.server_port}", "evt_1")
    assert json.loads(body)["data"]["event"] == {"name": "Grün", "n": 3}
    for changed in (body.replace(b"3", b"4"), body + b" "):
        with pytest.raises(Exception, match="No matching signature"):
            Webhook(KEY).verify(changed, headers)
    with pytest.raises(Exception, match="No matching signature"):
        Webhook(OTHER_KEY).verify(body, headers)
    with pytest.raises(Exception, match="No matching signature"):
        Webhook(KEY).verify(body, {**headers, "webhook-id": "evt_2"})


def test_while_keys_are_changed_receivers_with_either_key_accept_a_message() -> None:
    body, now = body_of(TOLD), datetime.now(UTC)
    headers = headers_of(TOLD, body, (Secret(KEY), Secret(NEXT_KEY)), now)
    for key in (KEY, NEXT_KEY):
        assert Webhook(key).verify(body, headers) == json.loads(body)
    with pytest.raises(Exception, match="No matching signature"):
        Webhook(OTHER_KEY).verify(body, headers)
    assert Webhook(KEY).sign("evt_1", now, body.decode()) == headers["webhook-signature"].split(" ")[0]


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        *[(f"/{status}", PortTransientError) for status in (301, 302, 307, 308, 400, 401, 404, 429, 500, 503)],
        ("/410", PortRefusedError),
        ("/lost", PortUnknownError),
    ],
)
def test_only_2xx_is_heard_and_no_redirection_is_followed(receiver: Receiver, path: str, kind: type[PortError]) -> None:
    receiver.heard.clear()
    with pytest.raises(kind):
        Webhooks(settings(receiver, path), home).tell("erp", TOLD, NOON)
    assert [heard for heard, _, _ in receiver.heard] == [path]


def test_an_answer_without_end_is_heard_by_its_first_line_and_not_read(receiver: Receiver) -> None:
    receiver.heard.clear()
    Webhooks(settings(receiver, "/200"), home).tell("erp", TOLD, NOON)
    assert len(receiver.heard) == 1


def test_an_answer_that_comes_byte_by_byte_is_not_waited_for(receiver: Receiver) -> None:
    with pytest.raises(PortUnknownError):
        Webhooks(settings(receiver, "/slow", timeout_s=1), home).tell("erp", TOLD, NOON)


def test_a_name_is_resolved_once_so_that_it_cannot_lead_elsewhere_after_it_was_judged(receiver: Receiver) -> None:
    asked: list[str] = []

    def rebinding(name: str, _port: int) -> Sequence[str]:
        asked.append(name)
        return ["127.0.0.1"] if len(asked) == 1 else ["169.254.169.254"]

    receiver.heard.clear()
    Webhooks(settings(receiver), rebinding).tell("erp", TOLD, NOON)
    assert (asked, len(receiver.heard)) == (["hooks.example"], 1)


def test_a_name_that_leads_inside_is_sent_nothing(receiver: Receiver) -> None:
    receiver.heard.clear()
    with pytest.raises(PortRefusedError, match="not the public internet's"):
        Webhooks(settings(receiver, inside=()), home).tell("erp", TOLD, NOON)
    assert receiver.heard == []


def test_a_receiver_whose_certificate_bears_another_name_is_sent_nothing(receiver: Receiver) -> None:
    receiver.heard.clear()
    wanted = settings(receiver)
    other = WebhookEndpoint(
        name="erp",
        url=f"https://other.example:{receiver.server_port}/ok",
        events=("OrderPlaced",),
        keys=wanted.endpoints[0].keys,
    )
    moved = WebhookSettings(
        endpoints=(other,), ports=wanted.ports, inside=wanted.inside, ca_file=wanted.ca_file, timeout_s=10
    )
    with pytest.raises(PortTransientError, match="cannot be reached or trusted"):
        Webhooks(moved, home).tell("erp", TOLD, NOON)
    assert receiver.heard == []


@pytest.mark.parametrize("key", ["whsec_", "whsec_AAAA", "x" * 44, "whsec_!!!!", KEY.removeprefix("whsec_")])
def test_a_key_that_is_none_is_refused_and_not_repeated(key: str) -> None:
    with pytest.raises(InputError, match="24 to 64 bytes") as caught:
        WebhookEndpoint(name="erp", url="https://hooks.example/", events=("OrderPlaced",), keys=(Secret(key),))
    assert key not in str(caught.value) or key == "whsec_"


def shop(folder: Path, receiver: Receiver, events: str = '["OrderPlaced", "LinesShipped"]') -> tuple[Path, Plugins]:
    config = folder / "shop.toml"
    observers = f"""
[observers.webhooks]
ports = [{receiver.server_port}]
inside = ["127.0.0.0/8"]
ca_file = "{receiver.ca_file}"
[[observers.webhooks.endpoints]]
name = "erp"
url = "https://hooks.example:{receiver.server_port}/shop"
events = {events}
keys = ["{KEY}"]
"""
    config.write_text(SHOP + observers, encoding="utf-8")
    (folder / "rates.csv").write_text(RATES, encoding="utf-8")
    plugins = Plugins()
    plugins.register(observer_webhooks)
    return config, plugins


def test_a_shop_tells_an_event_until_it_is_heard_and_then_no_more(
    tmp_path: Path, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Webhooks.__init__, "__defaults__", (home,))
    receiver.heard.clear()
    receiver.answers[:] = [503, 500, 204]
    config, plugins = shop(tmp_path, receiver)
    overrides: dict[str, Any] = {"storage": {"memory": {}}}
    with open_shop(config, clock=VirtualClock(NOON), overrides=overrides, plugins=plugins) as oms:
        stock_up(oms)
        oms.do(order(oms, {TEA: 2}))
        pass_time(oms, hours=1)
        pass_time(oms, days=2)
    assert len(receiver.heard) == 3
    assert len({headers["webhook-id"] for _, headers, _ in receiver.heard}) == 1
    assert len({body for _, _, body in receiver.heard}) == 1
    told = json.loads(receiver.heard[0][2])
    assert (told["type"], told["data"]["stream"], told["data"]["version"]) == ("OrderPlaced", "order/ord_1", 1)
    assert "Anna" not in str(told)
    stamps = [int(headers["webhook-timestamp"]) for _, headers, _ in receiver.heard]
    assert timedelta(0) < timedelta(seconds=stamps[2] - stamps[0]) < timedelta(minutes=1)


def test_an_event_nobody_records_is_refused_when_the_shop_is_opened(tmp_path: Path, receiver: Receiver) -> None:
    config, plugins = shop(tmp_path, receiver, '["OrderPlacd"]')
    with (
        pytest.raises(SetupError, match="OrderPlacd, which is no event; did you mean OrderPlaced"),
        open_shop(config, clock=VirtualClock(NOON), plugins=plugins),
    ):
        pass


def test_without_observers_a_commit_has_no_further_tasks(tmp_path: Path) -> None:
    config = tmp_path / "shop.toml"
    config.write_text(SHOP, encoding="utf-8")
    (tmp_path / "rates.csv").write_text(RATES, encoding="utf-8")
    with open_shop(config, clock=VirtualClock(NOON), overrides={"storage": {"memory": {}}}) as oms:
        stock_up(oms)
        oms.do(order(oms, {TEA: 2}))
        assert not oms._desk.told
        leased = oms.storage.lease(now=NOON, until=NOON + timedelta(seconds=1), limit=100)
        assert {task.kind for task in leased} & {"tell"} == set()
