"""How backends find their way in: providers offered by plugins, opened from settings."""

from omscore.plugins.capabilities import Capability
from omscore.plugins.hookspecs import hookimpl
from omscore.plugins.needs import Need
from omscore.plugins.providers import PortKind, Provider
from omscore.plugins.upcasting import Upcaster

__all__ = ["Capability", "Need", "PortKind", "Provider", "Upcaster", "hookimpl"]
