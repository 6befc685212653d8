"""Cards by Stripe: authorised at checkout, captured when goods leave, told of by signed events."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from omscore.plugins import Capability, PortKind, Provider, hookimpl
from omscore.plugins.providers import AnyProvider
from omscore_adapters.payment_stripe.adapter import StripePayments
from omscore_adapters.payment_stripe.settings import LIBRARY, StripeSettings
from omscore_adapters.payment_stripe.webhooks import StripeWebhooks

__all__ = ["PROVIDER", "StripePayments", "StripeSettings", "StripeWebhooks", "oms_providers"]


@contextmanager
def _open(settings: StripeSettings) -> Iterator[StripePayments]:
    payments = StripePayments(settings)
    try:
        yield payments
    finally:
        payments.close()


PROVIDER = Provider(
    name="stripe",
    port=PortKind.PAYMENT,
    settings_type=StripeSettings,
    open=_open,
    capabilities=frozenset(
        {
            Capability.PARTIAL_CAPTURE,
            Capability.MULTIPLE_CAPTURES,
            Capability.PAYMENT_LISTING,
            Capability.CALLBACKS,
        }
    ),
    needs=(LIBRARY,),
)


@hookimpl
def oms_providers() -> Sequence[AnyProvider]:
    """The provider named `stripe`."""
    return (PROVIDER,)
