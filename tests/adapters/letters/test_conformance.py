"""The letters that come with omscore, in each of their languages, under the kit that is shipped for those of others."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import pytest

from omscore.testing.conformance.letters import LetterConformance
from omscore.testing.faults import Fault
from omscore_adapters import letters_jinja
from omscore_adapters.letters_jinja import JinjaLetters, LetterSettings
from tests.adapters.letters.test_letters import FORMED, SPOKEN


class JinjaHarness:
    """The program that renders is our own; a killed one is started anew before it is asked."""

    faults: frozenset[Fault] = frozenset()
    secrets = ()
    channel = "web"

    def __init__(self, port: JinjaLetters, locale: str) -> None:
        self.port = port
        self.locale = locale

    def break_next(self, fault: Fault) -> None:
        raise AssertionError(f"{fault} is not among the faults this harness names")

    def speaks_of(self, template: str) -> tuple[str, ...]:
        return SPOKEN[template]


@pytest.fixture(scope="module")
def letters() -> Iterator[JinjaLetters]:
    with letters_jinja.PROVIDER.open(LetterSettings()) as opened:
        yield opened


class TestJinja(LetterConformance):
    provider = letters_jinja.PROVIDER
    cannot_happen: ClassVar = {Fault.DOWN: "it asks nobody but a program of its own, which it starts anew"}

    @pytest.fixture(params=FORMED)
    def harness(self, request: pytest.FixtureRequest, letters: JinjaLetters) -> JinjaHarness:
        return JinjaHarness(letters, request.param)
