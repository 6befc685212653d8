"""The papers that go with a parcel, as plain text of 80 columns: a packing slip in the box, a receipt for the customer.

Plain records in, text out. The slip is made here, the receipt in `receipts`; both are offered from here.
"""

from __future__ import annotations

from collections.abc import Sequence

from omscore.errors import InputError
from omscore.fulfillment.layout import PAGE_WIDTH, Column, heading, rest_of_page, row, wrapped
from omscore.fulfillment.letterhead import DocumentHead, finished, opening
from omscore.fulfillment.model import Package
from omscore.fulfillment.receipts import FormatMoney, ReceiptExtra, ReceiptLine, ReceiptPayment, receipt
from omscore.records import frozen

__all__ = [
    "DocumentHead",
    "FormatMoney",
    "ReceiptExtra",
    "ReceiptLine",
    "ReceiptPayment",
    "SlipLine",
    "packing_slip",
    "receipt",
]


@frozen(kw_only=True)
class SlipLine:
    """One order line on a packing slip. Units: `to_follow` counts the units that come in another delivery."""

    line_id: int
    sku: str
    title: str
    to_follow: int = 0


def packing_slip(head: DocumentHead, lines: Sequence[SlipLine], packages: Sequence[Package], *, note: str = "") -> str:
    """What is in which box and what is still to follow, for the packer and for the customer who opens the boxes.

    Raises: InputError without packages, and when a box holds units of a line that is not among `lines`.
    """
    if not packages:
        raise InputError(f"{head.document_no} has no packages; pack before printing its slip", code="document.empty")
    by_id = {line.line_id: line for line in lines}
    mass_g = sum(package.mass_g for package in packages)
    page = opening("PACKING SLIP", "Deliver to", head, [("Boxes", str(len(packages))), ("Mass", _kilograms(mass_g))])
    counts = [sum(units for _, units in package.contents) for package in packages]
    units_width = max(6, *(len(str(count)) for count in (*counts, *(line.to_follow for line in lines))))
    columns = (
        Column("Units", units_width, right=True),
        Column("SKU", 24),
        Column("Article", rest_of_page(units_width, 24), lines=3),
    )
    for number, (package, count) in enumerate(zip(packages, counts, strict=True), 1):
        page += ["", *_box(number, len(packages), package), *heading(columns)]
        for line_id, units in package.contents:
            line = by_id.get(line_id)
            if line is None:
                raise InputError(
                    f"package {package.package_id} holds line {line_id}, which slip {head.document_no} does not name; "
                    "give every line that is packed",
                    code="document.line",
                    line_id=line_id,
                )
            page += row((str(units), line.sku, line.title), columns)
        page += ["-" * PAGE_WIDTH, *row((str(count), "in this box", ""), columns)]
    following = [line for line in lines if line.to_follow]
    if following:
        page += ["", "TO FOLLOW IN ANOTHER DELIVERY", *heading(columns)]
        for line in following:
            page += row((str(line.to_follow), line.sku, line.title), columns)
        page.append("-" * PAGE_WIDTH)
    return finished(page, note)


def _box(number: int, count: int, package: Package) -> list[str]:
    """What the packer sees on the outside: which box, how big and how heavy; the carrier's number once there is one."""
    edges = (package.length_mm, package.width_mm, package.height_mm)
    size = f"{edges[0]} x {edges[1]} x {edges[2]} mm" if any(edges) else "not measured"
    facts = f"BOX {number} OF {count} | {package.box} | {size} | {_kilograms(package.mass_g)}"
    label = (
        f", {package.carrier} {package.service}, tracking no. {package.tracking_number}" if package.is_labelled else ""
    )
    return [*wrapped(facts, PAGE_WIDTH), *wrapped(package.package_id + label, PAGE_WIDTH)]


def _kilograms(mass_g: int) -> str:
    return f"{mass_g // 1000}.{mass_g % 1000:03} kg"
