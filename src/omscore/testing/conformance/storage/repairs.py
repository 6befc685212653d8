"""A store that declares repairs writes derived rows as the cures say, all or none."""

from __future__ import annotations

import pytest

from omscore.errors import ConflictError
from omscore.ports.repairs import ClaimCure, Cure, EntryCure, StateCure, StockCure
from omscore.ports.storage import StockLevel, Storage
from omscore.testing.conformance.storage.commits import WEB, lived, picture
from omscore.testing.conformance.storage.laws import StorageLaws

TEA = StockLevel("TEA", "MUC", "general", sellable=5, reserved=2)


class RepairLaws(StorageLaws):
    """A store that declares repairs writes derived rows as the cures say, all or none."""

    @pytest.mark.parametrize(
        "cures",
        [
            (StateCure(stream="order/o1", version=1, state="anew"),),
            (StockCure(was=TEA, becomes=TEA._replace(sellable=6)),),
            (StockCure(was=TEA, becomes=None),),
            (StockCure(was=None, becomes=StockLevel("CUP", "MUC", "general", sellable=1)),),
            (EntryCure(stream="order/o2", version=1, entry=WEB, is_listed=False),),
            (EntryCure(stream="order/o1", version=1, entry=WEB, is_listed=True),),
            (ClaimCure(name="reference:1", was="order/o1", becomes="order/o2"),),
            (ClaimCure(name="reference:1", was="order/o1", becomes=None),),
            (ClaimCure(name="reference:2", was=None, becomes="order/o2"),),
        ],
    )
    def test_derived_rows_are_written_as_the_cure_says_and_nothing_else_changes(
        self, storage: Storage, cures: tuple[Cure, ...]
    ) -> None:
        lived(storage)
        before = picture(storage)
        storage.mend(cures)  # type: ignore[attr-defined]
        after = picture(storage)
        (cure,) = cures
        changed = {name for name in after if after[name] != before[name]}
        match cure:
            case StateCure():
                assert changed == {"streams"}
                assert storage.load(["order/o1"], {})["order/o1"].state == "anew"
            case StockCure():
                assert changed == {"stock"}
                assert (cure.becomes in after["stock"]) is (cure.becomes is not None)  # type: ignore[operator]
                assert cure.was is None or cure.was not in after["stock"]  # type: ignore[operator]
            case EntryCure():
                assert changed == {"entries"}
                assert ((cure.stream, WEB) in after["entries"]) is cure.is_listed  # type: ignore[operator]
            case ClaimCure():
                assert changed <= {"claims", "counts"}
                assert storage.claimed(cure.name) == cure.becomes
        assert storage.check_files() == ()

    @pytest.mark.parametrize(
        "late",
        [
            StateCure(stream="order/o1", version=2, state="anew"),
            StateCure(stream="order/gone", version=1, state="anew"),
            StockCure(was=TEA._replace(sellable=4), becomes=TEA),
            StockCure(was=None, becomes=TEA),
            EntryCure(stream="order/o2", version=3, entry=WEB, is_listed=False),
            ClaimCure(name="reference:1", was="order/o7", becomes=None),
            ClaimCure(name="reference:1", was=None, becomes="order/o2"),
        ],
    )
    def test_a_repair_of_what_has_changed_since_is_refused_and_changes_nothing(
        self, storage: Storage, late: Cure
    ) -> None:
        lived(storage)
        before = picture(storage)
        early = StateCure(stream="order/o2", version=1, state="anew")
        with pytest.raises(ConflictError):
            storage.mend((early, late))  # type: ignore[attr-defined]
        assert picture(storage) == before
