"""Stored text: written and read by functions made for each class, it is that of the plain way, byte for byte."""

from __future__ import annotations

import json
from collections.abc import Iterator
from random import Random
from typing import Any, get_type_hints

import attrs
import pytest

from omscore.app import Oms
from omscore.codec import Codec
from omscore.codec.writing import write_words
from omscore.customers.model import RegisterCustomer
from omscore.engine.contexts import BY_PREFIX, CONTEXTS, EVENTS
from omscore.errors import DamageError
from omscore.fulfillment.model import FulfillmentOrder
from omscore.ids import PersonId
from omscore.orders.model import Order
from omscore.parties import Person
from omscore.places import Address
from tests.engine.plain_codec import PlainCodec
from tests.kit.shops import CUP, TEA, order, pass_time, send_out, small_shop

LEFT_OUT = frozenset({"at", "order_id"})
HOSTILE: tuple[Any, ...] = (
    None,
    True,
    0,
    1,
    -1,
    1.5,
    "",
    "1",
    '\u2028 " \\ \x1f \U0001f375',
    [],
    {},
    [1, 2, 3],
    {"a": 1},
)


@attrs.frozen(kw_only=True)
class Leavable:
    """A record with a field of each sort of default."""

    word: str = ""
    named: str = "general"
    units: int = 0
    most: int = 5
    is_held: bool = False
    is_shown: bool = True
    tags: tuple[str, ...] = ()
    pools: tuple[str, ...] = ("general",)
    note: str | None = None
    title: str | None = ""
    count: int | None = 0


@pytest.fixture(scope="module")
def lived_in(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Oms]:
    with small_shop(tmp_path_factory.mktemp("shop"), storage={"memory": {}}) as oms:
        oms.do(order(oms, {TEA: 3, CUP: 1}, reference='"lines":[] \U0001f375'))
        oms.do(order(oms, {TEA: 1}, order_id="ord_2", method="card-declined"))
        oms.do(order(oms, {CUP: 40}, order_id="ord_3", method=None))
        oms.run_due()
        send_out(oms, "ord_1")
        pass_time(oms, days=20)
        yield oms


@pytest.fixture(scope="module")
def stored(lived_in: Oms) -> list[tuple[str, type[Any]]]:
    """Every state in the shop with its class."""
    return [(row.state, BY_PREFIX[row.stream.partition("/")[0]].state) for row in lived_in.storage.streams()]


def test_states_are_written_and_read_as_the_plain_way_does(lived_in: Oms, stored: list[tuple[str, type[Any]]]) -> None:
    codec, plain = Codec(EVENTS), PlainCodec()
    assert {kind for _, kind in stored} >= {Order, FulfillmentOrder}
    for text, kind in stored:
        record = codec.record(text, kind)
        assert record == plain.record(text, kind)
        assert codec.text(record) == plain.text(record) == text
        assert codec.text(record) == text  # what is kept from the first time is the same


def test_events_are_written_and_read_as_the_plain_way_does(lived_in: Oms) -> None:
    codec, plain = Codec(EVENTS), PlainCodec()
    names = set()
    for row in lived_in.storage.events():
        event = codec.event(row.name, row.at, row.body)
        assert codec.event_body(event) == plain.event_body(event) == row.body
        names.add(row.name)
    assert len(names) > 15


def test_a_field_is_left_out_at_its_default_and_nowhere_else() -> None:
    values: tuple[Any, ...] = (None, "", "tea", "general", 0, 1, 5, False, True, (), ("tea",), ("general",))
    hints = get_type_hints(Leavable)
    none = type(None)
    sorts_of: dict[Any, set[type[Any]]] = {
        str: {str},
        int: {int},
        bool: {bool},
        tuple[str, ...]: {tuple},
        str | None: {str, none},
        int | None: {int, none},
    }
    for field in attrs.fields(Leavable):
        for value in [each for each in values if type(each) in sorts_of[hints[field.name]]]:
            record = Leavable(**{field.name: value})
            text = Codec([]).text(record)
            assert text == PlainCodec().text(record)
            assert (f'"{field.name}"' in text) == (value != field.default)


def test_the_content_of_a_wish_is_that_of_the_plain_way(lived_in: Oms) -> None:
    codec, plain = Codec(EVENTS), PlainCodec()
    home = Address(recipient="Zo\xeb", lines=('1 "st" \\ \u00eb',), city="Ulm", postcode="89073", country="DE")
    person = Person(person_id=PersonId("p"), name="Zo\xeb", mail="z@example.org", addresses=(("home", home),))
    wishes = [
        order(lived_in, {TEA: 3, CUP: 1}, reference="r", tags=("b", "a")),
        RegisterCustomer(person=person, at=lived_in.clock.now()),
    ]
    for wish in wishes:
        assert codec.content(wish, leave_out=LEFT_OUT) == plain.content(wish, leave_out=LEFT_OUT)
    assert codec.text(person) == plain.text(person)


def test_every_record_of_every_context_can_be_written_and_read() -> None:
    codec = Codec(EVENTS)
    for context in CONTEXTS:
        codec._writers.of(context.state)
        for kind in (context.state, *context.events):
            codec._readers.of(kind)
        for kind in context.commands:
            codec._sorted.record(kind)
        for kind in context.events:
            codec._writers.record(kind)


def test_text_damaged_anywhere_is_refused_wherever_the_plain_way_refuses_it(
    stored: list[tuple[str, type[Any]]],
) -> None:
    codec, plain, draw = Codec(EVENTS), PlainCodec(), Random(11)  # noqa: S311
    refused = 0
    for text, kind in stored * 20:
        damaged = json.dumps(_damaged(json.loads(text), draw))
        try:
            found = codec.record(damaged, kind)
        except DamageError:
            refused += 1
        else:
            assert found == plain.record(damaged, kind)  # or this raises, and the codec was too kind
    assert refused > 100


def _damaged(tree: Any, draw: Random) -> Any:
    """The same tree with one node somewhere exchanged, removed or added."""
    paths = list(_paths(tree))
    *way, last = draw.choice(paths)
    node = tree
    for step in way:
        node = node[step]
    kind = draw.randrange(3)
    if kind == 0:
        del node[last]
    elif kind == 1 and isinstance(node, dict):
        node["more"] = draw.choice(HOSTILE)
    else:
        node[last] = draw.choice(HOSTILE)
    return tree


def _paths(tree: Any) -> Iterator[tuple[Any, ...]]:
    if isinstance(tree, dict | list):
        for step, child in list(tree.items() if isinstance(tree, dict) else enumerate(tree)):
            yield (step,)
            yield from ((step, *rest) for rest in _paths(child))


@pytest.mark.parametrize("words", [{}, {"a%s": "50%", 'b"': "\n%d"}, {"b": "1", "a": "2"}, {"a": "1", "b": "2"}])
def test_a_payload_comes_back_in_its_order_whatever_its_names_and_words_look_like(words: dict[str, str]) -> None:
    assert list(json.loads(write_words(words)).items()) == list(words.items())
