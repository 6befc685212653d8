"""`omscore new-plugin`: a project for an adapter of one's own, ready to be installed and tested."""

from __future__ import annotations

from pathlib import Path

import click

from omscore.cli.newplugin import KINDS, write_plugin
from omscore.cli.tables import console, shown

_HELP = f"""Write a plugin project for a provider called NAME that serves PORT.

PORT is one of {", ".join(KINDS)}.

It can be installed at once. Its tests are the laws of the port; those that fail name the code that is still to be
written.
"""


@click.command("new-plugin", help=_HELP)
@click.argument("port", type=click.Choice(list(KINDS)), metavar="PORT")  # the list would be broken inside a word
@click.argument("name")
@click.option(
    "--folder",
    type=click.Path(file_okay=False, path_type=Path),
    help="Where to write it; at first a folder called omscore-NAME.",
)
def new_plugin(port: str, name: str, folder: Path | None) -> None:
    """A project written, and told with what to do next."""
    folder = folder or Path(f"omscore-{name.replace('_', '-')}")
    written = write_plugin(KINDS[port], name, folder)
    out = console()
    for path in written:
        out.print(f"Wrote {shown(str(path))}", soft_wrap=True)
    out.print(f'Then: cd {shown(str(folder))} && pip install -e ".[test]" && pytest --tb=line', soft_wrap=True)
