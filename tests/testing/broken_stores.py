"""Stores that are wrong in one way each, all of them ways that real stores have been wrong in; tasks aside."""

from __future__ import annotations

import time
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime

import attrs

from omscore.errors import CommandKeyError, ConflictError, OmsError, StockShortError
from omscore.ids import PersonId
from omscore.ports.storage import (
    Checkpoint,
    Commit,
    EventRecord,
    Glance,
    StorageReading,
    StoredAnswer,
    StreamChange,
)
from omscore_adapters.storage_memory import MemoryStorage


def with_events(commit: Commit, change: StreamChange, events: tuple[EventRecord, ...]) -> Commit:
    """The commit with other events in one of its changes."""
    changed = tuple(attrs.evolve(each, events=events) if each is change else each for each in commit.changes)
    return attrs.evolve(commit, changes=changed)


class IgnoresVersions(MemoryStorage):
    """Writes the next version whatever version was expected: the last writer wins."""

    def commit(self, commit: Commit) -> str:
        with self._lock:
            found = self.load([change.stream for change in commit.changes], {})
            changes = tuple(
                attrs.evolve(change, expected_version=found[change.stream].version if change.stream in found else 0)
                for change in commit.changes
            )
            return super().commit(attrs.evolve(commit, changes=changes))


class LooksAtNothing(MemoryStorage):
    """Does not hold what a commit has looked at against what is there."""

    def commit(self, commit: Commit) -> str:
        return super().commit(attrs.evolve(commit, unchanged=()))


class LosesTheSecondEvent(MemoryStorage):
    """Keeps one event of each change."""

    def commit(self, commit: Commit) -> str:
        for change in commit.changes:
            commit = with_events(commit, change, change.events[:1])
        return super().commit(commit)


class HoldsPartOfTheStock(MemoryStorage):
    """Refuses a commit that is short, but keeps the moves that were possible."""

    def commit(self, commit: Commit) -> str:
        try:
            return super().commit(commit)
        except StockShortError:
            for move in commit.moves:
                try:
                    super().commit(Commit(at=commit.at, moves=(move,)))
                except OmsError:
                    continue
            raise


class ChecksEachMoveAlone(MemoryStorage):
    """Looks at one move after the other, each against what is on the shelf now."""

    def commit(self, commit: Commit) -> str:
        try:
            return super().commit(commit)
        except StockShortError:
            for move in commit.moves:
                with self.together():
                    super().commit(Commit(at=commit.at, moves=(move,)))
                    super().commit(Commit(at=commit.at, moves=(move._replace(origin=move.target, target=move.origin),)))
            return super().commit(attrs.evolve(commit, moves=commit.moves[:1]))


class NamesOneShortCell(MemoryStorage):
    """Names the first short cell and no other."""

    def commit(self, commit: Commit) -> str:
        try:
            return super().commit(commit)
        except StockShortError as error:
            cells = error.fields["shortfalls"]
            assert isinstance(cells, tuple)
            raise StockShortError(str(error), shortfalls=cells[:1]) from None


class ReadsThenWrites(MemoryStorage):
    """Looks whether there is enough, and writes later, without a lock around the two."""

    def commit(self, commit: Commit) -> str:
        try:
            with self.together():
                super().commit(commit)
                raise ZeroDivisionError  # it was only a look
        except ZeroDivisionError:
            time.sleep(0.002)
        try:
            return super().commit(commit)
        except StockShortError:
            return commit.answer


class ForgetsFingerprints(MemoryStorage):
    """Gives the answer of a command key to whatever content."""

    def commit(self, commit: Commit) -> str:
        try:
            return super().commit(commit)
        except CommandKeyError:
            known = self.answer(commit.command_key or "")
            assert known is not None
            return known.answer


class AnswersAnew(MemoryStorage):
    """Does a command once, but gives each who asks an answer of their own."""

    def commit(self, commit: Commit) -> str:
        super().commit(commit)
        return commit.answer


class BurnsKeys(MemoryStorage):
    """Remembers a command key even when its commit was refused."""

    def commit(self, commit: Commit) -> str:
        try:
            return super().commit(commit)
        except StockShortError:
            if commit.command_key is not None:
                super().commit(
                    attrs.evolve(commit, changes=(), moves=(), tasks=(), claims=(), settlements=(), vault=())
                )
            raise


class LetsClaimsGo(MemoryStorage):
    """Gives a name to the last who claims it."""

    def commit(self, commit: Commit) -> str:
        for claim in commit.claims:
            self._tables.claims.pop(claim.name, None)
        return super().commit(commit)


class SortsNumbersAsNumbers(MemoryStorage):
    """Has an opinion of its own about the order of text."""

    def listed(self, name: str, key: str, *, limit: int = 1000) -> tuple[str, ...]:
        entries = self._tables.index.get((name, key), {})
        ordered = sorted(entries, key=lambda entry: (len(entry[0]), entry))
        return tuple(stream for _, stream in ordered[: max(limit, 0)])


class DropsMicroseconds(MemoryStorage):
    """Keeps moments to the second."""

    def commit(self, commit: Commit) -> str:
        for change in commit.changes:
            events = tuple(event._replace(at=event.at.replace(microsecond=0)) for event in change.events)
            commit = with_events(commit, change, events)
        return super().commit(commit)


class DropsOffsets(MemoryStorage):
    """Takes the clock on the wall for UTC."""

    def commit(self, commit: Commit) -> str:
        tasks = tuple(attrs.evolve(task, due_at=task.due_at.replace(tzinfo=commit.at.tzinfo)) for task in commit.tasks)
        for change in commit.changes:
            events = tuple(event._replace(at=event.at.replace(tzinfo=UTC)) for event in change.events)
            commit = with_events(commit, change, events)
        return super().commit(attrs.evolve(commit, tasks=tasks))


class FoldsUnicode(MemoryStorage):
    """Composes letters and accents."""

    def commit(self, commit: Commit) -> str:
        changes = tuple(
            attrs.evolve(change, state=unicodedata.normalize("NFC", change.state)) for change in commit.changes
        )
        return super().commit(attrs.evolve(commit, changes=changes))


class StripsNul(MemoryStorage):
    """Makes text storable instead of refusing it."""

    def commit(self, commit: Commit) -> str:
        for change in commit.changes:
            commit = with_events(
                commit, change, tuple(event._replace(body=event.body.replace("\0", "")) for event in change.events)
            )
        return super().commit(commit)


class ForgetsNobody(MemoryStorage):
    """Says that documents were removed, and keeps them."""

    def vault_erase(self, person_id: PersonId) -> int:
        return len(self.vault_names(person_id))


class KeepsWhatFell(MemoryStorage):
    """Makes the commits of a group for good although an exception left it."""

    @contextmanager
    def together(self) -> Iterator[None]:
        fell: Exception | None = None
        with super().together():
            try:
                yield
            except Exception as error:
                fell = error
        if fell is not None:
            raise fell


class StopsAtTheFirstRefusal(MemoryStorage):
    """Gives up a group of commits at the first one that is refused."""

    def commit_many(self, commits: Sequence[Commit]) -> tuple[str | OmsError, ...]:
        results: list[str | OmsError] = []
        for result in super().commit_many(commits):
            refused = next((each for each in results if isinstance(each, OmsError)), None)
            results.append(refused or result)
        return tuple(results)


class FellsTheWholeGroup(MemoryStorage):
    """Makes none of many commits when one of them is refused."""

    def commit_many(self, commits: Sequence[Commit]) -> tuple[str | OmsError, ...]:
        results: tuple[str | OmsError, ...] = ()
        try:
            with self.together():
                results = super().commit_many(commits)
                if any(isinstance(each, OmsError) for each in results):
                    raise ConflictError("one of them was refused")
        except ConflictError:
            pass
        return results


class ShowsTheRunningStore(MemoryStorage):
    """Takes no picture: a snapshot of it goes on changing."""

    @contextmanager
    def snapshot(self) -> Iterator[StorageReading]:
        yield self


class SealsAnew(MemoryStorage):
    """Takes a new checkpoint although nothing has changed."""

    def checkpoint(self, at: datetime) -> Checkpoint:
        last = super().checkpoint(at)
        made = last._replace(number=len(self._tables.checkpoints) + 1, at=at)
        self._tables.checkpoints.append(made)
        return made


class NeverHeardOfKeys(MemoryStorage):
    """Remembers a command key only as long as nobody asks for it."""

    def answer(self, command_key: str) -> StoredAnswer | None:
        with self._lock:
            return self._tables.answers.pop(command_key, None)


class GlancesPastTheNotes(MemoryStorage):
    """Finds one document of each person, whatever name was asked for."""

    def glance(
        self,
        streams: Sequence[str],
        have: Mapping[str, int],
        skus: Sequence[str],
        documents: Sequence[tuple[PersonId, str]],
    ) -> Glance:
        found = super().glance(streams, have, skus, documents)
        of_person = {person_id: body for (person_id, _), body in found.documents.items()}
        return found._replace(documents={(person_id, "person"): body for person_id, body in of_person.items()})


class KnowsTheFirstKeys(MemoryStorage):
    """Asks for as many keys as fit into one question, and leaves out the rest."""

    def known(self, command_keys: Sequence[str]) -> dict[str, StoredAnswer]:
        return super().known(command_keys[:8])
