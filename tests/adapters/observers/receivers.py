"""A receiver of webhooks on the loopback, with a certificate of its own."""

from __future__ import annotations

import ssl
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import trustme

from omscore.testing.faults import Fault


class Receiver(ThreadingHTTPServer):
    """A server over TLS that keeps what it hears; the path says what it answers, or `fault` goes wrong once."""

    daemon_threads = True

    def __init__(self, folder: Path) -> None:
        super().__init__(("127.0.0.1", 0), _Hearing)
        authority = trustme.CA()
        self.ca_file = folder / "ca.pem"
        authority.cert_pem.write_to_path(str(self.ca_file))
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        authority.issue_cert("hooks.example").configure_cert(context)
        self.socket = context.wrap_socket(self.socket, server_side=True)
        self.heard: list[tuple[str, dict[str, str], bytes]] = []
        self.answers: list[int] = []
        self.fault: Fault | None = None

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A caller that hangs up is what some tests are about."""


class _Hearing(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        fault, self.server.fault = self.server.fault, None
        if fault is Fault.DOWN:
            self.connection.close()
            return
        self.server.heard.append((self.path, {name.lower(): value for name, value in self.headers.items()}, body))
        if fault is Fault.LOST_ANSWER or self.path == "/lost":
            self.connection.close()
            return
        if fault is Fault.GARBAGE:
            self.wfile.write(b"<html>what?</html>\r\n\r\n")
            return
        if self.path == "/slow":
            for _ in range(100):  # every byte in time, all of them never
                self.wfile.write(b"H")
                time.sleep(0.05)
            return
        status = self.server.answers.pop(0) if self.server.answers else 204
        self.send_response(int(self.path[1:]) if self.path[1:].isdigit() else status)
        self.send_header("location", f"https://hooks.example:{self.server.server_port}/elsewhere")
        self.send_header("content-length", str(10**12 if self.path == "/200" else 0))
        self.end_headers()
        while self.path == "/200":
            self.wfile.write(b"x" * 100_000)  # until the caller hangs up

    def log_message(self, format: str, *args: object) -> None:
        """Nothing on the console."""
