"""The files of a shop's life in X12 and EDIFACT sum to what happened, whatever fails on the way."""

from __future__ import annotations

from pathlib import Path
from random import Random

import attrs
import pytest

from omscore.app import open_shop
from omscore.engine.plans.wishes import TellStock
from omscore.errors import OmsError, PortUnknownError
from omscore.ids import OrderId
from omscore.intake import Intake, open_intake
from omscore.orders.model import Order
from omscore.orders.outbox import ChannelOutbox
from omscore.ports.clock import VirtualClock
from omscore.ports.news import ChannelNotice
from omscore_adapters.channel_amazon import AmazonChannel
from omscore_adapters.channel_edifact import EdifactChannel
from omscore_adapters.channel_shopify import ShopifyChannel
from omscore_adapters.channel_x12 import X12Channel
from tests.adapters.channels.ediback import from_edifact, from_x12, waits
from tests.adapters.channels.samples import edifact, x12
from tests.adapters.channels.test_telling import live, send_out_all, shop_with
from tests.adapters.channels.test_telling_edi import EDIFACT, X12
from tests.kit.shops import CUP, NOON, POT, RATES, SHOP, TEA, stock_up
from tests.laws.checks import check_everything

pytestmark = pytest.mark.filterwarnings("ignore:segments.xml not found")


def take_x12(intake: Intake, name: str, **ordered: int) -> OrderId:
    lines = [f"PO1*{at}*{count}*EA*10.00**VP*{sku}" for at, (sku, count) in enumerate(ordered.items(), 1)]
    document = x12(lines, reference=f"PO-{name}", control=f"{int(name) + 1:09}", end=())
    (end,) = intake.take(document, "web")
    assert end.order_id is not None, end.complaints
    return end.order_id


def take_edifact(intake: Intake, name: str, **ordered: int) -> OrderId:
    lines = [
        segment
        for at, (sku, count) in enumerate(ordered.items(), 1)
        for segment in (f"LIN+{at}", f"PIA+5+{sku}:SA", f"QTY+21:{count}:PCE", "PRI+AAA:10.00")
    ]
    document = edifact(lines, reference=f"PO-{name}", control=f"{int(name) + 1}", end=("UNS+S",))
    (end,) = intake.take(document, "web")
    assert end.order_id is not None, end.complaints
    return end.order_id


class Faltering:
    """A channel that fails as often as it is asked to, at times after it has told."""

    def __init__(self, channel: X12Channel | EdifactChannel | ShopifyChannel | AmazonChannel) -> None:
        self._channel = channel
        self.read = channel.read
        self.tells = channel.tells
        self.fails: list[OmsError] = []

    def tell(self, notice: ChannelNotice) -> None:
        error = self.fails.pop() if self.fails else None
        if error is None or isinstance(error, PortUnknownError):
            self._channel.tell(notice)
        if error is not None:
            raise error


@pytest.mark.parametrize("ending", ["x12", "edi"])
@pytest.mark.parametrize("seed", range(4))
def test_the_files_of_a_life_sum_to_what_happened(tmp_path: Path, seed: int, ending: str) -> None:
    out = tmp_path / "out"
    channel = (
        X12Channel(attrs.evolve(X12, outbox=out))
        if ending == "x12"
        else EdifactChannel(attrs.evolve(EDIFACT, outbox=out))
    )
    read, take = (from_x12, take_x12) if ending == "x12" else (from_edifact, take_edifact)
    faltering = Faltering(channel)
    with shop_with(tmp_path, faltering) as (oms, intake):
        made = live(Random(seed), oms, intake, faltering.fails, take)  # noqa: S311 (the same life on every run)
        oms.do(TellStock(channel="web", at=oms.clock.now()))
        oms.run_due()
        backs = waits(read(path.read_bytes()) for path in out.iterdir())
        outbox = oms.find(ChannelOutbox, "web")
        assert outbox is not None
        assert len(backs) == outbox.numbered
        assert made
        for order_id in made:
            found = oms.look(Order, order_id)
            (last, *_) = [back for back in reversed(backs) if (back.kind, back.reference) == ("order", found.reference)]
            told = [line.ordered - line.taken - line.waiting for line in last.lines]
            assert told == [line.quantities.cancelled for line in found.lines]
            sent = [
                line.sent
                for back in backs
                if (back.kind, back.reference) == ("shipment", found.reference)
                for _, inside in back.parcels
                for line in inside
            ]
            assert sum(sent) == sum(line.quantities.handed_over for line in found.lines)
        assert dict(backs[-1].stock) == {sku: oms.availability(sku, "web") for sku in (TEA, CUP, POT)}
        check_everything(oms)


def test_a_shop_answers_a_purchase_order_by_its_shop_toml(tmp_path: Path) -> None:
    config = tmp_path / "shop.toml"
    table = '[intake.web.x12]\ncurrency = "EUR"\noutbox = "out"\nown_id = "TEASHOP"\npartner_id = "BIGBUYER"\n'
    config.write_text(f'rejects = "rejects"\n{SHOP}\n{table}', encoding="utf-8")
    (tmp_path / "rates.csv").write_text(RATES, encoding="utf-8")
    with open_shop(config, clock=VirtualClock(NOON)) as oms:
        intake = open_intake(oms)
        stock_up(oms)
        send_out_all(oms, take_x12(intake, "1", TEA=2))
        oms.do(TellStock(channel="web", at=oms.clock.now()))
        oms.run_due()
    files = sorted((tmp_path / "out").iterdir())
    assert [path.name for path in files] == ["000000001-order.x12", "000000002-shipment.x12", "000000003-stock.x12"]
    assert [from_x12(path.read_bytes()).reference for path in files] == ["PO-1", "PO-1", ""]
