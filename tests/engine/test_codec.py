"""Stored text: an order is written the short way, and comes to the same as the plain way."""

from __future__ import annotations

import json
from pathlib import Path

import attrs

from omscore.codec import Codec
from omscore.engine.contexts import EVENTS
from omscore.orders.model import Order
from tests.kit.shops import CUP, TEA, order, send_out, small_shop


def test_the_text_of_an_order_is_that_of_the_plain_way_at_every_step(tmp_path: Path) -> None:
    codec = Codec(EVENTS)

    def check(found: Order) -> None:
        text = codec.text(found)
        lines = [codec._converter.unstructure(line) for line in found.lines]
        assert json.loads(text)["lines"] == json.loads(json.dumps(lines))
        shell = codec._converter.unstructure(attrs.evolve(found, lines=()))
        assert {**json.loads(text), "lines": []} == json.loads(json.dumps(shell))
        assert codec.record(text, Order) == found
        assert codec.text(codec.record(text, Order)) == text

    with small_shop(tmp_path, storage="memory") as oms:
        oms.do(order(oms, {TEA: 3, CUP: 1}, reference='"lines":[]'))
        check(oms.look(Order, "ord_1"))
        oms.run_due()
        check(oms.look(Order, "ord_1"))
        send_out(oms, "ord_1")
        check(oms.look(Order, "ord_1"))
