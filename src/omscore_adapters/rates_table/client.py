"""The file of the table."""

from __future__ import annotations

from pathlib import Path

from omscore.errors import SetupError


def read_table(path: Path) -> str:
    """The text of the file. Raises: SetupError when it cannot be read."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise SetupError(f"rates.table.path: cannot read {path}: {error.strerror}", path="rates.table.path") from error
    except UnicodeDecodeError as error:
        raise SetupError(f"rates.table.path: {path} is not UTF-8: {error}", path="rates.table.path") from error
