"""JSON from outside has one meaning or none, and costs no more than its size deserves."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omscore.border import Limits, read_json
from omscore.errors import InputError

values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**38), 10**38)
    | st.decimals(-(10**14), 10**14, places=6)
    | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(max_size=8), inner, max_size=5),
    max_leaves=20,
)


def written(value: Any) -> str:
    """JSON text with decimals as plain digits."""
    match value:
        case Decimal():
            return f"{value:f}"
        case list():
            return f"[{','.join(map(written, value))}]"
        case dict():
            return "{" + ",".join(f"{json.dumps(key)}:{written(each)}" for key, each in value.items()) + "}"
        case _:
            return json.dumps(value)


@given(values)
def test_what_is_written_is_read_exactly(value: Any) -> None:
    for document in (written(value), written(value).encode()):
        read = read_json(document)
        assert read == value
        assert repr(read) == repr(value)  # 1 is not True, and a decimal keeps its zeros


@given(st.binary(max_size=60) | st.text(alphabet='[]{}",:\\u0dD8aeE+-.1 tfn\n', max_size=60))
def test_anything_is_either_read_or_refused_with_a_typed_error(document: bytes | str) -> None:
    try:
        read_json(document)
    except InputError as error:
        assert error.code.startswith("json.")


@pytest.mark.parametrize(
    ("document", "code", "says"),
    [
        (
            b'{"a":1,\n "a":2}',
            "json.duplicate_key",
            "the key 'a' stands twice in the object ending at line 2, column 7",
        ),
        (b'{"a":{"b":1,"b":1}}', "json.duplicate_key", "line 1, column 18"),
        (b"[1, NaN]", "json.constant", "NaN at line 1, column 5"),
        (b'["NaN", -Infinity]', "json.constant", "-Infinity at line 1, column 9"),
        (b'{"a": 1e400}', "json.number", "line 1, column 7 is too large"),
        (b"[1e999999999999]", "json.number", "too large"),
        (b"[1e-999999999999]", "json.number", "too large or too fine"),
        (b"[0.0000000000001]", "json.number", "too fine"),
        (b'"\\ud800"', "json.surrogate", "the document holds half a surrogate pair"),
        (b'{"a":["x","\\udc00"]}', "json.surrogate", "a.1 holds half"),
        ('["\ud800"]', "json.surrogate", "character 3"),
        (b"{} {}", "json.syntax", "line 1, column 4"),
        (b"", "json.syntax", "line 1, column 1"),
        (b"[1,]", "json.syntax", "cannot be read"),
        (b"\xef\xbb\xbf{}", "json.encoding", "byte order mark"),
        ("\ufeff{}", "json.encoding", "byte order mark"),
        (b'"\xc0\xaf"', "json.encoding", "byte 2 is not UTF-8"),
        ("{}".encode("utf-16"), "json.encoding", "not UTF-8"),
        ("{}".encode("utf-16-le"), "json.encoding", "UTF-16"),
        ("{}".encode("utf-32-be"), "json.encoding", "UTF-16"),
        (b'"a\nb"', "json.syntax", "control character"),
    ],
)
def test_what_two_readers_could_take_differently_is_refused_with_its_place(
    document: bytes | str, code: str, says: str
) -> None:
    with pytest.raises(InputError) as refused:
        read_json(document)
    assert refused.value.code == code
    assert says in str(refused.value)


@pytest.mark.parametrize("document", [None, 5, bytearray(b"{}"), ["{}"]])
def test_what_is_neither_bytes_nor_text_is_refused(document: Any) -> None:
    with pytest.raises(InputError, match="must be bytes or text"):
        read_json(document)


def _nested(depth: int) -> str:
    return "[" * depth + "]" * depth


def _keys(count: int) -> str:
    return json.dumps({str(number): 0 for number in range(count)})


def _values(count: int) -> str:
    """So many values: one list of lists."""
    rest = count - 1
    lists = []
    while rest > 0:
        inner = min(rest, 500)
        lists.append([0] * (inner - 1))
        rest -= inner
    return json.dumps(lists)


@pytest.mark.parametrize(
    ("at_limit", "limit", "code"),
    [
        (_nested, 32, "json.depth"),
        (_keys, 1_000, "json.keys"),
        (lambda count: json.dumps([0] * count), 1_000, "json.entries"),
        (lambda count: json.dumps("x" * count), 10_000, "json.text"),
        (lambda count: json.dumps({"x" * count: 0}), 10_000, "json.text"),
        (lambda count: json.dumps("é" * count), 10_000, "json.text"),
        (lambda count: "1" * count, 40, "json.number"),
        (lambda count: "0." + "1" * count, 12, "json.number"),
        (lambda count: f"1e{count}", 15, "json.number"),
        (lambda count: " " * (count - 2) + "{}", 1_048_576, "json.size"),
        (lambda count: '["' + "é" * ((count - 4) // 2) + '"' + " " * (count % 2) + "]", 1_048_576, "json.size"),
        (_values, 20_000, "json.values"),
    ],
)
def test_each_limit_holds_one_below_at_and_one_above(at_limit: Any, limit: int, code: str) -> None:
    for size in (limit - 1, limit):
        for document in (at_limit(size), at_limit(size).encode()):
            try:
                read_json(document)
            except InputError as error:  # two bytes a letter: the text in it is longer than texts may be
                assert (code, error.code) == ("json.size", "json.text")
    for document in (at_limit(limit + 1), at_limit(limit + 1).encode()):
        with pytest.raises(InputError) as refused:
            read_json(document)
        assert refused.value.code == code


def test_limits_can_be_set_for_one_document() -> None:
    assert read_json("[[0]]", limits=Limits(depth=2)) == [[0]]
    with pytest.raises(InputError, match="deeper than 1"):
        read_json("[[0]]", limits=Limits(depth=1))
    assert len(json.dumps(read_json(json.dumps([0] * 2_000), limits=Limits(entries=2_000)))) > 2_000


def test_a_long_key_is_not_repeated_in_full_and_braces_are_no_pattern() -> None:
    key = "{place}" + "k" * 500
    with pytest.raises(InputError) as refused:
        read_json(json.dumps({key: 1})[:-1] + "," + json.dumps({key: 2})[1:])
    assert len(str(refused.value)) < 200
