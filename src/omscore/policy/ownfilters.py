"""Filters that plugins bring: classes by the name a profile calls them, imported when it does."""

from __future__ import annotations

from contextlib import suppress
from importlib.metadata import entry_points

from omscore.errors import SetupError
from omscore.routing.rules import OwnFilter

GROUP = "omscore.filters"
"""The entry-point group; an entry point has the name of the filter's rule and leads to its class."""


def own_filters() -> tuple[str, ...]:
    """The names of the filters of all installed plugins."""
    return tuple(sorted({entry.name for entry in entry_points(group=GROUP)}))


def usable_own_filters() -> tuple[type[OwnFilter], ...]:
    """The filters of all installed plugins that can be imported."""
    found: list[type[OwnFilter]] = []
    for name in own_filters():
        with suppress(SetupError):
            kind = own_filter(name)
            found += [] if kind is None else [kind]
    return tuple(found)


def own_filter(name: str) -> type[OwnFilter] | None:
    """The class of that filter; None when no installed plugin has one of that name.

    Raises: SetupError when two plugins have, or what a plugin has is no filter.
    """
    found = tuple(entry_points(group=GROUP, name=name))
    if not found:
        return None
    if len(found) > 1:
        places = " and ".join(sorted(entry.value for entry in found))
        raise SetupError(f"filter {name} is offered by {places}; remove one of the plugins", code="setup.filter")
    try:
        kind = found[0].load()
    except (ImportError, AttributeError) as error:
        raise SetupError(
            f"filter {name}: its plugin cannot be imported ({error}); install what it needs", code="setup.filter"
        ) from error
    if not (isinstance(kind, type) and issubclass(kind, OwnFilter) and kind.rule == name):
        raise SetupError(
            f"filter {name}: {found[0].value} must be a frozen record that extends OwnFilter, with rule = {name!r}",
            code="setup.filter",
        )
    return kind
