"""A server on a loopback port that fails as a test asks it to: before it has done what was asked for, or after."""

from __future__ import annotations

import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from random import Random
from threading import Thread
from typing import TypeVar

FAULTS = ("before", "after", "429", "500", "502 after", "html", "html after", "shape", "shape after")
"""What can become of a request: it is lost before or after it was done, or the answer is of no use."""

Found = tuple[int, bytes, Mapping[str, str]]


class FaultyApi:
    """What a server does and how often it fails.

    Shape: `faults` befall the next requests, one each; after them one befalls by `chance`, `left_to_fail` times at
    most. `raw` is an answer to everything.
    """

    misshapen = b"{}"

    def __init__(self) -> None:
        self.port = 0
        self.faults: list[str] = []
        self.chance = 0.0
        self.left_to_fail = 1_000
        self.draw = Random(0)  # noqa: S311 (the same faults on every run)
        self.raw: Found | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def handle(self, verb: str, path: str, headers: Mapping[str, str], body: bytes) -> tuple[int, bytes]:
        """The status and content of an answer."""
        raise NotImplementedError

    def next_fault(self) -> str:
        if self.faults:
            return self.faults.pop(0)
        if self.left_to_fail and self.draw.random() < self.chance:
            self.left_to_fail -= 1
            return self.draw.choice(FAULTS)
        return ""

    def answer(self, verb: str, path: str, headers: Mapping[str, str], body: bytes) -> Found | None:
        """The answer; None when the connection is to break."""
        if self.raw is not None:
            return self.raw
        fault = self.next_fault()
        found = (200, b"")
        if fault in ("", "after") or fault.endswith(" after"):
            found = self.handle(verb, path, headers, body)
        match fault.removesuffix(" after"):
            case "before" | "after":
                return None
            case "429":
                return 429, b"", {"Retry-After": "2"}
            case "500" | "502" as failed:
                return int(failed), b"<html>Error</html>", {}
            case "html":
                return 200, b"<html>Hello</html>", {}
            case "shape":
                return 200, self.misshapen, {}
            case _:
                return *found, {}


def _handler(api: FaultyApi) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self._do("POST")

        def do_GET(self) -> None:
            self._do("GET")

        def _do(self, verb: str) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"] or 0))
            found = api.answer(verb, self.path, dict(self.headers.items()), body)
            if found is None:
                self.close_connection = True
                self.connection.shutdown(socket.SHUT_RDWR)
                return
            status, content, headers = found
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:
            pass

    return Handler


A = TypeVar("A", bound=FaultyApi)


@contextmanager
def served(api: A) -> Iterator[A]:
    """The server on a free port, until the end."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(api))
    server.daemon_threads = True
    api.port = server.server_address[1]
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield api
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
