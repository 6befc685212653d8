"""The page of reliability tells every campaign and is filled by the runs; the largest run of each stands."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.crash.page import BEGIN, END, entered
from tests.crash.registry import CAMPAIGNS

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reliability.md"
EMPTY = f"before\n{BEGIN}\n{END}\nafter\n"


def result(campaign: str, rounds: int, seed: int = 1) -> dict[str, Any]:
    ran = {
        "campaign": campaign,
        "engine": "sqlite",
        "rounds": rounds,
        "seed": seed,
        "seconds": 1.0,
        "figures": {"kills": rounds},
        "violations": [],
    }
    return {"commit": "abc", "machine": "2 cores", "runs": [ran]}


def test_a_run_is_entered_and_a_smaller_one_later_does_not_take_its_place() -> None:
    once = entered(EMPTY, [result("kills", 1_000)])
    assert "| kills | sqlite | 1,000 | 1,000 kills | 0 | 1 | 1 | abc | 2 cores |" in once
    assert once.startswith("before\n")
    assert once.endswith("\nafter\n")
    assert entered(once, [result("kills", 30)]) == once
    assert "| 2,000 |" in entered(once, [result("kills", 2_000)])


def test_every_campaign_is_told_on_the_page() -> None:
    page = PAGE.read_text(encoding="utf-8")
    for campaign in CAMPAIGNS.values():
        assert f"`{campaign.name}`" in page, campaign.name
