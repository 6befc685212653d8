"""Kits on an order: how their price is shared over their parts, and how whole kits are counted among the units.

Parts are lines like any other, so every unit and every cent of a kit is in one line. What holds for a kit as a whole is
worked out from those lines.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

from omscore.errors import InputError
from omscore.ids import FulfillmentId
from omscore.items import Ships
from omscore.money import Money, UnitPrice, share
from omscore.money.currencies import currency_exponent
from omscore.orders.amounts import Amounts, Taxed
from omscore.orders.lines import summed
from omscore.orders.model import LineUnits, Order, OrderLine, Take
from omscore.quantities import checked_units


def shared_over(amount: Money, kits: int, weights: Sequence[int]) -> tuple[Money, ...]:
    """The parts of an amount for so many kits; every kit is worth the same wherever the amount can be divided so.

    Holds: the parts sum to the amount; a part that weighs nothing gets nothing.

    >>> [str(part) for part in shared_over(Money(2_997, "EUR"), 3, [1, 1])]
    ['15.00 EUR', '14.97 EUR']
    """
    each, rest = divmod(amount.minor, kits)
    columns = zip(
        share(Money(each, amount.currency), weights), share(Money(rest, amount.currency), weights), strict=True
    )
    return tuple([part * kits + more for part, more in columns])


def taxed_shares(whole: Taxed, kits: int, weights: Sequence[int]) -> tuple[Taxed, ...]:
    """An amount and the tax on it, shared over the parts; both sum to the whole."""
    gross, tax = shared_over(whole.gross, kits, weights), shared_over(whole.tax, kits, weights)
    return tuple([Taxed(of_part - on_it, on_it) for of_part, on_it in zip(gross, tax, strict=True)])


def amounts_shared(whole: Amounts, kits: int, weights: Sequence[int]) -> tuple[Amounts, ...]:
    """The amounts of each part, goods, shipping and charges alike."""
    goods, shipping, charges = (
        taxed_shares(each, kits, weights) for each in (whole.goods, whole.shipping, whole.charges)
    )
    columns = zip(goods, shipping, charges, strict=True)
    return tuple([Amounts(goods=each, shipping=sent, charges=charged) for each, sent, charged in columns])


def shown_price(goods: Money, units: int) -> UnitPrice:
    """What a unit of a part comes to before discounts, to four more digits than the currency has.

    >>> shown_price(Money(1_000, "EUR"), 3).amount
    Decimal('3.333333')
    """
    exponent = currency_exponent(goods.currency)
    digits = exponent + 4
    return UnitPrice(Decimal((2 * goods.minor * 10_000 + units) // (2 * units)).scaleb(-digits), goods.currency)


def whole_kits(order: Order, kit_id: int, there: Mapping[int, int]) -> int:
    """How many whole kits can be put together from so many units of each line."""
    return min([there.get(line.line_id, 0) // line.agreed.per_kit for line in order.parts_of(kit_id)])


def paper_title(order: Order, line: OrderLine) -> str:
    """What a line is called on paper; a part says which kit it is from."""
    if not line.agreed.kit_id:
        return line.title
    kit = order.kit(line.agreed.kit_id)
    return f"{line.title or line.sku} (part of {kit.title or kit.sku})"


def cancellable(line: OrderLine) -> int:
    """The units of a line that can still be cancelled."""
    return line.quantities.waiting + line.quantities.allocated


def units_of_kits(order: Order, kit_id: int, kits: int) -> tuple[LineUnits, ...]:
    """The units of each line that so many kits are made of, such as to cancel or to return them whole.

    Raises: NotFoundError when the order has no such kit; InputError for a number that is none, or too many.
    """
    agreed = order.kit(kit_id)
    checked_units(kits, what=f"order {order.order_id} kit {kit_id}: the number of kits")
    if kits > agreed.kits:
        raise InputError(
            f"order {order.order_id} has {agreed.kits} of kit {kit_id} ({agreed.sku}), not {kits}", code="order.kits"
        )
    return tuple([LineUnits(line.line_id, kits * line.agreed.per_kit) for line in order.parts_of(kit_id)])


def with_whole_kits(order: Order, units: Mapping[int, int]) -> dict[int, int]:
    """The units to cancel so that nobody gets a part of a kit without the rest, as far as the rest is not picked yet.

    Shape: by line, `units` among them. Parts whose kit is not whole any more take no other kit along.
    """
    found = dict(units)
    for kit in order.kits:
        lines = order.parts_of(kit.kit_id)
        wanted = {line.line_id: line.units - line.quantities.cancelled for line in lines}
        left = {line_id: count - units.get(line_id, 0) for line_id, count in wanted.items()}
        lost = whole_kits(order, kit.kit_id, wanted) - whole_kits(order, kit.kit_id, left)
        kits = min(lost, whole_kits(order, kit.kit_id, {line.line_id: cancellable(line) for line in lines}))
        for line in lines if kits else ():
            found[line.line_id] = max(found.get(line.line_id, 0), kits * line.agreed.per_kit)
    return dict(sorted(found.items()))


def torn_takes(order: Order, fulfillment_id: FulfillmentId, begun: frozenset[int]) -> tuple[Take, ...]:
    """The units one fulfillment order still has of kits that ship together and of which it has not all parts any more.

    Shape: lines in `begun` were picked there already; the kits they are in stay as they are.
    """
    taken = summed([take[:2] for take in order.takes if take.fulfillment_id == fulfillment_id])
    found = []
    for kit in order.kits:
        lines = order.parts_of(kit.kit_id)
        if kit.ships is Ships.APART or any([line.line_id in begun for line in lines]):
            continue
        live = [line for line in lines if line.quantities.cancelled < line.units]  # a part nobody wants is not missed
        whole = min([taken.get(line.line_id, 0) // line.agreed.per_kit for line in live], default=0)
        for line in live:
            over = taken.get(line.line_id, 0) - whole * line.agreed.per_kit
            if over > 0:
                found.append(Take(line.line_id, over, fulfillment_id))
    return tuple(found)


def torn_groups(
    order: Order, fulfillment_id: FulfillmentId, begun: frozenset[int], given_back: Iterable[int]
) -> tuple[Take, ...]:
    """The units one fulfillment order still has of lines that ship together with a line it gave units of back.

    Shape: lines in `begun` were picked there already; what ships together with them stays as it is.
    """
    back = frozenset(given_back)
    names = {line.agreed.together for line in order.lines if line.agreed.together and line.line_id in back}
    names -= {line.agreed.together for line in order.lines if line.line_id in begun}
    torn = {line.line_id for line in order.lines if line.agreed.together in names}
    return tuple([take for take in order.takes if take.fulfillment_id == fulfillment_id and take.line_id in torn])
