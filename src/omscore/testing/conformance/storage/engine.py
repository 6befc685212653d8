"""A store under a real shop: what shoppers and tills are promised holds because the store keeps its own promises."""

from __future__ import annotations

from datetime import timedelta

import pytest

from omscore.app import Oms, run_until
from omscore.audit import audit
from omscore.engine.dispatch import MOST_TRIES, Recorded
from omscore.errors import CommandKeyError, ConflictError, PortTransientError, PortUnknownError, RefusedError
from omscore.ids import CartId, OrderId
from omscore.money import UnitPrice
from omscore.orders.carts import SetCartLine
from omscore.orders.commands import PaymentTerms, PlaceOrder, WantedLine
from omscore.orders.model import Order
from omscore.places import Destination
from omscore.ports.clock import VirtualClock
from omscore.ports.storage import Storage
from omscore.testing.conformance.storage.hostile import Fault, Faulty
from omscore.testing.conformance.storage.races import at_once
from omscore.testing.conformance.storage.shop import UNITS, NewShop, ShopLaws


def hold(oms: Oms, cart: str, units: int) -> None:
    at = oms.clock.now()
    oms.do(SetCartLine(cart_id=CartId(cart), channel="web", sku="POT", units=units, at=at))


def order(oms: Oms, units: int = 1, order_id: str = "ord_1") -> PlaceOrder:
    return PlaceOrder(
        order_id=OrderId(order_id),
        channel="web",
        currency="EUR",
        destination=Destination(country="DE"),
        lines=(WantedLine(sku="POT", units=units, unit_price=UnitPrice.of("39.00", "EUR")),),
        payment=PaymentTerms(provider="manual", method="card-ok"),
        at=oms.clock.now(),
    )


def ordered(storage: Storage) -> list[str]:
    return [row.stream for row in storage.streams("order/")]


class EngineLaws(ShopLaws):
    """What shoppers and tills are promised, over the store of the test."""

    def test_an_expired_hold_never_counts_though_nobody_sweeps(self, storage: Storage, new_shop: NewShop) -> None:
        oms = new_shop(storage)
        hold(oms, "first", UNITS)
        assert oms.availability("POT", "web") == 0
        with pytest.raises(RefusedError):
            hold(oms, "second", 1)
        assert isinstance(oms.clock, VirtualClock)
        oms.clock.set(oms.clock.now() + timedelta(days=1))
        assert oms.availability("POT", "web") == UNITS
        hold(oms, "second", UNITS)
        assert oms.availability("POT", "web") == 0
        assert sum(level.on_hand for level in storage.stock(["POT"])) == UNITS

    def test_one_order_sent_by_sixteen_threads_is_one_order_with_one_answer(
        self, storage: Storage, new_shop: NewShop
    ) -> None:
        shops = [new_shop(storage) for _ in range(16)]
        answers = at_once(16, lambda thread: shops[thread].do(order(shops[thread]), key="k"))
        assert set(answers) == {answers[0]}
        assert ordered(storage) == ["order/ord_1"]
        assert shops[0].availability("POT", "web") == UNITS - 1

    def test_a_shop_that_has_lived_on_the_store_is_audited_clean(self, storage: Storage, new_shop: NewShop) -> None:
        oms = new_shop(storage)
        hold(oms, "cart", 2)
        with oms.together():
            for number in range(4):
                oms.do(order(oms, units=1 + number % 2, order_id=f"ord_{number}"))
        run_until(oms, oms.clock.now() + timedelta(days=2))
        storage.checkpoint(oms.clock.now())
        assert audit(storage).findings == ()

    @pytest.mark.parametrize(
        "faults",
        [
            (Fault.ANSWER_LOST,),
            (Fault.REQUEST_LOST,),
            (Fault.OUTRUN, Fault.ANSWER_LOST),
            (Fault.REQUEST_LOST, Fault.OUTRUN, Fault.ANSWER_LOST),
        ],
    )
    def test_a_commit_with_an_unknown_outcome_is_looked_up_by_its_key_and_made_once(
        self, storage: Storage, new_shop: NewShop, faults: tuple[Fault, ...]
    ) -> None:
        line = Faulty(storage)
        oms = new_shop(line.port)
        line.faults += faults
        answer = oms.do(order(oms), key="k")
        assert line.faults == []
        assert made_once(oms, storage, answer)

    @pytest.mark.parametrize("fault", [Fault.ANSWER_LOST, Fault.REQUEST_LOST])
    def test_an_outcome_that_cannot_be_looked_up_stays_unknown_until_it_is_sent_again(
        self, storage: Storage, new_shop: NewShop, fault: Fault
    ) -> None:
        line = Faulty(storage)
        oms = new_shop(line.port)
        line.faults, line.silent = [fault], True
        with pytest.raises(PortUnknownError):
            oms.do(order(oms), key="k")
        line.silent = False
        assert made_once(oms, storage, oms.do(order(oms), key="k"))

    def test_nothing_is_called_unmade_while_an_earlier_try_may_still_be_made(
        self, storage: Storage, new_shop: NewShop
    ) -> None:
        line = Faulty(storage)
        oms = new_shop(line.port)
        line.faults = [Fault.REQUEST_LOST, Fault.NOT_TAKEN]
        with pytest.raises(PortUnknownError):
            oms.do(order(oms), key="k")
        line.faults = [Fault.NOT_TAKEN]
        with pytest.raises(PortTransientError):
            oms.do(order(oms), key="k")
        assert ordered(storage) == []

    def test_a_lost_answer_without_a_key_is_told_and_not_tried_again(self, storage: Storage, new_shop: NewShop) -> None:
        line = Faulty(storage)
        oms = new_shop(line.port)
        line.faults, line.commits = [Fault.ANSWER_LOST], 0
        with pytest.raises(PortUnknownError):
            oms.do(order(oms))
        assert line.commits == 1
        assert oms.look(Order, "ord_1").order_id == "ord_1"

    def test_a_conflict_that_shows_at_the_end_of_a_commit_is_tried_again(
        self, storage: Storage, new_shop: NewShop
    ) -> None:
        line = Faulty(storage)
        oms = new_shop(line.port)
        line.faults = [Fault.OUTRUN] * (MOST_TRIES - 1)
        assert made_once(oms, storage, oms.do(order(oms), key="k"))
        line.faults = [Fault.OUTRUN] * MOST_TRIES
        with pytest.raises(ConflictError):
            oms.do(order(oms, order_id="ord_2"), key="k2")
        assert ordered(storage) == ["order/ord_1"]


def made_once(oms: Oms, storage: Storage, answer: Recorded) -> bool:
    """The order is there once, its key gives its answer again, and other content under it is refused."""
    assert oms.do(order(oms), key="k") == answer
    with pytest.raises(CommandKeyError):
        oms.do(order(oms, units=2), key="k")
    assert oms.availability("POT", "web") == UNITS - 1
    return ordered(storage) == ["order/ord_1"]
