"""From documents of ours to posted records of Tryton, each once, whatever gets lost and whoever else is at work.

Tryton has no key that would make a request take effect once, so the records themselves decide. One is first made as a
draft that bears our id; it is posted only after a look that found no other of the same id. Who finds several keeps one
that somebody has begun to post, else the lowest, and deletes the other drafts; Tryton lets nobody post a deleted draft
or delete a posted record. Two workers that both posted would each have looked, after making their own draft, before the
other had made one: that cannot be.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple, Protocol

from omscore.border import JsonValue
from omscore.errors import PortRefusedError, PortTransientError, PortUnknownError
from omscore_adapters.erp_tryton.chart import number_of, read
from omscore_adapters.erp_tryton.client import TrytonRefusedError, TrytonServer
from omscore_adapters.erp_tryton.mapping import Chart

_LOOKS = 7
"""After so many looks that each found something else, others are at the same documents: they may finish first."""


class Found(NamedTuple):
    """A record of Tryton as a look finds it. Shape: `name` is what Tryton calls it, empty before it is counted."""

    number: int
    is_begun: bool
    is_posted: bool
    name: str = ""


class Came(NamedTuple):
    """What became of documents: what Tryton calls those it has, and why it does not take the others, by our ids."""

    names: dict[str, str]
    refused: dict[str, str]


class Sort(Protocol):
    """What the records of one model are made of and how they are posted."""

    @property
    def model(self) -> str: ...

    @property
    def bears(self) -> str:
        """The field that holds our id."""
        ...

    @property
    def begun(self) -> frozenset[str]:
        """The states on the way to that, in which Tryton deletes it no more."""
        ...

    @property
    def done(self) -> frozenset[str]:
        """The states in which it is posted."""
        ...

    def values(self, our_id: str) -> JsonValue:
        """The record to make. Raises: PortRefusedError for what cannot be one."""
        ...

    def post(self, drafts: Mapping[str, Found]) -> None:
        """Posts drafts by our ids. Raises: TrytonRefusedError when Tryton does not take them together."""
        ...


class Posting:
    """One call's way from documents to posted records, one look at a time."""

    def __init__(self, server: TrytonServer, chart: Chart, sort: Sort, wanted: Iterable[str]) -> None:
        self._server = server
        self._chart = chart
        self._sort = sort
        self._open = dict.fromkeys(wanted)
        self._made: set[str] = set()
        self._complained: set[str] = set()
        self._came = Came({}, {})

    def done(self) -> Came:
        """Posts all that Tryton takes, each of which is seen to be posted before this returns."""
        for _ in range(_LOOKS):
            found = self._look(self._open)
            missing: list[str] = []
            alone: dict[str, Found] = {}
            surplus: list[int] = []
            for our_id in [*self._open]:
                records = found.get(our_id, [])
                begun_first = sorted(records, key=lambda each: (not each.is_begun, each.number))
                drafts = [each.number for each in begun_first if not each.is_posted]
                if len(drafts) < len(records):  # booked: whatever else was begun for it goes
                    surplus += drafts
                    names = [each.name for each in records if each.is_posted and each.name]
                    if names:
                        self._came.names[our_id] = names[0]
                    del self._open[our_id]
                elif not records:
                    missing.append(our_id)
                elif len(records) == 1:
                    alone[our_id] = records[0]
                else:
                    surplus += drafts[1:]
            self._delete(surplus)
            self._post(alone)
            lost = [our_id for our_id in missing if our_id in self._made]
            if lost:
                raise PortUnknownError(f"records of {_names(lost)} were asked for and are not to be seen; look again")
            self._make(missing)
            if not self._open:
                return self._came
        raise PortTransientError(f"others are booking {_names(self._open)} at this moment too; post them again")

    def _look(self, our_ids: Iterable[str]) -> dict[str, list[Found]]:
        sort = self._sort
        rows = read(
            self._server,
            sort.model,
            [["company", "=", self._chart.company], [sort.bears, "in", [*our_ids]]],
            [sort.bears, "state", "number"],
            self._chart.context,
        )
        found: dict[str, list[Found]] = {}
        for row in rows:
            state, name = row.get("state"), row.get("number")
            record = Found(number_of(row), state in sort.begun, state in sort.done, str(name or ""))
            found.setdefault(str(row.get(sort.bears)), []).append(record)
        return found

    def _make(self, our_ids: Sequence[str]) -> None:
        """Drafts of documents that have none: together, or one by one when Tryton does not take them together."""
        values: dict[str, JsonValue] = {}
        for our_id in our_ids:
            try:
                values[our_id] = self._sort.values(our_id)
            except PortRefusedError as error:
                self._refuse(our_id, str(error))
        self._made.update(values)

        def make(chosen: Sequence[str]) -> None:
            self._call("create", [values[our_id] for our_id in chosen])

        for our_id, says in self._each(make, [*values]).items():
            self._refuse(our_id, says)

    def _post(self, drafts: Mapping[str, Found]) -> None:
        def post(chosen: Sequence[str]) -> None:
            self._sort.post({our_id: drafts[our_id] for our_id in chosen})

        complaints = self._each(post, [*drafts])
        if not complaints:
            return
        found = self._look(complaints)
        for our_id, says in complaints.items():
            if found.get(our_id) != [drafts[our_id]]:
                continue
            # Still ours alone, so the reason is its own; only where there are steps somebody may have taken one back.
            if self._sort.begun and our_id not in self._complained:
                self._complained.add(our_id)
                continue
            self._delete([drafts[our_id].number])
            self._refuse(our_id, says)

    def _each(self, act: Callable[[Sequence[str]], None], our_ids: Sequence[str]) -> dict[str, str]:
        """Acts on all at once, or on each alone when Tryton refuses them together; what it says of those it refuses.

        Shape: a lost answer is no complaint: the next look tells what became of it.
        """
        try:
            if our_ids:
                act(our_ids)
            return {}
        except PortUnknownError:
            return {}
        except TrytonRefusedError as error:
            if len(our_ids) == 1:
                return {our_ids[0]: str(error)}
        complaints: dict[str, str] = {}
        for our_id in our_ids:
            complaints |= self._each(act, [our_id])
        return complaints

    def _delete(self, numbers: Sequence[int]) -> None:
        for number in numbers:
            try:
                self._call("delete", [number])
            except (TrytonRefusedError, PortUnknownError):
                continue  # somebody else deleted or posted it: the next look tells

    def _call(self, method: str, *params: JsonValue) -> JsonValue:
        return self._server.call(f"{self._sort.model}.{method}", *params, context=self._chart.context)

    def _refuse(self, our_id: str, says: str) -> None:
        self._came.refused[our_id] = says
        self._open.pop(our_id, None)


def _names(our_ids: Iterable[str]) -> str:
    return ", ".join(map(repr, our_ids))
