"""A strict stand-in for Stripe in memory: what rehearsal servers lack, such as captures in parts and a slow search."""

from __future__ import annotations

from itertools import count
from typing import Any

from tests.adapters.payment.stripe.door import Params, Reply, error
from tests.adapters.payment.stripe.rules import (
    CAPTURING,
    CREATING,
    DECLINED,
    page,
    refused,
    searched,
    unknown,
    wrong_amount,
)

MARCH = 1_772_452_800
"""Noon of 2 March 2026, when it opens."""


class FakeStripe:
    """One account. `is_indexed` tells whether the search knows what was made; `may_keep_rest` whether captures in parts
    were granted to it.
    """

    def __init__(self) -> None:
        self.now = MARCH
        self.is_indexed = True
        self.may_keep_rest = True
        self.refund_status = "succeeded"
        self.intents: dict[str, dict[str, Any]] = {}
        self.refunds: dict[str, dict[str, Any]] = {}
        self._ids = count(1)

    def act(self, method: str, path: str, params: Params) -> Reply:
        match [method, *path.removeprefix("/v1/").split("/")]:
            case ["POST", "payment_intents"]:
                return self.create(params)
            case ["GET", "payment_intents"]:
                return page([_shown(each, params) for each in self.intents.values()], params)
            case ["GET", "payment_intents", "search"]:
                return searched(self.intents.values() if self.is_indexed else (), params)
            case ["POST", "refunds"]:
                return self._refund(params)
            case ["GET", "refunds"]:
                asked = params.get("payment_intent")
                of_it = [each for each in self.refunds.values() if asked in (None, each["payment_intent"])]
                return page(of_it, params)
            case ["GET", "refunds", refund_id] if refund_id in self.refunds:
                return 200, self.refunds[refund_id]
            case [_, "payment_intents", intent_id, *rest] if intent_id in self.intents:
                intent = self.intents[intent_id]
                if method == "GET" and not rest:
                    return 200, _shown(intent, params)
                if method == "POST":
                    return self._change(intent, rest, params)
        return 404, error("invalid_request_error", f"No such object: {path}", "resource_missing")

    def create(self, params: Params) -> Reply:
        """A payment, confirmed or (as a checkout makes it) not yet."""
        wrong = unknown(params, CREATING) or wrong_amount(int(params["amount"]), params["currency"])
        if wrong:
            return wrong
        options = params.get("payment_method_options", {}).get("card", {})
        keeps = options.get("request_multicapture") == "if_available" and self.may_keep_rest
        intent: dict[str, Any] = {
            "id": f"pi_{next(self._ids)}",
            "object": "payment_intent",
            "amount": int(params["amount"]),
            "amount_received": 0,
            "amount_capturable": 0,
            "currency": params["currency"],
            "capture_method": params.get("capture_method", "automatic_async"),
            "status": "requires_payment_method",
            "metadata": dict(params.get("metadata", {})),
            "last_payment_error": None,
            "canceled_at": None,
            "livemode": False,
            "created": self.now,
            "latest_charge": {
                "id": "ch_1",
                "balance_transaction": None,
                "payment_method_details": {
                    "card": {"multicapture": {"status": "available" if keeps else "unavailable"}}
                },
            },
        }
        self.intents[intent["id"]] = intent
        if params.get("confirm") != "true":
            return 200, dict(intent)
        return self.confirm(intent, params.get("payment_method", ""))

    def confirm(self, intent: dict[str, Any], method: str) -> Reply:
        """What happens once the payer says yes."""
        if method in DECLINED:
            code, message = DECLINED[method]
            intent["last_payment_error"] = {"code": code, "message": message}
            return 402, error("card_error", message, code, payment_intent=dict(intent))
        intent["status"] = "requires_capture"
        intent["amount_capturable"] = intent["amount"]
        return 200, dict(intent)

    def cancel(self, intent: dict[str, Any]) -> Reply:
        """Let go of all of it; Stripe does so by itself when an authorisation is not captured for days."""
        if intent["status"] in ("succeeded", "canceled") or intent["amount_received"]:
            return refused("This PaymentIntent cannot be canceled.", "payment_intent_unexpected_state")
        intent.update(status="canceled", amount_capturable=0, canceled_at=self.now)
        return 200, dict(intent)

    def _change(self, intent: dict[str, Any], rest: list[str], params: Params) -> Reply:
        match rest:
            case []:
                if wrong := unknown(params, {"metadata"}):
                    return wrong
                if intent["status"] == "canceled":
                    return refused("A canceled PaymentIntent is not changed.", "payment_intent_unexpected_state")
                intent["metadata"] |= params.get("metadata", {})
                return 200, dict(intent)
            case ["cancel"]:
                return unknown(params, set()) or self.cancel(intent)
            case ["capture"]:
                return unknown(params, CAPTURING) or self._capture(intent, params)
        return 404, error("invalid_request_error", "Unrecognized request URL")

    def _capture(self, intent: dict[str, Any], params: Params) -> Reply:
        if intent["status"] != "requires_capture":
            return refused("This PaymentIntent could not be captured.", "payment_intent_unexpected_state")
        number, is_final = int(params["amount_to_capture"]), params.get("final_capture", "true") == "true"
        keeps = intent["latest_charge"]["payment_method_details"]["card"]["multicapture"]["status"] == "available"
        if not is_final and not keeps:
            return refused("final_capture=false needs multicapture, which is unavailable.")
        if number > intent["amount_capturable"] or (number < 1 and not (is_final and intent["amount_received"])):
            return refused("The amount to capture is out of range.", "amount_too_large")
        intent["amount_received"] += number
        if number:
            intent["latest_charge"]["balance_transaction"] = {"id": "txn_1", "created": self.now}
        intent["amount_capturable"] -= number
        intent["metadata"] |= params.get("metadata", {})
        if is_final or not intent["amount_capturable"]:
            intent.update(status="succeeded", amount_capturable=0)
        return 200, dict(intent)

    def _refund(self, params: Params) -> Reply:
        if wrong := unknown(params, {"payment_intent", "amount", "metadata"}):
            return wrong
        intent, number = self.intents[params["payment_intent"]], int(params["amount"])
        done = sum(
            each["amount"]
            for each in self.refunds.values()
            if each["payment_intent"] == intent["id"] and each["status"] != "failed"
        )
        if number < 1 or number > intent["amount_received"] - done:
            return refused("Refund amount is greater than what is left of the charge.", "charge_already_refunded")
        refund = {
            "id": f"re_{next(self._ids)}",
            "object": "refund",
            "amount": number,
            "currency": intent["currency"],
            "payment_intent": intent["id"],
            "metadata": dict(params.get("metadata", {})),
            "status": self.refund_status,
            "failure_reason": None,
            "created": self.now,
        }
        self.refunds[str(refund["id"])] = refund
        return 200, dict(refund)


def _shown(intent: dict[str, Any], params: Params) -> dict[str, Any]:
    """The intent with as much of its charge as was asked for."""
    asked = " ".join(params.get("expand", {}).values())
    charge = intent["latest_charge"]
    if "latest_charge" not in asked:
        return intent | {"latest_charge": charge["id"]}
    entry = charge["balance_transaction"]
    return intent | {
        "latest_charge": charge if "balance" in asked else charge | {"balance_transaction": entry and "txn_1"}
    }
