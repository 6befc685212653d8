"""One odd thing in a configuration, with its place and how bad it is."""

from __future__ import annotations

from enum import StrEnum

from omscore.records import frozen


class Severity(StrEnum):
    """How bad it is: an error stops orders, a warning is a rule that does nothing."""

    ERROR = "error"
    WARNING = "warning"


@frozen
class Finding:
    """One odd thing. Shape: `path` is where it stands in the configuration."""

    severity: Severity
    path: str
    says: str


def warning(path: str, says: str) -> Finding:
    """A rule that does nothing, or not what it seems to."""
    return Finding(Severity.WARNING, path, says)
