"""What is sold: SKUs, trade item numbers, sizes and the facts routing and tax need about an item.

Two SKUs that look alike must never be two things, so a SKU is compared by its exact characters and everything that
would make that comparison surprising is refused when it enters.
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import NewType

import attrs

from omscore.border.names import ambiguity_of
from omscore.errors import InputError
from omscore.money import Money
from omscore.quantities import checked_units
from omscore.records import frozen
from omscore.text import checked_text

Sku = NewType("Sku", str)

_GTIN = re.compile(r"[0-9]{8}|[0-9]{12,14}")
_GTIN_BODY = re.compile(r"[0-9]{7}|[0-9]{11,13}")


def checked_sku(text: object) -> Sku:
    """The text itself when it can name an article without being mistaken for another.

    Raises: InputError for over 64 characters, blanks at the ends, invisible characters, uncomposed accents, and
    Latin, Cyrillic and Greek letters mixed in one SKU.

    >>> checked_sku("TEA-GREEN 100g")
    'TEA-GREEN 100g'
    """
    if type(text) is not str:
        raise _bad_sku(f"must be text, not {type(text).__name__}")
    if not 1 <= len(text) <= 64:
        raise _bad_sku(f"must have 1 to 64 characters, not {len(text)}")
    if why := ambiguity_of(text):
        raise _bad_sku(why)
    return Sku(text)


def gtin_check_digit(body: str) -> int:
    """The digit that completes a trade item number.

    Source: GS1 General Specifications, check digit calculation (weights 3 and 1 from the right, modulo 10).

    >>> gtin_check_digit("400638133393")
    1
    """
    if type(body) is not str or _GTIN_BODY.fullmatch(body) is None:
        raise InputError("a GTIN without its check digit has 7, 11, 12 or 13 digits", code="item.gtin")
    weighted = sum(int(digit) * (3 if place % 2 == 0 else 1) for place, digit in enumerate(reversed(body)))
    return -weighted % 10


def checked_gtin(text: object) -> str:
    """The trade item number (EAN, UPC) itself when its check digit is right.

    Raises: InputError for anything but 8, 12, 13 or 14 ASCII digits ending in the right check digit.

    >>> checked_gtin("4006381333931")
    '4006381333931'
    """
    if type(text) is not str or _GTIN.fullmatch(text) is None:
        raise InputError("a GTIN has 8, 12, 13 or 14 digits and nothing else", code="item.gtin")
    expected = gtin_check_digit(text[:-1])
    if int(text[-1]) != expected:
        raise InputError(
            f"GTIN {text} ends in {text[-1]} but its check digit is {expected}; look for a mistyped digit",
            code="item.gtin",
        )
    return text


class ItemFlag(StrEnum):
    """What carriers, packers and tax rules must know about an item."""

    HAZMAT = "hazmat"
    FRAGILE = "fragile"
    DIGITAL = "digital"
    OVERSIZE = "oversize"
    FOOD = "food"
    GIFT = "gift"


@frozen(kw_only=True)
class Size:
    """How much room one unit takes in its own wrapping.

    Units: whole millimetres, each at least 1.

    >>> Size(length_mm=100, width_mm=50, height_mm=20).volume_mm3
    100000
    """

    length_mm: int
    width_mm: int
    height_mm: int

    def __attrs_post_init__(self) -> None:
        checked_units(self.length_mm, what="length_mm")
        checked_units(self.width_mm, what="width_mm")
        checked_units(self.height_mm, what="height_mm")

    @property
    def volume_mm3(self) -> int:
        return self.length_mm * self.width_mm * self.height_mm


def _sku(value: str) -> Sku:
    return checked_sku(value)


def _name(value: str) -> str:
    return checked_text(value, what="item name", empty=True)


def _flags(value: tuple[ItemFlag, ...]) -> tuple[ItemFlag, ...]:
    if type(value) is not tuple or not all(type(flag) is ItemFlag for flag in value):
        raise InputError("flags must be a tuple of ItemFlag", code="item.flags")
    return tuple(sorted(set(value)))


class Ships(StrEnum):
    """Whether the parts of a kit must travel in one shipment."""

    TOGETHER = "together"
    APART = "apart"


@frozen(kw_only=True)
class KitPart:
    """So many units of one article in every kit.

    Shape: `share` weighs all its units in one kit against the other parts when the price of the kit is shared.
    """

    sku: Sku = attrs.field(converter=_sku)
    units: int = attrs.field(default=1)
    share: int = attrs.field(default=0)

    def __attrs_post_init__(self) -> None:
        checked_units(self.units, what=f"units of {self.sku} in a kit")
        checked_units(self.share, what=f"the share of {self.sku} in the price of a kit", least=0)


def _parts(value: tuple[KitPart, ...]) -> tuple[KitPart, ...]:
    if type(value) is not tuple or not all(type(part) is KitPart for part in value):
        raise InputError("the parts of a kit must be a tuple of KitPart", code="item.kit")
    skus = [part.sku for part in value]
    if not 1 <= len(skus) <= MAX_PARTS:
        raise InputError(f"a kit has 1 to {MAX_PARTS} parts, not {len(skus)}", code="item.kit")
    if twice := [sku for sku in skus if skus.count(sku) > 1]:
        raise InputError(f"a kit names its part {twice[0]} twice; sum its units", code="item.kit")
    return value


MAX_PARTS = 100
"""The most articles one kit may have."""


@frozen(kw_only=True)
class Kit:
    """What one unit of an article is put together from; such an article has no stock of its own.

    Shape: without any `share` the price is shared by what the parts cost the shop, or by their units where a cost is
    not known.

    >>> Kit(parts=(KitPart(sku=checked_sku("LAMP")), KitPart(sku=checked_sku("BULB"), units=2))).ships
    <Ships.TOGETHER: 'together'>
    """

    parts: tuple[KitPart, ...] = attrs.field(converter=_parts)
    ships: Ships = Ships.TOGETHER


def _tax_category(value: str) -> str:
    return checked_text(value, what="tax category")


@frozen(kw_only=True)
class Item:
    """One article of the catalogue.

    Shape: `flags` are kept sorted, each once; no `size` means it was never measured; a `kit` is what it is put together
    from, and then mass, size, flags, cost and tax are those of its parts.
    Units: `mass_g` and `size` are those of one unit in its own wrapping.

    >>> Item(sku=checked_sku("TEA"), mass_g=120).tax_category
    'standard'
    """

    sku: Sku = attrs.field(converter=_sku)
    name: str = attrs.field(default="", converter=_name)
    gtin: str | None = attrs.field(default=None)
    mass_g: int = attrs.field(default=0)
    size: Size | None = attrs.field(default=None)
    flags: tuple[ItemFlag, ...] = attrs.field(default=(), converter=_flags)
    tax_category: str = attrs.field(default="standard", converter=_tax_category)
    unit_cost: Money | None = attrs.field(default=None)
    kit: Kit | None = attrs.field(default=None)

    @gtin.validator
    def _check_gtin(self, _attribute: attrs.Attribute[str | None], value: str | None) -> None:
        if value is not None:
            checked_gtin(value)

    @mass_g.validator
    def _check_mass(self, _attribute: attrs.Attribute[int], value: int) -> None:
        checked_units(value, what="mass_g", least=0)

    @size.validator
    def _check_size(self, _attribute: attrs.Attribute[Size | None], value: Size | None) -> None:
        if value is not None and type(value) is not Size:
            raise InputError(f"size must be a Size or None, not {type(value).__name__}", code="item.size")

    @unit_cost.validator
    def _check_unit_cost(self, _attribute: attrs.Attribute[Money | None], value: Money | None) -> None:
        if value is not None and type(value) is not Money:
            raise InputError(f"unit_cost must be Money or None, not {type(value).__name__}", code="item.unit_cost")

    @kit.validator
    def _check_kit(self, _attribute: attrs.Attribute[Kit | None], value: Kit | None) -> None:
        if value is None:
            return
        if type(value) is not Kit:
            raise InputError(f"kit must be a Kit or None, not {type(value).__name__}", code="item.kit")
        if self.unit_cost is not None or self.mass_g or self.size is not None or self.flags:
            raise InputError(
                f"item {self.sku} is a kit: its cost, mass, size and flags are those of its parts; leave them out",
                code="item.kit",
            )
        if self.sku in [part.sku for part in value.parts]:
            raise InputError(f"kit {self.sku} cannot be a part of itself; name other articles", code="item.kit")


def _bad_sku(why: str) -> InputError:
    return InputError(f"SKU {why}", code="item.sku")
