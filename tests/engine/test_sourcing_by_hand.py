"""A person sends an order to a location of their choice: all of it, or nothing changes; what is picked stays picked."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from omscore.app import Oms
from omscore.audit import audit
from omscore.capacity import capacity_sku
from omscore.engine.plans.wishes import SourceFrom
from omscore.errors import InputError, RefusedError
from omscore.fulfillment.commands import HandOver, PackBoxes, PickUnits, RejectWork
from omscore.fulfillment.model import FulfillmentOrder, WorkUnits
from omscore.ids import FulfillmentId, LocationId, OrderId
from omscore.inventory.commands import ListItem
from omscore.inventory.model import ListedItem
from omscore.items import Item, ItemFlag, Sku
from omscore.orders.commands import CancelOrder, PlaceHold
from omscore.orders.model import HoldKind, Order
from omscore.places import Destination, Point
from omscore.records import changed
from omscore.routing.decisions import KeptDecision
from omscore.routing.model import Decision
from tests.kit.shops import CUP, POT, TEA, order, pass_time, receive, send_out, small_shop
from tests.laws.checks import check_everything

COLLECTS = "the customer collects it"
PROFILE = '[[routing.profiles]]\nname = "home"\nfilters = ['


def send_from(oms: Oms, place: str, *, reason: str = COLLECTS, by: str = "Ada", partly: bool = False) -> None:
    oms.do(
        SourceFrom(
            order_id=OrderId("ord_1"),
            location_id=LocationId(place),
            reason=reason,
            by=by,
            partly=partly,
            at=oms.clock.now(),
        )
    )


def sources(oms: Oms) -> dict[str, int]:
    """The units that are taken and not picked, by location."""
    found: dict[str, int] = {}
    for take in oms.look(Order, "ord_1").takes:
        place = oms.look(FulfillmentOrder, take.fulfillment_id).location_id
        found[place] = found.get(place, 0) + take.units
    return found


def decisions(oms: Oms) -> list[Decision]:
    return [oms.look(KeptDecision, each).decision for each in oms.look(Order, "ord_1").decisions]


def settled(oms: Oms) -> None:
    check_everything(oms)
    report = audit(oms.storage, now=oms.clock.now() + timedelta(minutes=1))
    assert report.is_clean, report.findings


def test_all_of_an_order_that_is_not_picked_goes_to_the_location_a_person_names(oms: Oms) -> None:
    oms.do(order(oms, {TEA: 3, CUP: 1}))
    oms.run_due()
    assert sources(oms) == {"MUC": 4}
    send_from(oms, "LYS")
    assert sources(oms) == {"LYS": 4}
    assert oms.look(FulfillmentOrder, "ord_1.f1").live_units == 0
    kept = decisions(oms)[-1]
    assert (kept.by, kept.because, kept.profile) == ("Ada", f"Ada sent this order to Lyon: {COLLECTS}", "by hand")
    assert oms.availability(TEA, "web") == 10 + 4 - 3
    settled(oms)
    send_out(oms, "ord_1")
    assert [line.quantities.shipped for line in oms.look(Order, "ord_1").lines] == [3, 1]
    settled(oms)


def test_what_is_picked_stays_where_it_is(oms: Oms) -> None:
    oms.do(order(oms, {TEA: 4}, method=None))
    work = FulfillmentId("ord_1.f1")
    oms.do(PickUnits(fulfillment_id=work, units=(WorkUnits(1, TEA, "general", 1),), at=oms.clock.now()))
    send_from(oms, "LYS")
    assert sources(oms) == {"LYS": 3}
    assert (oms.look(FulfillmentOrder, work).lines[0].picked, oms.look(FulfillmentOrder, work).to_pick) == (1, ())
    settled(oms)
    oms.do(PackBoxes(fulfillment_id=work, at=oms.clock.now()))
    oms.run_due()
    oms.do(HandOver(fulfillment_id=work, at=oms.clock.now()))
    send_out(oms, "ord_1")
    assert oms.look(Order, "ord_1").line(1).quantities.shipped == 4
    settled(oms)


def test_a_split_order_and_what_waits_of_it_come_together_at_one_location(oms: Oms) -> None:
    oms.do(order(oms, {TEA: 12, POT: 3}))
    assert oms.look(Order, "ord_1").line(2).quantities.backordered == 1
    receive(oms, "LYS", {TEA: 9, POT: 5}, document="more")
    send_from(oms, "LYS")
    assert sources(oms) == {"LYS": 15}
    settled(oms)
    pass_time(oms, days=2)
    settled(oms)


def test_a_location_that_has_only_a_part_is_refused_and_nothing_has_changed(oms: Oms) -> None:
    oms.do(order(oms, {TEA: 6, CUP: 1}))
    before = list(oms.storage.events())
    with pytest.raises(RefusedError, match=r"\(stock\): has only 5 of the 7 units.*or give partly=True") as refused:
        send_from(oms, "LYS")
    assert (refused.value.code, refused.value.fields["rule"]) == ("order.source", "stock")
    assert list(oms.storage.events()) == before


def test_a_part_may_come_from_there_and_the_rest_by_the_usual_rules(oms: Oms) -> None:
    oms.do(order(oms, {TEA: 6, POT: 4}))
    send_from(oms, "LYS", partly=True)
    after = oms.look(Order, "ord_1")
    assert sources(oms) == {"LYS": 6, "MUC": 2}
    assert after.line(2).quantities.backordered == 2
    by_hand, rest = decisions(oms)[-2:]
    assert by_hand.because == f"Ada sent what Lyon has of this order there: {COLLECTS}"
    assert (by_hand.left_units, rest.by, rest.left_units) == (0, "", 2)
    settled(oms)
    receive(oms, "MUC", {POT: 2}, document="pots")
    oms.run_due()
    assert oms.look(Order, "ord_1").line(2).quantities.backordered == 0
    settled(oms)


def test_a_location_without_any_of_it_is_refused_whatever_is_said(oms: Oms) -> None:
    oms.do(order(oms, {POT: 1}))
    for partly in (False, True):
        with pytest.raises(RefusedError, match=r"\(stock\): has 0 of the 1 unit"):
            send_from(oms, "MUC", partly=partly)


@pytest.mark.parametrize(
    ("edit", "place", "says"),
    [
        ("may_ship = false\n", "LYS", r"\(may_ship\): may not ship"),
        ('ships_to = ["FR"]\n', "LYS", r"\(ships_to\): does not ship to DE"),
        ('refuses = ["fragile"]\n', "LYS", r"\(refuses\): ships nothing that is fragile"),
    ],
)
def test_what_is_impossible_is_refused_with_the_reason_of_routing(
    tmp_path: Path, edit: str, place: str, says: str
) -> None:
    with small_shop(tmp_path, storage={"memory": {}}, edit=edit) as oms:
        tea = changed(oms.look(ListedItem, TEA).item, flags=(ItemFlag.FRAGILE,))
        oms.do(ListItem(item=tea, at=oms.clock.now()))
        oms.do(order(oms, {TEA: 2}))
        before = list(oms.storage.events())
        with pytest.raises(RefusedError, match=says):
            send_from(oms, place)
        assert list(oms.storage.events()) == before


@pytest.mark.parametrize(
    ("edit", "rule", "channel", "target"),
    [
        ("max_distance_km = 10\n", "distance", "web", "LYS"),
        (
            'downtimes = [{since = 2026-03-01T00:00:00Z, until = 2026-03-09T00:00:00Z, says = "works"}]\n',
            "downtime",
            "web",
            "LYS",
        ),
        ("", "channel", "store", "MUC"),
        (PROFILE + '{rule = "same_market", markets = [["DE"]]}]\n', "same_market", "web", "LYS"),
        (PROFILE + '{rule = "safety_stock", units = 3}]\n', "stock", "web", "LYS"),
        (PROFILE.replace("filters", "max_locations = 1\nfilters") + "]\n", "cost", "web", "LYS"),
    ],
    ids=lambda value: value if str(value).isidentifier() else "",
)
def test_the_rules_of_the_profile_and_the_channel_do_not_bind_a_person(
    tmp_path: Path, edit: str, rule: str, channel: str, target: str
) -> None:
    berlin = Destination(country="DE", point=Point(52.5, 13.4))
    with small_shop(tmp_path, storage={"memory": {}}, edit=edit) as oms:
        oms.do(order(oms, {TEA: 3}, channel=channel, destination=berlin))
        (usual,) = [each for each in decisions(oms)[0].reasons if each.location_id == target]
        assert usual.rule == rule
        send_from(oms, target)
        assert sources(oms) == {target: 3}
        settled(oms)


def test_a_location_that_gave_the_order_back_may_still_be_named(oms: Oms) -> None:
    oms.do(order(oms, {TEA: 3}))
    oms.do(RejectWork(fulfillment_id=FulfillmentId("ord_1.f1"), reason="busy", at=oms.clock.now()))
    assert sources(oms) == {"LYS": 3}
    send_from(oms, "MUC", reason="they have time again")
    assert sources(oms) == {"MUC": 3}
    assert len(oms.look(Order, "ord_1").rejections) == 1
    settled(oms)


@pytest.mark.parametrize("limit", ["orders_per_day = 1\n", "units_per_day = 2\n"])
def test_a_person_may_give_a_location_more_than_it_does_on_a_day_and_what_fits_is_counted(
    tmp_path: Path, limit: str
) -> None:
    with small_shop(tmp_path, storage={"memory": {}}, edit=limit) as oms:
        oms.do(order(oms, {TEA: 2}))
        oms.do(order(oms, {TEA: 1}, order_id="ord_2", channel="store"))
        oms.do(order(oms, {TEA: 1}, order_id="ord_3"))
        send_from(oms, "LYS")
        assert sources(oms) == {"LYS": 2}
        assert oms.look(FulfillmentOrder, "ord_1.f2").share is None, "beyond the limit"
        settled(oms)
        oms.do(CancelOrder(order_id=OrderId("ord_2"), at=oms.clock.now()))
        send_from(oms, "MUC")
        send_from(oms, "LYS")
        assert oms.look(FulfillmentOrder, "ord_1.f4").share is not None, "there is room again"
        settled(oms)
        oms.do(CancelOrder(order_id=OrderId("ord_1"), at=oms.clock.now()))
        assert {level.allocated for level in oms.storage.stock([capacity_sku(date(2026, 3, 2))])} == {0}
        settled(oms)


def test_units_that_come_free_go_to_an_order_that_waits_for_them(oms: Oms) -> None:
    oms.do(order(oms, {TEA: 4, CUP: 5}))
    receive(oms, "LYS", {CUP: 9}, document="cups")
    oms.do(order(oms, {TEA: 20}, order_id="ord_2"))
    assert oms.look(Order, "ord_2").line(1).quantities.backordered == 10
    oms.do(order(oms, {TEA: 1}, order_id="ord_3"))
    receive(oms, "LYS", {TEA: 4}, document="teas")
    send_from(oms, "LYS")
    pass_time(oms, minutes=1)
    assert oms.look(Order, "ord_2").line(1).quantities.backordered == 6
    settled(oms)


def test_work_stays_stopped_while_its_order_is_on_hold(oms: Oms) -> None:
    oms.do(order(oms, {TEA: 1}))
    oms.run_due()
    oms.do(PlaceHold(order_id=OrderId("ord_1"), kind=HoldKind.FRAUD, says="odd", at=oms.clock.now()))
    send_from(oms, "LYS")
    assert oms.look(FulfillmentOrder, "ord_1.f2").on_hold
    settled(oms)


@pytest.mark.parametrize(
    ("wish", "error", "says"),
    [
        (lambda oms: send_from(oms, "LYS", reason=" "), InputError, "the reason is blank"),
        (lambda oms: send_from(oms, "LYS", by="Ada L."), InputError, "the id of who decides"),
        (lambda oms: send_from(oms, "XXX"), InputError, "the network has no location 'XXX'"),
        (lambda oms: send_from(oms, "MUC"), RefusedError, "MUC already sends everything of order ord_1"),
    ],
    ids=["no reason", "no id", "no such location", "same location"],
)
def test_a_wish_that_makes_no_sense_is_refused(
    oms: Oms, wish: Callable[[Oms], None], error: type[Exception], says: str
) -> None:
    oms.do(order(oms, {TEA: 1}))
    before = list(oms.storage.events())
    with pytest.raises(error, match=says):
        wish(oms)
    assert list(oms.storage.events()) == before


def test_an_order_with_nothing_left_to_send_is_refused(oms: Oms) -> None:
    oms.do(order(oms, {TEA: 1}))
    oms.do(CancelOrder(order_id=OrderId("ord_1"), at=oms.clock.now()))
    with pytest.raises(RefusedError, match="no unit left to send"):
        send_from(oms, "LYS")


def test_sent_twice_under_one_key_it_is_done_once(oms: Oms) -> None:
    oms.do(order(oms, {TEA: 1}))
    wish: dict[str, Any] = {"order_id": OrderId("ord_1"), "location_id": LocationId("LYS"), "reason": "x", "by": "ada"}
    told = oms.do(SourceFrom(**wish, at=oms.clock.now()), key="k1")
    assert oms.do(SourceFrom(**wish, at=oms.clock.now()), key="k1") == told
    assert sources(oms) == {"LYS": 1}


def test_an_order_that_became_too_heavy_for_every_service_is_refused(oms: Oms) -> None:
    rock = Item(sku=Sku("ROCK"), mass_g=1_000)
    oms.do(ListItem(item=rock, at=oms.clock.now()))
    receive(oms, "LYS", {"ROCK": 1}, document="one")
    receive(oms, "MUC", {"ROCK": 1}, document="another")
    oms.do(order(oms, {"ROCK": 1}))
    oms.do(ListItem(item=changed(rock, mass_g=30_000_000), at=oms.clock.now()))
    with pytest.raises(RefusedError, match=r"cannot come from LYS: .* fills more than") as refused:
        send_from(oms, "LYS")
    assert refused.value.fields["rule"] == "rates.too_heavy"


@settings(max_examples=60)
@given(
    units=st.dictionaries(st.sampled_from((TEA, CUP, POT)), st.integers(1, 12), min_size=1),
    other=st.dictionaries(st.sampled_from((TEA, CUP, POT)), st.integers(1, 5), max_size=2),
    picked=st.booleans(),
    place=st.sampled_from(("MUC", "LYS")),
    partly=st.booleans(),
)
def test_all_that_is_not_picked_comes_from_there_as_far_as_it_is_there_or_nothing_changes(
    tmp_path_factory: pytest.TempPathFactory,
    units: dict[str, int],
    other: dict[str, int],
    picked: bool,
    place: str,
    partly: bool,
) -> None:
    with small_shop(tmp_path_factory.mktemp("shop"), storage={"memory": {}}) as oms:
        if other:
            oms.do(order(oms, other, order_id="ord_0", method=None))
        oms.do(order(oms, units, method=None))
        works = oms.look(Order, "ord_1").fulfillments
        if picked and works:
            oms.do(PickUnits(fulfillment_id=works[0], units=first_unit(oms, works[0]), at=oms.clock.now()))
        before = oms.look(Order, "ord_1")
        wanted = {line.sku: line.quantities.waiting + line.quantities.allocated for line in before.lines}
        there = {sku: on_shelf(oms, sku, place) for sku in wanted}
        for take in before.takes:
            if oms.look(FulfillmentOrder, take.fulfillment_id).location_id == place:
                there[before.line(take.line_id).sku] += take.units
        gives = {sku: min(count, there[sku]) for sku, count in wanted.items()}
        log = list(oms.storage.events())
        try:
            send_from(oms, place, partly=partly)
        except RefusedError:
            assert list(oms.storage.events()) == log
            is_there_already = sources(oms) == {place: sum(wanted.values())}
            assert is_there_already or not sum(wanted.values()) or gives != wanted
            assert not partly or is_there_already or not sum(gives.values())
        else:
            assert gives == wanted or partly
            after = oms.look(Order, "ord_1")
            assert sources(oms).get(place, 0) == sum(gives.values())
            for line, was in zip(after.lines, before.lines, strict=True):
                assert line.quantities.picked == was.quantities.picked
                assert line.quantities.waiting + line.quantities.allocated == wanted[line.sku]
                assert line.quantities.waiting <= was.quantities.waiting
        settled(oms)


def first_unit(oms: Oms, work: FulfillmentId) -> tuple[WorkUnits, ...]:
    """One unit of what is to be picked first."""
    return (oms.look(FulfillmentOrder, work).to_pick[0]._replace(units=1),)


def on_shelf(oms: Oms, sku: str, place: str) -> int:
    """Units that lie there and belong to nobody, in the pool all channels draw on."""
    return sum(
        level.sellable for level in oms.storage.stock([sku]) if (level.location, level.pool) == (place, "general")
    )
