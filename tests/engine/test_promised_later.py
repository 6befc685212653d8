"""What is promised of goods that are due is what an order placed at once is promised, by all rules and with kits."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from omscore.app import Oms
from omscore.errors import InputError
from omscore.ids import LocationId, SupplyId
from omscore.inventory.commands import ExpectSupply, ListItem
from omscore.items import Item, Kit, KitPart, Ships, Sku
from omscore.orders.model import Order
from omscore.places import Destination
from tests.kit.shops import CUP, NOON, POT, TEA, order, receive, small_shop
from tests.laws.checks import check_everything

DE = Destination(country="DE", postcode_area="101")
PROMISING = "[flows]\npromise_from_supply = true\n[[routing.profiles]]\nname = 'standard'\n"
RULES = (
    "",
    "max_locations = 1",
    "split_lines = false",
    "all_or_nothing = true",
    "strategy = 'nearest'",
    "filters = [{rule = 'safety_stock', units = 1, hard = false}]",
)
ARTICLES, PLACES = (TEA, CUP, POT), ("MUC", "LYS")
SHELF = st.lists(st.tuples(st.sampled_from(ARTICLES), st.sampled_from(PLACES), st.integers(1, 3)), max_size=3)
DUE = st.lists(
    st.tuples(st.sampled_from(ARTICLES), st.sampled_from(PLACES), st.sampled_from((-2, 1, 2, 3, 4)), st.integers(0, 5)),
    max_size=6,
)
WANTED = st.dictionaries(st.sampled_from((*ARTICLES, "SET", "PAIR")), st.integers(1, 4), min_size=1, max_size=2)


def list_kits(oms: Oms) -> None:
    for sku, ships, parts in (("SET", Ships.TOGETHER, {TEA: 2, CUP: 1}), ("PAIR", Ships.APART, {TEA: 1, POT: 1})):
        recipe = tuple([KitPart(sku=Sku(part), units=units) for part, units in parts.items()])
        oms.do(ListItem(item=Item(sku=Sku(sku), name=sku, kit=Kit(parts=recipe, ships=ships)), at=NOON))


@settings(max_examples=30)
@given(rule=st.sampled_from(RULES), shelf=SHELF, due=DUE, wanted=WANTED)
@example(rule="max_locations = 1", shelf=[(TEA, "MUC", 1)], due=[(POT, "LYS", 1, 3)], wanted={TEA: 1, POT: 1})
@example(rule="split_lines = false", shelf=[(TEA, "MUC", 1)], due=[(TEA, "LYS", 1, 3)], wanted={TEA: 2})
def test_an_order_is_promised_later_what_the_question_before_it_was_told(
    tmp_path_factory: pytest.TempPathFactory,
    rule: str,
    shelf: list[tuple[str, str, int]],
    due: list[tuple[str, str, int, int]],
    wanted: dict[str, int],
) -> None:
    edit = f"{PROMISING}{rule}\n"
    with small_shop(tmp_path_factory.mktemp("later"), storage={"memory": {}}, stock=False, edit=edit) as oms:
        list_kits(oms)
        for number, (sku, place, units) in enumerate(shelf):
            receive(oms, place, {sku: units}, document=f"in-{number}")
        for number, (sku, place, units, days) in enumerate(due):
            oms.do(
                ExpectSupply(
                    sku=sku,
                    supply_id=SupplyId(f"po-{number}"),
                    location_id=LocationId(place),
                    units=units,
                    due_on=NOON.date() + timedelta(days=days),
                    at=NOON,
                )
            )
        told = oms.promise(wanted, channel="web", destination=DE)
        oms.do(order(oms, wanted))
        placed = oms.look(Order, "ord_1")
        assert sorted(
            (part.line_id, part.sku, part.units, part.location_id, part.due_on, each.shipment.options[0].arrives_on)
            for each in told.later
            for part in each.units
        ) == sorted(
            (each.line_id, each.sku, each.units, each.location_id, each.due_on, each.arrives_on)
            for each in placed.promises
        )
        waiting = {line.line_id: line.quantities.waiting for line in placed.lines if line.quantities.waiting}
        assert {left.line_id: left.units for left in told.left_over} == waiting
        promised = sum([each.units for each in placed.promises])
        assert promised + sum([left.units for left in told.unpromised]) == sum(waiting.values())
        check_everything(oms)


def test_what_can_be_promised_of_a_kit_day_by_day_is_asked_of_its_parts(oms: Oms) -> None:
    list_kits(oms)
    with pytest.raises(InputError, match="SET is a kit and has no stock of its own; use its parts instead: TEA, CUP"):
        oms.atp("SET", "MUC")
