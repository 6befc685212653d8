"""Routing profiles that plugins bring, fetched by name when a shop names them."""

from __future__ import annotations

from importlib.metadata import entry_points

from omscore.errors import SetupError
from omscore.routing.profiles import Profile

GROUP = "omscore.profiles"
"""The entry-point group; an entry point has the name of its profile and leads to a `Profile`."""

WHERE = "routing.plugin_profiles"


def own_profile(name: str) -> Profile:
    """The profile of that name. Raises: SetupError when no plugin has it, two have, or it has another name."""
    found = tuple(entry_points(group=GROUP, name=name))
    if not found:
        known = ", ".join(sorted({entry.name for entry in entry_points(group=GROUP)})) or "none"
        raise SetupError(
            f"{WHERE}: no installed plugin has a profile {name!r}; installed: {known}; install it, or name another",
            path=WHERE,
        )
    if len(found) > 1:
        places = " and ".join(sorted(entry.value for entry in found))
        raise SetupError(f"{WHERE}: profile {name} is offered by {places}; remove one of the plugins", path=WHERE)
    try:
        profile = found[0].load()
    except (ImportError, AttributeError) as error:
        raise SetupError(
            f"{WHERE}: the plugin of profile {name} cannot be imported ({error}); install what it needs", path=WHERE
        ) from error
    if isinstance(profile, Profile) and profile.name == name:
        return profile
    raise SetupError(f"{WHERE}: {found[0].value} must be a Profile with name = {name!r}; ask its author", path=WHERE)
