"""`omscore plugins`: which providers are installed, what they can do, and how those fare that a shop uses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

import click
from rich.padding import Padding
from rich.text import Text

from omscore.cli.healthview import COUNTED, Ability, abilities_of, ability_of, adapter_figures, kept_of, summary_cells
from omscore.cli.owncommands import own_command, own_names
from omscore.cli.records import open_records
from omscore.cli.report import json_option, write_json
from omscore.cli.tables import Cell, console, counted, heading, shown, table
from omscore.engine.tally import kept_health
from omscore.errors import DamageError, PortError, SetupError
from omscore.health.model import AdapterHealth
from omscore.plugins.discovery import installed_names
from omscore.plugins.providers import PortKind
from omscore.policy.loading import load_shop
from omscore.ports.clock import SystemClock

_HEALTH = ("Adapter", "Calls", "p50", "p95", "Breaker", "Failed")
_ABILITY = "Can do, or what is wrong"
_UNBROKEN = ("Port", "Provider")


class _Kept(NamedTuple):
    """What a shop's store keeps of its adapters at a moment; `trouble` says why it cannot be read."""

    at: datetime
    adapters: tuple[AdapterHealth, ...]
    trouble: str = ""


class _Row(NamedTuple):
    """One provider. Shape: `is_used` is None without a shop; `kept` is None where no calls are counted, or known."""

    port: PortKind
    name: str
    ability: Ability
    is_used: bool | None
    kept: tuple[AdapterHealth, ...] | None


@click.command()
@click.argument("config", type=click.Path(path_type=Path, dir_okay=False), metavar="[CONFIG]", required=False)
@json_option
def plugins(config: Path | None, json_path: Path | None) -> None:
    """List the installed providers of every port and what each declares that it can do, and the commands of plugins.

    With CONFIG, a shop.toml, those that shop uses come first, with why it would not open with them: not installed,
    settings that do not fit, a library or a secret that is missing. Below stands what its store keeps of their calls:
    failures, breakers, how long they took. `omscore health` tells that for each operation.
    """
    used = abilities_of(load_shop(config), config.parent) if config is not None else None
    kept = _Kept(SystemClock().now(), ()) if config is None else _kept(config)
    names = sorted({*installed_names(), *(used or ())}, key=_place)
    rows = [_row(port, name, used, kept) for port, name in names]
    commands = [_command_figures(name) for name in own_names()]
    out = console()
    if used is not None:
        ours = [row for row in rows if row.is_used]
        out.print(heading(f"{counted(len(ours), 'provider')} of this shop"))
        out.print(_abilities(ours))
        asked = [row for row in ours if row.kept is not None]
        calls = sum(one.calls for row in asked for one in row.kept or ())
        out.print(heading("Their calls" if kept.trouble else counted(calls, "call")))
        if kept.trouble:
            out.print(Padding(Text(f"No calls are told: {shown(kept.trouble)}"), (0, 0, 0, 2)))
        else:
            told = [cells for row in asked for cells in _cells(row, kept.at)]
            out.print(table(_HEALTH, told, right=("Calls", "p50", "p95"), keep=("Adapter",)))
    others = [row for row in rows if not row.is_used]
    out.print(heading(f"{counted(len(others), 'provider')}{'' if used is None else ' beside them'}"))
    out.print(_abilities(others))
    if commands:
        out.print(heading(counted(len(commands), "command")))
        says = [(row["provider"], row["trouble"] or row["says"]) for row in commands]
        out.print(table(("Command", "What it does, or what is wrong"), says, keep=("Command",)))
    write_json(json_path, [*[_figures(row, kept) for row in rows], *commands])


def _place(entry: tuple[PortKind, str]) -> tuple[int, str]:
    return list(PortKind).index(entry[0]), entry[1]


def _kept(config: Path) -> _Kept:
    """A shop that was never opened, or whose store is away, has its providers listed all the same."""
    now = SystemClock().now()
    try:
        with open_records(config) as records:
            return _Kept(now, kept_health(records.storage, records.codec))
    except (SetupError, DamageError, PortError) as error:
        return _Kept(now, (), str(error))


def _row(port: PortKind, name: str, used: Mapping[tuple[PortKind, str], Ability] | None, kept: _Kept) -> _Row:
    ability = (used or {}).get((port, name)) or ability_of(port, name)
    is_used = None if used is None else (port, name) in used
    is_counted = bool(is_used) and port in COUNTED and not kept.trouble
    return _Row(port, name, ability, is_used, kept_of(port, name, kept.adapters) if is_counted else None)


def _abilities(rows: Sequence[_Row]) -> Padding:
    """A line for each provider."""
    cells = [(row.port, row.name, row.ability.says) for row in rows]
    return table(("Port", "Provider", _ABILITY), cells, keep=_UNBROKEN)


def _cells(row: _Row, at: datetime) -> Sequence[tuple[Cell, ...]]:
    """A line for the adapter and, below it, one for each receiver of it that was called."""
    kept = row.kept or ()
    own = [one for each in kept if "/" not in each.adapter for one in each.operations]
    receivers = [each for each in kept if "/" in each.adapter]
    sums = [""] * (len(_HEALTH) - 1) if receivers and not own else summary_cells(own, at)
    return [
        (f"{row.port}.{row.name}", *sums),
        *[(f"  /{each.adapter.partition('/')[2]}", *summary_cells(each.operations, at)) for each in receivers],
    ]


def _figures(row: _Row, kept: _Kept) -> dict[str, Any]:
    return {
        "port": row.port.value,
        "provider": row.name,
        "used": row.is_used,
        "capabilities": row.ability.capabilities,
        "trouble": row.ability.trouble,
        "health": None if row.kept is None else adapter_figures(row.kept, kept.at),
        "health_trouble": kept.trouble if row.is_used and row.port in COUNTED else "",
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
        "health": None,
        "health_trouble": "",
    }
