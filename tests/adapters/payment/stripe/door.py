"""A loopback web server with the manners of Stripe's: keys, idempotency, versions of failure; a peer does the rest.

It is strict where rehearsal servers are not: no POST without a key, no key for two bodies, a saved answer for a key
sent twice, and no parameter it does not know.
"""

from __future__ import annotations

import json
import re
import socket
import threading
from collections.abc import Callable
from enum import Enum, auto
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Protocol
from urllib.parse import parse_qsl, urlsplit

Params = dict[str, Any]
Reply = tuple[int, dict[str, Any]]


class Peer(Protocol):
    """Who knows the payments."""

    def act(self, method: str, path: str, params: Params) -> Reply: ...


class Fault(Enum):
    """What goes wrong with one POST."""

    LOST_BEFORE = auto()
    """The connection breaks before anything is done."""
    LOST_AFTER = auto()
    """It is done, and the answer is lost."""
    GARBAGE = auto()
    """It is done, and the answer cannot be read."""
    BROKEN = auto()
    """It is done, and the answer is status 500; the same key gets the true answer later."""
    BUSY = auto()
    """Status 429; nothing is done."""
    IN_USE = auto()
    """Status 409: another call under this key is under way; nothing is done by this one."""


class Door:
    """The server. `calls` are all that came in; `faults` are spent one per POST, oldest first.""" ""

    def __init__(self, peer: Peer) -> None:
        self.peer = peer
        self.faults: list[Fault] = []
        self.calls: list[tuple[str, str, str]] = []
        self.watch: Callable[[str, int], None] = lambda _moment, _number: None
        self._saved: dict[str, tuple[str, Reply]] = {}
        self._lock = threading.RLock()
        door = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            wbufsize = 65_536  # one packet an answer: two would wait for each other
            disable_nagle_algorithm = True

            def log_message(self, format: str, *args: Any) -> None:
                pass

            def do_GET(self) -> None:
                door._answer(self)

            do_POST = do_DELETE = do_GET

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def forget_keys(self) -> None:
        """A day goes by: the idempotency keys are forgotten."""
        self._saved.clear()

    def posts(self) -> list[str]:
        return [path for method, path, _ in self.calls if method == "POST"]

    def _answer(self, asked: BaseHTTPRequestHandler) -> None:
        body = asked.rfile.read(int(asked.headers.get("Content-Length") or 0)).decode()
        address = urlsplit(asked.path)
        params = nested(body if asked.command == "POST" else address.query)
        key = asked.headers.get("Idempotency-Key") or ""
        with self._lock:
            self.calls.append((asked.command, address.path, key))
            number = len(self.calls)
        self.watch("before", number)
        with self._lock:
            fault = self.faults.pop(0) if self.faults and asked.command == "POST" else None
            if fault is Fault.LOST_BEFORE:
                return _hang_up(asked)
            if fault in (Fault.BUSY, Fault.IN_USE):
                status = 429 if fault is Fault.BUSY else 409
                return _send(asked, (status, error("invalid_request_error", "try later")))
            reply, is_replay = self._replied(asked, address.path, params, key)
            self.watch("after", number)
        match fault:
            case Fault.LOST_AFTER:
                _hang_up(asked)
            case Fault.GARBAGE:
                _send_bytes(asked, 200, b"<html>gateway</html>", is_replay)
            case Fault.BROKEN:
                _send(asked, (500, error("api_error", "sorry")))
            case _:
                _send(asked, reply, is_replay)

    def _replied(self, asked: BaseHTTPRequestHandler, path: str, params: Params, key: str) -> tuple[Reply, bool]:
        if not (asked.headers.get("Authorization") or "").startswith("Bearer sk_test_good"):
            return (401, error("invalid_request_error", "Invalid API Key provided: sk_test_****")), False
        if asked.command != "POST":
            return self.peer.act(asked.command, path, params), False
        if not 0 < len(key) <= 255:
            return (400, error("invalid_request_error", "every POST needs an idempotency key")), False
        print_of = json.dumps([path, params], sort_keys=True)
        if key in self._saved:
            first, reply = self._saved[key]
            if first != print_of:
                return (400, error("idempotency_error", "this key came with other parameters")), False
            return reply, True
        reply = self.peer.act("POST", path, params)
        self._saved[key] = (print_of, reply)
        return reply, False


def error(kind: str, message: str, code: str | None = None, **more: Any) -> dict[str, Any]:
    """The body of an error."""
    return {"error": {"type": kind, "message": message, "code": code, **more}}


def nested(form: str) -> Params:
    """Form fields such as `metadata[a]=1` as objects within objects; lists are objects of numbers.

    >>> nested("amount=5&metadata[a]=1")
    {'amount': '5', 'metadata': {'a': '1'}}
    """
    found: Params = {}
    for name, value in parse_qsl(form, keep_blank_values=True):
        steps = re.findall(r"[^\[\]]+", name)
        here = found
        for step in steps[:-1]:
            here = here.setdefault(step, {})
        here[steps[-1]] = value
    return found


def _send(asked: BaseHTTPRequestHandler, reply: Reply, is_replay: bool = False) -> None:
    _send_bytes(asked, reply[0], json.dumps(reply[1]).encode(), is_replay)


def _send_bytes(asked: BaseHTTPRequestHandler, status: int, body: bytes, is_replay: bool) -> None:
    try:
        asked.send_response(status)
        asked.send_header("Content-Type", "application/json")
        asked.send_header("Content-Length", str(len(body)))
        if is_replay:
            asked.send_header("Idempotent-Replayed", "true")
        asked.end_headers()
        asked.wfile.write(body)
    except OSError:
        asked.close_connection = True  # whoever asked is gone


def _hang_up(asked: BaseHTTPRequestHandler) -> None:
    asked.close_connection = True
    asked.connection.shutdown(socket.SHUT_RDWR)
