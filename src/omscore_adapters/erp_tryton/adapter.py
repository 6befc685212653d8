"""The books of the shop in Tryton: entries as posted moves, invoices as posted ones, orders as sales, each once.

How that is so is told in `posting`.
"""

from __future__ import annotations

from collections.abc import Sequence
from threading import Lock

from omscore.errors import PortRefusedError
from omscore.ports.erp import Invoice, JournalEntry, Numbers, Sale, is_invoiced
from omscore_adapters.erp_tryton.bills import Bills
from omscore_adapters.erp_tryton.chart import find_chart
from omscore_adapters.erp_tryton.client import TrytonServer
from omscore_adapters.erp_tryton.mapping import Chart, checked_entry_id
from omscore_adapters.erp_tryton.moves import Moves
from omscore_adapters.erp_tryton.posting import Came, Posting
from omscore_adapters.erp_tryton.sales import Cancelled, Sales, standing
from omscore_adapters.erp_tryton.settings import TrytonDocument, TrytonSettings


class TrytonBooks:
    """Books kept in Tryton, to which several workers may post.

    Holds: an entry id, invoice number or order id is posted at most once, also across lost answers and crashes.
    """

    def __init__(self, settings: TrytonSettings) -> None:
        self._settings = settings
        self._server = TrytonServer(settings)
        self._chart: Chart | None = None
        self._lock = Lock()

    @property
    def takes_invoices(self) -> bool:
        """Whether the settings want customer invoices."""
        return TrytonDocument.INVOICES in self._settings.documents

    def post(self, entries: Sequence[JournalEntry]) -> Numbers:
        """Books every entry it can; an entry id that is booked already is left as it is.

        Shape: what an invoice books is not booked again as a move. The answer is the number of each move.
        Raises: PortRefusedError naming each entry that Tryton does not take and why, after all others are booked;
        PortTransientError and PortUnknownError when some may be missing: post them again.
        """
        if TrytonDocument.MOVES not in self._settings.documents:
            return {}
        wanted: dict[str, JournalEntry] = {}
        came = Came({}, {})
        for entry in entries:
            if self.takes_invoices and is_invoiced(entry):
                continue
            try:
                wanted.setdefault(checked_entry_id(entry), entry)
            except PortRefusedError as error:
                came.refused[entry.entry_id] = str(error)
        with self._lock:  # one session, one chart
            if wanted:
                chart = self._found_chart()
                sort = Moves(self._server, chart, wanted)
                names, refused = Posting(self._server, chart, sort, wanted).done()
                came = Came(names, came.refused | refused)
        return _told(came, len(wanted | came.refused), "entry", "entries")

    def post_invoices(self, invoices: Sequence[Invoice]) -> Numbers:
        """Enters every invoice it can; a number that is posted already is left as it is.

        Raises: as `post` does.
        """
        wanted = {each.number: each for each in reversed(invoices)}
        came = Came({}, {})
        with self._lock:
            if wanted:
                chart = self._found_chart()
                sort = Bills(self._server, chart, self._settings, wanted)
                came = Posting(self._server, chart, sort, wanted).done()
        return _told(came, len(wanted), "invoice", "invoices")

    @property
    def takes_sales(self) -> bool:
        """Whether the settings want sales."""
        return TrytonDocument.SALES in self._settings.documents

    def post_sales(self, sales: Sequence[Sale]) -> Numbers:
        """Enters every sale it can; an id that is there already is left as it is.

        Raises: as `post` does.
        """
        wanted = {each.sale_id: each for each in reversed(sales)}
        with self._lock:
            return self._enter(wanted) if wanted else {}

    def take_back(self, sale: Sale, cancelled: Sale) -> Numbers:
        """Cancels a sale of which all is taken back while Tryton lets it go, else enters what is taken back.

        Shape: of a sale that is cancelled in Tryton nothing is taken back.
        Raises: as `post` does.
        """
        wanted = {sale.sale_id: sale}
        with self._lock:
            chart = self._found_chart()
            if cancelled.is_all_of(sale):
                sort = Cancelled(self._server, chart, self._settings, wanted)
                names = _told(Posting(self._server, chart, sort, wanted).done(), 1, "sale", "sales")
            else:
                names = self._enter(wanted)
            origin = standing(self._server, chart, sale.sale_id)
            if origin is not None:
                names |= self._enter({cancelled.sale_id: cancelled}, origin)
            return names

    def _enter(self, wanted: dict[str, Sale], origin: int | None = None) -> dict[str, str]:
        chart = self._found_chart()
        sort = Sales(self._server, chart, self._settings, wanted, origin=origin)
        return _told(Posting(self._server, chart, sort, wanted).done(), len(wanted), "sale", "sales")

    def _found_chart(self) -> Chart:
        self._chart = self._chart or find_chart(self._server, self._settings)
        return self._chart


def _told(came: Came, of: int, one: str, many: str) -> dict[str, str]:
    """What Tryton calls all of them. Raises: PortRefusedError naming each that it does not take."""
    refused = came.refused
    if refused:
        told = "; ".join(f"{one} {our_id!r}: {says}" for our_id, says in refused.items())
        raise PortRefusedError(
            f"{len(refused)} of {of} {many} are not booked: {told}",
            code=f"port.refused.{one}",
            entry_ids=tuple(refused),
        )
    return came.names
