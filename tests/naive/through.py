"""A store that passes everything on, for variants that get one thing wrong."""

from __future__ import annotations

from typing import Any

import attrs

from omscore.ports.storage import Commit, Storage


class Through:
    """Passes every call on to the store behind it."""

    def __init__(self, store: Storage) -> None:
        self._store: Any = store

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def commit(self, commit: Commit) -> str:
        answer: str = self._store.commit(commit)
        return answer

    def rebased(self, commit: Commit) -> Commit:
        """The commit as if it had been made from what is stored now."""
        there = self._store.load([change.stream for change in commit.changes], {})
        changes = tuple(
            attrs.evolve(change, expected_version=there[change.stream].version if change.stream in there else 0)
            for change in commit.changes
        )
        return attrs.evolve(commit, changes=changes)
