"""What the store holds is read strictly: nothing is converted on the quiet, damage is told as damage."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from omscore.codec import Codec
from omscore.errors import DamageError


class Colour(StrEnum):
    """A word with few meanings."""

    RED = "red"


class Part(NamedTuple):
    """A row of plain fields."""

    sku: str
    units: int


class Mixed(NamedTuple):
    """A row with a field that is not plain."""

    units: int
    colour: Colour


@attrs.frozen(kw_only=True)
class Thing:
    """One field of each sort."""

    units: int
    name: str = "a"
    yes: bool = False
    colour: Colour = Colour.RED
    parts: tuple[Part, ...] = ()
    mixed: tuple[Mixed, ...] = ()
    maybe: int | None = None


CODEC = Codec([])


@pytest.mark.parametrize(
    "text",
    [
        '{"units":3.7}',
        '{"units":3.0}',
        '{"units":"3"}',
        '{"units":true}',
        '{"units":null}',
        '{"units":1,"name":5}',
        '{"units":1,"yes":"false"}',
        '{"units":1,"yes":0}',
        '{"units":1,"colour":"blue"}',
        '{"units":1,"parts":[["TEA",1.5]]}',
        '{"units":1,"parts":[["TEA",true]]}',
        '{"units":1,"parts":[["TEA"]]}',
        '{"units":1,"parts":[["TEA",1,1]]}',
        '{"units":1,"mixed":[[1.5,"red"]]}',
        '{"units":1,"maybe":"3"}',
        '{"units":1,"more":1}',
        '{"units":NaN}',
        "[]",
        "{",
    ],
)
def test_stored_text_that_is_no_record_is_damage(text: str) -> None:
    with pytest.raises(DamageError, match="stored text is no Thing"):
        CODEC.record(text, Thing)


@given(
    st.builds(
        Thing,
        units=st.integers(),
        name=st.text(),
        yes=st.booleans(),
        parts=st.lists(st.builds(Part, st.text(), st.integers()), max_size=3).map(tuple),
        mixed=st.lists(st.builds(Mixed, st.integers(), st.just(Colour.RED)), max_size=3).map(tuple),
        maybe=st.none() | st.integers(),
    )
)
def test_what_is_written_is_read_again(thing: Thing) -> None:
    assert CODEC.record(CODEC.text(thing), Thing) == thing
    assert type(CODEC.record(CODEC.text(thing), Thing).colour) is Colour
