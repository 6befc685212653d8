"""The life of one order: whatever is wished of it, every unit stays counted, and a refused wish changes nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import reduce

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from omscore.errors import InputError, OmsError, RefusedError
from omscore.ids import DecisionId, FulfillmentId, ReturnId
from omscore.orders.commands import (
    AllocateLines,
    CancelOrder,
    CancelUnits,
    OrderCommand,
    PromiseReturn,
    RecordProgress,
    RecordReturned,
    RecordShipped,
    RecordUnsent,
)
from omscore.orders.decide import decide
from omscore.orders.events import OrderEvent
from omscore.orders.evolve import evolve
from omscore.orders.linestates import LINE_MOVES, LineState
from omscore.orders.model import LineUnits, Order, Take
from omscore.orders.status import OrderStatus, status_of
from tests.orders.orders import NOON, ORDER, after, place, wanted

DECISION = DecisionId("ord_1.d1")
RETURN = ReturnId("ord_1.r1")
WORKS = (FulfillmentId("ord_1.f1"), FulfillmentId("ord_1.f2"))
STEPS = (
    (LineState.ALLOCATED, LineState.PICKED),
    (LineState.PICKED, LineState.PACKED),
    (LineState.SHIPPED, LineState.DELIVERED),
)
"""What a fulfillment order may report; leaving the house is a command of its own, because money follows it."""

# Mostly sensible, now and then a line that is not there or a count that is none; a line may well be named twice.
line_ids = st.sampled_from((1, 1, 1, 2, 2, 2, 3))
counts = st.sampled_from((1, 1, 2, 2, 3, 4, 6, 9, 0, -1))
some_units = st.lists(st.builds(LineUnits, line_ids, counts), min_size=1, max_size=3).map(tuple)
some_takes = st.lists(st.builds(Take, line_ids, counts, st.sampled_from(WORKS)), max_size=3).map(tuple)
works = st.sampled_from(WORKS)
steps = st.sampled_from(STEPS * 4 + tuple((one, other) for one in LineState for other in LineState))


def allocate(takes: tuple[Take, ...], waits: tuple[LineUnits, ...] = ()) -> AllocateLines:
    return AllocateLines(order_id=ORDER, decision_id=DECISION, takes=takes, backorders=waits, at=NOON)


def progress(work: FulfillmentId, step: tuple[LineState, LineState], units: tuple[LineUnits, ...]) -> RecordProgress:
    return RecordProgress(order_id=ORDER, fulfillment_id=work, origin=step[0], target=step[1], units=units, at=NOON)


def shipped(work: FulfillmentId, units: tuple[LineUnits, ...]) -> RecordShipped:
    return RecordShipped(order_id=ORDER, fulfillment_id=work, units=units, at=NOON)


def cancel(line_id: int, units: int) -> CancelUnits:
    return CancelUnits(order_id=ORDER, line_id=line_id, units=units, at=NOON)


def promise(units: tuple[LineUnits, ...]) -> PromiseReturn:
    return PromiseReturn(order_id=ORDER, return_id=RETURN, units=units, at=NOON)


def returned(units: tuple[LineUnits, ...]) -> RecordReturned:
    return RecordReturned(order_id=ORDER, return_id=RETURN, units=units, refund_shipping=True, at=NOON)


def unsent(units: tuple[LineUnits, ...]) -> RecordUnsent:
    return RecordUnsent(order_id=ORDER, return_id=RETURN, units=units, at=NOON)


commands: st.SearchStrategy[OrderCommand] = st.one_of(
    st.builds(allocate, some_takes, st.just(()) | some_units),
    st.builds(progress, works, steps, some_units),
    st.builds(progress, works, st.sampled_from(STEPS), some_units),
    st.builds(shipped, works, some_units),
    st.builds(cancel, line_ids, counts),
    st.just(CancelOrder(order_id=ORDER, at=NOON)),
    st.builds(promise, some_units),
    st.builds(returned, some_units),
    st.builds(unsent, some_units),
)


def fresh_order() -> Order:
    return after(None, place(wanted("23.90", 10), wanted("5", 4), rates="0.19"))


def life(wishes: Iterable[OrderCommand]) -> Iterator[tuple[Order, OrderEvent, Order]]:
    """Every step of an order of which all this is wished; refused wishes leave no step."""
    order = fresh_order()
    for wish in wishes:
        try:
            events = decide(order, wish)
        except OmsError:
            continue
        for event in events:
            before, order = order, evolve(order, event)
            yield before, event, order


@given(st.lists(commands, max_size=25))
def test_line_quantities_always_sum_to_the_ordered_units(wishes: list[OrderCommand]) -> None:
    for _, _, order in life(wishes):
        for line in order.lines:
            assert line.quantities.total == line.units
            assert min(line.quantities.of(state) for state in LineState) >= 0


@given(st.lists(commands, max_size=25))
def test_only_moves_listed_in_line_moves_happen(wishes: list[OrderCommand]) -> None:
    for before, _, order in life(wishes):
        for old, new in zip(before.lines, order.lines, strict=True):
            change = {state: new.quantities.of(state) - old.quantities.of(state) for state in LineState}
            left = [state for state, units in change.items() if units < 0]
            reached = [state for state, units in change.items() if units > 0]
            assert all(any((origin, target) in LINE_MOVES for target in reached) for origin in left)
            assert all(any((origin, target) in LINE_MOVES for origin in left) for target in reached)


@given(st.lists(commands, max_size=25))
def test_takes_name_the_work_of_every_allocated_unit(wishes: list[OrderCommand]) -> None:
    for _, _, order in life(wishes):
        taken: Counter[int] = Counter()
        for take in order.takes:
            assert take.units > 0
            taken[take.line_id] += take.units
        assert {line.line_id: line.quantities.allocated for line in order.lines if line.quantities.allocated} == taken


@given(st.lists(commands, max_size=25))
def test_units_in_return_are_delivered_and_never_below_zero(wishes: list[OrderCommand]) -> None:
    for _, _, order in life(wishes):
        for line in order.lines:
            assert 0 <= line.in_return <= line.quantities.delivered


Counts = dict[LineState, int]


class ModelLine:
    """One line as a person with a slip of paper would keep it."""

    def __init__(self, units: int) -> None:
        self.at: Counts = dict.fromkeys(LineState, 0) | {LineState.OPEN: units}
        self.in_return = 0

    def move(self, origin: LineState, target: LineState, units: int) -> None:
        self.at[origin] -= units
        self.at[target] += units


class OneOrder(RuleBasedStateMachine):
    """decide and evolve against a slip of paper: the same wishes are granted, with the same result."""

    @initialize()
    def placed(self) -> None:
        self.order = fresh_order()
        self.lines = {1: ModelLine(10), 2: ModelLine(4)}
        self.takes: list[list[object]] = []

    def wish(self, command: OrderCommand, granted: bool, effect: Callable[[], None]) -> None:
        before = self.order
        if granted:
            effect()
            self.order = reduce(evolve, decide(self.order, command), self.order)
        else:
            with pytest.raises((RefusedError, InputError)):
                decide(self.order, command)
            assert self.order == before

    def allowed(self, units: Sequence[tuple[int, int]], limit: Callable[[int], int]) -> bool:
        """True when every count is one, every line is there and their sums keep to the limit."""
        sums = summed(units)
        return all(count > 0 for _, count in units) and all(
            line_id in self.lines and count <= limit(line_id) for line_id, count in sums.items()
        )

    def taken(self, work: FulfillmentId, line_id: int) -> int:
        return sum(int(str(units)) for line, units, taker in self.takes if (line, taker) == (line_id, work))

    def let_go(self, line_id: int, units: int, work: FulfillmentId | None) -> None:
        for take in reversed(self.takes):
            if take[0] == line_id and (work is None or take[2] == work):
                gone = min(units, int(str(take[1])))
                take[1] = int(str(take[1])) - gone
                units -= gone
        self.takes = [take for take in self.takes if take[1]]

    @rule(takes=some_takes, waits=st.just(()) | some_units)
    def allocates(self, takes: tuple[Take, ...], waits: tuple[LineUnits, ...]) -> None:
        wanted_units = [(take.line_id, take.units) for take in takes]
        sums = summed(wanted_units)

        def still_waiting(line_id: int) -> int:
            at = self.lines[line_id].at
            return at[LineState.OPEN] + at[LineState.BACKORDERED] - sums.get(line_id, 0)

        def waiting(line_id: int) -> int:
            at = self.lines[line_id].at
            return at[LineState.OPEN] + at[LineState.BACKORDERED]

        def effect() -> None:
            for line_id, units in sums.items():
                line = self.lines[line_id]
                from_open = min(units, line.at[LineState.OPEN])
                line.move(LineState.OPEN, LineState.ALLOCATED, from_open)
                line.move(LineState.BACKORDERED, LineState.ALLOCATED, units - from_open)
            for line_id, units in summed(waits).items():
                line = self.lines[line_id]
                line.move(LineState.OPEN, LineState.BACKORDERED, min(units, line.at[LineState.OPEN]))
            self.takes += [[take.line_id, take.units, take.fulfillment_id] for take in takes]

        granted = self.allowed(wanted_units, waiting) and self.allowed(waits, still_waiting)
        self.wish(allocate(takes, waits), granted, effect)

    @rule(work=works, step=steps, units=some_units)
    def makes_progress(
        self, work: FulfillmentId, step: tuple[LineState, LineState], units: tuple[LineUnits, ...]
    ) -> None:
        origin, target = step

        def there(line_id: int) -> int:
            if origin is LineState.ALLOCATED:
                return self.taken(work, line_id)
            return self.lines[line_id].at[origin]

        def effect() -> None:
            for line_id, count in units:
                self.lines[line_id].move(origin, target, count)
                if origin is LineState.ALLOCATED:
                    self.let_go(line_id, count, work)

        self.wish(progress(work, step, units), step in STEPS and self.allowed(units, there), effect)

    @rule(work=works, units=some_units)
    def ships(self, work: FulfillmentId, units: tuple[LineUnits, ...]) -> None:
        self.wish(
            shipped(work, units),
            self.allowed(units, lambda line_id: self.lines[line_id].at[LineState.PACKED]),
            lambda: self.all_move(units, LineState.PACKED, LineState.SHIPPED),
        )

    @rule(line_id=line_ids, units=counts)
    def cancels(self, line_id: int, units: int) -> None:
        self.wish(
            cancel(line_id, units),
            self.allowed([(line_id, units)], self.cancellable),
            lambda: self.cancelled(line_id, units),
        )

    @rule()
    def cancels_all(self) -> None:
        rest = {line_id: self.cancellable(line_id) for line_id in self.lines if self.cancellable(line_id)}

        def effect() -> None:
            for line_id, units in rest.items():
                self.cancelled(line_id, units)

        self.wish(CancelOrder(order_id=ORDER, at=NOON), bool(rest), effect)

    @rule(units=some_units)
    def promises(self, units: tuple[LineUnits, ...]) -> None:
        self.wish(
            promise(units),
            self.allowed(units, lambda n: self.lines[n].at[LineState.DELIVERED] - self.lines[n].in_return),
            lambda: self.in_return(units, 1),
        )

    @rule(units=some_units)
    def comes_back(self, units: tuple[LineUnits, ...]) -> None:
        def effect() -> None:
            self.all_move(units, LineState.DELIVERED, LineState.RETURNED)
            self.in_return(units, -1)

        self.wish(returned(units), self.allowed(units, lambda line_id: self.lines[line_id].in_return), effect)

    @rule(units=some_units)
    def does_not_come_back(self, units: tuple[LineUnits, ...]) -> None:
        granted = self.allowed(units, lambda line_id: self.lines[line_id].in_return)
        self.wish(unsent(units), granted, lambda: self.in_return(units, -1))

    @rule(line_id=st.sampled_from((1, 2)), units=st.integers(1, 4), work=works, back=st.booleans())
    def goes_all_the_way(self, line_id: int, units: int, work: FulfillmentId, back: bool) -> None:
        """What most orders do; by chance alone few units would ever be delivered."""
        at = self.lines[line_id].at
        units = min(units, at[LineState.OPEN] + at[LineState.BACKORDERED])
        if not units:
            return
        named = (LineUnits(line_id, units),)
        self.allocates((Take(line_id, units, work),), ())
        self.makes_progress(work, STEPS[0], named)
        self.makes_progress(work, STEPS[1], named)
        self.ships(work, named)
        self.makes_progress(work, STEPS[2], named)
        if back:
            self.promises(named)

    def cancellable(self, line_id: int) -> int:
        at = self.lines[line_id].at
        return at[LineState.OPEN] + at[LineState.BACKORDERED] + at[LineState.ALLOCATED]

    def cancelled(self, line_id: int, units: int) -> None:
        line = self.lines[line_id]
        for origin in (LineState.OPEN, LineState.BACKORDERED, LineState.ALLOCATED):
            gone = min(units, line.at[origin])
            line.move(origin, LineState.CANCELLED, gone)
            if origin is LineState.ALLOCATED:
                self.let_go(line_id, gone, None)
            units -= gone

    def all_move(self, units: Iterable[LineUnits], origin: LineState, target: LineState) -> None:
        for line_id, count in units:
            self.lines[line_id].move(origin, target, count)

    def in_return(self, units: Iterable[LineUnits], sign: int) -> None:
        for line_id, count in units:
            self.lines[line_id].in_return += sign * count

    @invariant()
    def the_order_says_what_the_paper_says(self) -> None:
        for line in self.order.lines:
            paper = self.lines[line.line_id]
            assert {state: line.quantities.of(state) for state in LineState} == paper.at
            assert line.quantities.total == line.units
            assert line.in_return == paper.in_return
        assert [list(take) for take in self.order.takes] == self.takes

    @invariant()
    def the_status_fits_the_numbers(self) -> None:
        at = Counter[LineState]()
        for paper in self.lines.values():
            at.update(paper.at)
        left = at[LineState.SHIPPED] + at[LineState.DELIVERED] + at[LineState.RETURNED]
        unshipped = sum(at.values()) - left - at[LineState.CANCELLED]
        status = status_of(self.order)
        assert (status is OrderStatus.CANCELLED) == (at[LineState.CANCELLED] == 14)
        assert (status is OrderStatus.OPEN) == (0 < at[LineState.OPEN] == unshipped and not left)
        assert (status is OrderStatus.PARTLY_SHIPPED) == (unshipped > 0 and left > 0)
        assert (status is OrderStatus.RETURNED) == (0 < left == at[LineState.RETURNED] and not unshipped)
        assert (status is OrderStatus.DELIVERED) == (0 < left == at[LineState.DELIVERED] and not unshipped)
        assert self.order.is_settled == (unshipped == 0)


def summed(units: Iterable[tuple[int, int]]) -> dict[int, int]:
    counted: dict[int, int] = {}
    for line_id, count in units:
        counted[line_id] = counted.get(line_id, 0) + count
    return counted


TestOneOrder = OneOrder.TestCase
TestOneOrder.settings = settings(max_examples=80, stateful_step_count=30)


def test_units_of_a_line_from_two_pools_of_one_location_are_picked_together() -> None:
    order = after(fresh_order(), allocate((Take(1, 3, WORKS[0]), Take(1, 2, WORKS[0]), Take(1, 1, WORKS[1]))))
    picked = after(order, progress(WORKS[0], STEPS[0], (LineUnits(1, 5),)))
    assert picked.takes == (Take(1, 1, WORKS[1]),)
    with pytest.raises(RefusedError, match=r"ord_1\.f1 has 5 units of line 1, not 6"):
        decide(order, progress(WORKS[0], STEPS[0], (LineUnits(1, 6),)))


def test_a_line_named_twice_is_summed_before_it_is_checked() -> None:
    order = after(fresh_order(), allocate((Take(2, 4, WORKS[0]),)))
    twice = (LineUnits(2, 2), LineUnits(2, 2))
    assert after(order, progress(WORKS[0], STEPS[0], twice)).takes == ()
    with pytest.raises(RefusedError):
        decide(order, progress(WORKS[0], STEPS[0], (*twice, LineUnits(2, 1))))


def test_a_step_that_is_no_progress_of_work_is_refused() -> None:
    with pytest.raises(RefusedError, match="from open to allocated"):
        decide(fresh_order(), progress(WORKS[0], (LineState.OPEN, LineState.ALLOCATED), (LineUnits(1, 1),)))


def test_a_cancelled_unit_is_let_go_by_the_latest_take() -> None:
    """Two takes of one line by one location: cancelling seven (three of them open) leaves the first take whole."""
    work = FulfillmentId("ord_1.f1")
    order = fresh_order()
    for command in (allocate((Take(1, 1, work), Take(1, 6, work))), cancel(1, 7)):
        order = reduce(evolve, decide(order, command), order)
    assert order.takes == (Take(1, 1, work), Take(1, 2, work))
