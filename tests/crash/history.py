"""What a run left behind, held against what was promised: checkers that every campaign shares."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import timedelta

from omscore.app import Oms, run_until
from omscore.audit import audit
from omscore.payments.model import AttemptState, Payment
from omscore.ports.storage import Storage
from tests.crash.arena import Place
from tests.crash.truth import effects, resent

MOST_TOLD = 5


def unsound(storage: Storage) -> list[str]:
    """Every law the auditor finds broken."""
    report = audit(storage)
    return [f"audit: {finding}" for finding in report.findings[:MOST_TOLD]]


def lost_answers(storage: Storage, acked: Iterable[str]) -> list[str]:
    """Commands that were answered and are not there: the acked set must be part of the final one."""
    lost = [key for key in acked if storage.answer(key) is None]
    return [f"acked but lost: {key}" for key in lost[:MOST_TOLD]]


def settle(oms: Oms, *, days: int = 4) -> None:
    """Let every task come to its end."""
    run_until(oms, oms.clock.now() + timedelta(days=days))


def untrue(oms: Oms, place: Place) -> list[str]:
    """Where our payments and the provider's own log differ, once everything was settled."""
    said: list[str] = []
    happened = effects(place.truth)
    said += [f"effect happened {count} times: {key}" for key, count in _twice(line["key"] for line in happened)]
    said += [f"sent again after its effect: {key}" for key in resent(place.truth)]
    ours: dict[str, tuple[str, int]] = {}
    for row in oms.storage.streams("payment/"):
        payment = oms.codec.record(row.state, Payment)
        for attempt in payment.attempts:
            if attempt.state is AttemptState.SUCCEEDED:
                ours[attempt.key] = (attempt.step.value, attempt.amount.minor)
            elif attempt.state is AttemptState.REQUESTED:
                said.append(f"never answered: {attempt.key}")
    theirs = {line["key"]: (line["step"], line["minor"]) for line in happened}
    said += [f"we say {ours.get(key)}, the provider says {theirs.get(key)}: {key}" for key in _unequal(ours, theirs)]
    return said[:MOST_TOLD]


def given_up(storage: Storage) -> list[str]:
    """Tasks that were given up although every fault was passing."""
    return [f"given up: {task.task_id}: {task.note}" for task in storage.tasks("dead", limit=MOST_TOLD)]


def _twice(keys: Iterable[str]) -> list[tuple[str, int]]:
    return [(key, count) for key, count in Counter(keys).items() if count > 1]


def _unequal(ours: dict[str, tuple[str, int]], theirs: dict[str, tuple[str, int]]) -> list[str]:
    return sorted(key for key in ours.keys() | theirs.keys() if ours.get(key) != theirs.get(key))
