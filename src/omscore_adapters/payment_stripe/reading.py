"""What Stripe sends, read strictly: a field that is missing or of another kind means that nothing is known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from omscore.errors import InputError, PortUnknownError
from omscore.money import Money
from omscore_adapters.payment_stripe.amounts import amount_of

Found = Mapping[str, object]
"""One object of Stripe's, as decoded from JSON."""


def is_object(value: object) -> Found:
    """The value, if it is an object. Raises: PortUnknownError."""
    if not isinstance(value, Mapping):
        raise PortUnknownError(f"Stripe sent {type(value).__name__} where an object was due; look the key up")
    return value


def text(found: Found, name: str) -> str:
    """A text that must be there."""
    value = found.get(name)
    if type(value) is not str or not value:
        raise _wrong(found, name)
    return value


def some_text(found: Found, name: str) -> str:
    """A text; empty where there is none."""
    return "" if found.get(name) is None else text(found, name)


def flag(found: Found, name: str) -> bool:
    """A truth value that must be there."""
    value = found.get(name)
    if type(value) is not bool:
        raise _wrong(found, name)
    return value


def whole(found: Found, name: str) -> int:
    """A whole number from zero that must be there."""
    value = found.get(name)
    if type(value) is not int or value < 0:
        raise _wrong(found, name)
    return value


def money(found: Found, name: str) -> Money:
    """An amount in the object's currency."""
    try:
        return amount_of(whole(found, name), text(found, "currency"))
    except InputError as error:
        raise PortUnknownError(f"{error}; look at it at Stripe by hand") from error


def moment(found: Found, name: str) -> datetime:
    """A moment, told in seconds."""
    return datetime.fromtimestamp(min(whole(found, name), 250_000_000_000), UTC)


def metadata(found: Found) -> Mapping[str, str]:
    """The texts somebody attached."""
    value = found.get("metadata") or {}
    if not isinstance(value, Mapping) or not all(type(each) is str for each in value.values()):
        raise _wrong(found, "metadata")
    return value


def listed(found: Found) -> Sequence[Found]:
    """The objects of a page."""
    value = found.get("data")
    if not isinstance(value, list):
        raise _wrong(found, "data")
    return [is_object(each) for each in value]


def _wrong(found: Found, name: str) -> PortUnknownError:
    kind = found.get("object")
    return PortUnknownError(
        f"Stripe sent {kind if type(kind) is str else 'an object'} without a readable {name}; look the key up"
    )
