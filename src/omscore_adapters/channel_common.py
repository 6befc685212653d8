"""What the formats of channels share: fields taken from outside, each checked, and every complaint kept with its line.

A reader goes on after a complaint, so that a message is told all that is wrong with it at once.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from decimal import Decimal

from omscore.border import JsonValue, checked_reference, without_card_numbers
from omscore.errors import InputError
from omscore.items import checked_sku
from omscore.money import Money, UnitPrice, currency_exponent
from omscore.places import Address
from omscore.ports.channels import Complaint, Recipient
from omscore.quantities import checked_units
from omscore.text import checked_text

_DECIMAL = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,12})?")
LONGEST_TITLE = 200


class Complaints:
    """The complaints about one message so far."""

    def __init__(self) -> None:
        self.found: list[Complaint] = []

    def add(self, line: int, says: str) -> None:
        self.found.append(Complaint(line, says))

    @contextmanager
    def about(self, line: int, what: str = "") -> Iterator[None]:
        """An InputError inside becomes a complaint about the line."""
        try:
            yield
        except InputError as error:
            says = str(error)
            self.add(line, f"{what}: {says}" if what else says)


def shown(value: object) -> str:
    """A value of a message as a complaint may show it: short, plain, and no card number.

    >>> shown("x" * 50)
    "'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx...'"
    """
    text = value if isinstance(value, str) else str(value)
    return ascii(without_card_numbers(text if len(text) <= 40 else f"{text[:37]}..."))


def decimal_of(value: object, what: str) -> Decimal:
    """The exact number a plain decimal text or a number of JSON stands for.

    Raises: InputError for anything else; nothing is rounded or guessed.

    >>> decimal_of("9.90", "price")
    Decimal('9.90')
    """
    if type(value) is int and abs(value) < 10**15:
        return Decimal(value)
    if type(value) is Decimal and value.is_finite() and abs(value) < 10**15:
        return value
    if type(value) is str and _DECIMAL.fullmatch(value.strip()):
        return Decimal(value.strip())
    raise InputError(f"{what} {shown(value)} is no plain decimal number such as 9.90")


def money_of(value: object, currency: str, what: str) -> Money:
    """The exact amount in minor units; zeros beyond them are no harm, other digits are.

    Raises: InputError naming what it was.

    >>> money_of("9.9000", "EUR", "price")
    Money(minor=990, currency='EUR')
    """
    amount = decimal_of(value, what)
    minor = amount.scaleb(currency_exponent(currency))
    if minor != minor.to_integral_value():
        raise InputError(f"{what} {amount} is finer than {currency} has minor units")
    return Money(int(minor), currency)


def price_of(value: object, currency: str, what: str = "the unit price") -> UnitPrice:
    """The price of one unit, as fine as it is told. Raises: InputError, also for one below zero."""
    amount = decimal_of(value, what)
    if amount < 0:
        raise InputError(f"{what} {amount} is below zero")
    return UnitPrice.of(amount, currency)


def units_of(value: object, what: str = "the quantity") -> int:
    """Whole units, of which there is at least one. Raises: InputError."""
    amount = decimal_of(value, what)
    if amount != amount.to_integral_value():
        raise InputError(f"{what} {amount} is no whole number of units")
    return checked_units(int(amount), what=what)


def sku_of(value: object, names: Mapping[str, str]) -> str:
    """The shop's own name of an article the message names; `names` maps those that differ.

    Raises: InputError for no text and for what can be no SKU.
    """
    if type(value) is not str or not value:
        raise InputError("names no article (SKU)")
    return checked_sku(names.get(value, value))


def title_of(value: object) -> str:
    """A title as papers may show it; one that cannot be printed is left out, since the SKU says what it is."""
    try:
        return checked_text(value, what="title", max_length=LONGEST_TITLE, empty=True)
    except InputError:
        return ""


def message_id_of(value: object, what: str = "the message id") -> str:
    """What the channel calls the message. Raises: InputError for what can name nothing."""
    text = str(value) if type(value) is int else value
    if type(text) is not str or not text:
        raise InputError(f"{what} is missing")
    return checked_reference(text, what=what)


def country_of(value: object) -> str:
    """A country's two letters. Raises: InputError."""
    if type(value) is not str or re.fullmatch(r"[A-Za-z]{2}", value) is None:
        raise InputError(f"the country {shown(value)} is not a two-letter code such as DE")
    return value.upper()


def plain(value: object) -> str:
    """Text of a message on one line; anything else is nothing.

    >>> plain(" 1  High\\nStreet "), plain(None)
    ('1 High Street', '')
    """
    return " ".join(value.split()) if isinstance(value, str) else ""


def recipient_of(
    *,
    name: object,
    lines: tuple[object, ...],
    city: object,
    country: str,
    postcode: object = "",
    region: object = "",
    mail: object = "",
    phone: object = "",
) -> Recipient | None:
    """Who the goods go to; None where the message tells neither name nor street.

    Raises: InputError for half an address, and for text that no label can bear.
    """
    street = tuple([text for line in lines if (text := plain(line))])
    if not plain(name) and not street:
        return None
    if not (plain(name) and street and plain(city)):
        raise InputError("the address needs a name, a street and a city")
    address = Address(
        recipient=plain(name),
        lines=street[:4],
        city=plain(city),
        country=country,
        postcode=plain(postcode),
        region=plain(region),
    )
    return Recipient(address=address, mail=plain(mail), phone=plain(phone))


def canonical(value: JsonValue) -> bytes:
    """A JSON value in one way of writing it, with exact numbers: equal values come to equal bytes.

    >>> canonical({"b": Decimal("1.50"), "a": [None, True]})
    b'{"a":[null,true],"b":1.50}'
    """
    return _written(value).encode("utf-8")


def _written(value: JsonValue) -> str:
    match value:
        case dict():
            return "{%s}" % ",".join(  # noqa: UP031
                f"{json.dumps(key, ensure_ascii=False)}:{_written(each)}" for key, each in sorted(value.items())
            )
        case list():
            return f"[{','.join(map(_written, value))}]"
        case Decimal():
            return format(value, "f")
        case _:
            return json.dumps(value, ensure_ascii=False)


def taken(value: JsonValue, *path: str) -> JsonValue:
    """What stands at a path of objects; None where there is nothing."""
    for step in path:
        if not isinstance(value, dict):
            return None
        value = value.get(step)
    return value


def objects(value: JsonValue) -> list[dict[str, JsonValue]]:
    """The objects of a list; None stands for an empty one. Raises: InputError for anything else."""
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
        raise InputError("is no list of objects")
    return [each for each in value if isinstance(each, dict)]


def rate_of(tax: Money, net: Money) -> Decimal:
    """The rate a tax comes to, for papers alone: to four decimals.

    >>> rate_of(Money(190, "EUR"), Money(1_000, "EUR"))
    Decimal('0.1900')
    """
    if net.minor <= 0 or tax.minor <= 0:
        return Decimal(0)
    return Decimal((2 * tax.minor * 10_000 + net.minor) // (2 * net.minor)).scaleb(-4)


def orders_in(value: JsonValue) -> list[dict[str, JsonValue]]:
    """The orders of a JSON document: one as it is or under `order`, a list, or a page that has them under `orders`.

    Raises: InputError when there is none.
    """
    if isinstance(value, dict) and isinstance(value.get("order"), dict):
        value = value["order"]
    if isinstance(value, dict) and "orders" in value:
        value = value["orders"]
    try:
        orders = [value] if isinstance(value, dict) else objects(value)
    except InputError as error:
        raise InputError(f"the document {error}; give an order, a list of them or a page of orders") from error
    if not orders:
        raise InputError("the document holds no order")
    return orders
