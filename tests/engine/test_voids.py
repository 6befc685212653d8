"""A label given back: asked once, answered by the carrier, its price back at most once, and the parcel still leaves."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from omscore.app import open_shop
from omscore.billing.journal import Account
from omscore.errors import NotFoundError, PortUnknownError, RefusedError
from omscore.fulfillment.commands import HandOver, PackBoxes, PickUnits, RecordVoid, VoidLabel
from omscore.fulfillment.decide import decide
from omscore.fulfillment.model import FulfillmentOrder, LabelVoidState, WorkStatus
from omscore.ids import FulfillmentId
from omscore.ports.carriers import (
    CarrierPort,
)
from omscore.ports.labels import VoidAnswer, VoidRequest, VoidState
from tests.kit.carriers import PlainCarrier
from tests.kit.shops import TEA, order, pass_time, small_shop
from tests.laws.bench import Bench, bench
from tests.laws.checks import check_everything

WORK = FulfillmentId("ord_1.f1")
BOX = "ord_1.f1.b1"


class Voiding(PlainCarrier):
    """Answers voids as the test says; the answer of the last word stands."""

    def __init__(self, folder: Path, *answers: VoidState | Exception) -> None:
        super().__init__(folder)
        self.answers = list(answers)
        self.asked: list[VoidRequest] = []

    def void_label(self, request: VoidRequest) -> VoidAnswer:
        self.asked.append(request)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return VoidAnswer(state=answer, says="")


@contextmanager
def packed(folder: Path, carrier: CarrierPort) -> Iterator[Bench]:
    """A shop with one packed and labelled parcel."""
    with bench(folder, carrier=carrier) as shop:
        oms = shop.oms
        oms.do(order(oms, {TEA: 1}))
        oms.run_due()
        oms.do(PickUnits(fulfillment_id=WORK, at=oms.clock.now()))
        oms.do(PackBoxes(fulfillment_id=WORK, at=oms.clock.now()))
        oms.run_due()
        yield shop


def give_back(shop: Bench) -> None:
    oms = shop.oms
    oms.do(VoidLabel(fulfillment_id=WORK, package_id=BOX, reason="wrong address", at=oms.clock.now()))


def owed(shop: Bench) -> int:
    """What the shop owes its carrier by its books, in minor units."""
    entries = shop.books.entries.values()
    return -sum(
        each.amount.minor for entry in entries for each in entry.postings if each.account is Account.CARRIER_PAYABLE
    )


def look(shop: Bench) -> FulfillmentOrder:
    return shop.oms.look(FulfillmentOrder, WORK)


def send(shop: Bench) -> None:
    """Hand over and deliver, and hold the whole shop against its laws."""
    shop.oms.do(HandOver(fulfillment_id=WORK, at=shop.oms.clock.now()))
    pass_time(shop.oms, days=5)
    assert look(shop).status is WorkStatus.DELIVERED
    check_everything(shop.oms, shop.payments)


@pytest.mark.parametrize("waits", [0, 3])
def test_a_refunded_label_is_replaced_and_its_price_comes_back_once(tmp_path: Path, waits: int) -> None:
    carrier = Voiding(tmp_path, *[VoidState.PENDING] * waits, VoidState.REFUNDED)
    with packed(tmp_path, carrier) as shop:
        first = look(shop).packages[0].tracking_number
        price = owed(shop)
        give_back(shop)
        shop.oms.run_due()
        pass_time(shop.oms, days=5)
        assert carrier.sold == [BOX, f"{BOX}.2"]
        assert look(shop).packages[0].tracking_number not in ("", first)
        assert owed(shop) == price > 0
        assert look(shop).voids[0].state is LabelVoidState.REFUNDED
        assert len(carrier.asked) == waits + 1
        assert {each.key for each in carrier.asked} == {BOX}
        send(shop)


def test_while_a_refund_is_pending_the_parcel_leaves_under_its_new_label(tmp_path: Path) -> None:
    carrier = Voiding(tmp_path, VoidState.PENDING)
    with packed(tmp_path, carrier) as shop:
        price = owed(shop)
        give_back(shop)
        shop.oms.run_due()
        shop.oms.run_due()
        assert owed(shop) == 2 * price  # nothing is back before the carrier says so
        send(shop)
        carrier.answers = [VoidState.REFUSED]
        pass_time(shop.oms, days=2)
        assert look(shop).voids[0].state is LabelVoidState.REFUSED
        assert owed(shop) == 2 * price
        check_everything(shop.oms, shop.payments)


def test_a_refund_nobody_decides_on_is_given_up_after_sixty_days_and_told(tmp_path: Path) -> None:
    carrier = Voiding(tmp_path, VoidState.PENDING)
    with packed(tmp_path, carrier) as shop:
        give_back(shop)
        shop.oms.run_due()
        send(shop)
        pass_time(shop.oms, days=65)
        assert [task.note.partition(";")[0] for task in shop.oms.storage.tasks("dead")] == [
            "the carrier did not decide on the refund within 60 days"
        ]


@pytest.mark.parametrize("kind", ["refused", "no void"])
def test_a_label_the_carrier_does_not_take_back_stays_good(tmp_path: Path, kind: str) -> None:
    carrier = Voiding(tmp_path, VoidState.REFUSED) if kind == "refused" else PlainCarrier(tmp_path)
    with packed(tmp_path, carrier) as shop:
        before, price = look(shop).packages, owed(shop)
        give_back(shop)
        shop.oms.run_due()
        shop.oms.run_due()
        assert look(shop).packages == before
        assert look(shop).voids[0].state is LabelVoidState.REFUSED
        assert (carrier.sold, owed(shop)) == ([BOX], price)
        send(shop)


def test_a_parcel_does_not_leave_while_nobody_knows_its_label(tmp_path: Path) -> None:
    carrier = Voiding(tmp_path, PortUnknownError("no answer"), VoidState.REFUNDED)
    with packed(tmp_path, carrier) as shop:
        give_back(shop)
        for _ in range(2):
            with pytest.raises(RefusedError, match="labels being given back"):
                shop.oms.do(HandOver(fulfillment_id=WORK, at=shop.oms.clock.now()))
            with pytest.raises(RefusedError, match="being given back already"):
                give_back(shop)
            if not carrier.asked:
                shop.oms.run_due()
        pass_time(shop.oms, hours=1)
        assert carrier.sold == [BOX, f"{BOX}.2"]
        send(shop)


def test_a_label_can_be_given_back_again_and_again(tmp_path: Path) -> None:
    carrier = Voiding(tmp_path, VoidState.REFUNDED)
    with packed(tmp_path, carrier) as shop:
        price = owed(shop)
        for _ in range(3):
            give_back(shop)
            shop.oms.run_due()
            shop.oms.run_due()
        assert carrier.sold == [BOX, f"{BOX}.2", f"{BOX}.3", f"{BOX}.4"]
        assert [each.key for each in carrier.asked] == carrier.sold[:3]
        assert owed(shop) == price
        send(shop)


def test_nothing_is_given_back_that_is_not_there_or_has_left(tmp_path: Path) -> None:
    with packed(tmp_path, Voiding(tmp_path, VoidState.REFUNDED)) as shop:
        oms = shop.oms
        with pytest.raises(NotFoundError, match="no package"):
            oms.do(VoidLabel(fulfillment_id=WORK, package_id="p9", reason="x", at=oms.clock.now()))
        oms.do(HandOver(fulfillment_id=WORK, at=oms.clock.now()))
        with pytest.raises(RefusedError, match="cannot be changed any more"):
            give_back(shop)


def test_a_void_is_settled_once(tmp_path: Path) -> None:
    with packed(tmp_path, Voiding(tmp_path, VoidState.REFUNDED)) as shop:
        give_back(shop)
        shop.oms.run_due()
        work, now = look(shop), shop.oms.clock.now()

    def told(state: LabelVoidState) -> RecordVoid:
        return RecordVoid(fulfillment_id=WORK, key=f"{BOX}.void.1", state=state, says="", at=now)

    assert decide(work, told(LabelVoidState.REFUNDED)) == []
    for state in (LabelVoidState.REQUESTED, LabelVoidState.PENDING, LabelVoidState.REFUSED):
        with pytest.raises(RefusedError, match="cannot become"):
            decide(work, told(state))


def test_the_table_carrier_takes_its_own_labels_back(tmp_path: Path) -> None:
    with small_shop(tmp_path) as oms:
        oms.do(order(oms, {TEA: 1}))
        oms.run_due()
        oms.do(PickUnits(fulfillment_id=WORK, at=oms.clock.now()))
        oms.do(PackBoxes(fulfillment_id=WORK, at=oms.clock.now()))
        oms.run_due()
        oms.do(VoidLabel(fulfillment_id=WORK, package_id=BOX, reason="smudged", at=oms.clock.now()))
        oms.run_due()
        oms.run_due()
        work = oms.look(FulfillmentOrder, WORK)
        assert work.voids[0].state is LabelVoidState.REFUNDED
        assert work.packages[0].is_labelled
        clock = oms.clock
    with open_shop(tmp_path / "shop.toml", clock=clock) as oms:
        assert oms.look(FulfillmentOrder, WORK) == work
