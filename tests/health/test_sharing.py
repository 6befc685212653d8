"""What programs tell the store of adapters: seldom, in no commit, and so that others learn from it."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from omscore.app import Oms
from omscore.errors import PortTransientError
from omscore.health.model import Health
from omscore.ports.clock import VirtualClock
from omscore_adapters.payment_manual import ManualPayments
from tests.health.flaky import CountingStore, Flaky
from tests.kit.shops import NOON, TEA, order, pass_time, receive
from tests.laws.bench import Bench, bench


def sell(oms: Oms, numbers: range, *, name: str = "ord") -> None:
    for number in numbers:
        oms.do(order(oms, {TEA: 1}, order_id=f"{name}_{number}"))


def calls_of(health: Health) -> dict[tuple[str, str], int]:
    return {(each.adapter, one.operation): one.calls for each in health.adapters for one in each.operations}


def test_the_store_is_told_once_in_five_seconds_at_most_and_of_everything_in_the_end(tmp_path: Path) -> None:
    store, clock = CountingStore(), VirtualClock(NOON)
    with bench(tmp_path, store=store, clock=clock) as shop:
        receive(shop.oms, "MUC", {TEA: 500}, document="more")
        for second in range(60):
            clock.set(NOON + timedelta(seconds=second))
            sell(shop.oms, range(3), name=f"at_{second}")
            shop.oms.run_due()
        expected = calls_of(shop.oms.health())
        assert expected["payment.manual", "authorise"] == 180
        assert 0 < store.kept["payment.manual"] <= 60 // 5
        shop.oms._desk.meter.keep()
        assert calls_of(shop.oms.health()) == expected, "nothing is counted twice"
        with bench(tmp_path, store=store, clock=clock) as other:
            assert calls_of(other.oms.health()) == expected, "another program knows it too"


def test_a_shop_that_is_closed_tells_the_store_what_it_counted_last(tmp_path: Path) -> None:
    with bench(tmp_path, storage="sqlite") as shop:
        sell(shop.oms, range(3))
        shop.oms.run_due()
        expected = calls_of(shop.oms.health())
    with bench(tmp_path, storage="sqlite") as shop:
        assert calls_of(shop.oms.health()) == expected
        assert expected["payment.manual", "authorise"] == 3


def test_a_store_that_cannot_be_told_loses_nothing_and_stops_nothing(tmp_path: Path) -> None:
    store, clock = CountingStore(), VirtualClock(NOON)
    with bench(tmp_path, store=store, clock=clock) as shop:
        store.is_broken = True
        sell(shop.oms, range(3))
        pass_time(shop.oms, seconds=30)
        sell(shop.oms, range(3, 6))
        assert shop.oms.run_due().done > 0
        store.is_broken = False
        pass_time(shop.oms, seconds=30)
        sell(shop.oms, range(6, 7))
        shop.oms.run_due()
        assert calls_of(shop.oms.health())["payment.manual", "authorise"] == 7
        assert store.kept["payment.manual"] >= 1


def test_a_program_learns_from_the_store_that_an_adapter_is_down_and_that_it_is_back(tmp_path: Path) -> None:
    """Two programs, one bank that hangs: the second has not asked it once before it knows."""
    store, clock = CountingStore(), VirtualClock(NOON)
    banks = [Flaky(ManualPayments(), clock, takes=timedelta(seconds=30)) for _ in range(2)]
    edit = "[health]\nretry_after_s = 300\n"
    with bench(tmp_path, store=store, clock=clock, payments=banks[0], edit=edit) as first:  # type: ignore[arg-type]
        receive(first.oms, "MUC", {TEA: 500}, document="more")
        banks[0].goes_down(lambda: PortTransientError("down"))
        banks[1].goes_down(lambda: PortTransientError("down"))
        sell(first.oms, range(4))
        first.oms.run_due()
        assert banks[0].failed["send"] == 1
        with bench(tmp_path, store=store, clock=clock, payments=banks[1]) as second:  # type: ignore[arg-type]
            sell(second.oms, range(4, 8))
            second.oms.run_due()
            assert banks[1].calls.total() == 0
            for bank in banks:
                bank.comes_back()
            pass_time(second.oms, minutes=11)
            assert second.oms.health().troubled == ()
        assert first.oms.health().troubled == (), "it closes for everybody who looks"


def test_health_kept_by_a_newer_version_is_begun_anew(tmp_path: Path) -> None:
    store = CountingStore()
    store.keep_health("payment.manual", lambda _: '{"written": "by a newer version"}')
    shop: Bench
    with bench(tmp_path, store=store) as shop:
        sell(shop.oms, range(2))
        shop.oms.run_due()
        shop.oms._desk.meter.keep()
        assert calls_of(shop.oms.health())["payment.manual", "authorise"] == 2


def once(tmp_path: Path, store: CountingStore, bank: Flaky, *names: str) -> Health:
    """A program from cron: it starts, takes orders, works off what is due and ends. What the shop knows then."""
    with bench(tmp_path, store=store, clock=bank.clock, payments=bank) as shop:  # type: ignore[arg-type]
        for name in names:
            sell(shop.oms, range(1), name=name)
        shop.oms.run_due()
        shop.oms._desk.meter.keep()
        return shop.oms.health()


def test_short_programs_one_after_the_other_open_the_breaker_that_one_long_program_would(tmp_path: Path) -> None:
    """Five failures in a row by default; here five programs see one or two of them each."""
    store = CountingStore()
    bank = Flaky(ManualPayments(), VirtualClock(NOON))
    bank.goes_down()
    for name in ("first", "second", "third", "fourth"):
        assert once(tmp_path, store, bank, name).troubled == (), name
    assert once(tmp_path, store, bank, "fifth", "sixth", "seventh").troubled == (("payment.manual", "authorise"),)
    assert bank.failed["send"] == 5, "once it is open no more are made"
    once(tmp_path, store, bank, "eighth")
    assert bank.failed["send"] == 5, "and the next program makes none either"


def test_a_call_that_worked_in_one_program_begins_the_row_anew_in_the_next(tmp_path: Path) -> None:
    store = CountingStore()
    bank = Flaky(ManualPayments(), VirtualClock(NOON))
    bank.goes_down()
    once(tmp_path, store, bank, "first", "second", "third", "fourth")
    bank.comes_back()
    once(tmp_path, store, bank, "fifth")
    bank.goes_down()
    assert once(tmp_path, store, bank, "sixth", "seventh", "eighth", "ninth").troubled == ()
    assert once(tmp_path, store, bank, "tenth").troubled == (("payment.manual", "authorise"),)
    assert bank.failed["send"] == 9


def test_a_program_that_called_nobody_leaves_the_row_as_it_was(tmp_path: Path) -> None:
    store = CountingStore()
    bank = Flaky(ManualPayments(), VirtualClock(NOON))
    bank.goes_down()
    once(tmp_path, store, bank, "first", "second", "third", "fourth")
    once(tmp_path, store, bank)
    assert once(tmp_path, store, bank, "fifth").troubled == (("payment.manual", "authorise"),)
