"""The whole file, understood before the first order is placed: what happens when, and what stock it will take.

The plan is made from the file alone. A replay that was interrupted makes it again and goes on where the store ends.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from hashlib import sha256

from omscore.cli.replay.fates import Fate
from omscore.cli.replay.invoices import Invoice, sorted_invoices
from omscore.cli.replay.matching import Errand, matched
from omscore.cli.replay.rows import Reject, Row
from omscore.errors import SetupError
from omscore.records import frozen


@frozen(kw_only=True)
class Plan:
    """What a file comes to.

    Shape: `invoices` in the order they happen; `errands` by credit note; `fates` by row, None while goods given back
    are either cancelled or returned; `reasons` of the rejects and `cells` by row number; `seal` tells two files apart.
    """

    invoices: tuple[Invoice, ...]
    errands: dict[str, tuple[Errand, ...]]
    fates: tuple[Fate | None, ...]
    reasons: dict[int, str]
    cells: dict[int, tuple[str, ...]]
    seal: str

    @property
    def first_day(self) -> date:
        return self.invoices[0].at.date()

    @property
    def last_day(self) -> date:
        return self.invoices[-1].at.date()


def plan_of(rows: Iterable[tuple[Row | Reject, tuple[str, ...]]]) -> Plan:
    """The plan of a file's rows.

    Raises: SetupError when no row can be used at all.
    """
    seal = sha256()

    def sealed() -> Iterable[tuple[Row | Reject, tuple[str, ...]]]:
        for row, cells in rows:
            seal.update("\x1f".join(cells).encode("utf-8", "surrogatepass") + b"\n")
            yield row, cells

    found = sorted_invoices(sealed())
    if not found.invoices:
        why = f"; row 1: {found.reasons[1]}" if found.reasons else ""
        raise SetupError(f"the file has {len(found.fates)} rows and none can be replayed{why}")
    match = matched(found.invoices)
    fates = list(found.fates)
    for number in match.reasons:
        fates[number - 1] = Fate.REJECT
    reasons = found.reasons | match.reasons
    return Plan(
        invoices=found.invoices,
        errands=match.errands,
        fates=tuple(fates),
        reasons=reasons,
        cells=found.cells,
        seal=seal.hexdigest()[:16],
    )
