"""`omscore show` tells what an ERP calls the documents of an order, and finds the order by it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from omscore.billing.externals import DocumentSort, RecordExternalId
from tests.cli.conftest import run
from tests.kit.shops import NOON, TEA, order
from tests.laws.bench import bench


def named(our_id: str, external_id: str, about: str, sort: DocumentSort = DocumentSort.SALE) -> RecordExternalId:
    return RecordExternalId(
        system="erp.tryton", sort=sort, our_id=our_id, external_id=external_id, about=about, at=NOON
    )


@pytest.fixture
def db(tmp_path: Path) -> Path:
    """Two orders in Tryton, of which the first has an entry with the number of the other's sale."""
    with bench(tmp_path, storage="sqlite") as shop:
        for order_id in ("ord_1", "ord_2", "ord_3"):
            shop.oms.do(order(shop.oms, {TEA: 1}, order_id=order_id))
        shop.oms.do(named("ord_1", "S-17", "ord_1"))
        shop.oms.do(named("ord_1.p1.capture", "18", "ord_1", DocumentSort.ENTRY))
        shop.oms.do(named("ord_2", "18", "ord_2"))
        shop.oms.do(named("opening.value", "19", "opening", DocumentSort.ENTRY))
    return tmp_path / "shop.db"


def test_the_page_of_an_order_tells_what_others_call_it_and_programs_are_told_the_same(
    db: Path, tmp_path: Path
) -> None:
    report = tmp_path / "figures.json"
    shown = run("show", "ord_1", "--db", db, "--json", report)
    rows = [row.split() for row in shown.stdout.splitlines() if row.strip().startswith("erp.tryton")]
    assert rows == [["erp.tryton", "entry", "ord_1.p1.capture", "18"], ["erp.tryton", "sale", "ord_1", "S-17"]]
    assert json.loads(report.read_text("utf-8"))["elsewhere"] == [
        dict(zip(("system", "what", "ours", "theirs"), row, strict=True)) for row in rows
    ]
    assert "In other systems" not in run("show", "ord_3", "--db", db).stdout


def test_an_order_is_found_by_the_number_of_another_system(db: Path) -> None:
    assert "Order ord_1" in run("show", "S-17", "--db", db).stdout


@pytest.mark.parametrize(
    ("number", "says"),
    [
        (
            "18",
            "18 stands for several orders: erp.tryton calls entry ord_1.p1.capture of ord_1 so; erp.tryton calls sale "
            "ord_2 of ord_2 so; give an order id",
        ),
        ("19", "erp.tryton calls entry opening.value of opening so, which is no order"),
        ("20", "there is no order '20' here; give an order id, channel:reference, or a number of another system."),
    ],
)
def test_a_number_of_several_orders_of_none_or_of_nothing_is_told(db: Path, number: str, says: str) -> None:
    result = run("show", number, "--db", db)
    assert result.exit_code != 0
    assert says in " ".join(result.output.split())
