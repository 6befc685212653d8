"""Books in a real Tryton: every entry posted once, whatever gets lost on the way and whoever else is posting."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from decimal import Decimal
from itertools import count, product
from pathlib import Path
from threading import Thread
from typing import Any

import attrs
import pytest

import omscore_adapters.erp_tryton
from omscore.app import open_shop
from omscore.billing.ledger import Ledger
from omscore.errors import PortError, PortRefusedError, PortTransientError, PortUnknownError, SetupError
from omscore.money import Money
from omscore.plugins.discovery import Plugins
from omscore.ports.clock import VirtualClock
from omscore.ports.erp import Account, JournalEntry, Posting
from omscore.secrets import Secret
from omscore.testing.faults import Fault
from omscore.testing.hostile import HostileFront
from omscore_adapters.erp_tryton import TrytonBooks
from tests.kit.shops import CUP, NOON, RATES, SHOP, TEA, order, send_out, stock_up
from tests.kit.tryton import CLOSED_CODE, CODES, Tryton

_RUNS = count(1)
CREATE, POST, LOOK = "account.move.create", "account.move.post", "account.move.search_read"


@pytest.fixture
def run() -> str:
    """The beginning of the entry ids of one test: the books are one for all."""
    return f"t{next(_RUNS)}."


@pytest.fixture
def front(tryton: Tryton) -> Iterator[HostileFront]:
    with HostileFront(tryton.port) as between:
        yield between


def entry(entry_id: str, minor: int = 500, *, currency: str = "EUR", month: int = 3, year: int = 2026) -> JournalEntry:
    amount = Money(minor, currency)
    return JournalEntry(
        entry_id=entry_id,
        at=datetime(year, month, 2, 12, tzinfo=UTC),
        says="captured",
        reference="ord_1",
        postings=(Posting(Account.CLEARING, amount), Posting(Account.RECEIVABLE, -amount)),
    )


def fee(entry_id: str) -> JournalEntry:
    five = Money(500, "EUR")
    return attrs.evolve(entry(entry_id), postings=(Posting(Account.FEES, five), Posting(Account.CLEARING, -five)))


def once(*entry_ids: str) -> list[tuple[str, str]]:
    """What the moves of these entries are when each was posted once and no draft is left."""
    return sorted((entry_id, "posted") for entry_id in entry_ids)


def test_an_entry_becomes_one_posted_balanced_move_on_the_accounts_the_settings_name(tryton: Tryton, run: str) -> None:
    sale = JournalEntry(
        entry_id=f"{run}sale",
        at=datetime(2026, 3, 2, 12, tzinfo=UTC),
        says="shipped",
        reference="ord_1",
        postings=(
            Posting(Account.RECEIVABLE, Money(11_900, "EUR")),
            Posting(Account.SALES, Money(-10_000, "EUR")),
            Posting(Account.TAX, Money(-1_900, "EUR")),
        ),
    )
    TrytonBooks(tryton.settings()).post([sale])
    assert tryton.moves(sale.entry_id) == once(sale.entry_id)
    assert tryton.lines(sale.entry_id) == sorted(
        [
            (sale.entry_id, CODES[Account.RECEIVABLE], "119.00", "0.00"),
            (sale.entry_id, CODES[Account.SALES], "0.00", "100.00"),
            (sale.entry_id, CODES[Account.TAX], "0.00", "19.00"),
        ]
    )


def test_posting_again_changes_nothing_and_the_first_content_of_an_id_stays(tryton: Tryton, run: str) -> None:
    first, second = entry(f"{run}1"), entry(f"{run}2")
    TrytonBooks(tryton.settings()).post([first, second, first])
    lines = tryton.lines(f"{run}1", f"{run}2")
    TrytonBooks(tryton.settings()).post([second, entry(f"{run}1", 999), entry(f"{run}2", month=4)])
    assert tryton.moves(f"{run}1", f"{run}2") == once(f"{run}1", f"{run}2")
    assert tryton.lines(f"{run}1", f"{run}2") == lines


def test_bad_entries_are_told_by_id_and_reason_and_the_good_ones_are_posted(tryton: Tryton, run: str) -> None:
    """Each reason is another one's: ours to see, Tryton's periods, Tryton's own rule for an account."""
    accounts = attrs.evolve(tryton.settings().accounts, fees=CLOSED_CODE)
    batch = [
        entry(f"{run}good"),
        entry(f"{run}yen", currency="JPY"),
        entry(f"{run}old", year=2019),
        fee(f"{run}closed"),
        entry(f"{run}cafe\u0301"),
        entry(f"{run}good2"),
    ]
    with pytest.raises(PortRefusedError) as caught:
        TrytonBooks(tryton.settings(accounts=accounts)).post(batch)
    says = str(caught.value)
    assert says.startswith("4 of 6 entries are not booked: ")
    assert f"entry '{run}yen': it is in JPY, and the company's books in Tryton are in EUR" in says
    assert f"entry '{run}old': Tryton has no open period for 2019-03-02; open one" in says
    assert f"entry '{run}closed': Tryton refuses: " in says
    assert caught.value.fields["entry_ids"] == (f"{run}cafe\u0301", f"{run}yen", f"{run}old", f"{run}closed")
    assert tryton.moves(*[each.entry_id for each in batch]) == once(f"{run}good", f"{run}good2")
    TrytonBooks(tryton.settings()).post([fee(f"{run}closed")])  # once its account is another, it is booked
    assert tryton.moves(f"{run}closed") == once(f"{run}closed")


def test_an_entry_that_tryton_takes_as_a_draft_and_does_not_post_leaves_no_draft(tryton: Tryton, run: str) -> None:
    """An entry without lines balances, and Tryton posts no empty move."""
    empty = attrs.evolve(entry(f"{run}empty"), postings=())
    with pytest.raises(PortRefusedError, match=r"empty': Tryton refuses"):
        TrytonBooks(tryton.settings()).post([entry(f"{run}1"), empty])
    assert tryton.moves(f"{run}1", f"{run}empty") == once(f"{run}1")


@pytest.mark.parametrize(
    ("mark", "fault"),
    [
        *product(("common.db.login", "company.company", LOOK, CREATE, POST), (Fault.DOWN, Fault.LOST_ANSWER)),
        (POST, Fault.TWICE),
        (POST, Fault.LATE),
    ],
)
def test_whatever_is_lost_once_the_entries_are_posted_once(
    tryton: Tryton, front: HostileFront, run: str, mark: str, fault: Fault
) -> None:
    entries = [entry(f"{run}1"), entry(f"{run}2")]
    books = TrytonBooks(tryton.settings(url=front.url))
    front.break_next(fault, mark=mark)
    for _ in range(3):
        with suppress(PortTransientError, PortUnknownError):
            books.post(entries)
            break
    assert front.struck == 1
    assert tryton.moves(f"{run}1", f"{run}2") == once(f"{run}1", f"{run}2")


def test_the_lost_answer_to_making_a_move_is_found_at_the_next_look(
    tryton: Tryton, front: HostileFront, run: str
) -> None:
    """Without a second call: the answer is looked up, not guessed."""
    front.break_next(Fault.LOST_ANSWER, mark=CREATE)
    TrytonBooks(tryton.settings(url=front.url)).post([entry(f"{run}1")])
    assert tryton.moves(f"{run}1") == once(f"{run}1")


def test_a_request_that_never_arrived_is_told_as_unknown_and_made_by_the_next_worker(
    tryton: Tryton, front: HostileFront, run: str
) -> None:
    front.break_next(Fault.DOWN, mark=CREATE)
    with pytest.raises(PortUnknownError, match="look again"):
        TrytonBooks(tryton.settings(url=front.url)).post([entry(f"{run}1")])
    assert tryton.moves(f"{run}1") == []
    TrytonBooks(tryton.settings()).post([entry(f"{run}1")])
    assert tryton.moves(f"{run}1") == once(f"{run}1")


def test_the_draft_of_a_worker_that_died_before_posting_is_posted_by_the_next(
    tryton: Tryton, front: HostileFront, run: str
) -> None:
    front.break_next(Fault.DOWN, mark=POST, times=99)
    with pytest.raises(PortError):
        TrytonBooks(tryton.settings(url=front.url)).post([entry(f"{run}1")])
    assert tryton.moves(f"{run}1") == [(f"{run}1", "draft")]
    TrytonBooks(tryton.settings()).post([entry(f"{run}1")])
    assert tryton.moves(f"{run}1") == once(f"{run}1")


def drafts(tryton: Tryton, entry_id: str, number: int) -> None:
    """So many drafts of an entry, as other workers would have made them."""
    draft = {
        "company": 1,
        "journal": tryton.ask("account.journal.search", [["code", "=", "MISC"]], 0, None, None)[0],
        "period": tryton.ask("account.period.search", [["name", "=", "2026-03"]], 0, None, None)[0],
        "date": {"__class__": "date", "year": 2026, "month": 3, "day": 2},
        "description": entry_id,
    }
    tryton.ask(CREATE, [draft] * number, company=1)


def test_a_draft_that_arrives_late_beside_a_posted_move_is_taken_away(tryton: Tryton, run: str) -> None:
    """As when a request lay on the wire while the next worker booked its entry."""
    TrytonBooks(tryton.settings()).post([entry(f"{run}1")])
    drafts(tryton, f"{run}1", 2)
    assert len(tryton.moves(f"{run}1")) == 3
    TrytonBooks(tryton.settings()).post([entry(f"{run}1")])
    assert tryton.moves(f"{run}1") == once(f"{run}1")


def test_nobody_posts_a_move_while_there_is_another_of_its_entry(tryton: Tryton, front: HostileFront, run: str) -> None:
    """Here none can be deleted, so none is posted: whoever posts must have seen that it is alone."""
    drafts(tryton, f"{run}1", 2)
    front.break_next(Fault.DOWN, mark="account.move.delete", times=99)
    with pytest.raises(PortTransientError, match="others are booking"):
        TrytonBooks(tryton.settings(url=front.url)).post([entry(f"{run}1")])
    assert front.struck
    assert tryton.moves(f"{run}1") == [(f"{run}1", "draft")] * 2


def test_workers_that_post_the_same_entries_at_the_same_moment_post_each_once(tryton: Tryton, run: str) -> None:
    entries = [entry(f"{run}{number}") for number in range(4)]

    def work(first: int) -> None:
        books = TrytonBooks(tryton.settings())
        for _ in range(8):
            with suppress(PortTransientError, PortUnknownError):
                books.post([*entries[first:], *entries[:first]])
                return

    workers = [Thread(target=work, args=(first,)) for first in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    ids = [each.entry_id for each in entries]
    assert tryton.moves(*ids) == once(*ids)


def test_books_whose_session_ended_sign_in_again(tryton: Tryton, run: str) -> None:
    books = TrytonBooks(tryton.settings())
    books.post([entry(f"{run}1")])
    tryton.forget_sessions()
    books.post([entry(f"{run}2")])
    assert tryton.moves(f"{run}1", f"{run}2") == once(f"{run}1", f"{run}2")


@pytest.mark.parametrize(
    ("wrong", "path"),
    [
        ({"journal": "NO"}, "erp.tryton.journal"),
        ({"party": "NOBODY"}, "erp.tryton.party"),
        ({"company": "Another"}, "erp.tryton.company"),
        ({"password": Secret("another")}, "erp.tryton.user"),
        ({"accounts": "sales"}, "erp.tryton.accounts.sales"),
    ],
)
def test_what_tryton_does_not_have_is_named_by_its_place_in_the_settings(
    tryton: Tryton, run: str, wrong: dict[str, Any], path: str
) -> None:
    settings = tryton.settings()
    if wrong.get("accounts"):
        wrong = {"accounts": attrs.evolve(settings.accounts, sales="0000")}
    with pytest.raises(SetupError) as caught:
        TrytonBooks(attrs.evolve(settings, **wrong)).post([entry(f"{run}1")])
    assert caught.value.fields["path"] == path
    assert "another" not in str(caught.value)
    assert tryton.moves(f"{run}1") == []


def test_an_account_that_asks_for_a_party_is_told_when_the_settings_name_none(tryton: Tryton, run: str) -> None:
    with pytest.raises(PortRefusedError, match=r"Assets:Receivable asks for a party; set erp\.tryton\.party"):
        TrytonBooks(tryton.settings(party="")).post([entry(f"{run}1")])


def test_a_server_that_is_not_there_is_a_reason_to_try_again(front: HostileFront, tryton: Tryton) -> None:
    front.close()
    with pytest.raises(PortTransientError, match="nothing was sent"):
        TrytonBooks(tryton.settings(url=front.url)).post([entry("x")])


def test_what_a_shop_sells_comes_to_the_same_balances_in_tryton_as_in_its_own_ledger(
    tryton: Tryton, tmp_path: Path
) -> None:
    """By way of the shop's own settings and tasks; the order bears an id that no other test has."""
    order_id = f"sold_{next(_RUNS)}"
    plain = tryton.settings()
    fields: dict[str, Any] = {**attrs.asdict(plain, recurse=False), "accounts": attrs.asdict(plain.accounts)}
    password = tmp_path / "password"
    password.write_text(plain.password.reveal(), encoding="utf-8")
    tables = {"erp": {"tryton": fields | {"password": {"file": "password"}, "documents": ["moves"]}}}
    plugins = Plugins()
    plugins.register(omscore_adapters.erp_tryton)
    (tmp_path / "shop.toml").write_text(SHOP, encoding="utf-8")
    (tmp_path / "rates.csv").write_text(RATES, encoding="utf-8")
    with open_shop(tmp_path / "shop.toml", clock=VirtualClock(NOON), overrides=tables, plugins=plugins) as oms:
        stock_up(oms)
        oms.do(order(oms, {TEA: 3, CUP: 1}, order_id=order_id, prices_include_tax=True))
        oms.run_due()
        send_out(oms, order_id)
        ledger = oms.look(Ledger, order_id)
        assert oms.storage.tasks("dead") == ()
    assert len(ledger.entry_ids) == 4, "sold, captured, postage, and what the goods had cost"
    assert tryton.moves(*ledger.entry_ids) == once(*ledger.entry_ids)
    sums: dict[str, Decimal] = {}
    for _, code, debit, credit in tryton.lines(*ledger.entry_ids):
        sums[code] = sums.get(code, Decimal(0)) + Decimal(debit) - Decimal(credit)
    ours = {CODES[each.account]: Decimal(each.minor).scaleb(-2) for each in ledger.balances}
    assert {code: amount for code, amount in sums.items() if amount} == ours
