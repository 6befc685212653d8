"""Every change of a dictionary or list with the value it replaced, so that the latest changes can be taken back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

_MISSING: Final = object()
_APPENDED: Final = object()
_CALL: Final = object()


class UndoLog:
    """The changes since the log was last forgotten, newest last.

    >>> log, table = UndoLog(), {"a": 1}
    >>> mark = log.mark()
    >>> log.put(table, "a", 2)
    >>> log.put(table, "b", 3)
    >>> log.back_to(mark)
    >>> table
    {'a': 1}
    """

    def __init__(self) -> None:
        self._changes: list[tuple[Any, Any, Any]] = []

    def mark(self) -> int:
        """The present point, to come back to."""
        return len(self._changes)

    def put(self, table: dict[Any, Any], key: Any, value: Any) -> None:
        self._changes.append((table, key, table.get(key, _MISSING)))
        table[key] = value

    def drop(self, table: dict[Any, Any], key: Any) -> None:
        """Removes a key if it is there."""
        if key in table:
            self._changes.append((table, key, table.pop(key)))

    def append(self, row: list[Any], value: Any) -> None:
        self._changes.append((row, _APPENDED, None))
        row.append(value)

    def on_undo(self, call: Callable[[Any], None], argument: Any) -> None:
        """Calls back once every later change is undone."""
        self._changes.append((call, _CALL, argument))

    def back_to(self, mark: int) -> None:
        """Undoes every change after the mark, newest first."""
        while len(self._changes) > mark:
            target, key, old = self._changes.pop()
            if key is _APPENDED:
                target.pop()
            elif key is _CALL:
                target(old)
            elif old is _MISSING:
                del target[key]
            else:
                target[key] = old

    def forget(self) -> None:
        """Makes every change so far final."""
        self._changes.clear()
