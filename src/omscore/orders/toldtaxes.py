"""Tax that a channel has worked out itself: taken as it is, so that an order comes to what the customer has paid there.

A marketplace rounds by its own rules and taxes shipping by its own; working it out again would be a cent off now and
then, and a cent is enough for books that do not match.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from omscore.errors import InputError
from omscore.money import Money, share
from omscore.orders.amounts import Taxed
from omscore.orders.commands import PlaceOrder


class Told(NamedTuple):
    """The tax of one line, on its goods and on its share of the shipping."""

    goods: Money
    shipping: Money

    def of(self, goods: Money, shipping: Money, *, gross_prices: bool, where: tuple[str, int]) -> tuple[Taxed, Taxed]:
        """Both amounts with the tax that was told.

        Raises: InputError when there is more tax than the amount it is said to be within.
        """
        return (
            _with(goods, self.goods, gross_prices, where),
            _with(shipping, self.shipping, gross_prices, where),
        )


def told_by_line(command: PlaceOrder, shippings: Sequence[Money]) -> list[Told]:
    """What was told of every line; the tax on shipping falls on lines as the shipping does.

    Raises: InputError when there is not one tax for each line, one is negative or in another currency, or there is
    tax on shipping that nobody pays.
    """
    if len(command.told_taxes) != len(command.lines):
        raise InputError(
            f"order {command.order_id} has {len(command.lines)} lines but tells {len(command.told_taxes)} taxes; give "
            "one amount per line",
            code="order.told_taxes",
        )
    on_shipping = command.told_shipping_tax or Money.zero(command.currency)
    for tax in (*command.told_taxes, on_shipping):
        if tax.minor < 0 or tax.currency != command.currency:
            raise InputError(
                f"order {command.order_id} tells a tax of {tax}; give zero or more {command.currency}",
                code="order.told_taxes",
            )
    if on_shipping.is_zero:
        shares: Sequence[Money] = (on_shipping,) * len(command.lines)
    elif any(each.minor for each in shippings):
        shares = share(on_shipping, [each.minor for each in shippings])
    else:
        raise InputError(
            f"order {command.order_id} tells a tax of {on_shipping} on shipping that costs nothing; give the shipping",
            code="order.told_taxes",
        )
    return [Told(goods, shipping) for goods, shipping in zip(command.told_taxes, shares, strict=True)]


def _with(amount: Money, tax: Money, gross_prices: bool, where: tuple[str, int]) -> Taxed:
    if not gross_prices:
        return Taxed(amount, tax)
    if tax > amount:
        order_id, number = where
        raise InputError(
            f"order {order_id} line {number} tells a tax of {tax} within {amount}; say that prices are without tax, "
            "or give the right tax",
            code="order.told_taxes",
            line=number,
        )
    return Taxed(amount - tax, tax)
