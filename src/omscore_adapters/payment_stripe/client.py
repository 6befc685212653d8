"""The only module that talks to Stripe: one call, its answer as plain JSON, and errors that say what is known."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from typing import Any, NoReturn

from omscore.border import tamed
from omscore.errors import PortRefusedError, PortTransientError, PortUnknownError
from omscore.records import frozen
from omscore.secrets import Secret
from omscore_adapters.payment_stripe import reading
from omscore_adapters.payment_stripe.settings import LIBRARY, StripeSettings

PAGE = 100


class CardDeclinedError(PortRefusedError):
    """The bank or Stripe said no to this card; the message is meant for the payer."""


class KeyTakenError(PortUnknownError):
    """The idempotency key was sent before with another body."""


@frozen(kw_only=True)
class Response:
    """One object of Stripe's. `is_replay` says that it is the saved answer to an earlier call."""

    found: reading.Found
    is_replay: bool


class _Blotted(logging.Filter):
    """Stripe's library logs what it is told; a key that is repeated to it is blotted out before anybody sees it."""

    def __init__(self, key: Secret) -> None:
        super().__init__()
        self._key = key

    def filter(self, record: logging.LogRecord) -> bool:
        said = record.getMessage()
        if self._key.reveal() in said:
            record.msg, record.args = said.replace(self._key.reveal(), "***"), ()
        return True


class StripeAccount:
    """One account, spoken to by the official library, which is loaded here and nowhere else.

    Raises: SetupError when the library is not installed.
    """

    def __init__(self, settings: StripeSettings) -> None:
        try:
            import stripe
        except ImportError as error:
            raise LIBRARY.error("payment.stripe", str(error)) from error
        self._stripe = stripe
        self._blotted = _Blotted(settings.api_key)
        logging.getLogger("stripe").addFilter(self._blotted)
        self._http = stripe.RequestsClient(timeout=settings.timeout_s)
        self._client = stripe.StripeClient(
            settings.api_key.reveal(),
            base_addresses={"api": settings.api_base},
            max_network_retries=0,  # when to ask again is the engine's to decide
            http_client=self._http,
        )

    def close(self) -> None:
        logging.getLogger("stripe").removeFilter(self._blotted)
        self._http.close()  # type: ignore[no-untyped-call]

    def get(self, path: str, **params: Any) -> reading.Found:
        """One object, as it is now."""
        return self._call("get", path, params, what=path).found

    def post(self, path: str, key: str, **params: Any) -> Response:
        """The answer to one act; the same key sent again gets the saved answer of the first.

        Raises: CardDeclinedError and PortRefusedError for a definite no, PortTransientError when nothing happened,
        KeyTakenError and PortUnknownError when nobody knows.
        """
        return self._call("post", path, {**params, "idempotency_key": key}, what=f"{path} under key {key}")

    def pages(self, path: str, **params: Any) -> Iterator[reading.Found]:
        """Every object of a list, page by page."""
        after: Mapping[str, Any] = {}
        while True:
            page = self.get(path, limit=PAGE, **params, **after)
            objects = reading.listed(page)
            yield from objects
            if not reading.flag(page, "has_more") or not objects:
                return
            after = {"starting_after": reading.text(objects[-1], "id")}

    def _call(self, method: str, path: str, params: Mapping[str, Any], *, what: str) -> Response:
        try:
            answer = self._client.raw_request(method, path, **params)
        except self._stripe.StripeError as error:
            _raise_known(self._stripe, error, what)
        replayed = str(answer.headers.get("Idempotent-Replayed", ""))
        return Response(found=reading.is_object(answer.data), is_replay=replayed == "true")


def _raise_known(stripe: Any, error: Any, what: str) -> NoReturn:
    """Say what the library's error means for the effect. What it was sent with stays out of the message."""
    says = tamed(str(error.user_message or "no reason given"), longest=300)
    match error:
        case stripe.CardError():
            raise CardDeclinedError(says, code="port.refused.declined") from None
        case stripe.IdempotencyError():
            raise KeyTakenError(f"{what}: the key was sent before with other content; look it up") from None
        case stripe.RateLimitError():
            raise PortTransientError(f"{what}: Stripe is asked too often; try again later") from None
        case stripe.AuthenticationError() | stripe.PermissionError():
            raise PortTransientError(
                f"{what}: Stripe does not accept payment.stripe.api_key for this; give a key that may"
            ) from None
        case stripe.InvalidRequestError():
            code = f" ({error.code})" if error.code else ""
            raise PortRefusedError(f"{what}: Stripe refuses: {says}{code}", code="port.refused.stripe") from None
        case stripe.APIConnectionError() if _never_left(error):
            raise PortTransientError(f"{what}: Stripe cannot be reached; try again later") from None
        case _:
            status = error.http_status
            got = f"status {status}" if status else "no answer"
            raise PortUnknownError(f"{what}: {got} from Stripe; look the key up before sending it again") from None


def _never_left(error: Any) -> bool:
    """Whether no connection came about, so that nothing can have been sent."""
    cause: Any = error.__cause__
    reason = getattr(cause.args[0], "reason", None) if cause is not None and cause.args else None
    return type(reason).__name__ in ("NewConnectionError", "NameResolutionError", "ConnectTimeoutError")
