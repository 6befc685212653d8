"""An order under review goes nowhere and costs nobody anything before its reviewers, or a person, let it go."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import closing, suppress
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from omscore.audit import audit
from omscore.engine.dispatch import Recorded
from omscore.errors import (
    NotFoundError,
    PortError,
    PortRefusedError,
    PortTransientError,
    PortUnknownError,
    RefusedError,
)
from omscore.fulfillment.commands import PickUnits
from omscore.fulfillment.model import FulfillmentOrder
from omscore.ids import FulfillmentId, OrderId, PaymentId
from omscore.money import Money
from omscore.orders.commands import CancelOrder, CancelUnits, PlaceHold, ReleaseHold
from omscore.orders.model import HoldKind, Order
from omscore.orders.status import OrderStatus, status_of
from omscore.payments.commands import RequestStep
from omscore.payments.model import Payment, Step
from omscore.ports.reviews import ReviewAnswer, ReviewRequest
from omscore.reviews.deciding import RecordOpinion, RequestReview, decide
from omscore.reviews.model import OrderReview, Verdict
from tests.kit.reviewers import APPROVE, CANCEL, HOLD, Forgetful, Remembering, Reviewer, Said
from tests.kit.shops import ANNA, CUP, NOON, TEA, order, pass_time, send_out, small_shop
from tests.laws.bench import Bench, bench
from tests.laws.checks import cells, check_everything

ORD, WORK, PAID = OrderId("ord_1"), FulfillmentId("ord_1.f1"), PaymentId("ord_1.p1")
DOWN = PortTransientError("the reviewer is down")
LOST = PortUnknownError("no answer came")


def kinds(shop: Bench) -> set[HoldKind]:
    return {hold.kind for hold in shop.oms.look(Order, ORD).holds}


def capture(shop: Bench) -> Recorded:
    """Somebody asks for the money by hand."""
    minor = shop.oms.look(Payment, PAID).capturable.minor
    return shop.oms.do(
        RequestStep(
            payment_id=PAID,
            key=f"{PAID}.by-hand",
            step=Step.CAPTURE,
            amount=Money(minor, "EUR"),
            at=shop.oms.clock.now(),
        )
    )


def goes_nowhere(shop: Bench) -> None:
    """Nothing can be picked, captured or sent."""
    assert shop.oms.look(FulfillmentOrder, WORK).on_hold
    with pytest.raises(RefusedError, match="is on hold"):
        shop.oms.do(PickUnits(fulfillment_id=WORK, at=shop.oms.clock.now()))
    if shop.oms.look(Payment, PAID).authorised.minor:
        with pytest.raises(RefusedError, match="nothing of it is captured"):
            capture(shop)


def test_an_approved_order_goes_on_and_was_not_touched_before(tmp_path: Path) -> None:
    reviewer = Reviewer(APPROVE)
    with bench(tmp_path, reviewers={"acme": reviewer}) as shop:
        shop.oms.do(order(shop.oms, {TEA: 2, CUP: 1}, tags=("gift",)))
        assert kinds(shop) == {HoldKind.UNDER_REVIEW, HoldKind.PAYMENT}
        goes_nowhere(shop)
        assert reviewer.asked == []  # nobody is asked before the order is durable
        shop.oms.run_due()
        assert kinds(shop) == set()
        (asked,) = reviewer.asked
        assert (asked.key, asked.order_id, asked.total, asked.tags) == (
            "ord_1.review.acme",
            ORD,
            Money(3_000, "EUR"),
            ("gift",),
        )
        assert [(line.sku, line.units) for line in asked.lines] == [(TEA, 2), (CUP, 1)]
        assert asked.person is not None and asked.person.person_id == ANNA
        assert (asked.payment_provider, asked.payment_method) == ("manual", "card-ok")
        send_out(shop.oms, ORD)
        pass_time(shop.oms, days=5)
        assert status_of(shop.oms.look(Order, ORD)) is OrderStatus.DELIVERED
        assert len(reviewer.asked) == 1
        check_everything(shop.oms, shop.payments)


def test_a_held_order_waits_for_a_person_who_is_told_why(tmp_path: Path) -> None:
    with bench(tmp_path, reviewers={"acme": Reviewer(HOLD), "zoll": Reviewer(APPROVE)}) as shop:
        shop.oms.do(order(shop.oms, {TEA: 2}))
        pass_time(shop.oms, days=30)
        (hold,) = shop.oms.look(Order, ORD).holds
        assert (hold.kind, hold.says) == (HoldKind.HELD_BY_REVIEWER, "acme: two names for one card")
        assert "Order ord_1 is held for you to look at" in shop.outbox.subjects()
        goes_nowhere(shop)
        shop.oms.do(ReleaseHold(order_id=ORD, kind=HoldKind.HELD_BY_REVIEWER, says="called", at=shop.oms.clock.now()))
        send_out(shop.oms, ORD)
        pass_time(shop.oms, days=5)
        assert status_of(shop.oms.look(Order, ORD)) is OrderStatus.DELIVERED
        check_everything(shop.oms, shop.payments)


def test_a_cancelled_order_gives_all_stock_and_money_back(tmp_path: Path) -> None:
    with bench(tmp_path, reviewers={"acme": Reviewer(CANCEL)}) as shop:
        before = cells(shop.oms)
        shop.oms.do(order(shop.oms, {TEA: 3, CUP: 2}))
        assert cells(shop.oms) != before
        pass_time(shop.oms, days=1)
        assert cells(shop.oms) == before
        found = shop.oms.look(Order, ORD)
        paid = shop.oms.look(Payment, PAID)
        assert status_of(found) is OrderStatus.CANCELLED
        assert (paid.captured.minor, paid.voided) == (0, found.total)
        opinion = shop.oms.look(OrderReview, ORD).opinions[0]
        assert (opinion.says, opinion.reference) == (CANCEL.says, "case-7")
        assert opinion.details is not None and opinion.details["score"] == "99"
        check_everything(shop.oms, shop.payments)


def test_a_payment_authorised_after_the_order_was_cancelled_is_let_go(tmp_path: Path) -> None:
    with bench(tmp_path, reviewers={"acme": Reviewer(CANCEL)}) as shop:
        shop.oms.do(order(shop.oms, {TEA: 1}, method="slow-3"))
        pass_time(shop.oms, days=2)
        paid = shop.oms.look(Payment, PAID)
        assert paid.captured.minor == 0 and paid.authorised == paid.voided
        check_everything(shop.oms, shop.payments)


ANSWERS: dict[str, Said] = {"approve": APPROVE, "hold": HOLD, "cancel": CANCEL, "down": DOWN, "lost": LOST}


def expected(said: Sequence[str], policy: str) -> str:
    """What the answers come to, by the rule in one sentence: one that cancels is enough, all must approve."""
    counted = {policy if each in ("down", "lost") else each for each in said}
    return "cancel" if "cancel" in counted else "hold" if "hold" in counted else "approve"


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.sampled_from(sorted(ANSWERS)), min_size=1, max_size=3), st.sampled_from(["hold", "approve"]))
def test_all_must_approve_one_is_enough_to_cancel(
    tmp_path_factory: pytest.TempPathFactory, said: list[str], policy: str
) -> None:
    reviewers = {f"r{number}": Reviewer(ANSWERS[each]) for number, each in enumerate(said)}
    folder = tmp_path_factory.mktemp("shop")
    with bench(folder, reviewers=reviewers, edit=f'\n[review]\nwhen_unreachable = "{policy}"\n') as shop:
        shop.oms.do(order(shop.oms, {TEA: 1}))
        goes_nowhere(shop)
        pass_time(shop.oms, hours=25)
        found = shop.oms.look(Order, ORD)
        held = found.has_hold(HoldKind.HELD_BY_REVIEWER)
        came_to = "cancel" if found.is_cancelled else "hold" if held else "approve"
        assert came_to == expected(said, policy)
        if came_to != "cancel":
            assert not found.has_hold(HoldKind.UNDER_REVIEW)
        assert found.is_cancelled or held is shop.oms.look(FulfillmentOrder, WORK).on_hold
        assert shop.oms.look(Payment, PAID).captured.minor == 0
        assert not shop.oms.storage.tasks("dead")
        check_everything(shop.oms, shop.payments)
        assert not audit(shop.oms.storage).findings


@pytest.mark.parametrize("broken", [DOWN, LOST, ValueError("a mistake in the plugin"), PortError("odd")])
def test_a_reviewer_that_fails_is_asked_again_under_its_one_key_and_no_longer_than_it_may_take(
    tmp_path: Path, broken: Exception
) -> None:
    reviewer = Reviewer(broken)
    with bench(tmp_path, reviewers={"acme": reviewer}, edit="\n[review]\nwithin_hours = 5\n") as shop:
        shop.oms.do(order(shop.oms, {TEA: 1}))
        pass_time(shop.oms, hours=4, minutes=59)
        assert HoldKind.UNDER_REVIEW in kinds(shop)
        assert len(reviewer.asked) > 5 and {each.key for each in reviewer.asked} == {"ord_1.review.acme"}
        pass_time(shop.oms, minutes=1)
        assert kinds(shop) == {HoldKind.HELD_BY_REVIEWER}
        opinion = shop.oms.look(OrderReview, ORD).opinions[0]
        assert opinion.is_unreachable and opinion.at == NOON + timedelta(hours=5)
        asked = len(reviewer.asked)
        pass_time(shop.oms, days=3)
        assert len(reviewer.asked) == asked
        check_everything(shop.oms, shop.payments)


def test_an_answer_that_comes_after_some_failures_counts(tmp_path: Path) -> None:
    with bench(tmp_path, reviewers={"acme": Reviewer(DOWN, LOST, DOWN, APPROVE)}) as shop:
        shop.oms.do(order(shop.oms, {TEA: 1}))
        pass_time(shop.oms, hours=1)
        assert kinds(shop) == set()
        assert not shop.oms.look(OrderReview, ORD).opinions[0].is_unreachable


def test_a_worker_that_was_away_longer_than_a_review_may_take_still_asks(tmp_path: Path) -> None:
    reviewer = Reviewer(CANCEL)
    with bench(tmp_path, reviewers={"acme": reviewer}, edit='\n[review]\nwhen_unreachable = "approve"\n') as shop:
        shop.oms.do(order(shop.oms, {TEA: 1}))
        shop.oms.clock.set(NOON + timedelta(days=9))  # type: ignore[attr-defined]
        shop.oms.run_due()
        assert shop.oms.look(Order, ORD).is_cancelled


def test_a_definite_no_of_the_reviewer_is_not_asked_again(tmp_path: Path) -> None:
    reviewer = Reviewer(PortRefusedError("it takes no orders from here"))
    with bench(tmp_path, reviewers={"acme": reviewer}) as shop:
        shop.oms.do(order(shop.oms, {TEA: 1}))
        pass_time(shop.oms, days=2)
        (hold,) = shop.oms.look(Order, ORD).holds
        assert hold.says == "acme: no answer: it takes no orders from here"
        assert len(reviewer.asked) == 1


@pytest.mark.parametrize(("kind", "cases"), [(Forgetful, 1), (Remembering, 1)])
def test_a_reviewer_that_keeps_no_keys_is_never_asked_twice_after_a_lost_answer(
    tmp_path: Path, kind: type[Forgetful], cases: int
) -> None:
    class Loses(kind):  # type: ignore[misc, valid-type]
        def review(self, request: ReviewRequest) -> ReviewAnswer:
            super().review(request)
            raise LOST

    reviewer = Loses(APPROVE)
    with bench(tmp_path, reviewers={"acme": reviewer}) as shop:
        shop.oms.do(order(shop.oms, {TEA: 1}))
        pass_time(shop.oms, days=2)
        assert len(reviewer.asked) == cases
        assert kinds(shop) == (set() if kind is Remembering else {HoldKind.HELD_BY_REVIEWER})


def test_an_answer_that_is_none_counts_as_no_answer(tmp_path: Path) -> None:
    class Mute(Reviewer):
        def review(self, request: ReviewRequest) -> ReviewAnswer:
            return None  # type: ignore[return-value]

    with bench(tmp_path, reviewers={"acme": Mute(APPROVE)}) as shop:
        shop.oms.do(order(shop.oms, {TEA: 1}))
        pass_time(shop.oms, days=2)
        (hold,) = shop.oms.look(Order, ORD).holds
        assert "it must give a ReviewAnswer" in hold.says


def test_a_person_may_let_the_order_go_and_nobody_is_asked_any_more(tmp_path: Path) -> None:
    reviewer = Reviewer(DOWN, CANCEL)
    with bench(tmp_path, reviewers={"acme": reviewer}) as shop:
        shop.oms.do(order(shop.oms, {TEA: 1}))
        shop.oms.run_due()
        shop.oms.do(ReleaseHold(order_id=ORD, kind=HoldKind.UNDER_REVIEW, at=shop.oms.clock.now()))
        pass_time(shop.oms, days=2)
        assert len(reviewer.asked) == 1
        assert not shop.oms.look(Order, ORD).is_cancelled
        send_out(shop.oms, ORD)
        check_everything(shop.oms, shop.payments)


def test_an_answer_that_comes_after_a_person_decided_changes_nothing(tmp_path: Path) -> None:
    reviewer = Reviewer(CANCEL)
    with bench(tmp_path, reviewers={"acme": reviewer}) as shop:
        shop.oms.do(order(shop.oms, {TEA: 1}))
        release = ReleaseHold(order_id=ORD, kind=HoldKind.UNDER_REVIEW, at=shop.oms.clock.now())
        reviewer.meanwhile = lambda: shop.oms.do(release)
        shop.oms.run_due()
        assert shop.oms.look(OrderReview, ORD).verdict is Verdict.CANCEL
        assert not shop.oms.look(Order, ORD).is_cancelled


def test_an_order_its_customer_cancelled_is_not_reviewed(tmp_path: Path) -> None:
    reviewer = Reviewer(HOLD)
    with bench(tmp_path, reviewers={"acme": reviewer}) as shop:
        shop.oms.do(order(shop.oms, {TEA: 1}))
        shop.oms.do(CancelOrder(order_id=ORD, at=shop.oms.clock.now()))
        pass_time(shop.oms, days=2)
        assert reviewer.asked == []
        assert not audit(shop.oms.storage).findings


def test_other_holds_stand_when_the_reviewers_approve(tmp_path: Path) -> None:
    with bench(tmp_path, reviewers={"acme": Reviewer(APPROVE)}) as shop:
        shop.oms.do(order(shop.oms, {TEA: 1}))
        shop.oms.do(PlaceHold(order_id=ORD, kind=HoldKind.CUSTOMER, says="holiday", at=shop.oms.clock.now()))
        pass_time(shop.oms, days=1)
        assert kinds(shop) == {HoldKind.CUSTOMER}
        assert shop.oms.look(FulfillmentOrder, WORK).on_hold


def test_captures_wait_for_the_review_only_where_the_shop_says_so(tmp_path: Path) -> None:
    with bench(tmp_path, reviewers={"acme": Reviewer(HOLD)}, edit="\n[review]\ncapture_waits = false\n") as shop:
        shop.oms.do(order(shop.oms, {TEA: 1}))
        shop.oms.run_due()
        capture(shop)
        shop.oms.run_due()
        assert shop.oms.look(Payment, PAID).captured == Money(1_000, "EUR")


def test_a_reviewer_that_is_configured_no_more_counts_as_unreachable(tmp_path: Path) -> None:
    with bench(tmp_path, storage="sqlite", reviewers={"acme": Reviewer(DOWN)}) as shop:
        shop.oms.do(order(shop.oms, {TEA: 1}))
        shop.oms.run_due()
    with bench(tmp_path, storage="sqlite") as shop:
        pass_time(shop.oms, days=2)
        (hold,) = shop.oms.look(Order, ORD).holds
        assert "reviewers.acme is not configured any more" in hold.says


def test_a_shop_without_reviewers_asks_nobody_and_writes_nothing_more(tmp_path: Path) -> None:
    with small_shop(tmp_path) as oms:
        recorded = oms.do(order(oms, {TEA: 1}))
        assert oms.find(OrderReview, ORD) is None
        assert not [name for name, _ in recorded.streams if name.startswith("review/")]
        assert not [task for task in oms.storage.tasks("waiting") if task.kind == "review"]


def test_the_audit_names_a_review_that_nobody_asks_about_any_more(tmp_path: Path) -> None:
    with bench(tmp_path, storage="sqlite", reviewers={"acme": Reviewer(DOWN)}) as shop:
        shop.oms.do(order(shop.oms, {TEA: 1}))
        shop.oms.run_due()
        assert not audit(shop.oms.storage).findings
    with closing(sqlite3.connect(tmp_path / "shop.db")) as store, store:
        store.execute("DELETE FROM task_queue WHERE task_id = 'ord_1.review.acme'")
    with bench(tmp_path, storage="sqlite") as shop:
        found = [each.says for each in audit(shop.oms.storage).findings if each.where == "review/ord_1"]
    assert found == ["acme has not answered, but the task ord_1.review.acme is gone"]


def test_opinions_are_given_once_and_only_by_those_who_were_asked() -> None:
    asked = RequestReview(order_id=ORD, reviewers=("b", "a", "b"), ends_at=NOON, at=NOON)
    (event,) = decide(None, asked)
    review = OrderReview(order_id=ORD, reviewers=event.reviewers, requested_at=NOON, ends_at=NOON)  # type: ignore[union-attr]
    assert review.waits_for == ("a", "b")

    def said(reviewer: str) -> RecordOpinion:
        return RecordOpinion(order_id=ORD, reviewer=reviewer, verdict=Verdict.HOLD, says="x", at=NOON)

    with pytest.raises(RefusedError, match="was put before reviewers already"):
        decide(review, asked)
    with pytest.raises(RefusedError, match="c was not asked about order ord_1, but a, b"):
        decide(review, said("c"))
    with pytest.raises(NotFoundError):
        decide(None, said("a"))


ACTIONS = ("tasks", "hour", "day", "let go", "release", "cancel one", "cancel all", "capture", "hold", "unhold", "send")


def tried(shop: Bench, action: str, number: int) -> None:
    """Somebody does this now; what makes no sense just then is refused."""
    oms = shop.oms
    at = oms.clock.now()
    match action:
        case "tasks":
            oms.run_due()
        case "hour":
            pass_time(oms, hours=1)
        case "day":
            pass_time(oms, days=1)
        case "let go":
            oms.do(ReleaseHold(order_id=ORD, kind=HoldKind.UNDER_REVIEW, at=at))
        case "release":
            oms.do(ReleaseHold(order_id=ORD, kind=HoldKind.HELD_BY_REVIEWER, at=at))
        case "cancel one":
            oms.do(CancelUnits(order_id=ORD, line_id=1, units=1, at=at))
        case "cancel all":
            oms.do(CancelOrder(order_id=ORD, at=at))
        case "capture":
            one = Money(100, "EUR")
            oms.do(RequestStep(payment_id=PAID, key=f"{PAID}.c{number}", step=Step.CAPTURE, amount=one, at=at))
        case "hold":
            oms.do(PlaceHold(order_id=ORD, kind=HoldKind.CUSTOMER, says="wait", at=at))
        case "unhold":
            oms.do(ReleaseHold(order_id=ORD, kind=HoldKind.CUSTOMER, at=at))
        case _:
            send_out(oms, ORD)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.sampled_from(sorted(ANSWERS)), min_size=1, max_size=4),
    st.lists(st.sampled_from(ACTIONS), min_size=1, max_size=12),
)
def test_whatever_happens_meanwhile_nothing_moves_under_review_and_everything_adds_up(
    tmp_path_factory: pytest.TempPathFactory, said: list[str], actions: list[str]
) -> None:
    reviewer = Reviewer(*[ANSWERS[each] for each in said])
    folder = tmp_path_factory.mktemp("shop")
    with bench(folder, reviewers={"acme": reviewer, "zoll": Reviewer(APPROVE)}) as shop:
        shop.oms.do(order(shop.oms, {TEA: 3, CUP: 1}))
        for number, action in enumerate(actions):
            before, paid = shop.oms.look(Order, ORD), shop.oms.look(Payment, PAID).captured
            with suppress(RefusedError):
                tried(shop, action, number)
            found = shop.oms.look(Order, ORD)
            stood = before.has_hold(HoldKind.UNDER_REVIEW) or before.has_hold(HoldKind.HELD_BY_REVIEWER)
            stands = found.has_hold(HoldKind.UNDER_REVIEW) or found.has_hold(HoldKind.HELD_BY_REVIEWER)
            if stood and stands and not before.is_settled:
                assert [line.quantities.handed_over for line in found.lines] == [
                    line.quantities.handed_over for line in before.lines
                ]
                assert shop.oms.look(Payment, PAID).captured == paid
                assert not any([line.quantities.picked or line.quantities.packed for line in found.lines])
        pass_time(shop.oms, days=3)
        check_everything(shop.oms, shop.payments)
        assert not audit(shop.oms.storage).findings


def test_a_pile_of_orders_is_reviewed_one_by_one(tmp_path: Path) -> None:
    reviewer = Reviewer(APPROVE, HOLD, CANCEL, APPROVE)
    with bench(tmp_path, storage="sqlite", reviewers={"acme": reviewer}) as shop:
        wishes = [order(shop.oms, {TEA: 1}, order_id=f"ord_{number}") for number in range(1, 6)]
        assert all([isinstance(each, Recorded) for each in shop.oms.do_many(wishes)])
        shop.oms.run_due()
        assert [each.order_id for each in reviewer.asked] == [f"ord_{number}" for number in range(1, 6)]
        stood = [status_of(shop.oms.look(Order, f"ord_{number}")).value for number in range(1, 6)]
        assert stood == ["in progress", "on hold", "cancelled", "in progress", "in progress"]
        check_everything(shop.oms, shop.payments)
