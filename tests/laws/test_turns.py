"""Orders that wait are served in the order they were placed, whatever else they wait for and however goods come in."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from omscore.app import Oms
from omscore.fulfillment.model import FulfillmentOrder
from omscore.orders.model import Order
from omscore.ports.clock import VirtualClock
from tests.kit.shops import CUP, POT, TEA, order, receive, small_shop
from tests.laws.checks import check_everything

Units = dict[str, int]
Receipts = list[list[tuple[str, Units]]]
"""Rounds of documents that come in together, each a location and its units; due tasks run after each round."""

some = st.dictionaries(st.sampled_from((TEA, CUP, POT)), st.integers(1, 4), min_size=1)
waiting = st.lists(st.tuples(some, st.sampled_from(("web", "store"))), min_size=2, max_size=4)
receipts = st.lists(st.lists(st.tuples(st.sampled_from(("MUC", "LYS")), some), min_size=1, max_size=2), max_size=3)


def sources(oms: Oms, number: int) -> list[tuple[str, str, int]]:
    """Which units of an order are taken, and where."""
    found = oms.look(Order, f"ord_{number}")
    return sorted(
        (oms.look(FulfillmentOrder, take.fulfillment_id).location_id, found.line(take.line_id).sku, take.units)
        for take in found.takes
    )


def lived(
    folder: Path, orders: list[tuple[Units, str]], rounds: Receipts, *, days: bool
) -> list[list[tuple[str, str, int]]]:
    """What every order has taken after each round, when these orders wait and these goods come in."""
    seen: list[list[tuple[str, str, int]]] = []
    with small_shop(folder, storage={"memory": {}}, stock=False) as oms:
        clock = oms.clock
        assert isinstance(clock, VirtualClock)
        for number, (units, channel) in enumerate(orders):
            oms.do(order(oms, units, order_id=f"ord_{number}", channel=channel, method=None))
            clock.set(clock.now() + timedelta(minutes=1))
        oms.run_due()
        for number, documents in enumerate(rounds):
            for at, (place, units) in enumerate(documents):
                receive(oms, place, units, document=f"d{number}.{at}")
            if days:  # what looks at every order once a day is due together with what the goods have called
                clock.set(clock.now() + timedelta(days=1))
            oms.run_due()
            seen += [sources(oms, each) for each in range(len(orders))]
        check_everything(oms)
    return seen


@settings(max_examples=25)
@given(orders=waiting, rounds=receipts, days=st.booleans())
@example(  # the call for cups comes to the second order before the call for teas comes to the first
    orders=[({TEA: 1}, "web"), ({CUP: 1, TEA: 1}, "web")], rounds=[[("MUC", {CUP: 1, TEA: 1})]], days=False
)
@example(  # the daily look at the second order comes before the call for what the first one waits for
    orders=[({POT: 1, CUP: 1}, "web"), ({TEA: 1, CUP: 1}, "web")], rounds=[[("LYS", {TEA: 1, CUP: 1})]], days=True
)
def test_an_earlier_order_is_never_worse_off_because_a_later_one_waits_too(
    tmp_path_factory: pytest.TempPathFactory, orders: list[tuple[Units, str]], rounds: Receipts, days: bool
) -> None:
    everybody = lived(tmp_path_factory.mktemp("all"), orders, rounds, days=days)
    for count in range(1, len(orders)):
        without = lived(tmp_path_factory.mktemp("fewer"), orders[:count], rounds, days=days)
        for number in range(len(rounds)):
            served = everybody[number * len(orders) :][:count]
            assert served == without[number * count :][:count]
