"""A first shop to start from: two small files that a newcomer edits into their own."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from omscore.errors import SetupError

FILES = ("shop.toml", "rates.csv")


def write_starter_shop(folder: Path | str) -> Path:
    """The path of a new `shop.toml`, written into the folder with the rate card it names.

    Raises: SetupError when one of the files is there already; nothing is overwritten.
    """
    folder = Path(folder)
    for name in FILES:
        if (folder / name).exists():
            raise SetupError(f"{folder / name} exists already; open it as it is, or name another folder for a new one")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name in FILES:
            (folder / name).write_text(files(__package__).joinpath(name).read_text(encoding="utf-8"), encoding="utf-8")
    except OSError as error:
        raise SetupError(f"cannot write into {folder}: {error.strerror}; name another folder") from error
    return folder / "shop.toml"
