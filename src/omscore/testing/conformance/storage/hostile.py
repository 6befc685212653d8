"""A store on a bad line: what its next commits come to is decided by a test, everything else is the store's own."""

from __future__ import annotations

from enum import Enum
from typing import Any, assert_never, cast

from omscore.errors import ConflictError, PortTransientError, PortUnknownError
from omscore.ports.storage import Commit, Storage, StoredAnswer


class Fault(Enum):
    """What can become of a commit on its way."""

    REQUEST_LOST = "it never arrives, and nobody can tell"
    ANSWER_LOST = "it is made, and nobody can tell"
    OUTRUN = "it is refused at its very end, as some databases do"
    NOT_TAKEN = "it never arrives, and everybody knows"


class Faulty:
    """Wraps a store. Shape: `faults` befall the next commits in turn; while `silent`, no answer is looked up."""

    def __init__(self, store: Storage) -> None:
        self._store = store
        self.faults: list[Fault] = []
        self.silent = False
        self.commits = 0

    @property
    def port(self) -> Storage:
        """The same as what it stands for."""
        return cast(Storage, self)

    def commit(self, commit: Commit) -> str:
        self.commits += 1
        fault = self.faults.pop(0) if self.faults else None
        match fault:
            case None:
                return self._store.commit(commit)
            case Fault.REQUEST_LOST:
                raise PortUnknownError("the commit may or may not have been made; look its command key up")
            case Fault.ANSWER_LOST:
                self._store.commit(commit)
                raise PortUnknownError("the commit may or may not have been made; look its command key up")
            case Fault.OUTRUN:
                raise ConflictError("somebody was faster, as the end of the commit showed; load again and retry")
            case Fault.NOT_TAKEN:
                raise PortTransientError("the store cannot be reached; try again later")
            case _:
                assert_never(fault)

    def answer(self, command_key: str) -> StoredAnswer | None:
        if self.silent:
            raise PortTransientError("the store cannot be reached; try again later")
        return self._store.answer(command_key)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)
