"""All campaigns by name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from tests.crash import acks, calls, clocks, disks, kills, loose_ends, owners, races, refunds, restarts
from tests.crash.campaign import Campaign

CAMPAIGNS: Final[Mapping[str, Campaign]] = {
    each.name: each
    for each in (
        calls.CAMPAIGN,
        kills.CAMPAIGN,
        restarts.CAMPAIGN,
        acks.CAMPAIGN,
        disks.CAMPAIGN,
        clocks.CAMPAIGN,
        refunds.CAMPAIGN,
        loose_ends.CAMPAIGN,
        *races.CAMPAIGNS,
        *owners.CAMPAIGNS,
    )
}
