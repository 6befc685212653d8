"""How long to wait after failures in a row: doubling from one second to six hours, jittered, for at most 72 hours."""

from __future__ import annotations

from datetime import timedelta
from hashlib import sha256

FIRST_S = 1
LONGEST_S = 6 * 3600
MOST_FAILURES = 26
"""After so many failures in a row, with the waits below at most 72 hours after the first, a task is given up."""


def wait_after(failures: int, task_id: str) -> timedelta:
    """The wait after so many failures: half to all of the doubled time, always the same for one failure of one task.

    >>> wait_after(1, "a") <= wait_after(5, "a") <= wait_after(30, "a") <= timedelta(hours=6)
    True
    """
    full_s = min(LONGEST_S, FIRST_S * 2 ** min(max(failures, 1) - 1, 20))
    lot = int.from_bytes(sha256(f"{task_id}#{failures}".encode()).digest()[:4], "big") / 2**32
    return timedelta(seconds=full_s * (0.5 + lot / 2))
