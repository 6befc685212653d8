"""`omscore outbox`: what channels were told, what waits to be told, and telling one what it can sell."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import click

from omscore.app import Oms, open_shop
from omscore.cli.report import json_option, write_json
from omscore.cli.tables import console, counted, moment, shown, table
from omscore.engine.plans.wishes import TellStock
from omscore.engine.trail import words_of
from omscore.errors import InputError
from omscore.flows.world import TaskKind
from omscore.orders.answers import MessageAnswer
from omscore.ports.storage import Task, TaskState

_SHOWN = 50
_MOST = 1_000_000


@click.command(name="outbox")
@click.argument("config", type=click.Path(path_type=Path, dir_okay=False), metavar="CONFIG")
@click.option("--stock", "stock", metavar="CHANNEL", multiple=True, help="Tell this channel what it can sell, first.")
@click.option("--all", "everything", is_flag=True, help="List messages that were sent, too, with their answers.")
@json_option
def outbox_command(config: Path, stock: tuple[str, ...], everything: bool, json_path: Path | None) -> None:
    """List the messages channels are told: those that wait and those that were given up.

    CONFIG is the shop.toml. Messages are written and sent by whoever works off the tasks of the shop (`omscore work`);
    what nobody has written yet is among them (`omscore tasks list --kind news`).

    With --stock, as an hourly run may have it, a channel is told of every article it can sell more or less of than
    it was told last.
    """
    out = console()
    with open_shop(config) as oms:
        if unknown := [name for name in stock if name not in {each.name for each in oms.shop.channels}]:
            raise InputError(f"there is no channel {unknown[0]!r} in {config}", code="shop.no_channel")
        for channel in stock:
            told = oms.do(TellStock(channel=channel, at=oms.clock.now()))
            out.print(f"{channel}: {'a message of stock is written' if told.streams else 'stock is as it was told'}.")
        found = _messages(oms, everything=everything)
    rows = [
        (
            each["channel"],
            each["number"],
            each["kind"],
            each["state"],
            moment(task.due_at),
            each["answer"],
            shown(each["says"]),
        )
        for task, each in found[:_SHOWN]
    ]
    if rows:
        out.print(
            table(("Channel", "Number", "What", "State", "Due", "Answer", "Says"), rows, keep=("Channel", "Number"))
        )
    counts = Counter(each["state"] for _, each in found)
    said = ", ".join(f"{number} {state}" for state, number in sorted(counts.items()))
    more = f" The first {_SHOWN} are shown." if len(found) > _SHOWN else ""
    out.print(
        f"{counted(len(found), 'message')}: {said}.{more}" if found else "No message waits, and none was given up."
    )
    write_json(json_path, {"messages": [each for _, each in found]})


def _messages(oms: Oms, *, everything: bool) -> list[tuple[Task, dict[str, str]]]:
    """The messages by channel and number, with the task that sends each."""
    states = [TaskState.WAITING, TaskState.LEASED, TaskState.DEAD, *([TaskState.DONE] if everything else [])]
    found = []
    for state in states:
        for task in oms.storage.tasks(state.value, limit=_MOST):
            if task.kind == TaskKind.NEWS_OUT:
                payload = oms.codec.record(task.payload, dict[str, str])
                told = {name: payload[name] for name in ("channel", "number", "kind", "at")}
                told |= {"state": state.value, "says": words_of(task.note), "answer": ""}
                if state is TaskState.DONE and (answer := _answer(oms, told)):
                    told |= {"answer": answer.verdict.value, "says": answer.says}
                found.append((task, told))
    return sorted(found, key=lambda each: (each[1]["channel"], int(each[1]["number"])))


def _answer(oms: Oms, told: dict[str, str]) -> MessageAnswer | None:
    return oms.find(MessageAnswer, f"{told['channel']}:{told['number']}")
