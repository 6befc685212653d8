"""What an audit found: which law does not hold, where in the store, and what both sides say.

The same damage is named once per law it breaks; a store with thousands of findings is broken enough, so the list ends
there and only the count goes on.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from omscore.ports.repairs import Cure
from omscore.records import frozen

MOST_FINDINGS = 5_000
"""How many findings are kept in words; the others are counted."""


class Law(StrEnum):
    """The laws an audit checks; `sentence` says each in words an accountant would accept."""

    FILE = "file"
    LOG = "log"
    REPLAY = "replay"
    STOCK = "stock"
    PROMISES = "promises"
    INDEX = "index"
    ORDERS = "orders"
    STUCK = "stuck"
    PAYMENTS = "payments"
    BOOKS = "books"
    CLAIMS = "claims"
    ANSWERS = "answers"
    HOLDS = "holds"
    CHECKPOINTS = "checkpoints"

    @property
    def sentence(self) -> str:
        """The law in words.

        >>> Law.REPLAY.sentence
        'replaying the events of a record gives the record'
        """
        return _SENTENCES[self]


_SENTENCES: Mapping[Law, str] = {
    Law.FILE: "the engine can read its file",
    Law.LOG: "events are numbered without gaps, belong where they stand, and bear unbroken seals",
    Law.REPLAY: "replaying the events of a record gives the record",
    Law.STOCK: "no cell is below zero, and every cell is the sum of its moves",
    Law.PROMISES: "every reserved, allocated, picked, held or expected unit is accounted for by exactly one record",
    Law.INDEX: "the index lists exactly what the records say",
    Law.ORDERS: "line quantities sum to the ordered units and agree with the fulfillment orders and returns",
    Law.STUCK: "for every open unit there is work, a hold, a place in the queue or a task",
    Law.PAYMENTS: "refunded <= captured, captured + voided <= authorised; every request has one answer, or a task",
    Law.BOOKS: "entries balance, customers owe what they were sent, and the inventory is worth the units owned",
    Law.CLAIMS: "the channel's order number leads to its order, and no name leads elsewhere",
    Law.ANSWERS: "what was acknowledged is there, and nothing was acknowledged twice",
    Law.HOLDS: "a hold ends once; a live one belongs to an open cart and will be let go of in time",
    Law.CHECKPOINTS: "all that a checkpoint sealed is still there, unchanged",
}


@frozen
class Finding:
    """One place where one law does not hold. Shape: `cure` is how the log says the row must be, where it can tell."""

    law: Law
    where: str
    says: str
    cure: Cure | None = None

    def __str__(self) -> str:
        return f"{self.law}: {self.where}: {self.says}"


@frozen(kw_only=True)
class Report:
    """The outcome of an audit.

    Shape: findings in the order they were met; `left_off` counts those beyond the first 5,000; `counts` tells how many
    streams, events, orders, units on hand, entries and so on were looked at; `digest` is that of the last checkpoint,
    empty when there is none.
    """

    findings: tuple[Finding, ...]
    counts: Mapping[str, int]
    left_off: int = 0
    digest: str = ""

    @property
    def cures(self) -> tuple[Cure, ...]:
        """What `Repairs.mend` can write so that these findings are gone."""
        return tuple(finding.cure for finding in self.findings if finding.cure is not None)

    @property
    def is_clean(self) -> bool:
        """True when every law holds everywhere."""
        return not self.findings


class Findings:
    """Collects findings while an audit runs.

    >>> found = Findings()
    >>> found.add(Law.STOCK, "TEA at MUC/general", "3 sellable in the row, 4 in the log")
    >>> str(found.kept[0])
    'stock: TEA at MUC/general: 3 sellable in the row, 4 in the log'
    """

    def __init__(self) -> None:
        self.kept: list[Finding] = []
        self.left_off = 0

    def add(self, law: Law, where: str, says: str, cure: Cure | None = None) -> None:
        """Note that a law does not hold somewhere."""
        if len(self.kept) < MOST_FINDINGS:
            self.kept.append(Finding(law, where, says, cure))
        else:
            self.left_off += 1
