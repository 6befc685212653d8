"""`omscore demo`: a small shop lives one week, and its database stays for the other commands to look at."""

from __future__ import annotations

import shlex
import shutil
import sys
import tempfile
from importlib.resources import as_file, files
from pathlib import Path
from typing import NamedTuple

import click
from rich.console import Console

from omscore.app import open_shop
from omscore.audit import audit
from omscore.cli.audit_command import figures_of as audit_figures
from omscore.cli.audit_command import print_report
from omscore.cli.demo.tables import figures_of, print_week
from omscore.cli.demo.week import MONDAY, Diary, live_through
from omscore.cli.explain_command import decisions_of, print_decision
from omscore.cli.orderview import print_story
from omscore.cli.records import Records
from omscore.cli.report import json_option, write_json
from omscore.cli.story import story_of
from omscore.cli.tables import console, heading
from omscore.errors import SetupError
from omscore.orders.model import Order
from omscore.ports.clock import VirtualClock


class DemoFiles(NamedTuple):
    """Where one demo keeps its things: the database, the mail beside it, and the books."""

    db: Path
    mail: Path
    books: Path


@click.command()
@click.option(
    "db",
    "--db",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="PATH",
    help="The database file to make; a fresh temporary folder when left out.",
)
@click.option("--seed", type=int, default=1, show_default=True, help="Another number, another week.")
@json_option
@click.pass_context
def demo(ctx: click.Context, db: Path | None, seed: int, json_path: Path | None) -> None:
    """Let a small shop live one week and tell what happened.

    Three currencies, four channels, a declined card, a split shipment, a backorder, a cancellation, a return, an
    exchange and an abandoned cart; one week in a few seconds.
    """
    paths = demo_files(db)
    out = console()
    clock = VirtualClock(MONDAY)
    with (
        as_file(files("omscore.cli.demo")) as folder,
        open_shop(
            folder / "shop.toml",
            clock=clock,
            overrides={
                "storage": {"sqlite": {"path": str(paths.db), "synchronous": "normal"}},
                "notices": {
                    "file": {
                        "path": str(paths.mail),
                        "sender": "hello@teacups.example",
                        "shop": "owner@teacups.example",
                    }
                },
                "erp": {"beancount": {"path": str(paths.books)}},
            },
        ) as oms,
    ):
        out.print(f"One week at {oms.shop.name} (seed {seed}). Everybody in it is made up.")
        diary = live_through(oms, clock, seed)
        records = Records(oms.storage, oms.codec)
        figures = figures_of(records)
        print_week(out, diary, figures, records)
        _print_examples(out, records, diary)
        report = audit(oms.storage)
    print_report(out, report)
    _print_where(out, paths, diary)
    write_json(
        json_path,
        {
            "seed": seed,
            "files": paths._asdict(),
            "scenes": diary.orders,
            "notes": [{"at": note.at, "says": note.says} for note in diary.notes],
            **figures,
            "audit": audit_figures(report),
        },
    )
    if not report.is_clean:
        ctx.exit(1)


def demo_files(db: Path | None) -> DemoFiles:
    """The paths of a new demo.

    Raises: SetupError when one of them is there already, or when there is no such folder.
    """
    db = (db or Path(tempfile.mkdtemp(prefix="omscore-demo-")) / "demo.db").absolute()
    paths = DemoFiles(db, db.with_name(f"{db.stem}-mail"), db.with_name(f"{db.stem}-books.beancount"))
    there = [str(path) for path in paths if path.exists()]
    if there:
        raise SetupError(
            f"{' and '.join(there)} would be overwritten; remove what is there or give --db another path", path=there[0]
        )
    if not db.parent.is_dir():
        raise SetupError(f"there is no folder {db.parent}; make it first or give --db another path", path=str(db))
    return paths


def _print_examples(out: Console, records: Records, diary: Diary) -> None:
    told, routed = (records.look(Order, diary.orders[scene]) for scene in ("returned", "split"))
    print_story(out, story_of(records, told), f"The story of order {told.order_id}, as `omscore show` tells it")
    out.print(heading(f"Why order {routed.order_id} came in two parcels, as `omscore explain` tells it"))
    print_decision(out, decisions_of(records, routed)[0])


def _print_where(out: Console, paths: DemoFiles, diary: Diary) -> None:
    out.print(heading("Look for yourself"))
    db, omscore = shlex.quote(str(paths.db)), shlex.quote(_program())
    for line in (
        f"Mail:  {paths.mail}/new",
        f"Books: {paths.books}",
        "",
        f"{omscore} show {diary.orders['backorder']} --db {db}",
        f"{omscore} show {diary.orders['returned']} --db {db}",
        f"{omscore} explain {diary.orders['split']} --db {db}",
        f"{omscore} audit {db}",
    ):
        out.print(f"  {line}", soft_wrap=True)


def _program() -> str:
    """How this very command is called again: by its path while its environment is not on the search path."""
    called = Path(sys.argv[0])
    return str(called) if called.stem == "omscore" and shutil.which("omscore") is None else "omscore"
