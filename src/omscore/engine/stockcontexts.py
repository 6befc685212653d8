"""Those of the contexts that are about stock: its documents and holds, and what is known of an article."""

from __future__ import annotations

from omscore.engine import entries
from omscore.engine.context import Context, context
from omscore.inventory import commands as ic
from omscore.inventory import counting, expecting, reorder, velocity
from omscore.inventory import decide as idecide
from omscore.inventory import events as ie
from omscore.inventory import evolve as ievolve
from omscore.inventory.expected import ExpectedSupply
from omscore.inventory.model import ListedItem, Reservation, StockDocument

STOCK_CONTEXTS: tuple[Context, ...] = (
    context(
        "stock",
        StockDocument,
        ic.DocumentCommand,
        ie.DocumentEvent,
        "document_id",
        decide=idecide.decide_document,
        evolve=ievolve.evolve_document,
    ),
    context(
        "hold",
        Reservation,
        ic.ReservationCommand,
        ie.ReservationEvent,
        "reservation_id",
        decide=idecide.decide_reservation,
        evolve=ievolve.evolve_reservation,
        listed=entries.reservation_entries,
        only_known=True,
    ),
    Context(
        prefix="item",
        state=ListedItem,
        commands=(ic.ListItem,),
        events=(ie.ItemListed,),
        id_of=lambda command: command.item.sku,
        decide=idecide.decide_item,
        evolve=ievolve.evolve_item,
        only_known=True,
    ),
    context(
        "velocity",
        velocity.Velocity,
        velocity.RecordVelocity,
        velocity.VelocityRecorded,
        "sku",
        decide=velocity.decide_velocity,
        evolve=velocity.evolve_velocity,
        only_known=True,
    ),
    context(
        "reorder",
        reorder.ReorderPoint,
        reorder.ReorderCommand,
        reorder.ReorderEvent,
        "sku",
        decide=reorder.decide_reorder,
        evolve=reorder.evolve_reorder,
        listed=entries.low_entries,
        only_known=True,
    ),
    context(
        "count",
        counting.LastCount,
        counting.NoteCount,
        counting.CountNoted,
        "sku",
        decide=counting.decide_count,
        evolve=counting.evolve_count,
    ),
    context(
        "supply",
        ExpectedSupply,
        ic.SupplyCommand,
        ie.SupplyEvent,
        "sku",
        decide=expecting.decide_supply,
        evolve=expecting.evolve_supply,
        only_known=True,
    ),
)
