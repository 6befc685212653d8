"""What joint routing answers: a decision for every order, what they cost together, and how much better any could be."""

from __future__ import annotations

from typing import Literal, TypeAlias

from omscore.money import Money
from omscore.records import frozen
from omscore.routing.model import Decision

Method: TypeAlias = Literal["joint", "one by one"]
"""`one by one` where nothing better was found than to route one order after the other."""


@frozen(kw_only=True)
class JointOrder:
    """One order of a batch: what it gets when the orders are routed in turn, and what it gets in the joint plan."""

    order_id: str
    alone: Decision
    decision: Decision

    @property
    def is_changed(self) -> bool:
        """Whether other units are sent, or the same from elsewhere."""
        return self.alone.assignments != self.decision.assignments

    @property
    def saved_minor(self) -> int:
        """What the order costs less in the joint plan; below zero where it costs more for the sake of others."""
        return minor_of(self.alone) - minor_of(self.decision)


@frozen(kw_only=True)
class JointPlan:
    """The plan of a batch of orders on one stock.

    Shape: `orders` as they were given; `lower` is a cost that no admissible joint plan can beat; `is_stopped` says that
    the time was up before the search had ended; `method` says whether the orders' decisions are those of joint routing.
    Holds: no cell of stock gives more units than it has; `cost` is at most `alone_cost` and at least `lower`; at least
    as many units are served as one by one.
    """

    orders: tuple[JointOrder, ...]
    method: Method
    alone_cost: Money
    cost: Money
    lower: Money
    alone_units: int
    units: int
    is_stopped: bool

    @property
    def saved(self) -> Money:
        """What routing jointly saves over routing one by one."""
        return self.alone_cost - self.cost

    @property
    def gap(self) -> Money:
        """The most that a better joint plan could still save."""
        return self.cost - self.lower

    @property
    def changed_orders(self) -> tuple[JointOrder, ...]:
        """The orders that get something else, in the order given."""
        return tuple([order for order in self.orders if order.is_changed])


def minor_of(decision: Decision) -> int:
    """What a decision costs in minor units; nothing when nothing ships."""
    return 0 if decision.cost is None else decision.cost.minor


def units_of(decision: Decision) -> int:
    """The units a decision sends."""
    return sum([part.units for part in decision.assignments])
