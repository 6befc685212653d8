"""Kits in the shop's item list: what may be one, what it is put together from, and how many the shelf allows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from omscore.engine.shelves import shelves_of
from omscore.engine.unit import Unit
from omscore.errors import InputError, RefusedError
from omscore.inventory.availability import Shelf, choose_cells, sellable_units
from omscore.inventory.model import HeldUnits, ListedItem
from omscore.items import Item, Kit, KitPart, Ships
from omscore.orders.commands import KitTold, LineTax, PartTold, WantedLine
from omscore.parties import Channel


def check_kit(unit: Unit, item: Item) -> None:
    """Refuse a kit whose parts are not listed, or kits themselves, and one that has stock or is a part itself.

    Raises: NotFoundError, InputError or RefusedError.
    """
    if item.kit is None:
        return
    parts_of(unit, item.sku, item.kit)
    listed = unit.find(ListedItem, item.sku)
    if listed is not None and listed.item.kit is None:
        units = sum([level.on_hand + level.expected for level in unit.stock([item.sku])])
        if units:
            raise RefusedError(
                f"{item.sku} has {units} units in stock, and a kit has none of its own; book them out, or list the kit "
                "under another SKU",
                code="item.kit_stock",
            )


def check_stocked(items: Mapping[str, Item]) -> None:
    """Refuse to book stock of a kit, or to ask for it. Raises: InputError naming the parts."""
    for sku, item in items.items():
        if item.kit is not None:
            parts = ", ".join([part.sku for part in item.kit.parts])
            raise InputError(
                f"{sku} is a kit and has no stock of its own; use its parts instead: {parts}", code="item.kit_stock"
            )


def parts_of(unit: Unit, sku: str, kit: Kit) -> dict[str, Item]:
    """The articles a kit is put together from. Raises: InputError when one of them is a kit itself."""
    parts = unit.items([part.sku for part in kit.parts])
    for name, part in parts.items():
        if part.kit is not None:
            raise InputError(
                f"kit {sku} has the part {name}, which is a kit itself; name the parts of that one instead",
                code="item.kit",
            )
    return parts


def kits_told(
    unit: Unit, lines: Sequence[WantedLine], items: Mapping[str, Item], taxes: Mapping[str, LineTax] | Sequence[LineTax]
) -> tuple[KitTold, ...]:
    """What the kits of an order are put together from now; the order keeps it.

    Shape: `taxes` by tax category of the parts, or one for each line and all its parts.
    """
    found = []
    for number, line in enumerate(lines, 1):
        kit = items[line.sku].kit
        if kit is None:
            continue
        if line.together:
            raise InputError(
                f"line {number} is the kit {line.sku}, which ships as its item says; leave `together` out",
                code="order.kit_together",
                line=number,
            )
        parts = parts_of(unit, line.sku, kit)
        told = []
        for part, share in zip(kit.parts, _shares(kit.parts, parts), strict=True):
            item = parts[part.sku]
            tax = taxes[item.tax_category] if isinstance(taxes, Mapping) else taxes[number - 1]
            told.append(PartTold(part.sku, item.name, part.units, share, tax.code, tax.rate))
        found.append(KitTold(number, kit.ships, tuple(told)))
    return tuple(found)


def _shares(parts: Sequence[KitPart], items: Mapping[str, Item]) -> list[int]:
    """By what the price is shared: as told, else by cost where every part has one, else by units."""
    told = [part.share for part in parts]
    if any(told):
        return told
    costs = [items[part.sku].unit_cost for part in parts]
    by_cost = [part.units * cost.minor for part, cost in zip(parts, costs, strict=True) if cost is not None]
    return by_cost if len(by_cost) == len(parts) and any(by_cost) else [part.units for part in parts]


class KitShelf(NamedTuple):
    """A kit with the shelves of its parts, as one channel may draw on them."""

    kit: Kit
    shelves: Mapping[str, Shelf]
    channel: Channel

    def kits(self) -> int:
        """How many whole kits can be had: in one place each where they ship together."""
        if self.kit.ships is Ships.TOGETHER:
            return sum(self._by_place().values())
        return min([self._sellable(part.sku, self.channel.locations) // part.units for part in self.kit.parts])

    def cells(self, kits: int) -> dict[str, tuple[HeldUnits, ...]]:
        """The cells to hold so many kits in, by part; kits that ship together in as few places as can be."""
        if self.kit.ships is Ships.APART:
            return {
                part.sku: self._cells(part.sku, kits * part.units, self.channel.locations) for part in self.kit.parts
            }
        found: dict[str, tuple[HeldUnits, ...]] = {part.sku: () for part in self.kit.parts}
        for place, there in sorted(self._by_place().items(), key=lambda each: (-each[1], each[0])):
            taken = min(kits, there)
            kits -= taken
            for part in self.kit.parts if taken else ():
                found[part.sku] += self._cells(part.sku, taken * part.units, (place,))
        return found

    def _by_place(self) -> dict[str, int]:
        places = {place for shelf in self.shelves.values() for place, _ in shelf.units_by_cell()}
        if self.channel.locations:
            places.intersection_update(self.channel.locations)
        return {
            place: min([self._sellable(part.sku, (place,)) // part.units for part in self.kit.parts])
            for place in sorted(places)
        }

    def _sellable(self, sku: str, locations: Sequence[str]) -> int:
        rules = self.channel
        return sellable_units(
            self.shelves[sku], pools=rules.pools, locations=locations, threshold=rules.reserve_threshold
        )

    def _cells(self, sku: str, units: int, locations: Sequence[str]) -> tuple[HeldUnits, ...]:
        rules = self.channel
        return choose_cells(
            self.shelves[sku], units, pools=rules.pools, locations=locations, threshold=rules.reserve_threshold
        )


def kit_shelf(unit: Unit, sku: str, kit: Kit, channel: Channel) -> KitShelf:
    """The kit on the shelf as it stands."""
    parts_of(unit, sku, kit)
    return KitShelf(kit, shelves_of(unit, [part.sku for part in kit.parts], unit.at), channel)


def sellable_of(unit: Unit, sku: str, channel: Channel) -> int:
    """Units of an article that the channel can sell now; of a kit, the whole kits its parts allow."""
    return sellable_among(unit, unit.items([sku]), channel)[sku]


def sellable_among(unit: Unit, items: Mapping[str, Item], channel: Channel) -> dict[str, int]:
    """The same for many articles by SKU, whose shelves are looked at in one go."""
    shelves = shelves_of(unit, articles_of(items.values()), unit.at)
    pools, locations, threshold = channel.pools, channel.locations, channel.reserve_threshold
    return {
        sku: sellable_units(shelves[sku], pools=pools, locations=locations, threshold=threshold)
        if item.kit is None
        else KitShelf(item.kit, shelves, channel).kits()
        for sku, item in items.items()
    }


def articles_of(items: Iterable[Item]) -> list[str]:
    """The SKUs that are on shelves: the articles themselves, and the parts of kits."""
    return list(
        dict.fromkeys([sku for item in items for sku in ([p.sku for p in item.kit.parts] if item.kit else [item.sku])])
    )
