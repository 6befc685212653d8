"""What Shopify's answers mean, in the words of ports; what is asked at all; and what the settings must be."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from omscore.errors import (
    InputError,
    OmsError,
    PortRefusedError,
    PortTransientError,
    PortUnknownError,
    SetupError,
)
from omscore.parties import NewsKind
from omscore.secrets import Secret
from omscore_adapters.channel_shopify import ShopifyChannel, ShopifySettings, questions
from tests.adapters.channels.test_telling_shopify import channel, parcel, shipment, stock
from tests.kit.faulty_api import served
from tests.kit.shopify_api import LOCATION, TOKEN, FakeShopify
from tests.kit.shops import TEA


@pytest.fixture
def api() -> Iterator[FakeShopify]:
    with served(FakeShopify()) as fake:
        yield fake


@pytest.mark.parametrize("name", [name for name in vars(questions) if name.isupper() and "MOST" not in name])
def test_a_question_declares_the_variables_it_uses_and_closes_what_it_opens(name: str) -> None:
    question = getattr(questions, name)
    head, _, inside = question.partition(" {\n")
    assert set(re.findall(r"\$\w+", head)) == set(re.findall(r"\$\w+", inside))
    assert (question.count("{"), question.count("(")) == (question.count("}"), question.count(")"))


def an_error(code: str, message: str = "No.") -> bytes:
    return json.dumps({"errors": [{"message": message, "extensions": {"code": code}}]}).encode()


@pytest.mark.parametrize(
    ("raw", "error", "words"),
    [
        ((401, b"", {}), SetupError, r"channel.shopify.token: Shopify does not let this token in \(401\)"),
        ((403, b"", {}), SetupError, "access scopes"),
        ((404, b"", {}), SetupError, "there is no shop with Admin API 2026-04"),
        ((429, b"", {"Retry-After": "4"}), PortTransientError, r"no calls now \(429, for 4 s\)"),
        ((429, b"", {"Retry-After": "\u00b2"}), PortTransientError, r"no calls now \(429\)"),
        ((423, b"", {}), PortTransientError, "423"),
        ((301, b"", {"Location": "https://elsewhere.example"}), PortRefusedError, "answered 301"),
        ((400, b"", {}), PortRefusedError, "answered 400"),
        ((500, b"", {}), PortTransientError, r"an error \(500\)"),
        ((200, b"", {}), PortTransientError, "cannot be read"),
        ((200, b"[]", {}), PortTransientError, "an answer without data"),
        ((200, b"[" * 10_000, {}), PortTransientError, "cannot be read"),
        ((200, b'{"errors": "Not found"}', {}), PortTransientError, "not of the form"),
        ((200, b'{"errors": [{"message": 4}]}', {}), PortTransientError, "an error of its own"),
        ((200, an_error("THROTTLED"), {}), PortTransientError, "too many calls"),
        ((200, an_error("ACCESS_DENIED"), {}), SetupError, "lacks an access scope"),
        ((200, an_error("INTERNAL_SERVER_ERROR"), {}), PortTransientError, "an error of its own"),
        ((200, an_error("MAX_COST_EXCEEDED", "Too\x1b dear"), {}), PortRefusedError, r"Shopify refuses: Too\? dear"),
        ((200, b'{"data": {"order": {"fulfillments": [7]}}}', {}), PortTransientError, "not of the form"),
        ((200, b'{"data": {}}', {}), PortTransientError, "not of the form"),
        ((200, b'{"data": {"order": {}}}', {}), PortTransientError, "not of the form"),
        ((200, b'{"data": {"inventoryItems": {"nodes": []}}}', {}), PortTransientError, "whether that is all"),
        (
            (200, b'{"data": {"inventoryItems": {"nodes": [], "pageInfo": {"hasNextPage": true}}}}', {}),
            PortTransientError,
            "without telling where it begins",
        ),
    ],
)
def test_what_an_answer_means_is_told_in_the_words_of_ports(
    api: FakeShopify, raw: tuple[int, bytes, dict[str, str]], error: type[OmsError], words: str
) -> None:
    api.raw = raw
    notice = stock(TEA=1) if b"inventoryItems" in raw[1] else shipment(parcel("1Z1", TEA=1))
    with pytest.raises(error, match=words) as caught:
        channel(api).tell(notice)
    assert TOKEN not in str(caught.value)


@pytest.mark.parametrize("fault", ["before", "after", "500", "502 after", "html", "shape after"])
def test_a_change_whose_answer_is_of_no_use_may_have_been_made(api: FakeShopify, fault: str) -> None:
    api.add_order(5001, (LOCATION, {TEA: 3}))
    api.faults = ["", "", "", fault]
    with pytest.raises(PortUnknownError, match="looked up before"):
        channel(api).tell(shipment(parcel("1Z1", TEA=2)))


def test_a_server_that_cannot_be_reached_did_nothing(api: FakeShopify) -> None:
    with pytest.raises(PortTransientError, match="cannot be reached"):
        channel(api, url="http://127.0.0.1:1").tell(stock(TEA=1))


def test_what_is_told_depends_on_what_is_set(api: FakeShopify) -> None:
    assert channel(api).tells == {NewsKind.SHIPMENT, NewsKind.STOCK}
    assert channel(api, location="").tells == {NewsKind.SHIPMENT}
    closed = ShopifyChannel(ShopifySettings())
    assert closed.tells == frozenset()
    with pytest.raises(SetupError, match="url and token are gone"):
        closed.tell(stock(TEA=1))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"token": None}, "go together"),
        ({"url": ""}, "go together"),
        ({"url": "http://acme.example"}, "url is"),
        ({"url": "https://acme.example/admin"}, "url is"),
        ({"url": "https://me@acme.example"}, "url is"),
        ({"url": "https://["}, "url is"),
        ({"location": "gid://shopify/Location/1"}, "location is"),
        ({"timeout_s": 0}, "timeout_s is 0"),
    ],
)
def test_settings_that_cannot_be_say_so(changes: dict[str, Any], words: str) -> None:
    told = {"url": "https://acme.myshopify.com", "token": Secret("t"), "location": "1", **changes}
    with pytest.raises(InputError, match=words):
        ShopifySettings(**told)
