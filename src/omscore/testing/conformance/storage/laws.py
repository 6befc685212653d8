"""What all rooms of the storage kit share: the one fixture an author gives, and the empty store made from it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import ClassVar, TypeAlias

import pytest

from omscore.ports.storage import Storage

Opener: TypeAlias = Callable[[], AbstractContextManager[Storage]]
"""Opens one store, as often as it is called; it can be pickled when the store declares several processes."""

NewStore: TypeAlias = Callable[[], Opener]
"""The opener of a store that is empty and that nobody else uses, a new one each time."""


class StorageLaws:
    """The base of every room. Units: `rounds` multiplies what is drawn, raced and repeated; 1 is the quick size."""

    rounds: ClassVar[int] = int(os.environ.get("OMSCORE_CONFORMANCE_ROUNDS", "1"))

    @pytest.fixture
    def new_store(self) -> NewStore:
        """To be given by the author of a store."""
        raise NotImplementedError(
            f"{type(self).__name__} has to give the fixture new_store: a function that answers with the opener of "
            "a new, empty store, such as lambda: partial(PROVIDER.open, MySettings(path=tmp_path / uuid4().hex))"
        )

    @pytest.fixture
    def storage(self, new_store: NewStore) -> Iterator[Storage]:
        """An empty store, closed after the test."""
        with new_store()() as store:
            yield store
