"""The minor units of every currency, from our own dated copy of the published ISO 4217 table.

Formatting libraries disagree with ISO for some codes (they count the decimals people use in cash), so no amount is
ever scaled by anything but this table.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from types import MappingProxyType

from omscore.errors import InputError

PUBLISHED = date(2026, 1, 1)
"""The publication date printed in the ISO 4217 table ("list one") these facts were taken from."""

_CODES_BY_EXPONENT: dict[int | None, str] = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
    2: """
        AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE CHF CHW
        CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF
        IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK
        MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP
        SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XAD XCD XCG
        YER ZAR ZMW ZWG
    """,
    3: "BHD IQD JOD KWD LYD OMR TND",
    4: "CLF UYW",
    None: "XAG XAU XBA XBB XBC XBD XDR XPD XPT XSU XTS XUA XXX",
}

EXPONENTS: Mapping[str, int | None] = MappingProxyType(
    {code: exponent for exponent, codes in _CODES_BY_EXPONENT.items() for code in codes.split()}
)
"""Decimals of the minor unit by currency code; None where ISO lists no minor unit (gold, test codes, baskets)."""

SPENDABLE: Mapping[str, int] = MappingProxyType(
    {code: exponent for code, exponent in EXPONENTS.items() if exponent is not None}
)
"""The codes an amount of money may carry: those with a minor unit."""


def currency_exponent(code: object) -> int:
    """How many decimals the currency's minor unit has.

    Raises: InputError for a code that ISO 4217 does not list or lists without a minor unit.
    Source: ISO 4217 list one, published 2026-01-01.

    >>> currency_exponent("EUR"), currency_exponent("JPY"), currency_exponent("KWD")
    (2, 0, 3)
    """
    if type(code) is not str:
        raise InputError(
            f"currency must be a three-letter code such as EUR, not {type(code).__name__}", code="money.currency"
        )
    exponent = SPENDABLE.get(code)
    if exponent is not None:
        return exponent
    if code in EXPONENTS:
        raise InputError(
            f"currency {code} has no minor unit in ISO 4217, so no amount can be in it; use another",
            code="money.currency",
        )
    raise InputError(
        f"currency {code[:12]!r} is not listed by ISO 4217 as of {PUBLISHED}; give a three-letter code such as EUR",
        code="money.currency",
    )
