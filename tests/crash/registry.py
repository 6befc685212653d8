"""All campaigns by name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from tests.crash import kills, races, restarts
from tests.crash.campaign import Campaign

CAMPAIGNS: Final[Mapping[str, Campaign]] = {
    each.name: each for each in (kills.CAMPAIGN, restarts.CAMPAIGN, *races.CAMPAIGNS)
}
