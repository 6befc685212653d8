"""`omscore intake`: orders from the files of other systems, and what could not be taken."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from omscore.app import open_shop
from omscore.cli.report import json_option, write_json
from omscore.cli.shopfile import config_option
from omscore.cli.tables import console, counted, moment, shown, table
from omscore.errors import InputError, SetupError
from omscore.intake import End, Ending, Intake, Reject, open_intake
from omscore.intake.mentions import holds
from omscore.parties import FormVerdict
from omscore.ports.acknowledgements import PartnerAnswer

_TOLD = 20
REJECTED = 1
"""The exit code when something was rejected."""


@click.command(name="intake")
@click.argument("files", type=click.Path(path_type=Path, dir_okay=False, exists=True), nargs=-1, metavar="[FILE]...")
@click.option("--channel", metavar="NAME", help="The channel of the shop the orders come from.")
@config_option
@click.option("--rejects", is_flag=True, help="List what could not be taken, and why.")
@click.option("--again", is_flag=True, help="Try what could not be taken again, all of it or those of --reject.")
@click.option("--reject", "chosen", multiple=True, metavar="ID", help="One reject to try again; may be repeated.")
@click.option(
    "--erase",
    "marks",
    multiple=True,
    metavar="TEXT",
    help="Erase the rejects in which this mail address or phone number stands; may be repeated.",
)
@json_option
def intake_command(
    files: tuple[Path, ...],
    channel: str | None,
    config: Path,
    rejects: bool,
    again: bool,
    chosen: tuple[str, ...],
    marks: tuple[str, ...],
    json_path: Path | None,
) -> None:
    """Take the orders in files of other systems.

    Every message in a FILE becomes an order, is a duplicate of one, acknowledges a message of ours, or is kept as a
    reject with the reasons. The same file may be given again: what was taken is a duplicate then. Ends with exit code 1
    when something was rejected, by us or by the other side.
    """
    if sum((bool(files), rejects, again, bool(marks))) != 1:
        raise InputError(
            "give files to take, or --rejects to list, --again to try rejects again, --erase to erase some: one of them"
        )
    if bool(files) != bool(channel):
        raise InputError("--channel goes with files: say which channel their orders come from")
    out = console()
    with open_shop(config) as oms:
        intake = open_intake(oms)
        if rejects:
            _list(out, intake.rejects.listed(), json_path)
            return
        if marks:
            erased = intake.rejects.erase(lambda content: holds(content, marks))
            out.print(f"{counted(erased, 'reject')} erased.")
            write_json(json_path, {"erased": erased})
            return
        ends: list[tuple[str, End]] = []
        if again:
            ids = chosen or tuple([each.reject_id for each in intake.rejects.listed() if not each.is_erased])
            for reject_id in ids:
                ends.extend(("rejects", end) for end in intake.again(reject_id))
        for path in files:
            ends.extend((path.name, end) for end in _take(intake, path, channel or ""))
    _tell(out, ends)
    write_json(json_path, {"messages": [_as_json(source, end) for source, end in ends]})
    if any(end.ending is Ending.REJECTED or _is_refused(end) for _, end in ends):
        raise SystemExit(REJECTED)


def _take(intake: Intake, path: Path, channel: str) -> Sequence[End]:
    """The ends of a file's messages, with a bar on the terminal while it takes."""
    intake.port(channel)
    try:
        document = path.read_bytes()
    except OSError as error:
        raise SetupError(f"cannot read {path}: {error.strerror}") from error
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=console(stderr=True), transient=True) as progress:
        task = progress.add_task(shown(path.name), total=None)
        return intake.take(
            document,
            channel,
            progress=lambda done, of: progress.update(task, completed=done, total=of),
        )


def _tell(out: Console, ends: Sequence[tuple[str, End]]) -> None:
    sources = list(dict.fromkeys(source for source, _ in ends))
    counts = Counter((source, end.ending) for source, end in ends)
    rows = [(source, *(str(counts[source, ending]) for ending in Ending)) for source in sources]
    if len(sources) > 1:
        rows.append(("all", *(str(sum(counts[source, ending] for source in sources)) for ending in Ending)))
    names = [ending.value.capitalize() for ending in Ending]
    out.print(table(("From", *names), rows, right=names))
    for answer in [end.answer for _, end in ends if end.answer is not None][:_TOLD]:
        out.print(shown(_answered(answer)), soft_wrap=True)
    rejected = [end for _, end in ends if end.ending is Ending.REJECTED]
    if rejected:
        _table_of(out, [(end.reject_id, end.message_id, end.complaints) for end in rejected[:_TOLD]])
        more = f" The first {_TOLD} are shown." if len(rejected) > _TOLD else ""
        out.print(
            f"{counted(len(rejected), 'message')} kept; `omscore intake --rejects` lists them, --again tries them "
            f"again.{more}",
            soft_wrap=True,
        )


def _answered(answer: PartnerAnswer) -> str:
    """What the other side says of a message of ours, such as `acknowledged: message 7`."""
    heads = {
        FormVerdict.ACCEPTED: "acknowledged",
        FormVerdict.WITH_ERRORS: "acknowledged with errors",
        FormVerdict.PARTLY: "rejected in part by the partner",
        FormVerdict.REJECTED: "rejected by the partner",
    }
    says = f" ({answer.says})" if answer.says else ""
    return f"{heads[answer.verdict]}: message {answer.number}{says}"


def _is_refused(end: End) -> bool:
    return end.answer is not None and end.answer.verdict in (FormVerdict.REJECTED, FormVerdict.PARTLY)


def _list(out: Console, found: Sequence[Reject], json_path: Path | None) -> None:
    if not found:
        out.print("Nothing was rejected.")
    else:
        since = [(f"{each.channel} {moment(each.at)}", each) for each in found]
        rows = [
            (each.reject_id, where, each.message_id, says)
            for where, each in since
            for says in [_said(complaint) for complaint in each.complaints][:_TOLD]
        ]
        out.print(table(("Reject", "Since", "Message", "Why"), _once(rows), keep=("Reject",)))
        out.print(f"{counted(len(found), 'reject')}.")
    listed = [
        {
            "reject": each.reject_id,
            "channel": each.channel,
            "message": each.message_id,
            "at": each.at.isoformat(),
            "complaints": [complaint._asdict() for complaint in each.complaints],
        }
        for each in found
    ]
    write_json(json_path, {"rejects": listed})


def _table_of(out: Console, found: Iterable[tuple[str, str, Sequence[tuple[int, str]]]]) -> None:
    rows = [
        (reject_id, message_id, _said(complaint))
        for reject_id, message_id, complaints in found
        for complaint in list(complaints)[:_TOLD]
    ]
    out.print(table(("Reject", "Message", "Why"), _once(rows), keep=("Reject",)))


def _said(complaint: tuple[int, str]) -> str:
    line, says = complaint
    return f"line {line}: {says}" if line else says


def _once(rows: Iterable[tuple[str, ...]]) -> list[tuple[str, ...]]:
    """The rows with everything but the reason named once for each reject."""
    found: list[tuple[str, ...]] = []
    before = ""
    for row in rows:
        found.append(row if row[0] != before else (*("",) * (len(row) - 1), row[-1]))
        before = row[0]
    return found


def _as_json(source: str, end: End) -> dict[str, object]:
    return {
        "from": source,
        "message": end.message_id,
        "ending": end.ending.value,
        "order": end.order_id,
        "reject": end.reject_id or None,
        "complaints": [each._asdict() for each in end.complaints],
        "answer": None
        if end.answer is None
        else {"number": end.answer.number, "verdict": end.answer.verdict.value, "says": end.answer.says},
    }
