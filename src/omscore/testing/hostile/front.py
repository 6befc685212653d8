"""A front before a web server on this machine: it passes calls on, and breaks those a law or a plan wants broken."""

from __future__ import annotations

import socket
from collections.abc import Callable
from http.client import HTTPConnection, HTTPException
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import Any, NamedTuple, assert_never

from omscore.testing.faults import Fault
from omscore.testing.hostile.plans import FaultPlan

_HOST = "127.0.0.1"
_OF_ONE_HOP = frozenset({"connection", "keep-alive", "transfer-encoding", "content-length", "server", "date"})
_GARBAGE = b"<html><body>Bad gateway</body></html>"


class Call(NamedTuple):
    """One call that came to the front. Shape: `number` counts from 1."""

    number: int
    method: str
    path: str
    body: bytes
    fault: Fault | None

    def __str__(self) -> str:
        return f"{self.number} {self.method} {self.path}: {self.fault or 'passed on'}"


class _Answer(NamedTuple):
    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes


class _Order(NamedTuple):
    """A fault that waits for its call."""

    fault: Fault
    mark: bytes


class HostileFront:
    """Listens on a port of its own and passes every call on to the server behind it, by plain HTTP.

    Shape: `host` is where it is found, `127.0.0.1` with its `port`, and `url` the same as an address. `acts` tells
    which calls have an effect; without it, all but GET and HEAD. `calls` are all that came, and printed the front tells
    each with what became of it. Use it as a context manager, or `close` it.
    """

    def __init__(
        self, server_port: int, *, acts: Callable[[Call], bool] | None = None, plan: FaultPlan | None = None
    ) -> None:
        self.calls: list[Call] = []
        self.struck = 0
        self._server_port = server_port
        self._acts = acts or _is_writing
        self._plan = plan
        self._orders: list[_Order] = []
        self._late: list[tuple[Call, dict[str, str]]] = []
        self._lock = Lock()
        self._serving = ThreadingHTTPServer((_HOST, 0), _passing(self))
        self._serving.daemon_threads = True
        self.port: int = self._serving.server_address[1]
        self.host = f"{_HOST}:{self.port}"
        self.url = f"http://{self.host}"
        self._thread = Thread(target=self._serving.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        self._thread.start()

    def break_next(self, fault: Fault, *, mark: str = "", times: int = 1) -> None:
        """Break the next calls, so many, that bear the mark in their path or body.

        Shape: without a mark DOWN breaks the next call of any kind, all others the next that acts. PARTIAL is beyond a
        front: only the world behind it knows what half of a call is.
        """
        if fault is Fault.PARTIAL:
            raise ValueError("a front cannot do half of a call; let the world behind it do it")
        with self._lock:
            self._orders += [_Order(fault, mark.encode())] * times

    def close(self) -> None:
        """Listens no more; what was overtaken and is still held never arrives."""
        self._serving.shutdown()
        self._thread.join()
        self._serving.server_close()

    def __enter__(self) -> HostileFront:
        return self

    def __exit__(self, *_of_error: object) -> None:
        self.close()

    def __str__(self) -> str:
        return "\n".join(map(str, self.calls)) or "no call came"

    def taken(self, method: str, path: str, body: bytes, headers: dict[str, str]) -> _Answer | None:
        """The answer for whoever called, None when the line breaks."""
        call, late = self._judged(Call(0, method, path, body, None))
        match call.fault:
            case None:
                answer = self._asked(call, headers)
            case Fault.DOWN:
                return None
            case Fault.LATE:
                with self._lock:
                    self._late.append((call, headers))
                return None
            case Fault.LOST_ANSWER | Fault.PARTIAL:
                self._asked(call, headers)
                answer = None
            case Fault.GARBAGE:
                self._asked(call, headers)
                answer = _Answer(200, (("Content-Type", "text/html"),), _GARBAGE)
            case Fault.TWICE:
                self._asked(call, headers)
                answer = self._asked(call, headers)
            case _:
                assert_never(call.fault)
        for overtaken, its_headers in late:
            self._asked(overtaken, its_headers)
        return answer

    def _judged(self, call: Call) -> tuple[Call, list[tuple[Call, dict[str, str]]]]:
        """The call with its fault, and the calls it overtook."""
        is_act = self._acts(call)
        with self._lock:
            fault = next((order for order in self._orders if _fits(order, call, is_act)), None)
            if fault is not None:
                self._orders.remove(fault)
            drawn = self._plan.strike(f"{call.method} {call.path}") if self._plan and is_act else None
            call = call._replace(number=len(self.calls) + 1, fault=fault.fault if fault else drawn)
            self.calls.append(call)
            self.struck += call.fault is not None
            late: list[tuple[Call, dict[str, str]]] = []
            if is_act and call.fault not in (Fault.DOWN, Fault.LATE):
                late, self._late = self._late, []
        return call, late

    def _asked(self, call: Call, headers: dict[str, str]) -> _Answer | None:
        """What the server answers; None when it breaks the line itself."""
        behind = HTTPConnection(_HOST, self._server_port, timeout=30)
        try:
            behind.request(call.method, call.path, call.body or None, headers)
            answer = behind.getresponse()
            passed = [(name, value) for name, value in answer.getheaders() if name.lower() not in _OF_ONE_HOP]
            return _Answer(answer.status, tuple(passed), answer.read())
        except (OSError, HTTPException):
            return None
        finally:
            behind.close()


def _is_writing(call: Call) -> bool:
    return call.method not in ("GET", "HEAD")


def _fits(order: _Order, call: Call, is_act: bool) -> bool:
    if order.mark:
        return order.mark in call.body or order.mark in call.path.encode()
    return is_act or order.fault is Fault.DOWN


def _passing(front: HostileFront) -> type[BaseHTTPRequestHandler]:
    class Passing(BaseHTTPRequestHandler):
        wbufsize = 65_536  # one packet an answer: two would wait for each other

        def do_GET(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            headers = {name: value for name, value in self.headers.items() if name.lower() not in _OF_ONE_HOP}
            answer = front.taken(self.command, self.path, body, headers)
            if answer is None:
                self.close_connection = True
                self.connection.shutdown(socket.SHUT_RDWR)
                return
            try:
                self.send_response(answer.status)
                for name, value in answer.headers:
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(answer.body)))
                self.end_headers()
                self.wfile.write(answer.body)
            except OSError:
                self.close_connection = True  # whoever asked is gone

        do_POST = do_PUT = do_PATCH = do_DELETE = do_GET

        def log_message(self, format: str, *args: Any) -> None:
            """Nothing on the console."""

    return Passing
