"""Choices of mass bands: what a handful of shipments costs at least for the room it gives.

One choice beats another when it costs no more and has no less room; only unbeaten choices are kept, and not too many.
"""

from __future__ import annotations

from typing import TypeAlias

MAX_KEPT = 48

Bands: TypeAlias = tuple[int, int, tuple[int, ...]]
"""The price of a choice, its room in grams below zero (so that more room sorts first), and the room of each band."""


def undominated(bands: list[Bands]) -> list[Bands]:
    """The unbeaten choices, cheapest first.

    >>> undominated([(9, -100, (100,)), (4, -100, (100,)), (12, -500, (500,))])
    [(4, -100, (100,)), (12, -500, (500,))]
    """
    bands.sort()
    kept: list[Bands] = []
    for found in bands:
        if not kept or found[1] < kept[-1][1]:
            kept.append(found)
    while len(kept) > MAX_KEPT:
        # Two neighbours become one with the price of the cheaper and the room of the larger: still a lower bound.
        odd = kept[-1:] if len(kept) % 2 else []
        kept = [(a[0], b[1], b[2]) for a, b in zip(kept[0::2], kept[1::2], strict=False)] + odd
    return kept
