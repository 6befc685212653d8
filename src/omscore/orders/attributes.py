"""What a channel wants to remember of an order: a few texts under plain keys, found again by exact equality.

An attribute is looked up through an index entry, a bound value in every store: nothing a key or a value holds is ever
part of a query.
"""

from __future__ import annotations

import re
from hashlib import sha256
from typing import NamedTuple

from omscore.errors import InputError

CHANNEL_MESSAGE = "intake.message"
"""The attribute of an order that came as a message of its channel: the channel's own id of it."""

MAX_ATTRIBUTES = 50
LONGEST_VALUE = 1_000
LONGEST_INDEXED = 200
"""A longer value is indexed by its digest: some stores bound the size of an index entry."""

_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,63}")


class Attribute(NamedTuple):
    """One text under one key."""

    key: str
    value: str


def attribute_key(key: str, value: str) -> str:
    """The index key of an attribute, for `oms.listed(Order, "attribute", ...)`.

    Holds: two attributes share it only when they are equal.
    Raises: InputError for a key or value no order can have.

    >>> attribute_key("gift", "yes")
    'gift=yes'
    """
    _check(key, value)
    if len(value) <= LONGEST_INDEXED:
        return f"{key}={value}"
    return f"{key}#{sha256(value.encode()).hexdigest()}"


def checked_attributes(attributes: tuple[Attribute, ...], *, order_id: str) -> tuple[Attribute, ...]:
    """The attributes in key order.

    Raises: InputError for more than 50, a key given twice, and keys or values that are not usable.
    """
    if not attributes:
        return ()
    if len(attributes) > MAX_ATTRIBUTES:
        raise InputError(
            f"order {order_id} has {len(attributes)} attributes; give at most {MAX_ATTRIBUTES}", code="order.attributes"
        )
    for key, value in attributes:
        _check(key, value)
    if len({attribute.key for attribute in attributes}) < len(attributes):
        raise InputError(f"order {order_id} has an attribute twice; give each key once", code="order.attributes")
    return tuple(sorted(attributes))


def _check(key: object, value: object) -> None:
    if type(key) is not str or _KEY.fullmatch(key) is None:
        raise InputError(
            "an attribute's key is a letter or _ and up to 63 letters, digits or any of _.-; choose such a key",
            code="order.attribute_key",
        )
    if type(value) is not str or len(value) > LONGEST_VALUE or not value.isprintable():
        raise InputError(
            f"the value of attribute {key} must be at most {LONGEST_VALUE} visible characters of text",
            code="order.attribute_value",
        )
