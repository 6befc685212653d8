"""`omscore show`: one order with its lines, money, parcels and story, or one of its papers."""

from __future__ import annotations

from pathlib import Path

import click

from omscore.cli.orderview import figures_of, print_order
from omscore.cli.papers import packing_slips, receipt_of
from omscore.cli.records import Where, db_option, open_records
from omscore.cli.report import json_option, write_json
from omscore.cli.reviewview import plugins_of
from omscore.cli.tables import console, shown
from omscore.policy.loading import load_shop


@click.command()
@click.argument("order")
@db_option
@click.option("--receipt", is_flag=True, help="Print the customer's receipt instead.")
@click.option("--packing-slip", is_flag=True, help="Print the packing slips instead, one per shipment.")
@click.option(
    "shop_path",
    "--shop",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="A shop.toml whose name and language the papers bear; not needed when --db is that file.",
)
@json_option
def show(
    order: str, db: Where, receipt: bool, packing_slip: bool, shop_path: Path | None, json_path: Path | None
) -> None:
    """Show one order and how it went.

    ORDER is an order id, channel:reference, or what an ERP calls a document of it.
    """
    out = console()
    if shop_path is None and isinstance(db, Path) and db.suffix == ".toml":
        shop_path = db
    shop = load_shop(shop_path) if shop_path else None
    with open_records(db) as records:
        if shop is not None:
            records.plugins = plugins_of(shop)
        found = records.order(order)
        if receipt:
            out.print(shown(receipt_of(records, found, shop)), soft_wrap=True)
        if packing_slip:
            out.print(shown(packing_slips(records, found, shop)), soft_wrap=True)
        if not (receipt or packing_slip):
            print_order(out, records, found)
        write_json(json_path, figures_of(records, found))
