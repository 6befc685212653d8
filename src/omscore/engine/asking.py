"""What a caller may ask for: a command that is one for callers, as it is declared, under a key that can be kept."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from omscore.engine.checking import check_command, checked_key
from omscore.engine.plans import PLANS
from omscore.engine.public import PUBLIC_COMMANDS
from omscore.errors import InputError


def check_asked(command: Any, key: str | None) -> None:
    """Refuse what is no command for callers, or is not as it is declared. Raises: InputError."""
    if type(command) not in PLANS:
        shown = command.__name__ if isinstance(command, type) else type(command).__name__
        raise InputError(f"{shown} is not a command; give one such as PlaceOrder(...)", code="command.unknown")
    if type(command) not in PUBLIC_COMMANDS:
        raise InputError(
            f"{type(command).__name__} is not a command for callers; the engine records it itself when its time comes",
            code="command.not_public",
        )
    check_command(command)
    if key is not None:
        checked_key(key)


def checked_many(commands: Iterable[Any], keys: Sequence[str | None]) -> tuple[Any, ...]:
    """The commands as a list, when there are no keys or one for each. Raises: InputError."""
    try:
        listed = tuple(commands)
    except TypeError:
        raise InputError(
            f"do_many takes a list of commands, not one {type(commands).__name__}; use do for one", code="input.many"
        ) from None
    if isinstance(keys, str | Mapping) or not isinstance(keys, Sequence):
        raise InputError(f"keys must be a list with one for each command, not {type(keys).__name__}", code="input.keys")
    if keys and len(keys) != len(listed):
        raise InputError(
            f"there are {len(keys)} keys for {len(listed)} commands; give one for each, None for those without",
            code="input.keys",
        )
    return listed
