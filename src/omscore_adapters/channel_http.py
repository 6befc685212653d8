"""One request of an API and its answer, for channels that are told by one: no proxy, no redirect, an end to it."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import NamedTuple
from urllib.parse import urlsplit

from omscore.errors import InputError, PortError, PortTransientError, PortUnknownError

MOST_BYTES = 4_194_304
_LOOPBACK = ("127.0.0.1", "::1", "localhost")


class Answer(NamedTuple):
    """What a server answered. Shape: `wait` is a text such as `, for 4 s` when it said how long to wait, or empty."""

    status: int
    wait: str
    content: bytes


class NoAnswerError(Exception):
    """The request was sent, and no whole answer came: it may have been done."""


def exchanged(verb: str, url: str, body: bytes, headers: Mapping[str, str], *, timeout_s: int) -> Answer:
    """The answer to a request. Raises: PortTransientError when nothing was sent; NoAnswerError."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    connection: HTTPConnection
    if parts.scheme == "https":
        connection = HTTPSConnection(host, parts.port, timeout=timeout_s, context=ssl.create_default_context())
    else:
        connection = HTTPConnection(host, parts.port, timeout=timeout_s)
    try:
        try:
            connection.connect()
        except OSError as error:
            raise PortTransientError(f"{host} cannot be reached ({type(error).__name__})") from error
        try:
            connection.request(verb, parts.path, body, {"User-Agent": "omscore", **headers})
            answer = connection.getresponse()
            wait = answer.headers.get("Retry-After", "")
            content = answer.read(MOST_BYTES + 1)
        except (OSError, HTTPException) as error:
            raise NoAnswerError(type(error).__name__) from error
    finally:
        connection.close()
    return Answer(answer.status, f", for {wait} s" if wait.isascii() and wait.isdecimal() else "", content)


def lost(who: str, what: str, *, effect: bool) -> PortError:
    """The error for an answer of no use: nothing is known when the question had an effect, else nothing happened."""
    if effect:
        return PortUnknownError(f"{who} gave {what}; it is looked up before it is asked again")
    return PortTransientError(f"{who} gave {what}")


def check_url(url: str, name: str, example: str, *, path: bool = False) -> None:
    """Returns when a token may be sent there: by TLS, or to this machine itself.

    Shape: an address with a path only where `path` says so. Raises: InputError naming the setting.
    """
    try:
        parts = urlsplit(url)
        is_safe = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)
        is_plain = bool(parts.hostname) and "@" not in parts.netloc and not parts.query and not parts.fragment
        is_good = is_safe and is_plain and parts.port != 0 and (path or not parts.path.strip("/"))
    except ValueError:
        is_good = False
    if not is_good or not url.isascii() or not url.isprintable() or " " in url:
        raise InputError(f"{name} is {url!r}; write an address such as {example}")
