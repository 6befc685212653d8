"""`omscore show` tells who looked at an order, what they said, and why it stands still."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import run
from tests.kit.distributions import install
from tests.kit.shops import TEA, order, pass_time, small_shop

ACME = """
from contextlib import contextmanager

from omscore.payloads import Payload
from omscore.plugins import PortKind, Provider, Upcaster, hookimpl
from omscore.ports.reviews import ReviewAnswer, Verdict
from omscore.records import frozen


@frozen(kw_only=True)
class NoSettings:
    pass


class Acme:
    def review(self, request):
        details = Payload(kind="acme.score", version=1, fields=(("score", "93"),))
        return ReviewAnswer(verdict=Verdict.HOLD, says="two names for one card", reference="case-7", details=details)


@contextmanager
def opened(settings):
    yield Acme()


@hookimpl
def oms_providers():
    return (Provider(name="acme", port=PortKind.REVIEW, settings_type=NoSettings, open=opened),)


@hookimpl
def oms_upcasters():
    return (Upcaster(kind="acme.score", from_version=1, step=lambda old: {"risk": old["score"]}),)
"""


def test_an_order_that_is_held_tells_by_whom_and_why_in_the_plugins_words_of_today(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    entries = "[omscore.plugins]\nreviewers.acme = omscore_acme\n"
    install(tmp_path / "site", monkeypatch, "omscore-acme", ACME, entries)
    with small_shop(tmp_path, edit="\n[reviewers.acme]\n") as oms:
        oms.do(order(oms, {TEA: 1}))
        early = " ".join(run("show", "ord_1", "--db", tmp_path / "shop.db").output.split())
        pass_time(oms, minutes=1)
    assert "its reviewers have not approved it yet" in early
    assert "acme: not answered yet" in early and "Put before acme" in early
    report = tmp_path / "out.json"
    told = " ".join(run("show", "ord_1", "--db", tmp_path / "shop.toml", "--json", report).output.split())
    assert "held by a reviewer: acme: two names for one card" in told
    assert "acme: hold (two names for one card; case-7; risk 93)" in told
    assert "acme says hold: two names for one card" in told
    assert json.loads(report.read_text("utf-8"))["review"] == [
        {
            "reviewer": "acme",
            "verdict": "hold",
            "says": "two names for one card",
            "reference": "case-7",
            "details": {"risk": "93"},
            "version": 2,
        }
    ]
    alone = " ".join(run("show", "ord_1", "--db", tmp_path / "shop.db").output.split())
    assert "case-7; score 93" in alone  # a database alone names no plugins, so it is as it was written
