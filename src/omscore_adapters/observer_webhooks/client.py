"""Posts one message to one judged address, follows nothing, and reads nothing of the answer but its head."""

from __future__ import annotations

import http.client
import socket
import ssl
from collections.abc import Mapping
from threading import Timer

from omscore.errors import PortTransientError, PortUnknownError
from omscore_adapters.observer_webhooks.guard import Target


class _Pinned(http.client.HTTPSConnection):
    """A connection to an address that was judged, while the certificate and the Host header keep to the name."""

    def __init__(self, target: Target, address: str, *, trust: ssl.SSLContext, timeout_s: int) -> None:
        super().__init__(target.host, target.port, timeout=timeout_s, context=trust)
        self._address, self._trust = address, trust

    def connect(self) -> None:
        plain = socket.create_connection((self._address, self.port), timeout=self.timeout)
        try:
            self.sock = self._trust.wrap_socket(plain, server_hostname=self.host.removesuffix("."))
        except BaseException:
            plain.close()
            raise

    def cut(self) -> None:
        """Ends the conversation from another thread."""
        sock = self.sock
        if sock is not None:
            try:
                sock.shutdown(socket.SHUT_RDWR)
            except OSError:
                return  # it has ended by itself


def posted(
    target: Target, address: str, body: bytes, headers: Mapping[str, str], *, trust: ssl.SSLContext, timeout_s: int
) -> int:
    """The number a receiver answered with.

    Raises: PortTransientError when nothing was sent; PortUnknownError when no answer came within the time.
    """
    connection = _Pinned(target, address, trust=trust, timeout_s=timeout_s)
    deadline = Timer(timeout_s, connection.cut)  # each byte of a slow answer would begin the socket's time anew
    deadline.daemon = True
    try:
        try:
            connection.connect()
        except OSError as error:
            raise PortTransientError(
                f"{target.host} cannot be reached or trusted ({type(error).__name__}); it is tried again"
            ) from error
        deadline.start()
        connection.request("POST", target.path, body=body, headers=dict(headers))
        return connection.getresponse().status
    except (OSError, http.client.HTTPException) as error:
        raise PortUnknownError(
            f"{target.host} gave no answer ({type(error).__name__}); it is told again under the same id"
        ) from error
    finally:
        deadline.cancel()
        connection.close()
