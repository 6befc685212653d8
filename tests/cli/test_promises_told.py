"""What an order was promised of goods that are due, and that it was broken, as the shop owner reads it."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

from click.testing import CliRunner

from omscore.cli import main
from omscore.ids import LocationId, SupplyId
from omscore.inventory.commands import ChangeSupply, ExpectSupply
from tests.kit.shops import NOON, POT, order, small_shop


def test_an_order_shows_what_it_is_promised_and_what_was_broken(tmp_path: Path) -> None:
    with small_shop(tmp_path, edit="[flows]\npromise_from_supply = true\n") as oms:
        supply = SupplyId("po-17")
        muc = LocationId("MUC")
        oms.do(ExpectSupply(sku=POT, supply_id=supply, location_id=muc, units=9, due_on=date(2026, 3, 5), at=NOON))
        oms.do(order(oms, {POT: 5}))
        oms.do(ChangeSupply(sku=POT, supply_id=supply, due_on=date(2026, 3, 10), at=NOON))
        oms.run_due()
    db = str(tmp_path / "shop.toml")
    told = tmp_path / "told.json"
    shown = words(CliRunner().invoke(main, ["show", "ord_1", "--db", db, "--json", str(told)]).output)
    assert "Promised: 3 x POT for Mon 9 March, from MUC on Fri 6 March: po-17 due on Thu 5 March" in shown
    assert "Promise broken: 3 x POT for Mon 9 March: supply po-17 of POT is now due on 2026-03-10" in shown
    assert "Promised 3 x POT for Thu 12 March, from MUC on Wed 11 March: po-17 due on Tue 10 March" in shown
    (promise,) = json.loads(told.read_text(encoding="utf-8"))["promises"]
    assert (promise["units"], promise["supplies"], promise["arrives_on"]) == (3, ["po-17"], "2026-03-12")
    explained = words(CliRunner().invoke(main, ["explain", "ord_1", "--db", db, "--json", str(told)]).output)
    assert "3 x POT for Thu 12 March, from MUC on Wed 11 March: po-17 due on Tue 10 March" in explained
    assert json.loads(told.read_text(encoding="utf-8"))["promises"] == [promise]


def words(output: str) -> str:
    return " ".join(output.split())
