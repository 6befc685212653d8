"""Shopify's Admin API on a loopback port, as far as parcels and stock go, written from its public reference (2026-04).

It holds its callers to the rules the reference names, and answers in short pages.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping
from typing import Any, NamedTuple

from tests.kit.faulty_api import FaultyApi

TOKEN = "shpat_of_the_app"  # noqa: S105 (of a server that lives as long as its test)
LOCATION = "gid://shopify/Location/1"
PAGE = 2


class RuleError(Exception):
    """A question the API answers with an error at the top."""


class Fulfillment(NamedTuple):
    number: str
    company: str
    status: str
    lines: tuple[tuple[str, int], ...]


class FakeShopify(FaultyApi):
    """Orders, items and levels of one shop."""

    misshapen = b'{"data": {"order": {"fulfillments": 7}, "fulfillmentCreate": {"userErrors": 7}}}'

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[str] = []
        self.orders: dict[str, dict[str, Any]] = {}
        self.work: dict[str, dict[str, Any]] = {}
        self.fulfillments: dict[str, Fulfillment] = {}
        self.items: dict[str, dict[str, Any]] = {}
        self._answered: dict[str, tuple[Any, Any]] = {}

    def add_order(self, number: int | str, *parts: tuple[str, dict[str, int]]) -> str:
        """An order of that number. Shape: for each location, the units by SKU it is to send."""
        order: dict[str, list[str]] = {"fulfillments": [], "work": []}
        for location, units in parts:
            work_id = f"gid://shopify/FulfillmentOrder/{len(self.work) + 1}"
            lines = [
                {"id": f"gid://shopify/FulfillmentOrderLineItem/{len(self.work) + 1}{at}", "sku": sku, "left": count}
                for at, (sku, count) in enumerate(units.items())
            ]
            self.work[work_id] = {"status": "OPEN", "location": location, "lines": lines}
            order["work"].append(work_id)
        self.orders[f"gid://shopify/Order/{number}"] = order
        return f"gid://shopify/Order/{number}"

    def add_item(self, sku: str, *, tracked: bool = True, here: bool = True) -> str:
        name = f"gid://shopify/InventoryItem/{len(self.items) + 1}"
        self.items[name] = {"sku": sku, "tracked": tracked, "levels": {LOCATION: 0} if here else {}}
        return name

    def sent(self, order: str) -> Counter[tuple[str, str]]:
        """The units of an order by tracking number and SKU, in all fulfillments that stand."""
        units: Counter[tuple[str, str]] = Counter()
        for name in self.orders[order]["fulfillments"]:
            found = self.fulfillments[name]
            for sku, count in found.lines:
                units[found.number, sku] += count if found.status == "SUCCESS" else 0
        return units

    def level(self, sku: str) -> int:
        (found,) = [item["levels"][LOCATION] for item in self.items.values() if item["sku"] == sku]
        return int(found)

    def data(self, question: str, told: dict[str, Any]) -> Any:
        """The data of an answer. Raises: RuleError."""
        found = re.match(r"(query|mutation) (\w+)\(", question)
        name = found[2] if found else ""
        self.calls.append(name)
        match name:
            case "Fulfillments":
                order = self.orders.get(told["order"])
                listed = [] if order is None else order["fulfillments"][: _most(told["most"])]
                whole = [self._fulfillment(each) for each in listed]
                return {"order": None if order is None else {"fulfillments": whole}}
            case "FulfilledLines":
                lines = self.fulfillments[told["fulfillment"]].lines
                nodes = [{"quantity": count, "lineItem": {"sku": sku}} for sku, count in lines]
                return {"fulfillment": {"fulfillmentLineItems": _page(nodes, told["after"])}}
            case "FulfillmentOrders":
                nodes = [
                    {
                        "id": each,
                        "status": self.work[each]["status"],
                        "assignedLocation": {"location": {"id": self.work[each]["location"]}},
                    }
                    for each in self.orders[told["order"]]["work"]
                ]
                return {"order": {"fulfillmentOrders": _page(nodes, told["after"])}}
            case "OpenLines":
                nodes = [
                    {"id": line["id"], "sku": line["sku"], "remainingQuantity": line["left"]}
                    for line in self.work[told["fulfillmentOrder"]]["lines"]
                ]
                return {"fulfillmentOrder": {"lineItems": _page(nodes, told["after"])}}
            case "Fulfill":
                return {"fulfillmentCreate": self._fulfill(told["fulfillment"])}
            case "Items":
                words = re.findall(r"sku:'((?:[^'\\]|\\.)*)'", told["names"])
                names = [re.sub(r"\\(.)", r"\1", word) for word in words]
                nodes = [
                    {
                        "id": each,
                        "sku": item["sku"],
                        "tracked": item["tracked"],
                        "inventoryLevel": {"id": each} if told["location"] in item["levels"] else None,
                    }
                    for each, item in self.items.items()
                    if any(item["sku"].lower().startswith(name.lower()) for name in names)
                ]
                return {"inventoryItems": _page(nodes, told["after"])}
            case "SetLevels":
                if "@idempotent(key: $key)" not in question:
                    raise RuleError("the idempotent directive is required")
                before = self._answered.get(told["key"])
                if before is None:
                    before = self._answered[told["key"]] = (told["input"], self._set(told["input"]))
                if before[0] != told["input"]:
                    return {"inventorySetQuantities": _refused("IDEMPOTENCY_KEY_PARAMETER_MISMATCH")}
                return {"inventorySetQuantities": before[1]}
            case _:
                raise RuleError(f"there is no {name}")

    def _fulfillment(self, name: str) -> dict[str, Any]:
        found = self.fulfillments[name]
        return {"id": name, "status": found.status, "trackingInfo": [{"number": found.number}]}

    def _fulfill(self, told: dict[str, Any]) -> dict[str, Any]:
        parts = told["lineItemsByFulfillmentOrder"]
        works = [self.work[part["fulfillmentOrderId"]] for part in parts]
        if len({work["location"] for work in works}) != 1:
            return _refused("All fulfillment orders must be at the same location")
        if any(work["status"] not in ("OPEN", "IN_PROGRESS") for work in works):
            return _refused("The fulfillment order is closed")
        owners = {
            order for order, each in self.orders.items() for part in parts if part["fulfillmentOrderId"] in each["work"]
        }
        (owner,) = owners
        taken: list[tuple[dict[str, Any], int]] = []
        for part, work in zip(parts, works, strict=True):
            for wanted in part["fulfillmentOrderLineItems"]:
                (line,) = [each for each in work["lines"] if each["id"] == wanted["id"]]
                if not 0 < wanted["quantity"] <= line["left"]:
                    return _refused("Invalid fulfillment order line item quantity requested")
                taken.append((line, wanted["quantity"]))
        for line, count in taken:
            line["left"] -= count
        for work in works:
            work["status"] = "IN_PROGRESS" if any(line["left"] for line in work["lines"]) else "CLOSED"
        name = f"gid://shopify/Fulfillment/{len(self.fulfillments) + 1}"
        lines = tuple([(line["sku"], count) for line, count in taken])
        tracking = told["trackingInfo"]
        self.fulfillments[name] = Fulfillment(tracking["number"], tracking["company"], "SUCCESS", lines)
        self.orders[owner]["fulfillments"].append(name)
        return {"fulfillment": {"id": name}, "userErrors": []}

    def _set(self, told: dict[str, Any]) -> dict[str, Any]:
        if told["name"] != "available" or not told["reason"]:
            return _refused("INVALID_NAME")
        for each in told["quantities"]:
            if (
                "changeFromQuantity" not in each
                or each["locationId"] not in self.items[each["inventoryItemId"]]["levels"]
            ):
                return _refused("ITEM_NOT_STOCKED_AT_LOCATION")
        for each in told["quantities"]:
            self.items[each["inventoryItemId"]]["levels"][each["locationId"]] = each["quantity"]
        return {"userErrors": []}

    def handle(self, verb: str, path: str, headers: Mapping[str, str], body: bytes) -> tuple[int, bytes]:
        """The answer to one question."""
        if headers["X-Shopify-Access-Token"] != TOKEN:
            return 401, b"{}"
        if (verb, path) != ("POST", "/admin/api/2026-04/graphql.json"):
            return 404, b"{}"
        told = json.loads(body)
        try:
            return 200, json.dumps({"data": self.data(told["query"], told["variables"])}).encode()
        except RuleError as error:
            found = {"errors": [{"message": str(error), "extensions": {"code": "BAD_REQUEST"}}]}
            return 200, json.dumps(found).encode()


def _most(first: int) -> int:
    if not 0 < first <= 250:
        raise RuleError("first must be 1 to 250")
    return first


def _page(nodes: list[dict[str, Any]], after: str | None) -> dict[str, Any]:
    start = int(after or 0)
    ends = start + PAGE >= len(nodes)
    return {"nodes": nodes[start : start + PAGE], "pageInfo": {"hasNextPage": not ends, "endCursor": str(start + PAGE)}}


def _refused(message: str) -> dict[str, Any]:
    return {"userErrors": [{"code": message, "field": ["input"], "message": message}]}
