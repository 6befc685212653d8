"""`omscore replay`: a file of real trade becomes orders that live their whole life in a shop's database."""

from __future__ import annotations

import gc
import json
import resource
import sys
import time
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import attrs
import click
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from omscore.app import open_shop
from omscore.cli.replay.driver import Driver
from omscore.cli.replay.outcome import Outcome, outcome_of
from omscore.cli.replay.plan import plan_of
from omscore.cli.replay.rows import COLUMNS, Reject, Row, read_rows
from omscore.cli.report import json_option, write_json
from omscore.cli.tables import console, facts, heading, shown, table
from omscore.errors import SetupError
from omscore.ports.clock import VirtualClock

_FILE = click.Path(path_type=Path, dir_okay=False)
_PER_REPORT = 5_000
"""Rows read between two updates of the bar."""


@click.command()
@click.argument("file", type=_FILE)
@click.option("--format", "format_name", type=click.Choice(["uci"]), required=True, help="How FILE is laid out.")
@click.option("--shop", type=_FILE, required=True, metavar="FILE", help="The shop's shop.toml.")
@click.option(
    "--db", type=_FILE, required=True, metavar="PATH", help="The database to fill; goes on where it was stopped."
)
@click.option(
    "--rejects", type=_FILE, required=True, metavar="FILE", help="Rows that became nothing, with reasons (JSONL)."
)
@click.option("--limit", type=click.IntRange(min=1), metavar="N", help="Take the first N rows only.")
@json_option
def replay(
    file: Path, format_name: str, shop: Path, db: Path, rejects: Path, limit: int | None, json_path: Path | None
) -> None:
    """Replay a FILE of orders and returns through their whole life.

    Format uci: the "Online Retail" data, as CSV or CSV.GZ. A replay that was stopped goes on when it is started again.
    """
    started = time.monotonic()
    with _patient_collector(), _bar() as bar:
        reading = bar.add_task("reading", total=limit, at="")
        plan = plan_of(_watched(read_rows(file, limit=limit), bar, reading))
        rows = len(plan.fates)
        bar.update(reading, total=rows, completed=rows)
        gc.freeze()  # the plan stays to the end; nobody has to look through it for garbage
        clock = VirtualClock(datetime.combine(plan.first_day, datetime.min.time(), UTC))
        with open_shop(shop, clock=clock, overrides={"storage": _storage(shop, db)}) as oms:
            living = bar.add_task(
                "replaying", total=rows, completed=rows - sum(invoice.rows for invoice in plan.invoices), at=""
            )

            def progress(done: int, at: datetime) -> None:
                bar.update(living, advance=done, at=f"{at:%a %Y-%m-%d %H:%M}")

            driver = Driver(oms, clock, plan, progress)
            driver.run()
            outcome = outcome_of(oms, plan, driver.errands)
    wall_s = round(time.monotonic() - started, 1)
    _write_rejects(rejects, outcome.rejects)
    write_json(json_path, _figures(outcome, file, format_name, wall_s))
    _print(outcome, rejects, db, wall_s)


@contextmanager
def _patient_collector() -> Iterator[None]:
    """Looks for reference cycles rarely: records are trees and are freed without it, and looking costs a quarter."""
    before = gc.get_threshold()
    gc.set_threshold(200_000, 20, 100)
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()


@contextmanager
def _bar() -> Iterator[Progress]:
    columns = (
        TextColumn("{task.description:>9}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("rows"),
        TextColumn("{task.fields[at]}"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console(stderr=True)) as bar:
        yield bar


def _watched(
    rows: Iterator[tuple[Row | Reject, tuple[str, ...]]], bar: Progress, task: Any
) -> Iterator[tuple[Row | Reject, tuple[str, ...]]]:
    for number, row in enumerate(rows, 1):
        if number % _PER_REPORT == 0:
            bar.update(task, completed=number)
        yield row


def _storage(shop: Path, db: Path) -> dict[str, dict[str, Any]]:
    """The shop's own settings of its SQLite file, with another path; what else is wrong is told by the loader."""
    try:
        settings = tomllib.loads(shop.read_text(encoding="utf-8")).get("storage", {}).get("sqlite", {})
    except (OSError, ValueError, AttributeError):
        settings = {}
    return {"sqlite": {**settings, "path": str(db.absolute())}}


def _write_rejects(path: Path, rejects: tuple[Reject, ...]) -> None:
    try:
        with path.open("w", encoding="utf-8") as file:
            for reject in rejects:
                cells: Any = (
                    dict(zip(COLUMNS, reject.cells, strict=True))
                    if len(reject.cells) == len(COLUMNS)
                    else list(reject.cells)
                )
                line = {"row": reject.number, "reason": reject.reason, "cells": cells}
                file.write(json.dumps(line) + "\n")
    except OSError as error:
        raise SetupError(f"cannot write {path}: {error.strerror}; give --rejects another file") from error


def peak_memory_mib() -> int:
    """The most memory this program has held so far."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return round(peak / (1024 * 1024 if sys.platform == "darwin" else 1024))  # bytes there, KiB elsewhere


def _figures(outcome: Outcome, file: Path, format_name: str, wall_s: float) -> dict[str, Any]:
    fields = {field.name: getattr(outcome, field.name) for field in attrs.fields(Outcome) if field.name != "rejects"}
    return {"file": file, "format": format_name, **fields, "wall_s": wall_s, "peak_memory_mib": peak_memory_mib()}


def _print(outcome: Outcome, rejects: Path, db: Path, wall_s: float) -> None:
    out = console()
    out.print(heading("What became of the rows"))
    counts = [(fate, f"{count:,}") for fate, count in outcome.rows.items()]
    out.print(table(("fate", "rows"), [*counts, ("in all", f"{outcome.rows_in_all:,}")], right=("rows",)))
    out.print(heading("Orders by status"))
    orders = [(status, f"{count:,}") for status, count in outcome.orders.items()]
    in_all = ("in all", f"{sum(outcome.orders.values()):,}")
    out.print(table(("status", "orders"), [*orders, in_all], right=("orders",)))
    out.print(heading("Orders by channel"))
    channels = [(name, f"{count:,}") for name, count in outcome.channels.items()]
    out.print(table(("channel", "orders"), channels, right=("orders",)))
    out.print(heading("Shipments by location"))
    shipped = [
        (each.location_id, each.name, f"{each.shipments:,}", f"{each.packages:,}", f"{each.units:,}")
        for each in outcome.shipments
    ]
    columns = ("location", "name", "shipments", "packages", "units")
    out.print(table(columns, shipped, right=columns[2:], keep=("location",)))
    out.print(heading("Routing"))
    ways = [
        (
            each.method,
            f"{each.decisions:,}",
            f"{each.long:,}",
            f"{each.proven:,}",
            str(each.cost),
            "" if each.gap.is_zero else str(each.gap),
        )
        for each in outcome.routing
    ]
    told = ("method", "decisions", "long", "proven", "cost", "could save")
    out.print(table(told, ways, right=told[1:], keep=told))
    out.print(heading("Money"))
    money = outcome.money
    amounts = [
        ("ordered", money.ordered),
        ("shipped", money.shipped),
        ("captured", money.captured),
        ("refunded", money.refunded),
        ("fees outside any order", money.fees),
    ]
    out.print(
        table(
            ("money", "amount"),
            [(name, f"{each.amount:,} {each.currency}") for name, each in amounts],
            right=("amount",),
        )
    )
    out.print(heading("The run"))
    out.print(
        facts(
            [
                ("returns", f"{outcome.returns:,}"),
                ("shop closed on", outcome.closed_on),
                ("tasks given up", f"{outcome.dead_tasks:,}"),
                ("wall time", f"{wall_s:,} s"),
                ("peak memory", f"{peak_memory_mib():,} MiB"),
                ("rejects", shown(str(rejects))),
                ("look at it with", shown(f"omscore audit {db}")),
            ]
        )
    )
