"""What a replay came to, read from the store: the fate of every row, the orders, the parcels and the money."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from omscore.app import Oms
from omscore.billing.journal import Account
from omscore.billing.ledger import Ledger
from omscore.cli.replay.errands import Errands
from omscore.cli.replay.fates import CURRENCY, Fate
from omscore.cli.replay.plan import Plan
from omscore.cli.replay.routed import Routed, routed
from omscore.cli.replay.rows import Reject
from omscore.cli.replay.selling import order_id
from omscore.errors import DamageError
from omscore.fulfillment.model import FulfillmentOrder
from omscore.money import Money
from omscore.orders.model import Order
from omscore.orders.status import status_of
from omscore.payments.model import Payment
from omscore.records import frozen
from omscore.routing.decisions import KeptDecision
from omscore.routing.model import Decision

NEVER_ARRIVED = "the units it gives back never arrived at the customer while the replay ran"


@frozen(kw_only=True)
class Shipments:
    """What left one location."""

    location_id: str
    name: str
    shipments: int
    packages: int
    units: int


@frozen(kw_only=True)
class Sums:
    """The money of the whole replay. Shape: `fees` is what charges outside orders cost, negative when they earned."""

    ordered: Money
    shipped: Money
    captured: Money
    refunded: Money
    fees: Money


@frozen(kw_only=True)
class Outcome:
    """All figures.

    Shape: `rows` has every fate, `orders` the statuses that occur, most frequent first; `closed_on` is the virtual day
    on which nothing was left to do.
    """

    rows: dict[str, int]
    rows_in_all: int
    rejects: tuple[Reject, ...]
    orders: dict[str, int]
    channels: dict[str, int]
    shipments: tuple[Shipments, ...]
    routing: tuple[Routed, ...]
    returns: int
    money: Sums
    dead_tasks: int
    closed_on: str


def outcome_of(oms: Oms, plan: Plan, errands: Errands) -> Outcome:
    """The figures of a replay that has ended.

    Raises: DamageError when the rows do not add up, or the store has other order lines than the file.
    """
    fates, reasons = _fates(plan, errands)
    counted = Counter(fate.value for fate in fates)
    rows = {fate.value: counted[fate.value] for fate in Fate}
    statuses: Counter[str] = Counter()
    channels: Counter[str] = Counter()
    lines = 0
    ordered, shipped = Money.zero(CURRENCY), Money.zero(CURRENCY)
    for order in _orders(oms, plan):
        statuses[status_of(order).value] += 1
        channels[order.channel] += 1
        lines += len(order.lines)
        ordered = ordered + order.total
        for line in order.lines:
            if line.quantities.handed_over:
                shipped = shipped + line.amounts.part(0, line.quantities.handed_over, line.units).gross
    if sum(rows.values()) != len(plan.fates) or rows[Fate.ORDER_LINE.value] != lines:
        raise DamageError(
            f"the file has {len(plan.fates)} rows and {rows[Fate.ORDER_LINE.value]} of them are order lines, but "
            f"{sum(rows.values())} have a fate and the store has {lines} order lines; run `omscore audit`",
            code="replay.rows",
        )
    captured, refunded = _paid(oms)
    return Outcome(
        rows=rows,
        rows_in_all=len(plan.fates),
        rejects=tuple(Reject(row, reason, plan.cells.get(row, ())) for row, reason in sorted(reasons.items())),
        orders=dict(statuses.most_common()),
        channels=dict(channels.most_common()),
        shipments=_shipments(oms),
        routing=routed(_decisions(oms), oms.shop.currency),
        returns=sum(1 for _ in oms.storage.streams("return/")),
        money=Sums(ordered=ordered, shipped=shipped, captured=captured, refunded=refunded, fees=_fees(oms, plan)),
        dead_tasks=oms.storage.counts()["tasks.dead"],
        closed_on=oms.clock.now().date().isoformat(),
    )


def _fates(plan: Plan, errands: Errands) -> tuple[Sequence[Fate], dict[int, str]]:
    """Every row's fate and the rejects' reasons; a row that was carried out in part was carried out."""
    fates = list(plan.fates)
    reasons = dict(plan.reasons)
    for credit in plan.errands.values():
        for errand in credit:
            done = errands.fates(errand)
            for take in errand.takes:
                if done is None:
                    if fates[take.row - 1] is None:
                        fates[take.row - 1] = Fate.REJECT
                elif fates[take.row - 1] is not Fate.RETURN:
                    fates[take.row - 1] = done[take.row]
    for number, fate in enumerate(fates, 1):
        if fate is Fate.REJECT and number not in reasons:
            reasons[number] = NEVER_ARRIVED
    return [fate for fate in fates if fate is not None], reasons


def _orders(oms: Oms, plan: Plan) -> Iterator[Order]:
    for invoice in plan.invoices:
        if invoice.lines:
            yield oms.look(Order, order_id(invoice.number))


def _decisions(oms: Oms) -> Iterator[Decision]:
    for row in oms.storage.streams("decision/"):
        yield oms.codec.record(row.state, KeptDecision).decision


def _paid(oms: Oms) -> tuple[Money, Money]:
    captured, refunded = Money.zero(CURRENCY), Money.zero(CURRENCY)
    for row in oms.storage.streams("payment/"):
        payment = oms.codec.record(row.state, Payment)
        captured, refunded = captured + payment.captured, refunded + payment.refunded
    return captured, refunded


def _fees(oms: Oms, plan: Plan) -> Money:
    fees = 0
    for invoice in plan.invoices:
        if invoice.fees:
            ledger = oms.look(Ledger, f"uci-{invoice.number}.fees")
            fees -= ledger.balance_minor(Account.CLEARING, CURRENCY)
    return Money(fees, CURRENCY)


def _shipments(oms: Oms) -> tuple[Shipments, ...]:
    counted: dict[str, list[int]] = {location.location_id: [0, 0, 0] for location in oms.shop.locations}
    for row in oms.storage.streams("work/"):
        work = oms.codec.record(row.state, FulfillmentOrder)
        if work.shipped_at is not None:
            _add(counted[work.location_id], (1, len(work.packages), sum(line.shipped for line in work.lines)))
    return tuple(
        Shipments(
            location_id=location.location_id,
            name=location.name,
            shipments=counted[location.location_id][0],
            packages=counted[location.location_id][1],
            units=counted[location.location_id][2],
        )
        for location in oms.shop.locations
    )


def _add(sums: list[int], more: Iterable[int]) -> None:
    for at, count in enumerate(more):
        sums[at] += count
