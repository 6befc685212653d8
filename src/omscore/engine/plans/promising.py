"""Units that wait are promised from goods that are due, and claim them, so that nobody else is promised the same."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime

from omscore.calendars import local_date
from omscore.engine.plans.kits import check_stocked
from omscore.engine.plans.sourcing import waiting_of
from omscore.engine.shelves import shelves_of
from omscore.engine.unit import Unit
from omscore.flows.world import PromiseWaiting
from omscore.ids import LocationId
from omscore.inventory.commands import ClaimSupply
from omscore.inventory.expected import ExpectedSupply, SupplyClaim, Turn, to_promise, turn_of
from omscore.inventory.supplies import AvailableUnits, available_to_promise
from omscore.orders.commands import PromiseUnits
from omscore.orders.model import Order
from omscore.orders.promises import UnitPromise
from omscore.routing.later import Coming, promised_later
from omscore.routing.model import RoutingRequest, Stock
from omscore.routing.promise import LaterShipment


def promise_waiting(unit: Unit, command: PromiseWaiting) -> None:
    """Promise what waits of an order from what is due, and claim it.

    Shape: goods that come are dealt out in turn, so claims of orders placed later do not stand in the way; they fall
    where units are too few, and those orders are promised anew. Once nothing waits, or the shop promises nothing from
    supplies any more, all claims are let go.
    """
    order, at = unit.get(Order, command.order_id), command.at
    skus = sorted({line.sku for line in order.lines})
    unit.prepare([f"supply/{sku}" for sku in skus])
    due = {sku: found for sku in skus if (found := unit.find(ExpectedSupply, sku)) is not None}
    promises: tuple[UnitPromise, ...]
    if not unit.policy.promise_from_supply:
        promises, says = (), "nothing is promised from supplies any more"
    else:
        asked = waiting_of(unit, order, at) if due else None
        turn = turn_of(order.placed_at, order.order_id)
        question = None if asked is None else asked.question
        later = () if question is None else later_of(unit, question.request, question.stock, at, before=turn)
        promises, says = _promises(later), _why(unit, order, due, at)
    days = tuple(sorted(_first_days(unit, at).items()))
    for sku, expected in due.items():
        claims = _claims(order, [each for each in promises if each.sku == sku])
        if claims != expected.claims_of(order.order_id):
            unit.run(ClaimSupply(sku=sku, order_id=order.order_id, claims=claims, at=at, first_days=days))
    unit.run(PromiseUnits(order_id=order.order_id, promises=promises, at=at, says=says))


def later_of(
    unit: Unit, request: RoutingRequest, stock: Stock, at: datetime, *, before: Turn | None = None
) -> tuple[LaterShipment, ...]:
    """The shipments that what is due allows for the demands of a request, beside what others claim of it.

    Shape: `stock` is what lies on the shelf once the request has taken from it; with `before`, only the claims of
    earlier turns count.
    """
    skus = sorted({each.sku for each in request.demands})
    unit.prepare([f"supply/{sku}" for sku in skus])
    due: dict[str, dict[tuple[str, str], tuple[Coming, ...]]] = {}
    days = _first_days(unit, at)
    for sku in skus:
        cells: dict[tuple[str, str], tuple[Coming, ...]] = {}
        expected = unit.find(ExpectedSupply, sku) or ExpectedSupply(sku=sku)
        for location_id, pool in expected.cells():
            first_day = days.get(LocationId(location_id))
            if first_day is not None:
                on_hand = stock.get(sku, {}).get((location_id, pool), 0) - request.threshold_units
                steps = to_promise(expected, location_id, pool, on_hand=on_hand, first_day=first_day, before=before)
                cells[location_id, pool] = tuple([Coming(*step) for step in steps])
        due[sku] = cells
    return promised_later(request, unit.desk.network, due)


def atp_of(unit: Unit, sku: str, location_id: str, pool: str, days: int) -> tuple[AvailableUnits, ...]:
    """What will be there of an article in a pool of a location, from the day it is there on."""
    location = unit.desk.shop.location(location_id)
    unit.desk.shop.check_pools([pool])
    check_stocked(unit.items([sku]))
    expected = unit.find(ExpectedSupply, sku)
    on_hand = shelves_of(unit, [sku], unit.at)[sku].units_by_cell().get((location_id, pool), 0)
    due = () if expected is None else expected.due(location_id, pool)
    first_day = local_date(unit.at, location.calendar.timezone)
    return available_to_promise(on_hand, due, first_day=first_day, days=days)


def _first_days(unit: Unit, at: datetime) -> dict[LocationId, date]:
    """The day it is at each location of the shop: what is due before it is late."""
    places = unit.desk.network.locations
    return {place.location_id: local_date(at, place.calendar.timezone) for place in places}


def _claims(order: Order, promises: Iterable[UnitPromise]) -> tuple[SupplyClaim, ...]:
    """The claims that promises of one article rest on, one for each line, place and day, in their turn."""
    units: dict[SupplyClaim, int] = {}
    for each in promises:
        claim = SupplyClaim(order.order_id, each.line_id, each.location_id, each.pool, each.due_on, 0, order.placed_at)
        units[claim] = units.get(claim, 0) + each.units
    claims = [claim._replace(units=count) for claim, count in units.items()]
    return tuple(sorted(claims, key=lambda each: each.turn))


def _promises(later: Iterable[LaterShipment]) -> tuple[UnitPromise, ...]:
    """What is promised of each line: the days of its shipment by the cheapest service."""
    return tuple(
        [
            UnitPromise(
                line_id=part.line_id,
                sku=part.sku,
                units=part.units,
                location_id=LocationId(part.location_id),
                pool=part.pool,
                due_on=part.due_on,
                supplies=part.supplies,
                leaves_on=each.shipment.leaves_on,
                arrives_on=each.shipment.options[0].arrives_on,
            )
            for each in later
            for part in each.units
        ]
    )


def _why(unit: Unit, order: Order, due: Mapping[str, ExpectedSupply], at: datetime) -> str:
    """What became of the supplies the promises rest on; the first that is not as it was tells."""
    days = _first_days(unit, at)
    for each in order.promises:
        expected = due.get(each.sku)
        for supply_id in each.supplies:
            supply = None if expected is None else expected.supply(supply_id)
            if supply is None:
                return f"supply {supply_id} of {each.sku} came without them or is cancelled"
            if supply.due_on != each.due_on:
                return f"supply {supply_id} of {each.sku} is now due on {supply.due_on}"
            if supply.due_on < days.get(supply.location_id, date.min):
                return f"supply {supply_id} of {each.sku} did not come on {supply.due_on}"
    return "orders placed earlier need what was claimed" if order.promises else ""
