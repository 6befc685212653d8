"""Whatever is changed in the file, wherever, is found; and however it is changed, the audit ends with a report."""

from __future__ import annotations

import shutil
import tempfile
from contextlib import closing
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from omscore.audit import Law
from tests.audit.conftest import audited
from tests.audit.forger import Forger

SEALED = (("events", "body"), ("events", "name"), ("events", "chain"), ("streams", "state"), ("streams", "chain"))
COUNTS = ("sellable", "reserved", "allocated", "picked", "held", "damaged", "expected")
LETTERS = st.characters(codec="utf-8", exclude_characters="\0")


def damaged_text(forger: Forger, table: str, column: str, data: st.DataObject) -> str:
    """One character of one text is replaced; the stream it belongs to."""
    rows = forger.rows(f"SELECT rowid, stream, {column} FROM {table}")  # noqa: S608 (names from the list above)
    rowid, stream, text = data.draw(st.sampled_from(rows), label=f"a row of {table}")
    at = data.draw(st.integers(0, len(text) - 1), label="where")
    letter = data.draw(LETTERS.filter(lambda each: each != text[at]), label="letter")
    changed = text[:at] + letter + text[at + 1 :]
    forger.sql(f"UPDATE {table} SET {column} = ? WHERE rowid = ?", changed, rowid)  # noqa: S608
    return str(stream)


@settings(max_examples=30)
@given(data=st.data())
def test_no_letter_of_the_log_or_a_record_can_be_changed_unseen(lived: Path, data: st.DataObject) -> None:
    with tempfile.TemporaryDirectory() as folder, closing(Forger(Path(shutil.copy(lived, folder)))) as forger:
        table, column = data.draw(st.sampled_from(SEALED), label="table and column")
        stream = damaged_text(forger, table, column, data)
        forger.close()
        report = audited(Path(folder) / lived.name)
    assert any(finding.where.split(" ")[0] == stream for finding in report.findings), report.findings


@settings(max_examples=12)
@given(data=st.data())
def test_no_count_of_the_stock_can_be_changed_unseen(lived: Path, data: st.DataObject) -> None:
    with tempfile.TemporaryDirectory() as folder, closing(Forger(Path(shutil.copy(lived, folder)))) as forger:
        column = data.draw(st.sampled_from(COUNTS))
        sku, location = data.draw(st.sampled_from(forger.rows("SELECT sku, location FROM stock_levels")))
        off = data.draw(st.integers(-3, 1_000).filter(bool))
        forger.sql(
            f"UPDATE stock_levels SET {column} = {column} + ? WHERE sku = ? AND location = ?",  # noqa: S608
            off,
            sku,
            location,
        )
        forger.close()
        report = audited(Path(folder) / lived.name)
    assert {(Law.STOCK, f"{sku} at {location}/general {column}")} == {
        (finding.law, finding.where) for finding in report.findings if finding.law is not Law.FILE
    }


@settings(max_examples=30)
@given(data=st.data())
def test_a_forged_and_newly_sealed_event_never_breaks_the_audit(lived: Path, data: st.DataObject) -> None:
    with tempfile.TemporaryDirectory() as folder, closing(Forger(Path(shutil.copy(lived, folder)))) as forger:
        stream = data.draw(
            st.sampled_from([row[0] for row in forger.rows("SELECT stream FROM streams ORDER BY stream")])
        )
        versions = forger.rows("SELECT version, body FROM events WHERE stream = ? ORDER BY version", stream)
        version, body = data.draw(st.sampled_from(versions))
        digits = [at for at, letter in enumerate(body) if letter.isdigit()]
        if digits:
            at = data.draw(st.sampled_from(digits))
            number = data.draw(
                st.sampled_from(["0", "-1", "7", "9" * 12, "9" * 40, "1.5", '"1"', "null", "[]", "true"])
            )
            body = body[:at] + number + body[at + 1 :]
            forger.sql("UPDATE events SET body = ? WHERE stream = ? AND version = ?", body, stream, version)
            forger.seal(stream)
        forger.close()
        report = audited(Path(folder) / lived.name)
    assert report.counts["streams"] > 0


def test_a_row_that_is_no_text_is_named(forger: Forger, database: Path) -> None:
    forger.sql("UPDATE events SET body = CAST(x'ff7b7d' AS TEXT) WHERE stream = 'order/o1' AND version = 3")
    forger.close()
    findings = audited(database).findings
    assert (Law.FILE, "order/o1 event 3") in {(finding.law, finding.where) for finding in findings}


def test_a_record_that_is_no_text_ends_the_audit_with_a_finding(forger: Forger, database: Path) -> None:
    forger.sql("UPDATE streams SET state = CAST(x'ff7b7d' AS TEXT) WHERE stream = 'order/o1'")
    forger.close()
    findings = audited(database).findings
    assert any(finding.law is Law.FILE and "order/o1" in finding.says for finding in findings)


def test_a_sum_that_no_money_can_be_is_told_in_minor_units(forger: Forger, database: Path) -> None:
    ((body,),) = forger.rows("SELECT body FROM events WHERE stream = 'stock/a1' AND version = 1")
    forged = body.replace('"units":-2', '"units":-' + "9" * 40)
    assert forged != body
    forger.sql("UPDATE events SET body = ? WHERE stream = 'stock/a1' AND version = 1", forged)
    forger.seal("stock/a1")
    forger.close()
    assert any("minor units of EUR" in finding.says for finding in audited(database).findings)
