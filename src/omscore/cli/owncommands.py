"""Commands that plugins add to `omscore`, by the name of their entry point; imported when they are called or listed."""

from __future__ import annotations

import re
from collections.abc import Collection
from importlib.metadata import EntryPoint, entry_points

import click

from omscore.errors import SetupError

GROUP = "omscore.commands"
_NAME = re.compile(r"[a-z][a-z0-9-]{0,29}", re.ASCII)


def own_names() -> tuple[str, ...]:
    """The names of all commands of installed plugins, in order; nothing is imported."""
    return tuple(sorted({entry.name for entry in entry_points(group=GROUP)}))


def own_command(name: str, built_in: Collection[str]) -> click.Command | None:
    """The command a plugin has under that name; None when no installed plugin has one.

    Raises: SetupError for the name of a built-in command (the plugin is then not imported at all), for one that two
    plugins have, and for what is no command or cannot be imported.
    """
    found = tuple(entry_points(group=GROUP, name=name))
    if not found:
        return None
    places = " and ".join(sorted(map(_place, found)))
    if name in built_in:
        raise SetupError(f"command {name} of {places} has the name of one of omscore's own, which stays; rename it")
    if len(found) > 1:
        raise SetupError(f"command {name} is offered by {places}; remove one of the plugins")
    if _NAME.fullmatch(name) is None:
        raise SetupError(
            f"command {name!r} of {places}: a command has 1 to 30 small letters, digits and hyphens, a letter first"
        )
    try:
        command = found[0].load()
    except Exception as error:
        raise SetupError(
            f"command {name} of {places} cannot be imported ({type(error).__name__}: {error}); install what it needs"
        ) from error
    if not isinstance(command, click.Command):
        raise SetupError(f"command {name} of {places} must be a click.Command, not {type(command).__name__}")
    return command


class UnusableCommand(click.Command):
    """Stands in the list for a command that cannot be had, and says why when it is called."""

    def __init__(self, name: str, error: SetupError) -> None:
        lenient = {"ignore_unknown_options": True, "allow_extra_args": True}
        super().__init__(name, context_settings=lenient, add_help_option=False, help=f"Cannot be used: {error}")
        self._error = error

    def invoke(self, ctx: click.Context) -> None:
        raise self._error


def _place(entry: EntryPoint) -> str:
    return f"{entry.dist.name} ({entry.value})" if entry.dist else entry.value
