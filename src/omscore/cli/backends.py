"""The backends a shop names: where each stands in its shop.toml, and what can be said of it without opening it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from omscore.errors import SetupError
from omscore.plugins.discovery import Plugins
from omscore.plugins.providers import PortKind
from omscore.policy.shop import Shop
from omscore.routing.findings import Finding, Severity


class Backend(NamedTuple):
    """One provider a shop names. Shape: `path` is its table in the shop.toml, `settings` what stands there."""

    port: PortKind
    name: str
    path: str
    settings: Mapping[str, Any]


def backends_of(shop: Shop) -> Iterator[Backend]:
    """Every provider a shop names, in the order of the ports."""
    tables: Mapping[PortKind, Mapping[str, Any]] = {
        PortKind.STORAGE: shop.storage,
        PortKind.PAYMENT: shop.payment,
        PortKind.CARRIER: shop.carrier,
        PortKind.NOTICE: shop.notices,
        PortKind.LETTER: shop.letters,
        PortKind.OBSERVER: shop.observers,
        PortKind.ERP: shop.erp,
        PortKind.TAX: shop.taxes,
        PortKind.REVIEW: shop.reviewers,
        PortKind.RATE: shop.rates,
    }
    for port, providers in tables.items():
        for name, settings in providers.items():
            yield Backend(port, name, f"{port}.{name}", settings)
    for channel, formats in shop.intake.items():
        for name, settings in formats.items():
            yield Backend(PortKind.CHANNEL, name, f"intake.{channel}.{name}", settings)


def used_by(shop: Shop) -> set[tuple[PortKind, str]]:
    """The providers a shop names."""
    return {(each.port, each.name) for each in backends_of(shop)}


def refusals_of(shop: Shop, folder: Path) -> Iterator[tuple[Backend, SetupError]]:
    """What opening the shop would refuse, as far as that can be known without opening anything."""
    plugins = Plugins()
    for each in backends_of(shop):
        for error in plugins.refusals(each.port, each.name, each.settings, folder=folder, where=each.path):
            yield each, error


def lint_backends(shop: Shop, folder: Path, *, secrets_elsewhere: bool = False) -> Iterator[Finding]:
    """Backends the shop would not open with; with `secrets_elsewhere` not for a secret that is not on this machine."""
    for backend, error in refusals_of(shop, folder):
        if not (secrets_elsewhere and error.code == "setup.secret"):
            yield Finding(Severity.ERROR, backend.path, str(error))
