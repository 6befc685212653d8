"""Goods first, money by bank transfer: what came is told by whoever reads the bank account."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from omscore.plugins import Capability, PortKind, Provider, hookimpl
from omscore.plugins.providers import AnyProvider
from omscore_adapters.payment_transfer.adapter import TransferPayments
from omscore_adapters.payment_transfer.settings import TransferSettings

__all__ = ["PROVIDER", "TransferPayments", "TransferSettings", "oms_providers"]


@contextmanager
def _open(settings: TransferSettings) -> Iterator[TransferPayments]:
    yield TransferPayments(settings)


PROVIDER = Provider(
    name="transfer",
    port=PortKind.PAYMENT,
    settings_type=TransferSettings,
    open=_open,
    capabilities=frozenset({Capability.PARTIAL_CAPTURE, Capability.MULTIPLE_CAPTURES, Capability.PAYS_LATER}),
)


@hookimpl
def oms_providers() -> Sequence[AnyProvider]:
    """The provider named `transfer`."""
    return (PROVIDER,)
