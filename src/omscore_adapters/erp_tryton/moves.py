"""Journal entries as the moves of Tryton's ledger."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from omscore.border import JsonValue
from omscore.errors import PortRefusedError
from omscore.ports.erp import JournalEntry
from omscore_adapters.erp_tryton.chart import find_period
from omscore_adapters.erp_tryton.client import TrytonServer
from omscore_adapters.erp_tryton.mapping import Chart, booking_day, move_values
from omscore_adapters.erp_tryton.posting import Found


class Moves:
    """The moves of these entries; a move's description is the id of its entry and nothing else."""

    model = "account.move"
    bears = "description"
    begun: frozenset[str] = frozenset()
    done = frozenset({"posted"})

    def __init__(self, server: TrytonServer, chart: Chart, entries: Mapping[str, JournalEntry]) -> None:
        self._server = server
        self._chart = chart
        self._entries = entries
        self._periods: dict[date, int | None] = {}

    def values(self, our_id: str) -> JsonValue:
        entry = self._entries[our_id]
        day = booking_day(entry)
        if day not in self._periods:
            self._periods[day] = find_period(self._server, self._chart, day)
        period = self._periods[day]
        if period is None:
            raise PortRefusedError(
                f"Tryton has no open period for {day}; open one, then try again with `omscore tasks retry`"
            )
        return move_values(entry, self._chart, period)

    def post(self, drafts: Mapping[str, Found]) -> None:
        self._server.call("account.move.post", [each.number for each in drafts.values()], context=self._chart.context)
