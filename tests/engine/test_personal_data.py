"""What a shop knows of a person lies in one place and is gone for good when it is asked to forget."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import attrs
import pytest

from omscore.app import Oms
from omscore.audit import audit
from omscore.billing.invoices import Invoice, IssueInvoices
from omscore.customers.model import Customer, ForgetCustomer, RegisterCustomer
from omscore.engine.plans.wishes import KeepLabel
from omscore.engine.unit import Unit
from omscore.errors import NotFoundError, PortTransientError, RefusedError
from omscore.fulfillment.commands import HandOver, PackBoxes, PickUnits, RecordLabel
from omscore.ids import FulfillmentId, LocationId, OrderId, PersonId, ReturnId
from omscore.money import Money
from omscore.orders.commands import PlaceHold
from omscore.orders.model import HoldKind, Order
from omscore.parties import Person
from omscore.places import Address
from omscore.ports.carriers import LabelDocument
from omscore.ports.storage import Commit, TaskState
from omscore.returns.commands import DisposeReturn, ReceiveReturn, RequestReturn
from omscore.returns.model import DisposedUnits, Disposition, ReturnUnits
from omscore_adapters.storage_memory import MemoryStorage
from tests.billing.sales import invoicing_shop, line, placed, send
from tests.kit.shops import ANNA, CUP, NOON, TEA, order, pass_time, send_out, small_shop
from tests.laws.bench import Raced, bench
from tests.laws.checks import check_everything, check_replay

EVE = PersonId("person_eve")
CANARIES = ("Evelyn Zanzibarova", "Quetzalweg 77", "Xylophonstadt", "10777x", "eve.zz@canary.example", "+49-555-01777")


def eve() -> Person:
    home = Address(
        recipient=CANARIES[0], lines=(CANARIES[1], "c/o Canary"), city=CANARIES[2], postcode=CANARIES[3], country="DE"
    )
    return Person(person_id=EVE, name=CANARIES[0], mail=CANARIES[4], phone=CANARIES[5], addresses=(("home", home),))


def register(oms: Oms, person: Person | None = None) -> None:
    oms.do(RegisterCustomer(person=person or eve(), at=oms.clock.now()), key=None)


def live(oms: Oms) -> None:
    """Eve buys, gets a parcel, brings some back, and has another order open."""
    register(oms)
    oms.do(order(oms, {TEA: 2, CUP: 1}, person_id=EVE, reference="77"))
    oms.run_due()
    send_out(oms, "ord_1")
    pass_time(oms, days=12)
    return_id, at = ReturnId("ret_1"), oms.clock.now()
    oms.do(
        RequestReturn(
            return_id=return_id,
            order_id=OrderId("ord_1"),
            location_id=LocationId("MUC"),
            units=(ReturnUnits(1, TEA, 1),),
            reason="no",
            at=at,
        )
    )
    oms.do(ReceiveReturn(return_id=return_id, at=at))
    oms.do(DisposeReturn(return_id=return_id, units=(DisposedUnits(1, 1, Disposition.RESTOCK),), at=at))
    oms.run_due()
    oms.do(order(oms, {TEA: 1}, person_id=EVE, order_id="ord_2"))
    oms.run_due()


def texts(oms: Oms) -> Iterator[str]:
    """Everything the store can tell except the vault."""
    for event in oms.storage.events():
        yield from (event.stream, event.name, event.body)
    for stream in oms.storage.streams():
        yield from (stream.stream, stream.state)
    for name, entry in oms.storage.index_entries():
        yield from (name, *entry)
    for state in TaskState:
        for task in oms.storage.tasks(state, limit=10**6):
            yield from (task.task_id, task.payload, task.note)
    answer = oms.storage.answer("place:web:77")
    assert answer is not None
    yield from answer


def canaries_in(texts: Iterator[str]) -> set[str]:
    return {canary for text in texts for canary in CANARIES if canary in text}


def test_personal_details_are_in_the_vault_and_nowhere_else(oms: Oms) -> None:
    live(oms)
    assert canaries_in(texts(oms)) == set()
    assert oms.person(EVE) == eve()
    assert set(oms.storage.vault_names(EVE)) >= {"person", "label:ord_1.f1.b1:text/plain"}
    label = oms.storage.vault_get(EVE, "label:ord_1.f1.b1:text/plain")
    assert label is not None
    assert CANARIES[1] in label


def test_forgetting_leaves_no_copy_in_the_store_and_the_log_still_replays(oms: Oms) -> None:
    live(oms)
    before = [event.chain for event in oms.storage.events()]
    assert oms.forget(EVE) >= 2
    assert oms.storage.vault_names(EVE) == ()
    assert canaries_in(texts(oms)) == set()
    with pytest.raises(NotFoundError, match="forgotten"):
        oms.person(EVE)
    assert [event.chain for event in oms.storage.events()][: len(before)] == before
    check_everything(oms)
    assert oms.person(ANNA).name == "Anna Muster"


def test_forgetting_leaves_no_byte_in_the_files(tmp_path: Path) -> None:
    with small_shop(tmp_path) as oms:
        live(oms)
        register(oms, attrs.evolve(eve(), name="Evelyn Quagga"))
        files = sorted(tmp_path.glob("shop.db*"))
        assert any(b"Quetzalweg 77" in file.read_bytes() for file in files)
        oms.forget(EVE)
        for file in sorted(tmp_path.glob("shop.db*")):
            for canary in (*CANARIES, "Evelyn Quagga"):
                assert canary.encode() not in file.read_bytes(), (file, canary)
    for file in tmp_path.glob("shop.db*"):
        assert not any(canary.encode() in file.read_bytes() for canary in CANARIES)


def test_new_details_replace_the_old_ones(oms: Oms) -> None:
    register(oms)
    moved = attrs.evolve(eve(), addresses=(("home", attrs.evolve(eve().address("home"), city="Elsewhere")),))
    register(oms, moved)
    assert oms.person(EVE).address("home").city == "Elsewhere"
    assert [event.name for event in oms.storage.events(stream=f"customer/{EVE}")] == ["CustomerRegistered"]


class Interrupted(MemoryStorage):
    """Cannot erase at the first try."""

    tries = 0

    def vault_erase(self, person_id: PersonId) -> int:
        self.tries += 1
        if self.tries == 1:
            raise PortTransientError("a reader keeps old copies; erase again later")
        return super().vault_erase(person_id)


def test_forgetting_may_be_asked_for_again_after_it_was_interrupted(tmp_path: Path) -> None:
    with bench(tmp_path, store=Interrupted()) as shop:
        oms = shop.oms
        register(oms)
        with pytest.raises(PortTransientError):
            oms.forget(EVE)
        assert oms.forget(EVE) == 1
        assert oms.forget(EVE) == 0
        names = [event.name for event in oms.storage.events(stream=f"customer/{EVE}")]
        assert names == ["CustomerRegistered", "CustomerForgotten"]


def test_a_forgotten_id_is_never_used_again(oms: Oms) -> None:
    register(oms)
    oms.forget(EVE)
    with pytest.raises(RefusedError, match="was forgotten on 2026-03-02; use a new id"):
        register(oms)
    assert oms.storage.vault_names(EVE) == ()
    with pytest.raises(NotFoundError, match="or was forgotten"):
        oms.do(order(oms, {TEA: 1}, person_id=EVE))
    with pytest.raises(NotFoundError):
        oms.forget(PersonId("nobody"))


def test_what_has_not_left_for_a_forgotten_customer_is_stopped(oms: Oms) -> None:
    live(oms)
    oms.forget(EVE)
    assert oms.look(Order, "ord_2").has_hold(HoldKind.ADDRESS)
    assert not oms.look(Order, "ord_1").holds
    with pytest.raises(RefusedError, match="on hold"):
        oms.do(PickUnits(fulfillment_id=FulfillmentId("ord_2.f1"), at=oms.clock.now()))


def keep_label(oms: Oms, work: FulfillmentId) -> None:
    """A label that the carrier has sold is written down."""
    record = RecordLabel(
        fulfillment_id=work,
        package_id=f"{work}.b1",
        tracking_number="TB000000000000000000",
        carrier="post",
        service="parcel",
        transit_days=1,
        postage=Money(400, "EUR"),
        at=NOON,
    )
    document = LabelDocument(media_type="text/plain", text=CANARIES[1])
    oms._dispatcher.run(KeepLabel(record=record, owner=EVE, documents=(document,), at=NOON), at=NOON)


def test_a_label_bought_while_the_customer_is_forgotten_is_not_kept(tmp_path: Path) -> None:
    with bench(tmp_path) as shop:
        oms = shop.oms
        register(oms)
        oms.do(order(oms, {TEA: 1}, person_id=EVE, method=None))
        work = FulfillmentId("ord_1.f1")
        oms.do(PickUnits(fulfillment_id=work, at=NOON))
        oms.do(PackBoxes(fulfillment_id=work, at=NOON))
        oms.forget(EVE)
        keep_label(oms, work)
        assert oms.storage.vault_names(EVE) == ()
        with pytest.raises(RefusedError, match="on hold"):
            oms.do(HandOver(fulfillment_id=work, at=NOON))


class ShortLists(MemoryStorage):
    """Lists two streams where it is not told how many."""

    def listed(self, name: str, key: str, *, limit: int = 2) -> tuple[str, ...]:
        return super().listed(name, key, limit=limit)


def test_a_customer_of_many_orders_is_forgotten_in_all_of_them(tmp_path: Path) -> None:
    """The open orders are the newest, so they come last in every list."""
    with bench(tmp_path, store=ShortLists()) as shop:
        oms = shop.oms
        register(oms)
        for number in range(4):
            oms.do(order(oms, {TEA: 1}, person_id=EVE, order_id=f"ord_{number}", method=None))
        oms.forget(EVE)
        assert all(oms.look(Order, f"ord_{number}").has_hold(HoldKind.ADDRESS) for number in range(4))
        assert oms.look(Customer, EVE).forgotten_at == NOON
        check_replay(oms)


def test_no_order_is_taken_for_a_customer_who_is_being_forgotten(oms: Oms) -> None:
    """The note comes first and the erasing after it; an order that comes between the two is refused."""
    oms.do(ForgetCustomer(person_id=ANNA, at=oms.clock.now()))
    with pytest.raises(NotFoundError, match="was forgotten"):
        oms.do(order(oms, {TEA: 1}))


def test_an_order_that_slipped_in_while_its_customer_was_erased_is_stopped(tmp_path: Path) -> None:
    class Slow(MemoryStorage):
        def vault_erase(self, person_id: PersonId) -> int:
            self.commit(waiting[0])
            return super().vault_erase(person_id)

    store = Slow()
    waiting: list[Commit] = []
    with bench(tmp_path, store=store) as late:
        wanted = order(late.oms, {TEA: 1}, reference="1")
        unit = Unit(late.oms._desk, late.oms.clock.now())
        unit.run(wanted)
        _, commit = late.oms._dispatcher.outcome(unit, key=None, fingerprint="")
        waiting.append(commit)
        late.oms.forget(ANNA)
        assert late.oms.look(Order, "ord_1").has_hold(HoldKind.ADDRESS)


def moves_in(oms: Oms) -> None:
    """Eve tells her new address."""
    register(oms, attrs.evolve(eve(), phone="+49-555-01778"))


def is_invoiced(oms: Oms) -> None:
    oms.do(IssueInvoices(order_id=OrderId("ord_1"), at=oms.clock.now()))


def is_labelled(oms: Oms) -> None:
    """The label of an order that is on hold, so that forgetting changes nothing of its work."""
    keep_label(oms, FulfillmentId("ord_2.f1"))


@pytest.mark.parametrize("meanwhile", [moves_in, is_invoiced, is_labelled])
def test_whatever_is_written_down_while_a_customer_is_forgotten_is_not_kept(
    tmp_path: Path, meanwhile: Callable[[Oms], None]
) -> None:
    """Another program forgets the customer after all was read, right before it is committed."""
    store = Raced(tmp_path)
    invoicing = """
[invoicing.seller]
address = {recipient = "Tea", lines = ["Lager 1"], city = "Muenchen", postcode = "80331", country = "DE"}
vat_id = "DE123456789"
"""
    with bench(tmp_path, store=store, edit=invoicing) as shop, bench(tmp_path, storage="sqlite") as other:
        oms, at = shop.oms, NOON
        register(oms)
        oms.do(order(oms, {TEA: 1}, person_id=EVE))
        oms.run_due()
        send_out(oms, "ord_1")
        oms.do(order(oms, {CUP: 1}, order_id="ord_2", person_id=EVE, method=None))
        work = FulfillmentId("ord_2.f1")
        oms.do(PickUnits(fulfillment_id=work, at=at))
        oms.do(PackBoxes(fulfillment_id=work, at=at))
        oms.do(PlaceHold(order_id=OrderId("ord_2"), kind=HoldKind.ADDRESS, says="moves", at=at))
        assert store.vault_names(EVE) == ("label:ord_1.f1.b1:application/zpl", "label:ord_1.f1.b1:text/plain", "person")
        store.before_commit = lambda: other.oms.forget(EVE)
        with suppress(RefusedError):
            meanwhile(oms)
        assert store.before_commit is None
        assert store.vault_names(EVE) == ()
        oms.run_due()
        assert store.vault_names(EVE) == () and other.oms.look(Customer, EVE).forgotten_at == NOON
        assert oms.find(Invoice, "INV-000001") is None
        check_everything(oms)
        assert audit(oms.storage).findings == ()
    everything = b"".join([path.read_bytes() for path in tmp_path.iterdir() if path.name.startswith("shop.db")])
    assert not [each for each in CANARIES if each.encode() in everything]


def test_an_invoice_is_refused_between_the_note_that_a_customer_is_forgotten_and_the_erasing(tmp_path: Path) -> None:
    with invoicing_shop(tmp_path) as oms:
        oms.do(placed(oms, "o1", (line("TEA", 1, "5.00"),)))
        send(oms, "o1")
        oms.do(ForgetCustomer(person_id=PersonId("person_DE"), at=oms.clock.now()))
        with pytest.raises(RefusedError, match="forgotten"):
            oms.do(IssueInvoices(order_id=OrderId("o1"), at=oms.clock.now()))
        assert oms.listed(Invoice, "invoiced", "o1") == ()
