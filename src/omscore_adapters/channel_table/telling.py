"""Messages back as tables: CSV with one row a line, parcel or article, or one JSON document. Pure."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from typing import Any, assert_never

from omscore.border.cells import cell_text
from omscore.errors import PortRefusedError
from omscore.parties import NewsKind
from omscore.ports.acknowledgements import InterchangeChecked
from omscore.ports.news import ChannelNotice, OrderTold, ShipmentTold, StockTold

ORDER = (
    "number", "at", "what", "order", "reference", "message", "line", "sku", "title", "ordered", "taken", "waiting",
    "cancelled", "promised_on",
)  # fmt: skip
SHIPMENT = (
    "number", "at", "order", "reference", "message", "shipment", "location", "shipped_at", "arrives_on", "parcel",
    "carrier", "service", "tracking", "mass_g", "line", "sku", "title", "units",
)  # fmt: skip
STOCK = ("number", "at", "sku", "units")
COLUMNS = {NewsKind.ORDER: ORDER, NewsKind.SHIPMENT: SHIPMENT, NewsKind.STOCK: STOCK}
"""The columns of each table, in their order."""


def as_csv(notice: ChannelNotice) -> bytes:
    """The message as CSV with a row of names; a text that a spreadsheet would take for a formula gets an apostrophe."""
    rows = list(_rows(notice))
    out = io.StringIO()
    writer = csv.DictWriter(out, fieldnames=COLUMNS[notice.kind], lineterminator="\r\n")
    writer.writeheader()
    for row in rows:
        writer.writerow({name: cell_text(value) if isinstance(value, str) else value for name, value in row.items()})
    return out.getvalue().encode("utf-8")


def as_json(notice: ChannelNotice) -> bytes:
    """The message as one JSON document, rows and all."""
    rows = list(_rows(notice))
    document = {"number": notice.number, "at": notice.at.isoformat(), "kind": notice.kind.value, "rows": rows}
    return json.dumps(document, ensure_ascii=False, indent=1).encode("utf-8")


def _rows(notice: ChannelNotice) -> Iterator[dict[str, Any]]:
    head: dict[str, Any] = {"number": notice.number, "at": notice.at.isoformat()}
    news = notice.news
    match news:
        case OrderTold():
            about = {
                "what": "placed" if news.is_first else "changed",
                "order": news.order_id,
                "reference": news.reference,
                "message": news.message_id,
            }
            for line in news.lines:
                yield {
                    **head,
                    **about,
                    "line": line.line_id,
                    "sku": line.sku,
                    "title": line.title,
                    "ordered": line.ordered,
                    "taken": line.taken,
                    "waiting": line.waiting,
                    "cancelled": line.cancelled,
                    "promised_on": "" if line.promised_on is None else line.promised_on.isoformat(),
                }
        case ShipmentTold():
            about = {
                "order": news.order_id,
                "reference": news.reference,
                "message": news.message_id,
                "shipment": news.shipment_id,
                "location": news.location_id,
                "shipped_at": news.shipped_at.isoformat(),
                "arrives_on": "" if news.arrives_on is None else news.arrives_on.isoformat(),
            }
            for parcel in news.parcels:
                for units in parcel.units:
                    yield {
                        **head,
                        **about,
                        "parcel": parcel.package_id,
                        "carrier": parcel.carrier,
                        "service": parcel.service,
                        "tracking": parcel.tracking_number,
                        "mass_g": parcel.mass_g,
                        "line": units.line_id,
                        "sku": units.sku,
                        "title": units.title,
                        "units": units.units,
                    }
        case StockTold():
            for article in news.articles:
                yield {**head, "sku": article.sku, "units": article.units}
        case InterchangeChecked():
            raise PortRefusedError("a table has no acknowledgements")
        case _:
            assert_never(news)
