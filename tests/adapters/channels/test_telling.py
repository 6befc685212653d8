"""Channels are told what became of their orders: each fact once, under numbers without a gap, whatever fails."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
from click.testing import CliRunner

from omscore.app import Oms, open_shop, run_until
from omscore.border.cells import text_of_cell
from omscore.cli.group import main
from omscore.engine.plans.wishes import TellStock
from omscore.errors import OmsError, PortTransientError, PortUnknownError, RefusedError
from omscore.ids import OrderId
from omscore.intake import Intake, open_intake
from omscore.inventory.commands import ListItem
from omscore.items import Item, Sku
from omscore.orders.commands import CancelUnits
from omscore.orders.model import Order
from omscore.orders.outbox import ChannelOutbox
from omscore.parties import NewsKind
from omscore.plugins import PortKind, Provider, hookimpl
from omscore.plugins.discovery import Plugins
from omscore.plugins.providers import AnyProvider
from omscore.ports.clock import VirtualClock
from omscore.ports.news import ChannelNotice, OrderTold, ShipmentTold, StockTold, TellingChannel
from omscore_adapters.channel_table import TableChannel, TableSettings
from tests.kit.shops import CUP, NOON, POT, RATES, SHOP, TEA, order, pass_time, receive, send_out, stock_up
from tests.laws.checks import check_everything

MAPPING = """
format = "csv"
[fields]
reference = "order"
sku = "article"
units = "qty"
unit_price = "price"
[values]
currency = "EUR"
country = "DE"
"""


class Ear(TableChannel):
    """A channel that keeps what it is told, and fails as often as it is asked to."""

    def __init__(self, settings: TableSettings) -> None:
        super().__init__(settings)
        self.heard: list[ChannelNotice] = []
        self.fails: list[OmsError] = []
        self.also_heard = True
        self.tells_of = frozenset(NewsKind)

    @property
    def tells(self) -> frozenset[NewsKind]:
        return self.tells_of

    def tell(self, notice: ChannelNotice) -> None:
        if self.fails:
            error = self.fails.pop()
            if isinstance(error, PortUnknownError):
                self.heard.append(notice)
            raise error
        self.heard.append(notice)

    def told(self, kind: type[Any]) -> list[Any]:
        """What was told of one sort; the same number told twice is one message, and must be the same."""
        by_number: dict[int, ChannelNotice] = {}
        for notice in self.heard:
            assert by_number.setdefault(notice.number, notice) == notice
        return [by_number[number].news for number in sorted(by_number) if isinstance(by_number[number].news, kind)]


@contextmanager
def shop(folder: Path, *, storage: dict[str, Any] | None = None, **ear: Any) -> Iterator[tuple[Oms, Intake, Ear]]:
    """The small shop whose web channel brings orders as CSV and is told into an ear."""
    listening = Ear(TableSettings(mapping=write_mapping(folder)))
    for name, value in ear.items():
        setattr(listening, name, value)
    with shop_with(folder, listening, storage=storage) as (oms, intake):
        yield oms, intake, listening


def write_mapping(folder: Path) -> Path:
    (folder / "csv.toml").write_text(MAPPING, encoding="utf-8")
    return folder / "csv.toml"


@contextmanager
def shop_with(
    folder: Path,
    listening: TellingChannel,
    *,
    storage: dict[str, Any] | None = None,
    opened: list[str] | None = None,
) -> Iterator[tuple[Oms, Intake]]:
    """The small shop whose web channel is this one; `opened` notes when it is opened and closed."""
    noted = [] if opened is None else opened
    (folder / "shop.toml").write_text(
        'rejects = "rejects"\n' + SHOP + '\n[intake.web.ear]\nmapping = "csv.toml"\n', encoding="utf-8"
    )
    (folder / "rates.csv").write_text(RATES, encoding="utf-8")
    write_mapping(folder)

    class Offer:
        @hookimpl
        def oms_providers(self) -> Sequence[AnyProvider]:
            @contextmanager
            def opening(_settings: TableSettings) -> Iterator[TellingChannel]:
                noted.append("opened")
                yield listening
                noted.append("closed")

            return [Provider(name="ear", port=PortKind.CHANNEL, settings_type=TableSettings, open=opening)]

    plugins = Plugins()
    plugins.register(Offer())
    overrides = {"storage": storage or {"memory": {}}}
    with open_shop(folder / "shop.toml", clock=VirtualClock(NOON), overrides=overrides, plugins=plugins) as oms:
        if not oms.storage.listed("placed", "") and oms.find(Order, "none") is None:
            stock_up(oms)
        yield oms, open_intake(oms)


def take(intake: Intake, name: str, **units: int) -> OrderId:
    rows = "".join([f"{name},{sku},{count},10.00\n" for sku, count in units.items()])
    (end,) = intake.take(f"order,article,qty,price\n{rows}".encode(), "web")
    assert end.order_id is not None, end.complaints
    return end.order_id


def test_the_adapter_of_a_channel_is_opened_once_and_shared_by_those_who_read_and_those_who_tell(
    tmp_path: Path,
) -> None:
    ear = Ear(TableSettings(mapping=write_mapping(tmp_path)))
    opened: list[str] = []
    with shop_with(tmp_path, ear, opened=opened) as (oms, intake):
        assert intake.port("web") is oms.channels["web"] is ear
        take(intake, "1", TEA=1)
        oms.run_due()
        assert ear.told(OrderTold)
        assert opened == ["opened"]
    assert opened == ["opened", "closed"]


def test_an_order_is_acknowledged_once_its_parcels_are_told_and_so_is_what_is_cancelled(tmp_path: Path) -> None:
    with shop(tmp_path) as (oms, intake, ear):
        order_id = take(intake, "1", TEA=3, POT=5)
        oms.run_due()
        (placed,) = ear.told(OrderTold)
        assert (placed.order_id, placed.reference, placed.message_id, placed.is_first) == (order_id, "1", "1", True)
        assert [(line.sku, line.ordered, line.taken, line.waiting) for line in placed.lines] == [
            (TEA, 3, 3, 0),
            (POT, 5, 2, 3),
        ]
        oms.do(CancelUnits(order_id=order_id, line_id=2, units=3, reason="customer", at=oms.clock.now()))
        oms.run_due()
        changed = ear.told(OrderTold)[1]
        assert (changed.is_first, changed.lines[1].cancelled, changed.lines[1].taken) == (False, 3, 2)
        send_out(oms, order_id)
        sent = ear.told(ShipmentTold)
        told = [(units.sku, units.units) for each in sent for parcel in each.parcels for units in parcel.units]
        assert sorted(told) == [(POT, 2), (TEA, 3)]
        assert all(parcel.tracking_number for each in sent for parcel in each.parcels)
        assert [notice.number for notice in ear.heard] == list(range(1, len(ear.heard) + 1))


def test_orders_that_did_not_come_from_the_channel_are_nobodys_news(tmp_path: Path) -> None:
    with shop(tmp_path) as (oms, _, ear):
        oms.do(order(oms, {TEA: 1}))
        oms.run_due()
        send_out(oms, "ord_1")
        assert not ear.heard
        assert not [task for task in oms.storage.tasks("done") if task.kind.startswith("news")]


@pytest.mark.parametrize("kinds", [frozenset(), *(frozenset({kind}) for kind in NewsKind)])
def test_a_channel_hears_of_what_it_wants_to_and_of_nothing_else(tmp_path: Path, kinds: frozenset[NewsKind]) -> None:
    with shop(tmp_path, tells_of=kinds) as (oms, intake, ear):
        send_out_all(oms, take(intake, "1", TEA=1))
        for wanted, kind in ((OrderTold, NewsKind.ORDER), (ShipmentTold, NewsKind.SHIPMENT)):
            assert len(ear.told(wanted)) == (kind in kinds)
        if NewsKind.STOCK not in kinds:
            with pytest.raises(RefusedError, match="an outbox"):
                oms.do(TellStock(channel="web", at=oms.clock.now()))


def send_out_all(oms: Oms, order_id: str) -> None:
    oms.run_due()
    send_out(oms, order_id)


def live(
    draw: Random, oms: Oms, intake: Intake, fails: list[OmsError], take: Callable[..., OrderId] = take
) -> list[OrderId]:
    """Days of orders, cancellations, receipts and shipments, while telling fails now and then; all is told at last."""
    orders: list[OrderId] = []
    for step in range(25):
        fails[:] = [
            draw.choice((PortTransientError("down"), PortUnknownError("no answer"))) for _ in range(draw.randrange(3))
        ]
        try:
            match draw.randrange(4):
                case 0:
                    orders.append(take(intake, f"{step}", **{draw.choice((TEA, CUP, POT)): draw.randint(1, 4)}))
                case 1 if orders:
                    send_out_all(oms, draw.choice(orders))
                case 2 if orders:
                    oms.do(
                        CancelUnits(order_id=draw.choice(orders), line_id=1, units=1, reason="x", at=oms.clock.now())
                    )
                case _:
                    receive(oms, "MUC", {draw.choice((TEA, CUP, POT)): 2}, document=f"d{step}")
        except OmsError:
            pass
        pass_time(oms, hours=draw.randrange(3))
    fails.clear()
    pass_time(oms, days=2)
    return orders


@pytest.mark.parametrize("seed", range(10))
def test_what_is_told_sums_to_what_happened_whatever_fails_on_the_way(tmp_path: Path, seed: int) -> None:
    with shop(tmp_path) as (oms, intake, ear):
        for order_id in live(Random(seed), oms, intake, ear.fails):  # noqa: S311 (the same life on every run)
            found = oms.look(Order, order_id)
            news = [each for each in ear.told(OrderTold) if each.order_id == order_id]
            assert [each.is_first for each in news] == [True] + [False] * (len(news) - 1)
            assert sum(line.quantities.cancelled for line in found.lines) == max(
                sum(line.cancelled for line in each.lines) for each in news
            )
            sent = [each for each in ear.told(ShipmentTold) if each.order_id == order_id]
            assert len({each.shipment_id for each in sent}) == len(sent)
            handed = sum(line.quantities.handed_over for line in found.lines)
            assert sum(units.units for each in sent for parcel in each.parcels for units in parcel.units) == handed
        numbers = {notice.number for notice in ear.heard}
        outbox = oms.find(ChannelOutbox, "web")
        assert numbers == set(range(1, (outbox.numbered if outbox else 0) + 1))
        assert not oms.storage.tasks("dead")
        check_everything(oms)


def test_workers_side_by_side_give_no_number_twice_and_leave_none_out(tmp_path: Path) -> None:
    with shop(tmp_path, storage={"sqlite": {"path": "shop.db"}}) as (oms, intake, ear):
        for number in range(12):
            take(intake, str(number), TEA=1)
        with ThreadPoolExecutor(4) as workers:
            list(workers.map(lambda _: oms.run_due(), range(4)))
        run_until(oms, oms.clock.now() + timedelta(hours=1))
        assert sorted({notice.number for notice in ear.heard}) == list(range(1, 13))
        assert len(ear.told(OrderTold)) == 12


def test_stock_is_told_as_far_as_it_is_not_what_was_told_last(tmp_path: Path) -> None:
    with shop(tmp_path) as (oms, _, ear):

        def told() -> list[dict[str, int]]:
            oms.do(TellStock(channel="web", at=oms.clock.now()))
            oms.run_due()
            return [dict(each.articles) for each in ear.told(StockTold)]

        assert told() == [{TEA: 14, CUP: 6, POT: 2}]
        assert len(told()) == 1
        oms.do(order(oms, {TEA: 4}))
        assert told()[1:] == [{TEA: 10}]
        oms.do(ListItem(item=Item(sku=Sku("NEW"), mass_g=1), at=oms.clock.now()))
        assert told()[2:] == [{"NEW": 0}]


def test_a_level_that_comes_late_is_told_as_outdated_and_the_message_stays_as_it_was(tmp_path: Path) -> None:
    with shop(tmp_path) as (oms, _, ear):
        ear.fails = [PortTransientError("down")]
        oms.do(TellStock(channel="web", at=oms.clock.now()))
        oms.run_due()
        oms.do(order(oms, {TEA: 4}))
        oms.do(TellStock(channel="web", at=oms.clock.now()))
        oms.run_due()
        run_until(oms, oms.clock.now() + timedelta(hours=1))
        assert [(notice.number, set(notice.outdated)) for notice in ear.heard] == [(2, set()), (1, {TEA})]
        first, second = ear.told(StockTold)
        assert dict(first.articles) == {TEA: 14, CUP: 6, POT: 2}
        assert dict(second.articles) == {TEA: 10}


@pytest.mark.parametrize("seed", range(5))
def test_a_listener_who_adds_up_what_it_was_told_knows_the_stock(tmp_path: Path, seed: int) -> None:
    draw = Random(seed)  # noqa: S311 (the same life on every run)
    with shop(tmp_path) as (oms, _, ear):
        known: dict[str, int] = {}
        for step in range(15):
            sku = draw.choice((TEA, CUP, POT))
            if draw.random() < 0.5:
                receive(oms, "LYS", {sku: draw.randint(1, 3)}, document=f"d{step}")
            else:
                oms.do(order(oms, {sku: draw.randint(1, 3)}, order_id=f"o{step}"))
            oms.run_due()  # orders that wait are served
            if draw.random() < 0.6:
                oms.do(TellStock(channel="web", at=oms.clock.now()))
                oms.run_due()
                known = {}
                for each in ear.told(StockTold):
                    known |= dict(each.articles)
                assert known == {sku: oms.availability(sku, "web") for sku in (TEA, CUP, POT)}


def with_outbox(folder: Path, format_: str) -> Path:
    """The small shop whose web channel puts messages into a folder."""
    (folder / "shop.toml").write_text(
        'rejects = "rejects"\n' + SHOP + '\n[intake.web.table]\nmapping = "map.toml"\noutbox = "out"\n',
        encoding="utf-8",
    )
    (folder / "rates.csv").write_text(RATES, encoding="utf-8")
    mapping = MAPPING if format_ == "csv" else MAPPING.replace('"csv"', '"json"')
    (folder / "map.toml").write_text(mapping, encoding="utf-8")
    return folder / "shop.toml"


@pytest.mark.parametrize("format_", ["csv", "json"])
def test_messages_in_a_folder_can_be_read_back(tmp_path: Path, format_: str) -> None:
    config = with_outbox(tmp_path, format_)
    document = b"order,article,qty,price\n=1+1,TEA,2,10.00\n"
    if format_ == "json":
        document = json.dumps([{"order": "=1+1", "lines": [{"article": "TEA", "qty": "2", "price": "10.00"}]}]).encode()
    with open_shop(config, clock=VirtualClock(NOON)) as oms:
        intake = open_intake(oms)
        stock_up(oms)
        (end,) = intake.take(document, "web")
        assert end.order_id, end.complaints
        send_out_all(oms, end.order_id)
        oms.do(TellStock(channel="web", at=oms.clock.now()))
        oms.run_due()
    files = sorted((tmp_path / "out").iterdir())
    assert [path.name for path in files] == [
        f"{number:09}-{kind}.{format_}" for number, kind in enumerate(("order", "shipment", "stock"), 1)
    ]
    rows = [read(path) for path in files]
    assert [row["reference"] for row in rows[0] + rows[1]] == ["=1+1"] * 2
    assert [(row["sku"], str(row["taken"])) for row in rows[0]] == [("TEA", "2")]
    assert [(row["sku"], str(row["units"]), bool(row["tracking"])) for row in rows[1]] == [("TEA", "2", True)]
    assert {row["sku"]: str(row["units"]) for row in rows[2]} == {"TEA": "12", "CUP": "6", "POT": "2"}


def read(path: Path) -> list[dict[str, Any]]:
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".json":
        found: list[dict[str, Any]] = json.loads(text)["rows"]
        return found
    assert "\n=1" not in text
    return [{name: text_of_cell(value) for name, value in row.items()} for row in csv.DictReader(io.StringIO(text))]


def test_a_folder_that_holds_another_message_of_that_number_is_not_written_over(tmp_path: Path) -> None:
    config = with_outbox(tmp_path, "csv")
    (tmp_path / "out").mkdir()
    other = tmp_path / "out" / "000000001-stock.csv"
    other.write_text("somebody else's", encoding="utf-8")
    with open_shop(config, clock=VirtualClock(NOON)) as oms:
        stock_up(oms)
        oms.do(TellStock(channel="web", at=oms.clock.now()))
        oms.run_due()
        (dead,) = oms.storage.tasks("dead")
    assert "outbox of its own" in dead.note
    assert other.read_text(encoding="utf-8") == "somebody else's"
    listed = CliRunner(env={"COLUMNS": "200"}).invoke(main, ["outbox", str(config)])
    assert "1 message: 1 dead." in listed.output


def test_the_command_tells_stock_and_lists_what_waits(tmp_path: Path) -> None:
    config = with_outbox(tmp_path, "csv")
    with open_shop(config, clock=VirtualClock(NOON)) as oms:
        stock_up(oms)
    told = CliRunner(env={"COLUMNS": "200"}).invoke(
        main, ["outbox", str(config), "--stock", "web", "--json", str(tmp_path / "o.json")]
    )
    assert told.exit_code == 0, told.output
    assert "web: a message of stock is written." in told.output
    assert "1 message: 1 waiting." in told.output
    (message,) = json.loads((tmp_path / "o.json").read_text())["messages"]
    assert (message["channel"], message["number"], message["kind"]) == ("web", "1", "stock")
    again = CliRunner().invoke(main, ["outbox", str(config), "--stock", "web"])
    assert "stock is as it was told" in again.output
    assert CliRunner().invoke(main, ["outbox", str(config), "--stock", "wbe"]).exit_code == 2
