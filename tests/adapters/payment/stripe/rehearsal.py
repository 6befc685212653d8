"""localstripe, run as a program of its own, with the strictness it lacks put before it.

It keeps the payments; what it gets wrong (captures after a cancellation, refunds beyond what was captured, declined
cards that are authorised) is refused here before it is asked, and what it does not tell is added.
"""

from __future__ import annotations

import json
import subprocess
import sys
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlencode

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

# On loopback only, on a free port, and without the file it would keep its state in for all users of the machine.
_PROGRAM = """
import socket
from aiohttp import web
from localstripe import resources, server
resources.Store.dump_to_disk = lambda self: None
listening = socket.create_server(("127.0.0.1", 0))
print(listening.getsockname()[1], flush=True)
web.run_app(server.app, sock=listening, print=None, access_log=None)
"""


class Rehearsal:
    """One localstripe with its strict front."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(  # noqa: S603 - our own interpreter with a text written here
            [sys.executable, "-c", _PROGRAM], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        assert self._process.stdout is not None
        self._port = int(self._process.stdout.readline())
        self._received: dict[str, int] = {}
        self._declined: dict[str, dict[str, str]] = {}

    def close(self) -> None:
        self._process.kill()
        self._process.communicate()

    def act(self, method: str, path: str, params: Params) -> Reply:
        match [method, *path.removeprefix("/v1/").split("/")]:
            case ["POST", "payment_intents"]:
                return self._create(params)
            case ["GET", "payment_intents"]:
                return page(self._all("payment_intents"), params)
            case ["GET", "payment_intents", "search"]:
                return searched(self._all("payment_intents"), params)
            case ["GET", "payment_intents", _]:
                return self._told(*self._ask("GET", path))
            case ["POST", "payment_intents", _]:
                return unknown(params, {"metadata"}) or self._told(*self._ask("POST", path, params))
            case ["POST", "payment_intents", intent_id, "capture"]:
                return unknown(params, CAPTURING) or self._capture(intent_id, params)
            case ["POST", "payment_intents", intent_id, "cancel"]:
                if self._intent(intent_id)["status"] in ("succeeded", "canceled"):
                    return refused("This PaymentIntent cannot be canceled.", "payment_intent_unexpected_state")
                return self._told(*self._ask("POST", path))
            case ["POST", "refunds"]:
                return self._refund(params)
            case ["GET", "refunds"]:
                return page(self._refunds(params.get("payment_intent")), params)
            case ["GET", "refunds", _]:
                return self._ask("GET", path)
        return 404, error("invalid_request_error", f"Unrecognized request URL: {path}")

    def _create(self, params: Params) -> Reply:
        wrong = unknown(params, CREATING) or wrong_amount(int(params["amount"]), params["currency"])
        if wrong:
            return wrong
        is_declined = params["payment_method"] in DECLINED
        sent = {name: params[name] for name in ("amount", "currency", "capture_method", "metadata")}
        sent["payment_method"] = "pm_card_visa" if is_declined else params["payment_method"]
        status, found = self._ask("POST", "/v1/payment_intents", sent | {"confirm": str(not is_declined).lower()})
        if not is_declined or status != 200:
            return self._told(status, found)
        code, message = DECLINED[params["payment_method"]]
        self._declined[found["id"]] = {"code": code, "message": message}
        return 402, error("card_error", message, code, payment_intent=self._told(200, found)[1])

    def _capture(self, intent_id: str, params: Params) -> Reply:
        intent, number = self._intent(intent_id), int(params["amount_to_capture"])
        if intent["status"] != "requires_capture":
            return refused("This PaymentIntent could not be captured.", "payment_intent_unexpected_state")
        if params.get("final_capture", "true") != "true":
            return refused("final_capture=false needs multicapture, which is unavailable.")
        if not 1 <= number <= intent["amount"]:
            return refused("The amount to capture is out of range.", "amount_too_large")
        path = f"/v1/payment_intents/{intent_id}"
        status, found = self._ask("POST", f"{path}/capture", {"amount_to_capture": number})
        if status == 200:
            self._received[intent_id] = number
            status, found = self._ask("POST", path, {"metadata": params["metadata"]})
        return self._told(status, found)

    def _refund(self, params: Params) -> Reply:
        if wrong := unknown(params, {"payment_intent", "amount", "metadata"}):
            return wrong
        intent_id, number = params["payment_intent"], int(params["amount"])
        done = sum(each["amount"] for each in self._refunds(intent_id))
        if not 1 <= number <= self._received.get(intent_id, 0) - done:
            return refused("Refund amount is greater than what is left of the charge.", "charge_already_refunded")
        return self._ask("POST", "/v1/refunds", params)

    def _intent(self, intent_id: str) -> dict[str, Any]:
        return self._told(*self._ask("GET", f"/v1/payment_intents/{intent_id}"))[1]

    def _refunds(self, intent_id: str | None) -> list[dict[str, Any]]:
        """Not those by which localstripe writes down what a capture left over."""
        ours = [each for each in self._all("refunds") if each["payment_intent"]]
        return [each for each in ours if intent_id in (None, each["payment_intent"])]

    def _all(self, kind: str) -> list[dict[str, Any]]:
        found = self._ask("GET", f"/v1/{kind}?limit=100000")[1]["data"]
        return [self._told(200, each)[1] for each in found] if kind == "payment_intents" else list(found)

    def _told(self, status: int, found: dict[str, Any]) -> Reply:
        """An intent with what localstripe leaves out."""
        if status != 200:
            return status, found
        failure = self._declined.get(found["id"])
        known = "requires_payment_method" if failure and found["status"] != "canceled" else found["status"]
        return 200, found | {
            "status": known,
            "amount_received": self._received.get(found["id"], 0),
            "last_payment_error": failure,
        }

    def _ask(self, method: str, path: str, params: Params | None = None) -> Reply:
        connection = HTTPConnection("127.0.0.1", self._port, timeout=20)
        headers = {"Authorization": "Bearer sk_test_12345", "Content-Type": "application/x-www-form-urlencoded"}
        connection.request(method, path, urlencode(_flat(params or {})), headers)
        answer = connection.getresponse()
        status, body = answer.status, answer.read()
        connection.close()
        return status, json.loads(body)


def _flat(params: Params, within: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for name, value in params.items():
        full = f"{within}[{name}]" if within else name
        flat |= _flat(value, full) if isinstance(value, dict) else {full: value}
    return flat
