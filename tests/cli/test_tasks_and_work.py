"""Given up, listed, tried again, dropped; and the workers that do the work."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from omscore.app import open_shop
from omscore.orders.model import Order
from omscore.ports.storage import Commit, Settlement, TaskOutcome
from tests.cli.conftest import run
from tests.kit.shops import NOON, TEA, order, small_shop

KEY = "ord_1.p1.authorise"


@pytest.fixture
def given_up(tmp_path: Path) -> Path:
    """The database of a shop whose one payment was given up."""
    with small_shop(tmp_path) as oms:
        oms.do(order(oms, {TEA: 1}))
        for task in oms.storage.lease(now=NOON, until=NOON, limit=100):
            outcome = TaskOutcome.DEAD if task.task_id == KEY else TaskOutcome.RETRY
            settlement = Settlement(
                task_id=task.task_id, attempt=task.attempt, outcome=outcome, due_at=NOON, note="the bank was shut"
            )
            oms.storage.commit(Commit(at=NOON, settlements=(settlement,)))
    return tmp_path / "shop.db"


def listed(db: Path, *options: str) -> list[dict[str, object]]:
    report = db.parent / "tasks.json"
    result = run("tasks", "list", db, "--json", report, *options)
    assert result.exit_code == 0, result.output
    found: list[dict[str, object]] = json.loads(report.read_text("utf-8"))
    return found


def test_a_task_given_up_is_listed_tried_again_and_done(given_up: Path) -> None:
    assert [(each["task"], each["says"]) for each in listed(given_up, "--state", "dead")] == [
        (KEY, "the bank was shut")
    ]
    assert "was shut" in run("tasks", "list", given_up).output
    assert run("tasks", "retry", given_up, KEY).output.startswith("1 task will be tried again.")
    before = signal.getsignal(signal.SIGINT)
    result = run("work", given_up.parent / "shop.toml", "--once")
    assert result.exit_code == 0, result.output
    assert "0 given up" in result.output
    assert signal.getsignal(signal.SIGINT) is before, "the signals are the caller's again"
    assert listed(given_up, "--state", "dead") == []
    assert KEY in [each["task"] for each in listed(given_up, "--state", "done", "--kind", "payment")]
    assert listed(given_up, "--state", "done", "--kind", "label") == []
    with open_shop(given_up.parent / "shop.toml") as oms:
        assert not oms.look(Order, "ord_1").holds


def test_all_that_was_given_up_can_be_tried_again_at_once(given_up: Path) -> None:
    assert run("tasks", "retry", given_up, "--all-dead").exit_code == 0
    assert listed(given_up, "--state", "dead") == []
    assert run("tasks", "retry", given_up, "--all-dead").output.startswith("0 tasks will be tried again.")


def test_a_dropped_step_is_told_with_its_name_and_reason_wherever_it_shows(given_up: Path) -> None:
    result = run("tasks", "drop", given_up, KEY, "--reason", "paid in cash", "--by", "Ben")
    assert result.exit_code == 0, result.output
    (task,) = listed(given_up, "--state", "dropped")
    assert task["note"] == "dropped by Ben: paid in cash"
    assert KEY not in [each["task"] for each in listed(given_up)]
    report = given_up.parent / "audit.json"
    result = run("audit", given_up, "--json", report)
    assert result.exit_code == 0, result.output
    assert "Dropped by hand" in result.output
    figures = json.loads(report.read_text("utf-8"))
    assert (figures["given_up"], figures["dropped"]) == ([], [{"task": KEY, "why": "dropped by Ben: paid in cash"}])
    shown = " ".join(run("show", "ord_1", "--db", given_up).output.split())
    assert "Asked to set 10.00 EUR aside; no answer, dropped by Ben: paid in cash" in shown
    assert run("tasks", "retry", given_up, KEY).exit_code == 0


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("retry", "nope"), "there is no task 'nope'"),
        (("retry",), "name the tasks to try again"),
        (("retry", KEY, "--all-dead"), "name the tasks to try again"),
        (("drop", "nope", "--reason", "x"), "there is no task 'nope'"),
        (("drop", KEY, "--reason", " "), "say why and who"),
        (("drop", KEY, "--reason", "x", "--by", " "), "say why and who"),
        (("retry", "ord_1.placed.notice.order_placed"), "only tasks that are dead or dropped can be tried again"),
    ],
)
def test_what_cannot_be_done_to_a_task_is_told_in_a_sentence(given_up: Path, words: tuple[str, ...], says: str) -> None:
    result = run("tasks", words[0], given_up, *words[1:])
    assert result.exit_code == 2
    assert says in " ".join(result.output.split())
    assert len(listed(given_up, "--state", "dead")) == 1


def test_a_card_number_in_a_reason_is_blotted_out(given_up: Path) -> None:
    assert (
        run("tasks", "drop", given_up, KEY, "--reason", "card 4111111111111111 expired", "--by", "Ben").exit_code == 0
    )
    (task,) = listed(given_up, "--state", "dropped")
    assert task["note"] == "dropped by Ben: card ************1111 expired"


def test_a_call_that_failed_is_told_apart_from_those_that_were_not_made_for_it(tmp_path: Path) -> None:
    """Seven letters and nobody at the port of the mail server: one call shows it, six letters are left alone."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))  # taken, and nobody listens
        server = f'[notices.smtp]\nhost = "127.0.0.1"\nport = {bound.getsockname()[1]}\nsecurity = "none"\n'
        letters = {'[notices.file]\npath = "mail"\n': server}
        with small_shop(tmp_path, edit="[health]\nopen_after = 1\nretry_after_s = 300\n", replacing=letters) as oms:
            for number in range(7):
                oms.do(order(oms, {TEA: 1}, order_id=f"ord_{number}"))
        result = run("work", tmp_path / "shop.toml", "--once")
    assert result.exit_code == 0, result.output
    said = " ".join(result.output.split())
    assert ", 1 to be tried again, 6 not tried while their adapter is left alone, 0 given up" in said


def test_two_workers_do_all_there_is_to_do_and_end(given_up: Path) -> None:
    assert run("tasks", "retry", given_up, "--all-dead").exit_code == 0
    result = run("work", given_up.parent / "shop.toml", "--once", "--workers", 2)
    assert result.exit_code == 0, result.output
    assert "2 workers at work" in result.output
    assert [each["state"] for each in listed(given_up) if each["kind"] == "payment"] == []


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize("told", [signal.SIGTERM, signal.SIGINT])
def test_workers_end_when_they_are_told_to(given_up: Path, workers: int, told: signal.Signals) -> None:
    program = subprocess.Popen(  # noqa: S603 (our own program)
        [
            *(sys.executable, "-c", "from omscore.cli import main; main()"),
            *("work", str(given_up.parent / "shop.toml"), "--workers", str(workers)),
        ],
        stdout=subprocess.PIPE,
        text=True,
    )
    with program:
        assert program.stdout is not None
        assert "at work" in program.stdout.readline()
        program.send_signal(told)
        assert "ended;" in program.stdout.read()
    assert program.returncode == 0
    assert [each for each in listed(given_up) if each["state"] == "leased"] == []


def test_a_shop_that_cannot_be_opened_ends_the_work_with_code_two(tmp_path: Path) -> None:
    for workers in (1, 2):
        result = run("work", tmp_path / "none.toml", "--workers", workers)
        assert result.exit_code == 2
        assert "none.toml" in result.output


def test_a_list_of_long_ids_can_be_read_in_eighty_columns(given_up: Path) -> None:
    with open_shop(given_up.parent / "shop.toml") as oms:
        oms.do(order(oms, {TEA: 1}, order_id="an-order-with-quite-a-long-name-of-its-own"))
    said = run("tasks", "list", given_up).output
    assert "…" not in said, "nothing is cut off"
    assert {"Kind", "State", "Tries", "Due", "Why"} <= set(said.split()), "no head is broken into pieces"
    assert max(map(len, said.splitlines())) <= 80


def test_workers_of_a_store_that_no_other_program_can_see_are_refused_with_what_to_do(tmp_path: Path) -> None:
    with small_shop(tmp_path):
        config = tmp_path / "shop.toml"
    text = config.read_text("utf-8")
    config.write_text(text.replace('[storage.sqlite]\npath = "shop.db"\n', "[storage.memory]\n"), encoding="utf-8")
    assert "[storage.memory]" in config.read_text("utf-8")
    result = run("work", config, "--once")
    assert result.exit_code != 0
    assert "a store in memory ends with its program" in " ".join(result.output.split())
    assert "at work" not in result.output
