"""A command told as JSON is what it says or is refused with the path; there is no third way."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omscore import read_command
from omscore.engine.public import PUBLIC_COMMANDS
from omscore.errors import InputError
from omscore.orders.commands import PlaceOrder
from tests.hostile.documents import GOOD, document_of


def test_every_public_command_has_a_good_document() -> None:
    assert sorted(GOOD) == sorted(kind.__name__ for kind in PUBLIC_COMMANDS)


@pytest.mark.parametrize("name", sorted(GOOD))
def test_a_command_told_is_the_command_meant(name: str) -> None:
    command = read_command(json.dumps(GOOD[name]))
    assert type(command).__name__ == name
    assert read_command(json.dumps(document_of(command))) == command


def paths(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place in a document."""
    yield path
    if isinstance(value, dict):
        for key, each in value.items():
            yield from paths(each, (*path, key))
    elif isinstance(value, list):
        for at, each in enumerate(value):
            yield from paths(each, (*path, at))


def put(document: Any, path: tuple[Any, ...], value: Any) -> Any:
    """The document with another value at a place."""
    if not path:
        return value
    changed = copy.deepcopy(document)
    inner = changed
    for step in path[:-1]:
        inner = inner[step]
    inner[path[-1]] = value
    return changed


PLACES = [(name, path) for name, document in GOOD.items() for path in paths(document)]

scraps = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=20)
    | st.sampled_from(
        [
            "",
            "1",
            "-1",
            "1_0",
            "\uff11\uff12",
            "1e5",
            "NaN",
            "EUR",
            "DE",
            "TEA",
            "2026-03-02T12:00:00Z",
            "2026-13-01T00:00:00Z",
        ]
    )
    | st.sampled_from([0, -1, 10**9, 10**9 + 1, 10**15, -(10**15), 10**30]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=4,
)


@given(st.sampled_from(PLACES), scraps)
def test_a_changed_document_is_read_as_it_stands_or_refused(place: tuple[str, tuple[Any, ...]], scrap: Any) -> None:
    name, path = place
    document = put(GOOD[name], path, scrap)
    try:
        command = read_command(json.dumps(document))
    except InputError as error:
        assert error.code
        return
    told = document_of(command)
    for key, value in document.items():  # nothing was converted, rounded or left out
        assert _same(told[key], value), key


def _same(told: Any, meant: Any) -> bool:
    if isinstance(meant, dict):
        return all(_same(told[key], value) for key, value in meant.items())
    if isinstance(meant, list):
        return len(told) == len(meant) and all(map(_same, told, meant))
    if isinstance(meant, str) and meant.endswith("Z"):
        return bool(told == meant.removesuffix("Z") + "+00:00" or told == meant)
    if isinstance(told, float) or isinstance(meant, float):
        return bool(told == meant)
    return type(told) is type(meant) and bool(told == meant)


@given(st.binary(max_size=80))
def test_bytes_that_are_no_command_are_refused(document: bytes) -> None:
    with pytest.raises(InputError):
        read_command(document)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"command": "AllocateLines"}, "there is no command str 'AllocateLines'; give one of AcknowledgeInterchange, "),
        ({"command": None}, "there is no command None"),
        ({"colour": "red"}, "PlaceOrder.colour is not known; the fields here are order_id, "),
        ({"prices_include_tax": "false"}, "PlaceOrder.prices_include_tax must be true or false, not str 'false'"),
        ({"lines": [{"sku": "TEA", "units": 1}]}, "PlaceOrder.lines.0.unit_price is missing"),
        ({"discount_percent": 2.5}, "PlaceOrder.discount_percent must be a decimal in quotes"),
        ({"discount_percent": "٢"}, "PlaceOrder.discount_percent is not usable"),
        ({"shipping": {"minor": 4.9, "currency": "EUR"}}, "PlaceOrder.shipping.minor must be a whole number"),
        ({"shipping": {"minor": 10**15, "currency": "EUR"}}, "PlaceOrder.shipping is not usable"),
        ({"at": "2026-03-02 12:00:00"}, "PlaceOrder.at must be a moment with its offset"),
        ({"holds": ["nonsense"]}, "PlaceOrder.holds.0 must be one of payment, "),
        ({"reference": "Zoe\u0308"}, "PlaceOrder.reference is not in composed form"),
        ({"reference": "4111 1111 1111 1111"}, "PlaceOrder.reference holds a card number"),
        ({"destination": {"country": "de"}}, "PlaceOrder.destination is not usable: country 'de'"),
    ],
)
def test_a_document_that_is_wrong_is_told_where_and_what(change: dict[str, Any], says: str) -> None:
    with pytest.raises(InputError) as refused:
        read_command(json.dumps({**GOOD["PlaceOrder"], **change}))
    assert says in str(refused.value)
    assert "4111" not in str(refused.value)


@pytest.mark.parametrize("document", ["[]", "null", '"PlaceOrder"', "5"])
def test_a_document_that_is_no_object_is_refused(document: str) -> None:
    with pytest.raises(InputError, match="a command is a JSON object"):
        read_command(document)


def test_an_order_may_have_a_thousand_lines_through_this_door() -> None:
    line = {"sku": "TEA", "units": 1, "unit_price": {"amount": "9.90", "currency": "EUR"}, "title": "Tea"}
    for lines in (999, 1_000):
        command = read_command(json.dumps({**GOOD["PlaceOrder"], "lines": [line] * lines, "taxes": []}))
        assert isinstance(command, PlaceOrder)
        assert len(command.lines) == lines
    with pytest.raises(InputError, match="lines has 1001 entries; send at most 1000"):
        read_command(json.dumps({**GOOD["PlaceOrder"], "lines": [line] * 1_001}))
