"""Who buys and through which door: persons and channels.

Everything personal lives in `Person` and is referred to by an opaque id elsewhere; nothing of it shows when a record
or an error is printed.
"""

from __future__ import annotations

import re
from enum import StrEnum

import attrs

from omscore.errors import InputError, NotFoundError
from omscore.ids import LocationId, PersonId, checked_id
from omscore.money import currency_exponent
from omscore.places import Address
from omscore.quantities import checked_units
from omscore.records import frozen
from omscore.text import checked_text

_MAIL = re.compile(r"[^@\s]+@[^@\s]+")
_VAT_ID = re.compile(r"[A-Z]{2}[A-Z0-9+*]{2,13}")


def _person_id(value: str) -> PersonId:
    return PersonId(checked_id(value, what="person id"))


def _person_name(value: str) -> str:
    return checked_text(value, what="name of the person")


def _mail(value: str) -> str:
    mail = checked_text(value, what="mail address", max_length=254, empty=True)
    if mail and _MAIL.fullmatch(mail) is None:
        raise InputError("mail address must have one @ with text on both sides and no blanks", code="party.mail")
    return mail


def _phone(value: str) -> str:
    return checked_text(value, what="phone number", max_length=40, empty=True)


def _vat_id(value: str) -> str:
    vat_id = checked_text(value, what="VAT id", max_length=15, empty=True)
    if vat_id and _VAT_ID.fullmatch(vat_id) is None:
        raise InputError(
            "VAT id must be the two capitals of the country and the number without blanks, as in FR12345678901",
            code="party.vat_id",
        )
    return vat_id


def _addresses(value: tuple[tuple[str, Address], ...]) -> tuple[tuple[str, Address], ...]:
    if type(value) is not tuple:
        raise InputError("addresses must be a tuple of (name, Address)", code="party.addresses")
    for entry in value:
        if type(entry) is not tuple or len(entry) != 2 or type(entry[1]) is not Address:
            raise InputError("each entry of addresses must be a pair (name, Address)", code="party.addresses")
    named = tuple((checked_text(name, what="name of the address", max_length=60), address) for name, address in value)
    if len({name for name, _ in named}) < len(named):
        raise InputError("two addresses of a person have the same name; rename one", code="party.addresses")
    return named


@frozen(kw_only=True)
class Person:
    """A customer or contact as the vault keeps them; prints as the id alone.

    Shape: a business has a `vat_id`, which begins with the code of its country.

    >>> Person(person_id=PersonId("per_1"), name="A. Reader", mail="a@reader.example")
    Person(person_id='per_1')
    """

    person_id: PersonId = attrs.field(converter=_person_id)
    name: str = attrs.field(converter=_person_name, repr=False)
    mail: str = attrs.field(default="", converter=_mail, repr=False)
    phone: str = attrs.field(default="", converter=_phone, repr=False)
    addresses: tuple[tuple[str, Address], ...] = attrs.field(default=(), converter=_addresses, repr=False)
    vat_id: str = attrs.field(default="", converter=_vat_id, repr=False)

    def address(self, name: str) -> Address:
        """The address the person keeps under that name.

        Raises: NotFoundError when there is none.
        """
        for known, address in self.addresses:
            if known == name:
                return address
        raise NotFoundError(
            f"person {self.person_id} has no address of that name ({len(self.addresses)} are known); add it first",
            code="party.no_address",
            person_id=self.person_id,
        )


class ChannelKind(StrEnum):
    """Which sort of door an order came through."""

    WEB = "web"
    STORE = "store"
    PHONE = "phone"
    MARKETPLACE = "marketplace"


class NewsKind(StrEnum):
    """What a channel may be told of: orders taken from it, parcels sent for it, stock it can sell, what came of an
    interchange.
    """

    ORDER = "order"
    """An order that was taken from it (`ports.news.OrderTold`)."""
    SHIPMENT = "shipment"
    """Parcels sent for an order of it (`ports.news.ShipmentTold`)."""
    STOCK = "stock"
    """The stock it can sell (`ports.news.StockTold`)."""
    ACKNOWLEDGEMENT = "acknowledgement"
    """An interchange of it that came, and whether it could be read (`ports.acknowledgements`)."""


class FormVerdict(StrEnum):
    """What the receiver of an interchange says of its form; what is written in it is not judged."""

    ACCEPTED = "accepted"
    """All of it can be read."""
    WITH_ERRORS = "accepted with errors"
    """It is taken in, and something in it is not as it should be."""
    PARTLY = "partly rejected"
    """Some of its messages cannot be read; the others are taken in."""
    REJECTED = "rejected"
    """None of it is taken in."""


def _channel_name(value: str) -> str:
    name = checked_text(value, what="channel name", max_length=60)
    if ":" in name:  # an order is looked up as `channel:reference`
        raise InputError(f"channel name {name!r} has a colon, which parts a channel from a reference; leave it out")
    return name


def _pools(value: tuple[str, ...]) -> tuple[str, ...]:
    if type(value) is not tuple:
        raise InputError("pools must be a tuple of pool names", code="party.pools")
    pools = tuple(checked_id(pool, what="pool") for pool in value)
    if not pools or len(set(pools)) < len(pools):
        raise InputError("pools must name at least one pool, each once", code="party.pools")
    return pools


def _locations(value: tuple[LocationId, ...]) -> tuple[LocationId, ...]:
    if type(value) is not tuple:
        raise InputError("locations must be a tuple of location ids", code="party.locations")
    locations = tuple(LocationId(checked_id(location, what="location id")) for location in value)
    if len(set(locations)) < len(locations):
        raise InputError("locations must name each location once", code="party.locations")
    return locations


@frozen(kw_only=True)
class Channel:
    """A door through which orders come, with the stock it may draw on.

    Shape: `pools` are drawn on in that order; no `locations` means all of them.
    Units: `reserve_threshold` units of every SKU stay back at every location and pool.

    >>> Channel(name="web", kind=ChannelKind.WEB, currency="EUR").pools
    ('general',)
    """

    name: str = attrs.field(converter=_channel_name)
    kind: ChannelKind = attrs.field()
    currency: str = attrs.field()
    pools: tuple[str, ...] = attrs.field(default=("general",), converter=_pools)
    prices_include_tax: bool = attrs.field(default=True)
    locations: tuple[LocationId, ...] = attrs.field(default=(), converter=_locations)
    reserve_threshold: int = attrs.field(default=0)

    @kind.validator
    def _check_kind(self, _attribute: attrs.Attribute[ChannelKind], value: ChannelKind) -> None:
        if type(value) is not ChannelKind:
            raise InputError(f"kind must be a ChannelKind, not {type(value).__name__}", code="party.channel")

    @currency.validator
    def _check_currency(self, _attribute: attrs.Attribute[str], value: str) -> None:
        currency_exponent(value)

    @prices_include_tax.validator
    def _check_prices_include_tax(self, _attribute: attrs.Attribute[bool], value: bool) -> None:
        if type(value) is not bool:
            raise InputError("prices_include_tax must be True or False", code="party.channel")

    @reserve_threshold.validator
    def _check_reserve_threshold(self, _attribute: attrs.Attribute[int], value: int) -> None:
        checked_units(value, what="reserve_threshold", least=0)
