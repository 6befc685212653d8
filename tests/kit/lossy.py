"""A wire between a store and its server that loses exactly what a test wants lost, once."""

from __future__ import annotations

import select
import socket
from enum import Enum, auto
from threading import Event, Thread

from tests.kit.postgres import HOST


class Loss(Enum):
    """What becomes of the message that bears the mark; the store sees its connection break each time."""

    BEFORE = auto()
    """It never reaches the server."""
    AFTER = auto()
    """The server answers, and the answer is lost."""
    LATE = auto()
    """It lies on the wire, and reaches the server when `release` is called, if that still listens."""


SYNC = b"S\x00\x00\x00\x04"
"""What a message of the store ends with, and the server waits for before it answers."""


class Wire:
    """Listens on a port of its own and passes everything on to the server."""

    def __init__(self, port: int) -> None:
        self._server = port
        self._listening = socket.create_server((HOST, 0))
        self.port: int = self._listening.getsockname()[1]
        self._mark = b""
        self._loss = Loss.BEFORE
        self._release = Event()
        self.has_lost = Event()
        self.is_settled = Event()
        Thread(target=self._accept, daemon=True).start()

    def lose(self, loss: Loss, mark: str) -> None:
        """From now on, once: the next message from the store that bears the mark."""
        self._loss, self._mark = loss, mark.encode()

    def release(self) -> None:
        """What lies on the wire goes on; returns when the server has taken it, or refused the connection."""
        self._release.set()
        assert self.is_settled.wait(30)

    def accepts_no_more(self) -> None:
        """New connections fail; those there are go on."""
        self._listening.shutdown(socket.SHUT_RDWR)  # wakes who waits for the next one
        self._listening.close()

    def close(self) -> None:
        self._release.set()
        if self._listening.fileno() >= 0:
            self.accepts_no_more()

    def _accept(self) -> None:
        while True:
            try:
                store, _ = self._listening.accept()
            except OSError:
                return
            Thread(target=self._pass_on, args=(store,), daemon=True).start()

    def _pass_on(self, store: socket.socket) -> None:
        with store, socket.create_connection((HOST, self._server)) as server:
            while True:
                ready, _, _ = select.select([store, server], [], [])
                for end in ready:
                    try:
                        said = end.recv(65_536)
                    except OSError:
                        return
                    if not said:
                        return
                    if end is store and self._mark and self._mark in said:
                        self._mark = b""
                        self._lose(_whole(said, store), store, server)
                        return
                    (server if end is store else store).sendall(said)

    def _lose(self, said: bytes, store: socket.socket, server: socket.socket) -> None:
        match self._loss:
            case Loss.BEFORE:
                pass
            case Loss.AFTER:
                server.sendall(said)
                server.recv(65_536)
            case Loss.LATE:
                store.close()
                self.has_lost.set()
                self._release.wait()
                try:
                    server.sendall(said)
                    while server.recv(65_536):
                        pass
                except OSError:
                    pass
        self.has_lost.set()
        self.is_settled.set()


def _whole(said: bytes, store: socket.socket) -> bytes:
    """The message to its end: a large commit comes in several pieces, and half of one is answered by nobody."""
    while not said.endswith(SYNC) and not said.startswith(b"Q"):  # plain statements, such as COMMIT, have no such end
        more = store.recv(65_536)
        if not more:
            break
        said += more
    return said
