"""Lines that ship together: for the strategies all SKUs of such a group are one, which ships whole or not at all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeAlias

from omscore.routing.mixes import MixedProblem
from omscore.routing.model import Demand
from omscore.routing.problem import Bound, Problem, Takes

Groups: TypeAlias = dict[str, str]
"""The name of the group of each SKU that is in one."""


def groups_of(by_sku: Mapping[str, Sequence[Demand]]) -> Groups:
    """The group of every SKU that must ship with others; groups that share a SKU are one, by the first name of theirs.

    >>> lamp, bulb, tea = (
    ...     Demand(line_id=k, sku=sku, units=1, mass_g=1, together=name)
    ...     for k, (sku, name) in enumerate((("LAMP", "set"), ("BULB", "set"), ("TEA", "")))
    ... )
    >>> groups_of({line.sku: [line] for line in (lamp, bulb, tea)})
    {'LAMP': 'set', 'BULB': 'set'}
    """
    names: dict[str, set[str]] = {}
    for sku, lines in by_sku.items():
        for line in lines:
            if line.together:
                names.setdefault(sku, set()).add(line.together)
    if not names:
        return {}
    found: Groups = {}
    left = dict(names)
    while left:
        sku, reach = next(iter(left.items()))
        skus = {sku}
        while more := {other for other, of_other in left.items() if other not in skus and of_other & reach}:
            skus |= more
            reach = reach.union(*[left[other] for other in more])
        for other in skus:
            del left[other]
            found[other] = min(reach)
    return {sku: found[sku] for sku in names}


class Joined:
    """The question of a problem in which every group of SKUs is one.

    Shape: `skus` are those of `problem`; `problem` here is the question the strategies are asked.
    """

    def __init__(
        self, problem: Problem, skus: Sequence[str], by_sku: Mapping[str, Sequence[Demand]], groups: Groups
    ) -> None:
        self._wanted = [sum([line.units for line in by_sku[sku]]) for sku in skus]
        numbers = {sku: i for i, sku in enumerate(skus)}
        members: dict[str, list[int]] = {}
        absent = {name for sku, name in groups.items() if sku not in numbers}  # nobody has it, so nobody has them all
        self._members: list[tuple[list[int], bool]] = []
        need, caps, unit_mass, worth = [], [], [], []
        weights: list[list[int]] = [[] for _ in problem.shared]
        for i, sku in enumerate(skus):
            name = groups.get(sku)
            if name is None:
                self._members.append(([i], False))
                need.append(problem.need[i])
                caps.append(problem.caps[i])
                unit_mass.append(problem.unit_mass[i])
                worth.append(problem.worth[i])
                for of_joined, bound in zip(weights, problem.shared, strict=True):
                    of_joined.append(bound.weights[i])
            else:
                members.setdefault(name, []).append(i)
        for name, group in members.items():
            able = [
                name not in absent and all([problem.caps[i][place] >= self._wanted[i] for i in group])
                for place in range(problem.places)
            ]
            if any(able):
                self._members.append((group, True))
                need.append(1)
                caps.append([int(each) for each in able])
                unit_mass.append(sum([self._wanted[i] * problem.unit_mass[i] for i in group]))
                worth.append(sum([self._wanted[i] * problem.worth[i] for i in group]))
                for of_joined, bound in zip(weights, problem.shared, strict=True):
                    of_joined.append(sum([self._wanted[i] * bound.weights[i] for i in group]))
        shared = [Bound(counts, bound.most) for counts, bound in zip(weights, problem.shared, strict=True)]
        asked = problem.asking(need, caps, unit_mass, worth, shared)
        self.problem = asked
        if isinstance(problem, MixedProblem):
            self.problem = problem.grouped(asked, self._members, self._wanted)

    @property
    def members(self) -> list[list[int]]:
        """The SKUs of each group and each single one, in the order of the question here."""
        return [members for members, _ in self._members]

    def apart(self, takes: Takes) -> Takes:
        """The plan by the SKUs themselves."""
        return sorted(
            [
                (i, place, self._wanted[i] if is_group else units)
                for k, place, units in takes
                for members, is_group in (self._members[k],)
                for i in members
            ]
        )
