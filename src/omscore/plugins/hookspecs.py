"""The questions omscore asks its plugins. Hooks ask; ports do."""

from __future__ import annotations

from collections.abc import Sequence

import pluggy

from omscore.plugins.providers import AnyProvider
from omscore.plugins.upcasting import Upcaster

PROJECT = "omscore"

hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


class Hooks:
    """Every hook a plugin may answer."""

    @hookspec
    def oms_providers(self) -> Sequence[AnyProvider]:
        """The providers this plugin offers. Two plugins offering one name for one port is an error naming both."""
        raise NotImplementedError

    @hookspec
    def oms_upcasters(self) -> Sequence[Upcaster]:
        """The steps from old versions of this plugin's payloads. Two steps from one version is an error naming both."""
        raise NotImplementedError
