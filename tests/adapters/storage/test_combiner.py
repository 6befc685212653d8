"""Commits of many threads share transactions: each gets its own answer, and nobody is left waiting."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import chain
from pathlib import Path
from threading import Event

import pytest

from omscore.errors import ConflictError, OmsError, PortTransientError, PortUnknownError, StockShortError
from omscore.ports.storage import Commit, StockLevel
from omscore.testing.conformance.storage.commits import NOON, received, reserved
from omscore.testing.conformance.storage.races import PATIENCE_S, at_once
from omscore_adapters import storage_combiner
from omscore_adapters.storage_combiner import MOST_TOGETHER, Combiner
from omscore_adapters.storage_sqlite import SqliteSettings, SqliteStorage


def named(name: str) -> Commit:
    return Commit(at=NOON, answer=name)


class Line:
    """A store that notes its transactions. Shape: the first one waits until it is let through."""

    def __init__(self, fails: Callable[[Sequence[str]], BaseException | None] = lambda names: None) -> None:
        self.groups: list[list[str]] = []
        self.begun, self.let_through = Event(), Event()
        self._fails = fails

    def one(self, commit: Commit) -> str:
        (result,) = self.many((commit,))
        if isinstance(result, OmsError):
            raise result
        return result

    def many(self, commits: Sequence[Commit]) -> tuple[str | OmsError, ...]:
        names = [commit.answer for commit in commits]
        self.groups.append(names)
        self.begun.set()
        assert self.let_through.wait(PATIENCE_S)
        fell = self._fails(names)
        if fell is not None:
            raise fell
        return tuple(StockShortError(name, name=name) if name.startswith("short") else name for name in names)


class Crowd:
    """Threads that commit through one combiner, each begun when the one before it is in its place."""

    def __init__(self, line: Line, combiner: Combiner | None = None) -> None:
        self.line = line
        self.combiner = combiner or Combiner(one=line.one, many=line.many)
        self._pool = ThreadPoolExecutor(MOST_TOGETHER + 10)

    def come(self, *names: str) -> list[Future[str]]:
        """The first leads and waits in its transaction; the others are queued when this returns."""
        came = [self._pool.submit(self.combiner.commit, named(names[0]))]
        assert self.line.begun.wait(PATIENCE_S)
        for place, name in enumerate(names[1:], start=1):
            came.append(self._pool.submit(self.combiner.commit, named(name)))
            until(lambda place=place: len(self.combiner._queue) == place)  # type: ignore[misc]
        return came

    def ended(self, *names: str) -> list[str | BaseException]:
        """What each came to once the first transaction is let through."""
        came = self.come(*names)
        self.line.let_through.set()
        found = [each.exception(PATIENCE_S) or each.result() for each in came]
        self._pool.shutdown()
        return found


def until(holds: Callable[[], bool]) -> None:
    deadline_s = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < deadline_s
        time.sleep(0.0005)


def goes_on(crowd: Crowd) -> bool:
    """Whether the combiner still serves whoever comes next."""
    crowd.line._fails = lambda names: None
    return at_once(3, lambda number: crowd.combiner.commit(named(f"next {number}"))) == ["next 0", "next 1", "next 2"]


def test_commits_that_come_while_one_is_made_share_the_next_transaction_in_their_order() -> None:
    line = Line()
    names = [f"c{number}" for number in range(7)]
    assert Crowd(line).ended(*names) == names
    assert line.groups == [names[:1], names[1:]]


def test_a_thread_alone_makes_its_commits_alone() -> None:
    line = Line()
    line.let_through.set()
    combiner = Combiner(one=line.one, many=lambda commits: pytest.fail("there was no crowd"))
    assert [combiner.commit(named(name)) for name in "abc"] == ["a", "b", "c"]
    assert line.groups == [["a"], ["b"], ["c"]]


def test_a_transaction_takes_so_many_and_the_rest_come_next() -> None:
    line = Line()
    names = [f"c{number}" for number in range(MOST_TOGETHER + 4)]
    assert Crowd(line).ended(*names) == names
    assert [len(group) for group in line.groups] == [1, MOST_TOGETHER, 3]
    assert list(chain(*line.groups)) == names


def test_one_bad_commit_fails_alone_with_its_own_error() -> None:
    crowd = Crowd(Line())
    first, bad, good, worse = crowd.ended("first", "short 1", "good", "short 2")
    assert (first, good) == ("first", "good")
    assert isinstance(bad, StockShortError)
    assert isinstance(worse, StockShortError)
    assert (bad.fields["name"], worse.fields["name"]) == ("short 1", "short 2")
    assert goes_on(crowd)


@pytest.mark.parametrize("kind", [ConflictError, PortTransientError, PortUnknownError])
def test_when_a_group_falls_as_a_whole_every_thread_gets_an_error_of_its_own(kind: type[OmsError]) -> None:
    fell = kind("the group fell", code="fell.here", where="there")
    crowd = Crowd(Line(lambda names: fell if len(names) > 1 else None))
    first, *others = crowd.ended("first", "a", "b", "c")
    assert first == "first"
    assert len({id(each) for each in others}) == 3
    for each in others:
        assert type(each) is kind
        assert each is not fell
        assert (str(each), each.code, each.fields) == ("the group fell", "fell.here", {"where": "there"})
        assert each.__cause__ is fell
    assert goes_on(crowd)


def test_a_commit_that_breaks_the_stores_code_breaks_nobody_elses() -> None:
    crowd = Crowd(Line(lambda names: ZeroDivisionError("bad") if "bad" in names else None))
    first, a, bad, b = crowd.ended("first", "a", "bad", "b")
    assert (first, a, b) == ("first", "a", "b")
    assert isinstance(bad, ZeroDivisionError)
    assert goes_on(crowd)


@pytest.mark.parametrize("interrupted", ["first", "a"])
def test_when_a_leader_is_interrupted_those_it_led_are_told_that_nobody_knows(interrupted: str) -> None:
    crowd = Crowd(Line(lambda names: KeyboardInterrupt() if interrupted in names else None))
    first, a, b = crowd.ended("first", "a", "b")
    if interrupted == "first":
        assert isinstance(first, KeyboardInterrupt)
        assert (a, b) == ("a", "b")
    else:
        assert first == "first"
        assert isinstance(a, KeyboardInterrupt)
        assert isinstance(b, PortUnknownError)
    assert goes_on(crowd)


class InterruptedOnTheWay(Combiner):
    """The first leader of more than one is interrupted after it was told to lead and before it does."""

    interrupts = True

    def _lead(self) -> None:
        if self.interrupts:
            self.interrupts = False
            raise KeyboardInterrupt
        super()._lead()


def test_a_thread_interrupted_before_it_leads_hands_the_lead_on_and_its_commit_is_not_made() -> None:
    line = Line()
    crowd = Crowd(line, InterruptedOnTheWay(one=line.one, many=line.many))
    first, b, c, d = crowd.ended("first", "b", "c", "d")
    assert isinstance(b, KeyboardInterrupt)
    assert (first, c, d) == ("first", "c", "d")
    assert line.groups == [["first"], ["c", "d"]]
    assert goes_on(crowd)


def test_a_thread_alone_that_is_interrupted_makes_way_for_the_next() -> None:
    line = Line(lambda names: KeyboardInterrupt())
    line.let_through.set()
    crowd = Crowd(line)
    with pytest.raises(KeyboardInterrupt):
        crowd.combiner.commit(named("a"))
    assert goes_on(crowd)


def test_a_thread_interrupted_while_it_waits_leaves_the_queue(monkeypatch: pytest.MonkeyPatch) -> None:
    class Restless(Event):
        def wait(self, timeout: float | None = None) -> bool:
            if threading.current_thread() is leaver:
                until(lambda: len(crowd.combiner._queue) == 3)
                raise KeyboardInterrupt
            return super().wait(timeout)

    monkeypatch.setattr(storage_combiner, "Event", Restless)
    line = Line()
    crowd = Crowd(line)
    left: list[str] = []

    def leave() -> None:
        try:
            crowd.combiner.commit(named("leaver"))
        except KeyboardInterrupt:
            left.append("leaver")

    leaver = threading.Thread(target=leave)
    with ThreadPoolExecutor(3) as pool:
        came = [pool.submit(crowd.combiner.commit, named("first"))]
        assert line.begun.wait(PATIENCE_S)
        leaver.start()
        until(lambda: len(crowd.combiner._queue) == 1)
        came += [pool.submit(crowd.combiner.commit, named(name)) for name in "ab"]
        leaver.join(PATIENCE_S)
        assert left == ["leaver"]
        line.let_through.set()
        assert sorted(each.result(PATIENCE_S) for each in came) == ["a", "b", "first"]
    assert sorted(list(chain(*line.groups))) == ["a", "b", "first"]
    assert goes_on(crowd)


def test_in_a_crowd_no_answer_is_mixed_up_lost_or_made_twice() -> None:
    made: list[str] = []
    lots = random.Random(7)  # noqa: S311 (which group falls)

    def many(commits: Sequence[Commit]) -> tuple[str | OmsError, ...]:
        if len(commits) > 1 and lots.random() < 0.1:
            raise ConflictError("the whole of it")
        results = [StockShortError(c.answer) if c.answer.endswith("7") else c.answer for c in commits]
        made.extend(each for each in results if isinstance(each, str))
        return tuple(results)

    def one(commit: Commit) -> str:
        (result,) = many((commit,))
        if isinstance(result, OmsError):
            raise result
        return result

    combiner = Combiner(one=one, many=many)

    def shop(thread: int) -> list[str]:
        answered = []
        for number in range(150):
            name = f"{thread}.{number}"
            try:
                answered.append(combiner.commit(named(name)))
                assert answered[-1] == name
            except StockShortError as error:
                assert str(error) == name
            except ConflictError:
                assert name not in made
        return answered

    answered = at_once(8, shop)
    assert sorted(made) == sorted(chain(*answered))
    for thread, names in enumerate(answered):
        assert [name for name in made if name.startswith(f"{thread}.")] == names


def test_threads_that_buy_the_same_sku_share_a_transaction_on_a_real_store(tmp_path: Path) -> None:
    store = SqliteStorage(SqliteSettings(path=tmp_path / "shop.db", synchronous="normal"))
    try:
        store.commit(received(7))
        statements: list[str] = []
        store._connection.set_trace_callback(statements.append)
        with ThreadPoolExecutor(9) as pool:
            with store.together():  # holds the store while the crowd gathers
                buyers = [pool.submit(store.commit, reserved(1)) for _ in range(9)]
                until(lambda: len(store._combiner._queue) == 8)
            ends = [type(buyer.exception(PATIENCE_S)) for buyer in buyers]
        store._connection.set_trace_callback(None)
        assert ends.count(StockShortError) == 2
        assert store.stock(["TEA"]) == (StockLevel("TEA", "MUC", "general", reserved=7),)
        assert statements.count("COMMIT") == 3  # the one that held it, the first buyer, and all the others
    finally:
        store.close()
