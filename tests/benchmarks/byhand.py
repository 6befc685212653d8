"""Placing an order by hand: the rows a competent developer would build from plain dicts for this one shop.

They are the very rows the library writes, text for text (the test of the benchmarks compares every table). What the
library finds out in general is fixed here: one tax rate, one currency, postage of 4.00, everything from Munich.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from hashlib import blake2b, sha256
from typing import Any, NamedTuple

from tests.benchmarks.shop import ITEM_MASS_G, Wish

MOMENT = "2026-03-02T12:00:00.000000+00:00"
MOMENT_SHORT = "2026-03-02T12:00:00+00:00"
PERSON = "person_anna"
DESTINATION = {"country": "DE", "postcode_area": "101"}

_dumps = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False).encode


class Rows(NamedTuple):
    """What one order writes, table by table.

    Shape: answer, claim and tasks end in the seal of the row; stock is (units, SKU) in SKU order.
    """

    answer: tuple[str, ...]
    streams: list[tuple[str, int, str, str]]
    events: list[tuple[str, int, str, str, str, str]]
    entries: list[tuple[str, str, str, str]]
    claim: tuple[str, ...]
    tasks: list[tuple[str, ...]]
    stock: list[tuple[int, str]]


def key_of(wish: Wish) -> str:
    return f"place:web:{wish.reference}"


def fingerprint_of(wish: Wish) -> str:
    """Tells the same wish sent again from another one under the same key."""
    content = {
        "channel": "web",
        "currency": "EUR",
        "destination": DESTINATION,
        "lines": [{"sku": sku, "unit_price": [price, "EUR"], "units": units} for sku, units, price in wish.lines],
        "payment": {"method": "card-ok", "provider": "manual"},
        "person_id": PERSON,
        "reference": wish.reference,
    }
    return sha256(_dumps(["PlaceOrder", content]).encode()).hexdigest()[:32]


def rows_of(wish: Wish, fingerprint: str, in_lyon: Mapping[str, int]) -> Rows:
    """Everything one order writes; `in_lyon` are the sellable units of its SKUs at the other location."""
    order_id = wish.order_id
    payment_id, decision_id, work_id = f"{order_id}.p1", f"{order_id}.d1", f"{order_id}.f1"
    agreed: list[dict[str, Any]] = []
    total = wanted = there = 0
    for number, (sku, units, price) in enumerate(wish.lines, 1):
        gross = int(price.replace(".", "")) * units
        tax = (gross * 20 * 2 + 120) // 240
        total += gross
        wanted += units
        there += min(units, in_lyon.get(sku, 0))
        agreed.append(
            {
                "line_id": number,
                "sku": sku,
                "title": "",
                "units": units,
                "unit_price": [price, "EUR"],
                "discount": [0, "EUR"],
                "tax_code": "VAT20",
                "tax_rate": "0.20",
                "amounts": {"goods": [gross - tax, tax, "EUR"], "shipping": [0, 0, "EUR"], "charges": [0, 0, "EUR"]},
            }
        )
    hold = ["payment", "set when the order was placed", MOMENT_SHORT]
    takes = [[line["line_id"], line["units"], work_id] for line in agreed]
    head = {
        "order_id": order_id,
        "channel": "web",
        "reference": wish.reference,
        "currency": "EUR",
        "person_id": PERSON,
        "address_name": "home",
        "destination": DESTINATION,
    }
    order = {
        **head,
        "placed_at": MOMENT_SHORT,
        "lines": [{"agreed": line, "quantities": {"allocated": line["units"]}} for line in agreed],
        "holds": [hold],
        "takes": takes,
        "payments": [payment_id],
        "fulfillments": [work_id],
        "decisions": [decision_id],
    }
    authorise = f"{payment_id}.authorise"
    terms = {"payment_id": payment_id, "order_id": order_id, "provider": "manual", "method": "card-ok"}
    nothing = [0, "EUR"]
    payment = {
        **terms,
        "authorised": nothing,
        "captured": nothing,
        "voided": nothing,
        "refunded": nothing,
        "attempts": [{"key": authorise, "step": "authorise", "amount": [total, "EUR"]}],
    }
    lines = f"{len(agreed)} lines" if len(agreed) > 1 else "1 line"
    units_text = f"{wanted} units" if wanted > 1 else "1 unit"
    decided = {
        "decision_id": decision_id,
        "order_id": order_id,
        "decision": {
            "strategy": "cheapest",
            "method": "one location",
            "cost": [400, "EUR"],
            "gap": None,
            "assignments": [
                {
                    "line_id": line["line_id"],
                    "sku": line["sku"],
                    "location_id": "MUC",
                    "pool": "general",
                    "units": line["units"],
                }
                for line in agreed
            ],
            "leftovers": [],
            "reasons": [
                {"location_id": "LYS", "rule": "stock", "says": f"has {there} of the {wanted} units"},
                {
                    "location_id": "MUC",
                    "rule": "ships",
                    "says": f"ships {units_text} on {lines}, {wanted * ITEM_MASS_G} g for 4.00 EUR",
                },
            ],
            "promised": [
                {
                    "location_id": "MUC",
                    "leaves_on": "2026-03-02",
                    "arrives_on": "2026-03-03",
                    "carrier": "post",
                    "service": "parcel",
                    "transit_days": 1,
                    "processing_hours": 0,
                    "cutoff": "14:00:00",
                }
            ],
        },
    }
    work_head = {
        "fulfillment_id": work_id,
        "order_id": order_id,
        "location_id": "MUC",
        "person_id": PERSON,
        "address_name": "home",
        "destination": DESTINATION,
    }
    work = {
        **work_head,
        "opened_at": MOMENT_SHORT,
        "on_hold": True,
        "lines": [
            {
                "line_id": line["line_id"],
                "sku": line["sku"],
                "pool": "general",
                "units": line["units"],
                "to_pick": line["units"],
            }
            for line in agreed
        ],
    }
    placed = {
        **head,
        "lines": agreed,
        "tags": [],
        "exchange_for": None,
        "payment_provider": "manual",
        "payment_method": "card-ok",
    }
    opened = {
        **work_head,
        "on_hold": True,
        "units": [[line["line_id"], line["sku"], "general", line["units"]] for line in agreed],
    }
    log = (
        (
            f"order/{order_id}",
            order,
            (
                ("OrderPlaced", placed),
                ("HoldPlaced", {"order_id": order_id, "hold": hold}),
                ("PaymentAttached", {"order_id": order_id, "payment_id": payment_id}),
                ("LinesAllocated", {"order_id": order_id, "decision_id": decision_id, "takes": takes}),
            ),
        ),
        (
            f"payment/{payment_id}",
            payment,
            (("AuthorisationRequested", {**terms, "key": authorise, "amount": [total, "EUR"]}),),
        ),
        (f"decision/{decision_id}", {**decided, "at": MOMENT_SHORT}, (("RoutingDecided", decided),)),
        (f"work/{work_id}", work, (("WorkOpened", opened),)),
    )
    streams, events = [], []
    for stream, state, facts in log:
        chain = ""
        for version, (name, fact) in enumerate(facts, 1):
            body = _dumps(fact)
            chain = sha256(f"{chain}\n{name}\n{MOMENT_SHORT}\n{body}".encode()).hexdigest()[:32]
            events.append((stream, version, name, MOMENT, body, chain))
        streams.append((stream, len(facts), _dumps(state), chain))
    answer = {
        "streams": [[stream, version] for stream, version, _, _ in streams],
        "events": [
            "OrderPlaced",
            "HoldPlaced",
            "PaymentAttached",
            "AuthorisationRequested",
            "RoutingDecided",
            "LinesAllocated",
            "WorkOpened",
        ],
    }
    notice = {"template": "order_placed", "order_id": order_id, "person_id": PERSON}
    return Rows(
        answer=_sealed(key_of(wish), fingerprint, _dumps(answer), MOMENT),
        streams=streams,
        events=events,
        entries=[
            ("person", PERSON, MOMENT, f"order/{order_id}"),
            ("placed", "", MOMENT, f"order/{order_id}"),
        ],
        claim=_sealed(f"reference:web:{wish.reference}", f"order/{order_id}"),
        tasks=[
            _task(authorise, "payment", _dumps({"payment_id": payment_id, "key": authorise})),
            _task(f"{order_id}.placed.notice.order_placed", "notice", _dumps(notice)),
        ],
        stock=sorted(((line.units, line.sku) for line in wish.lines), key=lambda taken: taken[1]),
    )


def _sealed(*columns: str) -> tuple[str, ...]:
    return (*columns, blake2b("\n".join(columns).encode(), digest_size=8).hexdigest())


def _task(task_id: str, kind: str, payload: str) -> tuple[str, ...]:
    *_, seal = _sealed(task_id, kind, MOMENT, payload, "0", "0", "waiting", "", "")
    return (task_id, kind, MOMENT, payload, seal)
