"""A letter that came back is noted once, with its order and its status, and nothing of the person it was for."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from omscore.app import Oms, open_shop
from omscore.bounces import BounceEnd, BounceEnding, take_bounce
from omscore.cli.records import open_records
from omscore.cli.story import story_of
from omscore.engine.plans.wishes import RecordBounce
from omscore.errors import InputError, NotFoundError, SetupError
from omscore.orders.bounces import Bounce
from omscore.orders.model import Order
from omscore.ports.clock import VirtualClock
from tests.adapters.notices.mailserver import Mailroom
from tests.adapters.notices.postmaster import report_on_taken
from tests.kit.mailshops import mail_shop, taken
from tests.kit.shops import ANNA, NOON, TEA, order, pass_time, send_out, small_shop
from tests.laws.checks import check_everything, check_replay

MEMORY: dict[str, dict[str, str]] = {"memory": {}}


def placed(oms: Oms, mailroom: Mailroom, *, action: str = "failed", status: str = "5.1.1") -> bytes:
    """A letter about a new order was taken by the server, which then reports on it."""
    oms.do(order(oms, {TEA: 2}))
    oms.run_due()
    return report_on_taken(taken(mailroom), action=action, status=status)


def letters_about(oms: Oms, order_id: str) -> list[Bounce]:
    return [oms.look(Bounce, stream.partition("/")[2]) for stream in oms.storage.listed("bounced", order_id)]


@pytest.mark.parametrize("storage", [MEMORY, None], ids=["memory", "sqlite"])
def test_a_letter_that_comes_back_is_recorded_with_its_order_and_once(
    tmp_path: Path, storage: dict[str, dict[str, str]] | None
) -> None:
    with mail_shop(tmp_path, storage=storage) as (oms, mailroom):
        report = placed(oms, mailroom)
        first = take_bounce(oms, report)
        bounce = first.bounce
        assert (first.ending, first.order_id, first.says) == (BounceEnding.RECORDED, "ord_1", "")
        assert bounce is not None
        assert (bounce.template, bounce.status, bounce.is_permanent) == ("order_placed", "5.1.1", True)
        before = oms.storage.counts()
        pass_time(oms, hours=1)
        later = report_on_taken(taken(mailroom), status="4.4.7", whole=False)
        for again in (report, later):
            assert take_bounce(oms, again) == BounceEnd(ending=BounceEnding.KNOWN, bounce=bounce)
        assert oms.storage.counts()["events"] == before["events"]
        assert letters_about(oms, "ord_1") == [bounce]
        check_everything(oms)
        check_replay(oms)


@pytest.mark.parametrize("action", ["delayed", "delivered", "relayed", "expanded"])
def test_only_a_failure_is_a_bounce_and_changes_anything(tmp_path: Path, action: str) -> None:
    with mail_shop(tmp_path, storage=MEMORY) as (oms, mailroom):
        report = placed(oms, mailroom, action=action, status="4.4.1" if action == "delayed" else "2.0.0")
        before = oms.storage.counts()
        end = take_bounce(oms, report)
        assert (end.ending, end.bounce) == (BounceEnding.OTHER, None)
        assert end.says
        assert oms.storage.counts() == before


def test_what_another_shop_sent_changes_nothing_even_under_the_same_secret(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    with mail_shop(tmp_path / "a", storage=MEMORY) as (oms, mailroom):
        report = placed(oms, mailroom)
    for secret in ("a secret of the tests alone", "the secret of another shop"):
        with mail_shop(tmp_path / "b", storage=MEMORY, secret=secret) as (oms, _):
            before = oms.storage.counts()
            end = take_bounce(oms, report)
            assert (end.ending, end.bounce) == (BounceEnding.FOREIGN, None)
            assert oms.storage.counts() == before


def test_a_bounce_holds_nothing_back_and_is_told_in_the_story_of_its_order(tmp_path: Path) -> None:
    with mail_shop(tmp_path) as (oms, mailroom):
        take_bounce(oms, placed(oms, mailroom))
        send_out(oms, "ord_1")
        take_bounce(oms, report_on_taken(taken(mailroom), status="4.2.2"))
        assert oms.look(Order, "ord_1").holds == ()
    with open_records(tmp_path / "shop.db") as records:
        told = [each.says for each in story_of(records, records.order("ord_1")) if each.fact == "LetterBounced"]
    assert told == [
        "The letter order_placed came back undelivered (5.1.1: no such address; for good)",
        "The letter shipped came back undelivered (4.2.2: the mailbox takes nothing; it may work another time)",
    ]


def test_an_alert_to_the_shop_that_comes_back_is_recorded_and_is_about_the_order_it_names_or_none(
    tmp_path: Path,
) -> None:
    with mail_shop(tmp_path, storage=MEMORY, edit="[flows]\ntell_low_stock = true\n") as (oms, mailroom):
        oms.do(order(oms, {TEA: 200}))
        oms.run_due()
        end = take_bounce(oms, report_on_taken(taken(mailroom, "orders@tea.example")))
        assert (end.ending, end.order_id) == (BounceEnding.RECORDED, "ord_1")
        assert end.bounce is not None
        assert end.bounce.template == "backorder"


def test_nothing_of_a_bounce_but_its_numbers_is_kept_so_there_is_nothing_to_forget(tmp_path: Path) -> None:
    with mail_shop(tmp_path) as (oms, mailroom):
        report = placed(oms, mailroom)
        assert b"anna@example.org" in report
        take_bounce(oms, report)
        oms.forget(ANNA)
        assert take_bounce(oms, report).ending is BounceEnding.KNOWN
        check_replay(oms)
    for name in ("shop.db", "shop.db-wal"):
        if (tmp_path / name).is_file():
            content = (tmp_path / name).read_bytes()
            assert b"LetterBounced" in content or name != "shop.db"
            assert b"anna@example" not in content
            assert b"far.example" not in content


def test_a_bounce_that_comes_after_its_customer_was_forgotten_is_recorded_without_them(tmp_path: Path) -> None:
    with mail_shop(tmp_path, storage=MEMORY) as (oms, mailroom):
        report = placed(oms, mailroom)
        oms.forget(ANNA)
        assert take_bounce(oms, report).ending is BounceEnding.RECORDED
        check_everything(oms)


def test_two_that_take_the_same_mailbox_at_once_record_each_bounce_once(tmp_path: Path) -> None:
    with mail_shop(tmp_path) as (oms, mailroom):
        for number in range(8):
            oms.do(order(oms, {TEA: 1}, order_id=f"o{number}"))
        oms.run_due()
        reports = [report_on_taken(each) for each in mailroom.taken]

        def take_all(_: int) -> list[BounceEnding]:
            with open_shop(tmp_path / "shop.toml", clock=VirtualClock(NOON)) as other:
                return [take_bounce(other, report).ending for report in reports]

        with ThreadPoolExecutor(2) as workers:
            ends = list(workers.map(take_all, range(2)))
        for one, two in zip(*ends, strict=True):
            assert {one, two} == {BounceEnding.RECORDED, BounceEnding.KNOWN}


def test_a_bounce_is_recorded_by_command_too_for_letters_that_were_sent_and_statuses_that_are_some(
    tmp_path: Path,
) -> None:
    with small_shop(tmp_path, storage=MEMORY) as oms:
        oms.do(order(oms, {TEA: 1}))
        letter = next(task for task in oms.storage.tasks("waiting") if task.kind == "notice").task_id
        wish = RecordBounce(letter=letter, status="5.1.1", at=oms.clock.now())
        with pytest.raises(NotFoundError, match="no letter"):  # it was not tried yet, so nobody could send it back
            oms.do(wish)
        oms.run_due()
        payment = next(task for task in oms.storage.tasks("done") if task.kind == "payment").task_id
        for other in ("none", payment):
            with pytest.raises(NotFoundError, match="no letter"):
                oms.do(RecordBounce(letter=other, status="5.1.1", at=oms.clock.now()))
        for status in ("2.0.0", "5.1", "", "5.1.1 ", "5.1.1\n", "x"):
            with pytest.raises(InputError):
                oms.do(RecordBounce(letter=letter, status=status, at=oms.clock.now()))
        assert oms.do(wish).events == ("LetterBounced",)
        assert oms.do(wish).events == ()


def test_a_shop_that_cannot_know_its_letters_says_what_is_missing(tmp_path: Path) -> None:
    with small_shop(tmp_path, storage=MEMORY) as oms, pytest.raises(SetupError, match=r"\[notices\.smtp\]"):
        take_bounce(oms, b"")
    with mail_shop(tmp_path, storage=MEMORY, secret="") as (oms, _), pytest.raises(SetupError, match="bounce_secrets"):
        take_bounce(oms, b"")
