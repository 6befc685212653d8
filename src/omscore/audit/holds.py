"""Reservations: each ends once, a live one belongs to one open cart, and somebody will let go of it in time.

An expired hold counts for nobody, swept or not: sellers find it in the index of holds, which is checked as such. What
is checked here is that it does not stand for ever.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from omscore.audit.findings import Findings, Law
from omscore.inventory.events import ReservationConfirmed, ReservationExpired, ReservationReleased
from omscore.inventory.model import Reservation, ReservationState
from omscore.orders.carts import Cart, CartState
from omscore.records import frozen

SWEEP = timedelta(hours=1)
"""How long after its cart's time is up a hold may still stand while the shop's worker is busy."""

_TIMEOUT = ".timeout."
"""What the ids of the tasks that look at a cart again have after the cart's id."""


@frozen
class _Held:
    """What an open cart says of one of its reservations."""

    cart_id: str
    sku: str
    units: int
    until: datetime

    def agrees(self, hold: Reservation) -> bool:
        """True when it holds as many units as the line says; a part of kits, so many for each kit."""
        if hold.sku == self.sku:
            return hold.units == self.units
        return hold.units > 0 and hold.units % self.units == 0


class HoldBook:
    """The lines of open carts, and the reservations that must agree with them. Carts come before reservations.

    Shape: `tasks` are the ids of tasks that are not done, and so still known to somebody; without a `now` nothing is
    said of holds that stand too long.
    """

    def __init__(self, tasks: Iterable[str], now: datetime | None, found: Findings) -> None:
        self._now = now
        self._found = found
        self._appointed = {cart_id for cart_id, mark, _ in (each.rpartition(_TIMEOUT) for each in tasks) if mark}
        self._held: dict[str, _Held] = {}

    def cart(self, cart: Cart) -> None:
        """Note what an open cart holds."""
        until = cart.expires_at
        if cart.state is CartState.OPEN and until is not None:
            for line in cart.lines:
                for reservation_id in cart.held_by(line):  # a kit is held by one for each of its parts
                    self._held[reservation_id] = _Held(cart.cart_id, line.sku, line.units, until)

    def hold(self, hold: Reservation, events: Iterable[object]) -> None:
        """Check one reservation with its events."""
        where = f"hold/{hold.reservation_id}"
        held = self._held.pop(hold.reservation_id, None)
        exits = [
            type(event).__name__
            for event in events
            if isinstance(event, ReservationConfirmed | ReservationReleased | ReservationExpired)
        ]
        if len(exits) > 1:
            self._found.add(Law.HOLDS, where, f"it ended {len(exits)} times: {', '.join(exits)}")
        if hold.state is not ReservationState.LIVE:
            return
        if held is None:
            self._found.add(Law.HOLDS, where, f"it is live, but no line of an open cart holds it; cart {hold.cart_id}")
            return
        if not held.agrees(hold):
            of = "" if hold.sku == held.sku else f" of {hold.sku}"
            kits = "" if hold.sku == held.sku else f" of {held.sku}"
            says = f"it holds {hold.units} units{of}, the line of cart {held.cart_id} says {held.units}{kits}"
            self._found.add(Law.HOLDS, where, says)
        if held.cart_id not in self._appointed:
            self._found.add(Law.HOLDS, where, f"it is live, but no task will look at cart {held.cart_id} in time")
        if self._now is not None and held.until + SWEEP < self._now:
            self._found.add(
                Law.HOLDS, where, f"its time was up at {held.until.isoformat()}, and nobody has let go of it since"
            )

    def end(self) -> None:
        """Report what open carts hold although there is no such reservation."""
        for reservation_id, held in self._held.items():
            self._found.add(
                Law.HOLDS, f"cart/{held.cart_id}", f"it names hold/{reservation_id}, but there is no such stream"
            )
