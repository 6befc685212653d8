"""Goods that are due: what may be promised of them, to whom they are promised, and what becomes of it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from omscore.app import Oms
from omscore.errors import InputError, NotFoundError, RefusedError
from omscore.ids import LocationId, OrderId, StockDocumentId, SupplyId
from omscore.inventory.commands import (
    AdjustStock,
    CancelSupply,
    ChangeSupply,
    ExpectSupply,
    ReceiveStock,
)
from omscore.inventory.expected import ExpectedSupply, holding
from omscore.inventory.model import AdjustReason, StockLine
from omscore.orders.commands import CancelUnits
from omscore.orders.events import PromiseBroken
from omscore.orders.model import Order
from omscore.places import Destination
from omscore.ports.clock import VirtualClock
from omscore.ports.storage import Commit
from tests.kit.shops import NOON, POT, TEA, order, small_shop
from tests.laws.checks import check_everything

DE = Destination(country="DE", postcode_area="101")
PROMISING = "[flows]\npromise_from_supply = true\n"
MUC, LYS = LocationId("MUC"), LocationId("LYS")
MONDAY = date(2026, 3, 2)


def day(number: int) -> date:
    """So many days after the Monday the shop opens on."""
    return MONDAY + timedelta(days=number)


@pytest.fixture(params=[{"memory": {}}, None], ids=["memory", "sqlite"])
def oms(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Oms]:
    with small_shop(tmp_path, storage=request.param, stock=False, edit=PROMISING) as opened:
        yield opened


def expect(oms: Oms, name: str, units: int, on: int, sku: str = POT, at: LocationId = MUC) -> None:
    oms.do(
        ExpectSupply(sku=sku, supply_id=SupplyId(name), location_id=at, units=units, due_on=day(on), at=oms.clock.now())
    )


def receive(oms: Oms, number: str, units: int, supply: str | None, sku: str = POT, at: LocationId = MUC) -> None:
    oms.do(
        ReceiveStock(
            document_id=StockDocumentId(number),
            location_id=at,
            lines=(StockLine(sku, "general", units),),
            supply_id=SupplyId(supply) if supply else None,
            at=oms.clock.now(),
        )
    )


def promises(oms: Oms, order_id: str) -> list[tuple[int, date, tuple[str, ...], date]]:
    return [(each.units, each.due_on, each.supplies, each.arrives_on) for each in oms.look(Order, order_id).promises]


def broken(oms: Oms, order_id: str) -> list[tuple[int, str]]:
    found = []
    for row in oms.storage.events():
        if row.stream == f"order/{order_id}" and row.name == "PromiseBroken":
            event: PromiseBroken = oms.codec.event(row.name, row.at, row.body)
            found.append((sum(each.units for each in event.broken), event.says))
    return found


def set_clock(oms: Oms, number: int) -> None:
    assert isinstance(oms.clock, VirtualClock)
    oms.clock.set(NOON + timedelta(days=number))


def test_golden_case_6_a_week_of_supplies_and_goings_by_a_shop(oms: Oms) -> None:
    receive(oms, "in-1", 20, None)
    for number, units in ((1, -3), (3, 10), (4, -15), (5, 1), (6, 3)):
        expect(oms, f"s{number}", units, number)
    set_clock(oms, 1)
    week = oms.atp(POT, "MUC", days=7)
    assert [each.day for each in week] == [day(number) for number in range(1, 8)]
    assert [each.projected for each in week] == [17, 17, 27, 12, 13, 16, 16]
    assert [each.to_promise for each in week] == [12, 12, 12, 12, 13, 16, 16]


def test_golden_case_7_what_never_came_is_not_counted_any_more(oms: Oms) -> None:
    receive(oms, "in-1", 20, None)
    for number, units in ((1, -3), (3, 10), (4, -15), (5, 1), (6, 3)):
        expect(oms, f"s{number}", units, number)
    set_clock(oms, 1)
    out = AdjustReason.CORRECTION
    at = oms.clock.now()
    oms.do(AdjustStock(document_id=StockDocumentId("out"), location_id=MUC, sku=POT, units=-3, reason=out, at=at))
    oms.do(CancelSupply(sku=POT, supply_id=SupplyId("s1"), at=at))
    set_clock(oms, 4)
    week = oms.atp(POT, "MUC", days=7)
    assert [each.projected for each in week] == [2, 3, 6, 6, 6, 6, 6]
    assert [each.to_promise for each in week] == [2, 3, 6, 6, 6, 6, 6]


def test_what_is_due_is_promised_from_the_day_after_it_comes_and_asking_changes_nothing(oms: Oms) -> None:
    receive(oms, "in-1", 2, None)
    expect(oms, "po-1", 3, 2)
    expect(oms, "po-2", 2, 4)
    before = list(oms.storage.events())
    promise = oms.promise({POT: 8}, channel="web", destination=DE)
    assert list(oms.storage.events()) == before
    assert [(each.location_id, each.units) for each in promise.shipments] == [("MUC", ((POT, 2),))]
    assert [
        (part.units, part.due_on, part.supplies, each.shipment.leaves_on, each.shipment.options[0].arrives_on)
        for each in promise.later
        for part in each.units
    ] == [
        (3, day(2), ("po-1",), day(3), day(4)),
        (2, day(4), ("po-2",), day(7), day(8)),  # there on Friday evening, so it leaves on Monday
    ]
    assert [(left.sku, left.units) for left in promise.left_over] == [(POT, 6)]
    assert [(left.sku, left.units, left.says) for left in promise.unpromised] == [
        (POT, 1, "only 2 of the 8 units are sellable")
    ]
    assert promise.arrives_on == day(8)
    assert str(promise.price) == "21.00 EUR"


def test_an_order_is_promised_what_the_question_before_it_was_told(oms: Oms) -> None:
    receive(oms, "in-1", 2, None)
    expect(oms, "po-1", 3, 2)
    told = oms.promise({POT: 4}, channel="web", destination=DE)
    oms.do(order(oms, {POT: 4}))
    assert promises(oms, "ord_1") == [(2, day(2), ("po-1",), day(4))]
    assert [(part.units, part.due_on) for each in told.later for part in each.units] == [(2, day(2))]
    expected = oms.look(ExpectedSupply, POT)
    assert [(claim.order_id, claim.units, claim.due_on) for claim in expected.claims] == [("ord_1", 2, day(2))]
    check_everything(oms)


def test_two_orders_are_never_promised_the_same_unit(oms: Oms) -> None:
    expect(oms, "po-1", 5, 2)
    expect(oms, "po-2", 5, 4)
    oms.do(order(oms, {POT: 4}, order_id="ord_1"))
    oms.do(order(oms, {POT: 4}, order_id="ord_2"))
    oms.do(order(oms, {POT: 4}, order_id="ord_3"))
    assert promises(oms, "ord_1") == [(4, day(2), ("po-1",), day(4))]
    assert promises(oms, "ord_2") == [(1, day(2), ("po-1",), day(4)), (3, day(4), ("po-2",), day(8))]
    assert promises(oms, "ord_3") == [(2, day(4), ("po-2",), day(8))]
    assert [left.units for left in oms.promise({POT: 1}, channel="web", destination=DE).unpromised] == [1]


def test_what_is_to_go_out_later_is_not_promised_before(oms: Oms) -> None:
    expect(oms, "po-1", 5, 2)
    expect(oms, "call-off", -4, 3)
    expect(oms, "po-2", 3, 7)
    oms.do(order(oms, {POT: 3}))
    assert promises(oms, "ord_1") == [(1, day(2), ("po-1",), day(4)), (2, day(7), ("po-2",), day(9))]


def test_goods_that_came_serve_their_orders_and_free_their_claims(oms: Oms) -> None:
    expect(oms, "po-1", 5, 2)
    oms.do(order(oms, {POT: 4}, order_id="ord_1"))
    oms.do(order(oms, {POT: 1}, order_id="ord_2"))
    set_clock(oms, 2)
    receive(oms, "in-1", 4, "po-1")
    oms.run_due()
    assert promises(oms, "ord_1") == []
    assert promises(oms, "ord_2") == [(1, day(2), ("po-1",), day(4))]
    assert [(each.supply_id, each.units) for each in oms.look(ExpectedSupply, POT).supplies] == [("po-1", 1)]
    receive(oms, "in-2", 3, "po-1")
    oms.run_due()
    expected = oms.look(ExpectedSupply, POT)
    assert (expected.supplies, expected.claims) == ((), ())
    assert [line.quantities.allocated for line in oms.look(Order, "ord_2").lines] == [1]
    assert broken(oms, "ord_1") == broken(oms, "ord_2") == []
    check_everything(oms)


def test_a_supply_that_comes_later_breaks_the_last_promises_and_says_so(oms: Oms) -> None:
    expect(oms, "po-1", 5, 2)
    expect(oms, "po-2", 5, 4)
    oms.do(order(oms, {POT: 5}, order_id="ord_1"))
    oms.do(order(oms, {POT: 5}, order_id="ord_2"))
    oms.do(ChangeSupply(sku=POT, supply_id=SupplyId("po-1"), due_on=day(8), at=oms.clock.now()))
    oms.run_due()
    # First come, first served: the first order now has what comes first.
    assert promises(oms, "ord_1") == [(5, day(4), ("po-2",), day(8))]
    assert promises(oms, "ord_2") == [(5, day(8), ("po-1",), day(10))]
    assert broken(oms, "ord_1") == [(5, "supply po-1 of POT is now due on 2026-03-10")]
    assert broken(oms, "ord_2") == [(5, "orders placed earlier need what was claimed")]
    check_everything(oms)


def test_a_supply_that_is_cancelled_leaves_no_promise_standing_on_it(oms: Oms) -> None:
    expect(oms, "po-1", 5, 2)
    oms.do(order(oms, {POT: 4}, order_id="ord_1"))
    oms.do(CancelSupply(sku=POT, supply_id=SupplyId("po-1"), at=oms.clock.now()))
    assert oms.look(ExpectedSupply, POT).claims == ()
    oms.run_due()
    assert promises(oms, "ord_1") == []
    assert broken(oms, "ord_1") == [(4, "supply po-1 of POT came without them or is cancelled")]


def test_a_supply_that_did_not_come_is_told_with_the_daily_look(oms: Oms) -> None:
    expect(oms, "po-1", 5, 1)
    expect(oms, "po-2", 5, 7)
    oms.do(order(oms, {POT: 4}, order_id="ord_1"))
    set_clock(oms, 2)
    oms.run_due()
    assert promises(oms, "ord_1") == [(4, day(7), ("po-2",), day(9))]
    assert broken(oms, "ord_1") == [(4, "supply po-1 of POT did not come on 2026-03-03")]


def test_orders_that_wait_are_promised_in_turn_once_something_is_due(oms: Oms) -> None:
    oms.do(order(oms, {POT: 4}, order_id="ord_1"))
    oms.do(order(oms, {POT: 4}, order_id="ord_2"))
    assert promises(oms, "ord_1") == []
    expect(oms, "po-1", 5, 2)
    oms.run_due()
    assert promises(oms, "ord_1") == [(4, day(2), ("po-1",), day(4))]
    assert promises(oms, "ord_2") == [(1, day(2), ("po-1",), day(4))]
    assert broken(oms, "ord_1") == []


def test_units_cancelled_free_what_they_claimed(oms: Oms) -> None:
    expect(oms, "po-1", 5, 2)
    oms.do(order(oms, {POT: 4}, order_id="ord_1"))
    oms.do(CancelUnits(order_id=oms.look(Order, "ord_1").order_id, line_id=1, units=3, at=oms.clock.now()))
    assert promises(oms, "ord_1") == [(1, day(2), ("po-1",), day(4))]
    assert [claim.units for claim in oms.look(ExpectedSupply, POT).claims] == [1]
    assert broken(oms, "ord_1") == []
    check_everything(oms)


def test_goods_from_elsewhere_take_the_claims_of_those_they_serve(oms: Oms) -> None:
    expect(oms, "po-1", 5, 2)
    oms.do(order(oms, {POT: 4}, order_id="ord_1"))
    receive(oms, "in-1", 3, None)
    oms.run_due()
    assert promises(oms, "ord_1") == [(1, day(2), ("po-1",), day(4))]
    assert [claim.units for claim in oms.look(ExpectedSupply, POT).claims] == [1]
    assert broken(oms, "ord_1") == []


def test_a_channel_is_promised_only_what_comes_where_it_may_draw(oms: Oms) -> None:
    expect(oms, "po-1", 5, 2, at=MUC)
    expect(oms, "po-2", 2, 3, at=LYS)
    promise = oms.promise({POT: 4}, channel="store", destination=DE)
    assert [(part.location_id, part.units) for each in promise.later for part in each.units] == [("LYS", 2)]
    assert [left.units for left in promise.unpromised] == [2]


def test_a_shop_that_does_not_promise_what_is_due_leaves_units_waiting(tmp_path: Path) -> None:
    with small_shop(tmp_path, storage={"memory": {}}, stock=False) as oms:
        expect(oms, "po-1", 5, 2)
        promise = oms.promise({POT: 4}, channel="web", destination=DE)
        assert (promise.later, promise.unpromised) == ((), promise.left_over)
        oms.do(order(oms, {POT: 4}))
        oms.run_due()
        assert promises(oms, "ord_1") == []
        assert [each.to_promise for each in oms.atp(POT, "MUC", days=3)] == [0, 0, 5]


def test_a_supply_told_twice_is_one_and_another_under_its_id_is_refused(oms: Oms) -> None:
    expect(oms, "po-1", 5, 2)
    expect(oms, "po-1", 5, 2)
    assert len(oms.look(ExpectedSupply, POT).supplies) == 1
    with pytest.raises(RefusedError, match="due already"):
        expect(oms, "po-1", 6, 2)
    expect(oms, "po-1", 6, 2, sku=TEA)  # one purchase order, two articles


def test_goods_under_a_supply_that_is_not_due_there_are_refused(oms: Oms) -> None:
    expect(oms, "po-1", 5, 2)
    with pytest.raises(NotFoundError, match="no supply po-9 of POT is due; due are: po-1"):
        receive(oms, "in-1", 1, "po-9")
    with pytest.raises(InputError, match="is due at MUC in pool general, not at LYS"):
        receive(oms, "in-1", 1, "po-1", at=LYS)
    with pytest.raises(InputError, match="of no units"):
        expect(oms, "po-2", 0, 2)
    with pytest.raises(NotFoundError, match="no supply po-9"):
        oms.do(CancelSupply(sku=POT, supply_id=SupplyId("po-9"), at=NOON))
    expect(oms, "out", -2, 2)
    with pytest.raises(RefusedError, match="units that go out"):
        receive(oms, "in-1", 1, "out")
    with pytest.raises(InputError, match="a day such as"):
        expect_at = datetime(2026, 3, 5, 12, tzinfo=UTC)
        oms.do(ExpectSupply(sku=POT, supply_id=SupplyId("x"), location_id=MUC, units=1, due_on=expect_at, at=NOON))


class Plain:
    """The same shop as somebody would live through it: every unit a thing of its own, every day one after the other."""

    def __init__(self) -> None:
        self.today, self.shelf = 0, 0
        self.due: dict[str, tuple[int, int]] = {}
        self.waiting: dict[str, int] = {}

    def serve(self) -> None:
        for order_id, units in self.waiting.items():
            taken = min(units, self.shelf)
            self.shelf -= taken
            self.waiting[order_id] -= taken

    def promised(self) -> dict[str, list[int]]:
        """The day of each unit that is promised, by order: day by day what comes is given to those who came first."""
        found: dict[str, list[int]] = {order_id: [] for order_id in self.waiting}
        for number in range(self.today, self.today + 40):
            there = sum(units for units, on in self.due.values() if on == number)
            for order_id, units in self.waiting.items():
                given = min(there, units - len(found[order_id]))
                there -= given
                found[order_id] += [number] * given
            # What nobody waits for stays, and nobody can want it later: all who wait are here already.
        return found


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("expect"), st.integers(1, 6), st.integers(0, 9)),
        st.tuples(st.just("order"), st.integers(1, 6), st.just(0)),
        st.tuples(st.just("change"), st.integers(0, 5), st.integers(0, 9)),
        st.tuples(st.just("cancel"), st.integers(0, 5), st.just(0)),
        st.tuples(st.just("receive"), st.integers(0, 5), st.integers(1, 7)),
        st.tuples(st.just("drop"), st.integers(0, 5), st.integers(1, 3)),
        st.tuples(st.just("day"), st.integers(1, 3), st.just(0)),
    ),
    min_size=3,
    max_size=12,
)


@settings(max_examples=60)
@given(steps=STEPS)
@example(steps=[("expect", 1, 0), ("order", 1, 0), ("order", 1, 0), ("drop", 0, 1)])
def test_orders_are_promised_day_by_day_what_a_plain_simulation_gives_them(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, int, int]]
) -> None:
    folder = tmp_path_factory.mktemp("due")
    with small_shop(folder, storage={"memory": {}}, stock=False, edit=PROMISING) as oms:
        plain = Plain()
        for number, (what, count, other) in enumerate(steps):
            one_step(oms, plain, number, what, count, other)
            oms.run_due()
            plain.serve()
            assert {
                order_id: [(each.due_on - MONDAY).days for each in found for _ in range(each.units)]
                for order_id in plain.waiting
                for found in [sorted(oms.look(Order, order_id).promises, key=lambda each: each.due_on)]
            } == plain.promised()
            check_ledger(oms, plain)
        check_everything(oms)


def one_step(oms: Oms, plain: Plain, number: int, what: str, count: int, other: int) -> None:
    supplies = sorted(plain.due)
    orders = sorted(plain.waiting)
    supply = supplies[count % len(supplies)] if supplies else None
    at = oms.clock.now()
    match what:
        case "expect":
            expect(oms, f"s{number}", count, plain.today + other)
            plain.due[f"s{number}"] = (count, plain.today + other)
        case "order":
            oms.do(order(oms, {POT: count}, order_id=f"ord_{number:02}"))
            taken = min(count, plain.shelf)
            plain.shelf -= taken
            plain.waiting[f"ord_{number:02}"] = count - taken
        case "change" if supply is not None:
            oms.do(ChangeSupply(sku=POT, supply_id=SupplyId(supply), due_on=day(plain.today + other), at=at))
            plain.due[supply] = (plain.due[supply][0], plain.today + other)
        case "cancel" if supply is not None:
            oms.do(CancelSupply(sku=POT, supply_id=SupplyId(supply), at=at))
            del plain.due[supply]
        case "receive" if supply is not None:
            receive(oms, f"in-{number}", other, supply)
            units, on = plain.due.pop(supply)
            plain.shelf += other
            if units > other:
                plain.due[supply] = (units - other, on)
        case "drop" if orders:
            order_id = orders[count % len(orders)]
            units = min(other, plain.waiting[order_id])
            if units:
                oms.do(CancelUnits(order_id=OrderId(order_id), line_id=1, units=units, at=at))
                plain.waiting[order_id] -= units
                oms.run_due()
        case "day":
            plain.today += count
            set_clock(oms, plain.today)
        case _:
            pass


def check_ledger(oms: Oms, plain: Plain) -> None:
    """What orders were promised is what the ledger says they claim, and all of it holds."""
    expected = oms.find(ExpectedSupply, POT)
    claims = () if expected is None else expected.claims
    assert sorted((each.order_id, each.due_on, each.units) for each in claims) == sorted(
        (order_id, each.due_on, each.units) for order_id in plain.waiting for each in oms.look(Order, order_id).promises
    )
    assert expected is None or holding(expected) == claims


def test_whoever_is_outrun_while_claiming_is_promised_what_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with (
        small_shop(tmp_path, stock=False, edit=PROMISING) as oms,
        small_shop(tmp_path, stock=False, edit=PROMISING) as other,
    ):
        expect(oms, "po-1", 5, 2)
        commit, tried = oms.storage.commit, []

        def outrun(prepared: Commit) -> str:
            """Just before the first order is made durable, another till places one."""
            tried.append(prepared)
            if len(tried) == 1:
                other.do(order(other, {POT: 4}, order_id="ord_2"))
            return commit(prepared)

        monkeypatch.setattr(oms.storage, "commit", outrun)
        oms.do(order(oms, {POT: 4}, order_id="ord_1", at=NOON + timedelta(seconds=1)))
        assert len(tried) == 2
        assert promises(oms, "ord_2") == [(4, day(2), ("po-1",), day(4))]
        assert promises(oms, "ord_1") == [(1, day(2), ("po-1",), day(4))]


def test_what_was_received_before_supplies_were_told_reads_as_it_did(oms: Oms) -> None:
    receive(oms, "in-1", 2, None)
    (row,) = [row for row in oms.storage.events() if row.name == "StockReceived"]
    assert "supply_id" not in row.body
    oms.do(order(oms, {POT: 1}))
    assert "promises" not in oms.codec.text(oms.look(Order, "ord_1"))


def test_an_order_that_loses_its_units_to_an_earlier_one_hears_of_it_at_once(oms: Oms) -> None:
    assert isinstance(oms.clock, VirtualClock)
    expect(oms, "po-1", 5, 1)
    expect(oms, "po-2", 5, 7)
    oms.do(order(oms, {POT: 5}, order_id="ord_1"))
    oms.clock.set(NOON + timedelta(hours=1))
    oms.do(order(oms, {POT: 5}, order_id="ord_2"))
    for hours in (24, 25, 48):  # the last one is the look at the first order alone
        oms.clock.set(NOON + timedelta(hours=hours))
        oms.run_due()
    assert promises(oms, "ord_1") == [(5, day(7), ("po-2",), day(9))]
    assert promises(oms, "ord_2") == []
    assert broken(oms, "ord_2") == [(5, "orders placed earlier need what was claimed")]
