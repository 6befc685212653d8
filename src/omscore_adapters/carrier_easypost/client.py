"""The only place that talks to EasyPost: each call names what it may have done when no answer came.

The SDK's own messages are never passed on: a refused address stands in them in full.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, ProxyHandler, Request, build_opener

import easypost
from easypost import errors

from omscore.errors import PortError, PortRefusedError, PortTransientError, PortUnknownError, SetupError
from omscore_adapters.carrier_easypost.mapping import Json
from omscore_adapters.carrier_easypost.settings import EasyPostSettings

LARGEST_FILE_BYTES = 4 * 1024 * 1024
_CODE = re.compile(r"[A-Z][A-Z0-9_.]{0,60}")


class _NoRedirects(HTTPRedirectHandler):
    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None


class EasyPostApi:
    """One account."""

    def __init__(self, settings: EasyPostSettings) -> None:
        self._settings = settings
        self._client: Any = easypost.EasyPostClient(
            settings.api_key.reveal(), api_base=settings.api_base, timeout=settings.timeout_s
        )
        # Label files may lie anywhere the answer says: no proxy, no redirect, nothing but the hosts that are allowed.
        self._files = build_opener(_NoRedirects, ProxyHandler({}))

    def close(self) -> None:
        self._client._requests_session.close()

    def find_shipment(self, reference: str) -> Json | None:
        """The shipment of that reference; None when there is none, for certain."""
        return self._named(reference, self._client.shipment, "shipment")

    def find_order(self, reference: str) -> Json | None:
        """The order, which is several shipments, of that reference; None when there is none, for certain."""
        return self._named(reference, self._client.order, "order")

    def find_batch(self, reference: str) -> Json | None:
        """The batch of that reference; None when there is none, for certain."""
        return self._named(reference, self._client.batch, "batch")

    def _named(self, reference: str, service: Any, what: str) -> Json | None:
        found = self._find(lambda: service.retrieve(reference))
        # The reference is also looked for among ids, and an answer about somebody else's parcel must not pass.
        if found is not None and found.get("reference") != reference:
            raise PortUnknownError(
                f"EasyPost answered about another {what} than it was asked for; look at its dashboard"
            )
        return found

    def create_shipment(self, **fields: Any) -> Json:
        """A shipment that is rated and not bought."""
        return self._asked(lambda: self._client.shipment.create(**fields), effect=True)

    def rates(self, shipment_id: str) -> Json:
        """The shipment's rates as of now."""
        return self._asked(lambda: self._client.shipment.regenerate_rates(shipment_id), effect=False)

    def buy(self, shipment_id: str, rate_id: str) -> Json:
        return self._asked(lambda: self._client.shipment.buy(shipment_id, rate={"id": rate_id}), effect=True)

    def create_order(self, **fields: Any) -> Json:
        """Several shipments of one recipient that are rated together and not bought."""
        return self._asked(lambda: self._client.order.create(**fields), effect=True)

    def order_rates(self, order_id: str) -> Json:
        """The order with its rates as of now."""
        return self._asked(lambda: self._client.order.get_rates(order_id), effect=False)

    def buy_order(self, order_id: str, carrier: str, service: str) -> Json:
        return self._asked(lambda: self._client.order.buy(order_id, carrier=carrier, service=service), effect=True)

    def create_scan_form(self, shipment_ids: list[str]) -> Json:
        """A form over these shipments; each can be on one only."""
        shipments = [{"id": each} for each in shipment_ids]
        return self._asked(lambda: self._client.scan_form.create(shipments=shipments), effect=True)

    def scan_form(self, form_id: str) -> Json:
        return self._asked(lambda: self._client.scan_form.retrieve(form_id), effect=False)

    def create_batch(self, **fields: Any) -> Json:
        return self._asked(lambda: self._client.batch.create(**fields), effect=True)

    def pickups(self, **filters: Any) -> Json:
        """One page of pickups, newest first."""
        return self._asked(lambda: self._client.pickup.all(**filters), effect=False)

    def create_pickup(self, **fields: Any) -> Json:
        """A pickup that is rated and not booked."""
        return self._asked(lambda: self._client.pickup.create(**fields), effect=True)

    def buy_pickup(self, pickup_id: str, carrier: str, service: str) -> Json:
        return self._asked(lambda: self._client.pickup.buy(pickup_id, carrier=carrier, service=service), effect=True)

    def cancel_pickup(self, pickup_id: str) -> Json:
        return self._asked(lambda: self._client.pickup.cancel(pickup_id), effect=True)

    def refund(self, shipment_id: str) -> Json:
        return self._asked(lambda: self._client.shipment.refund(shipment_id), effect=True)

    def trackers(self, tracking_code: str) -> Json:
        return self._asked(lambda: self._client.tracker.all(tracking_code=tracking_code), effect=False)

    def file(self, url: object, what: str = "the label is bought") -> bytes:
        """The bytes of a file; `what` is there already, and the file is all that is missing.

        Raises: SetupError for a place the shop does not allow, PortTransientError when it cannot be had now.
        """
        request = Request(self._allowed(url, what), headers={"User-Agent": "omscore"})  # noqa: S310 (checked on the line)
        try:
            with self._files.open(request, timeout=self._settings.timeout_s) as answer:
                content: bytes = answer.read(LARGEST_FILE_BYTES + 1)
        except (HTTPError, URLError, OSError) as error:
            if isinstance(error, HTTPError):
                error.close()
            raise PortTransientError(f"{what}, but its file cannot be fetched yet") from None
        if len(content) > LARGEST_FILE_BYTES:
            raise PortTransientError(f"{what}, but its file is larger than {LARGEST_FILE_BYTES} bytes")
        return content

    def _allowed(self, url: object, what: str) -> str:
        if type(url) is str and url.isascii() and url.isprintable():
            try:
                asked, base = urlsplit(url), urlsplit(self._settings.api_base)
                is_listed = asked.scheme == "https" and asked.hostname in self._settings.label_hosts and not asked.port
                is_ours = (asked.scheme, asked.netloc) == (base.scheme, base.netloc)
                if (is_listed or is_ours) and "@" not in asked.netloc:
                    return url
                host = repr(asked.hostname)
            except ValueError:
                host = "no host"
        else:
            host = "no host"
        raise SetupError(
            f"carrier.easypost: {what}, but its file lies at {host}, which label_hosts does not allow; "
            "add the host if it is EasyPost's",
            path="carrier.easypost.label_hosts",
        )

    def _find(self, call: Callable[[], Any]) -> Json | None:
        try:
            return self._asked(call, effect=False)
        except _Missing:
            return None

    def _asked(self, call: Callable[[], Any], *, effect: bool) -> Json:
        try:
            found = call()
            return _plain(found.to_dict() if hasattr(found, "to_dict") else found)
        except errors.ApiError as error:
            raise _told(error, effect) from None
        except (TypeError, ValueError, AttributeError, RecursionError):
            raise _lost(effect, "an answer that cannot be read") from None


class _Missing(PortRefusedError):
    """There is nothing under that name."""


def _told(error: Any, effect: bool) -> PortError | SetupError:
    status = error.http_status
    code = error.code if isinstance(error.code, str) and _CODE.fullmatch(error.code) else f"HTTP {status}"
    if isinstance(error, errors.NotFoundError):
        return _Missing(f"EasyPost knows nothing of that name ({code})")
    if isinstance(error, errors.UnauthorizedError | errors.ForbiddenError):
        return SetupError(
            f"carrier.easypost: EasyPost refuses the api_key ({code}); check it", path="carrier.easypost.api_key"
        )
    if isinstance(error, errors.PaymentError):
        return PortTransientError(f"EasyPost wants its account charged first ({code}); see its billing page")
    if isinstance(error, errors.RateLimitError):
        return PortTransientError("EasyPost has too many calls of this account just now")
    if type(status) is int and 400 <= status < 500 and status != 408 and not isinstance(error, errors.JsonError):
        return PortRefusedError(f"EasyPost refuses this ({code}); its dashboard says why")
    return _lost(effect, "no answer" if status is None else f"an error ({status})")


def _lost(effect: bool, what: str) -> PortError:
    if effect:
        return PortUnknownError(f"EasyPost gave {what}; it is looked up before it is asked again")
    return PortTransientError(f"EasyPost gave {what}")


def _plain(value: Any) -> Json:
    if not isinstance(value, Mapping):
        raise TypeError("no object")
    return value
