"""The hostile world does what its faults say, the same for the same seed, and a shop lives through it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from http.client import HTTPConnection, HTTPException
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from omscore.errors import InputError, PortTransientError, PortUnknownError
from omscore.fulfillment.commands import HandOver, PackBoxes, PickUnits
from omscore.orders.model import Order
from omscore.payments.model import Payment
from omscore.ports.clock import VirtualClock
from omscore.testing.faults import Fault
from omscore.testing.hostile import FaultPlan, HostileFront, SkewedClock, disordered, hostile
from omscore_adapters.payment_manual import ManualPayments
from tests.kit.carriers import PlainCarrier
from tests.kit.shops import NOON, TEA, order, pass_time
from tests.laws.bench import Outbox, bench

EFFECTS = {
    Fault.DOWN: (0, 0),
    Fault.LOST_ANSWER: (1, 1),
    Fault.GARBAGE: (1, 1),
    Fault.TWICE: (2, 2),
    Fault.LATE: (0, 1),
}
"""How often the world was reached by a call that was struck: at once, and after the next call."""


class Counter(ThreadingHTTPServer):
    """A server that says back what it was told, and keeps it."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Telling)
        self.heard: list[tuple[str, str, bytes]] = []


class _Telling(BaseHTTPRequestHandler):
    server: Counter

    def do_GET(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.server.heard.append((self.command, self.path, body))
        self.send_response(201)
        self.send_header("X-Key", self.headers.get("X-Key", ""))
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_PUT = do_DELETE = do_GET

    def log_message(self, format: str, *args: object) -> None:
        """Nothing on the console."""


@pytest.fixture(scope="module")
def world() -> Iterator[Counter]:
    with Counter() as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def front(world: Counter) -> Iterator[HostileFront]:
    world.heard.clear()
    with HostileFront(world.server_address[1]) as between:
        yield between


def asked(front: HostileFront, method: str, path: str, body: bytes = b"") -> tuple[int, str, bytes] | None:
    """What comes back through the front; None when the line breaks."""
    line = HTTPConnection("127.0.0.1", front.port, timeout=10)
    try:
        line.request(method, path, body, {"X-Key": path})
        answer = line.getresponse()
        return answer.status, answer.getheader("X-Key", ""), answer.read()
    except (OSError, HTTPException):
        return None
    finally:
        line.close()


@pytest.mark.parametrize("fault", EFFECTS)
def test_each_fault_reaches_the_world_as_often_as_it_says(world: Counter, front: HostileFront, fault: Fault) -> None:
    front.break_next(fault)
    told = asked(front, "POST", "/first", b"1")
    assert world.heard.count(("POST", "/first", b"1")) == EFFECTS[fault][0]
    match fault:
        case Fault.TWICE:
            assert told == (201, "/first", b"1")
        case Fault.GARBAGE:
            assert told is not None and told[0] == 200 and told[2] != b"1"
        case _:
            assert told is None
    assert asked(front, "POST", "/next", b"2") == (201, "/next", b"2")
    assert world.heard.count(("POST", "/first", b"1")) == EFFECTS[fault][1]
    if fault is Fault.LATE:
        assert [path for _, path, _ in world.heard] == ["/next", "/first"]
    assert [str(call) for call in front.calls] == [f"1 POST /first: {fault}", "2 POST /next: passed on"]


def test_questions_go_through_until_something_is_down(world: Counter, front: HostileFront) -> None:
    front.break_next(Fault.LOST_ANSWER)
    assert asked(front, "GET", "/seen") == (201, "/seen", b"")
    front.break_next(Fault.DOWN)
    assert asked(front, "GET", "/not-seen") is None
    assert asked(front, "DELETE", "/gone") is None
    assert [path for _, path, _ in world.heard] == ["/seen", "/gone"]
    assert front.struck == 2


def test_a_mark_chooses_the_calls_and_they_are_struck_as_often_as_was_asked(front: HostileFront) -> None:
    front.break_next(Fault.DOWN, mark="this", times=2)
    told = [asked(front, "POST", "/a", body) for body in (b"that", b"this", b"that", b"this", b"this")]
    assert [each is None for each in told] == [False, True, False, True, False]
    assert asked(front, "POST", "/this") is not None


@settings(max_examples=30)
@given(st.binary(max_size=200), st.sampled_from(["POST", "PUT"]))
def test_what_is_passed_on_is_passed_on_as_it_is(world: Counter, body: bytes, method: str) -> None:
    with HostileFront(world.server_address[1]) as front:
        assert asked(front, method, "/a?b=%20c", body) == (201, "/a?b=%20c", body)
        assert world.heard[-1] == (method, "/a?b=%20c", body)


def test_half_a_call_is_nothing_a_front_can_do(front: HostileFront) -> None:
    with pytest.raises(ValueError, match="world behind it"):
        front.break_next(Fault.PARTIAL)


def test_a_front_strikes_by_a_plan_and_tells_which(world: Counter) -> None:
    plan = FaultPlan(11, faults=[Fault.DOWN], one_in=2)
    with HostileFront(world.server_address[1], plan=plan) as front:
        told = [asked(front, "POST", f"/{number}") for number in range(20)]
    assert [number for number, each in enumerate(told, 1) if each is None] == [strike.call for strike in plan.strikes]
    assert 0 < len(plan.strikes) < 20
    assert str(front.calls[plan.strikes[0].call - 1]) in str(front)


@given(st.integers(), st.integers(1, 5), st.sets(st.sampled_from(Fault), min_size=1))
def test_the_same_seed_gives_the_same_faults(seed: int, one_in: int, faults: set[Fault]) -> None:
    plans = [FaultPlan(seed, faults=order, one_in=one_in) for order in (sorted(faults), sorted(faults)[::-1])]
    drawn = [[plan.strike("a") for _ in range(30)] for plan in plans]
    assert drawn[0] == drawn[1]
    assert str(plans[0]) == str(plans[1])
    assert set(drawn[0]) <= faults | {None}
    assert one_in > 1 or None not in drawn[0]


@given(st.lists(st.integers(), unique=True), st.integers())
def test_disordered_messages_come_once_or_twice_and_none_is_lost(messages: list[int], seed: int) -> None:
    brought = disordered(messages, seed)
    assert set(brought) == set(messages)
    assert all(brought.count(each) in (1, 2) for each in messages)
    assert disordered(messages, seed) == brought


def test_some_seed_changes_the_order_and_some_brings_one_twice() -> None:
    drawn = [disordered("abc", seed) for seed in range(20)]
    assert any(list(dict.fromkeys(each)) != ["a", "b", "c"] for each in drawn)
    assert {len(each) for each in drawn} >= {3, 4, 5}


@given(st.timedeltas(timedelta(days=-3), timedelta(days=3)))
def test_a_skewed_clock_is_off_by_as_much_as_it_says(by: timedelta) -> None:
    assert SkewedClock(VirtualClock(NOON), by).now() - NOON == by


class Ledger:
    """A port that adds up."""

    def __init__(self) -> None:
        self.kept: list[int] = []

    def keep(self, numbers: list[int]) -> int:
        self.kept += numbers
        return sum(self.kept)

    def known(self) -> int:
        return len(self.kept)


@pytest.mark.parametrize(
    ("fault", "error", "kept", "after"),
    [
        (Fault.DOWN, PortTransientError, [], [9]),
        (Fault.LOST_ANSWER, PortUnknownError, [1, 2, 3, 4], [1, 2, 3, 4, 9]),
        (Fault.GARBAGE, PortUnknownError, [1, 2, 3, 4], [1, 2, 3, 4, 9]),
        (Fault.TWICE, None, [1, 2, 3, 4, 1, 2, 3, 4], [1, 2, 3, 4, 1, 2, 3, 4, 9]),
        (Fault.LATE, PortUnknownError, [], [9, 1, 2, 3, 4]),
        (Fault.PARTIAL, PortUnknownError, [1, 2], [1, 2, 9]),
    ],
)
def test_each_fault_does_to_a_port_what_it_says(
    fault: Fault, error: type[Exception] | None, kept: list[int], after: list[int]
) -> None:
    ledger, plan = Ledger(), FaultPlan(0, faults=[fault], one_in=1, most=1)
    port = hostile(ledger, plan, calls=["keep"])
    if error is None:
        assert port.keep([1, 2, 3, 4]) == 20
    else:
        with pytest.raises(error, match=f"keep: {fault} "):
            port.keep([1, 2, 3, 4])
    assert ledger.kept == kept
    assert port.known() == len(kept)
    assert port.keep([9]) == sum(after) - (10 if fault is Fault.LATE else 0)
    assert ledger.kept == after


def test_a_call_no_port_has_and_a_plan_that_strikes_nothing_are_refused() -> None:
    with pytest.raises(InputError, match="Ledger has no method called send"):
        hostile(Ledger(), FaultPlan(1), calls=["send"])
    with pytest.raises(InputError, match="name at least one"):
        FaultPlan(1, faults=[])
    with pytest.raises(InputError, match="one_in is 0"):
        FaultPlan(1, one_in=0)


@pytest.mark.parametrize("seed", range(6))
def test_a_shop_in_a_hostile_world_charges_sends_and_tells_each_thing_once(tmp_path: Path, seed: int) -> None:
    plan = FaultPlan(seed, one_in=2, most=12)
    payments, carrier, outbox = ManualPayments(), PlainCarrier(tmp_path), Outbox()
    with bench(
        tmp_path,
        payments=hostile(payments, plan, calls=["send"]),
        carrier=hostile(carrier, plan, calls=["buy_label"]),
        outbox=hostile(outbox, plan, calls=["send"]),
    ) as shop:
        shop.oms.do(order(shop.oms, {TEA: 2}))
        pass_time(shop.oms, hours=6)
        (work,) = shop.oms.look(Order, "ord_1").fulfillments
        shop.oms.do(PickUnits(fulfillment_id=work, at=shop.oms.clock.now()))
        shop.oms.do(PackBoxes(fulfillment_id=work, at=shop.oms.clock.now()))
        pass_time(shop.oms, days=1)
        shop.oms.do(HandOver(fulfillment_id=work, at=shop.oms.clock.now()))
        pass_time(shop.oms, days=3)
        paid = shop.oms.look(Payment, "ord_1.p1")
    assert plan.strikes, plan
    keys = [each.request.key for each in payments.effects]
    assert len(keys) == len(set(keys)), plan
    assert paid.captured == paid.authorised and paid.captured.minor >= 20_00, plan
    assert len(carrier.sold) == len(set(carrier.sold)) == 1, plan
    assert len(outbox.subjects()) == len(set(outbox.subjects())) >= 2, plan
