"""Who sends a shop's invoices, under which numbers, and what the standard calls the tax rates that are zero."""

from __future__ import annotations

import re
from decimal import Decimal
from enum import StrEnum

from omscore.billing.countries import checked_iso_country
from omscore.errors import InputError, RefusedError
from omscore.ids import checked_id
from omscore.places import Address
from omscore.records import frozen
from omscore.text import checked_text

_VAT_ID = re.compile(r"([A-Z]{2})[A-Z0-9+*]{2,13}")
_IBAN = re.compile(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}")
_LONGEST_SERIES = 20


class TaxCategory(StrEnum):
    """What sort of tax an amount bears. Source: UNTDID 5305, as far as EN 16931 uses it here."""

    STANDARD = "S"
    """Taxed, at whichever rate."""
    ZERO = "Z"
    """Taxed at a rate of zero."""
    EXEMPT = "E"
    """Exempt from tax."""
    REVERSE_CHARGE = "AE"
    """The buyer owes the tax."""
    WITHIN_EU = "K"
    """Delivered to a business in another country of the EU."""
    EXPORT = "G"
    """Sent out of the EU."""


def checked_vat_id(text: str, *, what: str) -> str:
    """The VAT id itself when it begins with the country it was given in, as in FR12345678901.

    Raises: InputError for anything else; whether it was ever given out is not asked.

    >>> checked_vat_id("EL123456789", what="vat_id")  # Greece has a prefix of its own
    'EL123456789'
    """
    found = _VAT_ID.fullmatch(text) if type(text) is str else None
    if found is None:
        raise InputError(
            f"{what} is not usable: write the two capitals of the country and the number without blanks, as in "
            "FR12345678901",
            code="invoice.vat_id",
            what=what,
        )
    if found[1] != "EL":
        checked_iso_country(found[1], what=f"the beginning of {what}")
    return text


def checked_iban(text: str) -> str:
    """The account number itself when its check digits are right.

    Raises: InputError.
    Source: ISO 13616, check digits by ISO 7064 (modulo 97).

    >>> checked_iban("DE89370400440532013000")
    'DE89370400440532013000'
    """
    if _IBAN.fullmatch(text) is None or int("".join(str(int(each, 36)) for each in text[4:] + text[:4])) % 97 != 1:
        raise InputError(
            "iban is not usable: its check digits do not fit; copy it from the bank, without blanks",
            code="invoice.iban",
        )
    return text


@frozen(kw_only=True)
class Seller:
    """Who sends the invoices.

    Shape: `address.recipient` is the registered name; `tax_number` is what the tax office calls a seller without a VAT
    id, `registration` the number in the trade register; money that is still owed goes to `iban`.
    Raises: InputError when nothing says who the seller is to the tax office.
    """

    address: Address
    vat_id: str = ""
    tax_number: str = ""
    registration: str = ""
    iban: str = ""

    def __attrs_post_init__(self) -> None:
        checked_iso_country(self.address.country, what="the seller's country")
        for what in ("tax_number", "registration"):
            checked_text(getattr(self, what), what=what, max_length=60, empty=True)
        if self.vat_id:
            checked_vat_id(self.vat_id, what="vat_id")
        elif not (self.tax_number and self.registration):
            raise InputError(
                "an invoice must say who the seller is: give vat_id, or both tax_number and registration",
                code="invoice.seller",
            )
        if self.iban:
            checked_iban(self.iban)


@frozen(kw_only=True)
class ZeroRate:
    """Why a tax rate is zero: the category it has on an invoice, and the reason that is printed there.

    Raises: InputError where the category asks for a reason and there is none, or the other way round.
    """

    code: str
    category: TaxCategory
    reason: str = ""

    def __attrs_post_init__(self) -> None:
        checked_text(self.code, what="code")
        checked_text(self.reason, what="reason", empty=True)
        if self.category is TaxCategory.STANDARD:
            raise InputError(
                f"tax code {self.code!r} cannot be of category S at a rate of zero; give Z, E, AE, K or G",
                code="invoice.category",
            )
        if (self.category is TaxCategory.ZERO) is bool(self.reason):
            raise InputError(
                f"tax code {self.code!r} of category {self.category.value} "
                + ("bears no reason; leave it out" if self.reason else "needs the reason that is printed on invoices"),
                code="invoice.category",
            )


@frozen(kw_only=True)
class Invoicing:
    """How a shop sends invoices.

    Shape: numbers are `series` and six digits counted from 1 without a gap; another series begins at 1 again.
    """

    seller: Seller
    series: str = "INV-"
    zero_rates: tuple[ZeroRate, ...] = ()

    def __attrs_post_init__(self) -> None:
        checked_id(self.series, what="series")
        if len(self.series) > _LONGEST_SERIES or "/" in self.series:
            raise InputError(
                f"series {self.series!r} is not usable: give at most {_LONGEST_SERIES} characters and no slash",
                code="invoice.series",
            )
        codes = [each.code for each in self.zero_rates]
        if len(set(codes)) < len(codes):
            twice = next(code for code in codes if codes.count(code) > 1)
            raise InputError(f"zero_rates names the tax code {twice!r} twice; keep one", code="invoice.category")

    def number(self, count: int) -> str:
        """The number of the invoice that is counted so."""
        return f"{self.series}{count:06}"

    def category(self, code: str, rate: Decimal) -> tuple[TaxCategory, str]:
        """The category of a tax code and the reason to print with it.

        Raises: RefusedError for a rate of zero that nobody explained.
        """
        if rate:
            return TaxCategory.STANDARD, ""
        for each in self.zero_rates:
            if each.code == code:
                return each.category, each.reason
        raise RefusedError(
            f"an invoice must say why tax code {code!r} has a rate of zero: add it to invoicing.zero_rates with "
            "category Z, E, AE, K or G",
            code="invoice.category",
            tax_code=code,
        )
