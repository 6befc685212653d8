"""One warehouse shift: everything that can be worked on is picked, packed, labelled and handed to the carrier."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta

from omscore.app import Oms
from omscore.fulfillment.commands import HandOver, PackBoxes, PickUnits
from omscore.fulfillment.model import FulfillmentOrder
from omscore.ids import FulfillmentId
from omscore.ports.clock import VirtualClock

HAND_OVER_AFTER = timedelta(minutes=5)
"""Longer than a task is leased, so that labels a killed run was about to buy are bought before the carrier comes."""
GROUP = 50
"""How many fulfillment orders become durable together."""


def work_off(oms: Oms, clock: VirtualClock, location_ids: Sequence[str]) -> None:
    """Work off what is open at these locations."""
    work = [
        FulfillmentId(found)
        for location_id in location_ids
        for found in oms.listed(FulfillmentOrder, "work", location_id)
    ]
    if not work:
        return
    for group in _groups(work):
        with oms.together():
            for fulfillment_id in group:
                at = clock.now()
                oms.do(PickUnits(fulfillment_id=fulfillment_id, at=at), key=f"uci:{fulfillment_id}:pick")
                oms.do(PackBoxes(fulfillment_id=fulfillment_id, at=at), key=f"uci:{fulfillment_id}:pack")
    oms.run_due()
    clock.set(clock.now() + HAND_OVER_AFTER)
    oms.run_due()
    for group in _groups(work):
        with oms.together():
            for fulfillment_id in group:
                if all(package.is_labelled for package in oms.look(FulfillmentOrder, fulfillment_id).packages):
                    hand_over = HandOver(fulfillment_id=fulfillment_id, at=clock.now())
                    oms.do(hand_over, key=f"uci:{fulfillment_id}:ship")
    oms.run_due()


def _groups(work: Sequence[FulfillmentId]) -> Iterator[Sequence[FulfillmentId]]:
    for start in range(0, len(work), GROUP):
        yield work[start : start + GROUP]
