"""The file of the books: read once when opened, then only ever appended to, by one writer."""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path

from omscore.errors import DamageError, PortTransientError, SetupError
from omscore.ports.erp import Account
from omscore_adapters.erp_beancount.mapping import head_text, open_line
from omscore_adapters.erp_beancount.scan import Books, scan


class BooksFile:
    """One file of books.

    Holds: text is durable once `append` has returned; a torn last transaction is cut off when the file is opened.
    Raises: SetupError when the file cannot be used; DamageError when it is not, or no longer, books of ours.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self.booked: set[str] = set()
        self.opened: dict[Account, date] = {}
        self._made = False
        self._cut_at: int | None = None
        try:
            content = path.read_bytes() if path.exists() else b""
            if content:
                self._take_over(content)
        except OSError as error:
            raise SetupError(
                f"erp.beancount.path: {path} cannot be used ({error.strerror}); give the path of a file for the books"
            ) from error

    def begin(self, opened: date) -> None:
        """Makes the file, or adds the accounts it does not know, opened on that day."""
        missing = [account for account in Account if account not in self.opened]
        if not self._made:
            self._create(head_text(opened))
            self.opened = dict.fromkeys(Account, opened)
        elif missing:
            since = min(self.opened.values(), default=opened)
            self.append("".join(open_line(account, since) for account in missing) + "\n")
            self.opened.update(dict.fromkeys(missing, since))

    def append(self, text: str) -> None:
        """Adds text at the end, all of it or none.

        Raises: PortTransientError when nothing was added. Where even taking a part back failed, it is cut off before
        the next text is added, or by the scan when the file is opened again.
        """
        try:
            with self._path.open("r+b", buffering=0) as file:
                if self._cut_at is not None:
                    os.ftruncate(file.fileno(), self._cut_at)
                    self._cut_at = None
                end = file.seek(0, os.SEEK_END)
                try:
                    _write_all(file.fileno(), text.encode("utf-8"))
                    os.fsync(file.fileno())
                except OSError:
                    self._cut_at = end
                    os.ftruncate(file.fileno(), end)
                    self._cut_at = None
                    raise
        except OSError as error:
            raise PortTransientError(
                f"books {self._path} cannot be written ({error.strerror}); nothing was booked, post again"
            ) from error

    def _take_over(self, content: bytes) -> None:
        try:
            books: Books = scan(content)
        except DamageError as error:
            raise DamageError(f"books {self._path}: {error}", line=error.fields["line"]) from error
        if books.sound_bytes < len(content):
            os.truncate(self._path, books.sound_bytes)
        elif not content.endswith(b"\n"):
            self.append("\n")  # a line added by hand that was not ended
        self._made = True
        self.booked = set(books.booked)
        self.opened = books.opened

    def _create(self, text: str) -> None:
        # Written aside and renamed: the file is there with its whole head or not at all.
        aside = self._path.with_name(self._path.name + ".new")
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with aside.open("wb") as file:
                file.write(text.encode("utf-8"))
                file.flush()
                os.fsync(file.fileno())
            os.replace(aside, self._path)
            self._made = True
        except OSError as error:
            raise PortTransientError(
                f"books {self._path} cannot be made ({error.strerror}); nothing was booked, post again"
            ) from error


def _write_all(number: int, content: bytes) -> None:
    view = memoryview(content)
    while view:
        view = view[os.write(number, view) :]
