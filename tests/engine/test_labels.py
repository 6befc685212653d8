"""A parcel no service takes does not strand its order: mend the rates, ask for the label again, ship."""

from __future__ import annotations

from pathlib import Path

import pytest

from omscore.app import open_shop
from omscore.audit import audit
from omscore.engine.plans.wishes import BuyLabels
from omscore.errors import RefusedError
from omscore.fulfillment.commands import HandOver, PackBoxes, PickUnits
from omscore.fulfillment.model import FulfillmentOrder, WorkStatus
from omscore.ids import FulfillmentId
from tests.kit.shops import TEA, order, small_shop

WORK = FulfillmentId("ord_1.f1")


def test_a_label_that_was_given_up_is_bought_once_the_rates_are_mended(tmp_path: Path) -> None:
    with small_shop(tmp_path) as oms:
        clock = oms.clock
        oms.do(order(oms, {TEA: 1}))
        oms.run_due()
        (tmp_path / "rates.csv").rename(tmp_path / "good.csv")
        (tmp_path / "rates.csv").write_text(
            "carrier,service,zone,min_g,max_g,price,currency,transit_days\n"
            "post,parcel,home,0,10,4.00,EUR,1\npost,parcel,away,0,10,4.00,EUR,1\n"
        )
    with open_shop(tmp_path / "shop.toml", clock=clock) as oms:
        oms.do(PickUnits(fulfillment_id=WORK, at=clock.now()))
        oms.do(PackBoxes(fulfillment_id=WORK, at=clock.now()))
        assert oms.run_due().dead == 1
        with pytest.raises(RefusedError, match="give BuyLabels"):
            oms.do(HandOver(fulfillment_id=WORK, at=clock.now()))
    (tmp_path / "good.csv").replace(tmp_path / "rates.csv")
    with open_shop(str(tmp_path / "shop.toml"), clock=clock) as oms:
        oms.do(BuyLabels(fulfillment_id=WORK, at=clock.now()))
        oms.run_due()
        oms.do(HandOver(fulfillment_id=WORK, at=clock.now()))
        assert oms.look(FulfillmentOrder, WORK).status is WorkStatus.SHIPPED
        assert audit(oms.storage).is_clean
