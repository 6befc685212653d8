"""What can go wrong between an adapter and the world behind it, in words a harness can bring about."""

from __future__ import annotations

from enum import StrEnum


class Fault(StrEnum):
    """One way in which the next call to the world fails."""

    DOWN = "down"
    """The call does not get through: nothing happens."""
    LOST_ANSWER = "lost answer"
    """What was asked for is done, and the answer never arrives."""
    GARBAGE = "garbage"
    """What was asked for is done, and the answer cannot be read."""
