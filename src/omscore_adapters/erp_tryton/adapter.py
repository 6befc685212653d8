"""The books of the shop in Tryton: entries as posted moves, invoices as posted ones, orders as sales, each once.

How that is so is told in `posting`.
"""

from __future__ import annotations

from collections.abc import Sequence
from threading import Lock

from omscore.errors import PortRefusedError
from omscore.ports.erp import Invoice, JournalEntry, Sale, is_invoiced
from omscore_adapters.erp_tryton.bills import Bills
from omscore_adapters.erp_tryton.chart import find_chart
from omscore_adapters.erp_tryton.client import TrytonServer
from omscore_adapters.erp_tryton.mapping import Chart, checked_entry_id
from omscore_adapters.erp_tryton.moves import Moves
from omscore_adapters.erp_tryton.posting import Posting
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

    def post(self, entries: Sequence[JournalEntry]) -> None:
        """Books every entry it can; an entry id that is booked already is left as it is.

        Shape: what an invoice books is not booked again as a move.
        Raises: PortRefusedError naming each entry that Tryton does not take and why, after all others are booked;
        PortTransientError and PortUnknownError when some may be missing: post them again.
        """
        if TrytonDocument.MOVES not in self._settings.documents:
            return
        wanted: dict[str, JournalEntry] = {}
        refused: dict[str, str] = {}
        for entry in entries:
            if self.takes_invoices and is_invoiced(entry):
                continue
            try:
                wanted.setdefault(checked_entry_id(entry), entry)
            except PortRefusedError as error:
                refused[entry.entry_id] = str(error)
        with self._lock:  # one session, one chart
            if wanted:
                chart = self._found_chart()
                sort = Moves(self._server, chart, wanted)
                refused |= Posting(self._server, chart, sort, wanted).done()
        _tell(refused, len(wanted | refused), "entry", "entries")

    def post_invoices(self, invoices: Sequence[Invoice]) -> None:
        """Enters every invoice it can; a number that is posted already is left as it is.

        Raises: as `post` does.
        """
        wanted = {each.number: each for each in reversed(invoices)}
        refused: dict[str, str] = {}
        with self._lock:
            if wanted:
                chart = self._found_chart()
                sort = Bills(self._server, chart, self._settings, wanted)
                refused = Posting(self._server, chart, sort, wanted).done()
        _tell(refused, len(wanted), "invoice", "invoices")

    @property
    def takes_sales(self) -> bool:
        """Whether the settings want sales."""
        return TrytonDocument.SALES in self._settings.documents

    def post_sales(self, sales: Sequence[Sale]) -> None:
        """Enters every sale it can; an id that is there already is left as it is.

        Raises: as `post` does.
        """
        wanted = {each.sale_id: each for each in reversed(sales)}
        with self._lock:
            if wanted:
                self._enter(wanted)

    def take_back(self, sale: Sale, cancelled: Sale) -> None:
        """Cancels a sale of which all is taken back while Tryton lets it go, else enters what is taken back.

        Shape: of a sale that is cancelled in Tryton nothing is taken back.
        Raises: as `post` does.
        """
        wanted = {sale.sale_id: sale}
        with self._lock:
            chart = self._found_chart()
            if cancelled.is_all_of(sale):
                sort = Cancelled(self._server, chart, self._settings, wanted)
                _tell(Posting(self._server, chart, sort, wanted).done(), 1, "sale", "sales")
            else:
                self._enter(wanted)
            origin = standing(self._server, chart, sale.sale_id)
            if origin is not None:
                self._enter({cancelled.sale_id: cancelled}, origin)

    def _enter(self, wanted: dict[str, Sale], origin: int | None = None) -> None:
        chart = self._found_chart()
        sort = Sales(self._server, chart, self._settings, wanted, origin=origin)
        _tell(Posting(self._server, chart, sort, wanted).done(), len(wanted), "sale", "sales")

    def _found_chart(self) -> Chart:
        self._chart = self._chart or find_chart(self._server, self._settings)
        return self._chart


def _tell(refused: dict[str, str], of: int, one: str, many: str) -> None:
    if refused:
        told = "; ".join(f"{one} {our_id!r}: {says}" for our_id, says in refused.items())
        raise PortRefusedError(
            f"{len(refused)} of {of} {many} are not booked: {told}",
            code=f"port.refused.{one}",
            entry_ids=tuple(refused),
        )
