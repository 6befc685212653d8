"""`omscore migrate`: a database of an earlier omscore, brought to the shape of the tables that this one reads."""

from __future__ import annotations

from pathlib import Path

import click

from omscore.cli.records import open_records
from omscore.cli.tables import console, shown


@click.command()
@click.argument("db", type=click.Path(path_type=Path, dir_okay=False), metavar="DB")
def migrate(db: Path) -> None:
    """Bring a database of an earlier omscore up to date.

    Back it up first: an earlier omscore cannot open it afterwards. Killed half-way, it goes on where it was when run
    again.
    """
    with open_records(db, read_only=False):
        console().print(f"{shown(str(db))} is up to date.", soft_wrap=True)
