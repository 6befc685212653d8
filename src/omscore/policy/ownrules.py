"""What plugins bring to routing, classes by the name a profile calls them, imported when it does."""

from __future__ import annotations

from contextlib import suppress
from importlib.metadata import entry_points
from typing import Any, Generic, TypeVar

from omscore.errors import SetupError
from omscore.routing.ownstrategies import OwnStrategy
from omscore.routing.rules import OwnFilter
from omscore.routing.scores import OwnScore

K = TypeVar("K", OwnFilter, OwnScore, OwnStrategy)


class OwnRules(Generic[K]):
    """One sort of rules of plugins.

    Shape: `group` is the entry-point group, in which an entry point has the name of its rule and leads to its class;
    the class extends `base` and bears its name in the attribute `word`.
    """

    def __init__(self, group: str, base: type[Any], word: str) -> None:
        self.group, self._word = group, word
        self._base: type[Any] = base

    def names(self) -> tuple[str, ...]:
        """The names of all installed plugins' rules."""
        return tuple(sorted({entry.name for entry in entry_points(group=self.group)}))

    def usable(self) -> tuple[type[K], ...]:
        """The rules of all installed plugins that can be imported."""
        found: list[type[K]] = []
        for name in self.names():
            with suppress(SetupError):
                kind = self.named(name)
                found += [] if kind is None else [kind]
        return tuple(found)

    def named(self, name: str) -> type[K] | None:
        """The class of that name; None when no installed plugin has one.

        Raises: SetupError when two plugins have, or what a plugin has is no such rule.
        """
        found = tuple(entry_points(group=self.group, name=name))
        if not found:
            return None
        what = "filter" if self._word == "rule" else self._word
        if len(found) > 1:
            places = " and ".join(sorted(entry.value for entry in found))
            raise SetupError(f"{what} {name} is offered by {places}; remove one of the plugins", code=f"setup.{what}")
        try:
            kind = found[0].load()
        except (ImportError, AttributeError) as error:
            raise SetupError(
                f"{what} {name}: its plugin cannot be imported ({error}); install what it needs", code=f"setup.{what}"
            ) from error
        if isinstance(kind, type) and issubclass(kind, self._base) and getattr(kind, self._word, None) == name:
            return kind
        raise SetupError(
            f"{what} {name}: {found[0].value} must be a frozen record that extends {self._base.__name__}, with "
            f"{self._word} = {name!r}",
            code=f"setup.{what}",
        )


OWN_FILTERS: OwnRules[OwnFilter] = OwnRules("omscore.filters", OwnFilter, "rule")
OWN_SCORES: OwnRules[OwnScore] = OwnRules("omscore.scores", OwnScore, "score")
OWN_STRATEGIES: OwnRules[OwnStrategy] = OwnRules("omscore.strategies", OwnStrategy, "strategy")
