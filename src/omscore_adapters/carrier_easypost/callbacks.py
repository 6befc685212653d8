"""Callbacks of EasyPost: believed only when signed, and over the bytes as they came."""

from __future__ import annotations

import hmac
import json
import unicodedata
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any

from omscore.errors import InputError, SetupError
from omscore.ports.labels import TrackingNews
from omscore.secrets import Secret
from omscore_adapters.carrier_easypost.mapping import scans_in

HEADER = "x-hmac-signature"
LARGEST_BODY_BYTES = 1024 * 1024
_PREFIX = b"hmac-sha256-hex="


def read_news(body: bytes, headers: Mapping[str, str], secrets: Sequence[Secret]) -> TrackingNews | None:
    """What a callback tells of a parcel; None when it is signed and about something else.

    Raises: InputError without a good signature; SetupError when there is no secret to check it with.
    """
    if not secrets:
        raise SetupError(
            "carrier.easypost.webhook_secrets is empty, so no callback can be believed; give the secret of the webhook",
            path="carrier.easypost.webhook_secrets",
        )
    if type(body) is not bytes or len(body) > LARGEST_BODY_BYTES:
        raise InputError(f"a callback is at most {LARGEST_BODY_BYTES} bytes, given as they came", code="callback.body")
    told = [value for name, value in headers.items() if name.lower() == HEADER]
    if len(told) != 1 or not _is_signed(body, told[0], secrets):
        raise InputError("the callback is not signed by EasyPost; nothing was read", code="callback.signature")
    try:
        event = json.loads(body, parse_constant=_no_number, object_pairs_hook=_no_repeats)
    except (ValueError, RecursionError):
        raise InputError("the callback is signed, but no JSON", code="callback.body") from None
    return _news(event)


def _is_signed(body: bytes, told: str, secrets: Sequence[Secret]) -> bool:
    given = told.encode("utf-8", "surrogatepass") if type(told) is str else b""
    is_good = False
    for secret in secrets:  # all of them, so that the time tells nothing
        key = unicodedata.normalize("NFKD", secret.reveal()).encode()
        is_good |= hmac.compare_digest(_PREFIX + hmac.new(key, body, sha256).hexdigest().encode(), given)
    return is_good


def _news(event: Any) -> TrackingNews | None:
    result = event.get("result") if isinstance(event, dict) else None
    if not isinstance(result, dict) or result.get("object") != "Tracker":
        return None
    number, event_id = result.get("tracking_code"), event.get("id")
    if type(number) is not str or type(event_id) is not str or not number.strip() or not event_id.strip():
        raise InputError("the callback tells of a parcel without its number", code="callback.body")
    return TrackingNews(event_id=event_id, tracking_number=number, scans=scans_in(result))


def _no_number(text: str) -> None:
    raise ValueError(text)


def _no_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands twice")
    return found
