"""The warehouse: what the books expect on a shelf, which boxes to take, where a label is kept."""

from __future__ import annotations

import attrs

from omscore.customers.model import Customer
from omscore.engine.plans.wishes import KeepLabel
from omscore.engine.unit import Unit
from omscore.fulfillment.commands import PackBoxes
from omscore.fulfillment.model import FulfillmentOrder
from omscore.fulfillment.packing import ItemToPack, choose_boxes
from omscore.inventory.commands import AdjustStock, CountStock, ReceiveStock, SendTransfer
from omscore.quantities import CellKey, StockState
from omscore.returns.commands import RequestReturn


def count_stock(unit: Unit, command: CountStock) -> None:
    """Fill in what the books expect on the shelf: sellable, reserved and allocated units."""
    unit.items([command.sku])
    levels = unit.levels([command.sku])
    states = (StockState.SELLABLE, StockState.RESERVED, StockState.ALLOCATED)
    on_shelf = sum(levels.get(CellKey(command.sku, command.location_id, command.pool, state), 0) for state in states)
    unit.desk.shop.location(command.location_id)
    unit.decide(attrs.evolve(command, on_shelf=on_shelf))


def adjust_stock(unit: Unit, command: AdjustStock) -> None:
    """Check that the location and the item are known."""
    unit.desk.shop.location(command.location_id)
    unit.items([command.sku])
    unit.decide(command)


def send_transfer(unit: Unit, command: SendTransfer) -> None:
    """Check that both locations and the items are known."""
    unit.desk.shop.location(command.origin)
    unit.desk.shop.location(command.target)
    unit.items(line.sku for line in command.lines)
    unit.decide(command)


def request_return(unit: Unit, command: RequestReturn) -> None:
    """Check that the location the goods shall come to is known."""
    unit.desk.shop.location(command.location_id)
    unit.decide(command)


def receive_stock(unit: Unit, command: ReceiveStock) -> None:
    """Check that the location and the items are known."""
    unit.desk.shop.location(command.location_id)
    unit.items(line.sku for line in command.lines)
    unit.decide(command)


def pack_boxes(unit: Unit, command: PackBoxes) -> None:
    """Choose boxes for everything picked, unless the packer named them."""
    if command.packages:
        unit.decide(command)
        return
    work = unit.get(FulfillmentOrder, command.fulfillment_id)
    items = unit.items(each.sku for each in work.to_pack)
    to_pack = [
        ItemToPack(line_id=line_id, sku=sku, units=units, mass_g=items[sku].mass_g, size=items[sku].size)
        for line_id, sku, _, units in work.to_pack
    ]
    first = len(work.packages) + 1
    packages = choose_boxes(work.fulfillment_id, to_pack, unit.desk.shop.boxes, first=first) if to_pack else ()
    unit.decide(attrs.evolve(command, packages=packages))


def keep_label(unit: Unit, command: KeepLabel) -> None:
    """The label as a fact without the address, its documents in the vault of everybody who is not forgotten."""
    unit.run(command.record)
    customer = unit.find(Customer, command.owner)
    if customer is not None and customer.forgotten_at is not None:
        return
    for document in command.documents:
        name = f"label:{command.record.package_id}:{document.media_type}"
        unit.keep_private(command.owner, name, document.text)
