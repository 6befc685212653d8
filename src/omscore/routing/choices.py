"""Which profile an order is routed by: the most specific choice that fits it, and in words why that one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal

import attrs

from omscore.errors import InputError, SetupError
from omscore.items import ItemFlag
from omscore.money import Money
from omscore.places import checked_country
from omscore.records import frozen, maker
from omscore.routing.editions import profile_text
from omscore.routing.profiles import STANDARD, Profile, checked_name


@frozen(kw_only=True)
class OrderFacts:
    """What a choice looks at.

    Shape: without a `value` no bound of value is met; `flags` are those of any of its items; `attributes` are pairs of
    key and value.
    """

    channel: str
    country: str
    value: Money | None = None
    tags: tuple[str, ...] = ()
    flags: tuple[ItemFlag, ...] = ()
    attributes: tuple[tuple[str, str], ...] = ()
    customer_groups: tuple[str, ...] = ()


MOST_VALUE = 10**9
"""No bound on the value of an order reaches this."""


def _name(value: str) -> str:
    return checked_name(value, what="the name of a choice")


@frozen(kw_only=True)
class Choice:
    """Sends orders that meet every condition to a profile.

    Shape: a list is met by any of its words, `attributes` by all of them; what is left empty is no condition.
    Units: `least_value` and `below_value` are amounts in the shop's currency: at least the one, less than the other.
    """

    name: str = attrs.field(converter=_name)
    profile: str
    channels: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    customer_groups: tuple[str, ...] = ()
    flags: tuple[ItemFlag, ...] = ()
    attributes: Mapping[str, str] = attrs.field(factory=dict)
    least_value: Decimal | None = None
    below_value: Decimal | None = None

    def __attrs_post_init__(self) -> None:
        for country in self.countries:
            checked_country(country)
        for bound in (self.least_value, self.below_value):
            if bound is not None and not 0 <= bound < MOST_VALUE:
                raise InputError(f"choice {self.name} has the bound {bound}; give an amount from 0 to {MOST_VALUE}")
        if self.least_value is not None and self.below_value is not None and self.least_value >= self.below_value:
            raise InputError(
                f"no value is at least {self.least_value} and below {self.below_value}; correct choice {self.name}"
            )

    @property
    def specificity(self) -> int:
        """How many conditions it names."""
        return sum(1 for _ in self._conditions())

    def misses(self, facts: OrderFacts, currency: str) -> str:
        """The first condition the order does not meet, in words; empty when it meets them all."""
        for what in self._conditions():
            says = self._says(what, facts, currency)
            if says:
                return says
        return ""

    def _conditions(self) -> Iterator[str]:
        for field in ("channels", "countries", "tags", "customer_groups", "flags", "attributes"):
            if getattr(self, field):
                yield field
        for field in ("least_value", "below_value"):
            if getattr(self, field) is not None:
                yield field

    def _says(self, what: str, facts: OrderFacts, currency: str) -> str:
        match what:
            case "channels":
                return "" if facts.channel in self.channels else f"the channel is {facts.channel}"
            case "countries":
                return "" if facts.country in self.countries else f"it goes to {facts.country}"
            case "tags":
                return "" if set(self.tags) & set(facts.tags) else f"it has no tag {' or '.join(self.tags)}"
            case "customer_groups":
                is_in = set(self.customer_groups) & set(facts.customer_groups)
                return "" if is_in else f"the customer is not in {' or '.join(self.customer_groups)}"
            case "flags":
                return "" if set(self.flags) & set(facts.flags) else f"no item is {' or '.join(self.flags)}"
            case "attributes":
                missing = next((pair for pair in self.attributes.items() if pair not in facts.attributes), None)
                return "" if missing is None else f"its {missing[0]} is not {missing[1]}"
            case _:
                return self._says_of_value(facts.value, currency)

    def _says_of_value(self, value: Money | None, currency: str) -> str:
        if value is None:
            return "its value is not known"
        if value.currency != currency:
            return f"its value is in {value.currency}, the bounds are in {currency}"
        amount = value.amount
        if self.least_value is not None and amount < self.least_value:
            return f"its value {value} is below {self.least_value}"
        if self.below_value is not None and amount >= self.below_value:
            return f"its value {value} is not below {self.below_value}"
        return ""


@frozen(kw_only=True)
class Chosen:
    """The profile for an order. Shape: `because` says which choice fitted, and why more specific ones did not."""

    profile: Profile
    because: str


_new_chosen = maker(Chosen)


@frozen(kw_only=True)
class Rulebook:
    """The profiles of a shop and the choices between them.

    Shape: an order that no choice fits takes the first profile. Units: bounds of values are in `currency`.
    Raises: SetupError for a name given twice, a profile nobody wrote, or profiles that fall back on one another.
    """

    currency: str
    profiles: tuple[Profile, ...] = (STANDARD,)
    choices: tuple[Choice, ...] = ()
    texts: Mapping[str, str] = attrs.field(init=False, repr=False, eq=False, factory=dict)
    """The profiles as text by name and version; the built-in one is no rule of the shop, and not among them."""
    weighs_value: bool = attrs.field(init=False, repr=False, eq=False, default=False)
    """Whether a profile asks what an order is worth."""
    asks_for_pace: bool = attrs.field(init=False, repr=False, eq=False, default=False)
    """Whether a profile asks how fast articles sell."""
    _ranked: tuple[Choice, ...] = attrs.field(init=False, repr=False, eq=False, default=())
    first: Chosen = attrs.field(init=False, repr=False, eq=False)
    """What is chosen in a shop that names no choices."""

    def __attrs_post_init__(self) -> None:
        names = [profile.name for profile in self.profiles]
        if not names:
            raise SetupError("routing.profiles: name at least one, or leave the list out", path="routing.profiles")
        for path, given in (("profiles", names), ("choices", [choice.name for choice in self.choices])):
            if twice := next((name for name in given if given.count(name) > 1), None):
                raise SetupError(f"routing.{path}: {twice} is there twice; rename one", path=f"routing.{path}")
        for number, profile in enumerate(self.profiles):
            self._check(profile.otherwise or names[0], f"routing.profiles.{number}.otherwise")
        for number, choice in enumerate(self.choices):
            self._check(choice.profile, f"routing.choices.{number}.profile")
        for profile in self.profiles:
            self.chain(profile)
        ranked = sorted(self.choices, key=lambda choice: -choice.specificity)  # stable: equal ones as they are written
        object.__setattr__(self, "_ranked", tuple(ranked))
        object.__setattr__(self, "first", _new_chosen(profile=self.profiles[0], because=""))
        texts = {each.label: profile_text(each) for each in self.profiles if each is not STANDARD}
        object.__setattr__(self, "texts", texts)
        object.__setattr__(self, "weighs_value", any([each.whole_below is not None for each in self.profiles]))
        object.__setattr__(self, "asks_for_pace", any([each.asks_for_pace for each in self.profiles]))

    def profile(self, name: str) -> Profile:
        """The profile of that name. Raises: InputError naming those there are."""
        for profile in self.profiles:
            if profile.name == name:
                return profile
        known = ", ".join(profile.name for profile in self.profiles)
        raise InputError(f"there is no routing profile {name!r}; known: {known}", code="routing.profile")

    def choose(self, facts: OrderFacts) -> Chosen:
        """The profile of the most specific choice that fits; of two as specific, the one written first."""
        if not self.choices:
            return self.first
        passed: list[str] = []
        for choice in self._ranked:
            missed = choice.misses(facts, self.currency)
            if not missed:
                return _new_chosen(
                    profile=self.profile(choice.profile), because=_because(f"choice {choice.name}", passed)
                )
            passed.append(f"{choice.name}: {missed}")
        return _new_chosen(profile=self.profiles[0], because=_because("the first profile", passed))

    def fitting(self, facts: OrderFacts) -> Choice | None:
        """The choice an order takes; None when it takes the first profile because none fits."""
        return next((choice for choice in self._ranked if not choice.misses(facts, self.currency)), None)

    def chain(self, profile: Profile) -> tuple[Profile, ...]:
        """The profile and those it falls back on, in turn. Raises: SetupError when they go round in a circle."""
        chain = [profile]
        while chain[-1].otherwise:
            following = self.profile(chain[-1].otherwise)
            if following in chain:
                circle = " -> ".join([each.name for each in (*chain, following)])
                raise SetupError(
                    f"routing.profiles: {circle} is a circle; let one of them fall back on none",
                    path="routing.profiles",
                )
            chain.append(following)
        return tuple(chain)

    def _check(self, name: str, path: str) -> None:
        try:
            self.profile(name)
        except InputError as error:
            raise SetupError(f"{path}: {error}", path=path) from None


MOST_PASSED = 6
"""How many choices that did not fit a decision keeps in words."""


def _because(found: str, passed: list[str]) -> str:
    """What was found, and what was passed over on the way."""
    if not passed:
        return found
    more = f"; and {len(passed) - MOST_PASSED} more" if len(passed) > MOST_PASSED else ""
    return f"{found}, as others do not fit ({'; '.join(passed[:MOST_PASSED])}{more})"
