"""`--config`: which shop a command is about, the one of the current folder unless it is told."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click
from click.core import ParameterSource

from omscore.errors import SetupError

F = TypeVar("F", bound=Callable[..., Any])
HERE = Path("shop.toml")


def config_option(command: F) -> F:
    """Adds `--config FILE` to a command that needs none in the folder of a shop."""
    return click.option(
        "config",
        "--config",
        type=click.Path(path_type=Path, dir_okay=False),
        default=HERE,
        show_default=True,
        metavar="FILE",
        help="The shop's shop.toml.",
        callback=_found,
    )(command)


def _found(context: click.Context, option: click.Parameter, config: Path) -> Path:
    if config.exists():
        return config
    if context.get_parameter_source(option.name or "") is ParameterSource.DEFAULT:
        raise SetupError(f"there is no {HERE} in this folder; name that of the shop with --config FILE")
    raise SetupError(f"there is no file {config}; name the shop.toml of the shop with --config FILE")
