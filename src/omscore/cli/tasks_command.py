"""`omscore tasks`: what waits to be done outside, what was given up and why, and what a person decides about it."""

from __future__ import annotations

from collections.abc import Iterable
from getpass import getuser
from pathlib import Path
from typing import Any

import click

from omscore.border import tamed
from omscore.cli.records import Records, open_records
from omscore.cli.report import json_option, write_json
from omscore.cli.tables import console, counted, heading, moment, shown, table
from omscore.engine.trail import words_of
from omscore.errors import InputError, NotFoundError, RefusedError
from omscore.flows.world import TaskKind
from omscore.ports.clock import SystemClock
from omscore.ports.storage import Task, TaskState

_SHOWN = 100
_MOST = 1_000_000
_DB = click.argument("db", type=click.Path(path_type=Path, dir_okay=False), metavar="DB")
_OPEN = (TaskState.WAITING, TaskState.LEASED, TaskState.DEAD)


@click.group()
def tasks() -> None:
    """Look after effects outside: payments, labels, messages, books."""


@tasks.command("list")
@_DB
@click.option(
    "states",
    "--state",
    type=click.Choice([state.value for state in TaskState]),
    multiple=True,
    help="Only tasks in this state; may be given more than once. At first: all that are not done or dropped.",
)
@click.option(
    "kinds",
    "--kind",
    type=click.Choice([kind.value for kind in TaskKind]),
    multiple=True,
    help="Only tasks of this kind; may be given more than once.",
)
@json_option
def list_tasks(db: Path, states: tuple[str, ...], kinds: tuple[str, ...], json_path: Path | None) -> None:
    """List tasks with their state, what they wait for, and why."""
    out = console()
    with open_records(db) as records:
        found = [
            task
            for state in (states or [state.value for state in _OPEN])
            for task in records.storage.tasks(state, limit=_MOST)
            if not kinds or task.kind in kinds
        ]
    out.print(heading(counted(len(found), "task")))
    if found:
        rows = [
            (task.task_id, task.kind, task.state, task.tries, moment(task.due_at), words_of(task.note))
            for task in found
        ]
        out.print(
            table(("Task", "Kind", "State", "Tries", "Due", "Why"), rows[:_SHOWN], right=("Tries",), keep=("Task",))
        )
    if len(found) > _SHOWN:
        out.print(shown(f"  and {len(found) - _SHOWN} more (--json FILE has them)"))
    write_json(json_path, [_figures(task) for task in found])


@tasks.command()
@_DB
@click.argument("task_ids", nargs=-1, metavar="[ID]...")
@click.option("all_dead", "--all-dead", is_flag=True, help="Every task that was given up.")
def retry(db: Path, task_ids: tuple[str, ...], all_dead: bool) -> None:
    """Let tasks that were given up or dropped be tried again, from now on and for another 72 hours.

    What may have been sent already is looked up first, as ever.
    """
    if bool(task_ids) is all_dead:
        raise InputError("name the tasks to try again, or give --all-dead", code="input.tasks")
    with open_records(db, read_only=False) as records:
        storage = records.storage
        wanted = [task.task_id for task in storage.tasks(TaskState.DEAD, limit=_MOST)] if all_dead else task_ids
        if not all_dead:
            _check(records, wanted, (TaskState.DEAD, TaskState.DROPPED), verb="tried again")
        revived = [task_id for task_id in wanted if storage.revive(task_id, due_at=SystemClock().now())]
    console().print(f"{counted(len(revived), 'task')} will be tried again.", soft_wrap=True)


@tasks.command()
@_DB
@click.argument("task_id", metavar="ID")
@click.option("--reason", required=True, help="Why nothing is to be done any more.")
@click.option("--by", "name", metavar="NAME", help="Who decided it; at first the name you are logged in with.")
def drop(db: Path, task_id: str, reason: str, name: str | None) -> None:
    """Drop a task for good, with a reason that stays visible.

    What was asked stays without an answer: a dropped payment step goes on counting as under way until its answer is
    told by a callback (RecordCallback), and `omscore show` and `omscore audit` name who dropped it and why.
    """
    reason, name = reason.strip(), (name or _login()).strip()
    if not reason or not name:
        raise InputError("say why and who: give --reason TEXT and --by NAME", code="input.reason")
    with open_records(db, read_only=False) as records:
        _check(records, (task_id,), (TaskState.DEAD, TaskState.WAITING), verb="dropped")
        if not records.storage.drop(task_id, note=dropped_note(name, reason)):
            raise RefusedError(f"task {task_id!r} was taken up by a worker this moment; look at it again")
    console().print(f"Task {shown(task_id)} is dropped.", soft_wrap=True)


def dropped_note(name: str, reason: str) -> str:
    """What a dropped task says for good."""
    return tamed(f"dropped by {name}: {reason}")


def _login() -> str:
    try:
        return getuser()
    except (OSError, KeyError):
        return ""


def _check(records: Records, task_ids: Iterable[str], states: tuple[TaskState, ...], *, verb: str) -> None:
    """Refuse ids nobody has and tasks in another state, before anything is changed."""
    wanted = dict.fromkeys(task_ids)
    found: dict[str, Task] = {}
    for state in TaskState:
        found.update(
            (task.task_id, task) for task in records.storage.tasks(state, limit=_MOST) if task.task_id in wanted
        )
        if len(found) == len(wanted):
            break
    for task_id in wanted:
        task = found.get(task_id)
        if task is None:
            raise NotFoundError(f"there is no task {task_id!r}; `omscore tasks list` names them", code="task.unknown")
        if task.state not in states:
            raise RefusedError(
                f"task {task_id!r} is {task.state}; only tasks that are {' or '.join(states)} can be {verb}",
                code="task.state",
            )


def _figures(task: Task) -> dict[str, Any]:
    return {
        "task": task.task_id,
        "kind": task.kind,
        "state": task.state,
        "due_at": task.due_at,
        "attempt": task.attempt,
        "tries": task.tries,
        "says": words_of(task.note),
        "note": task.note,
    }
