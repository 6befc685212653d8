"""The questions a shop answers: what stands in its records, and what would happen. None of them changes anything."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from omscore.engine.checking import checked_question
from omscore.engine.contexts import context_of
from omscore.engine.desk import Desk
from omscore.engine.people import person_of
from omscore.engine.plans.kits import sellable_of
from omscore.engine.plans.promising import atp_of
from omscore.engine.plans.quoting import promise_of
from omscore.engine.plans.reordering import sellable_units
from omscore.engine.plans.sourcing import questions_of
from omscore.engine.unit import Unit
from omscore.ids import PersonId
from omscore.inventory.supplies import AvailableUnits
from omscore.money import Money
from omscore.parties import Person
from omscore.places import Destination
from omscore.policy.shop import Shop
from omscore.ports.carriers import CarrierPort
from omscore.ports.clock import Clock
from omscore.ports.rates import RatePort
from omscore.ports.storage import Storage
from omscore.routing.promise import Promise
from omscore.routing.whatif import Question

S = TypeVar("S")


class Questions:
    """One shop, to be asked; `Oms` is one that can be told things too."""

    shop: Shop
    clock: Clock
    storage: Storage
    carrier: CarrierPort
    rates: RatePort | None
    _desk: Desk

    def look(self, kind: type[S], identity: str) -> S:
        """The record of that sort and id as it stands now, such as `look(Order, "ord_1")`. Raises: NotFoundError."""
        return Unit(self._desk, self.clock.now()).get(kind, checked_question(identity, what="the id"))

    def find(self, kind: type[S], identity: str) -> S | None:
        """The same, or None when there is none."""
        return Unit(self._desk, self.clock.now()).find(kind, checked_question(identity, what="the id"))

    def listed(self, kind: type[Any], name: str, key: str = "") -> tuple[str, ...]:
        """Ids of records under an index key, in order.

        Shape: of orders `placed`, of a `person` or with an `attribute` (its key from `attribute_key`); of open `work`
        at a location; of every `manifest` and `pickup`; of an `external` id by our id, theirs, or the order.
        """
        prefix = context_of(kind).prefix + "/"
        checked_question(name, what="the name of the index")
        checked_question(key, what="the key of the index")
        return tuple(
            stream.removeprefix(prefix)
            for stream in self.storage.listed(name, key, limit=1_000_000)
            if stream.startswith(prefix)
        )

    def promise(
        self,
        units: Mapping[str, int],
        *,
        channel: str,
        destination: Destination,
        value: Money | None = None,
        tags: tuple[str, ...] = (),
        customer_groups: tuple[str, ...] = (),
        live: bool = False,
    ) -> Promise:
        """What can be told before ordering: sources, days and prices by service, and what cannot be promised; no hold.

        Shape: `units` by SKU; `value`, `tags` and `customer_groups` are those of the order to be, for routing rules.
        Prices are the rate card's; with `live` the carrier is asked, and each option says where its price is from. A
        shop with `live_plans` compares so many plans at these prices: `shipment_prices` let the order take that one.
        Raises: NotFoundError for an unknown channel or item; InputError for units that are none.
        """
        return promise_of(
            Unit(self._desk, self.clock.now()),
            channel=checked_question(channel, what="the channel"),
            destination=destination,
            units=units,
            value=value,
            tags=tags,
            customer_groups=customer_groups,
            carrier=self.carrier if live else None,
            rates=self.rates,
        )

    def routing_question(self, order_id: str) -> Question:
        """What routing would be asked if the units of the order not picked yet were routed now. Nothing is recorded.

        Raises: NotFoundError; RefusedError when every unit is picked, sent or cancelled.
        """
        return self.routing_questions((order_id,))[0]

    def routing_questions(self, order_ids: Sequence[str]) -> tuple[Question, ...]:
        """The same for several orders, all on one stock: to be tried with `route_jointly`."""
        asked = [checked_question(order_id, what="the id") for order_id in order_ids]
        unit = Unit(self._desk, self.clock.now())
        return questions_of(unit, asked, unit.at)

    def availability(self, sku: str, channel: str) -> int:
        """Units of a SKU that the channel can sell now, whole ones of a kit; holds whose time is up count as free.

        Raises: NotFoundError for an item that was never listed.
        """
        rules = self.shop.channel(checked_question(channel, what="the channel"))
        checked_question(sku, what="the SKU")
        return sellable_of(Unit(self._desk, self.clock.now()), sku, rules)

    def sellable(self, skus: Sequence[str]) -> dict[str, int]:
        """Units of each SKU that can be sold now, all locations and pools together; 0 of one that was never stocked."""
        wanted = [checked_question(sku, what="the SKU") for sku in skus]
        now = self.clock.now()
        return sellable_units(Unit(self._desk, now), wanted, now)

    def atp(self, sku: str, location_id: str, *, days: int = 7, pool: str = "general") -> tuple[AvailableUnits, ...]:
        """What will be there on each of so many days from today on, and how many of it may still be promised.

        Raises: NotFoundError for an unknown item or location; InputError for a kit, no days, or over ten years.
        """
        for text, what in ((sku, "the SKU"), (location_id, "the location"), (pool, "the pool")):
            checked_question(text, what=what)
        return atp_of(Unit(self._desk, self.clock.now()), sku, location_id, pool, days)

    def person(self, person_id: PersonId) -> Person:
        """The person behind a customer. Raises: NotFoundError when it was never told or is forgotten."""
        checked_question(person_id, what="the person id")
        return person_of(self._desk, person_id)
