"""A command is held against its declared types at the door; nothing that cannot be read back is ever stored."""

from __future__ import annotations

from collections.abc import Hashable
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any, cast

import attrs
import pytest

from omscore.app import Oms
from omscore.engine.checking import NAMES, PLAINLY, check_command, checker
from omscore.engine.public import PUBLIC_COMMANDS
from omscore.errors import InputError, NotFoundError, RefusedError
from omscore.fulfillment.commands import PackBoxes, PickUnits
from omscore.fulfillment.model import BoxedUnits, Package
from omscore.ids import FulfillmentId, LocationId, OrderId, PersonId, ReturnId, StockDocumentId
from omscore.inventory.commands import AdjustStock, ListItem, ReceiveStock
from omscore.inventory.model import StockLine
from omscore.items import Item, Sku
from omscore.money import Money, UnitPrice
from omscore.orders.commands import CancelOrder, CancelUnits, LineTax, PlaceHold, PlaceOrder, WantedLine
from omscore.orders.decide import decide
from omscore.orders.model import HoldKind, Order
from omscore.places import Destination
from omscore.returns.commands import DisposeReturn
from omscore.returns.model import DisposedUnits, Disposition
from tests.kit.shops import NOON, TEA, order, small_shop


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"reference": 1001}, "PlaceOrder.reference must be text, not int 1001"),
        ({"reference": None}, "PlaceOrder.reference must be text, not None"),
        ({"reference": "a\x1b[2J"}, "PlaceOrder.reference is not usable: it holds U[+]001B"),
        ({"reference": "r" * 1_001}, "PlaceOrder.reference is not usable: it has 1001 characters"),
        ({"discount_percent": 10}, "PlaceOrder.discount_percent must be a Decimal"),
        ({"discount_percent": Decimal("NaN")}, "PlaceOrder.discount_percent must be a Decimal"),
        ({"shipping": 4.9}, "PlaceOrder.shipping must be a Money, not float 4.9"),
        ({"at": "2026-03-02"}, "PlaceOrder.at must be a moment"),
        ({"at": date(2026, 3, 2)}, "PlaceOrder.at must be a moment"),
        ({"at": datetime(2026, 3, 2)}, "PlaceOrder.at has no offset"),
        ({"at": datetime.max.replace(tzinfo=UTC)}, "PlaceOrder.at is in the year 9999"),
        ({"tags": "vip"}, "PlaceOrder.tags must be a tuple, not str 'vip'"),
        ({"tags": (1, None)}, "PlaceOrder.tags.0 must be text"),
        ({"prices_include_tax": "no"}, "PlaceOrder.prices_include_tax must be True or False"),
        ({"unit_tax": 1}, "PlaceOrder.unit_tax must be True or False"),
        ({"holds": ("nonsense",)}, "PlaceOrder.holds.0 must be one of HoldKind.PAYMENT"),
        ({"payment": "card"}, "PlaceOrder.payment must be a PaymentTerms"),
        ({"destination": {"country": "DE"}}, "PlaceOrder.destination must be a Destination"),
        ({"lines": ()}, "needs 1 to"),
    ],
)
def test_a_field_of_the_wrong_sort_is_refused_with_its_path(oms: Oms, change: dict[str, Any], says: str) -> None:
    with pytest.raises(InputError, match=says):
        oms.do(attrs.evolve(order(oms, {TEA: 1}), **change))
    assert oms.find(Order, "ord_1") is None


def test_a_wrong_field_of_a_line_is_named_with_its_line(oms: Oms) -> None:
    wish = order(oms, {TEA: 1})
    wrong: list[tuple[str, Any, str]] = [
        ("units", "3", "PlaceOrder.lines.0.units must be a whole number, not str '3'"),
        ("unit_price", Money(990, "EUR"), "PlaceOrder.lines.0.unit_price must be a UnitPrice"),
        ("title", 5, "PlaceOrder.lines.0.title must be text"),
    ]
    for field, value, says in wrong:
        with pytest.raises(InputError, match=says):
            oms.do(attrs.evolve(wish, lines=(attrs.evolve(wish.lines[0], **{field: value}),)))
    with pytest.raises(InputError, match="a tuple of one is written"):
        oms.do(attrs.evolve(wish, lines=wish.lines[0]))  # type: ignore[arg-type]


def test_every_public_command_can_be_checked() -> None:
    for kind in PUBLIC_COMMANDS:
        with pytest.raises(InputError, match=kind.__name__):
            check_command(kind(**{field.name: object() for field in attrs.fields(kind)}))


def test_words_that_are_no_choice_are_refused(oms: Oms) -> None:
    at = oms.clock.now()
    wishes: list[Any] = [
        PlaceHold(order_id=OrderId("o"), kind="nonsense", says="", at=at),  # type: ignore[arg-type]
        CancelUnits(order_id=OrderId("o"), line_id="1", units=1, at=at),  # type: ignore[arg-type]
        DisposeReturn(return_id="r", units=(DisposedUnits(1, 1, "trash"),), at=at),  # type: ignore[arg-type]
        AdjustStock(
            document_id=StockDocumentId("d"),
            location_id=LocationId("MUC"),
            sku=TEA,
            units=1,
            reason="nonsense",  # type: ignore[arg-type]
            at=at,
        ),
    ]
    for wish in wishes:
        with pytest.raises(InputError, match="must be"):
            oms.do(wish)


def test_what_is_no_command_is_told_so(oms: Oms) -> None:
    for wish in (None, PlaceOrder, "PlaceOrder"):
        with pytest.raises(InputError, match="is not a command"):
            oms.do(wish)


def test_what_is_no_record_is_told_so(oms: Oms) -> None:
    for kind in (Item, "Order", None):
        with pytest.raises(InputError, match="look at one of"):
            oms.look(kind, "ord_1")  # type: ignore[arg-type]


def test_a_pool_that_no_channel_draws_on_is_refused(oms: Oms) -> None:
    lines = (StockLine(TEA, "genral", 7),)
    with pytest.raises(NotFoundError, match="there is no pool 'genral'; the shop's channels draw on general, market"):
        oms.do(ReceiveStock(document_id=StockDocumentId("d9"), location_id=LocationId("MUC"), lines=lines, at=NOON))


def test_a_standard_cost_is_not_negative_and_in_the_shops_currency(oms: Oms) -> None:
    for cost in (Money(-5, "EUR"), Money(5, "JPY")):
        with pytest.raises(InputError, match="give zero or more in EUR"):
            oms.do(ListItem(item=Item(sku=Sku("NEW"), unit_cost=cost), at=NOON))


def test_an_order_goes_to_the_country_of_its_address(oms: Oms) -> None:
    with pytest.raises(InputError, match="goes to FR, but the address 'home' of customer person_anna is in DE"):
        oms.do(order(oms, {TEA: 1}, destination=Destination(country="FR")))
    oms.do(order(oms, {TEA: 1}, destination=Destination(country="FR"), person_id=None))


def test_an_unknown_customer_is_refused_at_the_door(oms: Oms) -> None:
    with pytest.raises(NotFoundError, match="register them first"):
        oms.do(order(oms, {TEA: 1}, person_id=PersonId("nobody")))


def test_labels_are_only_bought_again_where_one_is_missing(oms: Oms) -> None:
    from omscore.engine.plans.wishes import BuyLabels

    oms.do(order(oms, {TEA: 1}))
    with pytest.raises(RefusedError, match="no package without a label"):
        oms.do(BuyLabels(fulfillment_id=FulfillmentId("ord_1.f1"), at=oms.clock.now()))


RESTOCKED = DisposedUnits(1, 1, Disposition.RESTOCK)
MAKE: dict[str, Any] = {"at": NOON, "order_id": OrderId("o")}


@pytest.mark.parametrize(
    ("wish_of", "limit"),
    [
        (lambda n: CancelUnits(line_id=n, units=1, **MAKE), 10**15 - 1),
        (lambda n: CancelUnits(line_id=-n, units=1, **MAKE), 10**15 - 1),
        (lambda n: PlaceHold(kind=HoldKind.REVIEW, says="x" * n, **MAKE), 1_000),
        (lambda n: PlaceHold(kind=HoldKind.REVIEW, says="\u00e9" * n, **MAKE), 1_000),
        (
            lambda n: DisposeReturn(return_id=ReturnId("r"), units=(RESTOCKED,) * n, at=NOON),
            10_000,
        ),
        (lambda n: CancelOrder(order_id=OrderId("o"), at=datetime(n, 12, 31, tzinfo=UTC)), 2200),
        (lambda n: CancelOrder(order_id=OrderId("o"), at=datetime(3940 - n, 1, 1, tzinfo=UTC)), 1970),
        (lambda n: wanted(discount_percent=Decimal(1).scaleb(-n)), 12),
        (lambda n: wanted(discount_percent=Decimal(1).scaleb(n)), 14),
    ],
)
def test_each_bound_of_a_command_holds_one_below_at_and_one_above(wish_of: Any, limit: int) -> None:
    check_command(wish_of(limit - 1))
    check_command(wish_of(limit))
    with pytest.raises(InputError):
        check_command(wish_of(limit + 1))


def wanted(**change: Any) -> PlaceOrder:
    """An order by itself, without a shop."""
    line = WantedLine(sku=TEA, units=1, unit_price=UnitPrice.of("1.00", "EUR"))
    wish = PlaceOrder(channel="web", currency="EUR", destination=Destination(country="DE"), lines=(line,), **MAKE)
    return attrs.evolve(wish, **change)


@pytest.mark.parametrize(
    ("change_of", "limit"),
    [
        (lambda n: {"tags": ("t",) * n}, 100),
        (lambda n: {"reference": "r" * n}, 200),
        (lambda n: {"lines": (attrs.evolve(wanted().lines[0], units=n),)}, 10**9),
        (lambda n: {"lines": wanted().lines * n, "taxes": (LineTax("VAT", Decimal("0.2")),) * n}, 5_000),
    ],
)
def test_each_bound_of_an_order_holds_one_below_at_and_one_above(change_of: Any, limit: int) -> None:
    for within in (limit - 1, limit):
        assert decide(None, wanted(**{"taxes": wanted_taxes(1), **change_of(within)}))
    with pytest.raises(InputError):
        decide(None, wanted(**{"taxes": wanted_taxes(1), **change_of(limit + 1)}))


def wanted_taxes(lines: int) -> tuple[LineTax, ...]:
    """A rate for each line."""
    return (LineTax("VAT", Decimal("0.2")),) * lines


def test_a_wrong_value_is_described_whatever_it_is_and_no_card_number_is_repeated() -> None:
    huge = 10**5_000  # Python refuses to print it
    values: list[Any] = [
        huge,
        [huge],
        [[[]]],
        ("a",) * 100_000,
        b"\xff",
        "x" * 10**6,
        "4111111111111111",
        4111111111111111,
    ]
    for value in values:
        with pytest.raises(InputError) as refused:
            check_command(wanted(unit_tax=value))
        assert len(str(refused.value)) < 200
        assert "41111111" not in str(refused.value)


@pytest.mark.parametrize("key", ["", " ", "x" * 201, "a\0", "\ud800", 5, b"k", "4111 1111 1111 1111"])
def test_a_command_key_that_cannot_be_stored_is_refused(oms: Oms, key: Any) -> None:
    with pytest.raises(InputError):
        oms.do(order(oms, {TEA: 1}), key=key)
    assert oms.find(Order, "ord_1") is None
    oms.do(order(oms, {TEA: 1}), key="x" * 200)


@pytest.mark.parametrize("identity", ["\ud800", "a\0b", 5, None, "x" * 1_001])
def test_what_nothing_can_be_stored_under_is_no_question(oms: Oms, identity: Any) -> None:
    for ask in (
        lambda: oms.look(Order, identity),
        lambda: oms.find(Order, identity),
        lambda: oms.listed(Order, "person", identity),
        lambda: oms.listed(Order, identity),
        lambda: oms.availability(identity, "web"),
        lambda: oms.availability(TEA, identity),
        lambda: oms.person(identity),
        lambda: oms.forget(identity),
    ):
        with pytest.raises(InputError):
            ask()


REFERENCES = ["2026/0815", "114-3941689-8772232", "\u0417\u0430\u043a\u0430\u0437-1", "\u6ce8\u6587-7", "Zo\u00eb"]


@pytest.mark.parametrize("reference", REFERENCES)
def test_a_plain_reference_of_one_script_is_taken(oms: Oms, reference: str) -> None:
    oms.do(order(oms, {TEA: 1}, reference=reference))
    assert oms.look(Order, "ord_1").reference == reference


@pytest.mark.parametrize("reference", ["A-1 ", "\u0410-1A", "\u0391BC", "a\u200db", "Zoe\u0308", "x\ufe0f", "a\u202eb"])
def test_a_reference_that_looks_like_another_is_refused(oms: Oms, reference: str) -> None:
    with pytest.raises(InputError):
        oms.do(order(oms, {TEA: 1}, reference=reference))
    assert oms.find(Order, "ord_1") is None


@pytest.mark.parametrize(
    "change",
    [
        {"discount": Money(-1, "EUR")},
        {"shipping": Money(-1, "EUR")},
        {"charges": Money(-1, "EUR")},
        {"taxes": (LineTax("VAT", Decimal("-0.01")),)},
    ],
)
def test_nothing_below_zero_hides_in_the_amounts_of_an_order(change: dict[str, Any]) -> None:
    with pytest.raises(InputError):
        decide(None, wanted(**{"taxes": wanted_taxes(1), **change}))


def package(**change: Any) -> Package:
    """A box with two units of the first line."""
    box = Package(
        package_id="ord_1.f1.b1",
        box="own",
        contents=(BoxedUnits(1, 2),),
        mass_g=500,
        length_mm=100,
        width_mm=100,
        height_mm=100,
    )
    return attrs.evolve(box, **change)


@pytest.mark.parametrize(
    "change",
    [
        {"length_mm": 0},
        {"width_mm": -1},
        {"height_mm": 10**9 + 1},
        {"mass_g": -1},
        {"transit_days": -1},
        {"postage": Money(-1, "EUR")},
        {"contents": (BoxedUnits(1, 3), BoxedUnits(1, -1))},
        {"contents": (BoxedUnits(1, 0),)},
    ],
)
def test_a_box_has_a_size_and_each_of_its_counts_is_one(tmp_path: Path, change: dict[str, Any]) -> None:
    with small_shop(tmp_path, storage={"memory": {}}) as oms:
        oms.do(order(oms, {TEA: 2}, method=None))
        oms.run_due()
        (work_id,) = oms.look(Order, "ord_1").fulfillments
        oms.do(PickUnits(fulfillment_id=work_id, at=NOON))
        with pytest.raises(InputError, match=r"package ord_1\.f1\.b1"):
            oms.do(PackBoxes(fulfillment_id=work_id, packages=(package(**change),), at=NOON))
        oms.do(PackBoxes(fulfillment_id=work_id, packages=(package(),), at=NOON))


EDGES: tuple[Any, ...] = (
    *("", "tea", "1234567890123", "4111111111111111", "a\x00", "\u00e9", "e\u0301", "x" * 1_001, "\u200b"),
    *(0, -1, 10**15 - 1, 10**15, -(10**15), 10**30, True, False, 1.0, None, Decimal(1), HoldKind.PAYMENT),
    *(NOON, NOON.replace(tzinfo=None), NOON.astimezone(timezone(timedelta(hours=2))), date(2026, 3, 2)),
    *(datetime(year, 6, 1, tzinfo=UTC) for year in (1, 1969, 1970, 2200, 2201, 9999)),
)


@pytest.mark.parametrize("sort", PLAINLY, ids=lambda sort: sort.__name__)
def test_what_passes_at_a_glance_passes_when_it_is_looked_at_closely(sort: type[Any]) -> None:
    passed = 0
    for value in EDGES:
        if eval(PLAINLY[sort], {**NAMES, "field": value}):  # noqa: S307 (the expressions of our own checkers)
            checker(cast(Hashable, sort))(value)
            passed += 1
    assert passed >= 2
