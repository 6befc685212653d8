"""One commit as the JSON document that the server's `commit_one` takes, its rows sorted so that locks never cross."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from omscore.ports.storage import Commit, TaskOutcome
from omscore_adapters.storage_common import checked, stock_changes, utc

_STATE_AFTER = {TaskOutcome.DONE: "done", TaskOutcome.RETRY: "waiting", TaskOutcome.DEAD: "dead"}

_to_json = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False, check_circular=False).encode


def moment_text(moment: datetime) -> str:
    """The moment as it is stored.

    >>> from datetime import UTC
    >>> moment_text(datetime(2026, 3, 1, 9, tzinfo=UTC))
    '2026-03-01T09:00:00.000000+00:00'
    """
    return utc(moment).isoformat(timespec="microseconds")


def document(commit: Commit) -> str:
    """The whole commit as text. Raises: InputError for what the port forbids."""
    checked(commit)
    return _to_json(_parts(commit))


def documents(commits: list[str]) -> str:
    """Several commits as one text."""
    return f"[{','.join(commits)}]"


def _parts(commit: Commit) -> dict[str, Any]:
    parts: dict[str, Any] = {
        "answer": commit.answer,
        "changes": [
            (change.stream, change.expected_version, change.state, [_event(*record) for record in change.events], place)
            for place, change in sorted(enumerate(commit.changes), key=lambda each: each[1].stream)
        ],
    }
    if commit.unchanged:  # among the changes, so that all streams are locked in one order; without a state they stay
        seen: list[tuple[Any, ...]] = [(stream, version, None, [], 0) for stream, version in commit.unchanged]
        parts["changes"] = sorted([*parts["changes"], *seen], key=lambda each: each[0])
    if commit.command_key is not None:
        parts |= {"key": commit.command_key, "fingerprint": commit.fingerprint, "at": moment_text(commit.at)}
    if commit.claims:
        parts["claims"] = sorted((claim.name, claim.stream) for claim in commit.claims)
    if commit.settlements:
        parts["settlements"] = [
            (
                each.task_id,
                each.attempt,
                _STATE_AFTER[each.outcome],
                None if each.due_at is None else moment_text(each.due_at),
                each.note,
            )
            for each in sorted(commit.settlements, key=lambda each: each.task_id)
        ]
    if commit.tasks:
        parts["tasks"] = [
            (task.task_id, task.kind, moment_text(task.due_at), task.payload)
            for task in sorted(commit.tasks, key=lambda task: task.task_id)
        ]
    for name, entries in (
        ("listed", [(*entry, change.stream) for change in commit.changes for entry in change.listed]),
        ("unlisted", [(*entry, change.stream) for change in commit.changes for entry in change.unlisted]),
    ):
        if entries:
            parts[name] = sorted(entries)
    if commit.vault:
        in_order = sorted(commit.vault, key=lambda each: (each.person_id, each.name))  # the last word on one stays last
        parts["vault"] = [(each.person_id, each.name, each.body) for each in in_order]
    if commit.moves:
        takes, gives = stock_changes(commit.moves)
        parts["stock"] = sorted(
            [(*row, *change, True) for row, change in takes] + [(*row, *change, False) for row, change in gives]
        )
    return parts


def _event(name: str, at: datetime, body: str) -> tuple[str, str, str, str]:
    """A fact with its moment twice: as it is stored, and as it is sealed."""
    moment = utc(at)
    return name, moment.isoformat(timespec="microseconds"), moment.isoformat(), body
