"""JSON from outside, read strictly: one meaning or none, and never more work than its size deserves.

A quick look at the raw text bounds its size, its depth and how many values it holds before anything is built. The
standard decoder then builds it, and a last walk checks texts and lists, so that a complaint can name the path.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, NoReturn, TypeAlias, cast

from omscore.border.cards import without_card_numbers
from omscore.errors import InputError
from omscore.records import frozen

JsonValue: TypeAlias = "bool | int | Decimal | str | list[JsonValue] | dict[str, JsonValue] | None"
"""What a JSON document comes to: whole numbers are exact, decimals are `Decimal` and never float."""

LONGEST_NUMBER = 40
"""The most characters of a number."""
LONGEST_ESCAPE = 12
"""The most characters that stand for one: two escaped halves of a surrogate pair."""
EXPONENTS = range(-12, 16)
"""The powers of ten a decimal may be written in, which keeps it below 10^16 and at 12 decimals."""


@frozen(kw_only=True)
class Limits:
    """How much a document may hold. Units: `body_bytes` in UTF-8; `values` counts everything but keys.

    >>> Limits().depth
    32
    """

    body_bytes: int = 1_048_576
    depth: int = 32
    keys: int = 1_000
    entries: int = 1_000
    values: int = 20_000
    text_chars: int = 10_000


STANDARD = Limits()

_STRING = r'"(?:[^"\\]++|\\.)*+"?'
_PLAIN_STRINGS = re.compile(r'"[^"]*+"?')
_NOT_BRACKETS = re.compile(r"[^\[\]{}]+")
_NUMBERS_AND_STRINGS = re.compile(rf"{_STRING}|(-?[0-9][-+.0-9eE]*)", re.DOTALL)
_CONSTANTS_AND_STRINGS = re.compile(rf"{_STRING}|(NaN|-?Infinity)", re.DOTALL)
_ENDS_AND_STRINGS = re.compile(rf"{_STRING}|(\}})", re.DOTALL)
_ESCAPED_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")


class _WrongError(Exception):
    """What is wrong, under which code, and where: the n-th object to end, the n-th number, or the first constant."""

    def __init__(self, code: str, says: str, *, number: int = 0, ended: int = 0) -> None:
        super().__init__(says)
        self.code = code
        self.number = number
        self.ended = ended


def read_json(document: bytes | str, *, limits: Limits = STANDARD) -> JsonValue:
    """The value of one JSON document in UTF-8.

    Raises: InputError naming the place, for anything two readers could take differently (a key twice, NaN, half a
    surrogate pair, text after the end, a byte order mark) and for whatever goes beyond the limits.

    >>> read_json(b'{"units": 3, "price": 9.90}')
    {'units': 3, 'price': Decimal('9.90')}
    >>> read_json('{"a": 3, "a": 30}')
    Traceback (most recent call last):
    omscore.errors.InputError: JSON: the key 'a' stands twice in the object ending at line 1, column 17; keep one
    """
    text = _text(document, limits)
    _measure(text, limits)
    decoding = _Decoding(limits)
    decoder = json.JSONDecoder(
        object_pairs_hook=decoding.object,
        parse_float=decoding.decimal,
        parse_int=decoding.whole,
        parse_constant=decoding.constant,
    )
    try:
        value = cast(JsonValue, decoder.decode(text))
    except _WrongError as wrong:
        place = _place(text, _offset(text, wrong))
        says = str(wrong).replace("{place}", place)
        raise InputError(f"JSON: {says}", code=wrong.code, place=place) from None
    except json.JSONDecodeError as error:
        place = _place(text, error.pos)
        raise InputError(
            f"JSON: the document cannot be read at {place} ({error.msg}); send one whole JSON value and nothing else",
            code="json.syntax",
            place=place,
        ) from None
    if _is_simple(text, limits):
        return value
    _walk(value, limits, surrogates=_ESCAPED_SURROGATE.search(text) is not None)
    return value


def _text(document: object, limits: Limits) -> str:
    if type(document) is not bytes and type(document) is not str:
        _refuse("json.kind", f"the document must be bytes or text, not {type(document).__name__}")
    if len(document) > limits.body_bytes:
        _refuse("json.size", f"the document has more than {limits.body_bytes} bytes; send it in parts")
    if isinstance(document, str):
        try:
            size = len(document.encode())
        except UnicodeEncodeError as error:
            _refuse("json.surrogate", f"half a surrogate pair at character {error.start + 1}; send whole characters")
        if size > limits.body_bytes:
            _refuse("json.size", f"the document has more than {limits.body_bytes} bytes; send it in parts")
        text = document
    else:
        try:
            text = document.decode()
        except UnicodeDecodeError as error:
            _refuse("json.encoding", f"byte {error.start + 1} is not UTF-8; send the document in UTF-8")
    if text.startswith("\ufeff"):
        _refuse("json.encoding", "the document starts with a byte order mark; leave it out")
    if text.startswith("\0") or text[1:2] == "\0":
        _refuse("json.encoding", "the document looks like UTF-16 or UTF-32; send it in UTF-8")
    return text


def _measure(text: str, limits: Limits) -> None:
    """Refuse what is too deep or too much before anything is built; linear, with an early end for most of it."""
    # Pairs of backslashes go first, so that one left before a quote is a quote inside a text.
    plain = text.replace("\\\\", "").replace('\\"', "")
    if plain.count('"') > 4 * limits.values:  # every value and every key is at most one text
        _refuse("json.values", f"the document holds more than {limits.values} values; send it in parts")
    bare = _PLAIN_STRINGS.sub("", plain)
    if 1 + bare.count(",") + bare.count("[") + bare.count("{") > limits.values:
        _refuse("json.values", f"the document holds more than {limits.values} values; send it in parts")
    most = LONGEST_ESCAPE * limits.text_chars + 2
    if len(plain) - len(bare) > most and max(map(len, _PLAIN_STRINGS.findall(plain))) > most:
        _refuse(
            "json.text", f"the document holds a text of more than {limits.text_chars} characters; send a shorter one"
        )
    depth = 0
    for bracket in _NOT_BRACKETS.sub("", bare):
        if bracket in "[{":
            depth += 1
            if depth > limits.depth:
                _refuse("json.depth", f"the document nests deeper than {limits.depth}; flatten it")
        elif depth == 0:
            return  # an end without a beginning: the decoder will say where
        else:
            depth -= 1


class _Decoding:
    """The hooks of one decoding; they count, so that the place of a complaint can be found afterwards."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._numbers = 0
        self._ended = 0

    def object(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        self._ended += 1
        found = dict(pairs)
        if len(found) < len(pairs):
            seen: set[str] = set()
            twice = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
            says = f"the key {_quoted(twice)} stands twice in the object ending at {{place}}; keep one"
            raise _WrongError("json.duplicate_key", says, ended=self._ended)
        if len(found) > self._limits.keys:
            says = f"the object ending at {{place}} has more than {self._limits.keys} keys; send fewer"
            raise _WrongError("json.keys", says, ended=self._ended)
        return found

    def whole(self, text: str) -> int:
        self._numbers += 1
        if len(text) > LONGEST_NUMBER:
            self._too_long(text)
        return int(text)

    def decimal(self, text: str) -> Decimal:
        self._numbers += 1
        if len(text) > LONGEST_NUMBER:
            self._too_long(text)
        digits, _, power = text.lower().partition("e")
        # The power is looked at as text first: nobody has to build 10^999999999 to see that it is too much.
        decimals = len(digits.partition(".")[2])
        if len(power) > 4 or int(power or 0) - decimals not in EXPONENTS or int(power or 0) not in EXPONENTS:
            says = "the number at {place} is too large or too fine; write up to 15 digits before and 12 after the point"
            raise _WrongError("json.number", says, number=self._numbers)
        return Decimal(text)

    def constant(self, name: str) -> NoReturn:
        says = f"{name} at {{place}} is no number of JSON; send a finite number or null"
        raise _WrongError("json.constant", says)

    def _too_long(self, text: str) -> NoReturn:
        says = f"the number at {{place}} has {len(text)} characters; send at most {LONGEST_NUMBER}"
        raise _WrongError("json.number", says, number=self._numbers)


def _is_simple(text: str, limits: Limits) -> bool:
    """True when the text is too short to hold a long text or list, and has no escaped surrogate."""
    shortest = min(limits.text_chars, limits.entries)
    return len(text) <= shortest and _ESCAPED_SURROGATE.search(text) is None


def _walk(value: JsonValue, limits: Limits, *, surrogates: bool) -> None:
    # Paths are (parent path, step) chains, spelled out only for a complaint.
    rest: list[tuple[JsonValue, Any]] = [(value, None)]
    while rest:
        here, path = rest.pop()
        if isinstance(here, str):
            _check_text(here, path, limits, surrogates)
        elif isinstance(here, list):
            if len(here) > limits.entries:
                _refuse("json.entries", f"{_spelled(path)} has {len(here)} entries; send at most {limits.entries}")
            rest.extend((each, (path, at)) for at, each in enumerate(here) if isinstance(each, str | list | dict))
        elif isinstance(here, dict):
            for key, each in here.items():
                _check_text(key, path, limits, surrogates)
                if isinstance(each, str | list | dict):
                    rest.append((each, (path, key)))


def _check_text(text: str, path: Any, limits: Limits, surrogates: bool) -> None:
    if len(text) > limits.text_chars:
        says = f"{_spelled(path)} holds a text of {len(text)} characters; send at most {limits.text_chars}"
        _refuse("json.text", says)
    if surrogates and not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError:
            _refuse("json.surrogate", f"{_spelled(path)} holds half a surrogate pair; send whole characters")


def _spelled(path: Any) -> str:
    steps: list[str] = []
    while path is not None:
        path, step = path
        steps.append(_quoted(step)[1:-1] if isinstance(step, str) else str(step))
    return ".".join(reversed(steps)) or "the document"


def _offset(text: str, wrong: _WrongError) -> int:
    """Where the n-th number or the n-th end of an object stands."""
    if wrong.ended:
        pattern, wanted = _ENDS_AND_STRINGS, wrong.ended
    elif wrong.number > 0:
        pattern, wanted = _NUMBERS_AND_STRINGS, wrong.number
    else:
        pattern, wanted = _CONSTANTS_AND_STRINGS, 1
    for place in _marked(pattern, text):
        wanted -= 1
        if not wanted:
            return place
    raise AssertionError("the decoder found what the pattern did not")


def _marked(pattern: re.Pattern[str], text: str) -> Iterator[int]:
    return (match.start() for match in pattern.finditer(text) if match[1] is not None)


def _place(text: str, offset: int) -> str:
    line = text.count("\n", 0, offset) + 1
    return f"line {line}, column {offset - (text.rfind(chr(10), 0, offset) + 1) + 1}"


def _quoted(key: str) -> str:
    """A key as messages show it: short, and with everything unusual escaped."""
    return ascii(without_card_numbers(key if len(key) <= 40 else key[:37] + "..."))


def _refuse(code: str, says: str) -> NoReturn:
    raise InputError(f"JSON: {says}", code=code)
