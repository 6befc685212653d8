"""`omscore manifest` and `omscore pickups`, from the dock to the form in the printer, with EasyPost on the loopback."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import pytest
from click.testing import CliRunner

from omscore.app import Oms, open_shop
from omscore.cli.group import main
from omscore.fulfillment.commands import PackBoxes, PickUnits
from omscore.fulfillment.model import BoxedUnits, FulfillmentOrder, Package
from omscore.ids import FulfillmentId
from tests.kit.easypost_api import KEY, PDF, FakeEasyPost, easypost_api
from tests.kit.shops import RATES, SHOP, TEA, order, stock_up


@pytest.fixture(scope="module")
def easypost() -> Iterator[FakeEasyPost]:
    with easypost_api() as fake:
        yield fake


@pytest.fixture
def config(easypost: FakeEasyPost, tmp_path: Path) -> Path:
    """A shop with a shipment of three boxes by UPS and one parcel of USPS at the dock."""
    easypost.reset()
    before, _, after = SHOP.partition("[carrier.table]")
    carrier = f"""
[carrier.easypost]
api_key = "{KEY}"
reference = "tea"
postcodes = {{DE = "80331", FR = "69001"}}
label_folder = "labels"
api_base = "{easypost.base}"
"""
    (tmp_path / "shop.toml").write_text(before + carrier + "[taxes" + after.partition("[taxes")[2], encoding="utf-8")
    (tmp_path / "rates.csv").write_text(RATES, encoding="utf-8")
    with open_shop(tmp_path / "shop.toml") as oms:
        stock_up(oms)
        pack(oms, 1, boxes=3)
        pack(oms, 2, boxes=1)
    return tmp_path / "shop.toml"


def pack(oms: Oms, number: int, *, boxes: int) -> None:
    work = FulfillmentId(f"ord_{number}.f1")
    oms.do(order(oms, {TEA: boxes}, order_id=f"ord_{number}"))
    oms.run_due()
    oms.do(PickUnits(fulfillment_id=work, at=oms.clock.now()))
    packages = [
        Package(
            package_id=f"{work}.b{each}",
            box="small",
            contents=(BoxedUnits(1, 1),),
            mass_g=300,
            length_mm=200,
            width_mm=150,
            height_mm=100,
        )
        for each in range(1, boxes + 1)
    ]
    oms.do(PackBoxes(fulfillment_id=work, packages=tuple(packages), at=oms.clock.now()))
    oms.run_due()


def run(*arguments: object) -> tuple[int, str]:
    result = CliRunner(env={"COLUMNS": "200"}).invoke(main, [str(each) for each in arguments])
    return result.exit_code, result.output


def work_off(config: Path) -> None:
    with open_shop(config) as oms:
        oms.run_due()


def a_working_day() -> str:
    day = datetime.now(UTC).date() + timedelta(days=2)
    while day.weekday() > 4:
        day += timedelta(days=1)
    return day.isoformat()


def test_a_day_is_closed_and_its_form_saved_under_the_hash_of_its_content(
    config: Path, easypost: FakeEasyPost, tmp_path: Path
) -> None:
    code, told = run("manifest", "list", config, "--json", tmp_path / "out.json")
    assert code == 0, told
    assert json.loads((tmp_path / "out.json").read_text(encoding="utf-8"))["waiting"] == [
        {"location": "MUC", "carrier": "UPS", "parcels": 3},
        {"location": "MUC", "carrier": "USPS", "parcels": 1},
    ]
    code, told = run("manifest", "close", config, "MUC", "UPS")
    assert code == 0
    name = told.partition(":")[0]
    assert told.startswith(f"{name}: 3 parcels of UPS at MUC.\n")
    code, told = run("manifest", "save", config, name)
    assert (code, told) == (2, f"manifest {name} is requested and has no form; run the due tasks first\n")
    work_off(config)
    code, told = run("manifest", "save", config, name, "--folder", tmp_path / "print")
    target = tmp_path / "print" / f"{sha256(PDF).hexdigest()}.pdf"
    assert (code, told) == (0, f"{target}\n")
    assert target.read_bytes() == PDF
    assert (tmp_path / "labels" / target.name).read_bytes() == PDF
    code, told = run("manifest", "list", config)
    assert [word for word in told.split() if word in ("made", "sf_1", "3", "1")] == ["1", "1", "1", "3", "made", "sf_1"]
    code, told = run("manifest", "close", config, "MUC", "UPS")
    assert (code, told.partition(";")[0]) == (2, "MUC has no parcel of UPS that is on no manifest yet")
    assert len(easypost.handovers.forms) == 1


def test_a_carrier_is_called_and_told_to_stay_away(config: Path, easypost: FakeEasyPost, tmp_path: Path) -> None:
    day = a_working_day()
    code, told = run("pickups", "schedule", config, "MUC", "UPS", "--day", day, "--from", "14:00", "--to", "17:00")
    assert code == 0, told
    name = told.partition(":")[0]
    assert f"UPS for 3 parcels, {datetime.fromisoformat(day):%a} {day} 14:00 to 17:00." in told
    work_off(config)
    code, told = run("pickups", "list", config, "--json", tmp_path / "out.json")
    assert code == 0
    assert f"{day} 14:00 to 17:00" in told
    (told_json,) = json.loads((tmp_path / "out.json").read_text(encoding="utf-8"))
    assert (told_json["confirmation"], told_json["price"]) == ("WTC00001", {"amount": "9.50", "currency": "USD"})
    (pickup,) = easypost.handovers.pickups.values()
    assert pickup["min_datetime"].startswith(f"{day}T14:00:00+0")
    assert len(easypost.handovers.batches["batch_1"]["shipments"]) == 3
    code, told = run("pickups", "cancel", config, name)
    assert (code, told) == (0, f"{name} is being cancelled.\n")
    work_off(config)
    code, told = run("pickups", "list", config)
    assert "cancelled" in told


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--from", "14:00", "--to", "two"), "--to 'two' is no local time; write 14:00"),
        (("--from", "14:00+01:00", "--to", "17:00"), "--from '14:00+01:00' is no local time"),
        (("--from", "14:00", "--to", "17:00", "--day", "monday"), "--day 'monday' is no day; write 2026-03-02"),
        (("--from", "17:00", "--to", "14:00", "--day", "2199-01-02"), "a pickup closes after it opens"),
    ],
)
def test_a_window_that_is_none_is_told(config: Path, options: tuple[str, ...], says: str) -> None:
    code, told = run("pickups", "schedule", config, "MUC", "UPS", *options)
    assert code == 2
    assert says in told


def test_boxes_packed_together_are_one_order_at_easypost(config: Path, easypost: FakeEasyPost) -> None:
    with open_shop(config) as oms:
        boxes = oms.look(FulfillmentOrder, "ord_1.f1").packages
    assert {each.carrier for each in boxes} == {"UPS"}
    assert len({each.tracking_number for each in boxes}) == 3
    assert [call for call in easypost.calls if call.endswith("/buy")] == [
        "POST /orders/order_2/buy",
        "POST /shipments/shp_8/buy",
    ]
