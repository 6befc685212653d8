"""Amazon's Selling Partner API on a loopback port, as far as parcels go, written from its public reference.

Orders are as version 2026-01-01 tells them; a shipment is confirmed by version v0, and a package that is confirmed
again under its reference is edited.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs

from tests.kit.faulty_api import FaultyApi

CLIENT, SECRET, REFRESH = "amzn1.app", "s3cret-of-the-app", "Atzr|of-the-seller"
MARKETPLACE = "A1PA6795UKMFR9"


class FakeAmazon(FaultyApi):
    """Orders and packages of one seller; an access token is good for so many calls."""

    misshapen = b'{"order": {"orderItems": 7}}'

    def __init__(self) -> None:
        super().__init__()
        self.orders: dict[str, list[dict[str, Any]]] = {}
        self.packages: dict[str, dict[str, dict[str, Any]]] = {}
        self.calls_each = 10**9
        self.signed_in = 0
        self._calls = 0

    def add_order(self, order_id: str, *items: tuple[str, int]) -> None:
        self.orders[order_id] = [
            {"orderItemId": f"{order_id}/{at}", "quantityOrdered": units, "product": {"sellerSku": sku}}
            for at, (sku, units) in enumerate(items, 1)
        ]
        self.packages[order_id] = {}

    def sent(self, order_id: str) -> Counter[tuple[str, str]]:
        """The units of an order by tracking number and item."""
        units: Counter[tuple[str, str]] = Counter()
        for package in self.packages[order_id].values():
            for each in package["orderItems"]:
                units[package["trackingNumber"], each["orderItemId"]] += each["quantity"]
        return units

    def handle(self, verb: str, path: str, headers: Mapping[str, str], body: bytes) -> tuple[int, bytes]:
        """The answer to one call."""
        if path == "/auth/o2/token":
            return self._token({name: values[0] for name, values in parse_qs(body.decode()).items()})
        self._calls += 1
        if headers["x-amz-access-token"] != f"Atza|{self.signed_in}" or self._calls > self.calls_each:
            return 403, _error("Unauthorized", "The access token you provided has expired.")
        if found := re.fullmatch(r"/orders/2026-01-01/orders/([^/]+)", path):
            items = self.orders.get(found[1])
            if verb != "GET" or items is None:
                return 404, _error("NotFound", "The order was not found.")
            return 200, json.dumps({"order": {"orderId": found[1], "orderItems": items}}).encode()
        if found := re.fullmatch(r"/orders/v0/orders/([^/]+)/shipmentConfirmation", path):
            return self._confirm(found[1], json.loads(body))
        return 404, _error("NotFound", "There is no such resource.")

    def _token(self, told: dict[str, str]) -> tuple[int, bytes]:
        wanted = {"grant_type": "refresh_token", "refresh_token": REFRESH, "client_id": CLIENT, "client_secret": SECRET}
        if told != wanted:
            return 400, b'{"error": "invalid_grant"}'
        self.signed_in, self._calls = self.signed_in + 1, 0
        token = {"access_token": f"Atza|{self.signed_in}", "token_type": "bearer", "expires_in": 3600}
        return 200, json.dumps(token).encode()

    def _confirm(self, order_id: str, told: dict[str, Any]) -> tuple[int, bytes]:
        package = told["packageDetail"]
        if told["marketplaceId"] != MARKETPLACE or order_id not in self.orders:
            return 400, _error("InvalidInput", "Invalid order or marketplace.")
        if not re.fullmatch("[1-9][0-9]*", package["packageReferenceId"]):
            return 400, _error("InvalidInput", "PackageReferenceId: is invalid, must be a positive numeric value.")
        if not package["trackingNumber"] or (package["carrierCode"] == "Other" and not package.get("carrierName")):
            return 400, _error("InvalidInput", "Carrier and tracking number are needed.")
        packages = {**self.packages[order_id], package["packageReferenceId"]: package}
        units: Counter[str] = Counter()
        for each in packages.values():
            units.update({item["orderItemId"]: item["quantity"] for item in each["orderItems"]})
        if units - Counter({item["orderItemId"]: item["quantityOrdered"] for item in self.orders[order_id]}):
            return 400, _error("InvalidInput", "More units than were ordered.")
        self.packages[order_id] = packages
        return 204, b""


def _error(code: str, message: str) -> bytes:
    return json.dumps({"errors": [{"code": code, "message": message, "details": ""}]}).encode()
