"""A web server that tells everybody everything: each answer is a failure, and repeats all that was sent with it."""

from __future__ import annotations

import json
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import cycle
from threading import Thread
from typing import Any

STATUSES = (402, 401, 400, 403, 404, 409, 422, 429, 500, 503, 200)
KINDS = ("card_error", "invalid_request_error", "api_error")


class Echo(ThreadingHTTPServer):
    """Shape: `said` is every answer that was given."""

    daemon_threads = True

    def __init__(self, context: ssl.SSLContext | None = None) -> None:
        super().__init__(("127.0.0.1", 0), _Echoing)
        if context is not None:
            self.socket = context.wrap_socket(self.socket, server_side=True)
        self.port: int = self.server_address[1]
        self.statuses = cycle(STATUSES)
        self.kinds = cycle(KINDS)
        self.said: list[str] = []


class _Echoing(BaseHTTPRequestHandler):
    server: Echo

    def do_GET(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode("utf-8", "replace")
        echo = f"bad: {dict(self.headers)} {self.path} {body}"
        told: Any = {"code": "no", "message": echo, "type": next(self.server.kinds), "detail": [echo]}
        text = json.dumps({"id": 1, "error": told, "message": echo})
        self.server.said.append(text)
        self.send_response(next(self.server.statuses), "bad")
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text.encode())))
        self.end_headers()
        self.wfile.write(text.encode())

    do_POST = do_DELETE = do_PUT = do_GET

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: the tests' output is for failures."""


@contextmanager
def echoing(context: ssl.SSLContext | None = None) -> Iterator[Echo]:
    """Such a server on a free port, until the end of the block."""
    server = Echo(context)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
