"""EasyPost on the loopback: shipments and trackers, as strict as its public reference says.

Faults are asked for by the next matching call: `lost` acts and breaks the line, `garbage` acts and answers no
JSON, `fails` answers 500 without acting.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import Any

from tests.kit.easypost_handovers import HandOvers

KEY = "EZTK-canary-0123456789abcdef"
ZPL, PDF, PNG = b"^XA^FDhello^FS^XZ", b"%PDF-1.4 hello", b"\x89PNG\r\n\x1a\nhello"
RATES = (("USPS", "Priority", "5.93", 2), ("USPS", "Express", "30.10", 1), ("UPS", "Ground", "5.930", None))


class FakeEasyPost:
    """What the account holds, and what was done to it."""

    def __init__(self) -> None:
        self.lock = Lock()
        self.port = 0
        self.reset()

    def reset(self) -> None:
        self.shipments: dict[str, dict[str, Any]] = {}
        self.trackers: list[dict[str, Any]] = []
        self.calls: list[str] = []
        self.purchases: list[str] = []
        self.refunds: list[str] = []
        self.faults: list[tuple[str, str]] = []
        self.is_partial = False
        self.files: dict[str, bytes] = {"/file.zpl": ZPL, "/file.pdf": PDF, "/file.png": PNG}
        self.redirects: dict[str, str] = {}
        self.label_url: str | None = None
        self.refund_status = "submitted"
        self.currency = "USD"
        self.handovers = HandOvers(self)
        self.form_path = "/file.pdf"
        self.form_status = "created"
        self.raw: bytes | None = None
        self.status_of_raw = 200

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.port}/v2"

    def fault(self, call: str, kind: str) -> None:
        """The next call that begins with that text goes wrong: `lost`, `garbage`, `fails`, or a status."""
        self.faults.append((call, kind))

    def answer(self, verb: str, path: str, query: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        parts = path.removeprefix("/v2/").split("/")
        match verb, parts:
            case "POST", ["shipments"]:
                return 201, self.rated(body["shipment"])
            case "GET", ["shipments", name]:
                return self._found(self.shipments, name)
            case "POST", ["shipments", name, "rerate"]:
                return 200, {"rates": self.shipments[name]["rates"]}
            case "POST", ["shipments", name, "buy"]:
                return self.buy(self.shipments[name], body["rate"]["id"])
            case "POST", ["shipments", name, "refund"]:
                return self._refund(self.shipments[name])
            case "GET", ["trackers"]:
                code = dict(part.split("=") for part in query.split("&"))["tracking_code"]
                return 200, {"trackers": [each for each in self.trackers if each["tracking_code"] == code]}
            case _:
                asked = dict(part.split("=") for part in query.split("&")) if query else {}
                missing = 404, {"error": {"code": "NOT_FOUND", "message": path}}
                return self.handovers.answer(verb, parts, asked, body) or missing

    def rated(self, wish: dict[str, Any]) -> dict[str, Any]:
        number = len(self.shipments) + 1
        shipment = {
            "id": f"shp_{number}",
            "object": "Shipment",
            "reference": wish.get("reference"),
            "wish": wish,
            "rates": []
            if wish.get("to_address", {}).get("country") == "AQ"
            else [
                {
                    "id": f"rate_{number}_{place}",
                    "carrier": carrier,
                    "service": service,
                    "rate": rate,
                    "currency": self.currency,
                    "delivery_days": days,
                }
                for place, (carrier, service, rate, days) in enumerate(RATES)
            ],
            "tracking_code": None,
            "selected_rate": None,
            "postage_label": None,
            "refund_status": None,
            "scan_form": None,
        }
        self.shipments[f"shp_{number}"] = shipment
        return shipment

    def buy(self, shipment: dict[str, Any], rate_id: str) -> tuple[int, dict[str, Any]]:
        if shipment["tracking_code"]:
            return 422, {"error": {"code": "SHIPMENT.POSTAGE.EXISTS", "message": "twice"}}
        form = shipment["wish"].get("options", {}).get("label_format", "PNG").lower()
        shipment |= {
            "selected_rate": next(each for each in shipment["rates"] if each["id"] == rate_id),
            "tracking_code": f"EZ{len(self.purchases) + 1:010d}",
            "postage_label": {"label_url": self.label_url or f"http://127.0.0.1:{self.port}/file.{form}"},
        }
        self.purchases.append(str(shipment["reference"]))
        return 200, shipment

    def _refund(self, shipment: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        if shipment["refund_status"]:
            return 422, {"error": {"code": "SHIPMENT.REFUND.DUPLICATE", "message": "twice"}}
        shipment["refund_status"] = self.refund_status
        self.refunds.append(shipment["tracking_code"])
        return 200, shipment

    @staticmethod
    def _found(things: dict[str, dict[str, Any]], name: str) -> tuple[int, dict[str, Any]]:
        for thing in reversed(list(things.values())):
            if name in (thing["id"], thing.get("reference")):
                return 200, thing
        return 404, {"error": {"code": "NOT_FOUND", "message": "The requested resource could not be found."}}


def _handler(fake: FakeEasyPost) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            """Nothing: the tests' output is for failures."""

        def do_GET(self) -> None:
            self._answer("GET", {})

        def do_POST(self) -> None:
            text = self.rfile.read(int(self.headers["Content-Length"] or 0))
            self._answer("POST", json.loads(text or b"{}"))

        def _answer(self, verb: str, body: dict[str, Any]) -> None:
            path, _, query = self.path.partition("?")
            if verb == "GET" and path in fake.files:
                self._send(200, fake.files[path])
                return
            if verb == "GET" and path in fake.redirects:
                self.send_response(302)
                self.send_header("Location", fake.redirects[path])
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            with fake.lock:
                call = f"{verb} {path.removeprefix('/v2')}"
                fake.calls.append(call)
                fault = next((each for each in fake.faults if _fits(call, each[0])), None)
                if fault is not None:
                    fake.faults.remove(fault)
                kind = fault[1] if fault is not None else ""
                if kind == "fails":
                    self._send(500, b'{"error": {"code": "INTERNAL", "message": "1 Secret Street"}}')
                    return
                if kind.isdigit():
                    self._send(int(kind), b'{"error": {"code": "SAYS.NO", "message": "1 Secret Street"}}')
                    return
                if fake.raw is not None:
                    self._send(fake.status_of_raw, fake.raw)
                    return
                if self.headers["Authorization"] != f"Bearer {KEY}":
                    self._send(401, b'{"error": {"code": "UNAUTHORIZED", "message": "no"}}')
                    return
                fake.is_partial = kind == "partial"  # then half of an order is bought, and the line breaks
                status, found = fake.answer(verb, path, query, body)
                if kind == "garbage":
                    self._send(status, b"<html>")
                    return
                if kind in ("lost", "partial"):
                    self.close_connection = True
                    return
                self._send(status, json.dumps(found).encode())

        def _send(self, status: int, content: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

    return Handler


def _fits(call: str, wanted: str) -> bool:
    if "|" in wanted:  # the next call that ends in one of these
        return call.startswith("POST") and call.endswith(tuple(wanted.split("|")))
    return (
        call.startswith(wanted)
        if not wanted.endswith("/buy")
        else call.startswith(wanted[:-4]) and call.endswith("/buy")
    )


@contextmanager
def easypost_api() -> Iterator[FakeEasyPost]:
    """The API on a free port, until the end."""
    fake = FakeEasyPost()
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
