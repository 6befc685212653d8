"""The only place that talks to Amazon: the Selling Partner API, and the access tokens it wants.

A token is kept until Amazon does not take it any more, and then a new one is asked for: no clock is read.
"""

from __future__ import annotations

import json
from urllib.parse import quote, urlencode

from omscore.border import JsonValue, Limits, read_json, tamed
from omscore.errors import InputError, PortRefusedError, PortTransientError, SetupError
from omscore_adapters.channel_amazon.settings import AmazonSettings
from omscore_adapters.channel_common import objects, plain, taken
from omscore_adapters.channel_http import MOST_BYTES, Answer, NoAnswerError, exchanged, lost

_LIMITS = Limits(body_bytes=MOST_BYTES, entries=5_000, values=200_000)


class AmazonApi:
    """The Selling Partner API of one seller."""

    def __init__(self, settings: AmazonSettings) -> None:
        self._settings = settings
        self._token = ""

    def order_items(self, order_id: str) -> list[dict[str, JsonValue]]:
        """The items of an order, in Amazon's order of them. Raises: PortRefusedError when there is no such order."""
        answer = self._asked("GET", f"/orders/2026-01-01/orders/{quote(order_id, safe='')}", None)
        try:
            items = objects(taken(read_json(answer.content, limits=_LIMITS), "order", "orderItems"))
        except InputError:
            items = []
        if not items:
            raise lost("Amazon", "an answer that is not of the form its reference says", effect=False)
        return items

    def confirm_shipment(self, order_id: str, package: dict[str, JsonValue]) -> None:
        """Returns when Amazon knows the package; one that bears the same reference takes its place."""
        body: JsonValue = {"marketplaceId": self._settings.marketplace_id, "packageDetail": package}
        answer = self._asked("POST", f"/orders/v0/orders/{quote(order_id, safe='')}/shipmentConfirmation", body)
        if answer.status != 204:  # a page of something in between says 200, too
            raise lost("Amazon", f"an answer that confirms nothing ({answer.status})", effect=True)

    def _asked(self, verb: str, path: str, body: JsonValue) -> Answer:
        """The answer to a call that was taken. Raises: what an answer means otherwise."""
        content = b"" if body is None else json.dumps(body).encode("utf-8")
        is_new = not self._token
        answer = self._sent(verb, path, content, effect=body is not None)
        if answer.status in (401, 403) and not is_new:
            self._token = ""  # it lives for an hour
            answer = self._sent(verb, path, content, effect=body is not None)
        match answer.status:
            case 200 | 204:
                return answer
            case 401 | 403:
                self._token = ""
                raise SetupError(
                    f"channel.amazon.refresh_token: Amazon does not let the app do this ({answer.status}); check its "
                    "roles and the seller's authorisation",
                    path="channel.amazon.refresh_token",
                )
            case 429 | 503:
                raise PortTransientError(f"Amazon takes no calls now ({answer.status}{answer.wait}); it is asked again")
            case status if 300 <= status < 500 and status != 408:
                raise PortRefusedError(f"Amazon refuses ({status}): {_says(answer.content)}")
            case status:
                raise lost("Amazon", f"an error ({status})", effect=body is not None)

    def _sent(self, verb: str, path: str, content: bytes, *, effect: bool) -> Answer:
        self._token = self._token or self._signed_in()
        headers = {"Content-Type": "application/json", "x-amz-access-token": self._token}
        url = f"{self._settings.url.rstrip('/')}{path}"
        try:
            return exchanged(verb, url, content, headers, timeout_s=self._settings.timeout_s)
        except NoAnswerError as error:
            raise lost("Amazon", f"no whole answer ({error})", effect=effect) from error

    def _signed_in(self) -> str:
        told = self._settings
        fields = {
            "grant_type": "refresh_token",
            "refresh_token": told.refresh_token.reveal() if told.refresh_token else "",
            "client_id": told.client_id,
            "client_secret": told.client_secret.reveal() if told.client_secret else "",
        }
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        try:
            answer = exchanged("POST", told.token_url, urlencode(fields).encode(), headers, timeout_s=told.timeout_s)
        except NoAnswerError as error:
            raise lost("Amazon", f"no whole answer to the sign-in ({error})", effect=False) from error
        if answer.status in (400, 401, 403):
            raise SetupError(
                "channel.amazon: Amazon gives no access token; check client_id, client_secret and refresh_token",
                path="channel.amazon.refresh_token",
            )
        try:
            token = taken(read_json(answer.content, limits=_LIMITS), "access_token") if answer.status == 200 else None
        except InputError:
            token = None
        if type(token) is not str or not token.isascii() or not token.isprintable() or not token:
            raise PortTransientError(f"Amazon gives no access token now ({answer.status}{answer.wait})")
        return token


def _says(content: bytes) -> str:
    """The first reason of an answer, as it may be shown."""
    try:
        errors = objects(taken(read_json(content, limits=_LIMITS), "errors"))
    except InputError:
        errors = []
    says = plain(errors[0].get("message")) if errors else ""
    return tamed(says or "it does not say why", longest=300)
