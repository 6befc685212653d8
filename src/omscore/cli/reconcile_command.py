"""`omscore reconcile`: our payments held against a provider's own list; every difference named, attempt by attempt."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from omscore.audit.reconcile import Reconciliation, reconcile
from omscore.cli.moments import moment_given
from omscore.cli.records import open_records
from omscore.cli.report import json_option, write_json
from omscore.cli.tables import console, counted, facts, heading, moment, shown, table
from omscore.errors import SetupError
from omscore.money import Money
from omscore.plugins.discovery import Plugins
from omscore.plugins.providers import PortKind
from omscore.policy.loading import load_shop
from omscore.ports.clock import SystemClock
from omscore.ports.payments import PaymentListing

FOUND = 1
"""The exit code when the two sides differ."""

_DAYS = 30
_TOLD = 200


@click.command("reconcile")
@click.argument("config", type=click.Path(path_type=Path, dir_okay=False), metavar="CONFIG")
@click.option("--provider", required=True, metavar="NAME", help="The payment provider, as the shop.toml calls it.")
@click.option("--since", metavar="MOMENT", help="From this moment on, such as 2026-03-01; 30 days back by default.")
@click.option("--until", metavar="MOMENT", help="Up to this moment; now by default.")
@json_option
@click.pass_context
def reconcile_command(
    ctx: click.Context, config: Path, provider: str, since: str | None, until: str | None, json_path: Path | None
) -> None:
    """Compare the payments of a shop with its provider's own list.

    CONFIG is the shop.toml. Ends with exit code 1 when the two sides differ.
    """
    end = moment_given(until, option="--until") if until else SystemClock().now()
    begin = moment_given(since, option="--since") if since else end - timedelta(days=_DAYS)
    shop = load_shop(config)
    if provider not in shop.payment:
        known = ", ".join(shop.payment) or "none"
        raise SetupError(f"payment.{provider}: the shop has no such provider; configured: {known}")
    with (
        open_records(config) as records,
        Plugins().open(PortKind.PAYMENT, provider, shop.payment[provider], folder=config.parent) as port,
    ):
        if not isinstance(port, PaymentListing):
            raise SetupError(f"payment.{provider} cannot list its payments; compare them on the provider's own site")
        made = reconcile(records.storage, provider, port, since=begin, until=end)
    print_reconciliation(console(), made)
    write_json(json_path, figures_of(made))
    if made.differences:
        ctx.exit(FOUND)


def print_reconciliation(out: Console, made: Reconciliation) -> None:
    """The sums of both sides, then every difference."""
    out.print(heading(f"Payments with {made.provider}"))
    out.print(
        facts(
            [
                ("From", moment(made.since)),
                ("Up to", moment(made.until)),
                ("Attempts that agree", f"{made.agreed:,}"),
                ("Still waiting for an answer", f"{len(made.waiting):,}"),
            ]
        )
    )
    sums = sorted({*made.ours, *made.theirs})
    if sums:
        rows = [
            (
                step,
                Money(made.ours.get((step, currency), 0), currency),
                Money(made.theirs.get((step, currency), 0), currency),
            )
            for step, currency in sums
        ]
        out.print("")
        out.print(table(("Step", "Ours", "Theirs"), rows, right=("Ours", "Theirs")))
    if not made.differences:
        out.print("\n  Both sides agree.", style="bold green")
        return
    out.print(f"\n  {counted(len(made.differences), 'difference')}:", style="bold red")
    for mismatch in dict.fromkeys(each.mismatch for each in made.differences):
        found = [each for each in made.differences if each.mismatch is mismatch]
        out.print(f"\n  {mismatch.capitalize()}", style="bold")
        told = [(moment(each.at), each.key or "(none)", each.ours, each.theirs) for each in found[:_TOLD]]
        out.print(table(("When", "Key", "Ours", "Theirs"), told))
        if len(found) > _TOLD:
            out.print(shown(f"  and {len(found) - _TOLD} more like these (--json FILE has them)"))


def figures_of(made: Reconciliation) -> dict[str, Any]:
    """The comparison for programs."""
    return {
        "provider": made.provider,
        "since": made.since,
        "until": made.until,
        "agreed": made.agreed,
        "waiting": list(made.waiting),
        "sums": [
            {
                "step": step,
                "ours": Money(made.ours.get((step, currency), 0), currency),
                "theirs": Money(made.theirs.get((step, currency), 0), currency),
            }
            for step, currency in sorted({*made.ours, *made.theirs})
        ],
        "differences": list(made.differences),
    }
