"""A program killed while it keeps or erases a reject leaves nothing that forgetting does not find."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from omscore.ids import PersonId
from omscore.intake.mentions import mentions
from omscore.intake.spool import Rejects
from omscore.parties import Person
from omscore.places import Address
from omscore.ports.channels import Complaint
from tests.kit.depots import DeadError
from tests.kit.shops import NOON

THEIRS = b'{"order": "1", "mail": "canary@example.org", "country": "Canaria"}'
OTHERS = b'{"order": "2", "mail": "other@example.org"}'
SAYS = (Complaint(1, "country 'Canaria' is none"),)
STEPS: tuple[tuple[Any, str], ...] = ((os, "open"), (os, "fsync"), (Path, "replace"), (Path, "unlink"))


def is_theirs(content: bytes) -> bool:
    return b"canary@example.org" in content


def run_until_killed(patch: pytest.MonkeyPatch, steps: int, act: Callable[[], object]) -> bool:
    """True when the program lived: it is killed before the step of the file system after so many others."""
    left = [steps]

    def dying(real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **more: Any) -> Any:
            left[0] -= 1
            if left[0] < 0:
                raise DeadError
            return real(*args, **more)

        return call

    with patch.context() as killing:
        for place, name in STEPS:
            killing.setattr(place, name, dying(getattr(place, name)))
        try:
            act()
        except DeadError:
            return False
    return True


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()} if folder.is_dir() else set()


def everything(folder: Path) -> bytes:
    return b"\n".join([path.read_bytes() for path in folder.iterdir()]) if folder.is_dir() else b""


@pytest.mark.parametrize("erases", [False, True])
def test_whenever_it_is_killed_all_that_it_left_of_a_person_is_erased_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, erases: bool
) -> None:
    for steps in range(100):
        folder = tmp_path / str(steps)
        rejects = Rejects(folder)
        other = rejects.keep("web", "2", OTHERS, SAYS, at=NOON)
        before = {name: (folder / name).read_bytes() for name in names(folder)}

        def act(rejects: Rejects = rejects) -> None:
            rejects.keep("web", "1", THEIRS, SAYS, at=NOON)
            if erases:
                rejects.erase(is_theirs)

        lived = run_until_killed(monkeypatch, steps, act)
        rejects.erase(is_theirs)
        assert rejects.erase(is_theirs) == 0
        left = {name: (folder / name).read_bytes() for name in names(folder) if name not in before}
        assert not [name for name, content in left.items() if b"anari" in content or is_theirs(content)], steps
        assert {name: (folder / name).read_bytes() for name in before} == before
        assert {each.reject_id: each.is_erased for each in rejects.listed()}[other] is False
        if lived:
            assert steps > (8 if erases else 5)
            return
    raise AssertionError("it never lived")


@pytest.mark.parametrize("name", ["\U00020bb7\u91ce \u7d75\u7f8e", "\U0001f338 Hana", "Zoë"])
@pytest.mark.parametrize("escape", [False, True])
def test_a_name_is_found_whatever_plane_its_characters_are_of(name: str, escape: bool) -> None:
    home = Address(recipient=name, lines=("1",), city="Tokyo", postcode="10115", country="JP")
    person = Person(person_id=PersonId("p"), name=name, addresses=(("home", home),))
    text = f'{{"name": "{_escaped(name) if escape else name}", "zip": "10115"}}'
    assert mentions(text.encode(), person)
    assert not mentions(text.replace("10115", "10117").encode(), person)
    assert not mentions(b'{"name": "\\ud842", "zip": "10115"}', person)


def _escaped(name: str) -> str:
    """As a program writes it in JSON that keeps to ASCII."""
    units = name.encode("utf-16-be").hex()
    return "".join([f"\\u{units[at : at + 4]}" for at in range(0, len(units), 4)])
