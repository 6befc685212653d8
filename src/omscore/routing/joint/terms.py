"""On which terms an order takes part in a joint plan: by the profile, without the filters, and with the articles torn
that it got when the orders were routed one by one, and never by worse ones.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from omscore.records import changed, frozen
from omscore.routing.eligibility import eligible_for
from omscore.routing.engine import route
from omscore.routing.joint.answer import units_of
from omscore.routing.joint.shelf import Draw
from omscore.routing.model import Decision, Demand, RoutingRequest, Stock
from omscore.routing.network import Network
from omscore.routing.problem import Problem
from omscore.routing.rules import kept_back
from omscore.routing.supply import Supply, problem_of, supply_of


@frozen(kw_only=True)
class Terms:
    """The terms of one order.

    Shape: `request` is the order's with the one profile it is routed by; `asked` wants no more units than may be served
    jointly; `torn` are the SKUs that may come from several locations; `most` caps how many locations ship, 0 is no
    cap; an order that is not `is_free` keeps its plan.
    Units: `keep` units stay back in every cell.
    """

    request: RoutingRequest
    asked: RoutingRequest
    alone: Decision
    keep: int
    most: int
    torn: frozenset[str]
    is_free: bool

    def offers(self, network: Network, stock: Stock) -> tuple[Supply, Problem]:
        """What the shared stock could give to the order, and what shipments cost."""
        by_sku: dict[str, list[Demand]] = {}
        for line in sorted(self.asked.demands, key=lambda demand: demand.line_id):
            by_sku.setdefault(line.sku, []).append(line)
        profile = self.asked.profile
        eligible, _ = eligible_for(self.asked, network, profile.filters)
        supply = supply_of(self.asked, by_sku, eligible, stock, self.keep)
        return supply, problem_of(supply, by_sku, self.asked, network, split_lines=profile.split_lines)

    def decided(self, draws: Sequence[Draw], network: Network) -> Decision | None:
        """The decision that takes exactly these units; None when the order's rules do not allow it."""
        stock: dict[str, dict[tuple[str, str], int]] = {}
        for draw in draws:
            sku, location_id, pool = draw.cell
            stock.setdefault(sku, {})[location_id, pool] = draw.units + self.keep
        found = route(self.request, network, stock)
        if found.profile != self.alone.profile or found.given_up or units_of(found) != sum(d.units for d in draws):
            return None
        return changed(found, because=self.alone.because, given_up=self.alone.given_up)


def terms_of(request: RoutingRequest, alone: Decision, *, fair: bool) -> Terms:
    """The terms of an order that got this decision one by one; with `fair` it is served the same units of each SKU."""
    profile = next(each for each in (request.profile, *request.otherwise) if each.label == alone.profile)
    # What was not given up one by one holds, so that more units cannot be had by giving it up.
    rules = tuple(
        [changed(rule, hard=True) for rule in profile.filters if rule.hard or rule.rule not in alone.given_up]
    )
    # Two soft filters of one name, one of them given up: which one it was is not said, so the plan stays as it is.
    is_plain = len(profile.filters) - len(rules) == len(alone.given_up)
    fixed = changed(request, profile=changed(profile, filters=rules), otherwise=())
    sources: dict[str, set[str]] = {}
    for part in alone.assignments:
        sources.setdefault(part.sku, set()).add(part.location_id)
    most = profile.most_locations(request.value)
    if profile.strategy == "fewest_shipments":
        shipments = len({part.location_id for part in alone.assignments})
        most = min(most, shipments) if most else shipments
    served: dict[int, int] = {}
    for part in alone.assignments:
        served[part.line_id] = served.get(part.line_id, 0) + part.units
    return Terms(
        request=fixed,
        asked=changed(fixed, demands=_served(request.demands, served)) if fair else fixed,
        alone=alone,
        keep=request.threshold_units + kept_back(rules),
        most=most,
        torn=frozenset([sku for sku, places in sources.items() if len(places) > 1]),
        is_free=is_plain
        and not profile.scores  # a joint plan is about money alone
        and not request.begun  # the rest of it keeps to where its first units are sent from
        and not any([line.kit for line in request.demands])
        and profile.strategy in ("cheapest", "fewest_shipments")
        and bool(served or not fair),
    )


def _served(demands: Sequence[Demand], served: Mapping[int, int]) -> tuple[Demand, ...]:
    return tuple([changed(line, units=served[line.line_id]) for line in demands if line.line_id in served])


def draws_of(decision: Decision, keep: int) -> list[Draw]:
    """The units a decision takes, by cell."""
    units: dict[tuple[str, str, str], int] = {}
    for part in decision.assignments:
        cell = part.sku, part.location_id, part.pool
        units[cell] = units.get(cell, 0) + part.units
    return [Draw(cell=cell, units=count, keep=keep) for cell, count in sorted(units.items())]
