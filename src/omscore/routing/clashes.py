"""Hard filters that together leave no location though each alone leaves some, and which of them it takes for that."""

from __future__ import annotations

from collections.abc import Sequence

from omscore.routing.rules import ArrivesWithin, Filter, MaxDistance, OnlyGroups, OnlyKinds, SafetyStock


def clashing(left: Sequence[frozenset[str]], among: frozenset[str]) -> tuple[int, ...]:
    """The numbers of some sets that have none of `among` in common; empty when all of them together have some.

    Holds: without any one of these sets the others have some in common.

    >>> both, one, other = frozenset({"A", "B"}), frozenset({"A"}), frozenset({"B"})
    >>> clashing([both, one, other], both), clashing([both, one], both)
    ((1, 2), ())
    """
    kept = list(range(len(left)))
    if among.intersection(*left):
        return ()
    # Those that leave the most are dropped first: what is left is short, and a set that does it alone stands alone.
    for number in sorted(kept, key=lambda number: (-len(left[number] & among), -number)):
        others = [left[each] for each in kept if each != number]
        if not among.intersection(*others):
            kept.remove(number)
    return tuple(kept)


def told(rule: Filter) -> str:
    """The filter with what it is set to, as it is told in a sentence.

    >>> told(MaxDistance(km=50)), told(OnlyGroups(groups=("south", "near")))
    ('max_distance (50 km)', 'only_groups (south, near)')
    """
    if isinstance(rule, MaxDistance):
        return f"{rule.rule} ({rule.km} km)"
    if isinstance(rule, OnlyGroups):
        return f"{rule.rule} ({', '.join(rule.groups)})"
    if isinstance(rule, OnlyKinds):
        return f"{rule.rule} ({', '.join(rule.kinds)})"
    if isinstance(rule, SafetyStock):
        return f"{rule.rule} ({rule.units})"
    if isinstance(rule, ArrivesWithin):
        return f"{rule.rule} ({rule.days} days)"
    return rule.rule


def leaving(names: Sequence[str]) -> str:
    """Names as the subject of a sentence, with its verb.

    >>> leaving(["a"]), leaving(["a", "b", "c"])
    ('a leaves', 'a, b and c together leave')
    """
    if len(names) == 1:
        return f"{names[0]} leaves"
    return f"{', '.join(names[:-1])} and {names[-1]} together leave"
