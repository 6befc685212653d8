"""Before a shop opens: no routing profile has changed under a version that orders were routed by."""

from __future__ import annotations

from datetime import datetime

from omscore.engine.reader import Looking
from omscore.errors import RefusedError, SetupError
from omscore.orders.model import Order
from omscore.routing.choices import Rulebook
from omscore.routing.decisions import KeptDecision
from omscore.routing.editions import KeptProfile, UseProfile, decide_profile, profile_text
from omscore.routing.profiles import STANDARD

_BUILT_IN = profile_text(STANDARD)


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
        if before is None and label == STANDARD.label and text != _BUILT_IN and _first_routed_by(reader) == label:
            before = KeptProfile(label=label, text=_BUILT_IN, at=at)
        try:
            decide_profile(before, UseProfile(label=label, text=text, at=at))
        except RefusedError as error:
            path = f"routing.profiles.{number}"
            raise SetupError(f"{path}: {error}", code=error.code, path=path) from None


def _first_routed_by(reader: Looking) -> str:
    """The profile of the first decision there is. The built-in one is kept nowhere, and only used before any other."""
    for stream in reader.listed("placed", "", limit=1):
        order: Order = reader.read([stream])[stream][1]
        for name in [f"decision/{each}" for each in order.decisions[:1]]:
            decision: KeptDecision = reader.read([name])[name][1]
            return decision.decision.profile
    return ""
