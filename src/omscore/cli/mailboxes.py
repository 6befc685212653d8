"""The messages of a mailbox, whatever sort it is: a Maildir, a folder of .eml files, an mbox file or one message."""

from __future__ import annotations

import mailbox
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

from omscore.errors import InputError, SetupError

MOST_BYTES: Final = 8 * 1024 * 1024
"""How much of a message is read; whoever reads on says that it is too large."""

_MBOX: Final = b"From "


class MailFile(NamedTuple):
    """One message. Shape: `path` is its own file, and None inside an mbox; `name` says where it is."""

    name: str
    content: bytes
    path: Path | None


def messages_in(place: Path) -> Iterator[MailFile]:
    """The messages of a mailbox, by name, or in their order in an mbox. It is read and left as it is.

    Raises: SetupError when it cannot be read; InputError for a folder that is no mailbox.
    """
    try:
        if place.is_dir():
            for path in _files(place):
                try:
                    with path.open("rb") as file:
                        content = file.read(MOST_BYTES)
                except FileNotFoundError:  # a mail program has moved it meanwhile
                    continue
                yield MailFile(path.name, content, path)
        elif _is_mbox(place):
            yield from _in_mbox(place)
        else:
            with place.open("rb") as file:
                yield MailFile(place.name, file.read(MOST_BYTES), place)
    except OSError as error:
        raise SetupError(f"cannot read {place}: {error.strerror or error}") from error


def holds_files(place: Path) -> bool:
    """Whether every message of a mailbox is a file of its own, which can be moved."""
    return place.is_dir() or not _is_mbox(place)


def move(path: Path, folder: Path) -> None:
    """The file of a message is in that folder now; one of its name that is there already is kept beside it.

    Raises: SetupError when it cannot be moved.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        target, number = folder / path.name, 1
        while target.exists():
            number += 1
            target = folder / f"{path.stem}.{number}{path.suffix}"
        shutil.move(path, target)
    except OSError as error:
        raise SetupError(f"cannot move {path} to {folder}: {error.strerror or error}") from error


def _files(place: Path) -> list[Path]:
    halves = [place / "new", place / "cur"]
    if all(half.is_dir() for half in halves):
        paths = [path for half in halves for path in half.iterdir() if not path.name.startswith(".")]
    else:
        paths = [path for path in place.iterdir() if path.suffix.lower() == ".eml"]
        if not paths and any(place.iterdir()):
            raise InputError(
                f"{place} is neither a Maildir (with new and cur in it) nor a folder of .eml files; give one of them, "
                "an mbox file, or a message"
            )
    return sorted(path for path in paths if path.is_file())


def _is_mbox(place: Path) -> bool:
    with place.open("rb") as file:
        return file.read(len(_MBOX)) == _MBOX


def _in_mbox(place: Path) -> Iterator[MailFile]:
    box = mailbox.mbox(place, create=False)
    try:
        for number, key in enumerate(box.keys(), 1):
            file = box.get_file(key)
            try:
                yield MailFile(f"{place.name} {number}", file.read(MOST_BYTES), None)
            finally:
                file.close()
    finally:
        box.close()
