"""Moments as they are typed after an option."""

from __future__ import annotations

from datetime import UTC, datetime

from omscore.errors import InputError


def moment_given(text: str, *, option: str) -> datetime:
    """The moment somebody typed; a day alone is its beginning in UTC.

    Raises: InputError for anything else.

    >>> moment_given("2026-03-02", option="--since").isoformat()
    '2026-03-02T00:00:00+00:00'
    """
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or (moment.tzinfo is None and len(text) > len("2026-03-02")):
        raise InputError(
            f"{option} {text!r} is no moment; write 2026-03-02 or 2026-03-02T09:00+00:00", code="input.moment"
        )
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
