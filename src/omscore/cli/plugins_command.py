"""`omscore plugins`: which providers are installed, what they can do, and which of them a shop uses."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from omscore.cli.backends import used_by
from omscore.cli.owncommands import own_command, own_names
from omscore.cli.report import json_option, write_json
from omscore.cli.tables import console, counted, heading, table
from omscore.errors import SetupError
from omscore.plugins import Capability
from omscore.plugins.discovery import Plugins, installed_names
from omscore.plugins.providers import PortKind
from omscore.policy.loading import load_shop


@click.command()
@click.argument("config", type=click.Path(path_type=Path, dir_okay=False), metavar="[CONFIG]", required=False)
@json_option
def plugins(config: Path | None, json_path: Path | None) -> None:
    """List the installed providers of every port and what each declares that it can do, and the commands of plugins.

    With CONFIG, a shop.toml, those that shop uses are marked, and those it names that are not installed are told.
    """
    used = used_by(load_shop(config)) if config is not None else None
    rows = [_figures(port, name, used) for port, name in sorted({*installed_names(), *(used or ())}, key=_place)]
    commands = [_command_figures(name) for name in own_names()]
    out = console()
    out.print(heading(counted(len(rows), "provider")))
    headers = ("Port", "Provider", *(() if used is None else ("Used",)), "Can do, or what is wrong")
    cells = [
        (
            row["port"],
            row["provider"],
            *(() if used is None else ("yes" if row["used"] else "",)),
            row["trouble"] or ", ".join(row["capabilities"]),
        )
        for row in rows
    ]
    out.print(table(headers, cells, keep=("Port", "Provider")))
    if commands:
        out.print(heading(counted(len(commands), "command")))
        told = [(row["provider"], row["trouble"] or row["says"]) for row in commands]
        out.print(table(("Command", "What it does, or what is wrong"), told, keep=("Command",)))
    write_json(json_path, [*rows, *commands])


def _place(entry: tuple[PortKind, str]) -> tuple[int, str]:
    return list(PortKind).index(entry[0]), entry[1]


def _figures(port: PortKind, name: str, used: set[tuple[PortKind, str]] | None) -> dict[str, Any]:
    """What is known of one provider; a plugin that cannot be imported says why instead of what it can do."""
    trouble, capabilities = "", frozenset[Capability]()
    try:
        capabilities = Plugins().provider(port, name).capabilities
    except SetupError as error:
        trouble = str(error)
    return {
        "port": port.value,
        "provider": name,
        "used": None if used is None else (port, name) in used,
        "capabilities": sorted(each.value for each in capabilities),
        "trouble": trouble,
    }


def _command_figures(name: str) -> dict[str, Any]:
    """What is known of a plugin's command, in the shape of a provider's figures."""
    trouble, says = "", ""
    main = click.get_current_context().find_root().command
    try:
        command = own_command(name, main.commands if isinstance(main, click.Group) else ())
        says = command.get_short_help_str(200) if command else ""
    except SetupError as error:
        trouble = str(error)
    return {
        "port": "command",
        "provider": name,
        "used": None,
        "capabilities": [],
        "trouble": trouble,
        "says": says,
    }
