"""The only caller of the hooks: each question with its type, each answer with the name of the plugin that gave it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Generic, NamedTuple, TypeVar

import pluggy

from omscore.errors import SetupError
from omscore.plugins.hookspecs import PROJECT, Hooks
from omscore.plugins.providers import AnyProvider, Provider
from omscore.plugins.upcasting import Upcaster

T = TypeVar("T")


class Answer(NamedTuple, Generic[T]):
    """What one plugin said."""

    plugin: str
    said: T


class HookCalls:
    """Every hook as a method of the same name and arguments.

    Shape: one answer for each plugin that has the hook, in the order they were registered.
    Raises: each method SetupError naming the plugin, for an answer that is not what the hook asks for.
    """

    def __init__(self) -> None:
        self._manager = pluggy.PluginManager(PROJECT)
        self._manager.add_hookspecs(Hooks)

    def add(self, plugin: object) -> None:
        """Ask this plugin too, from now on."""
        if not self._manager.is_registered(plugin):
            self._manager.register(plugin)

    def oms_providers(self) -> tuple[Answer[Sequence[AnyProvider]], ...]:
        return self._asked("oms_providers", Provider)

    def oms_upcasters(self) -> tuple[Answer[Sequence[Upcaster]], ...]:
        return self._asked("oms_upcasters", Upcaster)

    def _asked(self, name: str, kind: type[Any]) -> tuple[Answer[Any], ...]:
        plugins = self._manager.get_plugins()
        answers = []
        for plugin in [each for known, each in self._manager.list_name_plugin() if each in plugins]:
            hook = self._manager.subset_hook_caller(name, [other for other in plugins if other is not plugin])
            for said in hook():
                if not isinstance(said, tuple | list) or not all([isinstance(each, kind) for each in said]):
                    raise SetupError(f"plugin {plugin!r}: {name} must return a tuple of {kind.__name__}, not {said!r}")
                answers.append(Answer(str(self._manager.get_name(plugin)), said))
        return tuple(answers)
