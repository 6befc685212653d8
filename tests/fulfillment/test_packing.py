"""Boxes: every unit travels once, no box is overloaded, and few boxes are needed."""

from __future__ import annotations

import random
import sys
from collections import Counter
from collections.abc import Sequence

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from omscore.errors import InputError
from omscore.fulfillment.boxfill import FILL_PERCENT
from omscore.fulfillment.model import Package
from omscore.fulfillment.packing import AS_IS, MAX_PACKAGES, BoxType, ItemToPack, choose_boxes
from omscore.ids import FulfillmentId
from omscore.items import Size

WORK = FulfillmentId("ord_1.f1")


def box(name: str, length: int, width: int, height: int, max_mass_g: int, tare_g: int = 0) -> BoxType:
    return BoxType(name=name, length_mm=length, width_mm=width, height_mm=height, max_mass_g=max_mass_g, tare_g=tare_g)


def cube(edge_mm: int) -> Size:
    return Size(length_mm=edge_mm, width_mm=edge_mm, height_mm=edge_mm)


SMALL = box("small", 200, 150, 100, 2_000, 60)
MEDIUM = box("medium", 400, 300, 200, 10_000, 250)
LARGE = box("large", 600, 400, 400, 30_000, 700)
TUBE = box("tube", 1_000, 120, 120, 5_000, 150)
SHELF = (SMALL, MEDIUM, LARGE, TUBE)

sizes = st.builds(
    lambda a, b, c: Size(length_mm=a, width_mm=b, height_mm=c),
    st.integers(1, 1_100),
    st.integers(1, 450),
    st.integers(1, 250),
)
some_items = st.lists(
    st.builds(
        ItemToPack,
        line_id=st.integers(1, 6),
        sku=st.just("TEA"),
        units=st.integers(1, 40),
        mass_g=st.one_of(st.integers(0, 900), st.integers(0, 40_000)),
        size=st.none() | sizes,
    ),
    max_size=8,
)
some_boxes = st.lists(
    st.builds(
        box,
        st.sampled_from(["a", "b", "c", "d", "e"]),
        st.integers(1, 700),
        st.integers(1, 500),
        st.integers(1, 500),
        st.integers(500, 30_000),
        st.integers(0, 499),
    ),
    min_size=1,
    max_size=5,
) | st.just(list(SHELF))


def units_by_line(packages: Sequence[Package]) -> Counter[int]:
    boxed: Counter[int] = Counter()
    for package in packages:
        for line_id, units in package.contents:
            boxed[line_id] += units
    return boxed


@given(some_items, some_boxes)
@example([ItemToPack(1, "A", 2, 10, cube(95)), ItemToPack(2, "B", 1, 10)], [box("tight", 95, 95, 95, 100)])
def test_every_unit_is_in_exactly_one_package(items: list[ItemToPack], boxes: list[BoxType]) -> None:
    packages = choose_boxes(WORK, items, boxes)
    wanted: Counter[int] = Counter()
    for item in items:
        wanted[item.line_id] += item.units
    assert units_by_line(packages) == wanted
    assert all(units > 0 for package in packages for _, units in package.contents)
    assert [package.package_id for package in packages] == [f"{WORK}.b{n + 1}" for n in range(len(packages))]


@given(some_items.map(lambda items: [ItemToPack(n, i.sku, i.units, i.mass_g, i.size) for n, i in enumerate(items)]))
def test_no_box_is_over_its_mass_or_fuller_than_the_fill_factor(items: list[ItemToPack]) -> None:
    types = {each.name: each for each in SHELF}
    for package in choose_boxes(WORK, items, SHELF):
        inside = [(items[line_id], units) for line_id, units in package.contents]
        goods_g = sum(item.mass_g * units for item, units in inside)
        if package.box == AS_IS:
            assert package.mass_g == goods_g
            continue
        used = types[package.box]
        assert package.mass_g == goods_g + used.tare_g <= used.max_mass_g
        volumes = [item.size.volume_mm3 * units for item, units in inside if item.size]
        measured = sum(units for item, units in inside if item.size)
        assert sum(volumes) * 100 <= used.volume_mm3 * FILL_PERCENT or measured == 1
        edges = sorted((used.length_mm, used.width_mm, used.height_mm))
        for item, _ in inside:
            if item.size:
                item_edges = sorted((item.size.length_mm, item.size.width_mm, item.size.height_mm))
                assert all(one <= other for one, other in zip(item_edges, edges, strict=True))


@given(some_items, some_boxes, st.randoms(use_true_random=False))
def test_the_order_of_items_and_boxes_makes_no_difference(
    items: list[ItemToPack], boxes: list[BoxType], rng: random.Random
) -> None:
    packages = choose_boxes(WORK, items, boxes)
    rng.shuffle(items)
    rng.shuffle(boxes)
    assert choose_boxes(WORK, items, boxes) == packages


@given(some_items)
def test_no_content_would_fit_a_smaller_box_of_the_shelf(items: list[ItemToPack]) -> None:
    by_line = {n: ItemToPack(n, item.sku, item.units, item.mass_g, item.size) for n, item in enumerate(items)}
    types = {each.name: each for each in SHELF}
    for package in choose_boxes(WORK, list(by_line.values()), SHELF):
        if package.box == AS_IS:
            continue
        smaller = [each for each in SHELF if each.volume_mm3 < types[package.box].volume_mm3]
        content = [
            ItemToPack(line_id, "TEA", units, by_line[line_id].mass_g, by_line[line_id].size)
            for line_id, units in package.contents
        ]
        if smaller:
            again = choose_boxes(WORK, content, smaller)
            assert len(again) > 1 or again[0].box == AS_IS


def test_an_order_that_fits_one_box_gets_the_smallest_that_holds_it() -> None:
    tea = ItemToPack(1, "TEA", 2, 120, Size(length_mm=80, width_mm=80, height_mm=90))
    assert [package.box for package in choose_boxes(WORK, [tea], SHELF)] == ["small"]
    heavy = ItemToPack(1, "IRON", 2, 990, Size(length_mm=80, width_mm=80, height_mm=90))
    assert [package.box for package in choose_boxes(WORK, [heavy], (SMALL, MEDIUM, LARGE))] == ["medium"]


def test_the_last_box_is_no_bigger_than_what_is_left_for_it() -> None:
    cubes = ItemToPack(1, "CUBE", 82, 10, cube(100))
    assert [(p.box, p.contents[0].units) for p in choose_boxes(WORK, [cubes], SHELF)] == [("large", 81), ("small", 1)]


def test_two_small_boxes_are_better_than_a_big_and_a_small_one() -> None:
    boxes = (box("half", 100, 100, 100, 1_000), box("whole", 160, 100, 100, 1_000))
    parts = ItemToPack(1, "PART", 4, 400, Size(length_mm=50, width_mm=50, height_mm=50))
    assert [package.box for package in choose_boxes(WORK, [parts], boxes)] == ["half", "half"]


def test_a_long_item_goes_into_the_tube_in_whatever_way_it_was_measured() -> None:
    for size in (
        Size(length_mm=950, width_mm=60, height_mm=70),
        Size(length_mm=60, width_mm=950, height_mm=70),
        Size(length_mm=60, width_mm=70, height_mm=950),
    ):
        assert [p.box for p in choose_boxes(WORK, [ItemToPack(1, "POLE", 1, 800, size)], SHELF)] == ["tube"]


def test_a_unit_that_just_fits_may_fill_a_box_beyond_the_fill_factor() -> None:
    book = ItemToPack(1, "BOOK", 1, 500, Size(length_mm=200, width_mm=150, height_mm=100))
    assert [package.box for package in choose_boxes(WORK, [book], SHELF)] == ["small"]


def test_units_of_one_shape_are_never_more_than_straight_rows_hold() -> None:
    # By volume alone three cubes of 60 mm would go into a cube of 100 mm; in truth it is one.
    packages = choose_boxes(WORK, [ItemToPack(1, "CUBE", 3, 10, cube(60))], [box("cube", 100, 100, 100, 1_000)])
    assert [package.contents[0].units for package in packages] == [1, 1, 1]


def test_a_unit_that_fits_no_box_is_a_parcel_of_its_own_with_its_own_size() -> None:
    sofa = ItemToPack(2, "SOFA", 2, 45_000, Size(length_mm=2_100, width_mm=900, height_mm=800))
    tea = ItemToPack(1, "TEA", 1, 120, cube(80))
    small, *parcels = choose_boxes(WORK, [sofa, tea], SHELF)
    assert (small.box, small.contents) == ("small", ((1, 1),))
    assert [(p.box, p.contents, p.mass_g) for p in parcels] == [(AS_IS, ((2, 1),), 45_000)] * 2
    assert (parcels[0].length_mm, parcels[0].width_mm, parcels[0].height_mm) == (2_100, 900, 800)


def test_units_never_measured_are_packed_by_mass_alone() -> None:
    unknown = ItemToPack(1, "X", 70, 1_000)
    packages = choose_boxes(WORK, [unknown], SHELF)
    assert [package.contents[0].units for package in packages] == [29, 29, 12]
    too_heavy = choose_boxes(WORK, [ItemToPack(1, "ANVIL", 1, 50_000)], SHELF)
    assert [(p.box, p.length_mm) for p in too_heavy] == [(AS_IS, 0)]


def test_packages_of_a_second_round_go_on_counting() -> None:
    packages = choose_boxes(WORK, [ItemToPack(1, "TEA", 1, 120, cube(80))], SHELF, first=4)
    assert [package.package_id for package in packages] == [f"{WORK}.b4"]


def test_few_more_boxes_are_used_than_the_best_packing_needs() -> None:
    rng = random.Random(7)  # noqa: S311
    shelf = (box("bin", 100, 100, 100, 1_000),)
    extra = 0
    for _ in range(60):
        masses = [rng.choice((150, 200, 300, 350, 450, 600)) for _ in range(rng.randint(2, 8))]
        items = [ItemToPack(n, "X", 1, mass) for n, mass in enumerate(masses)]
        used = len(choose_boxes(WORK, items, shelf))
        least = fewest_bins(sorted(masses, reverse=True), 1_000)
        assert used <= least + 1
        extra += used - least
    assert extra <= 3


def fewest_bins(masses: list[int], limit: int) -> int:
    """The least number of bins, by trying everything."""
    best = len(masses)

    def place(at: int, bins: tuple[int, ...]) -> None:
        nonlocal best
        if len(bins) >= best:
            return
        if at == len(masses):
            best = len(bins)
            return
        for load in set(bins):
            if load + masses[at] <= limit:
                position = bins.index(load)
                place(at + 1, (*bins[:position], load + masses[at], *bins[position + 1 :]))
        place(at + 1, (*bins, masses[at]))

    place(0, ())
    return best


def test_a_wholesale_order_is_counted_and_not_packed_unit_by_unit() -> None:
    screw = Size(length_mm=50, width_mm=40, height_mm=30)
    lines = [
        ItemToPack(n, f"S{n}", 1, 10 + n % 700, Size(length_mm=20 + n % 280, width_mm=100, height_mm=50))
        for n in range(2, 1_101)
    ]
    items = [ItemToPack(1, "SCREWS", 80_000, 50, screw), *lines]
    calls = [0]

    def count(*_: object) -> None:
        calls[0] += 1

    sys.setprofile(count)
    try:
        packages = choose_boxes(WORK, items, SHELF)
    finally:
        sys.setprofile(None)
    assert calls[0] < 400_000  # unit by unit there would be many millions
    assert units_by_line(packages)[1] == 80_000
    assert sum(units_by_line(packages).values()) == 81_099


def test_what_cannot_be_packed_is_refused_with_the_reason() -> None:
    tea = ItemToPack(1, "TEA", 1, 120)
    with pytest.raises(InputError, match="no box sizes are set up"):
        choose_boxes(WORK, [tea], [])
    with pytest.raises(InputError, match="units of TEA to pack must be between 1"):
        choose_boxes(WORK, [ItemToPack(1, "TEA", 0, 120)], SHELF)
    with pytest.raises(InputError, match="mass_g of TEA must be between 0"):
        choose_boxes(WORK, [ItemToPack(1, "TEA", 1, -1)], SHELF)
    with pytest.raises(InputError, match=f"would need {MAX_PACKAGES + 1} packages"):
        choose_boxes(WORK, [ItemToPack(1, "ANVIL", MAX_PACKAGES + 1, 50_000)], SHELF)
    assert choose_boxes(WORK, [], SHELF) == ()


def test_a_box_without_room_or_heavier_than_it_may_be_is_refused() -> None:
    with pytest.raises(InputError, match="edge in mm of box flat"):
        box("flat", 100, 100, 0, 1_000)
    with pytest.raises(InputError, match="raise max_mass_g"):
        box("lead", 100, 100, 100, 1_000, 1_000)
    with pytest.raises(InputError, match="box name"):
        box("two\nlines", 100, 100, 100, 1_000)
