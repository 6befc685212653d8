"""A joint plan made better step by step: an order takes a cheaper plan, and those in its way take another of theirs.

The solver needs a good plan to begin with; in a large batch it finds none by itself in time.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from omscore.routing.joint.columns import Column

Rows = Sequence[tuple[int, int]]
"""How much a plan takes of what: (number of the row, amount)."""


class Swaps:
    """The plan while it is made better.

    Shape: `plans` are those of each order, `rows` says what a plan takes, and `limits` what there is of each row.
    """

    def __init__(
        self,
        start: Sequence[Column],
        plans: Sequence[Sequence[Column]],
        rows: Callable[[Column], Rows],
        limits: Mapping[int, int],
        least_units: int,
    ) -> None:
        self._plans = [sorted(its, key=lambda column: column.cost) for its in plans]
        self._rows = {column: rows(column) for its in plans for column in its}
        self._left = dict(limits)
        self._users: dict[int, set[int]] = {}
        self._spare = sum([column.units for column in start]) - least_units
        self.chosen = list(start)
        for column in start:
            self._take(column, 1)

    def improve(self, left_s: Callable[[], float]) -> list[Column]:
        """The plan once no single order can be served cheaper with the others making way, or the time is up."""
        moved = True
        while moved and left_s() > 0:
            moved = False
            gains = [self.chosen[o].cost - its[0].cost if its else 0 for o, its in enumerate(self._plans)]
            for order in sorted(range(len(gains)), key=lambda o: (-gains[o], o)):
                if gains[order] <= 0 or left_s() <= 0:
                    continue
                for column in self._plans[order]:
                    if column.cost >= self.chosen[order].cost:
                        break
                    if self._swap(column):
                        moved = True
                        break
        return self.chosen

    def _swap(self, column: Column) -> bool:
        """Give an order this plan, and those that are in its way another one, if that costs less together."""
        swapped = [(self.chosen[column.order], column)]
        self._exchange(*swapped[0])
        gain = swapped[0][0].cost - column.cost
        for row, _ in self._rows[column]:
            while self._left[row] < 0 and gain > 0:
                best: tuple[int, int, Column] | None = None
                for other in sorted(self._users[row] - {column.order}):
                    found = self._makes_way(other, row)
                    if found is not None and (best is None or found[:2] < best[:2]):
                        best = found
                if best is None:
                    gain = 0
                    break
                pair = self.chosen[best[1]], best[2]
                self._exchange(*pair)
                swapped.append(pair)
                gain -= best[0]
        if gain > 0 and self._spare >= 0:
            return True
        for before, after in reversed(swapped):
            self._exchange(after, before)
        return False

    def _makes_way(self, order: int, row: int) -> tuple[int, int, Column] | None:
        """The least costly other plan of an order that takes less of the row and fits: (what more it costs, order)."""
        now = self.chosen[order]
        self._take(now, -1)
        found = None
        for column in self._plans[order]:
            takes = dict(self._rows[column])
            if takes.get(row, 0) < dict(self._rows[now]).get(row, 0) and all(
                [self._left[its] >= amount for its, amount in takes.items() if its != row]
            ):
                found = column.cost - now.cost, order, column
                break
        self._take(now, 1)
        return found

    def _exchange(self, before: Column, after: Column) -> None:
        self._take(before, -1)
        self._take(after, 1)
        self.chosen[after.order] = after
        self._spare += after.units - before.units

    def _take(self, column: Column, sign: int) -> None:
        for row, amount in self._rows[column]:
            self._left[row] -= sign * amount
            users = self._users.setdefault(row, set())
            if sign > 0:
                users.add(column.order)
            else:
                users.discard(column.order)
