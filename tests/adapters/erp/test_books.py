"""The books in beancount's text: every entry once, whatever crashes, and nothing of anybody else's is touched."""

from __future__ import annotations

import os
from datetime import UTC, date, datetime
from pathlib import Path
from threading import Thread

import pluggy
import pytest
from hypothesis import given
from hypothesis import strategies as st

from omscore.billing.journal import Account, JournalEntry, Posting
from omscore.errors import DamageError, PortRefusedError, PortTransientError, SetupError
from omscore.money import Money
from omscore.plugins import PortKind
from omscore.plugins.hookspecs import PROJECT, Hooks
from omscore.ports.erp import ErpPort
from omscore_adapters import erp_beancount
from omscore_adapters.erp_beancount import BeancountBooks, BeancountSettings
from omscore_adapters.erp_beancount.mapping import FIRST_LINE, quoted, unquoted
from omscore_adapters.erp_beancount.scan import scan


def entry(entry_id: str, *, day: int = 1, minor: int = 500, says: str = "capture") -> JournalEntry:
    amount = Money(minor, "EUR")
    return JournalEntry(
        entry_id=entry_id,
        at=datetime(2026, 3, day, 12, tzinfo=UTC),
        says=says,
        reference="ord_1",
        postings=(Posting(Account.CLEARING, amount), Posting(Account.RECEIVABLE, -amount)),
    )


def books(path: Path, opened: date | None = date(2026, 1, 1)) -> BeancountBooks:
    return BeancountBooks(BeancountSettings(path=path, opened=opened))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "books.beancount"


def test_the_plugin_offers_the_provider_beancount_for_the_books(path: Path) -> None:
    plugins = pluggy.PluginManager(PROJECT)
    plugins.add_hookspecs(Hooks)
    plugins.register(erp_beancount)
    ((provider,),) = plugins.hook.oms_providers()
    assert (provider.name, provider.port) == ("beancount", PortKind.ERP)
    with provider.open(BeancountSettings(path=path)) as opened:
        port: ErpPort = opened
        port.post([entry("e1")])
    assert scan(path.read_bytes()).booked == {"e1"}


def test_an_entry_is_booked_once_however_often_it_is_posted(path: Path) -> None:
    first = books(path)
    first.post([entry("e1"), entry("e2"), entry("e1")])
    content = path.read_bytes()
    first.post([entry("e2"), entry("e1", minor=999)])
    books(path).post([entry("e1"), entry("e2")])
    assert path.read_bytes() == content
    assert content.count(b'entry-id: "e1"') == 1


def test_every_account_is_opened_on_the_day_set_or_of_the_earliest_entry_posted_first(path: Path) -> None:
    books(path)
    assert scan(path.read_bytes()).opened == dict.fromkeys(Account, date(2026, 1, 1))
    other = path.with_name("other.beancount")
    unset = books(other, None)
    assert not other.exists()
    unset.post([entry("e2", day=20), entry("e1", day=3)])
    assert scan(other.read_bytes()).opened == dict.fromkeys(Account, date(2026, 3, 3))


def test_an_entry_before_its_accounts_open_is_refused_with_the_cure_and_nothing_is_booked(path: Path) -> None:
    late = books(path, date(2026, 3, 2))
    before = path.read_bytes()
    with pytest.raises(PortRefusedError, match=r"'e1' of 2026-03-01 is before .* opens on 2026-03-02; move"):
        late.post([entry("e2", day=5), entry("e1", day=1)])
    assert path.read_bytes() == before
    path.write_bytes(before.replace(b"2026-03-02 open", b"2026-01-01 open"))
    books(path).post([entry("e1", day=1)])
    assert scan(path.read_bytes()).booked == {"e1"}


def test_a_crash_at_any_byte_of_an_append_loses_nothing_and_books_nothing_twice(path: Path) -> None:
    books(path).post([entry("e1")])
    before = len(path.read_bytes())
    books(path).post([entry("e2", says='Grüße "東京"'), entry("e3")])
    whole = path.read_bytes()
    for cut in range(before, len(whole)):
        path.write_bytes(whole[:cut])
        books(path).post([entry("e1"), entry("e2", says='Grüße "東京"'), entry("e3")])
        again = path.read_bytes()
        # Only the empty line after a sealed transaction may be missing.
        assert again.replace(b"\n\n", b"\n") == whole.replace(b"\n\n", b"\n"), cut


def test_lines_people_add_between_transactions_stay_where_they_are(path: Path) -> None:
    books(path).post([entry("e1")])
    added = '2026-03-05 note Assets:Receivable "asked the bank"'
    with path.open("a", encoding="utf-8") as file:
        file.write(added)
    books(path).post([entry("e2")])
    text = path.read_text(encoding="utf-8")
    assert f'\n{added}\n; entry "e2"\n' in text


def test_details_people_add_to_a_finished_transaction_are_no_damage(path: Path) -> None:
    books(path).post([entry("e1")])
    text = path.read_text(encoding="utf-8").replace('  entry-id: "e1"\n', '  entry-id: "e1"\n  checked: TRUE\n')
    path.write_text(text, encoding="utf-8")
    books(path).post([entry("e1")])
    assert path.read_text(encoding="utf-8") == text


def test_an_entry_whose_marks_were_removed_is_still_known_by_its_id(path: Path) -> None:
    books(path).post([entry("e1")])
    bare = "\n".join(
        line for line in path.read_text(encoding="utf-8").split("\n") if not line.startswith(("; entry", "; end"))
    )
    path.write_text(bare, encoding="utf-8")
    books(path).post([entry("e1")])
    assert path.read_text(encoding="utf-8") == bare


@pytest.mark.parametrize(
    ("damaged", "says"),
    [
        ("something else\n", "line 1 does not say that these are books of omscore"),
        (f'{FIRST_LINE}\n; entry "e1"\n2026-03-05 note Assets:Receivable "mine"\n', "line 3 stands inside"),
        (f'{FIRST_LINE}\n; entry "e1"\n; entry "e2"\n', "line 3 stands inside"),
        (f'{FIRST_LINE}\n; entry "e1"\n; end "e1"\n', "line 3 ends a transaction that names no entry"),
        (f"{FIRST_LINE}\n2026-13-45 open Assets:Receivable\n", "line 2: 2026-13-45 is not a day"),
    ],
)
def test_a_file_that_is_not_sound_is_left_alone_and_the_line_is_named(path: Path, damaged: str, says: str) -> None:
    path.write_text(damaged, encoding="utf-8")
    with pytest.raises(DamageError, match=says):
        books(path)
    assert path.read_text(encoding="utf-8") == damaged


def test_bytes_that_are_no_text_are_named_by_their_line(path: Path) -> None:
    path.write_bytes(FIRST_LINE.encode() + b"\n\xff\xfe\n")
    with pytest.raises(DamageError, match=r"books .*books\.beancount: line 2 is not UTF-8"):
        books(path)


def test_accounts_a_file_does_not_know_yet_are_opened_with_the_others(path: Path) -> None:
    books(path)
    kept = path.read_bytes().replace(b"2026-01-01 open Expenses:Fees\n", b"")
    path.write_bytes(kept)
    books(path, date(2026, 2, 2))
    assert path.read_bytes().startswith(kept)
    assert scan(path.read_bytes()).opened == dict.fromkeys(Account, date(2026, 1, 1))


def test_books_without_any_opening_keep_their_transactions(path: Path) -> None:
    path.write_text(f"{FIRST_LINE}\n", encoding="utf-8")
    books(path, None).post([entry("e1")])
    found = scan(path.read_bytes())
    assert (set(found.booked), found.opened) == ({"e1"}, dict.fromkeys(Account, date(2026, 3, 1)))


def test_a_full_disk_books_nothing_and_the_same_entries_can_be_posted_again(path: Path) -> None:
    if os.name != "posix":
        pytest.skip("only POSIX systems can set a limit on the size of a file")
    import resource

    target = books(path)
    target.post([entry("e1")])
    before = path.read_bytes()
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(before) + 60, hard))
    try:
        with pytest.raises(PortTransientError, match="nothing was booked, post again"):
            target.post([entry("e2")])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert path.read_bytes() == before
    target.post([entry("e2")])
    assert scan(path.read_bytes()).booked == {"e1", "e2"}


def test_a_path_that_cannot_hold_books_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match="give the path of a file for the books"):
        books(tmp_path)
    blocked = tmp_path / "file"
    blocked.touch()
    with pytest.raises(PortTransientError, match="cannot be made"):
        books(blocked / "books.beancount")
    assert os.listdir(tmp_path) == ["file"]


@pytest.mark.parametrize("entry_id", ["", "two\nlines", "bell\x07", "e\u0301", "\ud800"])
def test_an_entry_id_that_is_not_one_plain_line_is_refused(path: Path, entry_id: str) -> None:
    with pytest.raises(PortRefusedError, match="entry id"):
        books(path).post([entry(entry_id)])


@given(st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"])))
def test_quoting_a_plain_line_can_be_undone(text: str) -> None:
    assert unquoted(quoted(text)) == text


@given(st.text())
def test_whatever_is_quoted_stays_one_string_on_one_line(text: str) -> None:
    inner = quoted(text)[1:-1]
    assert "\n" not in inner and "\r" not in inner
    assert '"' not in inner.replace("\\\\", "").replace('\\"', "")


def test_several_workers_keep_the_same_books(path: Path) -> None:
    """Opened by all before there is a file; each entry is booked once, whoever is asked and asked again."""
    workers = [books(path, opened=None) for _ in range(4)]
    entries = [entry(f"e{number}") for number in range(40)]

    def keep(worker: BeancountBooks, first: int) -> None:
        for each in [*entries[first:], *entries[:first]]:
            worker.post([each])

    threads = [Thread(target=keep, args=(worker, 10 * number)) for number, worker in enumerate(workers)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    text = path.read_text("utf-8")
    assert scan(path.read_bytes()).booked == {each.entry_id for each in entries}
    assert all(text.count(f': "{each.entry_id}"\n') == 1 for each in entries)
    assert text.count(" open ") == len(Account)
