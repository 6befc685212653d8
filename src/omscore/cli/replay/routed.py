"""How the orders of a replay were routed: by which method, at what cost, and what better plans could save at most."""

from __future__ import annotations

from collections.abc import Iterable

from omscore.money import Money
from omscore.records import frozen
from omscore.routing.model import Decision
from omscore.routing.strategies import MAX_EXACT


@frozen(kw_only=True)
class Routed:
    """The decisions of one method.

    Shape: `long` of them are about more articles than can be weighed in every combination; `proven` are known to be the
    best; `gap` is the most that better plans could save over all the others, `largest_gap` over one of them.
    """

    method: str
    decisions: int
    long: int
    proven: int
    cost: Money
    gap: Money
    largest_gap: Money


def routed(decisions: Iterable[Decision], currency: str) -> tuple[Routed, ...]:
    """The decisions that send something, by method, the most frequent first.

    >>> routed([], "GBP")
    ()
    """
    tallies: dict[str, list[int]] = {}
    for decision in decisions:
        if decision.cost is None:
            continue
        gap = decision.gap.minor if decision.gap is not None else 0
        tally = tallies.setdefault(decision.method, [0] * 6)
        articles = {part.sku for part in decision.assignments} | {left.sku for left in decision.leftovers}
        for at, more in enumerate((1, len(articles) > MAX_EXACT, decision.gap is None, decision.cost.minor, gap)):
            tally[at] += more
        tally[5] = max(tally[5], gap)
    return tuple(
        Routed(
            method=method,
            decisions=tally[0],
            long=tally[1],
            proven=tally[2],
            cost=Money(tally[3], currency),
            gap=Money(tally[4], currency),
            largest_gap=Money(tally[5], currency),
        )
        for method, tally in sorted(tallies.items(), key=lambda each: (-each[1][0], each[0]))
    )
