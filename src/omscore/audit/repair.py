"""Derived rows written anew from the log: states, stock rows, index entries and claims, as an audit found they must be.

The log, answers, tasks and documents are never touched. Where a stream's log is damaged its own rows have no cure, and
no stock row and no claim has one either, because any stream may have moved units or borne a name.
"""

from __future__ import annotations

from typing import assert_never

from omscore.audit.findings import Report
from omscore.audit.stock import STATES
from omscore.errors import SetupError
from omscore.ports.repairs import ClaimCure, Cure, EntryCure, Repairs, StateCure, StockCure
from omscore.ports.storage import Storage


def repair(storage: Storage, report: Report) -> int:
    """The number of rows written, all or none; an audit afterwards tells what is left.

    Raises: SetupError when the store cannot be mended, ConflictError when a row is not as the audit found it.
    """
    cures = report.cures
    if not cures:
        return 0
    if not isinstance(storage, Repairs):
        raise SetupError(
            "this store cannot be repaired in place; restore a backup, or use a store that can", code="storage.repairs"
        )
    storage.mend(cures)
    return len(cures)


def becomes(cure: Cure) -> str:
    """What a cure makes of its row, in words.

    >>> becomes(ClaimCure(name="reference:web:1001", was=None, becomes="order/o1"))
    'leads to order/o1'
    """
    match cure:
        case StateCure():
            return f"the replay of its {cure.version} events"
        case StockCure():
            if cure.becomes is None:
                return "no row"
            units = [f"{count} {name}" for name, count in zip(STATES, cure.becomes[3:], strict=True) if count]
            return ", ".join(units) or "no units"
        case EntryCure():
            return "listed" if cure.is_listed else "not listed"
        case ClaimCure():
            return f"leads to {cure.becomes}" if cure.becomes else "leads nowhere"
        case _:
            assert_never(cure)
