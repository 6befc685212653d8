"""An independent program, `bean-check`, accepts the books we write and notices when somebody breaks them."""

from __future__ import annotations

import shutil
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from omscore.billing.journal import Account, JournalEntry, Posting
from omscore.money import Money
from omscore.money.currencies import SPENDABLE
from omscore_adapters.erp_beancount import BeancountBooks, BeancountSettings


@pytest.fixture(scope="session")
def bean_check() -> str:
    """The program, from the environment the tests run in."""
    found = shutil.which("bean-check", path=str(Path(sys.executable).parent)) or shutil.which("bean-check")
    assert found, "bean-check is missing; install the development extra: pip install -e '.[dev]'"
    return found


def verdict(program: str, path: Path) -> tuple[int, str]:
    """The exit code and everything said by the check of one file."""
    done = subprocess.run(  # noqa: S603
        [program, "--no-cache", str(path)], capture_output=True, text=True, encoding="utf-8", timeout=60, check=False
    )
    return done.returncode, done.stdout + done.stderr


@st.composite
def postings(draw: st.DrawFn) -> tuple[Posting, ...]:
    """Balanced postings in one or two currencies."""
    made: list[Posting] = []
    for currency in draw(st.lists(st.sampled_from(sorted(SPENDABLE)), min_size=1, max_size=2, unique=True)):
        minors = draw(st.lists(st.integers(-(10**13), 10**13), min_size=1, max_size=4))
        for minor in (*minors, -sum(minors)):
            made.append(Posting(draw(st.sampled_from(Account)), Money(minor, currency)))
    return tuple(made)


@st.composite
def entries(draw: st.DrawFn) -> tuple[JournalEntry, ...]:
    """Entries with any texts, on days from 2026 on."""
    count = draw(st.integers(1, 12))
    tails = draw(st.lists(st.text('abc_.:@#/+-ß"\\ ^', max_size=8), min_size=count, max_size=count))
    return tuple(
        JournalEntry(
            entry_id=f"e{place}{tail}z",
            at=draw(st.datetimes(datetime(2026, 1, 2), datetime(2029, 1, 1), timezones=st.just(UTC))),
            says=draw(st.text()),
            reference=draw(st.text(max_size=20)),
            postings=draw(postings()),
        )
        for place, tail in enumerate(tails)
    )


@settings(max_examples=6)
@given(entries())
def test_bean_check_accepts_whatever_entries_we_write(
    bean_check: str, tmp_path_factory: pytest.TempPathFactory, made: tuple[JournalEntry, ...]
) -> None:
    path = tmp_path_factory.mktemp("books") / "books.beancount"
    BeancountBooks(BeancountSettings(path=path)).post(made)
    BeancountBooks(BeancountSettings(path=path)).post(made)
    code, says = verdict(bean_check, path)
    assert (code, says) == (0, ""), path.read_text(encoding="utf-8")
    assert path.read_text(encoding="utf-8").count("\n  entry-id: ") == len(made)


def test_bean_check_rejects_books_in_which_one_digit_was_changed(bean_check: str, tmp_path: Path) -> None:
    path = tmp_path / "books.beancount"
    for currency in ("EUR", "JPY", "KWD"):
        amount = Money(1_234, currency)
        BeancountBooks(BeancountSettings(path=path)).post(
            [
                JournalEntry(
                    entry_id=f"e.{currency}",
                    at=datetime(2026, 3, 1, tzinfo=UTC),
                    says="capture",
                    reference="ord_1",
                    postings=(Posting(Account.CLEARING, amount), Posting(Account.RECEIVABLE, -amount)),
                )
            ]
        )
    sound = path.read_text(encoding="utf-8")
    assert verdict(bean_check, path) == (0, "")
    for right, wrong in ((" 12.34 EUR", " 12.35 EUR"), (" 1234 JPY", " 1235 JPY"), (" 1.234 KWD", " 1.235 KWD")):
        path.write_text(sound.replace(right, wrong), encoding="utf-8")
        code, says = verdict(bean_check, path)
        assert code != 0
        assert "does not balance" in says
