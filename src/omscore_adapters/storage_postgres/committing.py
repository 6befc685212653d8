"""Commits on their way to the server: alone, in a group, tried again when outrun, looked up when an answer was lost."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from threading import local
from typing import Any

import psycopg

from omscore.errors import ConflictError, OmsError, PortError, PortTransientError
from omscore.ports.storage import Commit
from omscore_adapters.storage_common import Shortfall, shortfalls, stock_changes, stock_short
from omscore_adapters.storage_postgres import statements as sql
from omscore_adapters.storage_postgres.connections import Connections, Link
from omscore_adapters.storage_postgres.failures import OUTRUN, Failure, failure, is_lost, is_outrun, refusal
from omscore_adapters.storage_postgres.functions import STOCK_MISSED
from omscore_adapters.storage_postgres.outcomes import LostError, group_not_made, outcome, unknown
from omscore_adapters.storage_postgres.writing import document, documents

MOST_TRIES = 8
DEADLINE_S = 5.0


class Committing:
    """The writing side of one store.

    Holds: a commit whose outcome is not known is never sent again before its command key was looked up.
    """

    def __init__(self, connections: Connections) -> None:
        self._connections = connections
        self._groups = local()

    def alone(self, commit: Commit) -> str:
        """The answer of one commit, durable. Raises: what it was refused with."""
        text = document(commit)
        for _ in range(MOST_TRIES):
            try:
                ((answer,),) = self._sent(sql.COMMIT_ONE, text)
                return str(answer)
            except LostError as lost:
                return self._looked_up(lost, commit)
            except psycopg.Error as error:
                code = error.sqlstate or ""
                if code != STOCK_MISSED:
                    raise refusal(code, error.diag.message_detail or str(error), commit) from None
                self._raise_short(commit)
                # somebody has put units there since; the commit gets another try
        raise _keeps_changing()

    def many(self, commits: Sequence[Commit]) -> tuple[str | OmsError, ...]:
        """Each commit's answer or its own error; one transaction, or a part of the group this thread has open."""
        results: dict[int, str | OmsError] = {}
        texts: dict[int, str] = {}
        for number, commit in enumerate(commits):
            try:
                texts[number] = document(commit)
            except OmsError as error:
                results[number] = error
        if texts:
            try:
                rows = self._sent(sql.COMMIT_MANY, documents(list(texts.values())))
            except LostError as lost:
                rows = [(self._found(lost, commits[number]), None, None, False) for number in texts]
            except psycopg.Error as error:
                raise failure(error) from error
            for number, (answer, code, detail, is_new) in zip(texts, rows, strict=True):
                commit = commits[number]
                if code is None:
                    results[number] = answer
                elif code == STOCK_MISSED:
                    results[number] = self._short_or_again(commit, detail)
                elif code in OUTRUN and self._connections.group is None:
                    results[number] = self._again(commit)
                else:
                    results[number] = refusal(code, detail, commit)
                if is_new and commit.command_key is not None and self._connections.group is not None:
                    self._groups.witness = commit.command_key
        return tuple(results[number] for number in range(len(commits)))

    @contextmanager
    def together(self) -> Iterator[None]:
        """One transaction for all that this thread does inside; a block within a block joins it."""
        if self._connections.group is not None:
            yield
            return
        self._groups.witness, self._groups.afterwards = None, []
        try:
            with self._connections.grouped() as link:
                self._execute(link, "BEGIN")
                try:
                    yield
                except BaseException:
                    with suppress(psycopg.Error):
                        link.connection.rollback()
                    raise
                self._end(link)
        except LostError as lost:
            self._group_looked_up(lost)
        for step in self._groups.afterwards:
            step()

    def afterwards(self, step: Callable[[], object]) -> None:
        """Runs `step` outside any transaction: now, or once the group is durable."""
        if self._connections.group is None:
            step()
        else:
            self._groups.afterwards.append(step)

    def _end(self, link: Link) -> None:
        """Makes the group durable. Raises: LostError when the answer to that was lost."""
        if link.connection.closed:
            raise group_not_made()
        if link.connection.info.transaction_status is psycopg.pq.TransactionStatus.INERROR:
            with suppress(psycopg.Error):
                link.connection.rollback()
            raise PortTransientError("the engine gave this group up and none of its commits was made; make them again")
        try:
            link.connection.execute("COMMIT")
        except psycopg.Error as error:
            if not is_lost(error):
                raise failure(error) from error
            raise LostError(link, error) from error

    def _group_looked_up(self, lost: LostError) -> None:
        """The group stands or falls as a whole, so one command key that was new in it tells."""
        if self._groups.witness is None:
            raise unknown() from lost
        if outcome(self._connections, lost, self._groups.witness) is None:
            raise group_not_made() from lost

    def _sent(self, statement: str, text: str) -> list[tuple[Any, ...]]:
        """The rows of one call, tried again as a whole while somebody's locks are in the way."""
        group = self._connections.group
        deadline_s = time.monotonic() + DEADLINE_S
        for tried in range(1, MOST_TRIES + 1):
            try:
                with self._connections.one() as link:
                    try:
                        return link.connection.execute(statement, (text,), prepare=True).fetchall()
                    except psycopg.Error as error:
                        if is_lost(error):
                            raise LostError(link, error) from error
                        raise
            except psycopg.Error as error:
                if not is_outrun(error) or group is not None:
                    raise
                if tried == MOST_TRIES or time.monotonic() >= deadline_s:
                    raise failure(error) from error
                time.sleep(random.uniform(0, min(0.2, 0.001 * 2**tried)))  # noqa: S311 (spreads contenders)
            except Failure as error:
                raise failure(error) from error
        raise AssertionError("unreachable")

    def _looked_up(self, lost: LostError, commit: Commit) -> str:
        found = self._found(lost, commit)
        if isinstance(found, OmsError):
            raise found from lost
        return found

    def _found(self, lost: LostError, commit: Commit) -> str | OmsError:
        """What became of a commit whose answer was lost, from its command key, once its server process is gone."""
        if self._connections.group is not None:
            return group_not_made()
        if commit.command_key is None:
            return unknown()
        try:
            known = outcome(self._connections, lost, commit.command_key)
        except PortError as error:
            return error
        if known is None:
            return PortTransientError("the connection was lost and the commit was not made; try again")
        if known[0] != commit.fingerprint:
            return refusal("OM001", "", commit)
        return known[1]

    def _raise_short(self, commit: Commit) -> None:
        short = _short_cells(commit, self._levels(commit))
        if short:
            raise stock_short(short)

    def _again(self, commit: Commit) -> str | OmsError:
        try:
            return self.alone(commit)
        except OmsError as error:
            return error

    def _short_or_again(self, commit: Commit, levels: str | None) -> str | OmsError:
        short = _short_cells(commit, json.loads(levels or "[]"))
        if short:
            return stock_short(short)
        if self._connections.group is not None:
            return _keeps_changing()
        return self._again(commit)

    def _levels(self, commit: Commit) -> list[tuple[Any, ...]]:
        """The stock rows that a commit takes from, as they are now."""
        takes = stock_changes(commit.moves).takes
        columns = [list(column) for column in zip(*(row for row, _ in takes), strict=True)]
        with self._connections.one() as link:
            try:
                return link.connection.execute(sql.LEVELS, columns).fetchall()
            except psycopg.Error as error:
                raise failure(error) from error

    def _execute(self, link: Link, statement: str) -> None:
        try:
            link.connection.execute(statement)
        except psycopg.Error as error:
            raise failure(error) from error


def _short_cells(commit: Commit, levels: Sequence[Sequence[Any]]) -> list[Shortfall]:
    """The cells a commit would take more from than they hold, its stock rows being so; empty when there is enough."""
    there = {tuple(row[:3]): row[3:] for row in levels}
    return [
        cell
        for row, change in stock_changes(commit.moves).takes
        for cell in shortfalls(row, change, there.get(row, (0,) * len(change)))
    ]


def _keeps_changing() -> ConflictError:
    return ConflictError("the stock of this commit keeps changing; load again and retry", code="conflict.busy")
