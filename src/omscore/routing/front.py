"""The plans of one order among which there is something to choose: no other is as good in money, days, shipments, CO2e
and scores, and better in one of them.
"""

from __future__ import annotations

from decimal import Decimal
from html import escape

from omscore.money import Money
from omscore.records import frozen
from omscore.routing.comparing import Compared
from omscore.routing.explain import counts
from omscore.routing.scores import MILLIONTHS
from omscore.routing.whatif import Question


@frozen(kw_only=True)
class FrontPlan:
    """One plan of a front.

    Shape: `takes` are (location, SKU, units), in order; `days` until the last shipment arrives, None when nobody knows
    the moment; `co2e_mg` None when neither a location nor the services there say what is emitted, or the distance
    is not known; `score_minor` is what the scores of the profile count for the plan, None where it has none.
    Units: calendar days from the day of routing, milligrams of CO2e; scores as in `LocationScore`, no money.
    """

    takes: tuple[tuple[str, str, int], ...]
    cost: Money
    days: int | None
    shipments: int
    co2e_mg: int | None
    score_minor: Decimal | None = None


@frozen(kw_only=True)
class Front:
    """The plans of a front, the least costly first. Its text and its notebook form are tables."""

    plans: tuple[FrontPlan, ...]

    @property
    def rows(self) -> tuple[tuple[str, ...], ...]:
        """The table with its heading; a column that nobody could fill is left out."""
        has_days = any([plan.days is not None for plan in self.plans])
        has_co2e = any([plan.co2e_mg is not None for plan in self.plans])
        has_score = any([plan.score_minor is not None for plan in self.plans])
        heading = ("Cost", *["Days"] * has_days, "Shipments", *["g CO2e"] * has_co2e, *["Scores"] * has_score, "Plan")
        rows: list[tuple[str, ...]] = [heading]
        for plan in self.plans:
            days = [str(plan.days)] * has_days
            co2e = ["" if plan.co2e_mg is None else f"{plan.co2e_mg // 1_000}.{plan.co2e_mg % 1_000:03}"] * has_co2e
            told = ", ".join([f"{units} x {sku} from {place}" for place, sku, units in plan.takes])
            score = [] if plan.score_minor is None else [counts(plan.score_minor, plan.cost.currency)]
            rows.append((str(plan.cost), *days, str(plan.shipments), *co2e, *score, told))
        return tuple(rows)

    def __str__(self) -> str:
        widths = [max(map(len, column)) for column in zip(*self.rows, strict=True)]
        lines = [
            "  ".join([cell.ljust(width) for cell, width in zip(row, widths, strict=True)]).rstrip()
            for row in self.rows
        ]
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        """How a notebook shows the front."""
        first, *rest = self.rows
        heading = "".join([f"<th>{escape(cell)}</th>" for cell in first])
        rows = "".join([f"<tr>{''.join([f'<td>{escape(cell)}</td>' for cell in row])}</tr>" for row in rest])
        return f"<table><tr>{heading}</tr>{rows}</table>"


def routing_front(question: Question) -> Front:
    """The plans of an order that no other plan beats in money, days, shipments, CO2e and scores together.

    Shape: every plan serves as many units as the stock of the locations that the filters of the profile leave, their
    rooms of the day and the cap on locations allow; of such plans it is one that tears the fewest articles which one
    location could give whole; of plans that are equal in all of this, one is told. Empty when nothing can be sent.
    Lines that belong together are not looked at.
    Raises: InputError for an order with kits, and for one of which too many plans would have to be compared.
    """
    compared, request = Compared(question), question.request
    return Front(
        plans=tuple(
            [
                FrontPlan(
                    takes=tuple(compared.takes(label)),
                    cost=Money(label.cost, question.network.currency),
                    days=None if request.at is None else label.days,
                    shipments=label.shipments,
                    co2e_mg=label.co2e_mg if compared.has_co2e else None,
                    score_minor=Decimal(label.score) / MILLIONTHS if request.profile.scores else None,
                )
                for label in compared.labels()
            ]
        ),
    )
