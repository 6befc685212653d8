"""Whose customer is in a group is routed by the rules for it, by the groups of the moment the order was placed."""

from __future__ import annotations

from pathlib import Path

import pytest

from omscore.app import Oms
from omscore.customers.model import Customer, GroupCustomer
from omscore.errors import InputError, NotFoundError, RefusedError
from omscore.ids import PersonId
from omscore.orders.model import Order
from omscore.places import Destination
from omscore.routing.decisions import KeptDecision
from tests.kit.shops import ANNA, TEA, order, small_shop
from tests.laws.checks import check_replay

RULES = """
[[routing.profiles]]
name = "plain"

[[routing.profiles]]
name = "trade"
max_locations = 1

[[routing.choices]]
name = "web"
profile = "plain"
channels = ["web"]

[[routing.choices]]
name = "wholesale"
profile = "trade"
channels = ["web"]
customer_groups = ["wholesale", "press"]
"""


def _because(oms: Oms, order_id: str) -> str:
    return oms.look(KeptDecision, oms.look(Order, order_id).decisions[-1]).decision.because


def _group(oms: Oms, *groups: str, person_id: PersonId = ANNA) -> None:
    oms.do(GroupCustomer(person_id=person_id, groups=groups, at=oms.clock.now()))


def test_an_order_is_routed_by_the_groups_its_customer_was_in_when_it_was_placed(tmp_path: Path) -> None:
    with small_shop(tmp_path, edit=RULES) as oms:
        oms.do(order(oms, {TEA: 1}, person_id=ANNA))
        _group(oms, "wholesale", "vip", "wholesale")
        oms.do(order(oms, {TEA: 1}, order_id="ord_2", person_id=ANNA))
        _group(oms)
        oms.do(order(oms, {TEA: 1}, order_id="ord_3", person_id=ANNA))
        assert (
            _because(oms, "ord_1")
            == "choice web, as others do not fit (wholesale: the customer is not in wholesale or press)"
        )
        assert _because(oms, "ord_2") == "choice wholesale"
        assert oms.look(Order, "ord_2").customer_groups == ("vip", "wholesale")
        assert oms.routing_question("ord_2").request.because == "choice wholesale"
        assert _because(oms, "ord_3").startswith("choice web")
        assert oms.look(Customer, ANNA).groups == ()
        check_replay(oms)


def test_an_order_without_a_customer_may_name_its_groups_and_a_promise_too(tmp_path: Path) -> None:
    with small_shop(tmp_path, edit=RULES) as oms:
        oms.do(order(oms, {TEA: 1}, customer_groups=("press",)))
        assert _because(oms, "ord_1") == "choice wholesale"
        germany = Destination(country="DE")
        told = oms.promise({TEA: 1}, channel="web", destination=germany, customer_groups=("press",))
        assert told.decision.because == "choice wholesale"
        assert oms.promise({TEA: 1}, channel="web", destination=germany).decision.profile == "plain@1"
        with pytest.raises(InputError, match="customer_groups must be a tuple of texts"):
            oms.promise({TEA: 1}, channel="web", destination=germany, customer_groups="press")  # type: ignore[arg-type]


def test_only_registered_customers_that_are_not_forgotten_are_grouped_and_by_usable_names(tmp_path: Path) -> None:
    with small_shop(tmp_path, edit=RULES) as oms:
        with pytest.raises(NotFoundError, match="register them first"):
            _group(oms, "vip", person_id=PersonId("person_nobody"))
        with pytest.raises(InputError, match="customer group"):
            _group(oms, "very important")
        with pytest.raises(InputError, match="at most 50 groups, not 51"):
            _group(oms, *[f"g{number}" for number in range(51)])
        oms.forget(ANNA)
        with pytest.raises(RefusedError, match="was forgotten"):
            _group(oms, "vip")
