"""Payments without a bank: a deterministic provider for demos, tests and money taken by hand."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from omscore.plugins import Capability, PortKind, Provider, hookimpl
from omscore.plugins.providers import AnyProvider
from omscore_adapters.payment_manual.adapter import Attempt, ManualPayments
from omscore_adapters.payment_manual.mapping import Behaviour
from omscore_adapters.payment_manual.settings import ManualPaymentSettings

__all__ = ["PROVIDER", "Attempt", "Behaviour", "ManualPaymentSettings", "ManualPayments", "oms_providers"]


@contextmanager
def _open(settings: ManualPaymentSettings) -> Iterator[ManualPayments]:
    yield ManualPayments(settings)


PROVIDER = Provider(
    name="manual",
    port=PortKind.PAYMENT,
    settings_type=ManualPaymentSettings,
    open=_open,
    capabilities=frozenset({Capability.PARTIAL_CAPTURE, Capability.MULTIPLE_CAPTURES, Capability.PAYMENT_LISTING}),
)


@hookimpl
def oms_providers() -> Sequence[AnyProvider]:
    """The provider named `manual`."""
    return (PROVIDER,)
