"""The file of the books: read when opened and when somebody else has written, and only ever appended to.

Several workers may keep the same books: each writes under a lock, after reading what the others have booked.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
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
        self._size = 0
        self._cut_at: int | None = None
        try:
            if path.exists():
                with _locked(path):
                    self._read()
        except OSError as error:
            raise SetupError(
                f"erp.beancount.path: {path} cannot be used ({error.strerror}); give the path of a file for the books"
            ) from error

    @contextmanager
    def alone(self) -> Iterator[None]:
        """While nobody else writes, and knowing everything that others have booked.

        Raises: PortTransientError when the file cannot be locked or read.
        """
        with ExitStack() as stack:
            try:
                self._path.parent.mkdir(parents=True, exist_ok=True)
                stack.enter_context(_locked(self._path))
                if self._path.exists() and self._path.stat().st_size != self._size:
                    self._read()
            except OSError as error:
                raise PortTransientError(
                    f"books {self._path} cannot be made or read ({error.strerror}); nothing was booked, post again"
                ) from error
            yield

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
                    self._size = file.tell()
                except OSError:
                    self._cut_at = end
                    os.ftruncate(file.fileno(), end)
                    self._cut_at = None
                    raise
        except OSError as error:
            raise PortTransientError(
                f"books {self._path} cannot be written ({error.strerror}); nothing was booked, post again"
            ) from error

    def _read(self) -> None:
        self._cut_at = None
        content = self._path.read_bytes()
        self._size = len(content)
        if content:
            self._take_over(content)

    def _take_over(self, content: bytes) -> None:
        try:
            books: Books = scan(content)
        except DamageError as error:
            raise DamageError(f"books {self._path}: {error}", line=error.fields["line"]) from error
        if books.sound_bytes < len(content):
            os.truncate(self._path, books.sound_bytes)
            self._size = books.sound_bytes
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
            self._size = self._path.stat().st_size
        except OSError as error:
            raise PortTransientError(
                f"books {self._path} cannot be made ({error.strerror}); nothing was booked, post again"
            ) from error


def _write_all(number: int, content: bytes) -> None:
    view = memoryview(content)
    while view:
        view = view[os.write(number, view) :]


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Held by one program at a time; the system lets go of it when the program dies."""
    if os.name != "posix":
        yield  # one writer only, where there is no such lock
        return
    import fcntl

    with path.with_name(path.name + ".lock").open("ab") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
