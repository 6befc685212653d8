"""The commands that need nothing but a database: they tell what is stored, and what is wrong with it."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from importlib.resources import files
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from omscore.cli import main
from omscore.cli.records import open_records
from omscore.cli.story import story_of
from omscore.cli.tables import shown
from omscore.engine.plans.wishes import SourceFrom
from omscore.fulfillment.commands import PackBoxes, PickUnits
from omscore.fulfillment.model import BoxedUnits, Package
from omscore.ids import LocationId, OrderId
from omscore.orders.events import LinesReturned
from omscore.orders.model import HoldKind, Order
from omscore.payments.model import Payment
from omscore.places import Destination
from tests.cli.conftest import DemoShop, run
from tests.kit.shops import TEA, order, small_shop


@pytest.fixture
def own_copy(demo_shop: DemoShop, tmp_path: Path) -> Path:
    """A copy of the demo's database that may be spoiled."""
    return Path(shutil.copy(demo_shop.db, tmp_path / "copy.db"))


def test_show_tells_lines_money_parcels_returns_and_story(demo_shop: DemoShop) -> None:
    result = run("show", demo_shop.order("exchanged"), "--db", demo_shop.db)
    assert result.exit_code == 0
    for words in ("partly returned", "Shipments", "Returns", "What happened", "2 delivered", "Paid back", "new order"):
        assert words in result.stdout
    assert max(map(len, result.stdout.splitlines())) <= 80


def test_every_order_of_the_demo_can_be_shown_and_explained_within_80_columns(demo_shop: DemoShop) -> None:
    for row in demo_shop.figures["orders"]:
        for command in ("show", "explain"):
            result = run(command, row["order_id"], "--db", demo_shop.db)
            assert result.exit_code == 0, result.output
            assert max(map(len, result.stdout.splitlines())) <= 80
            assert "\u2026" not in result.stdout, "a table cell was cut off"


def test_what_a_person_decided_and_what_was_promised_is_read_out(tmp_path: Path) -> None:
    with small_shop(tmp_path) as oms:
        oms.do(order(oms, {TEA: 2}, method=None))
        reason, by = "the customer collects it", "Ada"
        at = oms.clock.now()
        oms.do(SourceFrom(order_id=OrderId("ord_1"), location_id=LocationId("LYS"), reason=reason, by=by, at=at))
    out = " ".join(run("explain", "ord_1", "--db", tmp_path / "shop.db").stdout.split())
    assert "Decided by hand Ada sent this order to Lyon: the customer collects it" in out
    assert "MUC leaves on Mon 2 March, promised for Tue 3 March" in out
    assert "LYS leaves on Mon 2 March, promised for Thu 5 March (cut-off 16:00, post parcel takes 3 working" in out
    told = " ".join(run("show", "ord_1", "--db", tmp_path / "shop.db", "--json", tmp_path / "out.json").stdout.split())
    assert "for Thu 5 March" in told
    assert "Ada sent this order to Lyon: the customer collects it. Decision ord_1.d2: LYS sends" in told
    old, new = json.loads((tmp_path / "out.json").read_text("utf-8"))["shipments"]
    assert old["promised"] is None, "nothing leaves from there any more"
    assert (new["promised"]["leaves_on"], new["promised"]["arrives_on"]) == ("2026-03-02", "2026-03-05")


def test_an_order_is_found_by_channel_and_reference(demo_shop: DemoShop, tmp_path: Path) -> None:
    with open_records(demo_shop.db) as records:
        order = records.look(Order, demo_shop.order("split"))
    result = run("show", f"{order.channel}:{order.reference}", "--db", demo_shop.db, "--json", tmp_path / "out.json")
    assert result.exit_code == 0
    assert json.loads((tmp_path / "out.json").read_text("utf-8"))["order_id"] == order.order_id


@pytest.mark.parametrize("command", ["show", "explain"])
def test_an_unknown_order_names_some_there_are(demo_shop: DemoShop, command: str) -> None:
    result = run(command, "T-9999", "--db", demo_shop.db)
    assert result.exit_code == 2
    assert "no order 'T-9999'" in result.stderr
    assert "T-10" in result.stderr
    assert "\n" not in result.stderr.strip(), "one sentence on one line"


def test_a_story_is_told_in_the_order_of_time_and_each_fact_once(demo_shop: DemoShop) -> None:
    with open_records(demo_shop.db) as records:
        for order in records.every(Order):
            story = story_of(records, order)
            assert [told.at for told in story] == sorted(told.at for told in story)
            assert len(set(story)) == len(story)
            assert story[0].fact == "OrderPlaced"


def test_a_story_never_says_go_on_while_another_hold_stands(demo_shop: DemoShop) -> None:
    with open_records(demo_shop.db) as records:
        story = story_of(records, records.look(Order, demo_shop.order("exchange")))
    released = [told.says for told in story if told.fact == "HoldReleased"]
    assert ["still stopped" in says for says in released] == [True, False]
    assert released[1].startswith("May go on")


def test_explain_has_a_reason_for_every_location_of_every_decision(demo_shop: DemoShop, tmp_path: Path) -> None:
    result = run("explain", demo_shop.order("backorder"), "--db", demo_shop.db, "--json", tmp_path / "why.json")
    assert result.exit_code == 0
    decisions = json.loads((tmp_path / "why.json").read_text("utf-8"))["decisions"]
    assert len(decisions) == 2
    for decision in decisions:
        assert [each["location"] for each in decision["locations"]] == ["BERLIN", "LONDON", "MALMO", "PARIS"]
        assert all(each["says"] in " ".join(result.stdout.split()) for each in decision["locations"])
        assert all(bool(each["sends"]) == each["chosen"] for each in decision["locations"])
    assert decisions[0]["waits"] and not decisions[1]["waits"]


def test_a_receipt_owes_nothing_once_all_is_paid_and_refunded(demo_shop: DemoShop) -> None:
    result = run("show", demo_shop.order("returned"), "--receipt", "--db", demo_shop.db)
    assert result.exit_code == 0
    assert "RECEIPT" in result.stdout
    assert max(map(len, result.stdout.splitlines())) <= 80
    with open_records(demo_shop.db) as records:
        order = records.look(Order, demo_shop.order("returned"))
        payment = records.look(Payment, order.payments[0])
        (back,) = [
            fact.event.amounts.gross
            for fact in records.log([f"order/{order.order_id}"])
            if isinstance(fact.event, LinesReturned)
        ]
    words = result.stdout.split("TOTAL", 1)[1].split()
    assert words[0] == str(payment.captured - back).split()[0]
    assert "Still to pay 0.00 EUR" in " ".join(result.stdout.split())


def test_a_receipt_bears_the_name_of_the_shop_it_is_given(demo_shop: DemoShop, tmp_path: Path) -> None:
    toml = Path(str(files("omscore.cli.demo"))) / "shop.toml"
    result = run("show", demo_shop.order("returned"), "--receipt", "--shop", toml, "--db", demo_shop.db)
    assert result.exit_code == 0
    assert result.stdout.startswith("Tea & Cups")


def test_packing_slips_name_every_unit_that_was_packed(demo_shop: DemoShop) -> None:
    result = run("show", demo_shop.order("split"), "--packing-slip", "--db", demo_shop.db)
    assert result.exit_code == 0
    assert result.stdout.count("PACKING SLIP") == 2
    assert "POT-IRON" in result.stdout and "STRAINER" in result.stdout


@pytest.mark.parametrize("paper", ["--receipt", "--packing-slip"])
def test_a_paper_of_an_order_that_never_left_is_refused_in_words(demo_shop: DemoShop, paper: str) -> None:
    result = run("show", demo_shop.order("declined"), paper, "--db", demo_shop.db)
    assert result.exit_code == 2
    assert "yet" in result.stderr


def test_a_forgotten_customer_is_on_no_page_and_no_paper_and_the_audit_stays_clean(
    demo_shop: DemoShop, own_copy: Path
) -> None:
    with open_records(own_copy) as records:
        order = records.look(Order, demo_shop.order("returned"))
        assert order.person_id is not None
        person = records.person(order.person_id)
    assert person is not None
    street = person.address("home").lines[0]
    before = run("show", order.order_id, "--receipt", "--db", own_copy).stdout
    assert person.name in before and street in before

    forgotten = run("forget", order.person_id, "--db", own_copy)
    assert forgotten.exit_code == 0, forgotten.output
    assert "is forgotten" in forgotten.stdout

    pages = [
        run("show", order.order_id, *paper, "--db", own_copy) for paper in ((), ("--receipt",), ("--packing-slip",))
    ]
    assert [page.exit_code for page in pages] == [0, 0, 0]
    for page in pages:
        assert person.name not in page.stdout and street not in page.stdout
        assert "forgotten" in page.stdout
    assert person.name.encode() not in own_copy.read_bytes()
    assert run("audit", own_copy).exit_code == 0
    assert run("forget", order.person_id, "--db", own_copy).exit_code == 0, "asked again it stays forgotten"


def test_forgetting_stops_and_names_the_orders_that_cannot_be_sent_any_more(
    demo_shop: DemoShop, own_copy: Path
) -> None:
    with open_records(own_copy) as records:
        unsent = next(order for order in records.every(Order) if not order.is_settled)
    result = run("forget", unsent.person_id, "--db", own_copy)
    assert result.exit_code == 0
    assert unsent.order_id in result.stdout and "cancel what is left" in result.stdout
    with open_records(own_copy) as records:
        assert records.look(Order, unsent.order_id).has_hold(HoldKind.ADDRESS)
    assert run("audit", own_copy).exit_code == 0


def test_forgetting_nobody_is_an_error_and_changes_nothing(own_copy: Path) -> None:
    before = own_copy.read_bytes()
    result = run("forget", "cust-404", "--db", own_copy)
    assert result.exit_code == 2
    assert "no customer 'cust-404'" in result.stderr
    assert own_copy.read_bytes() == before


def test_a_clean_audit_says_so_and_ends_with_zero(demo_shop: DemoShop, tmp_path: Path) -> None:
    result = run("audit", demo_shop.db, "--json", tmp_path / "audit.json")
    assert result.exit_code == 0
    assert "laws hold" in result.stdout
    report = json.loads((tmp_path / "audit.json").read_text("utf-8"))
    assert report["is_clean"] and report["findings"] == []
    assert report["counts"]["orders"] == len(demo_shop.figures["orders"])


def _one_unit_more(db: sqlite3.Connection) -> Iterator[str]:
    sku, location = db.execute(
        "SELECT sku, location FROM stock_levels WHERE pool = 'general' AND sellable > 0"
    ).fetchone()
    db.execute(
        "UPDATE stock_levels SET sellable = sellable + 1 WHERE pool = 'general' AND (sku, location) = (?, ?)",
        (sku, location),
    )
    yield from (sku, location)


def _one_event_changed(db: sqlite3.Connection) -> Iterator[str]:
    (seq, stream) = db.execute("SELECT seq, stream FROM events WHERE name = 'UnitsCancelled' LIMIT 1").fetchone()
    db.execute("UPDATE events SET body = replace(body, 'unpaid', 'mistake') WHERE seq = ?", (seq,))
    yield str(stream)


@pytest.mark.parametrize("spoil", [_one_unit_more, _one_event_changed])
def test_an_audit_names_what_was_changed_by_hand_and_ends_with_one(
    own_copy: Path, tmp_path: Path, spoil: Callable[[sqlite3.Connection], Iterator[str]]
) -> None:
    with closing(sqlite3.connect(own_copy)) as db, db:
        places = list(spoil(db))
    result = run("audit", own_copy, "--json", tmp_path / "audit.json")
    assert result.exit_code == 1
    words = " ".join(result.stdout.split())
    assert "Broken:" in words
    assert all(place in words for place in places)
    report = json.loads((tmp_path / "audit.json").read_text("utf-8"))
    assert not report["is_clean"]
    assert any(all(place in f"{each['where']} {each['says']}" for place in places) for each in report["findings"])


@pytest.mark.parametrize(
    "command", [("show", "T-1", "--db"), ("explain", "T-1", "--db"), ("audit",), ("forget", "c", "--db")]
)
def test_a_missing_or_foreign_file_is_told_in_a_sentence_and_never_made(
    tmp_path: Path, command: tuple[str, ...]
) -> None:
    missing, foreign = tmp_path / "missing.db", tmp_path / "notes.txt"
    foreign.write_text("no database at all\n" * 100)
    for path, says in ((missing, "there is no file"), (foreign, "is not an omscore store")):
        result = run(*command, path)
        assert result.exit_code == 2
        assert says in result.stderr
        assert "Traceback" not in result.output
    assert not missing.exists()


def test_a_report_that_cannot_be_written_is_told_in_a_sentence(demo_shop: DemoShop, tmp_path: Path) -> None:
    result = run("audit", demo_shop.db, "--json", tmp_path / "nowhere" / "audit.json")
    assert result.exit_code == 2
    assert "cannot write" in result.stderr


def test_looking_leaves_the_database_as_it_is(demo_shop: DemoShop) -> None:
    before = demo_shop.db.read_bytes()
    for arguments in (("show", demo_shop.order("cut")), ("explain", demo_shop.order("cut"))):
        assert run(*arguments, "--db", demo_shop.db).exit_code == 0
    assert run("audit", demo_shop.db).exit_code == 0
    assert demo_shop.db.read_bytes() == before


@given(st.text())
def test_no_stored_text_can_move_the_cursor_or_change_colours(text: str) -> None:
    assert all(character.isprintable() or character == "\n" for character in shown(text))
    assert len(shown(text)) == len(text)


def test_an_audit_names_the_tasks_that_were_given_up(tmp_path: Path) -> None:
    with small_shop(tmp_path) as oms:
        wish = order(oms, {TEA: 1}, person_id=None, destination=Destination(country="DE"))
        oms.do(wish)
        oms.run_due()
        (work,) = oms.look(Order, "ord_1").fulfillments
        oms.do(PickUnits(fulfillment_id=work, at=oms.clock.now()))
        giant = Package(
            package_id=f"{work}.b1",
            box="crate",
            contents=(BoxedUnits(1, 1),),
            mass_g=900_000,
            length_mm=1,
            width_mm=1,
            height_mm=1,
        )
        oms.do(PackBoxes(fulfillment_id=work, packages=(giant,), at=oms.clock.now()))
        assert oms.run_due().dead == 1
    told = CliRunner().invoke(main, ["audit", str(tmp_path / "shop.db")])
    assert told.exit_code == 0, told.output
    assert "ord_1.f1.b1.label" in told.output
    assert "no service takes" in told.output


def test_an_anchor_that_is_no_digest_is_not_taken_for_a_changed_past(demo_shop: DemoShop) -> None:
    mistyped = run("audit", demo_shop.db, "--anchor", "xyz")
    assert mistyped.exit_code == 2
    assert "--anchor 'xyz' is no digest; give the 40 characters" in mistyped.output
    unknown = run("audit", demo_shop.db, "--anchor", "0" * 40)
    assert unknown.exit_code == 1
