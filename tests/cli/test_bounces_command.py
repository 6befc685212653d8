"""`omscore bounces`: a mailbox of any sort, read and left as it is; from a letter sent to the story of its order."""

from __future__ import annotations

import json
import mailbox
import smtplib
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from click.testing import CliRunner

from omscore.cli.group import main
from tests.adapters.notices.mailserver import Mailroom, content_of, serving
from tests.adapters.notices.postmaster import report_on_taken
from tests.kit.mailshops import mail_shop, taken
from tests.kit.shops import TEA, order

VACATION = b"Subject: Away\nAuto-Submitted: auto-replied\n\nUntil the 9th.\n"
BROKEN = b"Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n--b\n\nx\n\n--b--\n"
FOREIGN = (
    b"Subject: x\n\nHi. This is the program.\n\n<a@example.org>:\nNo. (#5.1.1)\n\n--- Copy.\n\nMessage-ID: <1@x>\n"
)


def bounces(folder: Path, *words: object) -> tuple[int, str]:
    line = ["bounces", *map(str, words), "--config", str(folder / "shop.toml")]
    done = CliRunner().invoke(main, line, terminal_width=200, env={"COLUMNS": "200"})
    return done.exit_code, done.output


def came_back(folder: Path) -> list[bytes]:
    """Two letters of a shop that came back, and what else is in a mailbox."""
    with mail_shop(folder) as (oms, mailroom):
        for number in (1, 2):
            oms.do(order(oms, {TEA: 1}, order_id=f"ord_{number}"))
            oms.run_due()
        first, second = [each for each in mailroom.taken if each.rcpt_tos == ["anna@example.org"]]
        return [report_on_taken(first), report_on_taken(second, status="4.2.2"), VACATION, BROKEN, FOREIGN]


def as_maildir(folder: Path, messages: Sequence[bytes]) -> list[Path]:
    box = mailbox.Maildir(folder / "Bounces")
    for message in messages:
        box.add(message)
    return [folder / "Bounces"]


def as_mbox(folder: Path, messages: Sequence[bytes]) -> list[Path]:
    box = mailbox.mbox(folder / "bounces.mbox")
    for message in messages:
        box.add(message)
    box.close()
    return [folder / "bounces.mbox"]


def as_folder(folder: Path, messages: Sequence[bytes]) -> list[Path]:
    (folder / "saved").mkdir()
    (folder / "saved" / "notes.txt").write_text("mine")
    for number, message in enumerate(messages):
        (folder / "saved" / f"{number}.eml").write_bytes(message)
    return [folder / "saved"]


def as_files(folder: Path, messages: Sequence[bytes]) -> list[Path]:
    as_folder(folder, messages)
    return sorted((folder / "saved").glob("*.eml"))


KEPT = pytest.mark.parametrize("kept", [as_maildir, as_mbox, as_folder, as_files])


def contents(places: Sequence[Path]) -> dict[Path, bytes]:
    files = [file for place in places for file in (sorted(place.rglob("*")) if place.is_dir() else [place])]
    return {file: file.read_bytes() for file in files if file.is_file()}


@KEPT
def test_every_message_of_a_mailbox_has_its_end_and_the_second_run_changes_nothing(
    tmp_path: Path, kept: Callable[[Path, Sequence[bytes]], list[Path]]
) -> None:
    places = kept(tmp_path, came_back(tmp_path))
    before = contents(places)
    endings = {}
    for run in ("first", "second"):
        code, out = bounces(tmp_path, *places, "--json", tmp_path / f"{run}.json")
        told = json.loads((tmp_path / f"{run}.json").read_text())["messages"]
        endings[run] = {(each["ending"], each["order"], each["status"]) for each in told}
        assert len(told) == 5
        assert code == 1, "one of them is unreadable"
        assert "it calls itself a delivery report" in out
    others = {("not a bounce", None, None), ("unreadable", None, None), ("not ours", None, None)}
    assert endings["first"] == others | {("recorded", "ord_1", "5.1.1"), ("recorded", "ord_2", "4.2.2")}
    assert endings["second"] == others | {("known", "ord_1", "5.1.1"), ("known", "ord_2", "4.2.2")}
    assert contents(places) == before


def test_only_what_is_recorded_is_moved_and_only_when_asked(tmp_path: Path) -> None:
    messages = came_back(tmp_path)
    (place,) = as_folder(tmp_path, messages)
    (tmp_path / "done").mkdir()
    (tmp_path / "done" / "0.eml").write_bytes(b"of last week")
    code, _ = bounces(tmp_path, place, "--move-to", tmp_path / "done")
    assert code == 1
    assert sorted(path.name for path in place.iterdir()) == ["2.eml", "3.eml", "4.eml", "notes.txt"]
    moved = {path.name: path.read_bytes() for path in (tmp_path / "done").iterdir()}
    assert moved == {"0.eml": b"of last week", "0.2.eml": messages[0], "1.eml": messages[1]}
    (box,) = as_mbox(tmp_path, messages)
    code, out = bounces(tmp_path, box, "--move-to", tmp_path / "done")
    assert (code, "is an mbox, which nothing is moved out of" in out) == (2, True)


def test_a_folder_that_is_no_mailbox_is_told(tmp_path: Path) -> None:
    came_back(tmp_path)
    (tmp_path / "other").mkdir()
    code, out = bounces(tmp_path, tmp_path / "other")
    assert (code, "No letter came back anew." in out) == (0, True)
    (tmp_path / "other" / "a.txt").write_text("x")
    code, out = bounces(tmp_path, tmp_path / "other")
    assert (code, "is neither a Maildir" in out) == (2, True)


def test_a_letter_taken_by_a_server_and_given_up_later_is_told_in_the_story_of_its_order(tmp_path: Path) -> None:
    """All of the way: the shop sends, a server takes it, reports to the sender by mail, and the mailbox is read."""
    with mail_shop(tmp_path) as (oms, mailroom):
        oms.do(order(oms, {TEA: 1}))
        oms.run_due()
        letter = taken(mailroom)
    home = Mailroom()
    with serving(home, None, security="none") as port, smtplib.SMTP("127.0.0.1", port) as far:
        far.sendmail("", [str(letter.mail_from)], report_on_taken(letter))
    (arrived,) = home.taken
    assert (arrived.mail_from, arrived.rcpt_tos) == ("<>", ["orders@tea.example"])
    (place,) = as_maildir(tmp_path, [content_of(arrived)])
    code, out = bounces(tmp_path, place)
    assert (code, "1 letter came back, 1 for good." in out) == (0, True)
    shown = CliRunner().invoke(main, ["show", "ord_1", "--db", str(tmp_path / "shop.db")], env={"COLUMNS": "200"})
    assert "The letter order_placed came back undelivered (5.1.1: no such address; for good)" in shown.output
