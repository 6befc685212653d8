"""A glance finds what its parts would find one by one."""

from __future__ import annotations

from omscore.ids import PersonId
from omscore.ports.storage import Commit, Glance, Storage, StoredState
from omscore.testing.conformance.storage.commits import NOON, change, document, received
from omscore.testing.conformance.storage.laws import StorageLaws

ADA, GRACE = PersonId("per_1"), PersonId("per_2")


class GlanceLaws(StorageLaws):
    """Streams, stock and personal documents are found by one question as by one for each."""

    def test_a_glance_finds_what_its_parts_find_one_by_one(self, storage: Storage) -> None:
        for number in range(30):
            storage.commit(Commit(at=NOON, changes=(change(f"order:{number}", events=2),)))
        storage.commit(received(3, sku="TEA"))
        storage.commit(received(2, sku="CUP"))
        storage.commit(document(ADA, "Ada"))
        storage.commit(document(ADA, "", "note"))
        storage.commit(document(GRACE, "Grace"))
        streams = [f"order:{number}" for number in range(40)]
        have = {"order:1": 2, "order:2": 1}
        documents = [(ADA, "person"), (ADA, "note"), (GRACE, "note"), (PersonId("per_3"), "person")]
        glance = storage.glance(streams, have, ["TEA", "CUP", "POT"], documents)
        assert glance.states == storage.load(streams, have)
        assert glance.states["order:1"] == StoredState(2, None)
        assert len(glance.states) == 30
        assert glance.levels == storage.stock(["TEA", "CUP", "POT"])
        assert [level.sku for level in glance.levels] == ["CUP", "TEA"]
        assert glance.documents == {(ADA, "person"): "Ada", (ADA, "note"): ""}

    def test_a_glance_finds_neither_what_was_replaced_nor_who_was_forgotten(self, storage: Storage) -> None:
        for body in ("Ada", "Ada Lovelace"):
            storage.commit(document(ADA, body))
            storage.commit(document(GRACE, body))
        storage.vault_erase(GRACE)
        documents = [(GRACE, "person"), (ADA, "person")]
        assert storage.glance([], {}, [], documents).documents == {(ADA, "person"): "Ada Lovelace"}
        assert storage.glance([], {}, [], documents * 9).documents == {(ADA, "person"): "Ada Lovelace"}

    def test_a_glance_at_nothing_finds_nothing(self, storage: Storage) -> None:
        storage.commit(received(3))
        assert storage.glance([], {}, [], []) == Glance({}, (), {})
