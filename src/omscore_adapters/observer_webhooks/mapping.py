"""What a receiver gets: the event as JSON, signed in the Standard Webhooks scheme."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from binascii import Error as NoBase64Error
from collections.abc import Sequence
from datetime import datetime

from omscore.errors import InputError
from omscore.ports.observers import Occurrence
from omscore.secrets import Secret

_PREFIX = "whsec_"


def key_bytes(secret: Secret) -> bytes:
    """The key that a secret such as `whsec_...` stands for. Raises: InputError, which does not repeat it."""
    text = secret.reveal()
    try:
        key = base64.b64decode(text.removeprefix(_PREFIX), validate=True) if text.startswith(_PREFIX) else b""
    except (NoBase64Error, ValueError):
        key = b""
    if not 24 <= len(key) <= 64:
        raise InputError("a key must be whsec_ and 24 to 64 bytes in base64; make one with a password generator")
    return key


def body_of(occurrence: Occurrence) -> bytes:
    """The message. Holds: an occurrence always gives the same bytes.

    >>> from datetime import UTC
    >>> noon = datetime(2026, 3, 1, 12, tzinfo=UTC)
    >>> body_of(Occurrence(message_id="evt_1", event="E", stream="order/1", version=2, at=noon, body='{"units":3}'))
    b'{"type":"E","timestamp":"2026-03-01T12:00:00+00:00","data":{"stream":"order/1","version":2,"event":{"units":3}}}'
    """
    data = {"stream": occurrence.stream, "version": occurrence.version, "event": json.loads(occurrence.body)}
    told = {"type": occurrence.event, "timestamp": occurrence.at.isoformat(), "data": data}
    return json.dumps(told, separators=(",", ":"), ensure_ascii=True).encode()


def headers_of(occurrence: Occurrence, body: bytes, keys: Sequence[Secret], now: datetime) -> dict[str, str]:
    """The headers that prove who sent it and when. Shape: one signature per key, so that keys can be changed."""
    at = int(now.timestamp())
    signed = f"{occurrence.message_id}.{at}.".encode() + body
    signatures = [base64.b64encode(hmac.digest(key_bytes(key), signed, hashlib.sha256)).decode() for key in keys]
    return {
        "content-type": "application/json",
        "user-agent": "omscore",
        "webhook-id": occurrence.message_id,
        "webhook-timestamp": str(at),
        "webhook-signature": " ".join([f"v1,{signature}" for signature in signatures]),
    }
