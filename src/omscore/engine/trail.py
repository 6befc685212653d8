"""What earlier attempts at a task left behind, written at the end of its note, where people can read it too.

Before an effect is tried again two things must be known: how often it failed in a row, and whether any attempt may have
reached the backend. An attempt that nobody settled (its worker died) leaves a gap in the count, and counts as sent.
"""

from __future__ import annotations

import re

from omscore.border import tamed
from omscore.ports.keys import is_once_per_key
from omscore.ports.storage import Task
from omscore.records import frozen

_LONGEST = 800
_SURE, _OPEN = "nothing sent", "may have been sent"
_FORM = re.compile(rf" ?\[attempt ([0-9]{{1,9}}): ([0-9]{{1,9}}) failed in a row, ({_SURE}|{_OPEN})\]\Z")


@frozen(kw_only=True)
class Trail:
    """Where a task stands. Shape: `is_sure` when no attempt up to and including `attempt` can have had an effect."""

    attempt: int
    failures: int = 0
    is_sure: bool = True

    @classmethod
    def before(cls, task: Task) -> Trail:
        """What is known of a leased task before the attempt in progress does anything.

        Shape: failures count from the last revival on; whatever may have been sent before it stays so.
        """
        found = _FORM.search(task.note)
        if found is None:
            return cls(attempt=task.attempt, is_sure=task.attempt <= 1)
        last, failures, sent = found.groups()
        return cls(
            attempt=task.attempt,
            failures=max(0, min(int(failures), task.tries - 1)),
            is_sure=sent == _SURE and int(last) == task.attempt - 1,
        )

    def noted(self, says: str) -> str:
        """The note of the task after this attempt.

        >>> Trail(attempt=2, failures=2).noted("the provider is down")
        'the provider is down [attempt 2: 2 failed in a row, nothing sent]'
        """
        sent = _SURE if self.is_sure else _OPEN
        return f"{tamed(says, longest=_LONGEST)} [attempt {self.attempt}: {self.failures} failed in a row, {sent}]"


def words_of(note: str) -> str:
    """The note without its trail.

    >>> words_of("under way [attempt 3: 0 failed in a row, may have been sent]")
    'under way'
    """
    return _FORM.sub("", note)


def may_repeat(port: object, task: Task) -> bool:
    """Whether the port may be asked now: always when it keeps to keys, otherwise only while it was never asked."""
    return is_once_per_key(port) or Trail.before(task).is_sure
