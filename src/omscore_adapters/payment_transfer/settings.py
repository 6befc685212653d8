"""What a shop may set about payment by bank transfer."""

from __future__ import annotations

from omscore.errors import InputError, SetupError
from omscore.money import Money
from omscore.records import frozen


@frozen(kw_only=True)
class TransferSettings:
    """How much of an order may be sent before its money is there.

    Shape: `most` are amounts such as `500.00 EUR`, one a currency at most; orders of another currency are declined.
    None at all is no limit.
    Raises: SetupError for an amount that is none, below zero, or the second of its currency.

    >>> TransferSettings(most=("500.00 EUR",)).limit("EUR")
    Money(minor=50000, currency='EUR')
    """

    most: tuple[str, ...] = ()

    def __attrs_post_init__(self) -> None:
        limits = [self._read(text) for text in self.most]
        if any(limit.minor < 0 for limit in limits) or len({limit.currency for limit in limits}) < len(limits):
            raise SetupError(
                f"payment.transfer.most is {list(self.most)}; write one amount a currency, none below zero",
                path="payment.transfer.most",
            )

    def limit(self, currency: str) -> Money | None:
        """The most an order of that currency may come to; None when it is not taken at all."""
        return next((limit for text in self.most if (limit := self._read(text)).currency == currency), None)

    def _read(self, text: str) -> Money:
        number, _, currency = text.partition(" ")
        try:
            return Money.of(number, currency)
        except InputError as error:
            raise SetupError(
                f'payment.transfer.most: {error}; write an amount such as "500.00 EUR"', path="payment.transfer.most"
            ) from error
