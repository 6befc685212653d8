"""When money is captured: with each shipment where the provider can, else once, and always what is owed to the cent."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from random import Random
from typing import Any

import pytest

from omscore.app import Oms
from omscore.engine.plans.wishes import RetryPayment
from omscore.errors import PortRefusedError
from omscore.flows.world import RouteOrder
from omscore.fulfillment.commands import HandOver, PackBoxes, PickUnits, RecordDelivery
from omscore.fulfillment.model import FulfillmentOrder
from omscore.ids import FulfillmentId, OrderId, ReturnId
from omscore.money import Money
from omscore.orders.commands import CancelOrder, CancelUnits, PaymentTerms, PlaceHold, ReleaseHold
from omscore.orders.model import HoldKind, Order
from omscore.payments.model import Captures, Payment, Step
from omscore.plugins import Capability
from omscore.plugins.capabilities import captures_of
from omscore.ports.payments import PaymentAnswer, PaymentRequest, PaymentStep
from omscore.returns.commands import DisposeReturn, ReceiveReturn, RequestReturn
from omscore.returns.model import DisposedUnits, Disposition, ReturnUnits
from omscore_adapters.payment_manual import ManualPayments
from tests.kit.shops import CUP, NOON, TEA, order, pass_time, receive, send_out
from tests.laws.bench import IN_PARTS, bench
from tests.laws.checks import check_everything
from tests.laws.life import NAMES, Life, LifeStep

CAN = {
    Captures.EACH_SHIPMENT: IN_PARTS,
    Captures.ONCE: frozenset({Capability.PARTIAL_CAPTURE}),
    Captures.WHOLE: frozenset[Capability](),
}


class StrictBank(ManualPayments):
    """Refuses whatever a provider of that sort cannot do: a second capture, or one of a part."""

    def __init__(self, captures: Captures) -> None:
        super().__init__()
        self._captures = captures
        self._authorised: dict[str, Money] = {}
        self.captured: dict[str, str] = {}
        self.asked: Counter[str] = Counter()

    def send(self, request: PaymentRequest) -> PaymentAnswer:
        self.asked[request.step] += 1
        if request.step is PaymentStep.AUTHORISE:
            self._authorised[request.payment_id] = request.amount
        if request.step is PaymentStep.CAPTURE and self._captures is not Captures.EACH_SHIPMENT:
            if self.captured.setdefault(request.payment_id, request.key) != request.key:
                raise PortRefusedError(f"{request.payment_id} was captured from before")
            if self._captures is Captures.WHOLE and request.amount != self._authorised[request.payment_id]:
                raise PortRefusedError("all or nothing")
        return super().send(request)


def owed(order: Order) -> Money:
    """The naive reference: unit by unit, what left and did not come back."""
    total = 0
    for line in order.lines:
        worth = [line.amounts.part(done, 1, line.units).gross.minor for done in range(line.units)]
        total += sum(worth[: line.quantities.handed_over]) - sum(worth[: line.quantities.returned])
    return Money(total, order.currency)


def kept(oms: Oms, order_id: str) -> Money:
    payments = [oms.look(Payment, each) for each in oms.look(Order, order_id).payments]
    return Money.total([each.captured - each.refunded for each in payments], oms.look(Order, order_id).currency)


def captures(oms: Oms, order_id: str) -> list[int]:
    payments = [oms.look(Payment, each) for each in oms.look(Order, order_id).payments]
    return [each.amount.minor for payment in payments for each in payment.attempts if each.step is Step.CAPTURE]


def deliver(oms: Oms, work_id: str) -> None:
    for package in oms.look(FulfillmentOrder, work_id).packages:
        command = RecordDelivery(
            fulfillment_id=FulfillmentId(work_id), package_id=package.package_id, at=oms.clock.now()
        )
        oms.do(command)


def bring_back(oms: Oms, order_id: str, line_id: int, sku: str, units: int, name: str) -> None:
    return_id, at = ReturnId(name), oms.clock.now()
    oms.do(
        RequestReturn(
            return_id=return_id,
            order_id=OrderId(order_id),
            location_id=oms.shop.locations[0].location_id,
            units=(ReturnUnits(line_id, sku, units),),
            reason="too much tea",
            at=at,
        )
    )
    oms.do(ReceiveReturn(return_id=return_id, units=(ReturnUnits(line_id, sku, units),), at=at))
    disposed = (DisposedUnits(line_id, units, Disposition.RESTOCK),)
    oms.do(DisposeReturn(return_id=return_id, units=disposed, at=at))


def leave(oms: Oms, work_id: str) -> None:
    """The parcel is handed over, and nothing but its label is seen to."""
    work, at = FulfillmentId(work_id), oms.clock.now()
    oms.do(PickUnits(fulfillment_id=work, at=at))
    oms.do(PackBoxes(fulfillment_id=work, at=at))
    oms.run_due()
    oms.do(HandOver(fulfillment_id=work, at=at))


@pytest.mark.parametrize("way", Captures)
@pytest.mark.parametrize("seed", range(8))
def test_what_is_kept_in_the_end_is_what_left_and_stayed_to_the_cent(tmp_path: Path, way: Captures, seed: int) -> None:
    """Random orders of odd cents leave in parts, with units cancelled before and brought back between the parts."""
    lot = Random(seed)  # noqa: S311 (repeatable, guards nothing)
    bank = StrictBank(way)
    with bench(tmp_path, payments=bank, can=CAN[way], stock=False) as shop:
        oms = shop.oms
        more: dict[str, Any] = {"shipping": Money(lot.choice([0, 495, 333]), "EUR")}
        more |= {"discount": Money(lot.choice([0, 1, 37]), "EUR")}
        units = {TEA: lot.randint(1, 7), CUP: lot.randint(1, 4)}
        oms.do(order(oms, units, price=f"{lot.randint(1, 19)}.{lot.randint(0, 99):02}", **more))
        oms.run_due()
        for part in range(lot.randint(1, 4)):
            for sku, count in units.items():
                if some := lot.randint(0, count):
                    receive(oms, lot.choice(["MUC", "LYS"]), {sku: some}, document=f"d{part}.{sku}")
            oms.run_due()
            now = oms.look(Order, "ord_1")
            line = lot.choice(now.lines)
            if lot.random() < 0.4 and line.quantities.waiting:
                oms.do(CancelUnits(order_id=now.order_id, line_id=line.line_id, units=1, at=oms.clock.now()))
            send_out(oms, "ord_1")
            if lot.random() < 0.6:
                for work_id in oms.look(Order, "ord_1").fulfillments:
                    deliver(oms, work_id)
            now = oms.look(Order, "ord_1")
            line = lot.choice(now.lines)
            if lot.random() < 0.5 and (there := line.quantities.delivered):
                bring_back(oms, "ord_1", line.line_id, line.sku, lot.randint(1, there), f"r{part}")
            if not oms.look(Order, "ord_1").is_settled and way is not Captures.EACH_SHIPMENT:
                assert captures(oms, "ord_1") == [], "nothing is taken before the last parcel has left"
            oms.run_due()
        now = oms.look(Order, "ord_1")
        if not now.is_settled:
            oms.do(CancelOrder(order_id=now.order_id, at=oms.clock.now()))
        pass_time(oms, minutes=5)
        now = oms.look(Order, "ord_1")
        assert kept(oms, "ord_1") == owed(now)
        (payment,) = [oms.look(Payment, each) for each in now.payments]
        assert payment.capturable.is_zero, "what is not needed is let go of"
        assert oms.storage.tasks("dead") == () and not now.holds
        if way is not Captures.EACH_SHIPMENT:
            assert len(captures(oms, "ord_1")) <= 1
        check_everything(oms, bank)


@pytest.mark.parametrize("way", [Captures.ONCE, Captures.WHOLE])
@pytest.mark.parametrize("seed", range(2))
def test_shops_of_such_providers_keep_every_law_whatever_happens(tmp_path: Path, way: Captures, seed: int) -> None:
    """The random life of a shop, with cards that are declined, time out, answer late, and refunds that are declined."""
    lot = Random(seed)  # noqa: S311 (repeatable, guards nothing)
    bank = StrictBank(way)
    with bench(tmp_path, payments=bank, can=CAN[way]) as shop:
        life = Life(shop.oms)
        for _ in range(200):
            life.live(LifeStep(lot.choice(NAMES), *(lot.randrange(8) for _ in range(4))))
        pass_time(shop.oms, days=1)
        check_everything(shop.oms, bank)
        for order_id in life.orders:
            for payment_id in shop.oms.look(Order, order_id).payments:
                payment = shop.oms.look(Payment, payment_id)
                assert sum(each.step is Step.CAPTURE for each in payment.attempts) <= 1


def test_two_parcels_are_captured_as_the_provider_can(tmp_path: Path) -> None:
    """Ten euros each: two captures, one of both, or one of all with the cancelled third given back."""
    expected = {Captures.EACH_SHIPMENT: [1_000, 1_000], Captures.ONCE: [2_000], Captures.WHOLE: [3_000]}
    for number, way in enumerate(Captures):
        folder = tmp_path / str(number)
        folder.mkdir()
        bank = StrictBank(way)
        with bench(folder, payments=bank, can=CAN[way], stock=False) as shop:
            oms = shop.oms
            oms.do(order(oms, {TEA: 3}))
            oms.run_due()
            for part in range(2):
                receive(oms, "MUC", {TEA: 1}, document=f"d{part}")
                oms.run_due()
                send_out(oms, "ord_1")
            oms.do(CancelOrder(order_id=OrderId("ord_1"), at=oms.clock.now()))
            pass_time(oms, minutes=5)
            assert captures(oms, "ord_1") == expected[way]
            assert kept(oms, "ord_1") == Money(2_000, "EUR")
            assert bank.asked[PaymentStep.REFUND] == (way is Captures.WHOLE)


@pytest.mark.parametrize("way", Captures)
@pytest.mark.parametrize("sent", [{TEA: 2}, {TEA: 2, CUP: 1}])
@pytest.mark.parametrize("back", [0, 1])
def test_what_left_before_its_money_was_set_aside_is_captured_once_it_is(
    tmp_path: Path, way: Captures, sent: dict[str, int], back: int
) -> None:
    """A person lets an order go that waits for its payment; the provider answers when parcels have left already."""
    with bench(tmp_path, payments=(bank := StrictBank(way)), can=CAN[way], stock=False) as shop:
        oms = shop.oms
        oms.do(order(oms, {TEA: 2, CUP: 1}, method="card-late"))
        oms.do(ReleaseHold(order_id=OrderId("ord_1"), kind=HoldKind.PAYMENT, says="a friend", at=oms.clock.now()))
        for sku, units in sent.items():
            receive(oms, "MUC", {sku: units}, document=sku)
            oms.do(RouteOrder(order_id=OrderId("ord_1"), at=oms.clock.now()))
        for work_id in oms.look(Order, "ord_1").fulfillments:
            leave(oms, work_id)
        assert oms.look(Payment, "ord_1.p1").authorised.is_zero and captures(oms, "ord_1") == []
        if back:
            for work_id in oms.look(Order, "ord_1").fulfillments:
                deliver(oms, work_id)
            bring_back(oms, "ord_1", 1, TEA, back, "r1")
        pass_time(oms, hours=7)
        if CUP not in sent:
            receive(oms, "MUC", {CUP: 1}, document="late")
            pass_time(oms, minutes=1)
            send_out(oms, "ord_1")
        pass_time(oms, hours=7)
        now = oms.look(Order, "ord_1")
        assert now.is_settled
        assert kept(oms, "ord_1") == owed(now) == Money(1_000 * (3 - back), "EUR")
        assert oms.look(Payment, "ord_1.p1").capturable.is_zero
        check_everything(oms, bank)


def test_another_payment_for_the_rest_is_not_taken_for_what_left_unpaid(tmp_path: Path) -> None:
    """Two teas left although their payment was declined; the cup is paid anew, and only the cup."""
    with bench(tmp_path, payments=(bank := StrictBank(Captures.EACH_SHIPMENT)), stock=False) as shop:
        oms, first = shop.oms, OrderId("ord_1")
        oms.do(order(oms, {TEA: 2, CUP: 1}, method="card-declined"))
        oms.run_due()
        receive(oms, "MUC", {TEA: 2}, document="teas")
        oms.run_due()
        oms.do(ReleaseHold(order_id=first, kind=HoldKind.PAYMENT_DECLINED, says="a friend", at=oms.clock.now()))
        send_out(oms, first)
        oms.do(PlaceHold(order_id=first, kind=HoldKind.PAYMENT_DECLINED, says="enough", at=oms.clock.now()))
        oms.do(RetryPayment(order_id=first, payment=PaymentTerms(provider="manual", method="card-ok"), at=NOON))
        oms.run_due()
        assert captures(oms, first) == []
        receive(oms, "MUC", {CUP: 1}, document="cup")
        oms.run_due()
        send_out(oms, first)
        pass_time(oms, hours=1)
        assert captures(oms, first) == [1_000]
        check_everything(oms, bank)


def test_a_provider_is_asked_for_what_it_and_its_account_can_do() -> None:
    class Limited:
        captures = Captures.ONCE

    assert captures_of(IN_PARTS, object()) is Captures.EACH_SHIPMENT
    assert captures_of(IN_PARTS, Limited()) is Captures.ONCE
    assert captures_of({Capability.MULTIPLE_CAPTURES}, object()) is Captures.WHOLE
