"""`omscore health`: how a shop's adapters are, as its programs have told the store."""

from __future__ import annotations

from pathlib import Path

import click

from omscore.cli.healthview import COUNTED, Ability, abilities_of, operation_figures, operation_lines
from omscore.cli.records import open_records
from omscore.cli.report import json_option, write_json
from omscore.cli.tables import console, counted, heading, moment, table
from omscore.engine.tally import kept_health
from omscore.health.model import Health
from omscore.policy.loading import load_shop
from omscore.ports.clock import SystemClock

TROUBLED = 1
"""The exit code of `--check` when an adapter is left alone."""

_CALLED = "Adapter, operation"
_BELOW = "\n  "

_NOT_CONFIGURED = Ability((), "", is_installed=True)


@click.command("health")
@click.argument("config", type=click.Path(path_type=Path, dir_okay=False), metavar="CONFIG")
@click.option("--check", is_flag=True, help="End with exit code 1 when an adapter is left alone.")
@json_option
def health_command(config: Path, check: bool, json_path: Path | None) -> None:
    """Tell how a shop's adapters are: calls, failures, how long they took, and which are left alone.

    CONFIG is the shop's shop.toml. Shown is what the shop's programs, such as `omscore work`, have told its store; the
    calls of their last seconds may be missing.
    """
    used = abilities_of(load_shop(config), config.parent)
    abilities = {f"{port}.{name}": used[port, name] for port, name in sorted(used) if port in COUNTED}
    with open_records(config) as records:
        health = Health(at=SystemClock().now(), adapters=kept_health(records.storage, records.codec))
    out = console()
    out.print(heading(counted(len(abilities), "adapter")))
    told = [(name, "yes" if each.is_installed else "no", each.says) for name, each in abilities.items()]
    out.print(table(("Adapter", "Installed", "Can do, or what is wrong"), told, keep=("Adapter",)))
    rows = [(each.adapter, one) for each in health.adapters for one in each.operations]
    out.print(heading(f"{counted(sum(one.calls for _, one in rows), 'call')} of {counted(len(rows), 'operation')}"))
    if rows:
        headers = (_CALLED, "Calls", "p50", "p95", "p99", "Breaker", "Failed")
        right = ("Calls", "p50", "p95", "p99")
        out.print(table(headers, operation_lines(health.adapters, health.at), right=right, keep=(_CALLED, "Breaker")))
    lasts = [(name, one.operation, one.last_failure) for name, one in rows if one.last_failure is not None]
    if lasts:
        out.print(heading("The last failures"))
        says = [
            (
                f"{name.replace('/', f'{_BELOW}/')}{_BELOW}{operation}{_BELOW}{moment(last.at)}",
                f"{last.kind}: {last.says}",
            )
            for name, operation, last in lasts
        ]
        out.print(table((f"{_CALLED}, when", "What"), says, keep=(f"{_CALLED}, when",)))

    def figures(name: str) -> dict[str, object]:
        ability = abilities.get(name.partition("/")[0])
        told = ability or _NOT_CONFIGURED
        return {
            "adapter": name,
            "configured": ability is not None,
            "installed": told.is_installed,
            "capabilities": told.capabilities,
            "trouble": told.trouble,
            "operations": [operation_figures(one, health.at) for each, one in rows if each == name],
        }

    names = sorted({*abilities, *(each.adapter for each in health.adapters)})
    write_json(json_path, {"at": health.at, "adapters": [figures(name) for name in names]})
    if check and health.troubled:
        raise click.exceptions.Exit(TROUBLED)
