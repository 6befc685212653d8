"""Exact money: whole minor units, named rounding, shares that sum to the whole."""

from omscore.money.amount import MAX_MINOR, Money, times, whole_money
from omscore.money.currencies import currency_exponent
from omscore.money.decimals import Rounding
from omscore.money.exchange import Exchange, ExchangeRate, exchange
from omscore.money.prices import UnitPrice
from omscore.money.sharing import share

__all__ = [
    "MAX_MINOR",
    "Exchange",
    "ExchangeRate",
    "Money",
    "Rounding",
    "UnitPrice",
    "currency_exponent",
    "exchange",
    "share",
    "times",
    "whole_money",
]
