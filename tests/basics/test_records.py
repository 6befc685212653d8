"""Records are made another way than attrs makes them, and are nevertheless what attrs would have made."""

from __future__ import annotations

import copy
import inspect
import pickle
from functools import cached_property
from typing import Any, NamedTuple

import attrs
import pytest

from omscore.errors import InputError
from omscore.fulfillment.commands import PickUnits
from omscore.money import UnitPrice
from omscore.orders.commands import PlaceOrder, WantedLine
from omscore.places import Destination
from omscore.quantities import Move
from omscore.records import changed, changer, frozen, maker

PRICE = UnitPrice.of("9.90", "EUR")
LINE = WantedLine(sku="TEA", units=2, unit_price=PRICE)


@frozen
class Box:
    """A record with a default, and a law of its own."""

    length_mm: int
    width_mm: int = 100

    def __attrs_post_init__(self) -> None:
        if self.length_mm < self.width_mm:
            raise InputError("a box is longer than it is wide")


@frozen(kw_only=True)
class Named:
    """A record whose fields are called like the parts of the functions made for it."""

    cls: int
    record: int
    old: int
    fields: int = 7
    name: str = ""
    value: str = ""
    changes: str = ""


class Cut(NamedTuple):
    """A named tuple with a default."""

    at_mm: int
    angle: int = 90


@pytest.mark.parametrize(
    ("kind", "positional", "named"),
    [
        (Box, (300,), {}),
        (Box, (300,), {"width_mm": 200}),
        (Cut, (5,), {}),
        (Cut, (5, 45), {}),
        (Cut, (), {"angle": 45, "at_mm": 5}),
        (WantedLine, (), {"sku": "TEA", "units": 2, "unit_price": PRICE}),
        (Named, (), {"cls": 1, "record": 2, "old": 3, "value": "x"}),
        (UnitPrice, (PRICE.amount, "EUR"), {}),
    ],
)
def test_a_maker_makes_what_the_class_makes(kind: Any, positional: tuple[Any, ...], named: dict[str, Any]) -> None:
    made, called = maker(kind)(*positional, **named), kind(*positional, **named)
    assert made == called
    assert type(made) is type(called) is kind
    assert repr(made) == repr(called)


@pytest.mark.parametrize("kind", [Box, Cut, WantedLine, UnitPrice])
def test_a_maker_refuses_what_the_class_refuses(kind: Any) -> None:
    for positional, named in [((), {}), ((1, 2, 3, 4), {}), ((), {"colour": "red"})]:
        for make in (kind, maker(kind)):
            with pytest.raises(TypeError):
                make(*positional, **named)
    for make in (Box, maker(Box)):
        with pytest.raises(InputError, match="longer"):
            make(50)


def test_a_record_cannot_be_changed_and_is_equal_by_its_fields() -> None:
    box = Box(300)
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        box.length_mm = 5  # type: ignore[misc]
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        del box.length_mm
    assert box == Box(300, 100) != Box(301)
    assert hash(box) == hash(Box(300))
    assert repr(box) == "Box(length_mm=300, width_mm=100)"
    assert not hasattr(box, "__dict__")


def test_a_changed_record_has_the_other_values_and_keeps_its_law() -> None:
    assert changed(Box(300), width_mm=200) == Box(300, 200)
    assert changed(LINE, units=3) == attrs.evolve(LINE, units=3)
    with pytest.raises(InputError, match="longer"):
        changed(Box(300), width_mm=400)
    with pytest.raises(InputError, match="longer"):
        Box(50)


def test_a_changer_makes_what_changing_the_record_makes() -> None:
    assert changer(WantedLine, "title", "units")(LINE, units=3, title="x") == changed(LINE, units=3, title="x")
    named = Named(cls=1, record=2, old=3, value="x")
    assert changer(Named, "old", "record")(named, old=4, record=9) == changed(named, old=4, record=9)
    widened = changer(Box, "width_mm")
    assert type(widened(Box(300), 200)) is Box
    with pytest.raises(InputError, match="longer"):
        widened(Box(300), 400)
    with pytest.raises(TypeError, match="width_mm"):
        widened(Box(300))
    with pytest.raises(TypeError, match="Box has no field 'height_mm'"):
        changer(Box, "width_mm", "height_mm")


def test_arguments_that_are_missing_or_unknown_are_named() -> None:
    with pytest.raises(TypeError, match="units"):
        WantedLine(sku="TEA", unit_price=PRICE)  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="colour"):
        WantedLine(sku="TEA", units=1, unit_price=PRICE, colour="red")  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="positional"):
        WantedLine("TEA", 1, PRICE)  # type: ignore[call-arg]
    assert list(inspect.signature(PlaceOrder).parameters) == [field.name for field in attrs.fields(PlaceOrder)]


@pytest.mark.parametrize("record", [Box(300), LINE, Destination(country="DE"), PRICE, Named(cls=1, record=2, old=3)])
def test_a_record_is_copied_and_pickled_as_what_it_is(record: Any) -> None:
    for twin in (copy.copy(record), copy.deepcopy(record), pickle.loads(pickle.dumps(record))):  # noqa: S301
        assert twin == record
        assert type(twin) is type(record)


def test_a_record_matches_by_position_and_by_name() -> None:
    match Box(300):
        case Box(length, width_mm=width):
            assert (length, width) == (300, 100)


def test_fields_may_have_any_name() -> None:
    named = Named(cls=1, record=2, old=3, value="x")
    assert attrs.astuple(named) == (1, 2, 3, 7, "", "x", "")
    assert attrs.astuple(changed(named, changes="y", name="n", record=9)) == (1, 9, 3, 7, "n", "x", "y")


def test_the_records_of_the_shop_are_the_quick_ones() -> None:
    """Whoever adds a converter to one of them makes every order slower."""
    for kind in (PlaceOrder, WantedLine, PickUnits):
        assert "__init__" not in vars(kind)
    assert issubclass(Move, tuple)


def test_a_field_that_is_not_there_cannot_be_changed() -> None:
    @frozen
    class Box:
        length_mm: int

    with pytest.raises(TypeError, match="Box has no field 'width_mm'"):
        changed(Box(1), width_mm=2)  # type: ignore[call-arg]


def test_a_record_is_no_base() -> None:
    @frozen
    class Box:
        length_mm: int

    with pytest.raises(TypeError, match=r"Box is a record and no base: .*Crate must hold one instead"):

        class Crate(Box):
            pass


def test_a_class_that_is_more_than_its_fields_is_made_by_attrs() -> None:
    @frozen
    class Cached:
        length_mm: int

        @cached_property
        def area_mm2(self) -> int:
            return self.length_mm**2

    @frozen
    class Named:
        length_mm: int = 1
        name: str = attrs.field(default="", kw_only=True)

    assert Cached(3).area_mm2 == 9
    assert Named(2, name="x") == changed(Named(1, name="x"), length_mm=2)
    with pytest.raises(TypeError):
        Named(2, "x")  # type: ignore[call-arg]
