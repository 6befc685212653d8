"""An answer of PostgreSQL that is lost on its way is looked up; nothing is made twice and nothing is guessed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
import pytest

from omscore.errors import ConflictError, PortTransientError, PortUnknownError
from omscore.ports.storage import Commit, StoredAnswer
from omscore.testing.conformance.storage.commits import NOON, change, keyed, received, reserved
from omscore_adapters.storage_postgres import PostgresSettings, PostgresStorage, outcomes
from tests.kit.lossy import Loss, Wire
from tests.kit.postgres import Server


@pytest.fixture
def wire(postgres: Server) -> Iterator[Wire]:
    """The wire between the stores of a test and the server."""
    wire = Wire(postgres.port)
    yield wire
    wire.close()


@pytest.fixture
def settings(postgres: Server, emptied: Callable[[], PostgresSettings], wire: Wire) -> PostgresSettings:
    """An empty store at the other end of the wire; one connection, so that a lost one has to be replaced."""
    dsn = postgres.dsn.replace(f":{postgres.port}", f":{wire.port}")
    return postgres.settings(dsn=dsn, schema=emptied().schema, connections=1)


@pytest.fixture
def storage(settings: PostgresSettings) -> Iterator[PostgresStorage]:
    storage = PostgresStorage(settings)
    yield storage
    storage.close()


def test_a_commit_whose_answer_was_lost_is_answered_from_its_command_key(storage: PostgresStorage, wire: Wire) -> None:
    wire.lose(Loss.AFTER, "lost-key")
    assert storage.commit(keyed("lost-key", "order/o1")) == "order/o1!"
    assert wire.has_lost.is_set()
    assert storage.counts()["events"] == 1


def test_a_commit_that_never_arrived_is_said_not_to_be_made_and_can_be_made_again(
    storage: PostgresStorage, wire: Wire
) -> None:
    wire.lose(Loss.BEFORE, "lost-key")
    with pytest.raises(PortTransientError, match="not made; try again"):
        storage.commit(keyed("lost-key", "order/o1"))
    assert storage.counts()["events"] == 0
    assert storage.commit(keyed("lost-key", "order/o1")) == "order/o1!"


def test_a_commit_said_not_to_be_made_is_not_made_later_either(storage: PostgresStorage, wire: Wire) -> None:
    wire.lose(Loss.LATE, "lost-key")
    with pytest.raises(PortTransientError, match="not made; try again"):
        storage.commit(keyed("lost-key", "order/o1"))
    wire.release()
    assert storage.answer("lost-key") is None
    assert storage.counts()["events"] == 0


@pytest.mark.parametrize("loss", [Loss.BEFORE, Loss.AFTER])
def test_a_commit_without_a_command_key_stays_unknown(storage: PostgresStorage, wire: Wire, loss: Loss) -> None:
    wire.lose(loss, "order/lost")
    with pytest.raises(PortUnknownError):
        storage.commit(Commit(at=NOON, changes=(change("order/lost"),)))
    assert storage.counts()["events"] == (1 if loss is Loss.AFTER else 0)


def test_each_commit_of_many_is_looked_up_by_its_own_key(storage: PostgresStorage, wire: Wire) -> None:
    storage.commit(keyed("k0", "order/o0"))
    wire.lose(Loss.AFTER, "lost-key")
    stale = keyed("stale", "order/o0")
    first, refused, again, last = storage.commit_many(
        [keyed("k1", "order/o1"), stale, keyed("k0", "order/o0"), keyed("lost-key", "order/o2")]
    )
    assert (first, again, last) == ("order/o1!", "order/o0!", "order/o2!")
    assert isinstance(refused, PortTransientError)  # it was not made, and is refused when it comes again
    with pytest.raises(ConflictError):
        storage.commit(stale)


def test_a_group_whose_last_answer_was_lost_stands_although_its_last_commit_was_refused(
    storage: PostgresStorage, wire: Wire
) -> None:
    with storage.together():
        storage.commit(keyed("k1", "order/o1"))
        with pytest.raises(ConflictError):
            storage.commit(keyed("k2", "order/o1"))
        wire.lose(Loss.AFTER, "COMMIT")
    assert wire.has_lost.is_set()
    assert storage.answer("k1") == StoredAnswer("of k1", "order/o1!")
    assert storage.answer("k2") is None


def test_a_group_that_was_not_made_is_not_taken_for_made_because_of_keys_known_before(
    storage: PostgresStorage, wire: Wire
) -> None:
    storage.commit(keyed("k0", "order/o0"))
    with pytest.raises(PortTransientError, match="none of this group was made"), storage.together():
        storage.commit(keyed("k1", "order/o1"))
        assert storage.commit(keyed("k0", "order/o0")) == "order/o0!"
        wire.lose(Loss.BEFORE, "COMMIT")
    assert storage.counts()["events"] == 1


def test_a_group_without_a_new_key_stays_unknown(storage: PostgresStorage, wire: Wire) -> None:
    storage.commit(keyed("k0", "order/o0"))
    with pytest.raises(PortUnknownError), storage.together():
        storage.commit(received(5))
        storage.commit(keyed("k0", "order/o0"))
        wire.lose(Loss.BEFORE, "COMMIT")
    assert storage.stock(["TEA"]) == ()


def test_a_group_that_loses_its_connection_half_way_is_not_made_and_says_so(
    storage: PostgresStorage, wire: Wire
) -> None:
    with pytest.raises(PortTransientError, match="none of this group was made"), storage.together():
        storage.commit(received(5))
        wire.lose(Loss.AFTER, "lost-key")
        for key in ("lost-key", "next-key"):
            with pytest.raises(PortTransientError, match="none of this group was made"):
                storage.commit(keyed(key, f"order/{key}"))
    assert (storage.counts()["streams"], storage.stock(["TEA"])) == (0, ())


def test_an_outcome_that_nobody_can_tell_within_the_time_is_unknown(
    storage: PostgresStorage, wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outcomes, "LOOK_UP_S", 0.05)
    wire.lose(Loss.AFTER, "lost-key")
    wire.accepts_no_more()
    with pytest.raises(PortUnknownError, match="look its command key up"):
        storage.commit(keyed("lost-key", "order/o1"))


class TestEndedByTheServer:
    """The server ends our connections: an administrator, a restart, a proxy in between."""

    @pytest.fixture
    def own_settings(self, emptied: Callable[[], PostgresSettings]) -> PostgresSettings:
        return emptied()

    @pytest.fixture
    def own(self, own_settings: PostgresSettings) -> Iterator[PostgresStorage]:
        storage = PostgresStorage(own_settings)
        yield storage
        storage.close()

    @pytest.fixture
    def hand(self, postgres: Server) -> Iterator[psycopg.Connection[tuple[Any, ...]]]:
        with psycopg.connect(postgres.dsn, autocommit=True) as hand:
            yield hand

    def test_a_commit_ended_while_it_waits_was_not_made_and_the_connection_is_replaced(
        self,
        own: PostgresStorage,
        own_settings: PostgresSettings,
        hand: psycopg.Connection[tuple[Any, ...]],
    ) -> None:
        own.commit(received(5))
        path = f"-c search_path={own_settings.schema}"
        with psycopg.connect(own_settings.dsn, options=path) as other, ThreadPoolExecutor(1) as thread:
            other.execute("SELECT 1 FROM stock_levels FOR UPDATE")
            waiting = thread.submit(own.commit, reserved(2, command_key="k1", fingerprint="f", answer="taken"))
            while not hand.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE application_name = 'omscore' AND wait_event_type = 'Lock'"
            ).fetchall():
                assert not waiting.done()
            with pytest.raises(PortTransientError, match="not made; try again"):
                waiting.result(30)
        assert own.commit(reserved(2, command_key="k1", fingerprint="f", answer="taken")) == "taken"
        (level,) = own.stock(["TEA"])
        assert (level.sellable, level.reserved) == (3, 2)

    def test_a_read_over_an_ended_connection_fails_once_however_many_were_idle(
        self, own: PostgresStorage, hand: psycopg.Connection[tuple[Any, ...]]
    ) -> None:
        own.commit(received(5))
        with own.snapshot(), own.snapshot(), own.snapshot():
            pass
        hand.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'omscore'")
        with pytest.raises(PortTransientError, match="connection to the database was lost"):
            own.stock(["TEA"])
        assert own.stock(["TEA"])[0].sellable == 5
