"""`omscore checkpoint`: the log of a database is sealed as it stands, and the seal is printed to be kept elsewhere."""

from __future__ import annotations

from pathlib import Path

import click

from omscore.cli.records import Where, WhereType, open_records
from omscore.cli.report import json_option, write_json
from omscore.cli.tables import console, facts, heading, moment
from omscore.ports.clock import SystemClock


@click.command()
@click.argument("db", type=WhereType(), metavar="DB")
@json_option
def checkpoint(db: Where, json_path: Path | None) -> None:
    """Seal the log of a database and print the digest; DB is the database file, the shop.toml, or a postgresql:// URL.

    Nothing recorded up to now can be changed or removed without changing the digest. Keep it outside the database, and
    show it again with `omscore audit DB --anchor DIGEST`. When nothing was recorded since the last checkpoint, that one
    is printed.
    """
    with open_records(db, read_only=False) as records:
        made = records.storage.checkpoint(SystemClock().now())
    out = console()
    out.print(heading(f"Checkpoint {made.number}"))
    out.print(
        facts(
            [
                ("Taken", moment(made.at)),
                ("Changed records sealed", f"{made.heads:,}"),
                ("Command keys", f"{made.answers:,}"),
                ("Digest", made.digest),
            ]
        )
    )
    write_json(json_path, made._asdict())
