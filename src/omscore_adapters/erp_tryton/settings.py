"""Where the Tryton server is, who signs in, and which of its accounts each of ours is."""

from __future__ import annotations

from enum import StrEnum
from typing import assert_never
from urllib.parse import urlsplit

from omscore.errors import InputError
from omscore.ports.erp import Account
from omscore.records import frozen
from omscore.secrets import Secret

_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


@frozen(kw_only=True)
class TrytonAccounts:
    """The codes of the accounts in Tryton's chart that each of our accounts is booked to; two may share one code."""

    receivable: str
    clearing: str
    inventory: str
    goods_received: str
    tax: str
    carrier_payable: str
    sales: str
    shipping: str
    charges: str
    cost_of_goods: str
    postage: str
    stock_loss: str
    fees: str

    def code(self, account: Account) -> str:
        """The code that an account of ours is booked to."""
        return str(getattr(self, field_of(account)))


class TrytonDocument(StrEnum):
    """What Tryton is told of."""

    MOVES = "moves"
    INVOICES = "invoices"
    SALES = "sales"


@frozen(kw_only=True)
class TrytonSettings:
    """One database of one Tryton server.

    Shape: `company` is the name of its party, needed only where the user sees several; `journal` is the code of the
    journal; `party` is the code of the party on lines whose account asks for one, such as a party "Web customers".
    Invoices are booked in `invoice_journal`. Sales bear the tax named `sale_tax`, one cent for each unit, and are of
    the `warehouse` of that code, needed only where Tryton has several.
    Units: `timeout_s` is for each request.
    Raises: InputError for a URL that would send the password over a network in the clear.
    """

    url: str
    database: str
    user: str
    password: Secret
    accounts: TrytonAccounts
    company: str = ""
    journal: str = "MISC"
    party: str = ""
    documents: tuple[TrytonDocument, ...] = (TrytonDocument.MOVES,)
    invoice_journal: str = "REV"
    sale_tax: str = ""
    warehouse: str = ""
    timeout_s: int = 5

    def __attrs_post_init__(self) -> None:
        try:
            parts = urlsplit(self.url)
            port = parts.port
        except ValueError as error:
            raise InputError(f"url {self.url!r} is none ({error}); give https://HOST[:PORT]") from error
        if parts.username or parts.password:
            raise InputError("url holds a user or a password; give them as user and password")
        if parts.scheme not in {"https", "http"} or not parts.hostname or parts.query or parts.fragment or port == 0:
            raise InputError(f"url must be https://HOST[:PORT], not {self.url!r}")
        if parts.scheme == "http" and parts.hostname not in _LOOPBACK:
            raise InputError(f"url {self.url!r} would send the password unprotected; give https://{parts.netloc}")
        if not self.database or set(self.database) & set("/?#% \\"):
            raise InputError(f"database must be the name of one, not {self.database!r}")
        if not self.user or ":" in self.user or not self.user.isprintable():
            raise InputError(f"user must be the login of a user, not {self.user!r}")
        if not self.documents or len(set(self.documents)) < len(self.documents):
            raise InputError("documents must name moves, invoices or sales, or several of them, each once")
        if TrytonDocument.SALES in self.documents and not self.sale_tax:
            raise InputError("documents names sales, so sale_tax must name a tax of one cent in Tryton")
        if not 1 <= self.timeout_s <= 20:
            raise InputError(f"timeout_s is {self.timeout_s}; give 1 to 20, because a task is leased for 30 seconds")


def field_of(account: Account) -> str:
    """The name under which the settings hold the code of an account.

    >>> field_of(Account.SALES)
    'sales'
    """
    match account:
        case Account.RECEIVABLE:
            return "receivable"
        case Account.CLEARING:
            return "clearing"
        case Account.INVENTORY:
            return "inventory"
        case Account.GOODS_RECEIVED:
            return "goods_received"
        case Account.TAX:
            return "tax"
        case Account.CARRIER_PAYABLE:
            return "carrier_payable"
        case Account.SALES:
            return "sales"
        case Account.SHIPPING:
            return "shipping"
        case Account.CHARGES:
            return "charges"
        case Account.COST_OF_GOODS:
            return "cost_of_goods"
        case Account.POSTAGE:
            return "postage"
        case Account.STOCK_LOSS:
            return "stock_loss"
        case Account.FEES:
            return "fees"
        case _:
            assert_never(account)
