"""Many commands at once come to what they would have come to one by one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event, Thread, current_thread
from typing import Any

import attrs
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from omscore.app import Oms
from omscore.customers.model import ForgetCustomer, RegisterCustomer
from omscore.engine.batch import MOST_TOGETHER
from omscore.engine.dispatch import Recorded
from omscore.errors import (
    CommandKeyError,
    DamageError,
    InputError,
    NotFoundError,
    OmsError,
    PortTransientError,
    PortUnknownError,
    RefusedError,
    SetupError,
    StockShortError,
)
from omscore.ids import CartId, LocationId, OrderId, PersonId, StockDocumentId
from omscore.inventory.commands import AdjustStock, ListItem, ReceiveStock, SendTransfer
from omscore.inventory.model import AdjustReason, StockLine
from omscore.items import Item, Sku
from omscore.money import Money
from omscore.orders.carts import BeginCheckout, SetCartLine
from omscore.orders.commands import CancelOrder, CancelUnits, PlaceHold
from omscore.orders.model import HoldKind, Order
from omscore.parties import Person
from omscore.places import Address
from omscore.ports.clock import VirtualClock
from omscore.ports.storage import StockLevel, StoredState
from omscore_adapters.storage_memory import MemoryStorage
from omscore_adapters.storage_sqlite import SqliteSettings, SqliteStorage
from tests.engine.test_groups import picture
from tests.kit.shops import ANNA, CUP, NOON, POT, TEA, order
from tests.laws.bench import bench
from tests.laws.checks import check_everything

PUBLIC = st.sampled_from(
    ("place", "again", "renamed", "other", "cancel", "units", "stock", "cart", "checkout", "hold", "move", "keyed")
)
WISHES = st.lists(
    st.tuples(PUBLIC, st.integers(0, 5), st.integers(1, 6), st.sampled_from((TEA, CUP, POT, "NONE"))), max_size=25
)


def command(oms: Oms, name: str, number: int, units: int, sku: str) -> Any:
    order_id = OrderId(f"ord_{number}")
    match name:
        case "place":
            return order(oms, {sku: units}, order_id=order_id, reference=f"r{number}")
        case "again":
            return order(oms, {TEA: 2}, order_id=order_id, reference=f"r{number}")
        case "renamed":  # a channel that draws a new id each time it sends an order
            return order(oms, {TEA: 2}, order_id=f"{order_id}_{units}", reference=f"r{number}")
        case "other":  # an id of our own used twice
            return order(oms, {CUP: units, TEA: 1}, order_id=order_id, reference=f"s{number}")
        case "cancel":
            return CancelOrder(order_id=order_id, at=NOON)
        case "units":
            return CancelUnits(order_id=order_id, line_id=1, units=units, at=NOON)
        case "stock":
            return AdjustStock(
                document_id=StockDocumentId(f"doc_{number}"),
                location_id=LocationId("MUC"),
                sku=sku,
                units=units - 3,
                reason=AdjustReason.FOUND if units > 3 else AdjustReason.LOST,
                at=NOON,
            )
        case "move":
            return SendTransfer(
                document_id=StockDocumentId(f"move_{number}"),
                origin=LocationId("MUC"),
                target=LocationId("LYS"),
                lines=(StockLine(sku, "general", units * 2),),
                at=NOON,
            )
        case "keyed":  # a reference that may be taken, under a key of the caller's own
            return order(oms, {sku: units}, order_id=f"{order_id}_k", reference=f"r{number}")
        case "cart":
            return SetCartLine(cart_id=CartId(f"cart_{number}"), channel="web", sku=sku, units=units, at=NOON)
        case "checkout":
            return BeginCheckout(cart_id=CartId(f"cart_{number}"), at=NOON)
        case _:
            return PlaceHold(order_id=order_id, kind=HoldKind.FRAUD, says="looks odd", at=NOON)


def told(result: Recorded | OmsError) -> tuple[Any, ...]:
    return (type(result), result.code, str(result)) if isinstance(result, OmsError) else (result,)


def one_by_one(oms: Oms, commands: Sequence[Any], keys: Sequence[str | None]) -> list[Recorded | OmsError]:
    results: list[Recorded | OmsError] = []
    for each, key in zip(commands, keys, strict=True):
        try:
            results.append(oms.do(each, key=key))
        except OmsError as error:
            results.append(error)
    return results


@pytest.mark.parametrize("storage", ["memory", "sqlite"])
@given(wishes=WISHES)
@example(wishes=[("place", 0, 1, TEA), ("other", 0, 5, TEA), ("place", 1, 1, CUP)])
@example(wishes=[("again", 0, 1, TEA), ("renamed", 0, 5, TEA), ("place", 1, 6, TEA)])
@example(wishes=[("other", 1, 3, TEA), ("place", 0, 1, "NONE"), ("place", 1, 1, CUP), ("other", 0, 2, TEA)])
@example(wishes=[("move", 0, 6, TEA), ("place", 0, 6, TEA), ("place", 1, 5, TEA)])
@example(wishes=[("place", 0, 6, TEA), ("place", 1, 6, TEA), ("move", 0, 2, TEA), ("cancel", 0, 1, TEA)])
@example(wishes=[("place", 0, 1, POT), ("keyed", 0, 1, POT), ("place", 1, 1, POT)])
@example(wishes=[("move", 0, 6, TEA), ("place", 0, 6, POT), ("units", 0, 4, TEA)])
@settings(max_examples=40)
def test_many_commands_at_once_come_to_what_they_come_to_one_by_one(storage: str, wishes: list[Any]) -> None:
    with (
        TemporaryDirectory() as one,
        TemporaryDirectory() as two,
        bench(Path(one), storage=storage) as shop,
        bench(Path(two), storage=storage) as twin,
    ):
        commands = [command(shop.oms, *wish) for wish in wishes]
        keys = [f"key-{wish[1:]}" if wish[0] == "keyed" else None for wish in wishes]
        results = shop.oms.do_many(commands, keys=keys)
        assert list(map(told, results)) == list(map(told, one_by_one(twin.oms, commands, keys)))
        assert _without_numbers(picture(shop.oms)) == _without_numbers(picture(twin.oms))
        check_everything(shop.oms)


def _without_numbers(seen: tuple[Any, ...]) -> tuple[Any, ...]:
    """The log without its numbers: a command that is run after its group comes later, but no stream differs."""
    events, *rest = seen
    return (sorted((event.stream, event.version, *event[3:]) for event in events), *rest)


def test_orders_of_one_pile_share_the_shelf(oms: Oms) -> None:
    results = oms.do_many(
        [order(oms, {TEA: 5}, order_id=f"ord_{number}", reference=str(number)) for number in range(4)]
    )
    assert [result.id_of("order") for result in results if isinstance(result, Recorded)] == [
        "ord_0",
        "ord_1",
        "ord_2",
        "ord_3",
    ]
    taken = [oms.look(Order, f"ord_{number}").line(1).quantities.allocated for number in range(4)]
    assert taken == [5, 5, 4, 0]
    check_everything(oms)


def test_more_commands_than_fit_into_one_transaction_are_all_made_and_progress_is_told(oms: Oms) -> None:
    heard: list[int] = []
    commands = [
        order(oms, {TEA: 1}, order_id=f"ord_{number}", reference=str(number)) for number in range(MOST_TOGETHER * 2 + 3)
    ]
    results = oms.do_many(commands, progress=heard.append)
    assert all(isinstance(result, Recorded) for result in results)
    assert heard == list(range(1, len(commands) + 1))
    assert len(oms.listed(Order, "placed")) == len(commands)
    check_everything(oms)


def test_what_is_wrong_is_told_in_its_place_and_the_rest_is_made(oms: Oms) -> None:
    results = oms.do_many(
        [
            "no command",
            order(oms, {"NONE": 1}, order_id="ord_1", reference="1"),
            order(oms, {TEA: 1}, order_id="ord_2", reference="2"),
            CancelOrder(order_id=OrderId("ord_9"), at=NOON),
            CancelOrder(order_id=OrderId("ord_2"), at=NOON),
            attrs.evolve(order(oms, {TEA: 1}, order_id="ord_3", reference="3"), reference=3),  # type: ignore[arg-type]
        ]
    )
    kinds = [type(result) for result in results]
    assert kinds == [InputError, NotFoundError, Recorded, NotFoundError, Recorded, InputError]
    assert oms.look(Order, "ord_2").is_cancelled


def test_a_key_within_a_pile_has_one_answer(oms: Oms) -> None:
    oms.do(order(oms, {TEA: 5}, order_id="ord_1", reference="1"))
    once, other = (CancelUnits(order_id=OrderId("ord_1"), line_id=1, units=units, at=NOON) for units in (1, 2))
    results = oms.do_many([once, once, other, once], keys=["k", "k", "k", None])
    assert results[0] == results[1]
    assert isinstance(results[2], CommandKeyError)
    assert oms.look(Order, "ord_1").line(1).quantities.cancelled == 2
    with pytest.raises(InputError, match="one for each"):
        oms.do_many([once], keys=["k", "l"])


def test_orders_sent_again_take_nothing_from_the_shelf_of_new_ones(oms: Oms) -> None:
    """A file is imported again with new orders in it, by a channel that draws new ids each time."""
    first = [order(oms, {TEA: 5}, order_id=f"a_{number}", reference=str(number)) for number in range(2)]
    answers = oms.do_many(first)
    again = [order(oms, {TEA: 5}, order_id=f"b_{number}", reference=str(number)) for number in range(2)]
    results = oms.do_many([*again, order(oms, {TEA: 4}, order_id="new", reference="new")])
    assert results[:2] == answers
    assert oms.look(Order, "new").line(1).quantities.allocated == 4
    check_everything(oms)


def test_who_is_registered_in_a_pile_can_order_in_it_and_who_is_forgotten_cannot(oms: Oms) -> None:
    home = Address(recipient="Bo", lines=("Weg 1",), city="Berlin", postcode="10115", country="DE")
    bo = Person(person_id=PersonId("bo"), name="Bo", mail="bo@example.org", addresses=(("home", home),))
    orders = [
        attrs.evolve(order(oms, {TEA: 1}, order_id=f"ord_{number}", reference=str(number)), person_id=PersonId("bo"))
        for number in range(2)
    ]
    results = oms.do_many([orders[0], RegisterCustomer(person=bo, at=NOON), orders[1]])
    assert [type(result) for result in results] == [NotFoundError, Recorded, Recorded]
    oms.forget(PersonId("bo"))
    third = attrs.evolve(orders[0], order_id=OrderId("ord_3"), reference="3")
    assert isinstance(oms.do_many([third])[0], NotFoundError)


def test_a_pile_inside_a_group_falls_with_it(oms: Oms) -> None:
    before = picture(oms)
    with pytest.raises(ZeroDivisionError), oms.together():
        oms.do_many([order(oms, {TEA: 1}, order_id=f"ord_{number}", reference=str(number)) for number in range(3)])
        assert len(oms.listed(Order, "placed")) == 3
        raise ZeroDivisionError
    assert picture(oms) == before


class Deaf(MemoryStorage):
    """Does not hear the next question for stock."""

    is_deaf = False

    def stock(self, skus: Sequence[str]) -> tuple[StockLevel, ...]:
        if self.is_deaf:
            self.is_deaf = False
            raise PortTransientError("the server does not answer")
        return super().stock(skus)


def test_a_question_without_an_answer_is_not_taken_for_an_empty_shelf(tmp_path: Path) -> None:
    store = Deaf()
    with bench(tmp_path, store=store) as shop:
        oms = shop.oms
        store.is_deaf = True
        (placed,) = oms.do_many([order(oms, {TEA: 5}, order_id="ord_1", reference="1")])
        assert isinstance(placed, Recorded)
        assert oms.look(Order, "ord_1").line(1).quantities.allocated == 5


class Hooked(MemoryStorage):
    """Lets somebody else in right before, or in place of, a group of commits."""

    before_many: Callable[[], object] | None = None

    @contextmanager
    def together(self) -> Iterator[None]:
        self.before_many, rival = None, self.before_many
        if rival is not None:
            rival()
        with super().together():
            yield


def test_a_command_of_a_pile_that_meets_somebody_elses_commit_is_worked_out_again(tmp_path: Path) -> None:
    store = Hooked()
    with bench(tmp_path, store=store) as shop, bench(tmp_path, store=store) as rival:
        oms = shop.oms
        oms.do(order(oms, {POT: 1}, order_id="ord_0", reference="0"))
        commands = [
            order(oms, {TEA: 10}, order_id="ord_1", reference="1"),
            CancelOrder(order_id=OrderId("ord_0"), at=NOON),
            order(oms, {CUP: 1}, order_id="ord_2", reference="2"),
            CancelUnits(order_id=OrderId("ord_2"), line_id=1, units=1, at=NOON),
        ]

        def meanwhile() -> None:
            rival.oms.do(order(rival.oms, {TEA: 9}, order_id="ord_9", reference="9"))
            rival.oms.do(CancelOrder(order_id=OrderId("ord_0"), at=NOON))

        store.before_many = meanwhile
        results = oms.do_many(commands)
        assert [type(result) for result in results] == [Recorded, RefusedError, Recorded, Recorded]
        assert oms.look(Order, "ord_9").line(1).quantities.allocated == 9
        assert oms.look(Order, "ord_1").line(1).quantities.allocated == 5
        check_everything(oms)


@pytest.mark.parametrize("error", [PortTransientError, PortUnknownError])
def test_a_group_without_an_answer_is_told_as_such_and_may_be_asked_again(
    tmp_path: Path, error: type[PortTransientError | PortUnknownError]
) -> None:
    store = Hooked()

    def gone() -> None:
        raise error("the server does not answer")

    with bench(tmp_path, store=store) as shop:
        oms = shop.oms
        commands = [order(oms, {TEA: 1}, order_id=f"ord_{number}", reference=str(number)) for number in range(3)]
        store.before_many = gone
        failed = oms.do_many(commands)
        assert {type(result) for result in failed} == {error}
        assert len({id(result) for result in failed}) == 3
        assert {type(result) for result in oms.do_many(commands)} == {Recorded}
        assert len(oms.listed(Order, "placed")) == 3
        check_everything(oms)


def test_a_customer_forgotten_in_a_pile_stops_the_orders_before(oms: Oms) -> None:
    results = oms.do_many(
        [order(oms, {TEA: 1}, order_id="ord_1", reference="1"), ForgetCustomer(person_id=ANNA, at=NOON)]
    )
    assert all(isinstance(result, Recorded) for result in results)
    assert oms.look(Order, "ord_1").has_hold(HoldKind.ADDRESS)


def transfer(units: int) -> SendTransfer:
    return SendTransfer(
        document_id=StockDocumentId("t"),
        origin=LocationId("MUC"),
        target=LocationId("LYS"),
        lines=(StockLine(TEA, "general", units),),
        at=NOON,
    )


def test_a_transfer_that_cannot_be_made_takes_no_units_from_the_orders_after_it(oms: Oms) -> None:
    short, placed = oms.do_many([transfer(11), order(oms, {TEA: 10}, order_id="ord_1", reference="1")])
    assert isinstance(short, StockShortError)
    assert isinstance(placed, Recorded)
    assert oms.look(Order, "ord_1").line(1).quantities.allocated == 10


def test_a_transfer_is_not_made_after_the_order_that_gave_it_its_units(oms: Oms) -> None:
    oms.do(order(oms, {TEA: 10}, order_id="ord_1", reference="1"))
    short, cancelled = oms.do_many([transfer(6), CancelOrder(order_id=OrderId("ord_1"), at=NOON)])
    assert isinstance(short, StockShortError)
    assert isinstance(cancelled, Recorded)


def test_units_taken_by_hand_that_are_not_there_are_still_there_for_the_orders_after(oms: Oms) -> None:
    taken = AdjustStock(
        document_id=StockDocumentId("a"),
        location_id=LocationId("LYS"),
        sku=POT,
        units=-3,
        reason=AdjustReason.DAMAGED,
        at=NOON,
    )
    oms.do_many([taken, order(oms, {POT: 2}, order_id="ord_1", reference="1")])
    assert oms.look(Order, "ord_1").line(1).quantities.allocated == 2


def test_an_order_refused_for_its_reference_leaves_its_units_to_the_next(oms: Oms) -> None:
    wanted = [order(oms, {POT: 1}, order_id=f"ord_{n}", reference=each) for n, each in enumerate("112")]
    made, refused, next_one = oms.do_many(wanted, keys=["k1", "k2", "k3"])
    assert isinstance(made, Recorded)
    assert isinstance(refused, RefusedError)
    assert isinstance(next_one, Recorded)
    assert oms.look(Order, "ord_2").line(1).quantities.allocated == 1


def listing(cost: int) -> ListItem:
    return ListItem(item=Item(sku=Sku("NEW"), mass_g=10, unit_cost=Money(cost, "EUR")), at=NOON)


def test_nothing_is_left_to_do_only_where_it_was_done(tmp_path: Path) -> None:
    store = Hooked()
    with bench(tmp_path, store=store) as shop, bench(tmp_path, store=store) as rival:

        def gone() -> None:
            raise PortTransientError("the server does not answer")

        store.before_many = gone
        lost, made = shop.oms.do_many([listing(1), listing(1)])
        assert isinstance(lost, PortTransientError)
        assert isinstance(made, Recorded)
        assert made.events == ("ItemListed",)
    store = Hooked()
    with bench(tmp_path, store=store) as shop, bench(tmp_path, store=store) as rival:
        store.before_many = lambda: rival.oms.do(listing(2))
        results = shop.oms.do_many([listing(1), listing(1), listing(1)], keys=[None, None, "k"])
        assert [type(each) for each in results] == [RefusedError] * 3
        with pytest.raises(RefusedError):
            shop.oms.do(listing(1), key="k")


@pytest.mark.parametrize("keys", ["abc", {"a": 1}, 3, iter(())])
def test_keys_that_are_no_list_are_refused(oms: Oms, keys: Any) -> None:
    with pytest.raises(InputError, match="keys must be a list with one for each command"):
        oms.do_many([listing(1)], keys=keys)


def test_one_command_alone_is_no_list_of_commands(oms: Oms) -> None:
    one: Any = listing(1)
    with pytest.raises(InputError, match="do_many takes a list of commands, not one ListItem; use do for one"):
        oms.do_many(one)


class Mute(MemoryStorage):
    """Answers no question about records for so many times."""

    times = 0

    def load(self, streams: Sequence[str], have: Mapping[str, int]) -> dict[str, StoredState]:
        if self.times:
            self.times -= 1
            raise PortTransientError("no answer")
        return super().load(streams, have)


def test_a_question_without_an_answer_costs_no_more_than_its_own_command(tmp_path: Path) -> None:
    store = Mute()

    def heard(done: int) -> None:
        store.times = 2 if done == 100 else store.times

    with bench(tmp_path, store=store) as shop:
        oms = shop.oms
        wanted = [order(oms, {TEA: 1}, order_id=f"ord_{n}", reference=str(n)) for n in range(150)]
        results = oms.do_many(wanted, progress=heard)
        assert len(results) == 150
        assert sum(isinstance(each, OmsError) for each in results) <= 1


def test_a_damaged_record_costs_the_commands_that_need_it_and_no_others(tmp_path: Path) -> None:
    with bench(tmp_path, storage="sqlite") as shop:
        shop.oms.storage._connection.execute(  # type: ignore[attr-defined]
            "UPDATE streams SET state = '{' WHERE stream = 'item/TEA'"
        )
    with bench(tmp_path, storage="sqlite") as shop:
        oms = shop.oms
        wanted = [order(oms, {sku: 1}, order_id=f"ord_{n}", reference=str(n)) for n, sku in enumerate((CUP, TEA, CUP))]
        assert [type(each) for each in oms.do_many(wanted)] == [Recorded, DamageError, Recorded]


def test_a_store_that_cannot_be_written_to_refuses_each_command(tmp_path: Path) -> None:
    with bench(tmp_path, storage="sqlite"):
        pass
    carts = [SetCartLine(cart_id=CartId(f"cart_{n}"), channel="web", sku=TEA, units=1, at=NOON) for n in range(2)]
    store = SqliteStorage(SqliteSettings(path=tmp_path / "shop.db", read_only=True))
    with bench(tmp_path, store=store) as shop:
        assert [type(each) for each in shop.oms.do_many(carts)] == [SetupError, SetupError]


class Overheard(MemoryStorage):
    """Tells which versions a thread of that name said it has."""

    said: Mapping[str, int] | None = None

    def __init__(self) -> None:
        super().__init__()
        self.asked = Event()

    def load(self, streams: Sequence[str], have: Mapping[str, int]) -> dict[str, StoredState]:
        if current_thread().name == "other":
            self.said = dict(have)
            self.asked.set()
        return super().load(streams, have)


def test_what_a_group_leaves_is_seen_by_other_threads_only_once_it_stands(tmp_path: Path) -> None:
    store = Overheard()
    with bench(tmp_path, store=store) as shop:
        oms = shop.oms
        oms.do(order(oms, {TEA: 5}))
        seen: list[Order] = []
        other = Thread(name="other", target=lambda: seen.append(oms.look(Order, "ord_1")))
        with pytest.raises(ZeroDivisionError), oms.together():
            oms.do(CancelUnits(order_id=OrderId("ord_1"), line_id=1, units=2, at=NOON))
            assert oms.look(Order, "ord_1").line(1).quantities.cancelled == 2
            other.start()
            assert store.asked.wait(10)
            raise ZeroDivisionError
        other.join()
        assert seen[0].line(1).quantities.cancelled == 0
        assert store.said is not None
        ((version, _),) = [(row.version, row.stream) for row in store.streams("order/ord_1")]
        assert store.said.get("order/ord_1", version) == version


def test_a_command_worked_out_on_a_group_that_fell_is_worked_out_again(oms: Oms) -> None:
    lost = SendTransfer(
        document_id=StockDocumentId("t"),
        origin=LocationId("LYS"),
        target=LocationId("MUC"),
        lines=(StockLine(TEA, "general", 99), StockLine(POT, "general", 1)),
        at=NOON,
    )
    cancel = CancelUnits(order_id=OrderId("ord_0"), line_id=1, units=4, at=NOON)
    oms.do_many([lost, order(oms, {POT: 4}, order_id="ord_0", reference="0"), cancel])
    assert oms.availability(POT, "web") == 2
    check_everything(oms)


def test_an_equal_order_that_was_faster_is_not_taken_for_ours_by_the_commands_after_it(tmp_path: Path) -> None:
    later = NOON + timedelta(seconds=1)
    store = Hooked()
    with bench(tmp_path, store=store) as shop, bench(tmp_path, store=store, clock=VirtualClock(later)) as rival:
        place = order(shop.oms, {TEA: 2}, order_id="ord_1", reference="1")
        store.before_many = lambda: rival.oms.do(attrs.evolve(place, at=later))
        cancel = CancelUnits(order_id=OrderId("ord_1"), line_id=1, units=1, at=NOON)
        assert {type(each) for each in shop.oms.do_many([place, cancel])} == {Recorded}
        assert shop.oms.look(Order, "ord_1").placed_at == later
        check_everything(shop.oms)


def test_a_document_that_could_not_be_booked_is_booked_in_its_turn(oms: Oms) -> None:
    came = ReceiveStock(
        document_id=StockDocumentId("r"), location_id=LocationId("MUC"), lines=(StockLine(TEA, "general", 5),), at=NOON
    )
    results = oms.do_many([transfer(12), transfer(12), came, transfer(12)])
    assert [type(each) for each in results] == [StockShortError, StockShortError, Recorded, Recorded]
