"""Parcels through the karrio SDK: rates, labels, voids and tracking of one account at one of its carriers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from omscore.plugins import Capability, PortKind, Provider, hookimpl
from omscore.plugins.providers import AnyProvider
from omscore_adapters.carrier_karrio.adapter import KarrioCarrier
from omscore_adapters.carrier_karrio.settings import LIBRARIES, KarrioSettings

__all__ = ["PROVIDER", "KarrioCarrier", "KarrioSettings", "oms_providers"]


@contextmanager
def _open(settings: KarrioSettings) -> Iterator[KarrioCarrier]:
    # The SDK takes a second to load and sets up a log of its own, so only a shop that uses it loads it.
    from omscore_adapters.carrier_karrio.client import KarrioApi

    yield KarrioCarrier(settings, KarrioApi(settings))


PROVIDER = Provider(
    name="karrio",
    port=PortKind.CARRIER,
    settings_type=KarrioSettings,
    open=_open,
    capabilities=frozenset({Capability.LABEL_VOID}),
    needs=LIBRARIES,
)


@hookimpl
def oms_providers() -> Sequence[AnyProvider]:
    """The provider named `karrio` for carriers."""
    return (PROVIDER,)
