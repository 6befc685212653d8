"""The warehouse: what the books expect on a shelf, which boxes to take, where a label is kept."""

from __future__ import annotations

from omscore.engine.plans.kits import check_kit, check_stocked
from omscore.engine.plans.wishes import BuyLabels, KeepLabel, KeepLabels
from omscore.engine.trail import words_of
from omscore.engine.unit import Unit
from omscore.errors import InputError, RefusedError
from omscore.flows.world import Later, TaskKind
from omscore.fulfillment.commands import PackBoxes
from omscore.fulfillment.model import FulfillmentOrder, Package
from omscore.fulfillment.packing import ItemToPack, choose_boxes
from omscore.inventory.commands import AdjustStock, CountStock, ExpectSupply, ListItem, ReceiveStock, SendTransfer
from omscore.inventory.counting import NoteCount
from omscore.inventory.expected import ExpectedSupply
from omscore.inventory.expecting import known_supply
from omscore.inventory.velocity import RecordVelocity
from omscore.ports.storage import TaskState
from omscore.records import changed
from omscore.returns.commands import RequestReturn


def list_item(unit: Unit, command: ListItem) -> None:
    """Check that the item's standard cost is one the shop can count in."""
    cost, shop = command.item.unit_cost, unit.desk.shop
    if cost is not None and (cost.currency != shop.currency or cost.minor < 0):
        raise InputError(
            f"item {command.item.sku}: a standard cost of {cost} does not fit; give zero or more in {shop.currency}",
            code="item.cost",
        )
    check_kit(unit, command.item)
    unit.decide(command)


def record_velocity(unit: Unit, command: RecordVelocity) -> None:
    """Check that the article and the locations are known: a slip of the pen would pass for an article nobody sells.

    Raises: NotFoundError for the article, InputError for a location.
    """
    unit.items([command.sku])
    for each in command.per_week:
        unit.desk.network.location(each.location_id)
    unit.decide(command)


def count_stock(unit: Unit, command: CountStock) -> None:
    """Fill in what the books expect on the shelf: sellable, reserved and allocated units.

    Holds: whatever another count books of the article is in it.
    """
    check_stocked(unit.items([command.sku]))
    unit.desk.shop.check_pools([command.pool])
    unit.prepare([f"count/{command.sku}"])  # before the shelf, so that a count in between is found at commit
    on_shelf = sum(
        level.sellable + level.reserved + level.allocated
        for level in unit.stock([command.sku])
        if level.location == command.location_id and level.pool == command.pool
    )
    unit.desk.shop.location(command.location_id)
    unit.decide(changed(command, on_shelf=on_shelf))
    unit.decide(NoteCount(sku=command.sku, document_id=command.document_id, at=command.at))


def adjust_stock(unit: Unit, command: AdjustStock) -> None:
    """Check that the location, the pool and the item are known."""
    unit.desk.shop.location(command.location_id)
    unit.desk.shop.check_pools([command.pool])
    check_stocked(unit.items([command.sku]))
    unit.decide(command)


def send_transfer(unit: Unit, command: SendTransfer) -> None:
    """Check that both locations, the pools and the items are known."""
    unit.desk.shop.location(command.origin)
    unit.desk.shop.location(command.target)
    unit.desk.shop.check_pools(line.pool for line in command.lines)
    check_stocked(unit.items(line.sku for line in command.lines))
    unit.decide(command)


def request_return(unit: Unit, command: RequestReturn) -> None:
    """Check that the location and the pool the goods shall come to are known."""
    unit.desk.shop.location(command.location_id)
    unit.desk.shop.check_pools([command.pool])
    unit.decide(command)


def receive_stock(unit: Unit, command: ReceiveStock) -> None:
    """Check that the location, the pools and the items are known."""
    unit.desk.shop.location(command.location_id)
    unit.desk.shop.check_pools(line.pool for line in command.lines)
    check_stocked(unit.items(line.sku for line in command.lines))
    if command.supply_id is not None:
        _check_supply(unit, command, command.supply_id)
    unit.decide(command)


def _check_supply(unit: Unit, command: ReceiveStock, supply_id: str) -> None:
    """Goods come in under a supply where it is due: elsewhere its claims would stand without units."""
    unit.prepare([f"supply/{line.sku}" for line in command.lines])
    for line in command.lines:
        due = known_supply(unit.find(ExpectedSupply, line.sku) or ExpectedSupply(sku=line.sku), supply_id)
        if (due.location_id, due.pool) != (command.location_id, line.pool):
            raise InputError(
                f"supply {supply_id} of {line.sku} is due at {due.location_id} in pool {due.pool}, not at "
                f"{command.location_id} in {line.pool}; cancel it (CancelSupply) and receive the goods without it",
                code="supply.elsewhere",
            )


def expect_supply(unit: Unit, command: ExpectSupply) -> None:
    """Check that the location, the pool and the item are known."""
    unit.desk.shop.location(command.location_id)
    unit.desk.shop.check_pools([command.pool])
    check_stocked(unit.items([command.sku]))
    unit.decide(command)


def pack_boxes(unit: Unit, command: PackBoxes) -> None:
    """Choose boxes for everything picked, unless the packer named them."""
    if command.packages:
        unit.decide(changed(command, packages=_in_sets(unit, command.packages)))
        return
    work = unit.get(FulfillmentOrder, command.fulfillment_id)
    items = unit.items(each.sku for each in work.to_pack)
    to_pack = [
        ItemToPack(line_id=line_id, sku=sku, units=units, mass_g=items[sku].mass_g, size=items[sku].size)
        for line_id, sku, _, units in work.to_pack
    ]
    first = len(work.packages) + 1
    packages = choose_boxes(work.fulfillment_id, to_pack, unit.desk.shop.boxes, first=first) if to_pack else ()
    unit.decide(changed(command, packages=_in_sets(unit, packages)))


def _in_sets(unit: Unit, packages: tuple[Package, ...]) -> tuple[Package, ...]:
    """Boxes packed together get their labels in one call, where the carrier can; which do is noted with them."""
    set_key = ""
    if len(packages) > 1 and TaskKind.LABEL_SET in unit.desk.served:
        set_key = f"{packages[0].package_id}.set"
    return tuple(
        [
            each
            if (each.set_key, each.manifest_id, each.pickup_id) == (set_key, "", "")
            else changed(each, set_key=set_key, manifest_id="", pickup_id="")
            for each in packages
        ]
    )


def buy_labels(unit: Unit, command: BuyLabels) -> None:
    """Ask again for the labels of packages whose task was given up; asked twice at once, they are bought once.

    Raises: RefusedError when none is missing, or while a task may still buy it: not every carrier sells a label once.
    """
    work = unit.get(FulfillmentOrder, command.fulfillment_id)
    missing = [package for package in work.packages if not package.is_labelled]
    if not missing:
        raise RefusedError(f"{work.fulfillment_id} has no package without a label", code="fulfillment.labelled")
    for set_key in dict.fromkeys([package.set_key for package in missing if package.set_key]):
        unit.later(
            Later(
                task_id=_next_attempt(unit, work, set_key, [each for each in missing if each.set_key == set_key]),
                kind=TaskKind.LABEL_SET,
                due_at=command.at,
                payload={"fulfillment_id": work.fulfillment_id, "set_key": set_key},
            )
        )
    for package in [package for package in missing if not package.set_key]:
        unit.later(
            Later(
                task_id=_next_attempt(unit, work, package.package_id, [package]),
                kind=TaskKind.LABEL,
                due_at=command.at,
                payload={"fulfillment_id": work.fulfillment_id, "package_id": package.package_id},
            )
        )


def _next_attempt(unit: Unit, work: FulfillmentOrder, name: str, packages: list[Package]) -> str:
    """The id of the next task that buys these labels, now that all before it are over."""
    inside = {package.package_id for package in packages}
    names = [f"{name}.label", *[f"{void.key}.label" for void in work.voids if void.package_id in inside]]
    tasks = [task for each in names if (task := unit.desk.storage.task(each)) is not None]
    number = 1
    while (task := unit.desk.storage.task(f"{name}.label.{number}")) is not None:
        tasks.append(task)
        number += 1
    for task in tasks:
        if task.state in (TaskState.WAITING, TaskState.LEASED):
            raise RefusedError(
                f"the label of {name} is being bought (task {task.task_id}: {words_of(task.note) or 'not tried yet'}); "
                "wait until it is there or given up",
                code="fulfillment.label_under_way",
            )
    return f"{name}.label.{number}"


def keep_labels(unit: Unit, command: KeepLabels) -> None:
    """Labels that were bought together, noted together."""
    for each in command.labels:
        keep_label(unit, each)


def keep_label(unit: Unit, command: KeepLabel) -> None:
    """The label as a fact without the address, its documents in the vault of everybody who is not forgotten."""
    unit.run(command.record)
    for document in command.documents:
        name = f"label:{command.record.package_id}:{document.media_type}"
        unit.keep_private(command.owner, name, document.text)
