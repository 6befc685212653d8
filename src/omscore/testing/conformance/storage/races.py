"""Threads that share one store: one of them wins, nobody sees half a commit."""

from __future__ import annotations

from threading import Thread

from omscore.errors import StockShortError
from omscore.ports.storage import StockLevel, Storage
from omscore.testing.conformance.storage.commits import change, received, reserved
from omscore.testing.conformance.storage.laws import StorageLaws


class ThreadRaceLaws(StorageLaws):
    """Threads that share one store: one of them wins, nobody sees half a commit."""

    def test_threads_share_a_store_without_overselling(self, storage: Storage) -> None:
        storage.commit(received(25))
        refused: list[str] = []

        def sell(name: str) -> None:
            for number in range(20):
                try:
                    storage.commit(reserved(1, changes=(change(f"{name}{number}"),)))
                except StockShortError:
                    refused.append(name)

        threads = [Thread(target=sell, args=(name,)) for name in "abc"]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert storage.stock(["TEA"]) == (StockLevel("TEA", "MUC", "general", reserved=25),)
        assert (storage.counts()["streams"], len(refused)) == (25, 35)
