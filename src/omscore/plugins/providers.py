"""A provider is a recipe: the name a shop's configuration uses, the settings it needs, and how to open one port."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from enum import StrEnum
from typing import Any, Generic, TypeVar

import attrs

from omscore.errors import SetupError
from omscore.plugins.capabilities import Capability
from omscore.plugins.needs import Need
from omscore.records import frozen

S = TypeVar("S")
P = TypeVar("P")


class PortKind(StrEnum):
    """The sockets a provider can serve; the names are the tables of a shop's configuration."""

    STORAGE = "storage"
    PAYMENT = "payment"
    CARRIER = "carrier"
    NOTICE = "notices"
    LETTER = "letters"
    OBSERVER = "observers"
    ERP = "erp"
    TAX = "taxes"
    REVIEW = "reviewers"
    RATE = "rates"
    CHANNEL = "channel"


@frozen(kw_only=True)
class Provider(Generic[S, P]):
    """One way to serve one port.

    Shape: `settings_type` is an attrs record; a field of type `pathlib.Path` is resolved against the folder of the
    configuration file before `open` sees it, and one of type `Secret` may stand in the file as text or be fetched from
    elsewhere. `capabilities` are what this provider can do and others of its port cannot. `needs` are the libraries
    that `open` imports, besides those the plugin itself cannot be imported without.
    """

    name: str
    port: PortKind
    settings_type: type[S]
    open: Callable[[S], AbstractContextManager[P]]
    capabilities: frozenset[Capability] = frozenset()
    needs: tuple[Need, ...] = ()

    def __attrs_post_init__(self) -> None:
        if type(self.port) is not PortKind:
            words = ", ".join(f"PortKind.{each.name}" for each in PortKind)
            raise SetupError(f"provider {self.name!r}: port must be one of {words}, not {self.port!r}")
        if not attrs.has(self.settings_type):
            raise SetupError(
                f"provider {self.name!r}: settings_type must be an attrs record, not {self.settings_type!r}"
            )
        if not all(isinstance(each, Need) for each in self.needs):
            raise SetupError(f"provider {self.name!r}: needs must be a tuple of Need, not {self.needs!r}")


AnyProvider = Provider[Any, Any]
"""A provider whose settings and port are not known yet; discovery handles these, `open` callers narrow them."""
