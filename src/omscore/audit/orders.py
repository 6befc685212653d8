"""Orders held against the fulfillment orders and returns that do their work, a few numbers per line.

Streams come in the order of their names, so every order is seen before its work. What an order says is kept as numbers
per line; what its work says is taken off again; nothing may be left over.
"""

from __future__ import annotations

from array import array
from collections.abc import Collection

from omscore.audit.findings import Findings, Law
from omscore.audit.references import References
from omscore.fulfillment.model import FulfillmentOrder, Package
from omscore.orders.model import HoldKind, Order
from omscore.returns.model import Return
from omscore.reviews.model import OrderReview

_PICKED, _PACKED, _LEFT, _ARRIVED, _COMING, _RETURNED = range(6)
_WIDTH = 6
_SAYS = (
    "picked than its fulfillment orders",
    "packed than its fulfillment orders",
    "handed over than its fulfillment orders",
    "delivered than the packages of its fulfillment orders",
    "on their way back than its returns",
    "returned than its returns decided on",
)
_LOOK_AGAIN = ".route_again@"
"""What the ids of the tasks that look at waiting orders have after the order's id."""


class OrderBook:
    """What is left over of every order once its work is taken off.

    Shape: `tasks` are the ids of tasks that are waiting, leased or dead, and so still known to somebody.
    """

    def __init__(self, tasks: Collection[str], references: References, found: Findings) -> None:
        self._tasks = tasks
        self._looked_at = {order_id for order_id, mark, _ in (each.rpartition(_LOOK_AGAIN) for each in tasks) if mark}
        self._references = references
        self._found = found
        self._lines: dict[str, array[int]] = {}
        self._takes: dict[str, dict[int, int]] = {}
        self._held: set[str] = set()
        self._under_review: set[str] = set()

    def __contains__(self, order_id: object) -> bool:
        return order_id in self._lines

    def __len__(self) -> int:
        return len(self._lines)

    def order(self, order: Order) -> None:
        """Check an order in itself and keep its numbers."""
        kept = array("q", bytes(8 * _WIDTH * len(order.lines)))
        taken: dict[int, int] = {}
        for take in order.takes:
            taken[take.line_id] = taken.get(take.line_id, 0) + take.units
            by_line = self._takes.setdefault(take.fulfillment_id, {})
            by_line[take.line_id] = by_line.get(take.line_id, 0) + take.units
        for at, line in enumerate(order.lines):
            there = line.quantities
            where = f"order/{order.order_id} line {line.line_id}"
            agreed, parts = line.agreed, line.amounts
            told = (agreed.unit_price, agreed.discount, parts.goods.net, parts.shipping.net, parts.charges.net)
            if any(each.currency != order.currency for each in told):
                self._add(where, f"it has amounts in another currency than the order's {order.currency}")
            if there.total != line.units:
                self._add(where, f"its quantities sum to {there.total}, {line.units} units were ordered")
            if there.allocated != taken.get(line.line_id, 0):
                self._add(
                    where,
                    f"{there.allocated} units are allocated, fulfillment orders took {taken.get(line.line_id, 0)}",
                )
            if line.line_id != at + 1:
                self._add(where, f"lines are numbered from 1, so it must be line {at + 1}")
            start = at * _WIDTH
            kept[start + _PICKED] = there.picked
            kept[start + _PACKED] = there.packed
            kept[start + _LEFT] = there.handed_over
            kept[start + _ARRIVED] = there.delivered + there.returned
            kept[start + _COMING] = line.in_return
            kept[start + _RETURNED] = there.returned
        self._lines[order.order_id] = kept
        waiting = sum(line.quantities.waiting for line in order.lines)
        if waiting and order.order_id not in self._looked_at:
            self._found.add(
                Law.STUCK,
                f"order/{order.order_id}",
                f"{waiting} units wait for a source, but no task looks at them again",
            )
        if order.holds:
            self._held.add(order.order_id)
            if order.has_hold(HoldKind.UNDER_REVIEW) and not order.is_settled:
                self._under_review.add(order.order_id)
        for prefix, ids in (
            ("payment", order.payments),
            ("work", order.fulfillments),
            ("return", order.returns),
            ("decision", order.decisions),
        ):
            for each in ids:
                self._references.names(order.order_id, f"{prefix}/{each}")

    def work(self, work: FulfillmentOrder) -> None:
        """Check a fulfillment order in itself and take it off its order."""
        stream = f"work/{work.fulfillment_id}"
        self._references.is_of(stream, work.order_id)
        packed: dict[int, int] = {}
        to_pick: dict[int, int] = {}
        for line in work.lines:
            steps = line.to_pick + line.picked + line.packed + line.shipped + line.dropped
            where = f"{stream} line {line.line_id}"
            if steps != line.units:
                self._add(where, f"its steps sum to {steps}, it took {line.units} units")
            if min(line.to_pick, line.picked, line.packed) < 0:
                self._add(where, "one of its steps is below zero")
            if line.to_pick:
                to_pick[line.line_id] = to_pick.get(line.line_id, 0) + line.to_pick
            if boxed := line.packed + line.shipped:
                packed[line.line_id] = packed.get(line.line_id, 0) + boxed
            self._take_off(work.order_id, line.line_id, _PICKED, line.picked, stream)
            self._take_off(work.order_id, line.line_id, _PACKED, line.packed, stream)
            self._take_off(work.order_id, line.line_id, _LEFT, line.shipped, stream)
        taken = self._takes.pop(work.fulfillment_id, {})
        for line_id in sorted({*taken, *to_pick}):
            if taken.get(line_id, 0) != to_pick.get(line_id, 0):
                says = f"it has {to_pick.get(line_id, 0)} units to pick, its order says {taken.get(line_id, 0)}"
                self._add(f"{stream} line {line_id}", says)
        self._packages(work, stream, packed)
        if work.shipped_at is None and work.live_units and work.on_hold is not (work.order_id in self._held):
            says = (
                f"it is on hold, but no hold of order {work.order_id} says why"
                if work.on_hold
                else f"it can be worked on although order {work.order_id} is on hold"
            )
            self._found.add(Law.STUCK, stream, says)

    def rma(self, rma: Return) -> None:
        """Check a return in itself and take it off its order."""
        stream = f"return/{rma.return_id}"
        self._references.is_of(stream, rma.order_id)
        for line in rma.lines:
            steps = line.due + line.seen + line.disposed + line.unsent
            if steps != line.units:
                self._add(f"{stream} line {line.line_id}", f"its steps sum to {steps}, it promised {line.units} units")
            self._take_off(rma.order_id, line.line_id, _COMING, line.due + line.seen, stream)
            self._take_off(rma.order_id, line.line_id, _RETURNED, line.disposed, stream)

    def review(self, review: OrderReview) -> None:
        """Check that whoever has not answered is still to be asked, as long as the order waits for it."""
        stream = f"review/{review.order_id}"
        if review.order_id not in self:
            self._add(stream, "there is no such order")
        elif review.order_id in self._under_review:
            for reviewer in review.waits_for:
                task_id = f"{review.order_id}.review.{reviewer}"
                if task_id not in self._tasks:
                    self._found.add(Law.STUCK, stream, f"{reviewer} has not answered, but the task {task_id} is gone")

    def end(self) -> None:
        """Report every number that is left over."""
        for order_id, kept in self._lines.items():
            if not any(kept):
                continue
            for at, off in enumerate(kept):
                if off:
                    line, column = divmod(at, _WIDTH)
                    more = "more" if off > 0 else "fewer"
                    self._add(
                        f"order/{order_id} line {line + 1}", f"the order has {abs(off)} units {more} {_SAYS[column]}"
                    )
        for fulfillment_id, taken in self._takes.items():
            self._add(f"work/{fulfillment_id}", f"an order says it took {sum(taken.values())} units, but it is gone")

    def _packages(self, work: FulfillmentOrder, stream: str, packed: dict[int, int]) -> None:
        boxed: dict[int, int] = {}
        for package in work.packages:
            delivered = package.delivered_at is not None
            for line_id, units in package.contents:
                boxed[line_id] = boxed.get(line_id, 0) + units
                if delivered:
                    self._take_off(work.order_id, line_id, _ARRIVED, units, stream)
            task_ids: list[str] = []
            if work.shipped_at is None and not package.is_labelled:
                task_ids = _labelling(work, package)
            elif work.shipped_at is not None and not delivered:
                task_ids = [f"{package.package_id}.track"]
            if task_ids and not any([each in self._tasks for each in task_ids]):
                says = f"package {package.package_id} waits, but its task {task_ids[-1]} is gone"
                self._found.add(Law.STUCK, stream, says)
        for line_id in sorted({*boxed, *packed}):
            if boxed.get(line_id, 0) != packed.get(line_id, 0):
                self._add(
                    f"{stream} line {line_id}",
                    f"its packages hold {boxed.get(line_id, 0)} units, {packed.get(line_id, 0)} were packed",
                )

    def _take_off(self, order_id: str, line_id: int, column: int, units: int, stream: str) -> None:
        if not units:
            return
        kept = self._lines.get(order_id)
        at = (line_id - 1) * _WIDTH + column
        if kept is None:
            return  # the reference to the missing order is reported
        if not 0 <= at < len(kept):
            self._add(stream, f"order {order_id} has no line {line_id}")
            return
        kept[at] -= units

    def _add(self, where: str, says: str) -> None:
        self._found.add(Law.ORDERS, where, says)


def _labelling(work: FulfillmentOrder, package: Package) -> list[str]:
    """The tasks that may be at the label of a package: its own, that of its set, the latest after a label was given
    back.
    """
    after_void = [void.key for void in work.voids if void.package_id == package.package_id and void.took_label]
    return [f"{key}.label" for key in (package.package_id, package.set_key, *after_void) if key]
