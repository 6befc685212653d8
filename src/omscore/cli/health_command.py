"""`omscore health`: how a shop's adapters are, as its programs have told the store."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import click

from omscore.cli.backends import used_by
from omscore.cli.records import open_records
from omscore.cli.report import json_option, write_json
from omscore.cli.tables import console, counted, heading, moment, table
from omscore.engine.tally import kept_health
from omscore.errors import SetupError
from omscore.health.html import failures_of, span_of
from omscore.health.model import Health, OperationHealth
from omscore.plugins.discovery import Plugins
from omscore.plugins.providers import PortKind
from omscore.policy.loading import load_shop
from omscore.ports.clock import SystemClock

TROUBLED = 1
"""The exit code of `--check` when an adapter is left alone."""

_CALLED = (
    *(PortKind.PAYMENT, PortKind.CARRIER, PortKind.NOTICE, PortKind.LETTER),
    *(PortKind.OBSERVER, PortKind.ERP, PortKind.CHANNEL, PortKind.REVIEW),
)
"""The ports whose adapters are asked by tasks and quotes."""


@click.command("health")
@click.argument("config", type=click.Path(path_type=Path, dir_okay=False), metavar="CONFIG")
@click.option("--check", is_flag=True, help="End with exit code 1 when an adapter is left alone.")
@json_option
def health_command(config: Path, check: bool, json_path: Path | None) -> None:
    """Tell how a shop's adapters are: calls, failures, how long they took, and which are left alone.

    CONFIG is the shop's shop.toml. Shown is what the shop's programs, such as `omscore work`, have told its store; the
    calls of their last seconds may be missing.
    """
    used = sorted((port, name) for port, name in used_by(load_shop(config)) if port in _CALLED)
    with open_records(config) as records:
        health = Health(at=SystemClock().now(), adapters=kept_health(records.storage, records.codec))
    configured = [f"{port}.{name}" for port, name in used]
    abilities = {f"{port}.{name}": _capabilities(port, name) for port, name in used}
    out = console()
    out.print(heading(counted(len(configured), "adapter")))
    told = [(name, "no" if wrong else "yes", wrong or ", ".join(can)) for name, (can, wrong) in abilities.items()]
    out.print(table(("Adapter", "Installed", "Can do, or what is wrong"), told, keep=("Adapter",)))
    rows = [(each.adapter, one) for each in health.adapters for one in each.operations]
    out.print(heading(f"{counted(sum(one.calls for _, one in rows), 'call')} of {counted(len(rows), 'operation')}"))
    if rows:
        headers = ("Adapter", "Operation", "Calls", "p50", "p95", "p99", "Breaker", "Failed")
        cells = [_cells(name, one, health.at) for name, one in rows]
        right = ("Calls", "p50", "p95", "p99")
        out.print(table(headers, cells, right=right, keep=("Adapter", "Operation", "Breaker")))
    lasts = [(name, one.operation, one.last_failure) for name, one in rows if one.last_failure is not None]
    if lasts:
        out.print(heading("The last failures"))
        says = [(name, operation, moment(last.at), f"{last.kind}: {last.says}") for name, operation, last in lasts]
        out.print(table(("Adapter", "Operation", "When", "What"), says, keep=("Adapter", "Operation", "When")))
    write_json(
        json_path,
        {
            "at": health.at,
            "adapters": [
                {
                    "adapter": name,
                    "configured": name.partition("/")[0] in configured,
                    "installed": not abilities.get(name.partition("/")[0], ((), ""))[1],
                    "capabilities": abilities.get(name.partition("/")[0], ((), ""))[0],
                    "operations": [_figures(one, health.at) for each, one in rows if each == name],
                }
                for name in sorted({*configured, *(each.adapter for each in health.adapters)})
            ],
        },
    )
    if check and health.troubled:
        raise click.exceptions.Exit(TROUBLED)


def _capabilities(port: PortKind, name: str) -> tuple[tuple[str, ...], str]:
    """What the provider declares, or what is wrong with it."""
    try:
        return tuple(sorted(each.value for each in Plugins().provider(port, name).capabilities)), ""
    except SetupError as error:
        return (), str(error)


def _cells(adapter: str, operation: OperationHealth, at: datetime) -> tuple[str, ...]:
    quantiles = [span_of(each) for each in (operation.p50, operation.p95, operation.p99)]
    state = operation.breaker.state(at).value
    return (adapter, operation.operation, str(operation.calls), *quantiles, state, failures_of(operation))


def _figures(operation: OperationHealth, at: datetime) -> dict[str, Any]:
    return {
        "operation": operation.operation,
        "since": operation.since,
        "calls": operation.calls,
        "failures": {kind.value: count for kind, count in operation.failures},
        **{name: _seconds(getattr(operation, name)) for name in ("p50", "p95", "p99")},
        "breaker": operation.breaker.state(at).value,
        "asked_again_at": operation.breaker.rests_until,
        "last_failure": operation.last_failure,
    }


def _seconds(took: timedelta | None) -> float | None:
    return None if took is None else took.total_seconds()
