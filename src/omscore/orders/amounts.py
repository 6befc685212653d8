"""What an order line costs, split into goods, shipping and charges, each net and tax.

Every part of a line is valued cumulatively: the first k of n units are worth the k/n share rounded once, so any way of
shipping, invoicing, cancelling or returning a line in pieces comes to exactly the line's amount.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from omscore.money import Money
from omscore.records import frozen


@frozen
class Taxed:
    """A net amount and the tax on it.

    >>> Taxed(Money(1000, "EUR"), Money(200, "EUR")).gross
    Money(minor=1200, currency='EUR')
    """

    net: Money
    tax: Money

    @property
    def gross(self) -> Money:
        return self.net + self.tax

    def __add__(self, other: Taxed) -> Taxed:
        return Taxed(self.net + other.net, self.tax + other.tax)

    def __sub__(self, other: Taxed) -> Taxed:
        return Taxed(self.net - other.net, self.tax - other.tax)

    def part(self, done: int, units: int, of: int) -> Taxed:
        """The value of the next `units` of `of` units when `done` were valued before.

        Holds: gross and tax each sum to the whole over any sequence of parts.
        """
        if done == 0 and units == of:
            return self
        tax = self.tax.part(done, units, of)
        return Taxed(self.gross.part(done, units, of) - tax, tax)

    @staticmethod
    @cache
    def zero(currency: str) -> Taxed:
        """Nothing, and no tax on it; one record for each currency."""
        nothing = Money.zero(currency)
        return Taxed(nothing, nothing)


@frozen(kw_only=True)
class Amounts:
    """An amount of money with its three causes, as the books need them."""

    goods: Taxed
    shipping: Taxed
    charges: Taxed

    @property
    def gross_minor(self) -> int:
        """The gross amount as a number of minor units."""
        goods, shipping, charges = self.goods, self.shipping, self.charges
        return (
            goods.net.minor
            + goods.tax.minor
            + shipping.net.minor
            + shipping.tax.minor
            + charges.net.minor
            + charges.tax.minor
        )

    @property
    def gross(self) -> Money:
        net, tax = self.goods.net, self.goods.tax
        nothing = Taxed.zero(net.currency)
        if self.shipping is nothing and self.charges is nothing:
            return net + tax
        return net + tax + self.shipping.gross + self.charges.gross

    @property
    def tax(self) -> Money:
        return self.goods.tax + self.shipping.tax + self.charges.tax

    @property
    def net(self) -> Money:
        return self.goods.net + self.shipping.net + self.charges.net

    def __add__(self, other: Amounts) -> Amounts:
        return Amounts(
            goods=self.goods + other.goods,
            shipping=self.shipping + other.shipping,
            charges=self.charges + other.charges,
        )

    def __sub__(self, other: Amounts) -> Amounts:
        return Amounts(
            goods=self.goods - other.goods,
            shipping=self.shipping - other.shipping,
            charges=self.charges - other.charges,
        )

    def part(self, done: int, units: int, of: int) -> Amounts:
        """The value of the next `units` of `of` units when `done` were valued before."""
        if done == 0 and units == of:
            return self
        return Amounts(
            goods=self.goods.part(done, units, of),
            shipping=self.shipping.part(done, units, of),
            charges=self.charges.part(done, units, of),
        )

    def goods_only(self) -> Amounts:
        """The goods alone, for shops that keep the shipping charge when goods come back."""
        nothing = Taxed.zero(self.goods.net.currency)
        return Amounts(goods=self.goods, shipping=nothing, charges=nothing)

    @classmethod
    def zero(cls, currency: str) -> Amounts:
        nothing = Taxed.zero(currency)
        return cls(goods=nothing, shipping=nothing, charges=nothing)

    @classmethod
    def total(cls, parts: Iterable[Amounts], currency: str) -> Amounts:
        """The sum of all parts, zero when there are none."""
        total = cls.zero(currency)
        for part in parts:
            total = total + part
        return total
