"""How long to wait before the next attempt: doubling from one second to six hours, jittered, for about three days."""

from __future__ import annotations

from datetime import timedelta
from hashlib import sha256

FIRST_S = 1
LONGEST_S = 6 * 3600
MOST_ATTEMPTS = 26
"""With the waits below this is about 72 hours after the first attempt."""


def wait_after(attempt: int, task_id: str) -> timedelta:
    """The wait after a failed attempt: half to all of the doubled time, always the same for one attempt of one task.

    >>> wait_after(1, "a") <= wait_after(5, "a") <= wait_after(30, "a") <= timedelta(hours=6)
    True
    """
    full_s = min(LONGEST_S, FIRST_S * 2 ** min(attempt - 1, 20))
    lot = int.from_bytes(sha256(f"{task_id}#{attempt}".encode()).digest()[:4], "big") / 2**32
    return timedelta(seconds=full_s * (0.5 + lot / 2))
