"""What is odd about a shop's queues though each of them can be read: nobody comes into it, its rules count for nothing,
orders are in one that is gone.

Queues that go round in a circle, and names nobody knows, are no findings: such a file is not read at all.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from omscore.routing.choices import Rulebook
from omscore.routing.findings import Finding, Severity, warning
from omscore.routing.queues import Queues


def lint_queues(queues: Queues, rulebook: Rulebook, cancel_waiting_after_days: int) -> Iterator[Finding]:
    """Everything odd about the queues, in the order of the configuration."""
    entered = {profile.when_left: profile.name for profile in rulebook.profiles}
    following = {queue.then for queue in queues.values()}
    for name, queue in queues.items():
        path = f"queues.{name}"
        if name not in entered and name not in following:
            yield warning(
                path,
                f"queue {name}: no profile has it in when_left and no queue in then; only a person moves orders there",
            )
        if queue.only_at_runs and queue.every_hours > queue.most_days * 24:
            yield warning(
                f"{path}.every_hours",
                f"queue {name}: it runs every {queue.every_hours} hours and lets orders go after {queue.most_days} "
                "days; some are never tried in it",
            )
        if queue.profile:
            profile = rulebook.profile(queue.profile)
            if profile.when_left not in ("wait", name):
                yield warning(
                    f"{path}.profile",
                    f"queue {name}: when_left of the profile {profile.name} does not count in a queue; then does",
                )
    if queues and cancel_waiting_after_days:
        shorter = [name for name, queue in queues.items() if queue.most_days > cancel_waiting_after_days]
        if shorter:
            yield warning(
                "flows.cancel_waiting_after_days",
                f"it does not count for orders in a queue; {', '.join(shorter)} let them wait longer",
            )


def lint_stays(queues: Queues, inside: Mapping[str, int]) -> Iterator[Finding]:
    """Orders in queues that the file does not have any more. Shape: `inside` is how many orders are in each queue."""
    for name, count in sorted(inside.items()):
        if name not in queues:
            yield Finding(
                Severity.ERROR,
                f"queues.{name}",
                f"{count} {'order is' if count == 1 else 'orders are'} in the queue {name}, which is not in the file; "
                "put it back, or move them (omscore queues move)",
            )
