"""How long calls took, counted in buckets that grow with the time: a few hundred numbers for however many calls.

A bucket is a thirty-second wide at most: times below 32 microseconds are exact, all others are kept with their five
leading binary digits. So a quantile is off by at most 1/32 of itself, up to the longest time there is a bucket for.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import timedelta

from omscore.records import frozen

_DIGITS = 5
_MICROSECOND = timedelta(microseconds=1)
LONGEST = timedelta(days=1)
"""Whatever took longer counts as this long."""


def bucket_of(took: timedelta) -> int:
    """The bucket of a span of time; one below zero, after a clock was set back, counts as none.

    >>> bucket_of(timedelta(microseconds=31)), bucket_of(timedelta(microseconds=1000)), bucket_of(-LONGEST)
    (31, 111, 0)
    """
    micros = min(max(took, timedelta()), LONGEST) // _MICROSECOND
    shift = max(0, micros.bit_length() - _DIGITS)
    return (shift << (_DIGITS - 1)) + (micros >> shift)


def middle_of(bucket: int) -> timedelta:
    """The time that stands for a bucket.

    >>> middle_of(111), middle_of(31)
    (datetime.timedelta(microseconds=1008), datetime.timedelta(microseconds=31))
    """
    shift = max(0, (bucket >> (_DIGITS - 1)) - 1)
    micros = (bucket - (shift << (_DIGITS - 1)) << shift) + ((1 << shift) >> 1)
    return micros * _MICROSECOND


@frozen
class Latencies:
    """How many calls fell into each bucket, in the order of the buckets; empty ones are left out."""

    buckets: tuple[tuple[int, int], ...] = ()

    @classmethod
    def of(cls, counts: Mapping[int, int]) -> Latencies:
        return cls(tuple(sorted(counts.items())))

    def __add__(self, other: Latencies) -> Latencies:
        counts = Counter(dict(self.buckets))
        counts.update(dict(other.buckets))
        return Latencies.of(counts)

    def quantile(self, percent: int) -> timedelta | None:
        """The time within which that share of the calls was over; None when there were none.

        Holds: it differs from the exact time of that rank by at most 1/32 of it.

        >>> Latencies.of({bucket_of(timedelta(milliseconds=each)): 1 for each in (10, 20, 400)}).quantile(50)
        datetime.timedelta(microseconds=19968)
        """
        rank = -(-sum([count for _, count in self.buckets]) * percent // 100)
        for bucket, count in self.buckets:
            rank -= count
            if rank <= 0:
                return middle_of(bucket)
        return None
