"""What can go wrong between an adapter and the world behind it, in words a harness can bring about."""

from __future__ import annotations

from enum import StrEnum


class Fault(StrEnum):
    """One way in which the next call to the world goes wrong."""

    DOWN = "down"
    """The call does not get through: nothing happens."""
    LOST_ANSWER = "lost answer"
    """What was asked for is done, and the answer never arrives."""
    GARBAGE = "garbage"
    """What was asked for is done, and the answer cannot be read."""
    TWICE = "twice"
    """The call reaches the world two times, and the answer to the second arrives."""
    LATE = "late"
    """The call breaks, and reaches the world only after the next one has: it was overtaken."""
    PARTIAL = "in part"
    """Of the several things that were asked for in one call only some are done, and the answer never arrives."""
