"""Callbacks: every changed byte is refused, no secret refuses all, and what is signed is read strictly."""

from __future__ import annotations

import hmac
import json
from hashlib import sha256
from typing import Any

import easypost.util
import pytest

from omscore.errors import InputError, SetupError
from omscore.ports.carriers import TrackingStatus
from omscore.secrets import Secret
from omscore_adapters.carrier_easypost.callbacks import read_news

SECRET = "s\u00e9same"  # noqa: S105 (made for the test)
SECRETS = (Secret(SECRET),)
EVENT: dict[str, Any] = {
    "id": "evt_1",
    "object": "Event",
    "description": "tracker.updated",
    "result": {
        "object": "Tracker",
        "tracking_code": "EZ1",
        "status": "in_transit",
        "tracking_details": [{"status": "in_transit", "datetime": "2026-03-02T10:00:00Z", "message": "sorted"}],
    },
}
BODY = json.dumps(EVENT, indent=1).encode()


def signed(body: bytes, secret: str = SECRET) -> dict[str, str]:
    import unicodedata

    key = unicodedata.normalize("NFKD", secret).encode()
    return {"X-Hmac-Signature": "hmac-sha256-hex=" + hmac.new(key, body, sha256).hexdigest()}


def test_a_signed_callback_tells_its_scans() -> None:
    news = read_news(BODY, signed(BODY), SECRETS)
    assert news is not None
    assert (news.event_id, news.tracking_number) == ("evt_1", "EZ1")
    assert [(each.status, each.says) for each in news.scans] == [(TrackingStatus.IN_TRANSIT, "sorted")]


def test_the_signature_is_the_one_the_sdk_checks() -> None:
    assert easypost.util.validate_webhook(BODY, signed(BODY), SECRET) == EVENT


def test_every_changed_byte_of_the_body_is_refused() -> None:
    headers = signed(BODY)
    for place in range(len(BODY)):
        forged = BODY[:place] + bytes([BODY[place] ^ 1]) + BODY[place + 1 :]
        with pytest.raises(InputError, match="not signed"):
            read_news(forged, headers, SECRETS)


def test_every_changed_character_of_the_signature_is_refused() -> None:
    told = signed(BODY)["X-Hmac-Signature"]
    for place in range(len(told)):
        forged = told[:place] + ("0" if told[place] != "0" else "1") + told[place + 1 :]
        with pytest.raises(InputError, match="not signed"):
            read_news(BODY, {"X-Hmac-Signature": forged}, SECRETS)


@pytest.mark.parametrize("told", ["", "é", "\udcff", "hmac-sha256-hex=", "hmac-sha256-hex=" + "0" * 64])
def test_a_signature_of_another_form_is_refused(told: str) -> None:
    with pytest.raises(InputError, match="not signed"):
        read_news(BODY, {"x-hmac-signature": told}, SECRETS)


def test_the_same_content_written_otherwise_is_refused() -> None:
    with pytest.raises(InputError, match="not signed"):
        read_news(json.dumps(EVENT).encode(), signed(BODY), SECRETS)


def test_no_signature_or_two_are_refused() -> None:
    good = signed(BODY)["X-Hmac-Signature"]
    for headers in ({}, {"X-Hmac-Signature": good, "x-hmac-signature": good}):
        with pytest.raises(InputError, match="not signed"):
            read_news(BODY, headers, SECRETS)


def test_without_a_secret_nothing_is_believed() -> None:
    with pytest.raises(SetupError, match="webhook_secrets is empty"):
        read_news(BODY, signed(BODY), ())


def test_while_secrets_are_replaced_both_are_good() -> None:
    both = (Secret("new"), Secret(SECRET))
    assert read_news(BODY, signed(BODY), both) == read_news(BODY, signed(BODY, "new"), both)
    with pytest.raises(InputError, match="not signed"):
        read_news(BODY, signed(BODY, "old"), both)


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b'{"a": NaN}', b'{"a": 1, "a": 2}', b"[" * 100_000])
def test_a_signed_body_that_is_no_json_is_told(body: bytes) -> None:
    with pytest.raises(InputError, match="no JSON"):
        read_news(body, signed(body), SECRETS)


@pytest.mark.parametrize("event", [[], 1, None, {}, {"result": 1}, {"result": {"object": "Batch"}}])
def test_news_of_something_else_are_no_news(event: object) -> None:
    body = json.dumps(event).encode()
    assert read_news(body, signed(body), SECRETS) is None


@pytest.mark.parametrize("wrong", [{"tracking_code": None}, {"tracking_code": " "}, {"tracking_code": 5}])
def test_news_of_a_parcel_without_its_number_are_told(wrong: dict[str, object]) -> None:
    body = json.dumps(EVENT | {"result": EVENT["result"] | wrong}).encode()
    with pytest.raises(InputError, match="without its number"):
        read_news(body, signed(body), SECRETS)


def test_a_body_has_a_largest_size() -> None:
    body = b" " * (1024 * 1024 + 1)
    with pytest.raises(InputError, match="at most"):
        read_news(body, signed(body), SECRETS)
