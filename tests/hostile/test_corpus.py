"""Every hostile input of the corpus is refused with a typed error, quickly, in little memory, and leaves no trace."""

from __future__ import annotations

import copy
import re
import time
import tracemalloc
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omscore import Oms, OmsError
from omscore.border import without_card_numbers
from tests.hostile.doors import CORPUS, Entry, doors, entries, made
from tests.kit.shops import small_shop

MOST_CPU_S = 0.050
MOST_BYTES = 16 * 2**20
FILES = sorted(CORPUS.glob("*.jsonl"))
LARGE = 50_000
"""Inputs of that many characters have their memory measured, and every fiftieth of the others."""


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Oms]:
    with small_shop(tmp_path_factory.mktemp("hostile")) as oms:
        yield oms


def refusal(door: Any, value: Any) -> OmsError | None:
    """The typed error of a door; None when it let the input in. Any other exception goes on."""
    try:
        door(value)
    except OmsError as error:
        return error
    return None


def cpu_s(door: Any, value: Any) -> float:
    """The processor time of one refusal, the best of a few when it seems slow: others share the machine's caches."""
    best = MOST_CPU_S * 10
    for _ in range(8):
        start = time.process_time()
        refusal(door, value)
        best = min(best, time.process_time() - start)
        if best < MOST_CPU_S:
            break
    return best


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_entry_is_refused_with_its_code_quickly_in_little_memory_and_nothing_is_stored(
    shop: Oms, path: Path
) -> None:
    known = doors(shop)
    before = shop.storage.counts()
    wrong: list[str] = []
    for number, entry in enumerate(entries(path), 1):
        value, door = made(entry.input), known[entry.door]
        where = f"{path.name}:{number} ({entry.why})"
        start = time.process_time()
        error = refusal(door, value)
        took_s = time.process_time() - start
        if error is None or error.code != entry.code:
            wrong.append(f"{where}: {error!r} {error.code if error else 'was let in'}, not {entry.code}")
        if took_s > MOST_CPU_S and (took_s := cpu_s(door, value)) > MOST_CPU_S:
            wrong.append(f"{where}: took {took_s * 1_000:.0f} ms")
        if error is not None and (len(str(error)) > 2_000 or without_card_numbers(str(error)) != str(error)):
            wrong.append(f"{where}: says too much")
        if number % 50 == 0 or (isinstance(value, str | bytes) and len(value) >= LARGE):
            tracemalloc.start()
            refusal(door, value)
            _, peak = tracemalloc.get_traced_memory()
            tracemalloc.stop()
            if peak > MOST_BYTES:
                wrong.append(f"{where}: took {peak / 2**20:.1f} MiB")
    assert not wrong, "\n".join(wrong[:20])
    assert shop.storage.counts() == before


def every_entry() -> list[Entry]:
    return [entry for path in FILES for entry in entries(path)]


def test_the_corpus_is_large_and_no_entry_stands_twice() -> None:
    found = every_entry()
    assert len(found) >= 5_000
    assert len({(entry.door, repr(entry.input)) for entry in found}) == len(found)


def test_the_table_of_the_corpus_counts_what_is_there() -> None:
    page = (CORPUS / "README.md").read_text(encoding="utf-8")
    told = {name: int(count) for name, count in re.findall(r"^\| `([a-z-]+)` \| (\d+) \|", page, flags=re.MULTILINE)}
    assert told == Counter({path.stem: sum(1 for _ in entries(path)) for path in FILES})


SMALL = [
    entry
    for entry in every_entry()
    if entry.door in {"json", "command", "sku", "reference", "text", "decimal", "money", "attribute", "stored", "rates"}
    and "repeat" not in (entry.input if isinstance(entry.input, dict) else {})
]


@given(
    st.sampled_from(SMALL), st.integers(0, 10**6), st.characters(), st.sampled_from(["put", "cut", "drop", "double"])
)
def test_a_changed_entry_is_still_let_in_whole_or_refused_with_a_typed_error(
    shop: Oms, entry: Entry, place: int, character: str, change: str
) -> None:
    door = doors(shop)[entry.door]
    value = copy.deepcopy(made(entry.input))
    if isinstance(value, list):
        value[0] = changed(value[0], place, character, change) if isinstance(value[0], str) else value[0]
    elif isinstance(value, str | bytes):
        value = changed(value, place, character, change)
    refusal(door, value)


def changed(text: Any, place: int, character: str, change: str) -> Any:
    """The text with one small change."""
    put: Any = character.encode(errors="surrogatepass") if isinstance(text, bytes) else character
    at = place % (len(text) + 1)
    match change:
        case "put":
            return text[:at] + put + text[at:]
        case "cut":
            return text[:at]
        case "drop":
            return text[:at] + text[at + 1 :]
        case _:
            return text[:at] + text[:at] + text[at:]
