"""The demo: everything it promises happens whatever the seed, and what it prints can be read and pasted."""

from __future__ import annotations

import shlex
import subprocess
import sys
from datetime import date
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from omscore.cli.records import open_records
from omscore.fulfillment.model import FulfillmentOrder
from omscore.orders.carts import Cart, CartState
from omscore.orders.model import HoldKind, Order
from omscore.orders.status import OrderStatus, status_of
from omscore.parties import ChannelKind
from omscore.payments.model import AttemptState, Payment
from omscore.policy.loading import load_shop
from omscore.returns.model import Return
from tests.cli.conftest import DemoShop, live, run


@pytest.mark.parametrize("seed", [2, 77, 2**70])
def test_everything_the_demo_promises_happens_whatever_the_seed(tmp_path: Path, seed: int) -> None:
    shop = live(tmp_path, seed)
    assert shop.figures["audit"]["is_clean"]
    with open_records(shop.db) as records:
        orders = {scene: records.look(Order, order_id) for scene, order_id in shop.figures["scenes"].items()}
        work = {
            scene: [records.look(FulfillmentOrder, each) for each in order.fulfillments]
            for scene, order in orders.items()
        }
        assert records.look(Cart, "cart-1").state is CartState.ORDERED
        assert records.look(Cart, "cart-2").state is CartState.ABANDONED
        (declined,) = records.look(Payment, orders["declined"].payments[0]).attempts
        assert declined.state is AttemptState.DECLINED
        assert status_of(orders["declined"]) is OrderStatus.CANCELLED
        assert {each.location_id for each in work["split"] if each.shipped_at} == {"BERLIN", "MALMO"}
        assert len(orders["backorder"].decisions) == 2
        assert status_of(orders["backorder"]) is OrderStatus.DELIVERED
        first, second = work["backorder"][0], work["backorder"][-1]
        assert first.shipped_at and second.shipped_at and first.shipped_at < second.shipped_at
        cut = orders["cut"].lines[0].quantities
        assert 0 < cut.cancelled < cut.delivered + cut.shipped + cut.cancelled
        assert status_of(orders["returned"]) is OrderStatus.PARTLY_RETURNED
        assert records.look(Return, "rma-2").is_closed
        assert records.look(Payment, orders["returned"].payments[0]).refunded.minor > 0
        assert records.look(Return, "rma-1").exchange
        assert orders["exchange"].exchange_for == "rma-1"
        assert not orders["exchange"].has_hold(HoldKind.AWAITING_RETURN)
        assert status_of(orders["exchange"]) is OrderStatus.DELIVERED
        every = list(records.every(Order))
        assert {order.channel for order in every} == {kind.value for kind in ChannelKind}
        assert {order.currency for order in every} == {"EUR", "GBP", "SEK"}
        assert records.storage.tasks("dead") == ()


def test_the_same_seed_lives_the_same_week(tmp_path: Path, demo_shop: DemoShop) -> None:
    again = live(tmp_path, seed=1)
    assert _but_files(again.figures) == _but_files(demo_shop.figures)
    with open_records(again.db) as ours, open_records(demo_shop.db) as theirs:
        assert list(ours.storage.events()) == list(theirs.storage.events())


def test_another_seed_lives_another_week(tmp_path: Path, demo_shop: DemoShop) -> None:
    assert live(tmp_path, seed=2).figures["orders"] != demo_shop.figures["orders"]


def test_what_is_printed_fits_80_columns_but_for_paths_to_paste(demo_shop: DemoShop) -> None:
    long = [line for line in demo_shop.printed.splitlines() if len(line) > 80 and str(demo_shop.db.parent) not in line]
    assert long == []
    assert "\u2026" not in demo_shop.printed, "a table cell was cut off"


def test_what_is_printed_tells_every_chapter(demo_shop: DemoShop) -> None:
    for chapter in (
        "The week",
        "Day by day",
        "Orders",
        "Stock on hand",
        "Money by currency",
        "Messages sent",
        "The story of order",
        "Why order",
        "Audit",
        "Look for yourself",
    ):
        assert f"\n{chapter}" in demo_shop.printed
    assert "laws hold" in demo_shop.printed


def test_the_money_table_adds_up(demo_shop: DemoShop) -> None:
    for currency, table in demo_shop.figures["money"].items():
        cents = {name.strip(): int(amount["amount"].replace(".", "")) for name, amount in table.items()}
        assert {amount["currency"] for amount in table.values()} == {currency}
        assert cents["ordered"] == cents["not paid (declined)"] + cents["set aside on cards"]
        parts = cents["of it collected"] + cents["of it let go (cancelled)"] + cents["of it still set aside"]
        assert cents["set aside on cards"] == parts
        assert cents["kept"] == cents["of it collected"] - cents["paid back (returns)"]


def test_every_day_of_the_week_sums_to_its_week(demo_shop: DemoShop) -> None:
    days = demo_shop.figures["days"]
    assert all(sum(row[:-1]) == row[-1] > 0 for row in days.values())
    assert days["Orders placed"][-1] == len(demo_shop.figures["orders"])


def test_mail_and_books_lie_where_the_demo_says(demo_shop: DemoShop) -> None:
    mail = list((demo_shop.db.parent / "demo-mail" / "new").iterdir())
    assert len(mail) == sum(demo_shop.figures["notices"].values())
    assert str(demo_shop.db.parent / "demo-mail" / "new") in demo_shop.printed
    books = Path(demo_shop.figures["files"]["books"]).read_text("utf-8")
    assert books.count("; end ") == demo_shop.figures["audit"]["counts"]["entries"]


def test_the_suggested_commands_work_when_pasted(demo_shop: DemoShop) -> None:
    lines = [line.strip() for line in demo_shop.printed.splitlines() if line.startswith("  omscore ")]
    assert len(lines) == 4
    for line in lines:
        result = run(*shlex.split(line)[1:])
        assert result.exit_code == 0, result.output
        assert result.stdout.strip()


def test_without_db_a_fresh_folder_is_named_in_the_output(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    first, second = run("demo"), run("demo")
    assert (first.exit_code, second.exit_code) == (0, 0)
    made = sorted(tmp_path.glob("omscore-demo-*/demo.db"))
    assert len(made) == 2
    assert all(any(str(db) in result.stdout for db in made) for result in (first, second))


@pytest.mark.parametrize("name", ["demo.db", "demo-mail", "demo-books.beancount"])
def test_nothing_that_is_there_is_overwritten(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("mine")
    result = run("demo", "--db", tmp_path / "demo.db")
    assert result.exit_code == 2
    assert "would be overwritten" in result.stderr
    assert [path.read_text() for path in tmp_path.iterdir()] == ["mine"]


def test_a_folder_that_is_not_there_is_told_in_a_sentence(tmp_path: Path) -> None:
    result = run("demo", "--db", tmp_path / "nowhere" / "demo.db")
    assert result.exit_code == 2
    assert "there is no folder" in result.stderr
    assert "Traceback" not in result.stderr


def test_the_demo_shop_is_a_configuration_like_any_other() -> None:
    folder = Path(str(files("omscore.cli.demo")))
    shop = load_shop(folder / "shop.toml")
    assert len(shop.network().locations) == 4
    assert shop.locations[0].calendar.is_open(date(2026, 3, 2))


def test_without_the_extra_the_command_says_what_to_install() -> None:
    script = "import sys; sys.modules['rich'] = None; from omscore.cli import main; raise SystemExit(main())"
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)  # noqa: S603
    assert ended.returncode == 1
    assert "install omscore[cli]" in ended.stderr
    assert "Traceback" not in ended.stderr


def _but_files(figures: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in figures.items() if name != "files"}
