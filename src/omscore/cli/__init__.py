"""The command line. `main` is looked up late, so that a missing extra is told in a sentence instead of a traceback."""

from __future__ import annotations

import sys
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from omscore.cli.group import main

__all__ = ["main"]

EXTRA = ("click", "rich")
"""What the extra `cli` brings."""


def __getattr__(name: str) -> Any:
    if name != "main":
        raise AttributeError(f"module {__name__} has no attribute {name}")
    if any(find_spec(library) is None for library in EXTRA):
        return without_extra
    from omscore.cli.group import main

    return main


def without_extra() -> int:
    """Exit code 1, after saying how to get the command line."""
    sys.stderr.write("The omscore command needs a few more packages: install omscore[cli], then try again.\n")
    return 1
