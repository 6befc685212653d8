"""What a method token asks the manual provider to do, and the references it gives out.

The token alone decides, so a demo, a test or a replay sees the same answers every time: `card-ok` always works,
`card-timeout-4242` always leaves its first answer unknown.
"""

from __future__ import annotations

from enum import StrEnum
from hashlib import sha256

from omscore.errors import PortRefusedError
from omscore.ports.payments import PaymentRequest, PaymentStep


class Behaviour(StrEnum):
    """The tokens a payer's method may start with; anything after a further hyphen is free."""

    OK = "card-ok"
    DECLINED = "card-declined"
    TIMEOUT = "card-timeout"
    DOWN = "card-down"
    LATE = "card-late"
    REFUND_DECLINED = "refund-declined"


_REFERENCE_PREFIX = {
    PaymentStep.AUTHORISE: "auth",
    PaymentStep.CAPTURE: "capt",
    PaymentStep.VOID: "void",
    PaymentStep.REFUND: "refd",
}


def behaviour_of(method: str) -> Behaviour:
    """The behaviour a method token asks for.

    Raises: PortRefusedError for a token that starts with none of them.

    >>> behaviour_of("card-ok-4242")
    <Behaviour.OK: 'card-ok'>
    """
    for behaviour in Behaviour:
        if method == behaviour.value or method.startswith(f"{behaviour.value}-"):
            return behaviour
    raise PortRefusedError(
        f"payment method {method!r} is not a token of the manual provider; use one of {', '.join(Behaviour)},"
        " with anything after a further hyphen",
        code="port.refused.method",
        method=method,
    )


def reference_of(step: PaymentStep, key: str) -> str:
    """The provider's own id of an attempt: the same for the same key, in every run.

    >>> reference_of(PaymentStep.CAPTURE, "pay_1.c1") == reference_of(PaymentStep.CAPTURE, "pay_1.c1")
    True
    """
    return f"{_REFERENCE_PREFIX[step]}_{sha256(key.encode('utf-8', 'surrogatepass')).hexdigest()[:24]}"


def decline_reason(behaviour: Behaviour, request: PaymentRequest) -> str | None:
    """Why this attempt is declined; None when it is not."""
    if behaviour is Behaviour.DECLINED and request.step is PaymentStep.AUTHORISE:
        return "the card was declined"
    if behaviour is Behaviour.REFUND_DECLINED and request.step is PaymentStep.REFUND:
        return "the account to refund to is closed"
    return None
