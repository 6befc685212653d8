"""One unit of work: runs a command and all that follows from it, and comes to one commit.

A command is decided on by its context, or first planned (`engine.plans`) when it needs to look at stock, taxes or
routing. Every event is applied, then shown to the flows that react to its class; what they ask for is run in the same
unit.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from omscore.customers.model import Customer
from omscore.engine.contexts import BY_COMMAND, BY_STATE
from omscore.engine.desk import Desk
from omscore.engine.erptasks import erp_tasks
from omscore.engine.observing import tellings
from omscore.engine.seen import seen_streams
from omscore.engine.view import View
from omscore.flows import REACTIONS_TO
from omscore.flows.world import Later, TaskKind
from omscore.ids import PersonId
from omscore.ports.storage import (
    Claim,
    Commit,
    EventRecord,
    Settlement,
    StreamChange,
    TaskRequest,
    VaultWrite,
)
from omscore.records import maker

_new_task_request = maker(TaskRequest)
_new_stream_change = maker(StreamChange)
_new_event_record = maker(EventRecord)
_new_claim = maker(Claim)
_new_commit = maker(Commit)

_ERP = TaskKind.ERP  # by a name of its own: a member is looked up in its enum for as long as a record takes


class Unit(View):
    """The world inside one commit being made, and what is done in it; it satisfies `flows.world.World`."""

    def __init__(self, desk: Desk, at: datetime, *, again: bool = False) -> None:
        super().__init__(desk, at, again=again)
        self.events: list[Any] = []
        self._written: dict[str, list[EventRecord]] = {}
        self._tasks: dict[str, TaskRequest] = {}
        self._claims: list[Claim] = []
        self._vault: list[VaultWrite] = []

    def run(self, command: Any) -> None:
        """Run a command with everything that follows from it."""
        self.desk.plans[type(command)](self, command)

    def decide(self, command: Any) -> None:
        """Let the command's context decide, apply the events and show them to the flows."""
        context = BY_COMMAND[type(command)]
        stream = f"{context.prefix}/{context.id_of(command)}"
        if stream not in self.records:
            self.prepare([stream])
        record = version, state = self.records[stream]
        events = context.decide(state, command)
        if not events:
            return
        written = self._written.get(stream)
        if written is None:
            written = self._written[stream] = []
            self._before[stream] = record
        for event in events:
            state = context.evolve(state, event)
            kind = type(event)
            written.append(_new_event_record(kind.__name__, event.at, self.desk.codec.event_body(event)))
            if kind in context.moving:
                self._moves.extend(event.moves())
        self.records[stream] = (version + len(events), state)
        self.events += events
        for event in events:
            version += 1
            for handler in REACTIONS_TO[type(event)]:
                for wish in handler(event, self):
                    if type(wish) is Later:
                        self.later(wish, version)
                    else:
                        self.desk.plans[type(wish)](self, wish)

    def claim(self, name: str, stream: str) -> None:
        """Take a unique outside name for a stream."""
        self._claims.append(_new_claim(name=name, stream=stream))

    def keep_private(self, person_id: PersonId, name: str, body: str) -> None:
        """Write a personal document to the vault, unless the person is forgotten by the time it is committed."""
        customer = self.find(Customer, person_id)
        if customer is None or customer.forgotten_at is None:
            self._vault.append(VaultWrite(person_id=person_id, name=name, body=body))

    def later(self, later: Later, version: int = 0) -> None:
        """Ask for a task that follows from an event of that version; kinds nobody is configured for are not asked."""
        task_id, desk = later.task_id, self.desk
        if task_id[-1] == "@":
            task_id = f"{task_id}{version}"
        if later.kind in desk.served and task_id not in self._tasks:
            self._tasks[task_id] = _new_task_request(
                task_id=task_id, kind=str(later.kind), due_at=later.due_at, payload=desk.codec.words(later.payload)
            )

    # What it comes to

    def commit(
        self, *, key: str | None, fingerprint: str, answer: str, settlements: tuple[Settlement, ...] = ()
    ) -> Commit:
        """The whole unit as one commit."""
        desk = self.desk
        if _ERP in desk.served:
            self._ask(erp_tasks(self.events, self.order, self.changed, desk.served, desk.codec, self.at))
        if desk.told:
            self._ask(tellings(desk.told, self._written, self.changed(), self.at))
        return _new_commit(
            at=self.at,
            command_key=key,
            fingerprint=fingerprint,
            answer=answer,
            changes=self._changes(),
            moves=tuple(self._moves),
            tasks=tuple(self._tasks.values()),
            claims=tuple(self._claims),
            settlements=settlements,
            vault=tuple(self._vault),
            unchanged=seen_streams(self.records, self._written, self._vault),
        )

    def changed(self) -> Mapping[str, int]:
        """The streams written to and their new versions."""
        records, versions = self.records, {}
        for stream in self._written:
            versions[stream] = records[stream][0]
        return versions

    def _changes(self) -> tuple[StreamChange, ...]:
        changes = []
        for stream, written in self._written.items():
            version, before = self._before[stream]
            after = self.records[stream][1]
            listed = BY_STATE[type(after)].listed
            now, was = listed(after), () if before is None else listed(before)
            changes.append(
                _new_stream_change(
                    stream=stream,
                    expected_version=version,
                    state=self.desk.codec.text(after),
                    events=tuple(written),
                    listed=tuple(sorted({*now} - {*was})) if now else (),
                    unlisted=tuple(sorted({*was} - {*now})) if was else (),
                )
            )
        return tuple(changes)

    def _ask(self, tasks: Iterable[Later]) -> None:
        for later in tasks:
            self.later(later)
