"""The only place that talks to Shopify: one question to its Admin API, and what an answer says about the effect."""

from __future__ import annotations

import json
from collections.abc import Iterator

from omscore.border import JsonValue, Limits, read_json, tamed
from omscore.errors import InputError, PortRefusedError, PortTransientError, SetupError
from omscore_adapters.channel_common import objects, plain, taken
from omscore_adapters.channel_http import MOST_BYTES, Answer, NoAnswerError, exchanged, lost
from omscore_adapters.channel_shopify.settings import ShopifySettings

API_VERSION = "2026-04"
"""The release of the Admin API whose questions these are."""
_LIMITS = Limits(body_bytes=MOST_BYTES, entries=5_000, values=200_000, text_chars=100_000)
_BUSY = frozenset(("THROTTLED", "IDEMPOTENCY_CONCURRENT_REQUEST", "SHOP_INACTIVE"))


class ShopifyApi:
    """The Admin API of one shop."""

    def __init__(self, settings: ShopifySettings) -> None:
        self._settings = settings
        self._url = f"{settings.url.rstrip('/')}/admin/api/{API_VERSION}/graphql.json"

    def look(self, question: str, **variables: JsonValue) -> JsonValue:
        """The data of a question that changes nothing. Raises: PortTransientError; PortRefusedError; SetupError."""
        return self._asked(question, variables, effect=False)

    def pages(self, question: str, *path: str, **variables: JsonValue) -> Iterator[dict[str, JsonValue]]:
        """Every node of the connection at that path, page by page."""
        after: JsonValue = None
        while True:
            found = taken(self.look(question, after=after, **variables), *path)
            nodes, more = read_objects(taken(found, "nodes")), taken(found, "pageInfo", "hasNextPage")
            if type(more) is not bool:
                raise lost("Shopify", "a list without a word on whether that is all", effect=False)
            yield from nodes
            if not more:
                return
            before, after = after, taken(found, "pageInfo", "endCursor")
            if type(after) is not str or after == before:
                raise PortTransientError("Shopify tells of a next page without telling where it begins")

    def change(self, question: str, name: str, **variables: JsonValue) -> None:
        """Returns when the mutation of that name was done.

        Raises: PortUnknownError when it may have been; PortRefusedError when Shopify's rules forbid it.
        """
        found = taken(self._asked(question, variables, effect=True), name)
        if not isinstance(found, dict):
            raise lost("Shopify", "an answer that says nothing of it", effect=True)
        errors = read_objects(found.get("userErrors"), effect=True)
        if any(plain(each.get("code")) in _BUSY for each in errors):
            raise PortTransientError("Shopify is busy with the same request; it is asked again")
        if errors:
            says = "; ".join(dict.fromkeys([plain(each.get("message")) for each in errors]))
            raise PortRefusedError(f"Shopify refuses: {tamed(says, longest=400)}")

    def _asked(self, question: str, variables: dict[str, JsonValue], *, effect: bool) -> JsonValue:
        body = json.dumps({"query": question, "variables": variables}).encode("utf-8")
        status, wait, content = self._sent(body, effect=effect)
        if status in (401, 403):
            raise SetupError(
                f"channel.shopify.token: Shopify does not let this token in ({status}); check it and its access scopes",
                path="channel.shopify.token",
            )
        if status == 404:
            raise SetupError(
                f"channel.shopify.url: there is no shop with Admin API {API_VERSION} at {self._settings.url}",
                path="channel.shopify.url",
            )
        if status in (402, 423, 429, 430):
            raise PortTransientError(f"Shopify takes no calls now ({status}{wait}); it is asked again")
        if status != 200:
            if 300 <= status < 500 and status != 408:
                raise PortRefusedError(f"Shopify answered {status} to a question of the Admin API")
            raise lost("Shopify", f"an error ({status})", effect=effect)
        try:
            answer = read_json(content, limits=_LIMITS)
        except InputError:
            raise lost("Shopify", "an answer that cannot be read", effect=effect) from None
        return self._data(answer, effect=effect)

    def _data(self, answer: JsonValue, *, effect: bool) -> JsonValue:
        errors = taken(answer, "errors")
        if errors:
            found = read_objects(errors, effect=effect)
            codes = {code for each in found if (code := plain(taken(each, "extensions", "code")))}
            if codes & _BUSY:
                raise PortTransientError("Shopify has too many calls of this app just now; it is asked again")
            if "ACCESS_DENIED" in codes:
                raise SetupError(
                    "channel.shopify.token: the app lacks an access scope; it needs to read orders and fulfillment "
                    "orders and to write both, and to write inventory for stock",
                    path="channel.shopify.token",
                )
            if not codes or "INTERNAL_SERVER_ERROR" in codes:
                raise lost("Shopify", "an error of its own", effect=effect)
            raise PortRefusedError(f"Shopify refuses: {tamed(plain(found[0].get('message')), longest=400)}")
        data = taken(answer, "data")
        if not isinstance(data, dict):
            raise lost("Shopify", "an answer without data", effect=effect)
        return data

    def _sent(self, body: bytes, *, effect: bool) -> Answer:
        token = self._settings.token.reveal() if self._settings.token else ""
        headers = {"Content-Type": "application/json", "X-Shopify-Access-Token": token}
        try:
            return exchanged("POST", self._url, body, headers, timeout_s=self._settings.timeout_s)
        except NoAnswerError as error:
            raise lost("Shopify", f"no whole answer ({error})", effect=effect) from error


def read_objects(value: JsonValue, *, effect: bool = False) -> list[dict[str, JsonValue]]:
    """The objects of a list in an answer. A list that is missing is no empty one: it would say that nothing is there.

    Raises: PortTransientError when it is no such list; PortUnknownError when the question had an effect.
    """
    try:
        if isinstance(value, list):
            return objects(value)
    except InputError:
        pass
    raise lost("Shopify", "an answer that is not of the form its reference says", effect=effect)
