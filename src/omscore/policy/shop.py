"""A shop's whole set of rules, as one record: who it is, where its stock is, how it sells, routes, packs and holds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import attrs

from omscore.billing.sellers import Invoicing
from omscore.calendars import zone
from omscore.errors import InputError, NotFoundError, SetupError
from omscore.flows.world import FlowPolicy
from omscore.fulfillment.packing import BoxType
from omscore.health.breaker import HealthPolicy
from omscore.money import Money, currency_exponent
from omscore.orders.attributes import attribute_key
from omscore.parties import Channel
from omscore.places import MISWRITTEN, Location
from omscore.policy.ownprofiles import WHERE, own_profile
from omscore.policy.review import ReviewPolicy
from omscore.records import frozen
from omscore.routing.choices import Choice, Rulebook
from omscore.routing.emissions import WRONG_EMISSION, Emission
from omscore.routing.fallback import FallbackRate
from omscore.routing.network import LocationGroup, Network
from omscore.routing.profiles import STANDARD, Profile
from omscore.routing.queues import Queue, checked_queues, checked_way, with_timezone
from omscore.routing.ranked import checked_plans
from omscore.routing.ratecard import ZoneRule
from omscore.routing.rates import RateTable
from omscore.routing.rules import OnlyGroups
from omscore.routing.scores import ClearanceScore
from omscore.routing.surcharges import WRONG_SURCHARGE, Surcharge


@frozen(kw_only=True)
class RoutingPolicy:
    """How orders find their location. Amounts are decimal text in the shop's currency."""

    rates: Path
    zones: tuple[ZoneRule, ...]
    split_penalty: str = "0"
    distance_charge_per_100km: str = "0"
    dim_divisor_cm3_per_kg: int | None = None
    surcharges: tuple[Surcharge, ...] = ()
    emissions: tuple[Emission, ...] = ()
    fallback: FallbackRate | None = None
    live_plans: int = 1
    carrier_holidays: tuple[date, ...] = ()
    groups: tuple[LocationGroup, ...] = ()
    profiles: tuple[Profile, ...] = ()
    plugin_profiles: tuple[str, ...] = ()
    choices: tuple[Choice, ...] = ()

    def named_profiles(self) -> tuple[tuple[str, Profile], ...]:
        """All profiles with their places in the configuration: the shop's own, then those of plugins.

        Raises: SetupError for a profile no plugin has.
        """
        own = [(f"routing.profiles.{number}", profile) for number, profile in enumerate(self.profiles)]
        return (*own, *[(f"{WHERE}.{name}", own_profile(name)) for name in self.plugin_profiles])


@frozen(kw_only=True)
class Shop:
    """One shop.

    Shape: the port tables (`storage`, `payment`, ...) hold the settings of each provider under its name; they are
    read by the provider itself, and never show in a repr, for they may hold secrets. `intake` has one format for each
    channel whose orders come as documents.
    Raises: SetupError naming the path of what does not fit.
    """

    name: str
    currency: str
    locations: tuple[Location, ...]
    channels: tuple[Channel, ...]
    routing: RoutingPolicy
    boxes: tuple[BoxType, ...]
    storage: Mapping[str, Mapping[str, Any]] = attrs.field(repr=False)
    payment: Mapping[str, Mapping[str, Any]] = attrs.field(repr=False)
    carrier: Mapping[str, Mapping[str, Any]] = attrs.field(repr=False)
    taxes: Mapping[str, Mapping[str, Any]] = attrs.field(repr=False)
    notices: Mapping[str, Mapping[str, Any]] = attrs.field(factory=dict, repr=False)
    letters: Mapping[str, Mapping[str, Any]] = attrs.field(factory=dict, repr=False)
    observers: Mapping[str, Mapping[str, Any]] = attrs.field(factory=dict, repr=False)
    erp: Mapping[str, Mapping[str, Any]] = attrs.field(factory=dict, repr=False)
    rates: Mapping[str, Mapping[str, Any]] = attrs.field(factory=dict, repr=False)
    reviewers: Mapping[str, Mapping[str, Any]] = attrs.field(factory=dict, repr=False)
    intake: Mapping[str, Mapping[str, Mapping[str, Any]]] = attrs.field(factory=dict, repr=False)
    rejects: Path | None = None
    mail: str = ""
    locale: str = "en_GB"
    timezone: str = "UTC"
    unit_tax: bool = False
    flows: FlowPolicy = attrs.field(factory=FlowPolicy)
    review: ReviewPolicy = attrs.field(factory=ReviewPolicy)
    queues: Mapping[str, Queue] = attrs.field(factory=dict)
    health: HealthPolicy = attrs.field(factory=HealthPolicy)
    invoicing: Invoicing | None = None

    def __attrs_post_init__(self) -> None:
        currency_exponent(self.currency)
        try:
            zone(self.timezone)
        except InputError as error:
            raise SetupError(f"timezone: {error}", path="timezone") from error
        known: list[str] = [location.location_id for location in self.locations]
        if not known:
            raise SetupError("locations: a shop needs at least one; add a [[locations]] table")
        if not self.channels:
            raise SetupError("channels: a shop needs at least one; add a [[channels]] table")
        if not self.boxes:
            raise SetupError("boxes: a shop needs at least one box to pack into; add a [[boxes]] table")
        for place, names in (("locations", known), ("channels", [channel.name for channel in self.channels])):
            if len(set(names)) < len(names):
                twice = next(name for name in names if names.count(name) > 1)
                raise SetupError(f"{place}: {twice} is there twice; rename one")
        for location in self.locations:
            wrong = next((each for each in (location.country, *location.ships_to) if each in MISWRITTEN), None)
            if wrong is not None:
                path = f"locations.{location.location_id}"
                raise SetupError(
                    f"{path}: country {wrong} is no code in ISO 3166; write {MISWRITTEN[wrong]}", path=path
                )
        for channel in self.channels:
            for location_id in channel.locations:
                if location_id not in known:
                    raise SetupError(
                        f"channels.{channel.name}.locations: there is no location {location_id}; known: "
                        f"{', '.join(known)}"
                    )
        for port, tables in (("storage", self.storage), ("carrier", self.carrier), ("taxes", self.taxes)):
            if len(tables) != 1:
                raise SetupError(f"{port}: name exactly one provider, such as [{port}.NAME]; there are {len(tables)}")
        for port in ("notices", "letters", "observers", "erp", "rates"):
            tables = getattr(self, port)
            if len(tables) > 1:
                raise SetupError(f"{port}: name at most one provider; there are {', '.join(tables)}")
        for channel_name, tables in self.intake.items():
            path = f"intake.{channel_name}"
            _check_known("channel", [channel_name], [channel.name for channel in self.channels], path)
            if len(tables) != 1:
                raise SetupError(f"{path}: name exactly one format, such as [{path}.table]; there are {len(tables)}")
        if self.intake and self.rejects is None:
            raise SetupError('rejects: name the folder that keeps what cannot be taken, such as rejects = "rejects"')

        self.rulebook()
        self._check_routing(known)

    def _check_routing(self, locations: Sequence[str]) -> None:
        """Refuse rules that speak of locations, groups or channels nobody knows."""
        try:
            checked_plans(self.routing.live_plans)
        except InputError as error:
            raise SetupError(f"routing.live_plans: {error}", path="routing.live_plans") from error
        groups = [group.name for group in self.routing.groups]
        _check_known("group", groups, groups, "routing.groups")
        for number, group in enumerate(self.routing.groups):
            _check_known("location", group.locations, locations, f"routing.groups.{number}.locations")
        profiles = self.routing.named_profiles()
        for where, profile in profiles:
            for at, rule in enumerate(profile.filters):
                if isinstance(rule, OnlyGroups):
                    _check_known("group", rule.groups, groups, f"{where}.filters.{at}.groups")
            for at, score in enumerate(profile.scores):
                if isinstance(score, ClearanceScore):
                    path = f"{where}.scores.{at}"
                    _check_known("group", score.groups, groups, f"{path}.groups")
                    pools = sorted({pool for channel in self.channels for pool in channel.pools})
                    _check_known("pool", score.pools, pools, f"{path}.pools")
        checked_queues(self.queues, [profile.name for profile in self.rulebook().profiles])
        for where, profile in profiles:
            checked_way(profile.when_left, self.queues, f"{where}.when_left")
        channels = [channel.name for channel in self.channels]
        for number, choice in enumerate(self.routing.choices):
            _check_known("channel", choice.channels, channels, f"routing.choices.{number}.channels")
            for key, value in choice.attributes.items():
                try:
                    attribute_key(key, value)
                except InputError as error:
                    path = f"routing.choices.{number}.attributes"
                    raise SetupError(f"{path}: {error}", path=path) from error

    def rulebook(self) -> Rulebook:
        """By which rules orders are routed. Raises: SetupError naming what does not fit."""
        profiles = tuple([profile for _, profile in self.routing.named_profiles()]) or (STANDARD,)
        return Rulebook(currency=self.currency, profiles=profiles, choices=self.routing.choices)

    def queue(self, name: str) -> Queue | None:
        """The rules of the queue of that name, in the shop's time zone if it has none; None when there is none."""
        queue = self.queues.get(name)
        return None if queue is None else with_timezone(queue, self.timezone)

    def channel(self, name: str) -> Channel:
        """The channel of that name. Raises: NotFoundError naming those there are."""
        for channel in self.channels:
            if channel.name == name:
                return channel
        known = ", ".join(channel.name for channel in self.channels)
        raise NotFoundError(f"there is no channel {name!r}; the shop has {known}", code="shop.no_channel")

    def check_pools(self, pools: Iterable[str]) -> None:
        """Refuse a pool no channel draws on. Raises: NotFoundError naming those there are."""
        known = {pool for channel in self.channels for pool in channel.pools}
        for pool in pools:
            if pool not in known:
                raise NotFoundError(
                    f"there is no pool {pool!r}; the shop's channels draw on {', '.join(sorted(known))}",
                    code="shop.no_pool",
                )

    def location(self, location_id: str) -> Location:
        """The location of that id. Raises: NotFoundError naming those there are."""
        for location in self.locations:
            if location.location_id == location_id:
                return location
        known = ", ".join(location.location_id for location in self.locations)
        raise NotFoundError(f"there is no location {location_id!r}; the shop has {known}", code="shop.no_location")

    def network(self) -> Network:
        """What routing has to know of the shop. Raises: SetupError when the rate card cannot be read."""
        try:
            card = self.routing.rates.read_text(encoding="utf-8")
        except OSError as error:
            raise SetupError(
                f"routing.rates: cannot read {self.routing.rates}: {error.strerror}", path="routing.rates"
            ) from error
        except UnicodeDecodeError as error:
            raise SetupError(
                f"routing.rates: {self.routing.rates} is not UTF-8: {error}", path="routing.rates"
            ) from error
        try:
            rates = RateTable.from_csv(card, self.routing.zones, self.routing.surcharges, self.routing.emissions)
        except InputError as error:
            raise SetupError(f"routing.rates: {self.routing.rates}: {error}", path="routing.rates") from error
        except SetupError as error:
            path = {WRONG_SURCHARGE: "routing.surcharges", WRONG_EMISSION: "routing.emissions"}.get(error.code)
            if path is None:
                raise
            raise SetupError(f"{path}: {error}", path=path) from error
        return Network(
            locations=self.locations,
            rates=rates,
            currency=self.currency,
            split_penalty_minor=self._routing_minor("split_penalty"),
            distance_minor_per_100km=self._routing_minor("distance_charge_per_100km"),
            groups=self.routing.groups,
            carrier_holidays=self.routing.carrier_holidays,
            dim_divisor_cm3_per_kg=self.routing.dim_divisor_cm3_per_kg,
        )

    def _routing_minor(self, name: str) -> int:
        where = f"routing.{name}"
        try:
            amount = Money.of(getattr(self.routing, name), self.currency)
        except InputError as error:
            raise SetupError(f"{where}: {error}", path=where) from error
        if amount.minor < 0:
            raise SetupError(f"{where} must not be below zero, and is {amount}", path=where)
        return amount.minor


def _check_known(what: str, names: Sequence[str], known: Sequence[str], path: str) -> None:
    for name in names:
        if names.count(name) > 1:
            raise SetupError(f"{path}: {what} {name} is there twice; leave one out", path=path)
        if name not in known:
            there = ", ".join(known) or "none"
            raise SetupError(f"{path}: there is no {what} {name}; known: {there}", path=path)
