"""Random lives of a shop with everything switched on, whose programs die: nothing under review moves, all adds up."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random

import pytest

from omscore.audit import audit
from omscore.orders.model import HoldKind, Order
from omscore.payments.model import Payment
from omscore.ports.storage import Storage
from omscore_adapters.storage_memory import MemoryStorage
from omscore_adapters.storage_postgres import PROVIDER as POSTGRES
from omscore_adapters.storage_sqlite import PROVIDER as SQLITE
from omscore_adapters.storage_sqlite import SqliteSettings
from tests.laws.checks import check_everything, records
from tests.laws.everything import Everything
from tests.laws.life import NAMES, LifeStep
from tests.laws.reckoning import reckon

SEEDS = (5, 7, 19, 32)
"""Lives in which a reminder too many, a shipment not told, a reviewer asked twice and a capture under review show."""
MORE = (
    "take_money",
    "bank_says",
    "invoice",
    "tell_stock",
    "papers_made",
    "give_label_back",
    "reject",
    "forget",
    "release",
)
STEPS = (*NAMES, *MORE * 2, *("send_all", "come_back") * 7, *("days", "run_due") * 3)

LIVES = [
    *[("memory", seed, 70) for seed in SEEDS],
    *[("sqlite", seed, 40) for seed in SEEDS[:2]],
    ("postgres", SEEDS[0], 40),
]


def drawn(lot: Random, steps: int) -> list[LifeStep]:
    """The steps of a life."""
    return [LifeStep(lot.choice(STEPS), *[lot.randrange(8) for _ in range(4)]) for _ in range(steps)]


@contextmanager
def opened(kind: str, folder: Path, request: pytest.FixtureRequest) -> Iterator[Storage]:
    if kind == "memory":
        yield MemoryStorage()
    elif kind == "sqlite":
        with SQLITE.open(SqliteSettings(path=folder / "shop.db")) as store:
            yield store
    else:
        with POSTGRES.open(request.getfixturevalue("postgres").settings()) as store:
            yield store


def under_review(life: Everything) -> dict[str, tuple[list[tuple[int, int, int]], int]]:
    """What has been picked, packed and sent of each order that is, and what was captured of its money."""
    return {
        each.order_id: so_far(life, each)
        for each in records(life.oms, "order")
        if each.has_hold(HoldKind.UNDER_REVIEW) or each.has_hold(HoldKind.HELD_BY_REVIEWER)
    }


def so_far(life: Everything, order: Order) -> tuple[list[tuple[int, int, int]], int]:
    counts = [(each.quantities.picked, each.quantities.packed, each.quantities.handed_over) for each in order.lines]
    return counts, sum(life.oms.look(Payment, each).captured.minor for each in order.payments)


@pytest.mark.parametrize(("kind", "seed", "steps"), LIVES)
def test_whatever_dies_meanwhile_everything_adds_up_and_nothing_moves_under_review(
    tmp_path: Path, request: pytest.FixtureRequest, kind: str, seed: int, steps: int
) -> None:
    with opened(kind, tmp_path, request) as store:
        life = Everything(tmp_path, store, seed)
        for number, step in enumerate(drawn(Random(seed), steps)):  # noqa: S311 (repeatable, guards nothing)
            before, life.weather.share = under_review(life), 0.04
            life.live(step)
            life.weather.share = 0
            after = under_review(life)
            assert {key: after[key] for key in before if key in after} == {
                key: before[key] for key in before if key in after
            }
            if number % 10 == 0:
                assert audit(store).findings == ()
                if not store.tasks("leased"):  # what a dead program was at is nobody's for half a minute
                    check_everything(life.oms)
        life.settle()
        check_everything(life.oms)
        assert audit(store).findings == ()
        reckon(life)
        life.close()
