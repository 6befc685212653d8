"""Workers that are paused, killed, or run into each other: leases, the fence, and one effect per key at the bank."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from threading import Barrier, Thread

import pytest

from omscore.audit import audit
from omscore.payments.model import AttemptState, Payment
from tests.kit.postgres import Server, server
from tests.kit.shops import RATES, SHOP, TEA, order, stock_up
from tests.kit.worker_program import Ahead, shop_at_bank

REPOSITORY = Path(__file__).resolve().parents[2]
A_LEASE_LATER = timedelta(seconds=31)
SQLITE_TABLE = '[storage.sqlite]\npath = "shop.db"\n'


def postgres_table(running: Server) -> str:
    settings = running.settings()
    return f'[storage.postgres]\ndsn = "{settings.dsn}"\nschema = "{settings.schema}"\n'


def shop_with_orders(folder: Path, storage: str) -> Path:
    """A shop with three paid orders whose tasks are due."""
    path = folder / "shop.toml"
    path.write_text(SHOP.replace(SQLITE_TABLE, storage), encoding="utf-8")
    (folder / "rates.csv").write_text(RATES, encoding="utf-8")
    with shop_at_bank(path) as (oms, _):
        stock_up(oms)
        for number in (1, 2, 3):
            oms.do(order(oms, {TEA: 1}, order_id=f"ord_{number}"))
    return path


@pytest.fixture(params=["sqlite", "postgres"])
def config(request: pytest.FixtureRequest, tmp_path: Path, postgres: Server) -> Path:
    """The shop on each store that several programs can share."""
    return shop_with_orders(tmp_path, SQLITE_TABLE if request.param == "sqlite" else postgres_table(postgres))


@contextmanager
def worker(config: Path, *words: str) -> Iterator[subprocess.Popen[str]]:
    """A worker program, gone at the end."""
    program = subprocess.Popen(  # noqa: S603 (our own program)
        [sys.executable, "-m", "tests.kit.worker_program", str(config), *words],
        cwd=REPOSITORY,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with program:
        try:
            yield program
        finally:
            program.kill()


def said(program: subprocess.Popen[str]) -> str:
    assert program.stdout is not None
    return program.stdout.readline().strip()


def check_the_end(config: Path) -> None:
    """Every step was answered once, at most one effect each, and the audit finds nothing."""
    with shop_at_bank(config) as (oms, bank):
        for number in (1, 2, 3):
            (attempt,) = oms.look(Payment, f"ord_{number}.p1").attempts
            assert attempt.state is AttemptState.SUCCEEDED
            names = [stored.name for stored in oms.storage.events(stream=f"payment/ord_{number}.p1")]
            assert names == ["AuthorisationRequested", "StepSucceeded"]
        assert bank.sends() == {f"ord_{number}.p1.authorise": 1 for number in (1, 2, 3)}
        assert oms.storage.tasks("leased") == oms.storage.tasks("dead") == ()
        assert audit(oms.storage).findings == ()


def test_a_worker_paused_past_its_lease_comes_back_to_a_closed_door(config: Path) -> None:
    with worker(config, "hang") as paused:
        assert said(paused).startswith("sent ord_")
        os.kill(paused.pid, signal.SIGSTOP)
        with shop_at_bank(config, clock=Ahead(A_LEASE_LATER)) as (oms, _):
            assert oms.run_due().dead == 0
        os.kill(paused.pid, signal.SIGCONT)
        assert paused.stdin is not None
        paused.stdin.write("go on\n")
        paused.stdin.flush()
        words = said(paused).split()
        assert words[0] == "ran"
        assert int(words[2]) >= 1, "its late answer is refused by the fence"
        assert paused.wait() == 0
    check_the_end(config)


def test_what_a_killed_worker_was_at_is_looked_up_by_the_next(config: Path) -> None:
    with worker(config, "hang") as killed:
        assert said(killed).startswith("sent ord_")
        killed.kill()
        killed.wait()
    with shop_at_bank(config, clock=Ahead(A_LEASE_LATER)) as (oms, _):
        assert oms.run_due().dead == 0
    check_the_end(config)


def test_two_that_recover_the_same_tasks_at_once_send_each_key_once(config: Path) -> None:
    with shop_at_bank(config) as (oms, _):
        now = oms.clock.now()
        assert len(oms.storage.lease(now=now, until=now + timedelta(seconds=30), limit=100)) >= 6
    together, done = Barrier(2), []

    def recover() -> None:
        with shop_at_bank(config, clock=Ahead(A_LEASE_LATER)) as (oms, _):
            together.wait()
            done.append(oms.run_due().done)

    threads = [Thread(target=recover) for _ in range(2)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert sum(done) >= 6
    check_the_end(config)


def test_a_worker_outlives_the_restart_of_its_database(tmp_path: Path) -> None:
    """The server falls while the bank is being asked; nothing is lost and nothing is sent twice."""
    with server() as running:
        config = shop_with_orders(tmp_path, postgres_table(running))
        with worker(config, "loop") as program:
            assert said(program).startswith("sent ord_")
            running.crash_and_restart()
            assert program.stdin is not None
            program.stdin.write("go on\n")
            program.stdin.flush()
            assert program.wait() == 0
        with shop_at_bank(config, clock=Ahead(A_LEASE_LATER)) as (oms, _):
            assert oms.run_due().dead == 0
        check_the_end(config)
