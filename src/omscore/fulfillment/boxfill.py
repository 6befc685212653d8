"""How counted units fill boxes: pure arithmetic over sizes and masses, without order lines or packages.

Boxes are filled with the most awkward units first, and equal boxes are counted instead of filled again. Where units lie
is not worked out: a fill factor leaves the slack, and units of one shape are never more than straight rows can hold.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import NamedTuple

from omscore.quantities import MAX_UNITS

FILL_PERCENT = 85
"""How much of a box goods may fill; the rest is for gaps and padding."""

Edges = tuple[int, int, int]
"""Three edges in millimetres."""

Content = tuple[tuple[int, int], ...]
"""What is in a box: positions in a list of kinds, each with its units."""

NEVER_MEASURED: Edges = (0, 0, 0)
"""The edges of units that take mass but, for all one knows, no room."""


class Space(NamedTuple):
    """What a box type has to give. Sorting puts the smallest box first."""

    volume: int
    name: str
    edges: Edges
    room: int
    mass: int
    outside: Edges
    tare_g: int


class Shelf(NamedTuple):
    """All box types, smallest first, and the biggest among them: those that no other one can stand in for."""

    spaces: tuple[Space, ...]
    biggest: tuple[Space, ...]


class Kind(NamedTuple):
    """All units of one size and mass, whatever their lines."""

    edges: Edges
    mass: int
    volume: int
    units: int
    lines: tuple[tuple[int, int], ...]
    outside: Edges


class Batch(NamedTuple):
    """So many boxes of one type with the same content, as (position of the kind, units)."""

    space: Space
    content: Content
    times: int


def best_plan(kinds: Sequence[Kind], shelf: Shelf) -> list[Batch]:
    """One box when one is enough; otherwise the best of filling the biggest boxes and filling boxes of one size."""
    whole = tuple((at, kind.units) for at, kind in enumerate(kinds))
    volume = sum(kind.volume * kind.units for kind in kinds)
    mass = sum(kind.mass * kind.units for kind in kinds)
    for space in shelf.spaces:
        if volume <= space.volume and mass <= space.mass and _holds(space, whole, kinds):
            return [Batch(space, whole, 1)]
    best = _filled_up(kinds, shelf.biggest, shelf)
    effort = _effort(best)
    for space in shelf.spaces:
        if shelf.biggest == (space,):
            break
        # Only a size that could do with as many boxes is worth the try; one unit alone may fill a box's whole volume.
        as_few = volume <= effort[0] * space.volume and mass <= effort[0] * space.mass
        if as_few and all(_holds(space, ((at, 1),), kinds) for at in range(len(kinds))):
            plan = _filled_up(kinds, (space,), shelf)
            if _effort(plan) < effort:
                best, effort = plan, _effort(plan)
    return best


def _filled_up(kinds: Sequence[Kind], usable: Sequence[Space], shelf: Shelf) -> list[Batch]:
    """Box after box, each as full as can be, then exchanged for the smallest that holds the same."""
    left = [kind.units for kind in kinds]
    waiting = list(range(len(kinds)))
    offers = [_offer(space, kinds) for space in usable]
    batches = []
    while waiting:
        contents = [_full_box(space, offer, waiting, left) for space, offer in zip(usable, offers, strict=True)]
        content = contents[0] if len(contents) == 1 else max(contents, key=lambda one: _load(one, kinds, left))
        times = min(left[at] // units for at, units in content)
        for at, units in content:
            left[at] -= units * times
        waiting = [at for at in waiting if left[at]]
        batches.append(Batch(next(space for space in shelf.spaces if _holds(space, content, kinds)), content, times))
    return batches


class _Offer(NamedTuple):
    """What one unit of each kind takes of a box, and the least that any kind from there on takes."""

    volume: list[int]
    mass: list[int]
    rows: list[int]
    least_volume: list[int]
    least_mass: list[int]


def _offer(space: Space, kinds: Sequence[Kind]) -> _Offer:
    volume = [min(kind.volume, space.room) for kind in kinds]
    mass = [kind.mass for kind in kinds]
    return _Offer(
        volume,
        mass,
        [_rows(kind.edges, space.edges) for kind in kinds],
        list(itertools.accumulate(reversed(volume), min))[::-1],
        list(itertools.accumulate(reversed(mass), min))[::-1],
    )


def _full_box(space: Space, offer: _Offer, waiting: Sequence[int], left: Sequence[int]) -> Content:
    """The content of one box, filled in the order of what is waiting; nothing when it cannot take the first of it."""
    volumes, masses, rows, least_volumes, least_masses = offer
    room, mass = space.room, space.mass
    content: list[tuple[int, int]] = []
    for at in waiting:
        volume, weight = volumes[at], masses[at]
        if volume > room or weight > mass:
            if not content or room < least_volumes[at] or mass < least_masses[at]:
                break
            continue
        units = min(left[at], rows[at])
        if volume:
            units = min(units, room // volume)
        if weight:
            units = min(units, mass // weight)
        if units:
            content.append((at, units))
            room -= volume * units
            mass -= weight * units
        elif not content:
            break
    return tuple(content)


def _load(content: Content, kinds: Sequence[Kind], left: Sequence[int]) -> tuple[int, int]:
    """How much of all the work a content takes away, volume and mass counting alike, then in units."""
    whole_volume = sum(kind.volume * count for kind, count in zip(kinds, left, strict=True))
    whole_mass = sum(kind.mass * count for kind, count in zip(kinds, left, strict=True))
    volume = sum(kinds[at].volume * units for at, units in content)
    mass = sum(kinds[at].mass * units for at, units in content)
    return volume * max(whole_mass, 1) + mass * max(whole_volume, 1), sum(units for _, units in content)


def _holds(space: Space, content: Content, kinds: Sequence[Kind]) -> bool:
    room, mass = space.room, space.mass
    for at, units in content:
        kind = kinds[at]
        room -= min(kind.volume, space.room) * units  # one unit alone may go beyond the fill factor
        mass -= kind.mass * units
        if room < 0 or mass < 0 or units > _rows(kind.edges, space.edges):
            return False
    return True


def _effort(batches: Iterable[Batch]) -> tuple[int, int]:
    """Number of boxes, then their volume."""
    count = volume = 0
    for batch in batches:
        count += batch.times
        volume += batch.space.volume * batch.times
    return count, volume


@lru_cache(maxsize=65_536)
def _rows(edges: Edges, space: Edges) -> int:
    """How many units of one shape straight rows put into a box, turned the best way; none when one does not fit."""
    if edges == NEVER_MEASURED:
        return MAX_UNITS
    length, width, height = space
    return max((length // a) * (width // b) * (height // c) for a, b, c in itertools.permutations(edges))


def fits(edges: Edges, space: Edges) -> bool:
    """Both sorted: then a box fits in some rotation exactly when it fits edge by edge."""
    return edges[0] <= space[0] and edges[1] <= space[1] and edges[2] <= space[2]


def sorted_edges(edges: Edges) -> Edges:
    shortest, middle, longest = sorted(edges)
    return shortest, middle, longest
