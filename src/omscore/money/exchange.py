"""Exchanging money keeps everything that is needed to explain it later.

Both amounts, the rate, where the rate came from and when it was taken stay together; a refund goes back along the
recorded amounts and is never converted again.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

import attrs

from omscore.calendars import checked_moment
from omscore.errors import InputError
from omscore.money.amount import Money
from omscore.money.currencies import currency_exponent
from omscore.money.decimals import Rounding, checked_decimal, product, rounded_minor
from omscore.records import frozen
from omscore.text import checked_text


def _source(value: str) -> str:
    return checked_text(value, what="source of the exchange rate")


@frozen
class ExchangeRate:
    """How much of the quote currency one unit of the base currency buys, who said so, and when.

    Units: whole currency units, so 1 EUR = 163.52 JPY has the rate 163.52.
    Raises: InputError for unknown currencies, rates that are not above zero, and moments without a time zone.
    """

    base: str = attrs.field()
    quote: str = attrs.field()
    rate: Decimal = attrs.field()
    source: str = attrs.field(converter=_source)
    at: datetime = attrs.field()

    @base.validator
    @quote.validator
    def _check_currency(self, _attribute: attrs.Attribute[str], value: str) -> None:
        currency_exponent(value)

    @rate.validator
    def _check_rate(self, _attribute: attrs.Attribute[Decimal], value: Decimal) -> None:
        if checked_decimal(value, what="exchange rate") <= 0:
            raise InputError(f"exchange rate must be above zero, not {value}", code="money.rate")

    @at.validator
    def _check_at(self, _attribute: attrs.Attribute[datetime], value: datetime) -> None:
        checked_moment(value, what="moment of the exchange rate")


@frozen
class Exchange:
    """Money given and money got for it, with the rate that was used.

    Holds: `sold` is in the rate's base currency and `bought` in its quote currency.
    """

    sold: Money
    bought: Money
    rate: ExchangeRate

    def __attrs_post_init__(self) -> None:
        pair = (self.sold.currency, self.bought.currency)
        if pair != (self.rate.base, self.rate.quote):
            raise InputError(
                f"the rate is for {self.rate.base} to {self.rate.quote}, the amounts are {pair[0]} and {pair[1]}",
                code="money.mixed_currencies",
                currencies=(*pair, self.rate.base, self.rate.quote),
            )


def exchange(money: Money, rate: ExchangeRate, *, rounding: Rounding) -> Exchange:
    """The money in the rate's quote currency, rounded to that currency's minor unit, together with how it came about.

    Raises: InputError when the money is not in the rate's base currency.

    >>> from datetime import UTC
    >>> rate = ExchangeRate("EUR", "JPY", Decimal("163.52"), "ECB", datetime(2026, 1, 2, 15, tzinfo=UTC))
    >>> str(exchange(Money(1000, "EUR"), rate, rounding=Rounding.HALF_EVEN).bought)
    '1635 JPY'
    """
    if money.currency != rate.base:
        raise InputError(
            f"the rate exchanges {rate.base}, not {money.currency}; take a rate whose base is {money.currency}",
            code="money.mixed_currencies",
            currencies=(money.currency, rate.base),
        )
    exponent = currency_exponent(rate.quote)
    return Exchange(money, Money(rounded_minor(product(money.amount, rate.rate), exponent, rounding), rate.quote), rate)
