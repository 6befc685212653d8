"""Bounds of the whole numbers that filters and scores are set to, as attrs validators."""

from __future__ import annotations

import attrs

from omscore.errors import InputError


def above_zero(_instance: object, field: attrs.Attribute[int], value: int) -> None:
    """Refuse a setting that is zero or less. Raises: InputError naming it."""
    if value <= 0:
        raise InputError(f"{field.name} must be above zero, and is {value}")


def not_below_zero(_instance: object, field: attrs.Attribute[int], value: int) -> None:
    """Refuse a setting below zero. Raises: InputError naming it."""
    if value < 0:
        raise InputError(f"{field.name} must be zero or more, and is {value}")
