"""Requests to a Tryton server: plain JSON-RPC over HTTP, signed in by a session that is opened when it is needed.

What a failure says about the effect is the point of this module: refused before anything was sent, refused by Tryton
with everything rolled back, or no answer, after which the effect may have happened.
"""

from __future__ import annotations

import base64
import json
import ssl
import zlib
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from urllib.parse import urlsplit

from omscore.border import JsonValue, Limits, read_json, tamed
from omscore.errors import InputError, PortRefusedError, PortTransientError, PortUnknownError, SetupError
from omscore_adapters.erp_tryton.settings import TrytonSettings

_LIMITS = Limits(body_bytes=4_194_304, entries=5_000, values=100_000, text_chars=100_000)
_SIGN_IN = "common.db.login"
_GZIP = 16 + zlib.MAX_WBITS
"""How zlib is told that what it unpacks is gzip."""


class SignedOutError(Exception):
    """The server does not know the session, or no longer trusts it."""


class TrytonRefusedError(PortRefusedError):
    """Tryton's own rules refuse the request; everything in it was rolled back."""


class TrytonFailedError(PortTransientError):
    """Tryton failed at the request in a way it has no words for, and rolled it back."""


class TrytonAsksError(TrytonRefusedError):
    """Tryton asks a person first; `name` is that of its question."""

    def __init__(self, message: str, *, name: str) -> None:
        super().__init__(message)
        self.name = name


class TrytonServer:
    """One database of one server, asked by one user."""

    def __init__(self, settings: TrytonSettings) -> None:
        self._settings = settings
        self._parts = urlsplit(settings.url)
        self._path = f"{self._parts.path.rstrip('/')}/{settings.database}/rpc/"
        self._session = ""

    def call(self, method: str, *params: JsonValue, context: dict[str, JsonValue] | None = None) -> JsonValue:
        """The answer of one method of a model.

        Raises: PortTransientError when nothing happened, PortUnknownError when no answer came, TrytonRefusedError for
        what Tryton's rules do not allow, SetupError when nobody can sign in.
        """
        for is_last in (False, True):
            if not self._session:
                self._session = self._signed_in()
            try:
                return self._ask(f"model.{method}", [*params, context or {}], self._session)
            except SignedOutError:
                self._session = ""
                if is_last:
                    raise PortTransientError(
                        f"Tryton signed {self._settings.user} out twice; try again later"
                    ) from None
        raise AssertionError("the loop ends above")

    def _signed_in(self) -> str:
        user = self._settings.user
        try:
            found = self._ask(_SIGN_IN, [user, {"password": self._settings.password.reveal()}], "")
        except SignedOutError:
            raise SetupError(
                f"erp.tryton: Tryton does not let {user} in; check user, password and database", path="erp.tryton.user"
            ) from None
        except PortUnknownError as error:  # signing in changes no books
            raise PortTransientError(
                f"{error}; nobody is signed in yet, so nothing happened. Has Tryton a database called"
                f" {self._settings.database!r}?"
            ) from error
        match found:
            case [int(number), str(token), *_]:
                return base64.b64encode(f"{user}:{number}:{token}".encode()).decode("ascii")
            case _:
                raise PortTransientError("Tryton's answer to the sign-in is no session; is this a Tryton 8 server?")

    def _ask(self, method: str, params: list[JsonValue], session: str) -> JsonValue:
        body = json.dumps({"id": 1, "method": method, "params": params}).encode("utf-8")
        headers = {"Content-Type": "application/json", "Accept-Encoding": "gzip"}
        if session:
            headers["Authorization"] = f"Session {session}"
        status, encoding, content = self._sent(body, headers)
        where = self._settings.url
        match status:
            case 200:
                return self._result(method, _unpacked(content, encoding))
            case 401:
                raise SignedOutError
            case 404:
                raise SetupError(
                    f"erp.tryton.database: {where} has no database {self._settings.database!r}, or is no Tryton server",
                    path="erp.tryton.database",
                )
            case 403:
                raise TrytonRefusedError(f"Tryton does not let {self._settings.user} ask for {method}; give it access")
            case 400 | 409 | 422 | 423 | 429 | 503:
                raise PortTransientError(f"Tryton answered {status} to {method}; try again later")
            case _:
                raise PortUnknownError(f"Tryton answered {status} to {method}; look the entries up")

    def _sent(self, body: bytes, headers: dict[str, str]) -> tuple[int, str, bytes]:
        where, timeout_s = self._settings.url, self._settings.timeout_s
        host = self._parts.hostname or ""
        connection: HTTPConnection
        if self._parts.scheme == "https":
            connection = HTTPSConnection(
                host, self._parts.port, timeout=timeout_s, context=ssl.create_default_context()
            )
        else:
            connection = HTTPConnection(host, self._parts.port, timeout=timeout_s)
        try:
            try:
                connection.connect()
            except OSError as error:
                raise PortTransientError(f"{where} cannot be reached ({error}); nothing was sent") from error
            try:
                connection.request("POST", self._path, body, headers)
                answer = connection.getresponse()
                content = answer.read(_LIMITS.body_bytes + 1)
                return answer.status, answer.headers.get("Content-Encoding", ""), content
            except (OSError, HTTPException) as error:
                name = type(error).__name__
                raise PortUnknownError(f"{where} gave no whole answer ({name}); look the entries up") from error
        finally:
            connection.close()

    def _result(self, method: str, content: bytes) -> JsonValue:
        try:
            answer = read_json(content, limits=_LIMITS)
        except InputError as error:
            raise PortUnknownError(f"Tryton's answer to {method} cannot be read ({error})") from error
        match answer:
            case {"error": ["UserError", [message, *more], *_]}:
                says = " ".join(str(each) for each in (message, *more[:1]) if each)
                raise TrytonRefusedError(f"Tryton refuses: {tamed(says, longest=400)}")
            case {"error": ["UserWarning", [name, message, *_], *_]}:
                says = tamed(str(message), longest=400)
                raise TrytonAsksError(f"Tryton asks a person first: {says}", name=str(name))
            case {"error": [name, *_]}:
                says = tamed(str(name), longest=200)
                raise TrytonFailedError(f"Tryton failed at {method} ({says}) and rolled it back; try again later")
            case {"result": result}:
                return result
            case _:
                raise PortUnknownError(f"Tryton's answer to {method} is neither a result nor an error")


def _unpacked(content: bytes, encoding: str) -> bytes:
    """The document itself. Shape: a packed one is unpacked no further than a document may be long.

    Tryton says gzip of every answer beyond 1,400 characters, also where it packed nothing.
    """
    if encoding != "gzip" or not content.startswith(b"\x1f\x8b"):
        return content
    try:
        return zlib.decompressobj(wbits=_GZIP).decompress(content, _LIMITS.body_bytes + 1)
    except zlib.error:
        return b""  # cut short: read as no document
