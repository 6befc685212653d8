"""`omscore migrate`: a database of an earlier omscore, brought to the shape of the tables that this one reads."""

from __future__ import annotations

import click

from omscore.cli.records import Where, WhereType, open_records
from omscore.cli.tables import console, shown


@click.command()
@click.argument("db", type=WhereType(), metavar="DB")
def migrate(db: Where) -> None:
    """Bring a database of an earlier omscore up to date.

    Back it up first: an earlier omscore cannot open it afterwards. Killed half-way, it goes on where it was when run
    again.
    """
    with open_records(db, read_only=False):
        name = "The database" if isinstance(db, str) else shown(str(db))  # a URL may hold a password
        console().print(f"{name} is up to date.", soft_wrap=True)
