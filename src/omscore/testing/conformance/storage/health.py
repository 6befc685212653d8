"""A store that keeps the health of adapters keeps what each program adds, beside the records of the shop."""

from __future__ import annotations

from threading import Thread
from typing import cast

from omscore.ports.health import HealthStore
from omscore.ports.storage import Storage
from omscore.testing.conformance.storage.commits import lived, picture
from omscore.testing.conformance.storage.laws import StorageLaws


def _more(text: str | None) -> str:
    return str(int(text or 0) + 1)


class HealthLaws(StorageLaws):
    """A store that keeps the health of adapters keeps what each program adds, beside the records of the shop."""

    def test_text_of_an_adapter_is_merged_with_what_was_kept(self, storage: Storage) -> None:
        store = cast(HealthStore, storage)
        assert store.health() == {}
        store.keep_health("carrier.table", lambda text: f"{text}+tea ☕")
        store.keep_health("carrier.table", lambda text: f"{text}+cups")
        store.keep_health("payment.manual", lambda text: "none" if text is None else "some")
        assert store.health() == {"carrier.table": "None+tea ☕+cups", "payment.manual": "none"}

    def test_nothing_is_kept_when_the_merge_fails(self, storage: Storage) -> None:
        store = cast(HealthStore, storage)
        store.keep_health("a", lambda _: "1")

        def fails(_text: str | None) -> str:
            raise ZeroDivisionError

        for adapter in ("a", "b"):
            try:
                store.keep_health(adapter, fails)
            except ZeroDivisionError:
                continue
            raise AssertionError("the error of a merge was swallowed")
        assert store.health() == {"a": "1"}

    def test_what_several_threads_add_at_once_is_all_there(self, storage: Storage) -> None:
        store, rounds = cast(HealthStore, storage), 20 * self.rounds

        def add() -> None:
            for _ in range(rounds):
                store.keep_health("a", _more)

        threads = [Thread(target=add) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert store.health() == {"a": str(4 * rounds)}

    def test_the_records_of_the_shop_are_not_touched(self, storage: Storage) -> None:
        lived(storage)
        before = picture(storage)
        cast(HealthStore, storage).keep_health("a", _more)
        assert picture(storage) == before
