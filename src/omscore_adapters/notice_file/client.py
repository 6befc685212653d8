"""Writes a message into a maildir, once per name, in one atomic step."""

from __future__ import annotations

import os
import tempfile
from mailbox import Maildir
from pathlib import Path

from omscore.errors import PortTransientError, SetupError


class MaildirFolder:
    """One maildir, made when it is not there.

    Raises: SetupError when the folder cannot be made.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            Maildir(path, create=True).close()
            for part in ("tmp", "new", "cur"):
                (path / part).mkdir(mode=0o700, exist_ok=True)
        except OSError as error:
            raise SetupError(
                f"notices.file.path: {path} cannot be used as a mail folder ({error.strerror}); give another path"
            ) from error

    def holds(self, name: str) -> bool:
        """Whether a message of that name is there, read or unread."""
        # A mail program moves what was read to `cur` and adds its flags after a colon.
        return (self._path / "new" / name).exists() or any((self._path / "cur").glob(f"{name}*"))

    def deliver(self, name: str, message: bytes) -> None:
        """Puts the message there unless one of that name is there already; it survives a power cut once this returns.

        Raises: PortTransientError when the folder does not take it; asking again then never makes a second message.
        """
        try:
            if self.holds(name):
                return
            number, temporary = tempfile.mkstemp(dir=self._path / "tmp")
            try:
                with os.fdopen(number, "wb") as file:
                    file.write(message)
                    file.flush()
                    os.fsync(file.fileno())
                os.replace(temporary, self._path / "new" / name)
            except OSError:
                Path(temporary).unlink(missing_ok=True)
                raise
            _sync_folder(self._path / "new")
        except OSError as error:
            raise PortTransientError(
                f"mail folder {self._path} does not take a message ({error.strerror}); it can be sent again"
            ) from error


def _sync_folder(path: Path) -> None:
    if os.name != "posix":
        return  # only POSIX systems open a folder like a file
    number = os.open(path, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)
