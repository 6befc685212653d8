"""`omscore audit`: every law checked over a whole database; each finding named with its place."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from omscore.audit import Law, Report, repair
from omscore.audit import audit as audit_store
from omscore.audit.repair import becomes
from omscore.cli.moments import moment_given
from omscore.cli.records import Where, WhereType, open_records
from omscore.cli.report import json_option, write_json
from omscore.cli.tables import console, counted, facts, heading, shown, table
from omscore.engine.trail import words_of
from omscore.errors import InputError
from omscore.money import Money
from omscore.ports.storage import Task, TaskState

FOUND = 1
"""The exit code when a law does not hold."""

DIGEST_LENGTH = 40
"""How many characters the digest of a checkpoint has."""

_TOLD = 200

_BY_HAND = (
    (TaskState.DEAD, "Given up, to be looked after by hand (omscore tasks):"),
    (TaskState.DROPPED, "Dropped by hand, so what they asked for has no answer:"),
)


@click.command()
@click.argument("db", type=WhereType(), metavar="DB")
@click.option(
    "anchors",
    "--anchor",
    metavar="DIGEST",
    multiple=True,
    help="A digest that `omscore checkpoint` printed; the database must still bear it. May be given more than once.",
)
@click.option(
    "now",
    "--now",
    metavar="MOMENT",
    help="Also find holds that stand longer than an hour after their time by then, such as 2026-03-02T09:00+00:00.",
)
@click.option("mend", "--repair", is_flag=True, help="Write derived rows anew from the log, after showing which.")
@click.option("sure", "--yes", is_flag=True, help="With --repair: do not ask.")
@json_option
@click.pass_context
def audit(
    ctx: click.Context,
    db: Where,
    anchors: tuple[str, ...],
    now: str | None,
    mend: bool,
    sure: bool,
    json_path: Path | None,
) -> None:
    """Check every law over a database, which may be written to meanwhile.

    Ends with exit code 1 when one does not hold, naming each place; DB is the database file,
    the shop.toml, or the postgresql:// URL of the database.
    """
    at = None if now is None else moment_given(now, option="--now")
    anchors = tuple(_checked_anchor(anchor.strip().lower()) for anchor in anchors)
    out = console()
    report, given_up = _audited(db, at, anchors)
    print_report(out, report, given_up)
    if mend and _may_mend(out, report, sure=sure):
        with open_records(db, read_only=False) as records:
            rows = repair(records.storage, report)
        out.print(f"\n  {counted(rows, 'derived row')} written anew from the log.", style="bold")
        out.print("  Programs that had the shop open may still hold what was mended: start them again.")
        report, given_up = _audited(db, at, anchors)
        print_report(out, report, given_up)
    write_json(json_path, figures_of(report, given_up))
    if not report.is_clean:
        ctx.exit(FOUND)


def _checked_anchor(anchor: str) -> str:
    """The digest itself. Raises: InputError for what no checkpoint is ever called: no sign of a changed past."""
    if len(anchor) != DIGEST_LENGTH or not set(anchor) <= set("0123456789abcdef"):
        raise InputError(
            f"--anchor {anchor[:60]!r} is no digest; "
            f"give the {DIGEST_LENGTH} characters that `omscore checkpoint` printed"
        )
    return anchor


def _audited(db: Where, now: datetime | None, anchors: tuple[str, ...]) -> tuple[Report, Sequence[Task]]:
    with open_records(db) as records:
        columns = (TextColumn("Auditing records"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        with Progress(*columns, console=console(stderr=True), transient=True) as bar:
            task = bar.add_task("audit", total=None)
            report = audit_store(
                records.storage,
                now=now,
                anchors=anchors,
                progress=lambda done, total: bar.update(task, completed=done, total=total),
            )
        states = (TaskState.DEAD, TaskState.DROPPED)
        return report, [task for state in states for task in records.storage.tasks(state, limit=_TOLD)]


def _may_mend(out: Console, report: Report, *, sure: bool) -> bool:
    """Show what a repair would write and ask, unless the answer is known."""
    if report.is_clean:
        return False
    out.print(heading("Repair"))
    mended = [(each.where, each.says, becomes(each.cure)) for each in report.findings if each.cure is not None]
    if not mended:
        out.print("  None of this follows from the log, so none of it can be written anew; restore a backup.")
        return False
    out.print(table(("Where", "What", "Becomes"), mended[:_TOLD]))
    if len(mended) > _TOLD:
        out.print(shown(f"  and {len(mended) - _TOLD} more like these (--json FILE has them)"))
    if len(mended) < len(report.findings):
        out.print("  The other findings cannot be mended by writing rows anew; they are looked at again afterwards.")
    return sure or click.confirm(f"  Write {counted(len(mended), 'derived row')} anew?")


def print_report(out: Console, report: Report, given_up: Sequence[Task] = ()) -> None:
    """What was looked at and what was found; tasks given up break no law, but somebody has to look after them."""
    out.print(heading("Audit"))
    out.print(facts(_counted(report)))
    for state, says in _BY_HAND:
        rows = [(task.task_id, words_of(task.note)) for task in given_up if task.state == state]
        if rows:
            out.print(f"\n  {says}", style="yellow")
            out.print(table(("Task", "Why"), rows))
    if report.is_clean:
        out.print(f"\n  All {len(Law)} laws hold: every unit and every cent is where it should be.", style="bold green")
        return
    total = len(report.findings) + report.left_off
    out.print(f"\n  {total} finding{'' if total == 1 else 's'}:", style="bold red")
    for law in Law:
        found = [finding for finding in report.findings if finding.law is law]
        if found:
            out.print(f"\n  Broken: {law.sentence}", style="bold")
            out.print(table(("Where", "What"), [(finding.where, finding.says) for finding in found[:_TOLD]]))
            if len(found) > _TOLD:
                out.print(shown(f"  and {len(found) - _TOLD} more like these (--json FILE has them)"))


def figures_of(report: Report, given_up: Sequence[Task] = ()) -> dict[str, Any]:
    """The report for programs."""
    return {
        "is_clean": report.is_clean,
        "counts": dict(report.counts),
        "digest": report.digest,
        "left_off": report.left_off,
        "given_up": _why(given_up, TaskState.DEAD),
        "dropped": _why(given_up, TaskState.DROPPED),
        "findings": [
            {
                "law": finding.law.value,
                "where": finding.where,
                "says": finding.says,
                "becomes": None if finding.cure is None else becomes(finding.cure),
            }
            for finding in report.findings
        ],
    }


def _why(tasks: Sequence[Task], state: TaskState) -> list[dict[str, str]]:
    return [{"task": task.task_id, "why": words_of(task.note)} for task in tasks if task.state == state]


def _counted(report: Report) -> list[tuple[str, str]]:
    counts = report.counts
    rows = [
        (name, f"{counts[key]:,}")
        for name, key in (
            ("Orders", "orders"),
            ("Records", "streams"),
            ("Events", "events"),
            ("Units on hand", "units_on_hand"),
            ("Journal entries", "entries"),
            ("Command keys", "answers"),
            ("Checkpoints", "checkpoints"),
            ("Tasks waiting", "tasks.waiting"),
            ("Tasks given up", "tasks.dead"),
        )
        if key in counts
    ]
    for key, minor in sorted(counts.items()):
        if key.startswith("inventory_minor."):
            rows.append(("Inventory is worth", str(Money(minor, key.removeprefix("inventory_minor.")))))
    if report.digest:
        rows.append(("Last digest", report.digest))
    return rows
