"""`omscore init`: a first shop to edit."""

from __future__ import annotations

from pathlib import Path

import click

from omscore.cli.tables import console, shown
from omscore.policy.starter import write_starter_shop


@click.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
def init(folder: Path) -> None:
    """Write a first shop into FOLDER: a shop.toml and a rate card to edit."""
    config = write_starter_shop(folder)
    out = console()
    out.print(f"Wrote {shown(str(config))} and the rate card beside it.", soft_wrap=True)
    out.print(f'Edit them, then open the shop in Python: open_shop(Path("{shown(str(config))}"))', soft_wrap=True)
