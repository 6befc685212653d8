"""A profile as text, and the rule that it never changes once an order was routed by it: it gets another version."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

import attrs

from omscore.errors import RefusedError
from omscore.records import frozen
from omscore.routing.ownstrategies import OwnStrategy
from omscore.routing.profiles import Profile
from omscore.routing.rules import Filter
from omscore.routing.scores import Score


def profile_text(profile: Profile) -> str:
    """The profile as the table of a configuration; what it leaves at its default is left out.

    Holds: a configuration with this table has an equal profile.

    >>> from omscore.routing.rules import MaxDistance
    >>> print(profile_text(Profile(name="near", filters=(MaxDistance(km=300, hard=False),), max_locations=2)))
    [[routing.profiles]]
    name = "near"
    filters = [
        {rule = "max_distance", km = 300, hard = false},
    ]
    max_locations = 2
    """
    lines = ["[[routing.profiles]]"]
    for field in attrs.fields(Profile):
        value = getattr(profile, field.name)
        if value == field.default:
            continue
        if field.name == "filters":
            lines += ["filters = [", *[f"    {_filter_text(rule)}," for rule in profile.filters], "]"]
        elif field.name == "scores":
            lines += ["scores = [", *[f"    {_score_text(score)}," for score in profile.scores], "]"]
        elif profile.own is not None and field.name == "own":
            lines.append(f"own = {_record_text(('strategy', profile.own.strategy), profile.own)}")
        else:
            lines.append(f"{field.name} = {_value_text(value)}")
    return "\n".join(lines)


def _filter_text(rule: Filter) -> str:
    return _record_text(("rule", rule.rule), rule)


def _score_text(score: Score) -> str:
    return _record_text(("score", score.score), score)


def _record_text(name: tuple[str, str], record: Filter | Score | OwnStrategy) -> str:
    settings = [
        name,
        *[
            (field.name, getattr(record, field.name))
            for field in attrs.fields(type(record))
            if getattr(record, field.name) != field.default
        ],
    ]
    return f"{{{', '.join([f'{key} = {_value_text(value)}' for key, value in settings])}}}"


def _value_text(value: Any) -> str:
    if isinstance(value, tuple):
        return f"[{', '.join(map(_value_text, value))}]"
    return json.dumps(str(value) if isinstance(value, Decimal) else value)


@frozen(kw_only=True)
class UseProfile:
    """Note by which rules an order is routed. Shape: `label` is the name and version, `text` the rules."""

    label: str
    text: str
    at: datetime


@frozen(kw_only=True)
class ProfileUsed:
    label: str
    text: str
    at: datetime


@frozen(kw_only=True)
class KeptProfile:
    """A profile as it was when an order was first routed by it."""

    label: str
    text: str
    at: datetime


def decide_profile(kept: KeptProfile | None, command: UseProfile) -> Sequence[ProfileUsed]:
    """The first use as a fact. Raises: RefusedError when the same version was used with other rules."""
    if kept is None:
        return [ProfileUsed(label=command.label, text=command.text, at=command.at)]
    if kept.text != command.text:
        name, _, version = command.label.rpartition("@")
        raise RefusedError(
            f"routing profile {name} has other rules now than when orders were first routed by its version {version}; "
            f"give it version {int(version) + 1}",
            code="routing.profile_changed",
            then=kept.text,
            now=command.text,
        )
    return []


def evolve_profile(kept: KeptProfile | None, event: ProfileUsed) -> KeptProfile:
    """The profile as kept."""
    return KeptProfile(label=event.label, text=event.text, at=event.at)
