"""Runs laws of the storage kit without pytest, so that a test can look at what they say of a broken store."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from omscore.app import Oms
from omscore.ports.storage import Storage
from omscore.testing.conformance.storage import NewStore, StorageLaws
from omscore.testing.conformance.storage.shop import shop


def laws_of(kit: type[StorageLaws]) -> list[str]:
    """The names of its laws, in alphabetical order."""
    return sorted(name for name in dir(kit) if name.startswith("test_"))


def objections(kit: type[StorageLaws], law: str, new_store: NewStore, folder: Path) -> list[BaseException]:
    """What a law raises over a store, for each set of its parameters that it does not hold for."""
    method = getattr(kit, law)
    raised: list[BaseException] = []
    for number, parameters in enumerate(_parameters(method)):
        with ExitStack() as opened:
            try:
                _held(getattr(kit(), law), parameters, new_store, folder / str(number), opened)
            except (Exception, pytest.fail.Exception) as error:
                raised.append(error)
    return raised


def _held(
    law: Callable[..., None], parameters: dict[str, Any], new_store: NewStore, folder: Path, opened: ExitStack
) -> None:
    folders = iter(range(1_000))

    def new_shop(store: Storage) -> Oms:
        return opened.enter_context(shop(folder / f"shop{next(folders)}", store))

    fixtures: dict[str, Callable[[], Any]] = {
        "storage": lambda: opened.enter_context(new_store()()),
        "new_store": lambda: new_store,
        "new_shop": lambda: new_shop,
    }
    wanted = [name for name in inspect.signature(law).parameters if name not in parameters]
    law(**parameters, **{name: fixtures[name]() for name in wanted})


def _parameters(method: Any) -> Iterator[dict[str, Any]]:
    """Every combination of the values of its `parametrize` marks; one empty one where it has none."""
    axes = []
    for mark in getattr(method, "pytestmark", ()):
        assert mark.name == "parametrize"
        name, values = mark.args
        axes.append([(name, value) for value in values])
    for chosen in product(*axes):
        yield dict(chosen)
