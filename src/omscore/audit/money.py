"""Money and value: every payment within its limits, every ledger in balance, both held against what was shipped.

Per owner (an order or a stock document) two sums are kept that must come to nothing: what the customer owes in the
books less what shipments, returns and payments say, and the value of the goods in the books less what the moves say.
Units only enter and leave the house by moves, so when the second sum is nothing everywhere, the inventory account is
worth the units owned at their standard cost.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterable, Sequence

from omscore.audit.findings import Findings, Law
from omscore.billing.journal import Account
from omscore.billing.ledger import Ledger
from omscore.billing.posting import owned
from omscore.inventory.model import ListedItem
from omscore.money import MAX_MINOR, Money
from omscore.orders.events import LinesReturned, LinesShipped
from omscore.orders.model import Order
from omscore.payments.events import AuthorisationRequested, StepDeclined, StepRequested, StepSucceeded
from omscore.payments.model import Payment
from omscore.quantities import Move


class _Sums:
    """Sums by owner and currency; those that come to nothing are dropped."""

    def __init__(self) -> None:
        self._sums: dict[tuple[str, str], int] = {}

    def add(self, owner: str, currency: str, minor: int) -> None:
        if not minor:
            return
        total = self._sums.pop((owner, currency), 0) + minor
        if total:
            self._sums[owner, currency] = total

    def left(self) -> Iterable[tuple[str, str]]:
        """Owner and amount of every sum that is not nothing, by owner and currency."""
        return [(owner, _told(minor, currency)) for (owner, currency), minor in sorted(self._sums.items())]


def _told(minor: int, currency: str) -> str:
    """An amount in words; damaged records may come to sums that no money can be."""
    return str(Money(minor, currency)) if abs(minor) < MAX_MINOR else f"{minor} minor units of {currency}"


class MoneyBook:
    """The sums that must come to nothing. Items must be seen before the moves of their units."""

    def __init__(self, tasks: Container[str], found: Findings) -> None:
        self._tasks = tasks
        self._found = found
        self._costs: dict[str, Money] = {}
        self._owed = _Sums()
        self._value = _Sums()
        self.entries = 0
        self.inventory_minor: dict[str, int] = {}

    def item(self, listed: ListedItem) -> None:
        """Note the standard cost of an item."""
        if listed.item.unit_cost is not None:
            self._costs[listed.item.sku] = listed.item.unit_cost

    def moved(self, owner: str, moves: Iterable[Move]) -> None:
        """Take off the value of the units that crossed the house's border for an owner."""
        for sku, units, origin, target in moves:
            incoming = owned(target.state)
            if owned(origin.state) is incoming:
                continue
            cost = self._costs.get(sku)
            if cost is not None:
                self._value.add(owner, cost.currency, cost.minor * (-units if incoming else units))

    def ledger(self, ledger: Ledger) -> None:
        """Check that a ledger is in balance, and note what it says of the customer's debt and the goods."""
        self.entries += len(ledger.entry_ids)
        over: dict[str, int] = {}
        for account, currency, minor in ledger.balances:
            over[currency] = over.get(currency, 0) + minor
            if account == Account.RECEIVABLE:
                self._owed.add(ledger.owner, currency, minor)
            elif account == Account.INVENTORY:
                self._value.add(ledger.owner, currency, minor)
                self.inventory_minor[currency] = self.inventory_minor.get(currency, 0) + minor
        for currency, minor in over.items():
            if minor:
                self._found.add(
                    Law.BOOKS, f"ledger/{ledger.owner}", f"its accounts are {_told(minor, currency)} out of balance"
                )
        if len(set(ledger.entry_ids)) < len(ledger.entry_ids):
            twice = sorted(each for each in set(ledger.entry_ids) if ledger.entry_ids.count(each) > 1)
            self._found.add(Law.BOOKS, f"ledger/{ledger.owner}", f"booked more than once: {', '.join(twice)}")

    def order(self, order: Order, events: Iterable[object]) -> None:
        """Take off what the customer was sent and add what came back; both must be worth the units that moved."""
        shipped = 0
        for event in events:
            if isinstance(event, LinesShipped):
                shipped += event.amounts.gross.minor
            elif isinstance(event, LinesReturned):
                self._owed.add(order.order_id, order.currency, event.amounts.gross.minor)
        self._owed.add(order.order_id, order.currency, -shipped)
        worth = sum(
            line.amounts.part(0, line.quantities.handed_over, line.units).gross.minor
            for line in order.lines
            if line.quantities.handed_over
        )
        if shipped != worth:
            self._found.add(
                Law.BOOKS,
                f"order/{order.order_id}",
                f"shipments were charged at {_told(shipped, order.currency)}, "
                f"the units handed over are worth {_told(worth, order.currency)}",
            )

    def payment(self, payment: Payment, events: Sequence[object]) -> None:
        """Check a payment against its limits and its tasks, and add what it did to the customer's debt."""
        where = f"payment/{payment.payment_id}"
        authorised, captured, voided, refunded = (
            each.minor for each in (payment.authorised, payment.captured, payment.voided, payment.refunded)
        )
        if refunded > captured:
            self._add(where, f"{payment.refunded} were refunded, only {payment.captured} captured")
        if captured + voided > authorised:
            says = f"{payment.captured} were captured and {payment.voided} voided, only {payment.authorised} authorised"
            self._add(where, says)
        asked = Counter(each.key for each in events if isinstance(each, AuthorisationRequested | StepRequested))
        answered = Counter(each.key for each in events if isinstance(each, StepSucceeded | StepDeclined))
        for key in sorted(asked | answered):
            if asked[key] != 1:
                self._add(where, f"attempt {key} was asked for {asked[key]} times")
            if answered[key] > 1:
                self._add(where, f"attempt {key} was answered {answered[key]} times")
        for attempt in payment.attempts:
            if attempt.is_due and attempt.key not in self._tasks:
                self._add(where, f"attempt {attempt.key} waits for an answer, but its task is gone")
        self._owed.add(payment.order_id, payment.authorised.currency, captured - refunded)

    def end(self, orders: Container[str]) -> None:
        """Report every sum that is not nothing; debts only of owners that are orders."""
        for owner, off in self._owed.left():
            if owner in orders:
                self._found.add(
                    Law.BOOKS,
                    f"ledger/{owner}",
                    f"{Account.RECEIVABLE} is {off} off what was shipped less returned, captured and not refunded",
                )
        for owner, off in self._value.left():
            self._found.add(
                Law.BOOKS,
                f"ledger/{owner}",
                f"{Account.INVENTORY} is {off} off the units that came in and went out, at their standard cost",
            )

    def _add(self, where: str, says: str) -> None:
        self._found.add(Law.PAYMENTS, where, says)
