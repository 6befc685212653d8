"""Every law has damage planted against it in the file, and the audit names the law and the place, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from omscore.audit import Law, audit
from omscore_adapters.storage_sqlite import PROVIDER, SqliteSettings
from tests.audit.conftest import audited
from tests.audit.forger import Body, Fit, Forger


class Damage(NamedTuple):
    """What is done to the file, what must be found (all of it), and words that one of the findings must have."""

    name: str
    done: Callable[[Forger], object]
    found: tuple[tuple[Law, str], ...]
    says: str


def set_field(path: str, value: object) -> Callable[[Body], None]:
    """A change of one field: `lines.0.units` is the field `units` of the first line."""

    def change(body: Body) -> None:
        *way, last = path.split(".")
        there: object = body
        for step in way:
            there = there[int(step)] if isinstance(there, list) else there[step]  # type: ignore[index]
        if isinstance(there, list):
            there[int(last)] = value
        else:
            there[last] = value  # type: ignore[index]

    return change


def amounts(*minors: int) -> Callable[[Body], None]:
    """A change of the amounts of an entry's postings."""

    def change(body: Body) -> None:
        for posting, minor in zip(body["entry"]["postings"], minors, strict=True):
            posting["amount"][0] = minor

    return change


def unlabelled(forger: Forger) -> None:
    forger.sql("DELETE FROM task_queue WHERE task_id = 'o8.f1.b1.label'")


def received_elsewhere(forger: Forger) -> None:
    """The pot of a return was received in Hamburg, so the log says; the return itself waits for it in Munich."""
    forger.event("return/o2.r1", 2, set_field("location_id", "HAM"))
    forger.restock()


def twice_booked(forger: Forger) -> None:
    last = forger.version_of("ledger/o1", "EntryPosted")
    forger.sql(
        "INSERT INTO events (stream, version, name, at, body, chain) "
        "SELECT stream, version + 1, name, at, body, '' FROM events WHERE stream = 'ledger/o1' AND version = ?",
        last,
    )
    forger.seal("ledger/o1")
    forger.restate("ledger/o1")


def below_zero_on_both_sides(forger: Forger) -> None:
    forger.event("stock/a1", 1, set_field("units", -50))
    forger.event("ledger/a1", 1, amounts(-50 * 310, 50 * 310))
    forger.restock()


def work_vanished(forger: Forger) -> None:
    forger.vanish("work/o7.f1")
    forger.restock()


def undecided(forger: Forger) -> None:
    forger.drop_last("order/o9")
    forger.sql("DELETE FROM task_queue WHERE task_id LIKE 'o9.route_again@%'")


def foreign_event(forger: Forger) -> None:
    forger.event("order/o1", 2, set_field("order_id", "o2"), fit=Fit.SEALS)


def renamed_event(forger: Forger) -> None:
    forger.sql("UPDATE events SET name = 'OrderTeleported' WHERE stream = 'order/o1' AND version = 3")
    forger.seal("order/o1")


def answer_of_another(forger: Forger) -> None:
    forger.sql("UPDATE answers SET answer = replace(answer, 'order/o1', 'order/o2')")


def sealed(then: Callable[[Forger], object]) -> Callable[[Forger], object]:
    """The damage is done after a checkpoint was taken."""

    def done(forger: Forger) -> None:
        forger.checkpoint()
        then(forger)

    return done


def customer_vanishes(forger: Forger) -> None:
    """Everything a reader could miss goes with the customer: nothing else names them but the vault."""
    forger.vanish("customer/bob")


def answered_twice(forger: Forger) -> None:
    version = forger.version_of("payment/o1.p1", "StepSucceeded")
    forger.sql(
        "INSERT INTO events (stream, version, name, at, body, chain) "
        "SELECT stream, (SELECT max(version) + 1 FROM events WHERE stream = e.stream), 'StepDeclined', at, "
        '\'{"payment_id":"o1.p1","order_id":"o1","key":"o1.p1.authorise","step":"authorise",\''
        ' || \'"amount":[5485,"EUR"],"says":"no"}\', \'\' FROM events e '
        "WHERE stream = 'payment/o1.p1' AND version = ?",
        version,
    )
    forger.seal("payment/o1.p1")
    forger.restate("payment/o1.p1")


def ended_twice(forger: Forger) -> None:
    forger.sql(
        "INSERT INTO events (stream, version, name, at, body, chain) SELECT stream, version + 1, name, at, body, '' "
        "FROM events WHERE stream = 'hold/c2.h1' AND name = 'ReservationExpired'"
    )
    forger.seal("hold/c2.h1")
    forger.restate("hold/c2.h1")
    forger.restock()


LOG, REPLAY, STOCK, PROMISES, INDEX = Law.LOG, Law.REPLAY, Law.STOCK, Law.PROMISES, Law.INDEX
ORDERS, STUCK, PAYMENTS, BOOKS, CLAIMS = Law.ORDERS, Law.STUCK, Law.PAYMENTS, Law.BOOKS, Law.CLAIMS
ANSWERS, HOLDS, CHECKPOINTS = Law.ANSWERS, Law.HOLDS, Law.CHECKPOINTS

DAMAGES = [
    # the file and the log
    Damage(
        "a page of the file is overwritten",
        lambda f: f.overwrite_page_of("stock_levels"),
        ((Law.FILE, "the store's file"),),
        "malformed",
    ),
    Damage(
        "an event's body is changed",
        lambda f: f.event("stock/r1", 1, set_field("lines.0.2", 31), fit=Fit.NOTHING),
        (
            (LOG, "stock/r1 event 1"),
            (BOOKS, "ledger/r1"),
            (STOCK, "TEA at MUC/general sellable"),
        ),
        "StockReceived does not bear its seal",
    ),
    Damage(
        "an event's moment is changed",
        lambda f: f.sql("UPDATE events SET at = '2026-03-01T09:00:00.000000+00:00' WHERE stream = 'customer/ada'"),
        ((LOG, "customer/ada event 1"),),
        "changed after it was recorded",
    ),
    Damage(
        "an event in the middle is deleted",
        lambda f: f.sql("DELETE FROM events WHERE stream = 'order/o1' AND version = 2"),
        ((LOG, "order/o1 event 2"),),
        "is missing; the log goes on with event 3",
    ),
    Damage(
        "a stream is truncated",
        lambda f: f.sql("DELETE FROM events WHERE stream = 'cart/c2' AND version > 1"),
        ((LOG, "cart/c2"),),
        "the stream is at version 2, its log ends at 1",
    ),
    Damage(
        "all events of a stream are deleted",
        lambda f: f.sql("DELETE FROM events WHERE stream = 'customer/ada'"),
        ((LOG, "customer/ada"),),
        "at version 1, its log ends at 0",
    ),
    Damage(
        "the seal of a stream is changed",
        lambda f: f.sql("UPDATE streams SET chain = 'f00d' WHERE stream = 'cart/c2'"),
        ((LOG, "cart/c2"),),
        "not that of its last event 2",
    ),
    Damage(
        "an event about another order is slipped in",
        foreign_event,
        ((LOG, "order/o1 event 2"),),
        "HoldPlaced does not belong here; it is about order/o2",
    ),
    Damage(
        "an event of an unknown name is slipped in",
        renamed_event,
        ((LOG, "order/o1 event 3"),),
        "OrderTeleported",
    ),
    Damage(
        "an event belongs to no stream",
        lambda f: f.sql("UPDATE streams SET stream = 'customer/eva' WHERE stream = 'customer/ada'"),
        (
            (Law.FILE, "the store's file"),
            (LOG, "customer/eva"),
            (LOG, "customer/ada event 1"),
        ),
        "CustomerRegistered belongs to no stream that is there",
    ),
    Damage(
        "a stream of an unknown sort is added",
        lambda f: f.sql("INSERT INTO streams (stream, version, state, chain) VALUES ('banana/1', 1, '{}', '')"),
        ((LOG, "banana/1"),),
        "no such sort of stream",
    ),
    Damage(
        "an answer is deleted",
        lambda f: f.sql("DELETE FROM answers WHERE command_key = 'earlier'"),
        ((Law.FILE, "the store's file"),),
        "1 answers are missing: the last one is number 8, but there are 7",
    ),
    # replay
    Damage(
        "a stored record is changed",
        lambda f: f.sql("UPDATE streams SET state = replace(state, ':250', ':251') WHERE stream = 'item/TEA'"),
        ((REPLAY, "item/TEA version 1"),),
        "the stored record has 251 at item.mass_g, its replay has 250",
    ),
    Damage(
        "a stored record is cut off",
        lambda f: f.sql("UPDATE streams SET state = substr(state, 1, 40) WHERE stream = 'item/TEA'"),
        ((REPLAY, "item/TEA version 1"),),
        "not JSON",
    ),
    Damage(
        "an event no longer fits what came before",
        lambda f: f.event("order/o7", 6, set_field("units.0.1", 99), fit=Fit.SEALS),
        ((REPLAY, "order/o7 event 6"),),
        "LinesProgressed does not fit what came before: cannot move 99 units from allocated to picked: 5 are allocated",
    ),
    # stock
    Damage(
        "a stock row is changed",
        lambda f: f.sql("UPDATE stock_levels SET sellable = sellable + 1 WHERE sku = 'CARD'"),
        ((STOCK, "CARD at MUC/general sellable"),),
        "the stock row says 6, the log sums to 5",
    ),
    Damage(
        "a stock row goes below zero",
        lambda f: f.sql("UPDATE stock_levels SET damaged = -1 WHERE sku = 'CARD'"),
        ((STOCK, "CARD at MUC/general damaged"),),
        "the stock row says -1, the log sums to 0",
    ),
    Damage(
        "a stock row and the log agree on less than nothing",
        below_zero_on_both_sides,
        ((STOCK, "TEA at MUC/general sellable"),),
        "which is below zero",
    ),
    Damage(
        "a stock row is deleted",
        lambda f: f.sql("DELETE FROM stock_levels WHERE sku = 'CARD'"),
        ((STOCK, "CARD at MUC/general sellable"),),
        "there is no stock row, the log sums to 5",
    ),
    Damage(
        "a stock row that came to nothing is deleted",
        lambda f: f.sql("DELETE FROM stock_levels WHERE sku = 'POT' AND location = 'HAM'"),
        ((STOCK, "POT at HAM/general"),),
        "there is no stock row, the log has moved units there",
    ),
    Damage(
        "a stock row is invented",
        lambda f: f.sql("INSERT INTO stock_levels VALUES ('TEA', 'MUC', 'secret', 9, 0, 0, 0, 0, 0, 0)"),
        ((STOCK, "TEA at MUC/secret sellable"),),
        "the stock row says 9, the log sums to 0",
    ),
    Damage(
        "held units are not where their return is",
        received_elsewhere,
        ((PROMISES, "POT at HAM/general held"), (PROMISES, "POT at MUC/general held")),
        "the log sums to 1, but returns wait to be decided on for 0 units",
    ),
    # index
    Damage(
        "an index entry is added",
        lambda f: f.sql("INSERT INTO index_entries VALUES ('waiting', 'TEA', '2026', 'order/o1')"),
        ((INDEX, "order/o1"),),
        "index waiting[TEA] at 2026 is listed, which the record does not say",
    ),
    Damage(
        "an index entry is dropped",
        lambda f: f.sql("DELETE FROM index_entries WHERE name = 'waiting' AND stream = 'order/o4'"),
        ((INDEX, "order/o4"),),
        "index waiting[CUP] at 2026-03-02T09:00:00.000000+00:00 is missing",
    ),
    Damage(
        "an index entry leads nowhere",
        lambda f: f.sql("INSERT INTO index_entries VALUES ('placed', '', '2026', 'order/ghost')"),
        ((INDEX, "order/ghost"), (Law.FILE, "the store's file")),
        "there is no such stream",
    ),
    Damage(
        "an index entry leads beyond the last stream",
        lambda f: f.sql("INSERT INTO index_entries VALUES ('work', 'MUC', '2026', 'work/zzz')"),
        ((INDEX, "work/zzz"), (Law.FILE, "the store's file")),
        "there is no such stream",
    ),
    # orders and their work
    Damage(
        "an order has picked less than its work",
        lambda f: f.event("order/o7", 6, set_field("units.0.1", 4)),
        ((ORDERS, "work/o7.f1 line 1"), (ORDERS, "order/o7 line 1")),
        "the order has 1 units fewer picked than its fulfillment orders",
    ),
    Damage(
        "an order promised fewer units back than its return",
        lambda f: f.event("order/o2", 14, set_field("units.0.1", 1)),
        ((ORDERS, "order/o2 line 1"),),
        "the order has 1 units fewer on their way back than its returns",
    ),
    Damage(
        "a box holds more than was packed into it",
        lambda f: f.event(
            "work/o8.f1", f.version_of("work/o8.f1", "BoxesPacked"), set_field("packages.0.contents.0.1", 3)
        ),
        ((ORDERS, "work/o8.f1 line 1"),),
        "its packages hold 3 units, 1 were packed",
    ),
    Damage(
        "a fulfillment order vanishes",
        work_vanished,
        ((ORDERS, "order/o7"), (ORDERS, "order/o7 line 1")),
        "it names work/o7.f1, but there is no such stream",
    ),
    Damage(
        "an order forgets its payment",
        lambda f: f.event("order/o7", 3, set_field("payment_id", "o2.p1")),
        ((ORDERS, "order/o7"), (ORDERS, "payment/o7.p1")),
        "it is of order o7, which does not name it",
    ),
    # nothing is stuck
    Damage(
        "a hold is dropped and its work stays on hold",
        lambda f: f.drop_last("order/o7"),
        ((STUCK, "work/o7.f1"),),
        "it is on hold, but no hold of order o7 says why",
    ),
    Damage(
        "work goes on although its order is on hold",
        lambda f: f.drop_last("work/o7.f1"),
        ((STUCK, "work/o7.f1"),),
        "it can be worked on although order o7 is on hold",
    ),
    Damage("nobody buys a label any more", unlabelled, ((STUCK, "work/o8.f1"),), "its task o8.f1.b1.label is gone"),
    Damage(
        "nobody follows a parcel any more",
        lambda f: f.sql("UPDATE task_queue SET state = 'done' WHERE task_id = 'o10.f1.b1.track'"),
        ((STUCK, "work/o10.f1"),),
        "its task o10.f1.b1.track is gone",
    ),
    Damage(
        "nobody looks at a waiting order any more",
        lambda f: f.sql("DELETE FROM task_queue WHERE task_id LIKE 'o4.route_again@%'"),
        ((STUCK, "order/o4"),),
        "11 units wait for a source, but no task looks at them again",
    ),
    Damage(
        "the decision that left units waiting is forgotten",
        undecided,
        ((STUCK, "order/o9"), (ORDERS, "decision/o9.d1")),
        "2 units wait for a source, but no task looks at them again",
    ),
    # money
    Damage(
        "more was refunded than captured",
        lambda f: f.event("payment/o1.p1", 6, set_field("amount.0", 5486)),
        ((PAYMENTS, "payment/o1.p1"), (BOOKS, "ledger/o1")),
        "54.86 EUR were refunded, only 54.85 EUR captured",
    ),
    Damage(
        "more was captured than authorised",
        lambda f: f.event("payment/o1.p1", 2, set_field("amount.0", 5000)),
        ((PAYMENTS, "payment/o1.p1"),),
        "54.85 EUR were captured and 0.00 EUR voided, only 50.00 EUR authorised",
    ),
    Damage(
        "nobody waits for a payment's answer any more",
        lambda f: f.sql("DELETE FROM task_queue WHERE task_id = 'o9.p1.authorise'"),
        ((PAYMENTS, "payment/o9.p1"),),
        "attempt o9.p1.authorise waits for an answer, but its task is gone",
    ),
    Damage(
        "an entry does not balance",
        lambda f: f.event("ledger/o1", 1, amounts(421, -420), fit=Fit.SEALS),
        ((BOOKS, "ledger/o1 event 1"),),
        "does not balance",
    ),
    Damage(
        "an entry balances on the wrong amount owed",
        lambda f: f.event("ledger/o1", 4, amounts(5000, -5000)),
        ((BOOKS, "ledger/o1"),),
        "Assets:Receivable is 4.85 EUR off",
    ),
    Damage(
        "an entry balances on the wrong value of goods",
        lambda f: f.event("ledger/r1", 1, amounts(1, -1)),
        ((BOOKS, "ledger/r1"),),
        "Assets:Inventory is -249.39 EUR off",
    ),
    Damage("an entry is booked twice", twice_booked, ((BOOKS, "ledger/o1"),), "booked more than once: o1."),
    Damage(
        "the books of a receipt vanish",
        lambda f: f.vanish("ledger/r1"),
        ((BOOKS, "ledger/r1"), (ANSWERS, "answer stock:r1")),
        "off the units that came in",
    ),
    Damage(
        "a shipment is charged at another price",
        lambda f: f.event("order/o1", 8, set_field("amounts.goods.0", 4196)),
        ((BOOKS, "order/o1"), (BOOKS, "ledger/o1")),
        "shipments were charged at 54.84 EUR, the units handed over are worth 54.85 EUR",
    ),
    # names from outside
    Damage(
        "a reference leads to another order",
        lambda f: f.sql("UPDATE claims SET stream = 'order/o2' WHERE name = 'reference:web:1001'"),
        ((CLAIMS, "order/o1"),),
        "its name reference:web:1001 leads to order/o2",
    ),
    Damage(
        "a reference is forgotten",
        lambda f: f.sql("DELETE FROM claims WHERE name = 'reference:web:1001'"),
        ((CLAIMS, "order/o1"),),
        "leads to nothing",
    ),
    Damage(
        "an exchange is claimed by another order",
        lambda f: f.sql("UPDATE claims SET stream = 'order/o2' WHERE name = 'exchange:o2.r1'"),
        ((CLAIMS, "order/o11"),),
        "exchange:o2.r1 leads to order/o2",
    ),
    Damage(
        "the channel is answered with another order",
        answer_of_another,
        ((CLAIMS, "order/o1"),),
        "names order o2 instead",
    ),
    Damage(
        "the channel's answer is cut off",
        lambda f: f.sql("UPDATE answers SET answer = substr(answer, 1, 20) WHERE command_key LIKE 'place:%'"),
        ((ANSWERS, "answer place:web:1001"),),
        "cannot be read",
    ),
    Damage(
        "a name is claimed for an order that does not bear it",
        lambda f: f.sql("INSERT INTO claims (name, stream) VALUES ('reference:web:7', 'order/o7')"),
        ((CLAIMS, "claim reference:web:7"),),
        "leads to order/o7, which does not bear this name",
    ),
    Damage(
        "a name leads nowhere",
        lambda f: f.sql("INSERT INTO claims (name, stream) VALUES ('exchange:r9', 'order/gone')"),
        ((CLAIMS, "claim exchange:r9"),),
        "leads to order/gone",
    ),
    # what was acknowledged
    Damage(
        "an answer names a version that never came",
        lambda f: f.sql("UPDATE answers SET answer = replace(answer, '\"payment/o1.p1\",1', '\"payment/o1.p1\",90')"),
        ((ANSWERS, "answer place:web:1001"),),
        "given for payment/o1.p1 version 90, which is at version",
    ),
    Damage(
        "an answer names a stream that is gone",
        lambda f: f.sql("UPDATE answers SET answer = replace(answer, '\"payment/o1.p1\"', '\"payment/o0.p1\"')"),
        ((ANSWERS, "answer place:web:1001"),),
        "given for payment/o0.p1 version 1, which is not there",
    ),
    Damage(
        "one commit was acknowledged under two keys",
        lambda f: f.sql(
            "INSERT INTO answers (command_key, fingerprint, answer, at) SELECT 'z', '', answer, at FROM answers "
            "WHERE command_key LIKE 'place:%'"
        ),
        ((ANSWERS, "answer z"),),
        "was the work of another command already",
    ),
    Damage(
        "a payment is answered twice",
        answered_twice,
        ((PAYMENTS, "payment/o1.p1"),),
        "o1.p1.authorise was answered 2 times",
    ),
    # holds
    Damage(
        "a hold ends twice",
        ended_twice,
        ((HOLDS, "hold/c2.h1"), (STOCK, "TEA at MUC/general reserved"), (PROMISES, "TEA at MUC/general reserved")),
        "ended 2 times",
    ),
    Damage(
        "a cart forgets what it holds",
        lambda f: f.event("cart/c3", 1, set_field("line.2", "c3.h9")),
        ((HOLDS, "hold/c3.h1"), (HOLDS, "cart/c3")),
        "no line of an open cart holds it",
    ),
    Damage(
        "a cart wants more than is held",
        lambda f: f.event("cart/c3", 1, set_field("line.1", 2)),
        ((HOLDS, "hold/c3.h1"),),
        "it holds 1 units, the line of cart c3 says 2",
    ),
    Damage(
        "nobody lets go of a cart any more",
        lambda f: f.sql("DELETE FROM task_queue WHERE task_id LIKE 'c3.timeout.%'"),
        ((HOLDS, "hold/c3.h1"),),
        "no task will look at cart c3 in time",
    ),
    # checkpoints
    Damage(
        "a whole stream vanishes without a trace",
        sealed(customer_vanishes),
        ((CHECKPOINTS, "customer/bob"),),
        "checkpoint 1 saw its event 2, which is not there any more",
    ),
    Damage(
        "the last event vanishes and everything is made to fit",
        sealed(lambda f: f.drop_last("customer/bob")),
        ((CHECKPOINTS, "customer/bob"),),
        "saw its event 2",
    ),
    Damage(
        "an event is changed and newly sealed after a checkpoint",
        sealed(lambda f: f.event("item/CARD", 1, set_field("item.name", "Card"))),
        ((CHECKPOINTS, "item/CARD event 1"),),
        "saw another seal here",
    ),
    Damage(
        "a head is changed with its stream",
        sealed(lambda f: f.sql("UPDATE heads SET version = version + 1 WHERE stream = 'item/CARD'")),
        ((CHECKPOINTS, "item/CARD"), (CHECKPOINTS, "checkpoint 1")),
        "its digest is not that",
    ),
    Damage(
        "a checkpoint loses its heads",
        sealed(lambda f: f.sql("DELETE FROM heads")),
        ((CHECKPOINTS, "checkpoint 1"),),
        "its digest is not that",
    ),
    Damage(
        "a checkpoint is taken away and its heads are left",
        sealed(lambda f: f.sql("DELETE FROM checkpoints")),
        ((CHECKPOINTS, "checkpoint 1"), (Law.FILE, "the store's file")),
        "it is gone, but",
    ),
    Damage(
        "the first checkpoint bears another number",
        sealed(lambda f: (f.sql("UPDATE checkpoints SET number = 2"), f.sql("UPDATE heads SET number = 2"))),
        ((CHECKPOINTS, "checkpoint 2"),),
        "numbered from 1 without gaps",
    ),
    Damage(
        "an answer is forgotten after a checkpoint",
        sealed(lambda f: f.sql("DELETE FROM answers WHERE command_key = 'earlier'")),
        ((CHECKPOINTS, "checkpoint 1"),),
        "it saw 8 answers, there are 7 now",
    ),
]


@pytest.mark.parametrize("damage", DAMAGES, ids=[damage.name for damage in DAMAGES])
def test_planted_damage_is_named_by_its_law_and_place(damage: Damage, forger: Forger, database: Path) -> None:
    damage.done(forger)
    forger.close()
    report = audited(database)
    assert not report.is_clean
    named = {(finding.law, finding.where) for finding in report.findings}
    # Whether the engine's own check looks at CHECK constraints depends on its version.
    assert set(damage.found) <= named <= {*damage.found, (Law.FILE, "the store's file")}, report.findings
    assert [finding for finding in report.findings if damage.says in finding.says], report.findings


def test_a_store_whose_past_was_made_anew_does_not_bear_the_anchor(forger: Forger, database: Path) -> None:
    anchor = forger.checkpoint()
    forger.sql("DELETE FROM heads")
    forger.sql("DELETE FROM checkpoints")
    forger.vanish("customer/bob")
    forger.close_gaps()
    forger.checkpoint()
    forger.close()
    with PROVIDER.open(SqliteSettings(path=database, read_only=True)) as storage:
        assert audit(storage).is_clean, "a forger of everything is only found by what was kept elsewhere"
        (finding,) = audit(storage, anchors=(anchor,)).findings
    assert (finding.law, finding.where) == (CHECKPOINTS, f"anchor {anchor}")


def test_every_law_has_damage_planted_against_it() -> None:
    assert {law for damage in DAMAGES for law, _ in damage.found} == set(Law)
