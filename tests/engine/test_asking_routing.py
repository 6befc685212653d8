"""What routing is asked for an order: no more than its rules look at, and the shelf as it stands."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from omscore.engine.plans.requests import facts_asked, facts_of, order_request
from omscore.engine.shelves import on_hand_of, shelves_of
from omscore.engine.unit import Unit
from omscore.ids import CartId
from omscore.orders.carts import BeginCheckout, SetCartLine
from omscore.orders.model import Order
from omscore.ports.clock import VirtualClock
from omscore.routing import Question
from tests.kit.shops import CUP, POT, TEA, order, small_shop

SMALL = '\n[[routing.profiles]]\nname = "small"\nwhole_below = "30.00"\n'
DEAR = """
[[routing.profiles]]
name = "usual"
[[routing.profiles]]
name = "dear"
max_locations = 1
[[routing.choices]]
name = "much"
profile = "dear"
least_value = "30.00"
"""


@pytest.mark.parametrize("rules", ["", SMALL, DEAR])
def test_what_the_rules_of_a_shop_do_not_look_at_changes_no_decision(tmp_path: Path, rules: str) -> None:
    with small_shop(tmp_path, storage={"memory": {}}, edit=rules) as oms:
        for number, wanted in enumerate(({TEA: 1}, {TEA: 2, CUP: 1}, {POT: 3, CUP: 4}, {TEA: 14, POT: 1})):
            order_id = f"ord_{number}"
            oms.do(order(oms, wanted, order_id=order_id))
            unit, placed = Unit(oms._desk, oms.clock.now()), oms.look(Order, order_id)
            lines = [(line.agreed, line.agreed.units) for line in placed.lines]
            items = unit.items([line.sku for line, _ in lines])
            stock, _ = on_hand_of(unit, items, unit.at)
            few, all_ = [
                Question(
                    request=order_request(unit, placed, facts, lines, items, unit.at),
                    network=unit.desk.network,
                    stock=stock,
                ).decide()
                for facts in (facts_asked(unit, placed, items), facts_of(placed, items.values()))
            ]
            assert few == all_


@settings(max_examples=30)
@given(st.dictionaries(st.sampled_from((TEA, CUP, POT)), st.integers(1, 2), max_size=3), st.booleans(), st.booleans())
def test_what_is_on_hand_is_what_the_shelves_say(
    tmp_path_factory: pytest.TempPathFactory, held: dict[str, int], begun: bool, late: bool
) -> None:
    with small_shop(tmp_path_factory.mktemp("shop"), storage={"memory": {}}) as oms:
        for number, (sku, units) in enumerate(held.items()):
            cart_id = CartId(f"c{number}")
            oms.do(SetCartLine(cart_id=cart_id, channel="web", sku=sku, units=units, at=oms.clock.now()))
            if begun:
                oms.do(BeginCheckout(cart_id=cart_id, at=oms.clock.now()))
        assert isinstance(oms.clock, VirtualClock)
        oms.clock.set(oms.clock.now() + timedelta(days=2 * late))  # and nobody sweeps
        unit = Unit(oms._desk, oms.clock.now())
        shelves = shelves_of(unit, (TEA, CUP, POT), unit.at)
        stock, overdue = on_hand_of(unit, (TEA, CUP, POT), unit.at)
        assert stock == {sku: shelf.units_by_cell() for sku, shelf in shelves.items()}
        assert overdue == {sku: shelf for sku, shelf in shelves.items() if shelf.expired}
        assert bool(overdue) == bool(held and late)
