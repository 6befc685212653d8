"""The signature of a webhook: HMAC-SHA256 of the bytes as they came, in base64, compared without telling by time."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Sequence

from omscore.errors import InputError, RefusedError, SetupError
from omscore.secrets import Secret

FORGED = "channel.signature"


def check_signature(body: bytes, signature: str, secrets: Sequence[Secret]) -> None:
    """Returns when one of the secrets makes this signature of exactly these bytes.

    Raises: RefusedError when none does; SetupError when there is none; InputError when `body` was decoded before.

    >>> check_signature(b"{}", "AAAA", [Secret("s3cret")])
    Traceback (most recent call last):
    omscore.errors.RefusedError: the signature does not belong to this message; do not take it
    """
    if not secrets:
        raise SetupError(
            "channel.shopify.secrets is empty, so no webhook can be trusted; add the secret the app was given",
            path="channel.shopify.secrets",
        )
    if type(body) is not bytes:
        raise InputError("the signature is of the raw bytes of the request; hand them over before anything reads them")
    try:
        told = base64.b64decode(signature.encode("ascii"), validate=True)
    except (AttributeError, UnicodeEncodeError, binascii.Error):
        told = b""
    is_good = False
    for secret in secrets:
        made = hmac.new(secret.reveal().encode(), body, hashlib.sha256).digest()
        is_good |= hmac.compare_digest(made, told)
    # Base64 has spare bits at its end: another text for the same bytes is another signature.
    if not is_good or base64.b64encode(told).decode() != signature:
        raise RefusedError("the signature does not belong to this message; do not take it", code=FORGED)
