"""What follows from what is told of goods that are due: which claims fall, and which goods came for whom."""

from __future__ import annotations

from collections.abc import Sequence
from typing import assert_never

from omscore.errors import DamageError, InputError, NotFoundError, RefusedError
from omscore.ids import checked_id
from omscore.inventory import commands as c
from omscore.inventory import events as e
from omscore.inventory.expected import ExpectedSupply, Supply, SupplyClaim, holding, less
from omscore.items import checked_sku
from omscore.quantities import checked_units
from omscore.records import changed

MOST_SUPPLIES = 1_000
"""How many supplies of one article may be due at a time."""


def decide_supply(expected: ExpectedSupply | None, command: c.SupplyCommand) -> Sequence[e.SupplyEvent]:
    """What is told as a fact, with the claims that fall or are served by it; nothing when nothing is new.

    Raises: InputError for a count that is none; RefusedError for an id in use or more claims than there are units;
    NotFoundError for a supply that is not due.
    """
    there = expected or ExpectedSupply(sku=command.sku)
    match command:
        case c.ExpectSupply():
            return _expect(there, command)
        case c.ClaimSupply():
            return _claim(there, command)
        case c.ChangeSupply():
            old = known_supply(there, command.supply_id)
            units = old.units if command.units is None else _checked_units(command.units, old.supply_id)
            new = changed(old, units=units, due_on=command.due_on or old.due_on, says=command.says or old.says)
            if new == old:
                return []
            after = changed(there, supplies=_with(there.supplies, new))
            return [e.SupplyChanged(sku=command.sku, supply=new, lost=_lost(after), at=command.at)]
        case c.CancelSupply():
            old = known_supply(there, command.supply_id)
            after = changed(there, supplies=_without(there.supplies, old.supply_id))
            lost = _lost(after)
            return [
                e.SupplyCancelled(sku=command.sku, supply_id=old.supply_id, says=command.says, lost=lost, at=command.at)
            ]
        case c.ReceiveSupply():
            old = known_supply(there, command.supply_id)
            units = checked_units(command.units, what=f"units of {command.supply_id}")
            if old.units < 0:
                raise RefusedError(
                    f"supply {old.supply_id} of {there.sku} is of units that go out; once they have, CancelSupply",
                    code="supply.goes_out",
                )
            served = _served(there, old, min(units, old.units))
            return [
                e.SupplyReceived(sku=command.sku, supply_id=old.supply_id, units=units, served=served, at=command.at)
            ]
        case _:
            assert_never(command)


def evolve_supply(expected: ExpectedSupply | None, event: e.SupplyEvent) -> ExpectedSupply:
    """What is due, and to whom it is promised, after one more fact."""
    if expected is None:
        if not isinstance(event, e.SupplyExpected):
            raise DamageError(f"{type(event).__name__} came before SupplyExpected", code="damage.first_event")
        expected = ExpectedSupply(sku=event.sku)
    supplies, claims = expected.supplies, expected.claims
    match event:
        case e.SupplyExpected():
            return changed(expected, supplies=_with(supplies, event.supply))
        case e.SupplyChanged():
            return changed(expected, supplies=_with(supplies, event.supply), claims=less(claims, event.lost))
        case e.SupplyCancelled():
            left = _without(supplies, event.supply_id)
            return changed(expected, supplies=left, claims=less(claims, event.lost))
        case e.SupplyReceived():
            supply = known_supply(expected, event.supply_id)
            rest = supply.units - event.units
            left = _without(supplies, supply.supply_id)
            if rest > 0:
                left = _with(left, changed(supply, units=rest))
            return changed(expected, supplies=left, claims=less(claims, event.served))
        case e.SupplyClaimed():
            return changed(expected, claims=less(_with_claims(expected, event.order_id, event.claims), event.lost))
        case _:
            assert_never(event)


def known_supply(expected: ExpectedSupply, supply_id: str) -> Supply:
    """The supply of that id. Raises: NotFoundError naming those that are due."""
    found = expected.supply(supply_id)
    if found is None:
        due = ", ".join([each.supply_id for each in expected.supplies[:8]]) or "none"
        raise NotFoundError(
            f"no supply {supply_id} of {expected.sku} is due; due are: {due}. Tell of it first (ExpectSupply)",
            code="supply.unknown",
        )
    return found


def _expect(there: ExpectedSupply, command: c.ExpectSupply) -> Sequence[e.SupplyEvent]:
    checked_sku(command.sku)
    checked_id(command.supply_id, what="supply id")
    new = Supply(
        supply_id=command.supply_id,
        location_id=command.location_id,
        pool=command.pool,
        units=_checked_units(command.units, command.supply_id),
        due_on=command.due_on,
        says=command.says,
    )
    old = there.supply(command.supply_id)
    if old == new:
        return []
    if old is not None:
        raise RefusedError(
            f"supply {old.supply_id} of {there.sku} is due already ({old.units} units at {old.location_id} on "
            f"{old.due_on}); change it by ChangeSupply",
            code="supply.exists",
        )
    if len(there.supplies) >= MOST_SUPPLIES:
        raise RefusedError(
            f"{MOST_SUPPLIES} supplies of {there.sku} are due; receive or cancel some first", code="supply.most"
        )
    return [e.SupplyExpected(sku=command.sku, supply=new, at=command.at)]


def _claim(there: ExpectedSupply, command: c.ClaimSupply) -> Sequence[e.SupplyEvent]:
    for claim in command.claims:
        checked_units(claim.units, what=f"units of {command.sku} claimed")
    mine = tuple(sorted(command.claims, key=lambda each: each.turn))
    if mine == there.claims_of(command.order_id):
        return []
    after = changed(there, claims=_with_claims(there, command.order_id, mine))
    lost = less(after.claims, holding(after, dict(command.first_days)))
    if short := [each for each in lost if each.order_id == command.order_id]:
        raise RefusedError(
            f"order {command.order_id} claims more of {there.sku} than is due at {short[0].location_id} by "
            f"{short[0].due_on}; promise it anew",
            code="supply.short",
        )
    return [e.SupplyClaimed(sku=command.sku, order_id=command.order_id, claims=mine, lost=lost, at=command.at)]


def _checked_units(units: int, supply_id: str) -> int:
    if not units:
        raise InputError(
            f"supply {supply_id} of no units; give those that come in, below zero those that go out, or CancelSupply",
            code="supply.units",
        )
    checked_units(abs(units), what=f"units of supply {supply_id}")
    return units


def _lost(after: ExpectedSupply) -> tuple[SupplyClaim, ...]:
    """The claims, or the part of them, that what is due does not make good."""
    return less(after.claims, holding(after))


def _served(there: ExpectedSupply, supply: Supply, units: int) -> tuple[SupplyClaim, ...]:
    """The claims that so many units of a supply are for: those on the earliest day first, so that none falls behind."""
    served = []
    mine = [each for each in there.claims if (each.location_id, each.pool) == (supply.location_id, supply.pool)]
    for claim in sorted(mine, key=lambda each: (each.due_on, each.turn)):
        taken = min(units, claim.units)
        if taken:
            served.append(claim._replace(units=taken))
            units -= taken
    return tuple(served)


def _with_claims(there: ExpectedSupply, order_id: str, claims: tuple[SupplyClaim, ...]) -> tuple[SupplyClaim, ...]:
    others = [each for each in there.claims if each.order_id != order_id]
    return tuple(sorted([*others, *claims], key=lambda each: each.turn))


def _with(supplies: tuple[Supply, ...], new: Supply) -> tuple[Supply, ...]:
    others = _without(supplies, new.supply_id)
    return tuple(sorted([*others, new], key=lambda each: (each.due_on, each.supply_id)))


def _without(supplies: tuple[Supply, ...], supply_id: str) -> tuple[Supply, ...]:
    return tuple([each for each in supplies if each.supply_id != supply_id])
