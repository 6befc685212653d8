"""Which units go into which standard box: the fewest boxes first, then the least cardboard.

Lines are counted together by size and mass, `boxfill` decides how many units of each share a box, and the boxes are
handed out to the lines again. 80,000 units cost no more than the boxes they need.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache

from omscore.errors import InputError
from omscore.fulfillment.boxfill import (
    FILL_PERCENT,
    NEVER_MEASURED,
    Batch,
    Edges,
    Kind,
    Shelf,
    Space,
    best_plan,
    fits,
    sorted_edges,
)
from omscore.fulfillment.model import BoxedUnits, Package
from omscore.ids import FulfillmentId
from omscore.items import Size
from omscore.quantities import checked_units
from omscore.records import frozen
from omscore.text import checked_text

MAX_PACKAGES = 100_000
"""The most packages one fulfillment order may need."""

AS_IS = "as is"
"""The box name of a unit that travels in its own wrapping, because it fits no box."""

_Filled = tuple[str, tuple[BoxedUnits, ...], int, Edges]


@frozen(kw_only=True)
class BoxType:
    """A standard box of the shop.

    Units: usable space in whole millimetres; `max_mass_g` is what the packed box may weigh, its own `tare_g` included.
    Raises: InputError for a box without room or one heavier than it may be.
    """

    name: str
    length_mm: int
    width_mm: int
    height_mm: int
    max_mass_g: int
    tare_g: int = 0

    def __attrs_post_init__(self) -> None:
        checked_text(self.name, what="box name", max_length=60)
        for edge in (self.length_mm, self.width_mm, self.height_mm):
            checked_units(edge, what=f"edge in mm of box {self.name}")
        checked_units(self.max_mass_g, what=f"max_mass_g of box {self.name}")
        if checked_units(self.tare_g, what=f"tare_g of box {self.name}", least=0) >= self.max_mass_g:
            raise InputError(
                f"box {self.name} weighs {self.tare_g} g empty and may weigh only {self.max_mass_g} g; "
                "raise max_mass_g",
                code="packing.tare",
            )

    @property
    def volume_mm3(self) -> int:
        return self.length_mm * self.width_mm * self.height_mm


@frozen
class ItemToPack:
    """Units of one order line that wait at the packing table.

    Shape: without a `size` (never measured) units are packed by mass alone.
    Units: `mass_g` and `size` are those of one unit.
    """

    line_id: int
    sku: str
    units: int
    mass_g: int
    size: Size | None = None


def choose_boxes(
    fulfillment_id: FulfillmentId, items: Sequence[ItemToPack], boxes: Sequence[BoxType], *, first: int = 1
) -> tuple[Package, ...]:
    """The packages to make up, numbered from `first`: few boxes, and none bigger than its content needs.

    Shape: the order of items and boxes makes no difference. A unit that fits no box becomes a parcel of its own,
    "as is", with its own mass and size (zero millimetres when it was never measured).
    Holds: every unit ends in exactly one package; no box weighs more than it may or is filled beyond the fill factor,
    unless by a single unit that just fits.
    Raises: InputError without boxes, for counts that are none, and when over MAX_PACKAGES would be needed.

    >>> mug = ItemToPack(1, "MUG", 5, 300, Size(length_mm=100, width_mm=100, height_mm=100))
    >>> small = BoxType(name="small", length_mm=200, width_mm=200, height_mm=100, max_mass_g=5_000, tare_g=80)
    >>> packages = choose_boxes(FulfillmentId("f"), [mug], [small])
    >>> [(package.package_id, package.contents[0].units) for package in packages]
    [('f.b1', 3), ('f.b2', 2)]
    """
    if not boxes:
        raise InputError(
            f"{fulfillment_id} cannot be packed: no box sizes are set up; name at least one", code="packing.no_boxes"
        )
    shelf = _shelf(frozenset(boxes))
    boxed, loose = _kinds(items, shelf)
    plan = best_plan(boxed, shelf) if boxed else []
    count = sum(batch.times for batch in plan) + sum(kind.units for kind in loose)
    if count > MAX_PACKAGES:
        raise InputError(
            f"{fulfillment_id} would need {count} packages, more than {MAX_PACKAGES}; "
            "split the work or add bigger boxes",
            code="packing.too_many",
            packages=count,
        )
    numbers = itertools.count(first)
    packages = [
        Package(
            package_id=f"{fulfillment_id}.b{next(numbers)}",
            box=name,
            contents=contents,
            mass_g=mass_g,
            length_mm=edges[0],
            width_mm=edges[1],
            height_mm=edges[2],
        )
        for name, contents, mass_g, edges in itertools.chain(_filled(plan, boxed), _as_is(loose))
    ]
    return tuple(packages)


@lru_cache(maxsize=64)
def _shelf(boxes: frozenset[BoxType]) -> Shelf:
    spaces = sorted(
        Space(
            volume=box.volume_mm3,
            name=box.name,
            edges=sorted_edges((box.length_mm, box.width_mm, box.height_mm)),
            room=max(1, box.volume_mm3 * FILL_PERCENT // 100),
            mass=box.max_mass_g - box.tare_g,
            outside=(box.length_mm, box.width_mm, box.height_mm),
            tare_g=box.tare_g,
        )
        for box in boxes
    )
    biggest = [
        space
        for at, space in enumerate(spaces)
        if not any(other.mass >= space.mass and fits(space.edges, other.edges) for other in spaces[at + 1 :])
    ]
    return Shelf(tuple(spaces), tuple(biggest))


def _kinds(items: Iterable[ItemToPack], shelf: Shelf) -> tuple[list[Kind], list[Kind]]:
    """The kinds that fit a box, the most awkward first (few boxes take it, or it takes much of one), and the others."""
    counted: dict[tuple[Edges, int], dict[int, int]] = {}
    for item in items:
        checked_units(item.units, what=f"units of {item.sku} to pack")
        checked_units(item.mass_g, what=f"mass_g of {item.sku}", least=0)
        size = item.size
        outside = (size.length_mm, size.width_mm, size.height_mm) if size else NEVER_MEASURED
        lines = counted.setdefault((outside, item.mass_g), {})
        lines[item.line_id] = lines.get(item.line_id, 0) + item.units
    top = shelf.biggest[-1]
    boxed, loose = [], []
    for (outside, mass), lines in counted.items():
        volume = outside[0] * outside[1] * outside[2]
        kind = Kind(sorted_edges(outside), mass, volume, sum(lines.values()), tuple(sorted(lines.items())), outside)
        takers = sum(mass <= space.mass and fits(kind.edges, space.edges) for space in shelf.biggest)
        if takers:
            boxed.append((takers, -max(volume * top.mass, mass * top.room), kind))
        else:
            loose.append(kind)
    return [kind for _, _, kind in sorted(boxed)], sorted(loose, key=lambda kind: (kind.lines, kind))


def _filled(batches: Iterable[Batch], kinds: Sequence[Kind]) -> Iterator[_Filled]:
    """The boxes one by one, each kind handed out line by line."""
    stacks = [[[line_id, units] for line_id, units in reversed(kind.lines)] for kind in kinds]
    for space, content, times in batches:
        mass_g = space.tare_g + sum(kinds[at].mass * units for at, units in content)
        for _ in range(times):
            taken: dict[int, int] = {}
            for at, wanted in content:
                stack = stacks[at]
                while wanted:
                    line = stack[-1]
                    units = min(line[1], wanted)
                    taken[line[0]] = taken.get(line[0], 0) + units
                    wanted -= units
                    line[1] -= units
                    if not line[1]:
                        stack.pop()
            yield space.name, tuple(BoxedUnits(*pair) for pair in sorted(taken.items())), mass_g, space.outside


def _as_is(kinds: Iterable[Kind]) -> Iterator[_Filled]:
    for kind in kinds:
        for line_id, units in kind.lines:
            contents = (BoxedUnits(line_id, 1),)
            for _ in range(units):
                yield AS_IS, contents, kind.mass, kind.outside
