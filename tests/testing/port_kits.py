"""Runs the laws of a port's kit without pytest, so that a test can look at which of them reject an adapter."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from omscore.testing.conformance.ports import PortLaws


def laws_of(kit: type[PortLaws]) -> list[str]:
    """The names of its laws, in alphabetical order."""
    return sorted(name for name in dir(kit) if name.startswith("test_") and callable(getattr(kit, name)))


def skipped_by(kit: type[PortLaws], harness: Callable[[], object]) -> dict[str, str]:
    """The laws that are skipped over an adapter, each with the reason it gives."""
    return {law: why for law in laws_of(kit) if (why := _tried(kit, law, harness)[1])}


def rejected_by(kit: type[PortLaws], harness: Callable[[], object]) -> set[str]:
    """The laws that reject an adapter, each tried in a world of its own."""
    return {law for law in laws_of(kit) if _tried(kit, law, harness)[0]}


def _tried(kit: type[PortLaws], law: str, harness: Callable[[], object]) -> tuple[bool, str]:
    """Whether a law rejects an adapter, and why it was skipped if it was."""
    try:
        getattr(kit(), law)(harness())
    except pytest.skip.Exception as skip:
        return False, str(skip)
    except (Exception, pytest.fail.Exception):
        return True, ""
    return False, ""
