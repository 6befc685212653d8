"""Before a shop opens: no routing profile has changed under a version that orders were routed by."""

from __future__ import annotations

from datetime import datetime

from omscore.engine.reader import Looking
from omscore.errors import RefusedError, SetupError
from omscore.routing.choices import Rulebook
from omscore.routing.editions import KeptProfile, UseProfile, decide_profile


def check_editions(reader: Looking, rulebook: Rulebook, at: datetime) -> None:
    """Raises: SetupError naming the first profile that has other rules than its version had in the store."""
    if not rulebook.texts:
        return
    kept = reader.read([f"profile/{label}" for label in rulebook.texts])
    for number, profile in enumerate(rulebook.profiles):
        label = profile.label
        text = rulebook.texts.get(label)
        if text is None:
            continue
        before: KeptProfile | None = kept.get(f"profile/{label}", (0, None))[1]
        try:
            decide_profile(before, UseProfile(label=label, text=text, at=at))
        except RefusedError as error:
            path = f"routing.profiles.{number}"
            raise SetupError(f"{path}: {error}", code=error.code, path=path) from None
