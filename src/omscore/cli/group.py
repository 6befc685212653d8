"""The group of all commands; an error raised on purpose is told in one red sentence and ends with exit code 2."""

from __future__ import annotations

from typing import Any

import click

from omscore.cli.audit_command import audit
from omscore.cli.bounces_command import bounces_command
from omscore.cli.checkpoint_command import checkpoint
from omscore.cli.demo_command import demo
from omscore.cli.explain_command import explain
from omscore.cli.forget_command import forget
from omscore.cli.health_command import health_command
from omscore.cli.init_command import init
from omscore.cli.intake_command import intake_command
from omscore.cli.invoice_command import invoice_command
from omscore.cli.journal_command import journal_command
from omscore.cli.lint_command import lint
from omscore.cli.manifest_command import manifest
from omscore.cli.migrate_command import migrate
from omscore.cli.new_plugin_command import new_plugin
from omscore.cli.outbox_command import outbox_command
from omscore.cli.owncommands import UnusableCommand, own_command, own_names
from omscore.cli.pickups_command import pickups
from omscore.cli.plugins_command import plugins
from omscore.cli.queues_command import queues
from omscore.cli.reconcile_command import reconcile_command
from omscore.cli.reorder_command import reorder_command
from omscore.cli.replay_command import replay
from omscore.cli.route_command import route
from omscore.cli.rules_cost_command import rules_cost_command
from omscore.cli.schema_command import schema
from omscore.cli.show_command import show
from omscore.cli.tables import console, shown
from omscore.cli.tasks_command import tasks
from omscore.cli.velocity_command import velocity_command
from omscore.cli.work_command import work
from omscore.errors import OmsError, SetupError

REFUSED = 2
"""The exit code for anything that cannot be done as asked; findings of an audit end with 1."""


class OmsGroup(click.Group):
    """A group whose commands may raise OmsError, with those of plugins beside its own."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted({*super().list_commands(ctx), *own_names()})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        known = super().get_command(ctx, cmd_name)
        if known is not None:
            return known
        try:
            return own_command(cmd_name, self.commands)
        except SetupError as error:
            return UnusableCommand(cmd_name, error)

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except OmsError as error:
            console(stderr=True).print(shown(str(error)), style="bold red", soft_wrap=True)
            ctx.exit(REFUSED)


@click.group(cls=OmsGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="omscore")
def main() -> None:
    """Orders, stock, routing, payments and parcels that add up to the unit and the cent.

    Start with `omscore demo`: a small shop lives one week, and its database can be looked at with the other commands.
    """


_COMMANDS = (
    *(init, demo, replay),
    *(show, explain, audit, checkpoint, reconcile_command, forget, journal_command, invoice_command),
    *(migrate, tasks, work, health_command, queues, intake_command, outbox_command, bounces_command, manifest, pickups),
    *(lint, rules_cost_command, route, schema, velocity_command, reorder_command),
    *(plugins, new_plugin),
)

for command in _COMMANDS:
    main.add_command(command)
