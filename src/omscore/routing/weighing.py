"""What the scores of a profile count for one order: made ready for the choice, and told of every location after it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from fractions import Fraction

from omscore.errors import InputError
from omscore.money import currency_exponent
from omscore.records import changed, frozen
from omscore.routing.candidates import Candidate
from omscore.routing.carbon import ParcelCarbon
from omscore.routing.mixes import Beyond, Charges, MixedProblem, Steps, counted_by
from omscore.routing.model import Demand, LocationScore, RoutingRequest, Stock
from omscore.routing.network import Network
from omscore.routing.offers import candidates_of, offers_of
from omscore.routing.problem import Problem, Takes
from omscore.routing.scores import (
    MILLIONTHS,
    CarbonScore,
    Offer,
    Score,
    measure_of_shipment,
    measure_of_unit,
    price_of_one,
)
from omscore.routing.strategies import Plan
from omscore.routing.supply import Supply, flags_for_certain

MOST_COUNTED = 10**12 * MILLIONTHS
"""What one unit or one shipment may count at most, in millionths of a minor unit."""


@frozen(kw_only=True)
class _Weighed:
    """One score over one order: what units and shipments measure and count, by SKU and location.

    Shape: `carbon` where what a parcel measures depends on the service that carries it.
    """

    score: Score
    units: list[list[tuple[tuple[int, Fraction], ...]]]
    unit_counts: Charges
    shipments: list[Fraction]
    shipment_counts: list[int]
    carbon: ParcelCarbon | None


class Weighing:
    """The scores of a profile over one order."""

    def __init__(
        self,
        scores: Sequence[Score],
        request: RoutingRequest,
        supply: Supply,
        by_sku: Mapping[str, Sequence[Demand]],
        network: Network,
        stock: Stock,
        keep: int,
    ) -> None:
        self._supply = supply
        candidates = candidates_of(request, network, supply)
        offers = offers_of(request, supply, by_sku, stock, keep)
        ranks = [network.sites[place.location_id].rank for place in supply.places]
        first = min([rank[0] + rank[1] for rank in ranks], default=0)
        steps = [rank[0] + rank[1] - first for rank in ranks]
        exponent = currency_exponent(network.currency)
        lines = [by_sku[sku][0] for sku in supply.skus]
        self._mass = [line.mass_g for line in lines]
        self._billed = [network.billed_g(line.mass_g, line.volume_mm3) for line in lines]
        flags = flags_for_certain(supply, by_sku, network.rates.flags)

        def weighed(score: Score) -> _Weighed:
            price, carbon = price_of_one(score) * 10**exponent * MILLIONTHS, None
            if isinstance(score, CarbonScore):
                destination, otherwise = request.destination, score.g_per_tonne_km
                carbon = ParcelCarbon(network, supply.places, destination, flags, otherwise, price)
            return _weighed(score, price, candidates, offers, steps, carbon)

        self._weighed = [weighed(score) for score in scores]
        self._by_service = [each.carbon for each in self._weighed if each.carbon] if network.rates.emissions else []

    def mixed(self, money: Problem) -> MixedProblem:
        """The question in money with these scores."""
        places = range(len(self._supply.places))
        charges: Charges = [
            [_summed([each.unit_counts[i][place] for each in self._weighed]) for place in places]
            for i in range(len(self._supply.skus))
        ]
        per_shipment = [sum([each.shipment_counts[place] for each in self._weighed]) for place in places]
        beyond: Beyond | None = None
        if self._by_service:
            by_service = self._by_service

            def beyond(place: int, billed_g: int, mass_g: int) -> int:
                return sum([carbon.counts(place, billed_g, mass_g) for carbon in by_service])

        return MixedProblem.of(money, charges, per_shipment, self._mass, beyond)

    def told(self, takes: Takes) -> tuple[LocationScore, ...]:
        """What each score says of each location that could ship: of what it ships, else of all it could give.

        Shape: by location, then in the order of the profile.
        """
        shipped: dict[int, list[tuple[int, int]]] = {}
        for i, place, units in takes:
            shipped.setdefault(place, []).append((i, units))
        found: list[LocationScore] = []
        for k, location in enumerate(self._supply.places):
            parts = shipped.get(k)
            if parts is None:
                given = zip(self._supply.need, self._supply.caps, strict=True)
                parts = [(i, min(need, held[k])) for i, (need, held) in enumerate(given) if held[k]]
            load = [sum([of[i] * units for i, units in parts]) for of in (self._billed, self._mass)]
            for each in self._weighed:
                measure = each.shipments[k] + sum([_measured(each.units[i][k], units) for i, units in parts])
                counts = each.shipment_counts[k]
                counts += sum([counted_by(each.unit_counts[i][k], units) for i, units in parts])
                if each.carbon is not None and self._by_service:
                    measure += each.carbon.beyond(k, *load)
                    counts += each.carbon.counts(k, *load)
                found.append(
                    LocationScore(
                        location_id=location.location_id,
                        score=each.score.score,
                        units=sum([units for _, units in parts]),
                        measure=_decimal(measure),
                        measures=each.score.measures,
                        counts_minor=Decimal(counts) / MILLIONTHS,
                        is_chosen=k in shipped,
                    )
                )
        return tuple(found)


def in_money(plan: Plan, cost: int) -> Plan:
    """The plan that was chosen by its mix, with what it costs. Units: minor; `cost - lower` is how much its mix may lie
    above the least, rounded up.
    """
    return changed(plan, cost=cost, lower=cost + (plan.lower - plan.cost) // MILLIONTHS)


def _weighed(
    score: Score,
    price: Fraction,
    candidates: Sequence[Candidate],
    offers: Sequence[Sequence[Sequence[tuple[int, Offer]]]],
    steps: Sequence[int],
    carbon: ParcelCarbon | None,
) -> _Weighed:
    """The score over all locations. Units: what it counts is rounded half even, once per unit and per shipment."""
    least = [0] * len(candidates) if carbon is None else carbon.least
    units = [
        [
            tuple([(count, measure_of_unit(score, candidate, offer, emits)) for count, offer in of_place])
            for candidate, of_place, emits in zip(candidates, of_sku, least, strict=True)
        ]
        for of_sku in offers
    ]
    shipments = [measure_of_shipment(score, each, step) for each, step in zip(candidates, steps, strict=True)]
    return _Weighed(
        score=score,
        units=units,
        unit_counts=[
            [tuple([(count, _rounded(score, measure * price)) for count, measure in of_place]) for of_place in of_sku]
            for of_sku in units
        ],
        shipments=shipments,
        shipment_counts=[_rounded(score, measure * price) for measure in shipments],
        carbon=carbon,
    )


def _rounded(score: Score, counts: Fraction) -> int:
    """Half even. Raises: InputError for more than `MOST_COUNTED`, either way."""
    if abs(counts) > MOST_COUNTED:
        raise InputError(
            f"score {score.score} counts {float(counts / MILLIONTHS):.3g} minor units for one unit or shipment; "
            "give it a smaller price or measure",
            code="routing.score",
        )
    return round(counts)


def _summed(of_scores: Sequence[Steps]) -> Steps:
    """The steps of several scores added up; all have the same counts, those of the pools."""
    return tuple([(steps[0][0], sum([each for _, each in steps])) for steps in zip(*of_scores, strict=True)])


def _measured(steps: Sequence[tuple[int, Fraction]], units: int) -> Fraction:
    total = Fraction(0)
    for there, each in steps:
        taken = min(units, there)
        total += taken * each
        units -= taken
    return total


def _decimal(measure: Fraction) -> Decimal:
    """A measure to be read: to the thousandth, half even."""
    return Decimal(round(measure * 1_000)) / 1_000
