"""What all papers of the shop share: who sends it, to whom, under which numbers, and the closing words."""

from __future__ import annotations

from collections.abc import Sequence

from omscore.fulfillment.layout import PAGE_WIDTH, aligned, printable, side_by_side, wrapped
from omscore.records import frozen


@frozen(kw_only=True)
class DocumentHead:
    """What stands at the top of every paper.

    Shape: `shop` and `customer` are the lines of a letterhead and of an address; days are text, written as
    the shop does.
    """

    shop: tuple[str, ...]
    customer: tuple[str, ...]
    order_no: str
    ordered_on: str
    document_no: str
    issued_on: str


def opening(kind: str, whom: str, head: DocumentHead, facts: Sequence[tuple[str, str]]) -> list[str]:
    """The top of a page: the shop and what paper this is, then the customer beside the numbers and days."""
    letterhead = [line for text in head.shop for line in wrapped(text, PAGE_WIDTH - len(kind) - 2)] or [""]
    page = [aligned(letterhead[0], PAGE_WIDTH - len(kind)) + kind, *letterhead[1:], "=" * PAGE_WIDTH, ""]
    customer = [printable(line) for line in head.customer]
    known = [
        ("Order", head.order_no),
        ("Ordered", head.ordered_on),
        ("Number", head.document_no),
        ("Date", head.issued_on),
        *facts,
    ]
    return page + side_by_side([whom.upper(), *(line for line in customer if line)], known)


def finished(page: Sequence[str], note: str) -> str:
    """The whole text, with a note under it when there is one."""
    closing = ["", *wrapped(note, PAGE_WIDTH)] if printable(note) else []
    return "\n".join([*page, *closing]) + "\n"
