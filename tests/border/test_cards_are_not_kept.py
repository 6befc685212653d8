"""No card number is stored: refused where people type, blotted out where backends speak, and no field asks for one."""

from __future__ import annotations

import copy
import importlib
import json
import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import attrs
import pytest

import omscore
import omscore_adapters
from omscore import InputError, Order, Payment, PaymentId, read_command
from omscore.engine.checking import CODES
from omscore.engine.contexts import EVENTS
from omscore.ports.payments import PaymentAnswer, PaymentOutcome, PaymentRequest
from omscore_adapters.payment_manual import ManualPayments
from tests.border.pans import BRANDS, drawn, dressed
from tests.hostile.documents import GOOD
from tests.kit.shops import CUP, order, small_shop
from tests.laws.bench import bench

EXEMPT = CODES | {"gtin"}
"""Codes that others assign, which are digits by nature."""
NO_TEXT = {"command", "at", "expires_at", "delivered_at", "kind", "disposition", "step", "account", "amount", "rate"}
NO_TEXT |= {"currency", "country", "discount_percent", "flags", "holds"}


def texts(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The places of all free texts in a document."""
    if isinstance(value, str):
        named = {step for step in path if isinstance(step, str)}
        if not named & (EXEMPT | NO_TEXT) and not ("reason" in named and value == "damaged"):
            yield path
    elif isinstance(value, dict):
        for key, each in value.items():
            yield from texts(each, (*path, key))
    elif isinstance(value, list):
        for at, each in enumerate(value):
            yield from texts(each, (*path, at))


PLACES = [(name, path) for name, document in GOOD.items() for path in texts(document)]


def test_ten_thousand_card_numbers_in_every_field_are_refused_and_none_is_in_the_file(tmp_path: Path) -> None:
    random = Random(10_000)  # noqa: S311
    tried: list[str] = []
    with small_shop(tmp_path) as oms:
        for turn in range(10_000):
            name, path = PLACES[turn % len(PLACES)]
            number = drawn(random, random.choice(list(BRANDS)))
            document = copy.deepcopy(GOOD[name])
            inner: Any = document
            for step in path[:-1]:
                inner = inner[step]
            inner[path[-1]] = dressed(random, number)
            with pytest.raises(InputError) as refused:
                oms.do(read_command(json.dumps(document)))
            assert number[:12] not in re.sub(r"\D", "", str(refused.value)), (name, path)
            tried.append(number)
        oms.do(order(oms, {CUP: 1}))  # something is stored
    digits = re.sub(rb"[^0-9]", b"", b"".join(file.read_bytes() for file in tmp_path.glob("shop.db*")))
    assert digits
    assert [number for number in tried if number.encode() in digits] == []


class Talkative(ManualPayments):
    """Says the card's number when it declines."""

    def send(self, request: PaymentRequest) -> PaymentAnswer:
        says = "card 4111 1111 1111 1111 has no funds,\nand 5555-5555-5555-4444 neither"
        return PaymentAnswer(outcome=PaymentOutcome.DECLINED, amount=request.amount, says=says)


def test_what_a_provider_says_is_kept_without_the_card_number(tmp_path: Path) -> None:
    with bench(tmp_path, storage="sqlite", payments=Talkative()) as shop:
        shop.oms.do(order(shop.oms, {CUP: 1}))
        shop.oms.run_due()
        (hold,) = shop.oms.look(Order, "ord_1").holds
        assert hold.says == "card ************1111 has no funds,?and ************4444 neither"
        assert shop.oms.find(Payment, PaymentId("ord_1.p1")) is not None
    kept = b"".join(file.read_bytes() for file in tmp_path.glob("shop.db*"))
    assert b"no funds" in kept
    assert b"1111 1111" not in kept
    assert b"5555-5555" not in kept


def every_record() -> Iterator[type[Any]]:
    """All attrs records and named tuples of the packages, and the events."""
    seen: set[type[Any]] = set(EVENTS)
    for package in (omscore, omscore_adapters):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if module.name.endswith("__main__"):
                continue
            for each in vars(importlib.import_module(module.name)).values():
                if isinstance(each, type) and (attrs.has(each) or hasattr(each, "_fields")):
                    seen.add(each)
    yield from seen


def test_no_record_has_a_field_for_a_card_number_or_its_code() -> None:
    words = [
        "pan",
        "cvv",
        "cvc",
        "cvv2",
        "cvc2",
        "csc",
        "card_?no",
        "card_?number",
        "card_?code",
        "track[12]",
        "pin",
        "expiry",
    ]
    asks = re.compile(rf"(^|_)({'|'.join(words)})(_|$)")
    names = {
        f"{record.__qualname__}.{name}"
        for record in every_record()
        for name in (
            [field.name for field in attrs.fields(record)] if attrs.has(record) else getattr(record, "_fields", ())
        )
    }
    assert len(names) > 500
    assert [name for name in names if asks.search(name.rpartition(".")[2])] == []
