"""`omscore journal`: every journal entry of a shop, for a spreadsheet, an accountant or a program."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import attrs
import click

from omscore.billing.journal import Account, JournalEntry
from omscore.billing.ledger import EntryPosted
from omscore.billing.sheet import entry_rows, head_row
from omscore.cli.exchanging import exchanging
from omscore.cli.records import Records, Where, db_option, open_records
from omscore.cli.report import json_option, plain
from omscore.cli.tables import console, counted, table
from omscore.errors import SetupError
from omscore.money import Money


@click.command(name="journal")
@db_option
@click.option(
    "csv_path",
    "--csv",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Write one line for each posting to FILE.",
)
@click.option(
    "currency",
    "--in",
    metavar="CURRENCY",
    help="Give each posting in this currency as well; --db must then be a shop.toml with a table [rates.NAME].",
)
@json_option
def journal_command(db: Where, csv_path: Path | None, currency: str | None, json_path: Path | None) -> None:
    """Print the balance of every account, and write the journal entries it is made of.

    The entries come in the order they were booked. In the CSV file text that a spreadsheet would run as a formula has
    an apostrophe before it.

    With --in the balances are in that one currency, and the files have beside each amount what it comes to, the rate,
    the day of the rate and who said it. An entry that no rate is known for ends the export.
    """
    sums: dict[tuple[Account, str], list[int]] = {}
    count = 0
    try:
        with open_records(db) as records, ExitStack() as files:
            in_one = files.enter_context(exchanging(db, currency)) if currency else None
            rows = files.enter_context(csv_path.open("w", encoding="utf-8", newline="")) if csv_path else None
            figures = files.enter_context(json_path.open("w", encoding="utf-8")) if json_path else None
            if rows:
                rows.write(head_row(in_base=in_one is not None))
            for count, entry in enumerate(entries_of(records), start=1):
                based = in_one(entry) if in_one else ()
                for account, amount in [(each.account, each.base) for each in based] or [
                    (each.account, each.amount) for each in entry.postings
                ]:
                    sides = sums.setdefault((account, amount.currency), [0, 0])
                    sides[amount.minor < 0] += abs(amount.minor)
                if rows:
                    rows.write(entry_rows(entry, based))
                if figures:
                    fields = attrs.asdict(entry, recurse=False)
                    told = {**fields, "postings": based} if based else entry
                    text = json.dumps(told, default=plain, ensure_ascii=False)
                    figures.write(f"{'[' if count == 1 else ','}\n{text}")
            if figures:
                figures.write("\n]\n" if count else "[]\n")
    except OSError as error:
        raise SetupError(
            f"cannot write {error.filename}: {error.strerror}; give --csv and --json other files"
        ) from error
    _print(sums, count)


def entries_of(records: Records) -> Iterator[JournalEntry]:
    """Every journal entry, in the order they were booked. Raises: InputError for one that does not balance."""
    for row in records.storage.events():
        if row.name == EntryPosted.__name__:
            event = records.codec.event(row.name, row.at, row.body)
            if isinstance(event, EntryPosted):
                yield event.entry


def _print(sums: dict[tuple[Account, str], list[int]], count: int) -> None:
    out = console()
    order = {account: place for place, account in enumerate(Account)}
    shown = sorted(sums.items(), key=lambda item: (item[0][1], order[item[0][0]]))
    rows = [
        (account.value, Money(debit, currency), Money(credit, currency), Money(debit - credit, currency))
        for (account, currency), (debit, credit) in shown
    ]
    if rows:
        out.print(table(("Account", "Debit", "Credit", "Balance"), rows, right=("Debit", "Credit", "Balance")))
    totals: dict[str, int] = {}
    for (_, currency), (debit, _) in shown:
        totals[currency] = totals.get(currency, 0) + debit
    each = ", ".join(str(Money(minor, currency)) for currency, minor in totals.items()) or "nothing"
    out.print(f"{counted(count, 'journal booking')}; debits and credits are {each} each.")
