"""The rest of EasyPost on the loopback: orders, batches, scan forms and pickups, as strict as its reference says."""

from __future__ import annotations

from typing import Any, Protocol

TOGETHER = ("UPS", "FedEx")
"""The carriers that take several boxes as one order."""

Answer = tuple[int, dict[str, Any]]
Thing = dict[str, Any]


class Account(Protocol):
    """What these need of the account they belong to."""

    port: int
    shipments: dict[str, Thing]
    purchases: list[str]
    is_partial: bool
    form_path: str
    form_status: str

    def rated(self, wish: Thing) -> Thing: ...

    def buy(self, shipment: Thing, rate_id: str) -> Answer: ...


class HandOvers:
    """What of it the account holds."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self.orders: dict[str, Thing] = {}
        self.batches: dict[str, Thing] = {}
        self.forms: dict[str, Thing] = {}
        self.pickups: dict[str, Thing] = {}
        self.booked: list[str] = []
        self.cancelled: list[str] = []
        self.batch_states: list[str] = []
        self.page_size = 100

    def answer(self, verb: str, parts: list[str], query: dict[str, str], body: Thing) -> Answer | None:
        match verb, parts:
            case "POST", ["orders"]:
                return 201, self._order(body["order"])
            case "GET", ["orders", name]:
                return _found(self.orders, name)
            case "GET", ["orders", name, "rates"]:
                return _found(self.orders, name)
            case "POST", ["orders", name, "buy"]:
                return self._buy_order(self.orders[name], body)
            case "POST", ["scan_forms"]:
                return self._scan_form(body.get("scan_form", body)["shipments"])
            case "GET", ["scan_forms", name]:
                return _found(self.forms, name)
            case "POST", ["batches"]:
                return self._batch(body["batch"])
            case "GET", ["batches", name]:
                return _found(self.batches, name)
            case "GET", ["pickups"]:
                return self._page(query)
            case "POST", ["pickups"]:
                return self._pickup(body["pickup"])
            case "POST", ["pickups", name, "buy"]:
                return self._buy_pickup(self.pickups[name], body)
            case "POST", ["pickups", name, "cancel"]:
                return self._cancel(self.pickups[name])
            case _:
                return None

    def _order(self, wish: Thing) -> Thing:
        shared: Thing = {name: wish[name] for name in ("to_address", "from_address") if name in wish}
        shipments = [self._account.rated({**shared, **each}) for each in wish["shipments"]]
        number = len(self.orders) + 1
        nowhere = wish["to_address"]["country"] == "AQ"
        rates: dict[tuple[str, str], Thing] = {}
        for place, each in enumerate(shipments):
            for rate in each["rates"]:
                key = (rate["carrier"], rate["service"])
                if key[0] not in TOGETHER or nowhere:
                    continue
                if place == 0:
                    rates[key] = {**rate, "id": f"rate_o{number}_{len(rates)}", "rate": "0.00"}
                rates[key]["rate"] = f"{float(rates[key]['rate']) + float(rate['rate']):.2f}"
        order: Thing = {
            "id": f"order_{number}",
            "object": "Order",
            "reference": wish.get("reference"),
            "shipments": shipments,
            "rates": list(rates.values()),
        }
        self.orders[order["id"]] = order
        return order

    def _buy_order(self, order: Thing, body: Thing) -> Answer:
        if any(each["tracking_code"] for each in order["shipments"]):
            return 422, _error("ORDER.PURCHASE.EXISTS")
        bought = order["shipments"]
        for each in bought[: len(bought) // 2] if self._account.is_partial else bought:
            (rate,) = [
                rate
                for rate in each["rates"]
                if (rate["carrier"], rate["service"]) == (body["carrier"], body["service"])
            ]
            self._account.buy(each, rate["id"])
        return 200, order

    def _scan_form(self, wanted: list[Thing]) -> Answer:
        shipments = [self._account.shipments[each["id"]] for each in wanted]
        if not shipments or any(each["scan_form"] or each["refund_status"] for each in shipments):
            return 422, _error("SCAN_FORM.SHIPMENTS.INVALID")
        number = len(self.forms) + 1
        form: Thing = {
            "id": f"sf_{number}",
            "object": "ScanForm",
            "status": self._account.form_status,
            "message": None,
            "tracking_codes": [each["tracking_code"] for each in shipments],
            "form_url": f"http://127.0.0.1:{self._account.port}{self._account.form_path}",
            "form_file_type": None,
            "batch_id": None,
        }
        self.forms[form["id"]] = form
        for each in shipments:
            each["scan_form"] = form
        return 201, form

    def _batch(self, wish: Thing) -> Answer:
        if any(each["id"] not in self._account.shipments for each in wish["shipments"]):
            return 422, _error("BATCH.SHIPMENTS.INVALID")
        number = len(self.batches) + 1
        state = self.batch_states.pop(0) if self.batch_states else "purchased"
        batch: Thing = {
            "id": f"batch_{number}",
            "object": "Batch",
            "reference": wish["reference"],
            "state": state,
            "num_shipments": len(wish["shipments"]),
            "shipments": wish["shipments"],
        }
        self.batches[batch["id"]] = batch
        return 201, batch

    def _page(self, query: dict[str, str]) -> Answer:
        newest = list(reversed(self.pickups.values()))
        if "before_id" in query:
            newest = newest[[each["id"] for each in newest].index(query["before_id"]) + 1 :]
        page = newest[: self.page_size]
        return 200, {"pickups": page, "has_more": len(newest) > len(page)}

    def _pickup(self, wish: Thing) -> Answer:
        if "shipment" not in wish and "batch" not in wish:
            return 422, _error("PICKUP.SHIPMENT.MISSING")
        if wish["min_datetime"] >= wish["max_datetime"]:
            return 422, _error("PICKUP.WINDOW.INVALID")
        number = len(self.pickups) + 1
        rates = [("UPS", "Future-day Pickup", "9.50"), ("UPS", "Same-day Pickup", "12.00"), ("USPS", "NextDay", "0.00")]
        pickup = {
            **wish,
            "id": f"pickup_{number}",
            "object": "Pickup",
            "status": "unknown",
            "confirmation": None,
            "pickup_rates": [
                {"id": f"pickuprate_{place}", "carrier": carrier, "service": service, "rate": rate, "currency": "USD"}
                for place, (carrier, service, rate) in enumerate(rates)
            ],
        }
        self.pickups[pickup["id"]] = pickup
        return 201, pickup

    def _buy_pickup(self, pickup: Thing, body: Thing) -> Answer:
        if pickup["status"] != "unknown":
            return 422, _error("PICKUP.PURCHASE.EXISTS")
        if (body["carrier"], body["service"]) not in [
            (each["carrier"], each["service"]) for each in pickup["pickup_rates"]
        ]:
            return 422, _error("PICKUP.RATE.UNKNOWN")
        pickup |= {"status": "scheduled", "confirmation": f"WTC{len(self.booked) + 1:05}"}
        self.booked.append(pickup["reference"])
        return 200, pickup

    def _cancel(self, pickup: Thing) -> Answer:
        if pickup["status"] != "scheduled":
            return 422, _error("PICKUP.CANCEL.INVALID")
        pickup["status"] = "canceled"
        self.cancelled.append(pickup["reference"])
        return 200, pickup


def _found(things: dict[str, Thing], name: str) -> Answer:
    for thing in reversed(list(things.values())):
        if name in (thing["id"], thing.get("reference")):
            return 200, thing
    return 404, _error("NOT_FOUND")


def _error(code: str) -> Thing:
    return {"error": {"code": code, "message": "1 Secret Street"}}
