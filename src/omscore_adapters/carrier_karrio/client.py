"""The only place that calls karrio: a request is made, sent and read in three steps, so that it is known what failed.

karrio's own front door catches every error and tells them all alike; a label may have been bought in some of them.
Its connectors know no time limit, so each call has a thread of its own that is left behind when it takes too long.
"""

from __future__ import annotations

import socket
import ssl
import sys
from collections.abc import Callable
from threading import Thread
from typing import Any
from urllib.error import URLError

from loguru import logger

# Before karrio loads: what it writes to its log holds addresses.
logger.disable("karrio")
# Loading karrio makes every https call of the program trust any certificate; its own calls carry the account's keys.
_trust = ssl.create_default_context if "karrio.core.utils" in sys.modules else ssl._create_default_https_context

import karrio.core.errors as karrio_errors  # noqa: E402
import karrio.core.models as models  # noqa: E402
import karrio.core.utils as utils  # noqa: E402
import karrio.lib as lib  # noqa: E402
import karrio.sdk as karrio  # noqa: E402

ssl._create_default_https_context = _trust

from omscore.errors import PortRefusedError, PortTransientError, PortUnknownError, SetupError  # noqa: E402
from omscore_adapters.carrier_karrio.mapping import NotServedError, codes_in  # noqa: E402
from omscore_adapters.carrier_karrio.settings import KarrioSettings  # noqa: E402


class _Watch(utils.Tracer):  # type: ignore[misc]
    """Notes that a call was answered by an error, and keeps no record of it: addresses and keys stand in them.

    Some connectors drop errors; then no rates would mean both that nobody goes there and that nobody could be asked.
    """

    has_errors = False

    def trace(self, data: Any, key: str, *_: Any, **__: Any) -> Any:
        self.has_errors = self.has_errors or key == "error"
        return data


class KarrioApi:
    """One carrier account."""

    def __init__(self, settings: KarrioSettings) -> None:
        self._settings = settings
        self._name = settings.connection
        if self._name not in karrio.gateway.providers:
            raise SetupError(
                f"carrier.karrio: no connector for {self._name!r} is installed; pip install karrio_{self._name}",
                path="carrier.karrio.connection",
            )
        self._account = {name: secret.reveal() for name, secret in settings.account.items()}
        self._cache = utils.Cache()  # of tokens
        self._gateway()

    def _gateway(self) -> Any:
        """A connection of its own for each call, so that calls do not watch each other."""
        try:
            return karrio.gateway[self._name].create(
                {**self._account, "test_mode": self._settings.test_mode}, tracer=_Watch(), cache=self._cache
            )
        except Exception:
            raise SetupError(
                f"carrier.karrio.account: karrio's connector for {self._name} does not take these; see its page",
                path="carrier.karrio.account",
            ) from None

    def rates(self, request: dict[str, Any]) -> tuple[list[Any], list[Any]]:
        """The rates, and what the carrier complains of.

        Raises: PortTransientError when it answered with an error that its connector does not tell.
        """
        gateway = self._gateway()
        wish = lib.to_object(models.RateRequest, request)
        found: tuple[list[Any], list[Any]] = self._asked(gateway, "rate", "get_rates", wish, effect=False)
        if gateway.tracer.has_errors and not found[0] and not found[1]:
            raise self._lost(False, "an error")
        return found

    def ship(self, request: dict[str, Any]) -> tuple[Any, list[Any]]:
        """The shipment, None when there is none, and what the carrier complains of."""
        wish = lib.to_object(models.ShipmentRequest, request)
        found: tuple[Any, list[Any]] = self._asked(self._gateway(), "shipment", "create_shipment", wish, effect=True)
        return found

    def cancel(self, request: dict[str, Any]) -> tuple[Any, list[Any]]:
        """The confirmation, None when there is none, and what the carrier complains of."""
        wish = lib.to_object(models.ShipmentCancelRequest, request)
        found: tuple[Any, list[Any]] = self._asked(
            self._gateway(), "cancel_shipment", "cancel_shipment", wish, effect=True
        )
        return found

    def track(self, request: dict[str, Any]) -> tuple[list[Any], list[Any]]:
        wish = lib.to_object(models.TrackingRequest, request)
        found: tuple[list[Any], list[Any]] = self._asked(
            self._gateway(), "tracking", "get_tracking", wish, effect=False
        )
        return found

    def _asked(self, gateway: Any, what: str, method: str, wish: Any, *, effect: bool) -> Any:
        if method not in gateway.proxy_methods:
            raise PortRefusedError(f"karrio's connector for {self._name} cannot do that ({method})")
        try:
            request = getattr(gateway.mapper, f"create_{what}_request")(wish)
        except (karrio_errors.DestinationNotServicedError, karrio_errors.OriginNotServicedError):
            raise NotServedError(f"{self._name} does not go from there, or not there") from None
        except karrio_errors.ShippingSDKError as error:
            raise PortRefusedError(f"{self._name} does not take this ({type(error).__name__})") from None
        except Exception:
            raise PortRefusedError(
                f"karrio cannot put this in the words of {self._name}; check the address and the parcel"
            ) from None
        answer = self._in_time(lambda: getattr(gateway.proxy, method)(request), effect)
        try:
            return getattr(gateway.mapper, f"parse_{what}_response")(answer)
        except Exception:
            raise self._lost(effect, "an answer that cannot be read") from None

    def _in_time(self, call: Callable[[], Any], effect: bool) -> Any:
        found: list[Any] = []
        failed: list[Exception] = []

        def run() -> None:
            try:
                found.append(call())
            except Exception as error:
                failed.append(error)

        thread = Thread(target=run, daemon=True)
        thread.start()
        thread.join(self._settings.timeout_s)
        if found:
            return found[0]
        raise self._told(failed[0], effect) if failed else self._lost(effect, "no answer in time")

    def _told(self, error: Exception, effect: bool) -> Exception:
        if isinstance(error, karrio_errors.ParsedMessagesError):
            return SetupError(  # connectors raise it when they sign in, before anything else is sent
                f"carrier.karrio: {self._name} refuses the account ({codes_in(error.messages or [])}); check it",
                path="carrier.karrio.account",
            )
        reason = error.reason if isinstance(error, URLError) else error
        if isinstance(reason, ConnectionRefusedError | socket.gaierror):
            return PortTransientError(f"{self._name} cannot be reached")
        return self._lost(effect, f"no answer ({type(error).__name__})")

    def _lost(self, effect: bool, what: str) -> Exception:
        if effect:
            return PortUnknownError(f"{self._name} gave {what}")
        return PortTransientError(f"{self._name} gave {what}")
