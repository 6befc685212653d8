"""The client of a new plugin says what went wrong on the way, and whether there is a key to ask again with."""

from __future__ import annotations

import json
import ssl
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from importlib import import_module
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
import trustme

from omscore.cli.newplugin import write_plugin
from omscore.errors import PortError, PortTransientError, PortUnknownError
from omscore.plugins import PortKind
from omscore.secrets import Secret

ANSWERS = {"/fine": (200, b"{}"), "/failed": (503, b"{}"), "/page": (200, b"<html>")}


class Backend(BaseHTTPRequestHandler):
    """Answers by the path; at `/silent` it hangs up."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        if self.path == "/silent":
            self.close_connection = True
            return
        status, body = ANSWERS[self.path]
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Nothing on the console."""


class Quiet(HTTPServer):
    def handle_error(self, request: Any, client_address: Any) -> None:
        """A caller that hangs up is what some tests are about."""


@contextmanager
def listening(context: ssl.SSLContext) -> Iterator[int]:
    """A port of this machine where the backend answers by https."""
    server = Quiet(("127.0.0.1", 0), Backend)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def port(authority: trustme.CA) -> Iterator[int]:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("localhost").configure_cert(context)
    with listening(context) as port:
        yield port


Ask = Callable[..., Any]


@pytest.fixture
def ask(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Ask]:
    """Asks a host as the client of a project just written does."""
    write_plugin(PortKind.CARRIER, "heron", tmp_path / "project")
    monkeypatch.syspath_prepend(tmp_path / "project" / "src")
    client = import_module("omscore_heron.client").Client
    settings = import_module("omscore_heron.settings").HeronSettings

    def asked(host: str, path: str = "/fine", *, key: str = "") -> Any:
        return client(settings(host=host, api_key=Secret("sk_1"))).call("POST", path, {}, key=key)

    yield asked
    for name in [name for name in sys.modules if name.partition(".")[0] == "omscore_heron"]:
        del sys.modules[name]


def refusal(kind: type[PortError], ask: Ask, *arguments: str, **more: str) -> str:
    with pytest.raises(kind) as refused:
        ask(*arguments, **more)
    said = str(refused.value)
    assert "nothing happened" not in said, "the engine says that already"
    return said


def test_a_host_nobody_listens_at_is_named_by_the_kind_of_the_error(ask: Ask) -> None:
    said = refusal(PortTransientError, ask, "127.0.0.1:1")
    assert said.startswith(
        "heron cannot be reached (ConnectionRefusedError: Connection refused); see that carrier.heron"
    )


def test_a_name_that_leads_nowhere_is_told_apart(ask: Ask) -> None:
    assert "(gaierror: " in refusal(PortTransientError, ask, "no-such-host.invalid")


def test_a_certificate_nobody_trusts_is_told_apart(ask: Ask, port: int) -> None:
    said = refusal(PortTransientError, ask, f"localhost:{port}")
    assert said.startswith("the certificate of heron is not trusted (")
    assert "carrier.heron.host" in said


def test_a_certificate_of_another_host_is_told_apart(
    ask: Ask, port: int, authority: trustme.CA, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trusting(authority, tmp_path, monkeypatch)
    said = refusal(PortTransientError, ask, f"127.0.0.1:{port}")
    assert said.startswith("the certificate of heron is not trusted (IP address mismatch")


def test_a_server_of_ones_own_is_trusted_by_a_file_of_certificates(
    ask: Ask, port: int, authority: trustme.CA, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trusting(authority, tmp_path, monkeypatch)
    assert ask(f"localhost:{port}") == json.loads(ANSWERS["/fine"][1])


@pytest.mark.parametrize("path", ["/failed", "/page", "/silent"])
def test_to_ask_again_with_the_same_key_is_said_where_there_was_one(
    path: str, ask: Ask, port: int, authority: trustme.CA, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trusting(authority, tmp_path, monkeypatch)
    with_key = refusal(PortUnknownError, ask, f"localhost:{port}", path, key="ord_1.label")
    without = refusal(PortUnknownError, ask, f"localhost:{port}", path)
    assert with_key.endswith("; ask again with the same key")
    assert without.endswith("; ask again later")


def trusting(authority: trustme.CA, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    authority.cert_pem.write_to_path(str(folder / "ca.pem"))
    monkeypatch.setenv("SSL_CERT_FILE", str(folder / "ca.pem"))
