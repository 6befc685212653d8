"""Tracking numbers made from keys, and the scans a parcel on time would have.

Nothing is stored: the number follows from the key, the scans from the hand-over and the rate table, so every run of the
program, and every replay, tells the same story.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, time
from hashlib import sha256

from omscore.calendars import Calendar
from omscore.errors import PortRefusedError
from omscore.ports.carriers import TrackingEvent, TrackingStatus

_NUMBER = re.compile(r"[A-Z]{2}([0-9]{17})([0-9])", re.ASCII)
_WORKING_DAYS = Calendar(timezone="UTC")
_DELIVERED_AT = time(12, 0, tzinfo=UTC)


def check_digit(body: str) -> str:
    """The digit that completes a number.

    Source: GS1 General Specifications, check digit calculation (weights 3 and 1 from the right, modulo 10).

    >>> check_digit("37610425002123456")
    '9'
    """
    weighted = sum(int(digit) * (3 if place % 2 == 0 else 1) for place, digit in enumerate(reversed(body)))
    return str(-weighted % 10)


def tracking_number(prefix: str, key: str) -> str:
    """The tracking number of a label key: the prefix, 17 digits and a check digit.

    >>> tracking_number("TB", "ord_1.f1.p1") == tracking_number("TB", "ord_1.f1.p1")
    True
    """
    digest = sha256(key.encode("utf-8", "surrogatepass")).digest()
    body = f"{int.from_bytes(digest) % 10**17:017d}"
    return f"{prefix}{body}{check_digit(body)}"


def checked_number(number: str) -> str:
    """The number itself when it can be one of ours.

    Raises: PortRefusedError for another form or a wrong check digit.
    """
    found = _NUMBER.fullmatch(number)
    if found is None or check_digit(found[1]) != found[2]:
        raise PortRefusedError(
            f"{number!r} is not a tracking number of the table carrier: two capital letters, 17 digits and their"
            " check digit; was it copied wrongly?",
            code="port.refused.tracking_number",
            tracking_number=number,
        )
    return number


def scans(handed_over_at: datetime, transit_days: int, at: datetime) -> tuple[TrackingEvent, ...]:
    """The scans up to `at`: labelled and in transit at the hand-over, delivered at noon UTC after the working days.

    Units: transit_days counts days from Monday to Friday after the day of the hand-over.

    >>> friday = datetime(2026, 1, 2, 16, tzinfo=UTC)
    >>> [str(scan.at) for scan in scans(friday, 1, friday.replace(month=2))][-1]
    '2026-01-05 12:00:00+00:00'
    """
    handed_over = handed_over_at.astimezone(UTC)
    day = _WORKING_DAYS.add_open_days(handed_over.date(), transit_days)
    delivered = datetime.combine(day, _DELIVERED_AT)
    # Same-day services only: a parcel handed over at the weekend or after noon waits for the next working day.
    if delivered <= handed_over or not _WORKING_DAYS.is_open(day):
        delivered = datetime.combine(_WORKING_DAYS.add_open_days(day, 1), _DELIVERED_AT)
    story = (
        TrackingEvent(status=TrackingStatus.LABELLED, at=handed_over, says="label printed"),
        TrackingEvent(status=TrackingStatus.IN_TRANSIT, at=handed_over, says="handed over"),
        TrackingEvent(status=TrackingStatus.DELIVERED, at=delivered, says="delivered"),
    )
    return tuple(scan for scan in story if scan.at <= at)
