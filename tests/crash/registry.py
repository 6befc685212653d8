"""All campaigns by name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from tests.crash import calls, kills, owners, races, refunds, restarts
from tests.crash.campaign import Campaign

CAMPAIGNS: Final[Mapping[str, Campaign]] = {
    each.name: each
    for each in (
        calls.CAMPAIGN,
        kills.CAMPAIGN,
        restarts.CAMPAIGN,
        refunds.CAMPAIGN,
        *races.CAMPAIGNS,
        *owners.CAMPAIGNS,
    )
}
