"""Where a secret of a configuration is kept: in the file itself, in the environment, or in a file of its own."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from omscore.errors import InputError
from omscore.secrets import Secret


def revealed(value: Any, folder: Path) -> Secret:
    """The secret that a setting holds or points at; paths are relative to `folder`.

    Raises: TypeError when it is no such setting, InputError when nothing is where it points.

    >>> revealed("sk_live_1", Path())
    Secret('***')
    """
    match value:
        case str():
            return Secret(value)
        case {"env": str(name), **others} if not others:
            found = os.environ.get(name, "")
            if not found.strip():
                raise InputError(
                    f"the environment has no {name}; set it before the shop is opened", code="setup.secret"
                )
            return Secret(found)
        case {"file": str(name), **others} if not others:
            try:
                return Secret((folder / name).read_text(encoding="utf-8").strip())
            except (OSError, ValueError) as error:
                raise InputError(
                    f"the secret in {name} cannot be read; put it there as one line of text", code="setup.secret"
                ) from error
        case _:
            raise TypeError("no secret")
