"""Our payments against a provider's own list: what agrees is silent, and every sort of difference is named."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import attrs
import pytest

from omscore.app import Oms, open_shop
from omscore.audit.reconcile import DEADLINE, Mismatch, Reconciliation, reconcile
from omscore.errors import InputError
from omscore.money import Money
from omscore.payments.events import StepDeclined, StepSucceeded
from omscore.ports.payments import PaymentOutcome, PaymentStep, ProviderPayment
from tests.audit import little_shop
from tests.cli.conftest import run

START = little_shop.MONDAY - timedelta(hours=1)
END = little_shop.MONDAY + timedelta(days=20)
Told = list[ProviderPayment]


class Listed:
    """A provider that lists what it is told to."""

    def __init__(self, payments: Told) -> None:
        self._payments = payments

    def listing(self, since: datetime, until: datetime) -> Iterator[ProviderPayment]:
        return (each for each in self._payments if since <= each.at < until)


def truth(shop: Oms) -> Told:
    """What an honest provider has: every effect and every decline that our log tells, a second earlier."""
    told = []
    for row in shop.storage.streams("payment/"):
        for event in shop.storage.events(stream=row.stream):
            fact = shop.codec.event(event.name, event.at, event.body)
            if isinstance(fact, StepSucceeded | StepDeclined):
                told.append(
                    ProviderPayment(
                        key=fact.key,
                        step=PaymentStep(fact.step.value),
                        outcome=PaymentOutcome("succeeded" if isinstance(fact, StepSucceeded) else "declined"),
                        amount=fact.amount,
                        reference=getattr(fact, "reference", ""),
                        at=fact.at - timedelta(seconds=1),
                    )
                )
    return told


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Oms]:
    """The little shop after a full life; nothing here changes it."""
    with little_shop.opened(tmp_path_factory.mktemp("reconciled")) as opened:
        little_shop.live(opened)
        yield opened


def compared(shop: Oms, told: Told, *, since: datetime = START, until: datetime = END) -> Reconciliation:
    return reconcile(shop.storage, "manual", Listed(told), since=since, until=until)


def without_open(shop: Oms) -> datetime:
    """An end at which the attempt that waits for its answer still has time."""
    return little_shop.now(shop) + timedelta(hours=1)


def test_an_honest_provider_agrees_and_what_waits_is_told_apart(shop: Oms) -> None:
    made = compared(shop, truth(shop), until=without_open(shop))
    assert made.differences == ()
    assert made.agreed == len(truth(shop))
    assert made.waiting == ("o9.p1.authorise",)
    assert made.ours == made.theirs
    assert made.ours["refund", "EUR"] > 0


def test_declines_need_not_be_listed(shop: Oms) -> None:
    told = [each for each in truth(shop) if each.outcome is not PaymentOutcome.DECLINED]
    assert compared(shop, told, until=without_open(shop)).differences == ()


KEY = "o1.p1.authorise"


def changed(**change: object) -> Callable[[Told], Told]:
    return lambda told: [attrs.evolve(each, **change) if each.key == KEY else each for each in told]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("mismatch", "spoil"),
    [
        (Mismatch.MISSING_THERE, lambda told: [each for each in told if each.key != KEY]),
        (Mismatch.DIFFERENT, changed(amount=Money(5484, "EUR"))),
        (Mismatch.DIFFERENT, changed(amount=Money(5485, "USD"))),
        (Mismatch.DIFFERENT, changed(step=PaymentStep.CAPTURE)),
        (Mismatch.DIFFERENT, changed(outcome=PaymentOutcome.DECLINED)),
        (Mismatch.DIFFERENT, changed(outcome=PaymentOutcome.PENDING)),
        (Mismatch.DIFFERENT, changed(reference="another")),
        (Mismatch.TWICE, lambda told: [*told, *(each for each in changed(reference="again")(told) if each.key == KEY)]),
    ],
)
def test_every_difference_on_an_attempt_of_ours_is_named(
    shop: Oms, mismatch: Mismatch, spoil: Callable[[Told], Told]
) -> None:
    made = compared(shop, spoil(truth(shop)), until=without_open(shop))
    (difference,) = made.differences
    assert (difference.mismatch, difference.key, difference.payment_id) == (mismatch, KEY, "o1.p1")
    assert difference.ours.startswith("authorise 54.85 EUR succeeded")


def test_a_decline_of_ours_that_took_effect_is_a_difference(shop: Oms) -> None:
    told = [
        attrs.evolve(each, outcome=PaymentOutcome.SUCCEEDED) if each.key == "o3.p1.authorise" else each
        for each in truth(shop)
    ]
    (difference,) = compared(shop, told, until=without_open(shop)).differences
    assert (difference.mismatch, difference.key) == (Mismatch.DIFFERENT, "o3.p1.authorise")


def test_an_effect_we_never_asked_for_is_missing_in_our_books(shop: Oms) -> None:
    stranger = attrs.evolve(truth(shop)[0], key="o99.p1.authorise", reference="r", at=little_shop.MONDAY)
    declined = attrs.evolve(stranger, key="o98.p1.authorise", outcome=PaymentOutcome.DECLINED)
    outside = attrs.evolve(stranger, key="o97.p1.authorise", at=START - timedelta(hours=2))
    told = [*truth(shop), stranger, declined, outside]
    (difference,) = compared(shop, told, until=without_open(shop)).differences
    assert (difference.mismatch, difference.key, difference.ours) == (
        Mismatch.MISSING_HERE,
        "o99.p1.authorise",
        "nothing",
    )


def test_an_attempt_without_an_answer_is_lost_once_its_deadline_is_over(shop: Oms) -> None:
    asked_at = little_shop.now(shop)
    waits = compared(shop, truth(shop), until=asked_at + DEADLINE - timedelta(seconds=1))
    lost = compared(shop, truth(shop), until=asked_at + DEADLINE)
    assert (waits.differences, waits.waiting) == ((), ("o9.p1.authorise",))
    assert [(each.mismatch, each.theirs) for each in lost.differences] == [(Mismatch.UNANSWERED, "nothing")]
    assert lost.waiting == ()


def test_clocks_apart_and_late_effects_make_no_difference_at_the_edge_of_a_window(shop: Oms) -> None:
    """Whatever the window, attempts on its edges are compared whole or not at all."""
    moments = sorted({each.at for each in truth(shop)})
    late = [attrs.evolve(each, at=each.at + timedelta(hours=20)) for each in truth(shop)]
    for told in (truth(shop), late):
        for at in moments:
            for shift in (timedelta(0), timedelta(seconds=1)):
                assert compared(shop, told, until=at + shift + timedelta(days=1)).differences == ()
                assert compared(shop, told, since=at + shift, until=without_open(shop)).differences == ()


def test_payments_of_other_providers_are_left_alone(shop: Oms) -> None:
    made = reconcile(shop.storage, "other", Listed([]), since=START, until=END)
    assert (made.differences, made.agreed, made.waiting) == ((), 0, ())


def test_a_window_that_is_none_is_refused(shop: Oms) -> None:
    with pytest.raises(InputError, match="no time between"):
        compared(shop, [], since=END, until=START)
    with pytest.raises(InputError, match="no time between"):
        compared(shop, [], until=END.replace(tzinfo=None))


@pytest.fixture
def trading(tmp_path: Path) -> Path:
    """The configuration of a shop on the machine's clock that sold something, its provider keeping a book."""
    toml = little_shop.SHOP.replace("[storage.memory]", '[storage.sqlite]\npath = "shop.db"\nsynchronous = "normal"')
    toml = toml.replace("[payment.manual]", '[payment.manual]\nbook = "payments.csv"')
    config = tmp_path / "shop.toml"
    config.write_text(toml, encoding="utf-8")
    (tmp_path / "rates.csv").write_text(little_shop.RATES, encoding="utf-8")
    with open_shop(config) as shop:
        little_shop.stocked(shop)
        little_shop.place(shop, "o1", ("TEA", 2))
        little_shop.place(shop, "o2", ("TEA", 1), method="card-declined")
        shop.run_due()
        little_shop.ship(shop, "o1")
    return config


def test_the_command_agrees_with_the_book_of_another_program(trading: Path, tmp_path: Path) -> None:
    told = run("reconcile", trading, "--provider", "manual", "--json", tmp_path / "out.json")
    assert told.exit_code == 0, told.output
    assert "Both sides agree" in told.output
    figures = json.loads((tmp_path / "out.json").read_text("utf-8"))
    assert figures["differences"] == []
    assert figures["agreed"] == 3, "two authorisations and a capture"
    assert [each["step"] for each in figures["sums"]] == ["authorise", "capture"]


def test_the_command_names_what_is_missing_and_ends_with_one(trading: Path, tmp_path: Path) -> None:
    book = trading.parent / "payments.csv"
    lines = book.read_text("utf-8").splitlines()
    book.write_text("\n".join(line for line in lines if ",capture," not in line) + "\n", encoding="utf-8")
    told = run("reconcile", trading, "--provider", "manual", "--json", tmp_path / "out.json")
    assert told.exit_code == 1
    assert "Missing at the provider" in told.output
    (difference,) = json.loads((tmp_path / "out.json").read_text("utf-8"))["differences"]
    assert difference["mismatch"] == "missing at the provider"
    long_ago = run("reconcile", trading, "--provider", "manual", "--since", "2020-01-01", "--until", "2020-02-01")
    assert long_ago.exit_code == 0
    assert datetime.now(UTC).year > 2020


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--provider", "stripe"), "the shop has no such provider; configured: manual"),
        (("--provider", "manual", "--since", "yesterday"), "--since 'yesterday' is no moment"),
        (("--provider", "manual", "--since", "2026-03-01T09:00"), "is no moment"),
    ],
)
def test_the_command_says_what_was_wrong(trading: Path, arguments: tuple[str, ...], says: str) -> None:
    told = run("reconcile", trading, *arguments)
    assert told.exit_code == 2
    assert says in " ".join(told.output.split())


def test_without_a_book_the_command_says_how_to_keep_one(trading: Path) -> None:
    trading.write_text(trading.read_text("utf-8").replace('book = "payments.csv"', ""), encoding="utf-8")
    told = run("reconcile", trading, "--provider", "manual")
    assert told.exit_code == 2
    assert "set payment.manual.book" in " ".join(told.output.split())
