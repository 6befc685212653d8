"""What each reviewer said of an order, for people and for programs; a plugin's details in the words it uses today."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress

from omscore.cli.records import Records
from omscore.errors import SetupError
from omscore.orders.model import Order
from omscore.plugins.discovery import Plugins
from omscore.plugins.providers import PortKind
from omscore.policy.shop import Shop
from omscore.records import frozen
from omscore.reviews.model import Opinion, OrderReview


@frozen(kw_only=True)
class Reviewed:
    """One reviewer's answer. Shape: an empty verdict is one that has not come; `version` is that of the details."""

    reviewer: str
    verdict: str
    says: str
    reference: str
    details: Mapping[str, str]
    version: int

    @property
    def in_words(self) -> str:
        """The answer on one line."""
        details = ", ".join(f"{name} {text}" for name, text in self.details.items())
        more = "; ".join(filter(None, (self.says, self.reference, details)))
        return f"{self.reviewer}: {self.verdict or 'not answered yet'}{f' ({more})' if more else ''}"


def reviewed(records: Records, order: Order) -> Iterator[Reviewed]:
    """The answers of all who were asked, in the order of their names.

    Raises: SetupError naming the plugin whose details cannot be read any more.
    """
    review = records.find(OrderReview, order.order_id)
    for reviewer in () if review is None else review.reviewers:
        yield _told(records, reviewer, None if review is None else review.opinion_of(reviewer))


def _told(records: Records, reviewer: str, opinion: Opinion | None) -> Reviewed:
    kept = opinion.details if opinion else None
    details = None if kept is None else records.plugins.current(kept)
    return Reviewed(
        reviewer=reviewer,
        verdict=opinion.verdict.value if opinion else "",
        says=opinion.says if opinion else "",
        reference=opinion.reference if opinion else "",
        details=dict(details.fields) if details else {},
        version=details.version if details else 0,
    )


def plugins_of(shop: Shop) -> Plugins:
    """The plugins of the shop's reviewers; one that is not installed any more leaves its details as they were."""
    plugins = Plugins()
    for name in shop.reviewers:
        with suppress(SetupError):
            plugins.provider(PortKind.REVIEW, name)
    return plugins
