"""No cell goes below zero, and a refusal names every cell that would have."""

from __future__ import annotations

import pytest

from omscore.errors import InputError, StockShortError
from omscore.ports.storage import Commit, StockLevel, Storage
from omscore.quantities import CUSTOMER, SUPPLIER, Move, StockPlace, StockState
from omscore.testing.conformance.storage.commits import NOON, SHELF, TAKEN, change, picture, received, reserved
from omscore.testing.conformance.storage.laws import StorageLaws


class StockLaws(StorageLaws):
    """No cell goes below zero, and a refusal names every cell that would have."""

    def test_no_cell_goes_below_zero(self, storage: Storage) -> None:
        storage.commit(received(2))
        storage.commit(received(9, "CUP"))
        before = picture(storage)
        picked = StockPlace("MUC", "general", StockState.PICKED)
        with pytest.raises(StockShortError) as caught:
            storage.commit(
                Commit(
                    at=NOON,
                    changes=(change("order:1"),),
                    command_key="k",
                    moves=(
                        Move("TEA", 3, SHELF, TAKEN),
                        Move("CUP", 4, SHELF, TAKEN),
                        Move("TEA", 1, picked, CUSTOMER),
                        Move("NEW", 5, SHELF, CUSTOMER),
                        Move("GOT", 5, SUPPLIER, SHELF),
                    ),
                )
            )
        assert caught.value.fields["shortfalls"] == (
            ("NEW", "MUC", "general", "sellable", 5, 0),
            ("TEA", "MUC", "general", "sellable", 3, 2),
            ("TEA", "MUC", "general", "picked", 1, 0),
        )
        assert "TEA at MUC/general: 3 sellable wanted, 2 there" in str(caught.value)
        assert picture(storage) == before
        assert storage.answer("k") is None

    def test_demand_on_one_cell_is_summed_before_it_is_checked(self, storage: Storage) -> None:
        storage.commit(received(5))
        with pytest.raises(StockShortError) as caught:
            storage.commit(Commit(at=NOON, moves=(Move("TEA", 3, SHELF, TAKEN), Move("TEA", 3, SHELF, TAKEN))))
        assert caught.value.fields["shortfalls"] == (("TEA", "MUC", "general", "sellable", 6, 5),)
        storage.commit(Commit(at=NOON, moves=(Move("TEA", 9, SHELF, TAKEN), Move("TEA", 9, TAKEN, SHELF))))
        assert storage.stock(["TEA"]) == (StockLevel("TEA", "MUC", "general", sellable=5),)

    def test_the_last_unit_is_taken_once(self, storage: Storage) -> None:
        storage.commit(received(1))
        storage.commit(reserved(1))
        with pytest.raises(StockShortError):
            storage.commit(reserved(1))
        assert storage.stock(["TEA"]) == (StockLevel("TEA", "MUC", "general", reserved=1),)

    def test_stock_is_told_by_sku_location_and_pool(self, storage: Storage) -> None:
        places = [("MUC", "web"), ("HAM", "general"), ("MUC", "general")]
        moves = [
            Move(sku, 1 + position, SUPPLIER, StockPlace(*place, StockState.EXPECTED))
            for sku in ("TEA", "CUP", "POT")
            for position, place in enumerate(places)
        ]
        storage.commit(Commit(at=NOON, moves=tuple(moves)))
        of_one = [(level.location, level.pool, level.expected) for level in storage.stock(["CUP"])]
        assert of_one == [("HAM", "general", 2), ("MUC", "general", 3), ("MUC", "web", 1)]
        asked = storage.stock(["TEA", "CUP", "CUP", "NONE"])
        assert [level.sku for level in asked] == ["CUP"] * 3 + ["TEA"] * 3
        everything = tuple(storage.stock_levels())
        assert everything == tuple(sorted(everything))
        assert len(everything) == 9

    def test_a_long_order_moves_a_thousand_rows_at_once(self, storage: Storage) -> None:
        skus = [f"S{number:04d}" for number in range(1100)]
        storage.commit(Commit(at=NOON, moves=tuple(Move(sku, 2, SUPPLIER, SHELF) for sku in skus)))
        storage.commit(Commit(at=NOON, moves=tuple(Move(sku, 1, SHELF, TAKEN) for sku in reversed(skus))))
        assert {level[3:] for level in storage.stock_levels()} == {(1, 1, 0, 0, 0, 0, 0)}
        with pytest.raises(StockShortError) as caught:
            storage.commit(Commit(at=NOON, moves=tuple(Move(sku, 2, SHELF, TAKEN) for sku in skus)))
        shortfalls = caught.value.fields["shortfalls"]
        assert isinstance(shortfalls, tuple)
        assert [cell[0] for cell in shortfalls] == skus

    def test_more_units_than_a_cell_can_hold_are_refused(self, storage: Storage) -> None:
        storage.commit(received(2**62))
        with pytest.raises(InputError):
            storage.commit(received(2**62))
        with pytest.raises(InputError):
            storage.commit(received(2**64))
        assert storage.stock(["TEA"]) == (StockLevel("TEA", "MUC", "general", sellable=2**62),)
