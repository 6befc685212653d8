"""From a batch of orders to their joint plan: never worse than one by one, and checked before it is told."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from time import monotonic
from typing import TYPE_CHECKING

from omscore.errors import InputError, SetupError
from omscore.money import Money
from omscore.routing.joint.answer import JointOrder, JointPlan, Method, minor_of, units_of
from omscore.routing.joint.shelf import by_pools, one_by_one, room_draws, room_left
from omscore.routing.joint.terms import Terms, draws_of, terms_of
from omscore.routing.model import Decision, RoutingRequest, Stock
from omscore.routing.network import Network

if TYPE_CHECKING:
    from omscore.routing.joint.search import Found

TIME_LIMIT_S = 60.0


def route_jointly(
    requests: Sequence[RoutingRequest],
    network: Network,
    stock: Stock,
    *,
    fair: bool = True,
    time_limit_s: float = TIME_LIMIT_S,
    progress: Callable[[str], None] | None = None,
) -> JointPlan:
    """The plan of many orders on one stock that costs the least together, and what it saves over one by one.

    Shape: the order of the requests is that in which they would be routed one by one. With `fair` every line is served
    as many units as it would be then; without, units may go to another order as long as no fewer are served in all.
    Each order keeps its rules; one whose strategy follows a list keeps its plan. `progress` is told in words.
    Holds: the plan is one by one's where nothing better is found; the same input gives the same plan unless the time
    is up.
    Raises: InputError for an order that is there twice; SetupError where the solver is not installed.
    """
    ids = [request.order_id for request in requests]
    if twice := {each for each in ids if ids.count(each) > 1}:
        raise InputError(f"order {min(twice)!r} is in the batch twice; route it once", code="routing.batch")
    tell = progress or (lambda _: None)
    until = monotonic() + time_limit_s
    search = _search()
    alone = one_by_one(requests, network, stock)
    tell(f"{len(ids)} orders routed one by one")
    terms = [terms_of(request, decision, fair=fair) for request, decision in zip(requests, alone, strict=True)]
    found = search(terms, network, stock, fair=fair, left_s=lambda: until - monotonic(), tell=tell)
    return _answer(terms, alone, found, network, stock)


def _search() -> Callable[..., Found]:
    try:
        from omscore.routing.joint.search import search  # the solver is heavy, and an extra
    except ImportError as error:
        raise SetupError(
            f"joint routing needs a solver ({error.name} is missing); install it with: pip install 'omscore[opt]'",
            code="routing.solver",
        ) from error
    return search


def _answer(
    terms: Sequence[Terms], alone: Sequence[Decision], found: Found, network: Network, stock: Stock
) -> JointPlan:
    """The plan with its decisions; one by one's where the one found does not hold or is not better."""
    alone_cost, alone_units = sum(map(minor_of, alone)), sum(map(units_of, alone))
    joint = _decisions(terms, found, network, stock)
    method: Method = "joint"
    if joint is None or sum(map(minor_of, joint)) >= alone_cost or sum(map(units_of, joint)) < alone_units:
        joint, method = alone, "one by one"
    cost = sum(map(minor_of, joint))
    return JointPlan(
        orders=tuple(
            [
                JointOrder(order_id=each.request.order_id, alone=before, decision=after)
                for each, before, after in zip(terms, alone, joint, strict=True)
            ]
        ),
        method=method,
        alone_cost=Money(alone_cost, network.currency),
        cost=Money(cost, network.currency),
        lower=Money(min(found.lower, cost), network.currency),
        alone_units=alone_units,
        units=sum(map(units_of, joint)),
        is_stopped=found.is_stopped,
    )


def _decisions(terms: Sequence[Terms], found: Found, network: Network, stock: Stock) -> Sequence[Decision] | None:
    """The decision of every order; None when they do not go together after all."""
    draws = by_pools(
        [column.draws for column in found.columns],
        [each.request.pools for each in terms],
        stock,
        [each.keep for each in terms],
    )
    if draws is None:
        return None
    decisions = []
    for each, taken, column in zip(terms, draws, found.columns, strict=True):
        if taken == draws_of(each.alone, each.keep):
            decisions.append(each.alone)
            continue
        decision = each.decided(taken, network)
        if decision is None or minor_of(decision) != column.cost:
            return None
        decisions.append(decision)
    left = room_left([each.request for each in terms])
    for each, taken in zip(terms, draws, strict=True):
        for draw in room_draws(each.request, [(its.cell[1], its.units) for its in taken]):
            if draw.cell in left:
                left[draw.cell] -= draw.units
    return None if any(units < 0 for units in left.values()) else decisions
