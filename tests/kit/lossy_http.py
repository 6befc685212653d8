"""A front before a server that loses what a test wants lost: a request before it arrives, or its answer."""

from __future__ import annotations

import socket
from enum import Enum, auto
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

from tests.kit.postgres import HOST


class HttpLoss(Enum):
    """What becomes of a request that bears the mark; who sent it sees its connection break each time."""

    BEFORE = auto()
    """It never reaches the server."""
    AFTER = auto()
    """The server does what it asks for, and the answer is lost."""


class LossyFront:
    """Listens on a port of its own and passes every POST on to the server behind it."""

    def __init__(self, server_port: int) -> None:
        self._mark = b""
        self._loss = HttpLoss.BEFORE
        self._times = 0
        self.lost = 0
        front = self

        class Passing(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                loss = front._loss_of(body)
                if loss is HttpLoss.BEFORE:
                    self._cut()
                    return
                behind = HTTPConnection(HOST, server_port, timeout=30)
                behind.request("POST", self.path, body, dict(self.headers.items()))
                answer = behind.getresponse()
                content = answer.read()
                behind.close()
                if loss is HttpLoss.AFTER:
                    self._cut()
                    return
                self.send_response(answer.status)
                for name in ("Content-Type", "Content-Encoding"):
                    if name in answer.headers:
                        self.send_header(name, answer.headers[name])
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def _cut(self) -> None:
                self.close_connection = True
                self.connection.shutdown(socket.SHUT_RDWR)

            def log_message(self, format: str, *args: object) -> None:
                pass

        self._serving = ThreadingHTTPServer((HOST, 0), Passing)
        self.port: int = self._serving.server_address[1]
        self._thread = Thread(target=self._serving.serve_forever, kwargs={"poll_interval": 0.01})
        self._thread.start()

    def lose(self, loss: HttpLoss, mark: str, *, times: int = 1) -> None:
        """From now on, so many times: the next requests whose body bears the mark."""
        self._loss, self._mark, self._times = loss, mark.encode(), times

    def close(self) -> None:
        self._serving.shutdown()
        self._thread.join()
        self._serving.server_close()

    def _loss_of(self, body: bytes) -> HttpLoss | None:
        if not self._times or self._mark not in body:
            return None
        self._times -= 1
        self.lost += 1
        return self._loss
