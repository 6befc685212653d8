"""What every storage adapter agrees on before it touches a row: moments in UTC, the shape of a commit, stock by row.

The messages of refusals live here too, so that a shop reads the same sentence whichever store it keeps.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from itertools import chain
from typing import Any, NamedTuple

from omscore.errors import CommandKeyError, ConflictError, InputError, OmsError, PortError, StockShortError
from omscore.ids import PersonId
from omscore.ports.storage import Commit, Glance, Settlement, StockLevel, StorageReading, StoredState, TaskOutcome
from omscore.quantities import Move, StockState
from omscore.records import maker

STATES: tuple[StockState, ...] = tuple(StockState)
"""The states of a stock row, in the order of its columns and of the fields of a StockLevel."""

MOST_UNITS = 2**63 - 1
"""The largest count one cell can hold."""

StockRow = tuple[str, str, str]
"""SKU, location, pool."""

_new_glance = maker(Glance)
_new_state: Callable[[tuple[int, str | None]], StoredState] = partial(tuple.__new__, StoredState)
_new_level: Callable[[tuple[Any, ...]], StockLevel] = partial(tuple.__new__, StockLevel)

_POSITION = {state: position for position, state in enumerate(STATES)}


class Shortfall(NamedTuple):
    """A cell that holds fewer units than a commit would take."""

    sku: str
    location: str
    pool: str
    state: StockState
    wanted: int
    there: int


class StockChanges(NamedTuple):
    """The changed stock rows in key order: those some units are taken from, and those that only receive."""

    takes: tuple[tuple[StockRow, tuple[int, ...]], ...]
    gives: tuple[tuple[StockRow, tuple[int, ...]], ...]


_new_changes: Callable[[tuple[Any, ...]], StockChanges] = partial(tuple.__new__, StockChanges)


def utc(moment: datetime) -> datetime:
    """The same moment, written in UTC.

    Raises: InputError for a moment without an offset.

    >>> from datetime import timedelta, timezone
    >>> utc(datetime(2026, 3, 1, 1, tzinfo=timezone(timedelta(hours=1)))).isoformat()
    '2026-03-01T00:00:00+00:00'
    """
    if moment.tzinfo is UTC:
        return moment
    if moment.tzinfo is None or moment.utcoffset() is None:
        raise InputError(f"{moment} has no offset; give a moment such as 2026-03-01T09:00+00:00", code="input.moment")
    return moment.astimezone(UTC)


def stock_changes(moves: Iterable[Move]) -> StockChanges:
    """The moves summed per stock row, rows that come out even left out.

    Holds: demand on one cell is summed before it is checked.
    Raises: InputError for rows whose text not every database could keep.

    >>> from omscore.quantities import SUPPLIER, StockPlace
    >>> shelf = StockPlace("MUC", "general", StockState.SELLABLE)
    >>> stock_changes([Move("TEA", 3, SUPPLIER, shelf), Move("TEA", 2, SUPPLIER, shelf)]).gives
    ((('TEA', 'MUC', 'general'), (5, 0, 0, 0, 0, 0, 0)),)
    """
    rows: dict[StockRow, list[int]] = {}
    for sku, units, (location, pool, state), (to_location, to_pool, to_state) in moves:
        if location:
            key = (sku, location, pool)
            row = rows.get(key)
            if row is None:
                row = rows[key] = [0, 0, 0, 0, 0, 0, 0]
            row[_POSITION[state]] -= units  # type: ignore[index]
        if to_location:
            if to_location != location or to_pool != pool:  # most moves stay in their row
                key = (sku, to_location, to_pool)
                row = rows.get(key)
                if row is None:
                    row = rows[key] = [0, 0, 0, 0, 0, 0, 0]
            row[_POSITION[to_state]] += units  # type: ignore[index]
    checked_text("".join(chain.from_iterable(rows)))
    takes, gives = [], []
    for key in sorted(rows):
        change = tuple(rows[key])
        for units in change:
            if units < 0:
                takes.append((key, change))
                break
        else:
            if any(change):
                gives.append((key, change))
    return _new_changes((tuple(takes), tuple(gives)))


def glance_by_parts(
    reading: StorageReading,
    streams: Sequence[str],
    have: Mapping[str, int],
    skus: Sequence[str],
    documents: Sequence[tuple[PersonId, str]],
) -> Glance:
    """A glance by one question for each part, where asking for all at once saves nothing."""
    found = {document: reading.vault_get(*document) for document in documents}
    return Glance(
        states=reading.load(streams, have),
        levels=reading.stock(skus),
        documents={document: body for document, body in found.items() if body is not None},
    )


def glanced(rows: Iterable[tuple[Any, ...]]) -> Glance:
    """What was found by a statement that looks for streams, stock and personal documents at once.

    Shape: rows of three texts and seven counts, told apart by what is NULL: a stream has no second text, a document no
    count.
    """
    states: dict[str, StoredState] = {}
    levels: list[StockLevel] = []
    documents: dict[tuple[PersonId, str], str] = {}
    for row in rows:
        if row[1] is None:
            states[row[0]] = _new_state((row[3], row[2]))
        elif row[3] is None:
            documents[row[0], row[1]] = row[2]
        else:
            levels.append(_new_level(row))
    levels.sort()
    return _new_glance(states, tuple(levels), documents)


def shortfalls(row: StockRow, change: Iterable[int], there: Iterable[int]) -> list[Shortfall]:
    """Every cell of one stock row that would go below zero."""
    return [
        Shortfall(*row, state, -units, count)
        for state, units, count in zip(STATES, change, there, strict=True)
        if units < 0 and count + units < 0
    ]


def stock_short(short: Iterable[Shortfall]) -> StockShortError:
    """The refusal that names every short cell; its sentence shows the first five."""
    cells = tuple(short)
    shown = "; ".join(
        f"{cell.sku} at {cell.location}/{cell.pool}: {cell.wanted} {cell.state} wanted, {cell.there} there"
        for cell in cells[:5]
    )
    more = f"; and {len(cells) - 5} more" if len(cells) > 5 else ""
    return StockShortError(f"not enough stock ({shown}{more}); take fewer units or another location", shortfalls=cells)


def version_conflict(stream: str, expected: int, found: int) -> ConflictError:
    return ConflictError(
        f"stream {stream} is at version {found}, not {expected}; load it again and retry",
        code="conflict.version",
        stream=stream,
        expected=expected,
        found=found,
    )


def claim_conflict(name: str, holder: str) -> ConflictError:
    return ConflictError(
        f"{name} is taken by {holder}; load that stream or use another name",
        code="conflict.claim",
        name=name,
        holder=holder,
    )


def stale_settlement(settlement: Settlement) -> ConflictError:
    return ConflictError(
        f"attempt {settlement.attempt} of task {settlement.task_id} is not the one in progress; drop its result",
        code="conflict.attempt",
        task_id=settlement.task_id,
        attempt=settlement.attempt,
    )


def outrun_repair(what: str) -> ConflictError:
    return ConflictError(
        f"{what} has changed since the audit; nothing was repaired, audit again", code="conflict.repair", what=what
    )


def key_reused(command_key: str) -> CommandKeyError:
    return CommandKeyError(
        f"command key {command_key} was used before with other content; draw a new key for a new command",
        command_key=command_key,
    )


def text_refused(problem: object) -> InputError:
    return InputError(f"a text of this commit cannot be stored ({problem}); clean it", code="input.text")


def units_refused(problem: object) -> InputError:
    return InputError(f"a count would outgrow its cell ({problem}); check the units of the moves", code="input.units")


def checked(commit: Commit) -> None:
    """Raises: InputError for a commit whose shape the port forbids, a moment without an offset, or text that not every
    database could keep: NUL, or half a surrogate pair. Texts of moves are checked with the stock rows they name.
    """
    utc(commit.at)
    streams: list[str] = []
    texts = [commit.command_key or "", commit.fingerprint, commit.answer]
    for change in commit.changes:
        if not change.events:
            raise InputError(
                f"the change of {change.stream} brings no event; a state only changes through events",
                code="input.commit",
                stream=change.stream,
            )
        streams.append(change.stream)
        texts.append(change.state)
        for name, _, body in change.events:
            texts += (name, body)
        if change.listed:
            texts += chain.from_iterable(change.listed)
        if change.unlisted:
            texts += chain.from_iterable(change.unlisted)
    if commit.unchanged:
        streams += [seen.stream for seen in commit.unchanged]
    if len(set(streams)) != len(streams):
        raise InputError(
            f"a commit names each stream once, but these are listed twice: "
            f"{sorted({name for name in streams if streams.count(name) > 1})}; join their events",
            code="input.commit",
        )
    texts += streams
    for task in commit.tasks:
        texts += (task.task_id, task.kind, task.payload)
    for claim in commit.claims:
        texts += (claim.name, claim.stream)
    if commit.settlements:
        _check_settlements(commit.settlements)
        for settlement in commit.settlements:
            texts += (settlement.task_id, settlement.note)
    if commit.vault:
        for document in commit.vault:
            texts += (document.person_id, document.name, document.body)
    checked_text("".join(texts))


def _check_settlements(settlements: Iterable[Settlement]) -> None:
    for settlement in settlements:
        if settlement.outcome is TaskOutcome.RETRY and settlement.due_at is None:
            raise InputError(
                f"the retry of task {settlement.task_id} needs a due moment; set due_at",
                code="input.commit",
                task_id=settlement.task_id,
            )


def checked_text(text: str) -> str:
    """The text itself. Raises: InputError for NUL, or half a surrogate pair.

    >>> checked_text("tea")
    'tea'
    """
    if "\0" in text:
        raise text_refused("it holds a NUL character")
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError as error:
            raise text_refused(error.reason) from error
    return text


def answer_or_error(commit_one: Callable[[Commit], str], commit: Commit) -> str | OmsError:
    """What one commit of a group came to. Raises: what fells the whole group, which no other commit survives."""
    try:
        return commit_one(commit)
    except PortError:
        raise
    except OmsError as error:
        return error
