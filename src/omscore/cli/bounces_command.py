"""`omscore bounces`: letters that came back, from the mailbox bounces go to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import click
from rich.console import Console

from omscore.app import open_shop
from omscore.bounces import BounceEnd, BounceEnding, take_bounce
from omscore.cli.mailboxes import holds_files, messages_in, move
from omscore.cli.report import json_option, write_json
from omscore.cli.shopfile import config_option
from omscore.cli.tables import console, counted, table
from omscore.errors import InputError

UNREADABLE = 1
"""The exit code when something could not be read."""

_TOLD = 20
_LETTERS = (BounceEnding.RECORDED, BounceEnding.KNOWN)
_LEFT = (BounceEnding.FOREIGN, BounceEnding.OTHER)


@click.command(name="bounces")
@click.argument(
    "mailboxes", type=click.Path(path_type=Path, exists=True), nargs=-1, required=True, metavar="MAILBOX..."
)
@config_option
@click.option(
    "--move-to",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="FOLDER",
    help="Move the bounces of the shop's letters to this folder, once they are recorded. Not out of an mbox.",
)
@json_option
def bounces_command(mailboxes: tuple[Path, ...], config: Path, move_to: Path | None, json_path: Path | None) -> None:
    """Note which letters came back as undeliverable.

    A MAILBOX is a Maildir, a folder of .eml files, an mbox file or a single message. It is left as it is, and may be
    given again: what was recorded is known then. `omscore show` tells a bounce in the story of its order.

    Ends with exit code 1 when a message could not be read.
    """
    if move_to is not None and (fixed := [each for each in mailboxes if not holds_files(each)]):
        raise InputError(f"{fixed[0]} is an mbox, which nothing is moved out of; leave --move-to away")
    out = console()
    ends: list[tuple[Path, str, BounceEnd]] = []
    with open_shop(config) as oms:
        for place in mailboxes:
            for mail in messages_in(place):
                end = take_bounce(oms, mail.content)
                ends.append((place, mail.name, end))
                if move_to is not None and mail.path is not None and end.ending in _LETTERS:
                    move(mail.path, move_to)
    _tell(out, mailboxes, ends)
    write_json(json_path, {"messages": [_as_json(place, name, end) for place, name, end in ends]})
    if any(end.ending is BounceEnding.UNREADABLE for *_, end in ends):
        raise SystemExit(UNREADABLE)


def _tell(out: Console, mailboxes: Sequence[Path], ends: Sequence[tuple[Path, str, BounceEnd]]) -> None:
    counts = Counter((place, end.ending) for place, _, end in ends)
    places = list(dict.fromkeys(mailboxes))
    rows = [(place.name, *(str(counts[place, ending]) for ending in BounceEnding)) for place in places]
    names = [ending.value.capitalize() for ending in BounceEnding]
    out.print(table(("From", *names), rows, right=names))
    new = [end.bounce for *_, end in ends if end.ending is BounceEnding.RECORDED and end.bounce is not None]
    if new:
        told = [
            (each.order_id or "-", each.template, each.status, each.cause, "yes" if each.is_permanent else "no")
            for each in new[:_TOLD]
        ]
        out.print(table(("Order", "Letter", "Status", "Why", "For good"), told, keep=("Order", "Status")))
    unread = [(name, end.says) for _, name, end in ends if end.ending is BounceEnding.UNREADABLE]
    if unread:
        out.print(table(("Unreadable", "Why"), unread[:_TOLD]))
    left = Counter((end.ending, end.says) for *_, end in ends if end.ending in _LEFT)
    if left:
        told_left = [(ending.value.capitalize(), says, str(count)) for (ending, says), count in sorted(left.items())]
        out.print(table(("Left alone", "Why", "Messages"), told_left, right=("Messages",)))
    if max(len(new), len(unread)) > _TOLD:
        out.print(f"The first {_TOLD} are shown; --json has them all.")
    hard = sum(each.is_permanent for each in new)
    out.print(f"{counted(len(new), 'letter')} came back, {hard} for good." if new else "No letter came back anew.")


def _as_json(place: Path, name: str, end: BounceEnd) -> dict[str, object]:
    bounce = end.bounce
    return {
        "from": str(place),
        "message": name,
        "ending": end.ending.value,
        "order": end.order_id,
        "letter": None if bounce is None else bounce.letter,
        "status": None if bounce is None else bounce.status,
        "says": end.says,
    }
