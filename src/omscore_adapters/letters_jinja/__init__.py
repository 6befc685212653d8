"""Letters from Jinja templates. Needs the extra `notify`, in a program of its own only."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager

from omscore.plugins import PortKind, Provider, hookimpl
from omscore.plugins.providers import AnyProvider
from omscore_adapters.letters_jinja.adapter import JinjaLetters
from omscore_adapters.letters_jinja.settings import JINJA, LetterSettings

__all__ = ["PROVIDER", "JinjaLetters", "LetterSettings", "oms_providers"]


@contextmanager
def _open(settings: LetterSettings) -> Iterator[JinjaLetters]:
    with closing(JinjaLetters(settings)) as letters:
        yield letters


PROVIDER = Provider(name="jinja", port=PortKind.LETTER, settings_type=LetterSettings, open=_open, needs=(JINJA,))


@hookimpl
def oms_providers() -> Sequence[AnyProvider]:
    """The provider named `jinja`."""
    return (PROVIDER,)
