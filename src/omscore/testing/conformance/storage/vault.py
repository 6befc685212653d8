"""Personal documents are kept beside the log and forgotten on request."""

from __future__ import annotations

from omscore.ids import PersonId
from omscore.ports.storage import Commit, Storage
from omscore.testing.conformance.storage.commits import NOON, document
from omscore.testing.conformance.storage.laws import StorageLaws


class VaultLaws(StorageLaws):
    """Personal documents are kept beside the log and forgotten on request."""

    def test_a_person_is_forgotten_on_request_and_nobody_else_is(self, storage: Storage) -> None:
        storage.commit(document("per_1", "Ada", "name"))
        storage.commit(document("per_1", "Street 1", "address"))
        storage.commit(document("per_2", "Grace", "name"))
        assert storage.vault_names(PersonId("per_1")) == ("address", "name")
        assert storage.vault_erase(PersonId("per_1")) == 2
        assert storage.vault_erase(PersonId("per_1")) == 0
        assert storage.vault_names(PersonId("per_1")) == ()
        assert storage.vault_get(PersonId("per_1"), "name") is None
        assert storage.vault_get(PersonId("per_2"), "name") == "Grace"
        assert storage.counts()["people"] == 1

    def test_a_document_written_again_is_replaced(self, storage: Storage) -> None:
        for body in ("Ada", "Ada Lovelace", "Ada Lovelace", "", "Ada L."):
            storage.commit(document("per_1", body))
            assert storage.vault_get(PersonId("per_1"), "person") == body
        twice = document("per_1", "first").vault + document("per_1", "last").vault
        storage.commit(Commit(at=NOON, vault=twice))
        assert storage.vault_get(PersonId("per_1"), "person") == "last"
        assert storage.vault_erase(PersonId("per_1")) == 1
        storage.commit(document("per_1", "back"))
        assert storage.vault_get(PersonId("per_1"), "person") == "back"
