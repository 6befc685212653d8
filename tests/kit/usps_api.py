"""USPS on the loopback, in the words of its public REST reference (version 3): tokens, prices, labels, tracking.

Faults strike the next call whose path holds a word, or one of several with a bar between them: `lost` acts and breaks
the line, `garbage` acts and answers no JSON, `slow` acts and answers once the test is over, a status answers it without
acting.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Lock, Thread
from typing import Any

SECRET = "usps-canary-0123456789"  # noqa: S105 - of the loopback
PDF_BASE64 = "JVBERi0xLjQgaGVsbG8="
RATES = (
    ("PRIORITY_MAIL", "Priority Mail", 9.35, "2 Days"),
    ("USPS_GROUND_ADVANTAGE", "USPS Ground Advantage", 7.1, ""),
)


class FakeUsps:
    """What the account holds, and what was done to it."""

    def __init__(self) -> None:
        self.lock = Lock()
        self.port = 0
        self.reset()

    def reset(self) -> None:
        self.labels: dict[str, dict[str, Any]] = {}
        self.cancelled: list[str] = []
        self.calls: list[str] = []
        self.faults: list[tuple[str, str]] = []
        self.scans: dict[str, list[dict[str, Any]]] = {}
        self.label_image = PDF_BASE64
        self.postage: float | None = None
        self.goes_on = Event()

    def fault(self, word: str, kind: str) -> None:
        self.faults.append((word, kind))

    def answer(self, verb: str, path: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        parts = path.partition("?")[0].strip("/").split("/")
        match verb, parts:
            case "POST", ["shipments", "v3", "options", "search"]:
                return self._options(body)
            case "POST", ["labels", "v3", "label"]:
                return self._label(body)
            case "DELETE", ["labels", "v3", "label", number]:
                return self._cancel(number)
            case "GET", ["tracking", "v3", "tracking", number]:
                return self._tracking(number)
            case "POST", ["payments", "v3", "payment-authorization"]:
                return 200, {"paymentAuthorizationToken": "pay"}
            case _:
                return 404, _error("404", "no such page")

    def _options(self, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        if not body.get("destinationZIPCode"):
            return 400, _error("400", "1 Secret Street")
        options = [
            {
                "mailClass": mail_class,
                "rateOptions": [
                    {
                        "commitment": {"name": commitment, "scheduleDeliveryDate": "2026-03-04"},
                        "totalPrice": price,
                        "totalBasePrice": price,
                        "rates": [
                            {"mailClass": mail_class, "productName": name, "price": price, "SKU": "X", "fees": []}
                        ],
                        "extraServices": [],
                    }
                ],
            }
            for mail_class, name, price, commitment in RATES
        ]
        return 200, {"pricingOptions": [{"shippingOptions": options}]}

    def _label(self, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        number = f"92055{len(self.labels) + 1:017d}"
        mail_class = body["packageDescription"]["mailClass"]
        price = next(price for known, _, price, _ in RATES if known == mail_class)
        self.labels[number] = body
        postage = price if self.postage is None else self.postage
        return 200, {
            "labelMetadata": {
                "trackingNumber": number,
                "postage": postage,
                "SKU": "X",
                "routingInformation": "42090277",
                "extraServices": [],
                "fees": [],
            },
            "labelImage": self.label_image,
        }

    def _cancel(self, number: str) -> tuple[int, dict[str, Any]]:
        if number not in self.labels or number in self.cancelled:
            return 400, _error("160118", "it cannot be cancelled: 1 Secret Street")
        self.cancelled.append(number)
        return 200, {"trackingNumber": number, "status": "CANCELED"}

    def _tracking(self, number: str) -> tuple[int, dict[str, Any]]:
        if number not in self.scans:
            return 404, _error("404", "not found")
        return 200, {
            "trackingNumber": number,
            "status": "Odd",
            "statusCategory": "x",
            "trackingEvents": self.scans[number],
        }


def _error(code: str, message: str) -> dict[str, Any]:
    told = {"status": code, "code": code, "title": "no", "detail": message, "source": {}}
    return {"apiVersion": "3", "error": {"code": code, "message": message, "errors": [told]}}


def _fits(path: str, words: str) -> bool:
    return any(word in path for word in words.split("|"))


def _handler(fake: FakeUsps) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            """Nothing: the tests' output is for failures."""

        def do_GET(self) -> None:
            self._answer("GET")

        def do_DELETE(self) -> None:
            self._answer("DELETE")

        def do_POST(self) -> None:
            self._answer("POST")

        def _answer(self, verb: str) -> None:
            text = self.rfile.read(int(self.headers["Content-Length"] or 0)).decode()
            with fake.lock:
                fake.calls.append(f"{verb} {self.path}")
                fault = next((each for each in fake.faults if _fits(self.path, each[0])), None)
                if fault is not None:
                    fake.faults.remove(fault)
                kind = fault[1] if fault is not None else ""
                if kind.isdigit():
                    self._send(int(kind), json.dumps(_error(kind, "1 Secret Street")).encode())
                    return
                if "oauth2" in self.path:
                    is_ours = f"client_secret={SECRET}" in text
                    found = {"access_token": "tok", "expires_in": 28799} if is_ours else _error("401", "no")
                    self._send(200 if is_ours else 401, json.dumps(found).encode())
                    return
                status, answer = fake.answer(verb, self.path, json.loads(text or "{}"))
            if kind == "lost":
                self.close_connection = True
                return
            if kind == "slow":
                fake.goes_on.wait(5)
            self._send(status, b"<html>" if kind == "garbage" else json.dumps(answer).encode())

        def _send(self, status: int, content: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

    return Handler


@contextmanager
def usps_api() -> Iterator[FakeUsps]:
    """The API on a free port, until the end."""
    fake = FakeUsps()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(fake))
    server.daemon_threads = True
    fake.port = server.server_address[1]
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield fake
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
