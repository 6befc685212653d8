"""`omscore invoice`: the invoices and credit notes of an order, issued where they are missing and written as UBL."""

from __future__ import annotations

from pathlib import Path

import click

from omscore.billing.invoices import Invoice, IssueInvoices
from omscore.cli.bare import bare_desk
from omscore.cli.invoiceview import invoice_table, invoices_of
from omscore.cli.records import Records, Where, db_option, open_records
from omscore.cli.report import json_option, write_json
from omscore.cli.tables import console, counted, shown
from omscore.engine.dispatch import Dispatcher
from omscore.errors import SetupError
from omscore.invoicing import ubl_of
from omscore.policy.loading import load_shop
from omscore.ports.clock import SystemClock


@click.command(name="invoice")
@click.argument("order")
@db_option
@click.option(
    "folder",
    "--ubl",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="FOLDER",
    help="Write each document as UBL 2.1 XML to FOLDER, under its number.",
)
@json_option
def invoice_command(order: str, db: Where, folder: Path | None, json_path: Path | None) -> None:
    """Issue the invoices and credit notes that an order has none of yet, and list them all.

    ORDER is an order id, channel:reference, or what an ERP calls a document of it.
    DB must be the shop.toml: its table [invoicing] says who the seller is.
    """
    if not (isinstance(db, Path) and db.suffix == ".toml"):
        raise SetupError("give --db the shop.toml: its table [invoicing] says who sends the invoices")
    shop = load_shop(db)
    out = console()
    with open_records(db, read_only=False) as records:
        order_id = records.order(order).order_id
        before = {each.number for each in invoices_of(records, order_id)}
        at = max(SystemClock().now(), records.order(order).placed_at)
        Dispatcher(bare_desk(records, shop), records.reader).run(IssueInvoices(order_id=order_id, at=at), at=at)
        found = invoices_of(records, order_id)
        if folder is not None:
            _write(records, found, folder)
    out.print(invoice_table(found))
    new = sum(each.number not in before for each in found)
    written = f", {counted(len(found), 'file')} written to {folder}" if folder is not None else ""
    out.print(shown(f"{counted(new, 'document')} issued{written}."))
    write_json(json_path, found)


def _write(records: Records, invoices: list[Invoice], folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for invoice in invoices:
            text = ubl_of(records.storage, records.codec, invoice)
            (folder / f"{invoice.number}.xml").write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        raise SetupError(f"cannot write to {folder}: {error.strerror}; give --ubl another folder") from error
