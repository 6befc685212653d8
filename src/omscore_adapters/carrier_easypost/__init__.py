"""Parcels through EasyPost: rates, labels for one box or several, voids, manifests, pickups, tracking."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from omscore.plugins import Capability, PortKind, Provider, hookimpl
from omscore.plugins.providers import AnyProvider
from omscore_adapters.carrier_easypost.adapter import EasyPostCarrier
from omscore_adapters.carrier_easypost.client import EasyPostApi
from omscore_adapters.carrier_easypost.settings import EasyPostSettings

__all__ = ["PROVIDER", "EasyPostCarrier", "EasyPostSettings", "oms_providers"]


@contextmanager
def _open(settings: EasyPostSettings) -> Iterator[EasyPostCarrier]:
    api = EasyPostApi(settings)
    try:
        yield EasyPostCarrier(settings, api)
    finally:
        api.close()


PROVIDER = Provider(
    name="easypost",
    port=PortKind.CARRIER,
    settings_type=EasyPostSettings,
    open=_open,
    capabilities=frozenset(
        {
            Capability.LABEL_LOOK_UP,
            Capability.LABEL_VOID,
            Capability.CALLBACKS,
            Capability.MULTI_PIECE,
            Capability.MANIFEST,
            Capability.PICKUP,
        }
    ),
)


@hookimpl
def oms_providers() -> Sequence[AnyProvider]:
    """The provider named `easypost` for carriers."""
    return (PROVIDER,)
