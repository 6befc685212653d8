"""Programs that share a PostgreSQL store neither deadlock nor wait for what does not concern them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import psycopg
import pytest

from omscore.errors import OmsError
from omscore.ports.storage import Claim, Commit, Storage
from omscore.quantities import Move
from omscore.testing.conformance.storage.commits import (
    NOON,
    SHELF,
    TAKEN,
    change,
    document,
    keyed,
    minutes,
    received,
    task,
)
from omscore_adapters.storage_postgres import PROVIDER, PostgresSettings
from tests.kit.postgres import Server

PROGRAMS = 4
SKUS = [f"SKU{number}" for number in range(12)]


@pytest.fixture
def settings(emptied: Callable[[], PostgresSettings]) -> PostgresSettings:
    """Those of an empty store."""
    return emptied()


@pytest.fixture
def programs(settings: PostgresSettings) -> Iterator[Sequence[Storage]]:
    """The store opened several times; to the server each is a program of its own."""
    with ExitStack() as opened:
        yield [opened.enter_context(PROVIDER.open(settings)) for _ in range(PROGRAMS)]


def test_groups_over_the_same_rows_in_opposite_order_meet_no_deadlock(
    programs: Sequence[Storage], postgres: Server
) -> None:
    before = postgres.deadlocks()
    for sku in SKUS:
        programs[0].commit(received(1_000, sku))
        programs[0].commit(Commit(at=NOON, changes=(change(f"item/{sku}"),)))

    def trade(number: int) -> int:
        """Takes one unit of every item ten times, in one group each time, forwards or backwards."""
        skus = SKUS if number % 2 else SKUS[::-1]
        made = 0
        for _ in range(10):
            results = programs[number].commit_many([_taken(sku) for sku in skus])
            made += sum(isinstance(result, str) for result in results)
        return made

    with ThreadPoolExecutor(PROGRAMS) as threads:
        assert list(threads.map(trade, range(PROGRAMS))) == [10 * len(SKUS)] * PROGRAMS
    levels = programs[0].stock(SKUS)
    assert [(level.sellable, level.reserved) for level in levels] == [(960, 40)] * len(SKUS)
    assert postgres.deadlocks() == before


def _taken(sku: str) -> Commit:
    return Commit(at=NOON, moves=(Move(sku, 1, SHELF, TAKEN),))


def test_groups_of_the_same_new_commits_in_opposite_order_are_made_once_each_and_answered_to_all(
    settings: PostgresSettings, postgres: Server
) -> None:
    quick = postgres.settings(schema=settings.schema, dsn=f"{settings.dsn}?options=-cdeadlock_timeout%3D10ms")
    commits = [
        keyed(f"k{number}", f"order/o{number}", claims=(Claim(name=f"reference:{number}", stream=f"order/o{number}"),))
        for number in range(40)
    ]

    def send(number: int) -> set[str]:
        with PROVIDER.open(quick) as storage:
            results = storage.commit_many(commits if number % 2 else commits[::-1])
        return {result if isinstance(result, str) else f"refused: {result}" for result in results}

    with ThreadPoolExecutor(PROGRAMS) as threads:
        answers = list(threads.map(send, range(PROGRAMS)))
    assert answers == [{f"order/o{number}!" for number in range(40)}] * PROGRAMS
    with PROVIDER.open(settings) as storage:
        assert storage.counts()["events"] == 40


def test_a_task_whose_row_somebody_holds_is_passed_over_and_not_waited_for(
    settings: PostgresSettings, programs: Sequence[Storage]
) -> None:
    storage = programs[0]
    storage.commit(Commit(at=NOON, tasks=tuple(task(f"t{number}") for number in range(3))))
    with psycopg.connect(settings.dsn, options=f"-c search_path={settings.schema}") as other:
        other.execute("SELECT 1 FROM task_queue WHERE task_id = 't0' FOR UPDATE")
        leased = storage.lease(now=NOON, until=NOON + minutes(5), limit=10)
        assert [each.task_id for each in leased] == ["t1", "t2"]
    assert [each.task_id for each in storage.lease(now=NOON, until=NOON + minutes(5), limit=10)] == ["t0"]


def test_a_group_that_one_thread_has_open_is_no_concern_of_other_threads(programs: Sequence[Storage]) -> None:
    storage = programs[0]
    with ThreadPoolExecutor(1) as thread, storage.together():
        storage.commit(keyed("k1", "order/o1"))
        assert thread.submit(storage.commit, keyed("k2", "order/o2")).result(30) == "order/o2!"
        assert thread.submit(storage.answer, "k1").result(30) is None
        assert storage.answer("k1") is not None
    assert programs[1].counts()["events"] == 2


def test_an_iterator_shows_one_moment_however_much_is_committed_meanwhile(programs: Sequence[Storage]) -> None:
    storage, other = programs[:2]
    many = [Commit(at=NOON, changes=(change(f"order/{number:04}", events=2),)) for number in range(600)]
    assert not any(isinstance(result, OmsError) for result in storage.commit_many(many))
    rows = storage.streams("order/")
    next(rows)
    other.commit(Commit(at=NOON, changes=(change("order/9999"), change("order/0599", 2))))
    rest = list(rows)
    assert (len(rest), rest[-1].version) == (599, 2)


def test_an_erased_document_is_erased_although_the_table_could_not_be_swept(
    settings: PostgresSettings, postgres: Server
) -> None:
    with PROVIDER.open(postgres.settings(schema=settings.schema, lock_timeout_ms=10)) as storage:
        storage.commit(document("per_1", "Ada"))
        with psycopg.connect(settings.dsn, options=f"-c search_path={settings.schema}") as other:
            other.execute("LOCK TABLE vault IN ROW SHARE MODE")
            other.execute("LOCK TABLE vault IN SHARE UPDATE EXCLUSIVE MODE")  # as another sweep would
            assert storage.vault_erase("per_1") == 1  # type: ignore[arg-type]
        assert storage.vault_names("per_1") == ()  # type: ignore[arg-type]
