"""Golden case 18: a split order is interrupted at every single call of the store on its way out, and is resumed."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from omscore.app import Oms, run_until
from omscore.audit import audit
from omscore.errors import PortError
from omscore.fulfillment.commands import HandOver, PackBoxes, PickUnits
from omscore.fulfillment.model import FulfillmentOrder
from omscore.ids import OrderId
from omscore.orders.model import Order
from omscore.payments.model import Payment
from omscore.ports.clock import VirtualClock
from omscore_adapters.payment_manual import ManualPayments
from omscore_adapters.storage_memory import MemoryStorage
from tests.crash.fuses import EndedError, Fault, Fuse, Fused
from tests.kit.shops import CUP, NOON, POT, TEA, order, pass_time, receive
from tests.laws.bench import Bench, bench
from tests.laws.checks import check_everything, events

VIENNA = """
[[locations]]
location_id = "VIE"
name = "Vienna"
kind = "warehouse"
country = "AT"
point = {lat = 48.2, lon = 16.4}
calendar = {timezone = "Europe/Vienna"}
address = {recipient = "Tea & Cups", lines = ["Lager 2"], city = "Wien", postcode = "1010", country = "AT"}
"""
STOCK = {"MUC": {TEA: 6, CUP: 2}, "LYS": {TEA: 3, POT: 1}, "VIE": {TEA: 1}}
PLAN = {"MUC": Counter({TEA: 6, CUP: 2}), "LYS": Counter({TEA: 3, POT: 1}), "VIE": Counter({TEA: 1})}
ORDER = OrderId("ord_1")
LEASE = timedelta(minutes=10)


def send_all(oms: Oms) -> None:
    """The order from its placing to its hand-over, each command under its key, with time to try tasks again."""
    oms.do(order(oms, {TEA: 10, CUP: 2, POT: 1}, order_id=ORDER, reference="1001"))
    pass_time(oms, minutes=20)
    for step in (PickUnits, PackBoxes, HandOver):
        for work in oms.look(Order, ORDER).fulfillments:
            oms.do(step(fulfillment_id=work, at=oms.clock.now()), key=f"{work}.{step.__name__}")
        pass_time(oms, minutes=20)


def send_whatever_happens(folder: Path, fuse: Fuse) -> tuple[Bench, ManualPayments]:
    """The same on a store that fails at one of its calls: asked again, or started again, until it is done."""
    store, payments = MemoryStorage(), ManualPayments()
    clock = VirtualClock(NOON)
    with bench(folder, store=store, payments=payments, clock=clock, stock=False, edit=VIENNA) as shop:
        for place, units in STOCK.items():
            receive(shop.oms, place, units, document=f"to-{place}")
    for _ in range(5):
        fused: Any = Fused(store, fuse)
        try:
            with bench(folder, store=fused, payments=payments, clock=clock, stock=False) as shop:
                send_all(shop.oms)
            break
        except (EndedError, PortError):
            clock.set(clock.now() + LEASE)
    with bench(folder, store=store, payments=payments, clock=clock, stock=False) as shop:
        run_until(shop.oms, clock.now() + timedelta(hours=1))
        return shop, payments


def parts(oms: Oms) -> dict[str, Counter[str]]:
    """The units that left, by location; a location that sends twice makes itself noticed."""
    found: dict[str, Counter[str]] = {}
    for each in oms.look(Order, ORDER).fulfillments:
        work = oms.look(FulfillmentOrder, each)
        assert work.location_id not in found, "a part was made twice"
        found[work.location_id] = Counter({line.sku: line.shipped for line in work.lines})
    return found


WRITES = ("commit", "commit_many", "together", "lease", "settle")


@pytest.mark.parametrize("fault", [Fault.BEFORE, Fault.LOST, Fault.ENDED])
def test_case_18_a_split_order_interrupted_after_k_parts_has_no_duplicate_part_and_no_lost_line_once_resumed(
    tmp_path_factory: pytest.TempPathFactory, fault: Fault
) -> None:
    whole = Fuse()
    send_whatever_happens(tmp_path_factory.mktemp("whole"), whole)
    assert len(whole.calls) > 30, "the order is interrupted in the middle of its parts too"
    for at, name in enumerate(whole.calls, 1):
        if fault is not Fault.ENDED and not name.endswith(WRITES):
            continue  # a question without an answer is asked again; only a program that ends is another matter
        shop, payments = send_whatever_happens(tmp_path_factory.mktemp("hurt"), Fuse(at, fault))
        oms = shop.oms
        assert parts(oms) == PLAN, at
        assert [line.quantities.shipped for line in oms.look(Order, ORDER).lines] == [10, 2, 1], at
        made = Counter(type(event).__name__ for event in events(oms))
        assert made["WorkOpened"] == made["ShipmentHandedOver"] == 3, at
        labels = [event.package_id for event in events(oms) if type(event).__name__ == "LabelBought"]
        assert len(labels) == len(set(labels)) == made["LabelBought"] >= 3, at
        assert oms.look(Payment, "ord_1.p1").captured == oms.look(Order, ORDER).total, at
        check_everything(oms, payments)
        assert audit(oms.storage).is_clean, at
