"""Every routing decision is kept whole, so that anybody can ask later why a location was or was not chosen."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from omscore.errors import RefusedError
from omscore.ids import DecisionId, OrderId
from omscore.records import frozen, maker
from omscore.routing.model import Decision


@frozen(kw_only=True)
class RecordDecision:
    """Keep a decision."""

    decision_id: DecisionId
    order_id: OrderId
    decision: Decision
    at: datetime


@frozen(kw_only=True)
class RoutingDecided:
    decision_id: DecisionId
    order_id: OrderId
    decision: Decision
    at: datetime


_new_routing_decided = maker(RoutingDecided)


@frozen(kw_only=True)
class KeptDecision:
    """A decision with its order and moment."""

    decision_id: DecisionId
    order_id: OrderId
    decision: Decision
    at: datetime


_new_kept_decision = maker(KeptDecision)


def decide_decision(kept: KeptDecision | None, command: RecordDecision) -> Sequence[RoutingDecided]:
    """The decision as a fact. Raises: RefusedError when the id is taken."""
    if kept is not None:
        raise RefusedError(f"decision {command.decision_id} is kept already", code="routing.decision_exists")
    return [
        _new_routing_decided(
            decision_id=command.decision_id, order_id=command.order_id, decision=command.decision, at=command.at
        )
    ]


def evolve_decision(kept: KeptDecision | None, event: RoutingDecided) -> KeptDecision:
    """The decision as kept."""
    return _new_kept_decision(
        decision_id=event.decision_id, order_id=event.order_id, decision=event.decision, at=event.at
    )
