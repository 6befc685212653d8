"""Quantities and moves: whole units that neither appear nor vanish."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omscore.errors import InputError
from omscore.quantities import (
    ADJUSTMENT,
    CUSTOMER,
    MAX_UNITS,
    SUPPLIER,
    WRITE_OFF,
    CellKey,
    Move,
    Quantities,
    StockPlace,
    StockState,
    checked_units,
    net_changes,
)

skus = st.sampled_from(["TEA", "CUP", "POT"])
counts = st.builds(Quantities, st.dictionaries(skus, st.integers(0, 50)))
shelves = st.builds(
    StockPlace, st.sampled_from(["MUC", "BER"]), st.sampled_from(["general", "web"]), st.sampled_from(StockState)
)
places = st.one_of(shelves, st.sampled_from([SUPPLIER, CUSTOMER, ADJUSTMENT, WRITE_OFF]))
moves = st.builds(Move, skus, st.integers(1, 50), places, places)


@given(counts, counts, counts)
def test_adding_is_commutative_and_associative_and_taking_away_undoes_it(
    a: Quantities, b: Quantities, c: Quantities
) -> None:
    assert a + b == b + a
    assert (a + b) + c == a + (b + c)
    assert (a + b) - b == a
    assert a - a == Quantities()
    assert (a + b).total == a.total + b.total


@given(counts, counts)
def test_what_two_counts_share_can_be_taken_from_both(a: Quantities, b: Quantities) -> None:
    shared = a & b
    assert shared == b & a
    assert (a - shared) + shared == a
    assert (b - shared) + shared == b
    assert ((a - shared) & (b - shared)) == Quantities()


@given(counts, counts)
def test_no_count_goes_below_zero(a: Quantities, b: Quantities) -> None:
    short = [key for key in b if a[key] < b[key]]
    if short:
        with pytest.raises(InputError, match="cannot take"):
            a - b
    else:
        assert all((a - b)[key] == a[key] - b[key] for key in a)


@given(st.lists(st.tuples(skus, st.integers(0, 50))))
def test_entries_of_one_key_are_summed_and_their_order_does_not_matter(entries: list[tuple[str, int]]) -> None:
    counted: Counter[str] = Counter()
    for key, units in entries:
        counted[key] += units
    quantities = Quantities(entries)
    assert dict(quantities.items()) == {key: units for key, units in counted.items() if units}
    assert quantities == Quantities(entries[::-1])
    assert hash(quantities) == hash(Quantities(entries[::-1]))
    assert list(quantities) == sorted(quantities)
    assert len(quantities) == len(list(quantities))


def test_a_key_without_units_does_not_exist() -> None:
    assert Quantities({"TEA": 0}) == Quantities()
    assert Quantities({"TEA": 1})["CUP"] == 0
    assert Quantities({"TEA": 1}) != {"TEA": 1}
    assert repr(Quantities({"TEA": 1, "CUP": 2})) == "Quantities({'CUP': 2, 'TEA': 1})"


@pytest.mark.parametrize("units", [-1, 1.0, True, "1", None, MAX_UNITS + 1, 10**30], ids=repr)
def test_what_is_no_count_of_units_is_refused(units: object) -> None:
    with pytest.raises(InputError, match="units of TEA"):
        Quantities({"TEA": units})  # type: ignore[arg-type]
    with pytest.raises(InputError, match="boxes"):
        checked_units(units, what="boxes")


@given(st.integers(0, MAX_UNITS))
def test_counts_from_the_least_to_the_most_pass(units: int) -> None:
    assert checked_units(units, least=0) == units
    assert checked_units(units, least=units) == units
    with pytest.raises(InputError, match="between"):
        checked_units(units, least=units + 1)


@given(st.lists(moves, max_size=20))
def test_no_unit_is_created_or_lost_by_a_move_once_the_outside_is_counted(made: list[Move]) -> None:
    inside: Counter[str] = Counter()
    for key, units in net_changes(made).items():
        inside[key.sku] += units
    outside: Counter[str] = Counter()
    for move in made:
        outside[move.sku] += move.units * (move.target.is_outside - move.origin.is_outside)
    assert all(inside[sku] + outside[sku] == 0 for sku in {*inside, *outside})


@given(st.lists(moves, max_size=20))
def test_moves_back_undo_moves_and_cells_that_come_out_even_are_left_out(made: list[Move]) -> None:
    back = [Move(move.sku, move.units, move.target, move.origin) for move in made]
    assert net_changes([*made, *back]) == {}
    assert all(net_changes(made).values())
    assert net_changes(made[::-1]) == net_changes(made)


def test_all_demand_on_one_cell_is_one_change_of_that_cell() -> None:
    shelf = StockPlace("MUC", "general", StockState.SELLABLE)
    taken = StockPlace("MUC", "general", StockState.ALLOCATED)
    changes = net_changes(
        [Move("TEA", 3, shelf, taken), Move("TEA", 3, shelf, CUSTOMER), Move("TEA", 1, SUPPLIER, shelf)]
    )
    assert changes == {
        CellKey("TEA", "MUC", "general", StockState.SELLABLE): -5,
        CellKey("TEA", "MUC", "general", StockState.ALLOCATED): 3,
    }


def test_the_outside_places_are_outside_and_differ() -> None:
    outside = {SUPPLIER, CUSTOMER, ADJUSTMENT, WRITE_OFF}
    assert len(outside) == 4
    assert all(place.is_outside for place in outside)
