"""The books of the shop in Tryton: each entry a posted move that bears the entry's id, and never two of them.

Tryton has no key that would make a request take effect once, so the moves themselves decide. A move is first made as a
draft; it is posted only after a look that found no other move of the same entry. Who finds several keeps the lowest
and deletes the other drafts; Tryton lets nobody post a deleted draft or delete a posted move. Two workers that both
posted would each have looked, after making their own move, before the other had made one: that cannot be.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from threading import Lock
from typing import NamedTuple

from omscore.border import JsonValue
from omscore.errors import PortRefusedError, PortTransientError, PortUnknownError
from omscore.ports.erp import JournalEntry
from omscore_adapters.erp_tryton.chart import find_chart, find_period, number_of, read
from omscore_adapters.erp_tryton.client import TrytonRefusedError, TrytonServer
from omscore_adapters.erp_tryton.mapping import Chart, booking_day, checked_entry_id, move_values
from omscore_adapters.erp_tryton.settings import TrytonSettings

_LOOKS = 6
"""After so many looks that each found something else, others are at the same entries: they may finish first."""


class Move(NamedTuple):
    """A move of Tryton as a look finds it."""

    number: int
    is_posted: bool


class TrytonBooks:
    """Books kept in Tryton, to which several workers may post.

    Holds: an entry id is posted at most once, also across lost answers and crashes.
    """

    def __init__(self, settings: TrytonSettings) -> None:
        self._settings = settings
        self._server = TrytonServer(settings)
        self._chart: Chart | None = None
        self._lock = Lock()

    def post(self, entries: Sequence[JournalEntry]) -> None:
        """Books every entry it can; an entry id that is booked already is left as it is.

        Raises: PortRefusedError naming each entry that Tryton does not take and why, after all others are booked;
        PortTransientError and PortUnknownError when some may be missing: post them again.
        """
        wanted: dict[str, JournalEntry] = {}
        refused: dict[str, str] = {}
        for entry in entries:
            try:
                wanted.setdefault(checked_entry_id(entry), entry)
            except PortRefusedError as error:
                refused[entry.entry_id] = str(error)
        with self._lock:  # one session, one chart
            if wanted:
                self._chart = self._chart or find_chart(self._server, self._settings)
                refused |= _Posting(self._server, self._chart, wanted).done()
        if refused:
            told = "; ".join(f"entry {entry_id!r}: {says}" for entry_id, says in refused.items())
            raise PortRefusedError(
                f"{len(refused)} of {len(wanted | refused)} entries are not booked: {told}",
                code="port.refused.entry",
                entry_ids=tuple(refused),
            )


class _Posting:
    """One call's way from entries to posted moves, one look at a time."""

    def __init__(self, server: TrytonServer, chart: Chart, wanted: Mapping[str, JournalEntry]) -> None:
        self._server = server
        self._chart = chart
        self._open = dict(wanted)
        self._made: set[str] = set()
        self._refused: dict[str, str] = {}
        self._periods: dict[date, int | None] = {}

    def done(self) -> dict[str, str]:
        """Posts all; the entries that Tryton does not take, with its reasons."""
        for _ in range(_LOOKS):
            found = self._look(self._open)
            missing: list[str] = []
            alone: dict[str, int] = {}
            surplus: list[int] = []
            for entry_id in [*self._open]:
                moves = found.get(entry_id, [])
                drafts = [each.number for each in moves if not each.is_posted]
                if len(drafts) < len(moves):  # booked: whatever else was begun for it goes
                    surplus += drafts
                    del self._open[entry_id]
                elif not moves:
                    missing.append(entry_id)
                elif len(moves) == 1:
                    alone[entry_id] = drafts[0]
                else:
                    surplus += drafts[1:]
            self._delete(surplus)
            self._post(alone)
            lost = [entry_id for entry_id in missing if entry_id in self._made]
            if lost:
                raise PortUnknownError(f"moves of {_names(lost)} were asked for and are not to be seen; look again")
            self._make(missing)
            if not self._open:
                return self._refused
        raise PortTransientError(f"others are booking {_names(self._open)} at this moment too; post them again")

    def _look(self, entry_ids: Iterable[str]) -> dict[str, list[Move]]:
        rows = read(
            self._server,
            "account.move",
            [["company", "=", self._chart.company], ["description", "in", [*entry_ids]]],
            ["description", "state"],
            self._chart.context,
        )
        found: dict[str, list[Move]] = {}
        for row in rows:
            move = Move(number_of(row), row.get("state") == "posted")
            found.setdefault(str(row.get("description")), []).append(move)
        return found

    def _make(self, entry_ids: Sequence[str]) -> None:
        """Drafts of entries that have no move: together, or one by one when Tryton does not take them together."""
        values: dict[str, JsonValue] = {}
        for entry_id in entry_ids:
            try:
                values[entry_id] = self._values(self._open[entry_id])
            except PortRefusedError as error:
                self._refuse(entry_id, str(error))
        self._made.update(values)

        def make(chosen: Sequence[str]) -> None:
            self._server.call(
                "account.move.create", [values[entry_id] for entry_id in chosen], context=self._chart.context
            )

        for entry_id, says in self._each(make, [*values]).items():
            self._refuse(entry_id, says)

    def _post(self, drafts: Mapping[str, int]) -> None:
        def post(chosen: Sequence[str]) -> None:
            self._server.call(
                "account.move.post", [drafts[entry_id] for entry_id in chosen], context=self._chart.context
            )
            for entry_id in chosen:
                self._open.pop(entry_id, None)

        complaints = self._each(post, [*drafts])
        if not complaints:
            return
        found = self._look(complaints)
        for entry_id, says in complaints.items():
            if found.get(entry_id) == [Move(drafts[entry_id], False)]:  # still ours alone: the reason is its own
                self._delete([drafts[entry_id]])
                self._refuse(entry_id, says)

    def _each(self, act: Callable[[Sequence[str]], None], entry_ids: Sequence[str]) -> dict[str, str]:
        """Acts on all at once, or on each alone when Tryton refuses them together; what it says of those it refuses.

        Shape: a lost answer is no complaint: the next look tells what became of it.
        """
        try:
            if entry_ids:
                act(entry_ids)
            return {}
        except PortUnknownError:
            return {}
        except TrytonRefusedError as error:
            if len(entry_ids) == 1:
                return {entry_ids[0]: str(error)}
        complaints: dict[str, str] = {}
        for entry_id in entry_ids:
            complaints |= self._each(act, [entry_id])
        return complaints

    def _delete(self, numbers: Sequence[int]) -> None:
        for number in numbers:
            try:
                self._server.call("account.move.delete", [number], context=self._chart.context)
            except (TrytonRefusedError, PortUnknownError):
                continue  # somebody else deleted or posted it: the next look tells

    def _values(self, entry: JournalEntry) -> JsonValue:
        day = booking_day(entry)
        if day not in self._periods:
            self._periods[day] = find_period(self._server, self._chart, day)
        period = self._periods[day]
        if period is None:
            raise PortRefusedError(
                f"Tryton has no open period for {day}; open one, then try again with `omscore tasks retry`"
            )
        return move_values(entry, self._chart, period)

    def _refuse(self, entry_id: str, says: str) -> None:
        self._refused[entry_id] = says
        self._open.pop(entry_id, None)


def _names(entry_ids: Iterable[str]) -> str:
    return ", ".join(map(repr, entry_ids))
