"""The name of a letter under a seal: it says which letter it is, and nobody but the shop could have made it.

It travels in the Message-ID and in a header of its own, for some senders of mail replace the Message-ID. Both come back
with a bounce.
"""

from __future__ import annotations

import hmac
import re
from base64 import b32encode
from collections.abc import Iterable
from hashlib import sha256
from typing import Final
from urllib.parse import quote, unquote

from omscore.secrets import Secret

_SEALED: Final = re.compile(r"<?([A-Za-z0-9_.=~-]{1,900})\.([a-z2-7]{26})\.omscore(?:@[^@<>\s]{1,255})?>?")
_LONGEST: Final = 900
"""Characters; a header line has at most 998."""


def sealed_name(key: str, secret: Secret) -> str | None:
    """The sealed name of the letter of that key; None for an empty key, or one too long to travel.

    >>> sealed_name("ord_1.shipped", Secret("a secret of the shop"))
    'ord_1.shipped.ypudpmjued7ob635per7fljyke.omscore'
    """
    spelled = _spelled(key)
    return f"{spelled}.{_seal(spelled, secret)}.omscore" if 0 < len(spelled) <= _LONGEST else None


def opened_name(text: str, secrets: Iterable[Secret]) -> str | None:
    """The key of the letter whose sealed name this is, as a Message-ID or bare; None when no secret has sealed it.

    >>> opened_name("<ord_1.shipped.ypudpmjued7ob635per7fljyke.omscore@a.example>", [Secret("a secret of the shop")])
    'ord_1.shipped'
    >>> opened_name("<ord_2.shipped.ypudpmjued7ob635per7fljyke.omscore@a.example>", [Secret("a secret of the shop")])
    """
    found = _SEALED.fullmatch(text)
    if found is None:
        return None
    spelled, seal = found.groups()
    # All are tried, so that the time tells nothing of which one it was.
    holds = [hmac.compare_digest(_seal(spelled, secret), seal) for secret in secrets]
    return unquote(spelled.replace("=", "%"), errors="surrogatepass") if any(holds) else None


def _spelled(key: str) -> str:
    """The key in letters a Message-ID may have; a dot beside a dot is no dot there."""
    spelled = quote(key, safe="", errors="surrogatepass").replace("%", "=")
    return re.sub(r"^\.|\.$|(?<=\.)\.", "=2E", spelled)


def _seal(spelled: str, secret: Secret) -> str:
    digest = hmac.digest(secret.reveal().encode(), f"letter {spelled}".encode(), sha256)
    return b32encode(digest[:16]).decode().rstrip("=").lower()
