"""Sixteen programs after the same thing at the same moment: the last unit, one command key, many SKUs, one hold."""

from __future__ import annotations

from collections import Counter
from random import Random
from typing import Any

from omscore.ports.storage import Commit, EventRecord, Settlement, Storage, StreamChange, TaskOutcome, TaskRequest
from omscore.quantities import SUPPLIER, Move, StockPlace, StockState
from tests.crash.arena import Arena
from tests.crash.campaign import Campaign, Note, Outcome
from tests.crash.crew import crew, failed
from tests.kit.shops import NOON

SIZE = 16
SHELF = StockPlace("MUC", "general", StockState.SELLABLE)
TAKEN = StockPlace("MUC", "general", StockState.RESERVED)


def _note(stream: str, version: int = 0) -> StreamChange:
    record = EventRecord("Noted", NOON, "{}")
    return StreamChange(stream=stream, expected_version=version, state=f"at {version + 1}", events=(record,))


def _take(storage: Storage, question: Any) -> str:
    """Takes units of some SKUs, all or none, in the order it was told them."""
    name, skus = question
    moves = tuple(Move(sku, 1, SHELF, TAKEN) for sku in skus)
    return storage.commit(Commit(at=NOON, changes=(_note(name),), moves=moves, answer="taken"))


def last_unit(arena: Arena, rounds: int, _seed: int, note: Note) -> Outcome:
    """One unit, sixteen buyers: exactly one gets it."""
    place = arena.fresh(stock=False)
    violations: list[str] = []
    with arena.stored(place) as storage, crew(arena, place, SIZE, _take) as buyers:
        for number in range(rounds):
            sku = f"LAST-{number}"
            storage.commit(Commit(at=NOON, moves=(Move(sku, 1, SUPPLIER, SHELF),)))
            answers = buyers.ask([(f"buyer/{number}/{who}", [sku]) for who in range(SIZE)])
            winners = sum(answer == "taken" for answer in answers)
            (level,) = storage.stock([sku])
            if winners != 1 or (level.sellable, level.reserved) != (0, 1):
                violations.append(f"{sku}: {winners} winners, {level.sellable} left, {level.reserved} taken")
            violations += failed(answers)
            if violations:
                break
            note(number + 1)
    return Outcome(figures={"rounds": rounds, "buyers": SIZE}, violations=tuple(violations))


def many_skus(arena: Arena, rounds: int, seed: int, note: Note) -> Outcome:
    """Orders for five of twelve hot SKUs, told in any order: no deadlock, no unit lost, none of a cart taken alone."""
    lot = Random(seed)  # noqa: S311
    place = arena.fresh(stock=False)
    skus = [f"HOT-{number:02d}" for number in range(12)]
    stock = rounds * SIZE
    violations: list[str] = []
    taken: Counter[str] = Counter()
    with arena.stored(place) as storage:
        storage.commit(Commit(at=NOON, moves=tuple(Move(sku, stock, SUPPLIER, SHELF) for sku in skus)))
        storage.commit(Commit(at=NOON, moves=(Move("NONE", 1, SUPPLIER, TAKEN),)))
        before = _deadlocks(arena)
        with crew(arena, place, SIZE, _take) as buyers:
            for number in range(rounds):
                carts = [[*lot.sample(skus, 5), *(["NONE"] if lot.random() < 0.2 else [])] for _ in range(SIZE)]
                answers = buyers.ask([(f"cart/{number}/{who}", cart) for who, cart in enumerate(carts)])
                for cart, answer in zip(carts, answers, strict=True):
                    if answer == "taken":
                        taken.update(cart)
                    elif "NONE" not in cart or answer != {"refused": "stock.short"}:
                        violations.append(f"cart {cart}: {answer}")
                if violations:
                    break
                note(number + 1)
        levels = {level.sku: level for level in storage.stock(skus)}
        violations += [
            f"{sku}: {levels[sku].reserved} taken, {taken[sku]} answered"
            for sku in skus
            if levels[sku].reserved != taken[sku] or levels[sku].sellable != stock - taken[sku]
        ]
        deadlocks = _deadlocks(arena) - before
    if deadlocks:
        violations.append(f"{deadlocks} deadlocks")
    return Outcome(figures={"orders": rounds * SIZE, "deadlocks": deadlocks}, violations=tuple(violations[:5]))


def same_key(arena: Arena, rounds: int, _seed: int, note: Note) -> Outcome:
    """One command sent sixteen times at once: one effect, sixteen equal answers."""
    place = arena.fresh(stock=False)
    violations: list[str] = []

    def send(storage: Storage, question: Any) -> str:
        number, who = question
        return storage.commit(
            Commit(
                at=NOON,
                command_key=f"key-{number}",
                fingerprint="same",
                answer=f"answer of {who}",
                changes=(_note(f"order/{number}"),),
                moves=(Move("TEA", 1, SHELF, TAKEN),),
            )
        )

    with arena.stored(place) as storage, crew(arena, place, SIZE, send) as senders:
        storage.commit(Commit(at=NOON, moves=(Move("TEA", rounds, SUPPLIER, SHELF),)))
        for number in range(rounds):
            answers = senders.ask([(number, who) for who in range(SIZE)])
            if len({str(answer) for answer in answers}) != 1 or not isinstance(answers[0], str):
                violations.append(f"key-{number}: {answers}")
                break
            note(number + 1)
        (level,) = storage.stock(["TEA"])
        if not violations and level.reserved != rounds:
            violations.append(f"{level.reserved} effects of {rounds} keys")
    return Outcome(figures={"requests": rounds * SIZE}, violations=tuple(violations))


def one_hold(arena: Arena, rounds: int, _seed: int, note: Note) -> Outcome:
    """A hold that several programs confirm, release and expire at once resolves exactly once."""
    place = arena.fresh(stock=False)
    violations: list[str] = []
    sold = StockPlace("MUC", "general", StockState.ALLOCATED)
    targets = {"confirm": sold, "release": SHELF, "expire": SHELF}

    def resolve(storage: Storage, question: Any) -> str:
        number, way = question
        change = _note(f"hold/{number}", version=1)
        return storage.commit(
            Commit(at=NOON, changes=(change,), moves=(Move("TEA", 2, TAKEN, targets[way]),), answer=way)
        )

    ways = [*("confirm",) * 3, *("release",) * 3, *("expire",) * 2]
    confirmed = 0
    with arena.stored(place) as storage, crew(arena, place, len(ways), resolve) as resolvers:
        storage.commit(Commit(at=NOON, moves=(Move("TEA", 2 * rounds, SUPPLIER, SHELF),)))
        storage.commit(Commit(at=NOON, moves=(Move("TEA", 2 * rounds, SHELF, TAKEN),)))
        for number in range(rounds):
            storage.commit(Commit(at=NOON, changes=(_note(f"hold/{number}"),)))
            answers = resolvers.ask([(number, way) for way in ways])
            winners = [answer for answer in answers if isinstance(answer, str)]
            confirmed += winners == ["confirm"]
            if len(winners) != 1:
                violations.append(f"hold {number} resolved {len(winners)} times: {answers}")
                break
            note(number + 1)
        (level,) = storage.stock(["TEA"])
        if not violations and (level.allocated, level.reserved) != (2 * confirmed, 0):
            violations.append(f"{level.allocated} units sold, {2 * confirmed} answered; {level.reserved} still held")
    return Outcome(figures={"holds": rounds}, violations=tuple(violations))


def leases(arena: Arena, rounds: int, _seed: int, note: Note) -> Outcome:
    """Tasks leased by many at once go to one each, and a settlement counts once."""
    place = arena.fresh(stock=False)
    violations: list[str] = []
    each = 4

    def lease(storage: Storage, _question: Any) -> list[str]:
        from datetime import timedelta

        done = []
        for task in storage.lease(now=NOON, until=NOON + timedelta(minutes=1), limit=each):
            settlement = Settlement(task_id=task.task_id, attempt=task.attempt, outcome=TaskOutcome.DONE)
            storage.commit(Commit(at=NOON, settlements=(settlement,)))
            done.append(task.task_id)
        return done

    with arena.stored(place) as storage, crew(arena, place, SIZE, lease) as workers:
        for number in range(rounds):
            tasks = tuple(
                TaskRequest(task_id=f"t{number}.{one}", kind="mail", due_at=NOON, payload="{}")
                for one in range(SIZE * each // 2)
            )
            storage.commit(Commit(at=NOON, tasks=tasks))
            answers = workers.ask_all(None)
            violations += failed(answers)
            done = Counter(task_id for answer in answers if isinstance(answer, list) for task_id in answer)
            left = {task.task_id for task in storage.tasks("waiting")}
            violations += [f"{task_id} was done {times} times" for task_id, times in done.items() if times != 1]
            violations += [f"{task.task_id} is lost" for task in tasks if task.task_id not in done.keys() | left]
            while left:
                left = {*lease(storage, None)} and {task.task_id for task in storage.tasks("waiting")}
            if violations:
                break
            note(number + 1)
    return Outcome(figures={"tasks": rounds * SIZE * each // 2}, violations=tuple(violations[:5]))


def _deadlocks(arena: Arena) -> int:
    return 0 if arena.server is None else arena.server.deadlocks()


CAMPAIGNS = (
    Campaign(
        name="last-unit",
        says="one unit, sixteen programs that want it",
        everyday={"sqlite": 300, "postgres": 300},
        long={"sqlite": 10_000, "postgres": 10_000},
        run=last_unit,
    ),
    Campaign(
        name="many-skus",
        says="orders for five of twelve hot SKUs from sixteen programs",
        everyday={"sqlite": 100, "postgres": 200},
        long={"sqlite": 4_000, "postgres": 16_000},
        run=many_skus,
    ),
    Campaign(
        name="same-key",
        says="one command sent by sixteen programs at once",
        everyday={"sqlite": 100, "postgres": 100},
        long={"sqlite": 6_250, "postgres": 6_250},
        run=same_key,
    ),
    Campaign(
        name="one-hold",
        says="eight programs confirm, release and expire one hold",
        everyday={"sqlite": 300, "postgres": 300},
        long={"sqlite": 25_000, "postgres": 25_000},
        run=one_hold,
    ),
    Campaign(
        name="leases",
        says="sixteen programs take tasks from one queue",
        everyday={"sqlite": 20, "postgres": 60},
        long={"sqlite": 1_000, "postgres": 5_000},
        run=leases,
    ),
)
