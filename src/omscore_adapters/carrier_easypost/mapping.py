"""Between our parcels and EasyPost's shipments: names, masses, money and scans. Pure functions over plain data."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from hashlib import sha256
from typing import Any, TypeAlias

from omscore.errors import InputError, PortRefusedError, PortUnknownError
from omscore.money import Money
from omscore.places import Address
from omscore.ports.carriers import CarrierQuote, Label, LabelDocument, Parcel, TrackingEvent, TrackingStatus
from omscore.ports.labels import VoidState

Json: TypeAlias = Mapping[str, Any]
"""An object of the API, as it came: nothing in it is trusted."""

_TENTH_OZ_PG = 2_834_952_312_500
"""A tenth of an avoirdupois ounce (28.349523125 g) in picograms, so that the arithmetic is exact."""

_LONGEST_SAYS = 200

STATUSES: Mapping[str, TrackingStatus] = {
    "pre_transit": TrackingStatus.LABELLED,
    "in_transit": TrackingStatus.IN_TRANSIT,
    "out_for_delivery": TrackingStatus.IN_TRANSIT,
    "available_for_pickup": TrackingStatus.IN_TRANSIT,
    "delivered": TrackingStatus.DELIVERED,
    "return_to_sender": TrackingStatus.FAILED,
    "failure": TrackingStatus.FAILED,
    "cancelled": TrackingStatus.FAILED,
}
"""The carrier's words that have a meaning here; every other one, `error` among them, stays unknown."""


VOIDS: Mapping[str, VoidState] = {
    "submitted": VoidState.PENDING,
    "refunded": VoidState.REFUNDED,
    "rejected": VoidState.REFUSED,
    "not_applicable": VoidState.REFUSED,
}
"""What EasyPost says of a label that was given back."""

SLOWEST_DAYS = 10
"""What a rate counts as that names no delivery time."""


def reference_of(prefix: str, key: str) -> str:
    """The name of our shipment in the account: the same for the same key, and safe in a URL whatever the key holds.

    >>> reference_of("tea", "ord_1.f1.p1")
    'tea-2b45a8541b1a12c51a1bf209e829ff39'
    """
    return f"{prefix}-{sha256(key.encode('utf-8', 'surrogatepass')).hexdigest()[:32]}"


def parcel_out(parcel: Parcel) -> dict[str, str]:
    """The parcel in inches and ounces, each rounded up to a tenth: understated parcels are charged again later.

    >>> parcel_out(Parcel(mass_g=1000, length_mm=254, width_mm=100, height_mm=1))
    {'weight': '35.3', 'length': '10.0', 'width': '4.0', 'height': '0.1'}
    """
    found = {"weight": _tenths(-(-max(parcel.mass_g, 1) * 10**12 // _TENTH_OZ_PG))}
    for name in ("length", "width", "height"):
        edge_mm = getattr(parcel, f"{name}_mm")
        if edge_mm:
            found[name] = _tenths(-(-edge_mm * 100 // 254))
    return found


def _tenths(count: int) -> str:
    return f"{count // 10}.{count % 10}"


def address_out(address: Address) -> dict[str, str]:
    """The address in the words of the API; empty fields are left out."""
    lines = (*address.lines, "", "")
    fields = {
        "name": address.recipient,
        "street1": lines[0],
        "street2": ", ".join(line for line in lines[1:] if line),
        "city": address.city,
        "state": address.region,
        "zip": address.postcode,
        "country": address.country,
    }
    return {name: text for name, text in fields.items() if text}


def money_in(amount: object, currency: object, *, what: str) -> Money:
    """The amount a decimal text stands for; text may show more decimals as long as they are zeros.

    Raises: PortUnknownError for anything that is no amount of a currency: then nobody knows what was charged.

    >>> str(money_in("5.93000", "USD", what="rate")), str(money_in("593", "JPY", what="rate"))
    ('5.93 USD', '593 JPY')
    """
    try:
        if type(amount) is not str or type(currency) is not str:
            raise InputError(f"{what} is not given as text with a currency")
        whole, point, decimals = amount.partition(".")
        plain = f"{whole}{point}{decimals.rstrip('0')}".removesuffix(".") if decimals or not point else amount
        money = Money.of(plain, currency)
        if money.minor < 0:
            raise InputError(f"{what} is below zero")
    except InputError as error:
        raise PortUnknownError(f"EasyPost gave a price that cannot be read ({error}); look at its dashboard") from error
    return money


def days_in(value: object) -> int | None:
    """The transit days of a rate; None when it promises none."""
    return value if type(value) is int and 0 <= value <= 365 else None


def quotes_in(rates: Iterable[Any], *, slowest_days: int) -> tuple[CarrierQuote, ...]:
    """The rates as quotes, cheapest first, then the faster, then by name; without a delivery time it counts as slow."""
    found = []
    for rate in rates:
        days = days_in(rate.get("delivery_days"))
        found.append(
            CarrierQuote(
                carrier=text_in(rate, "carrier"),
                service=text_in(rate, "service"),
                price=money_in(rate.get("rate"), rate.get("currency"), what="rate"),
                transit_days=slowest_days if days is None else days,
            )
        )
    return tuple(sorted(found, key=_cheapest))


def _cheapest(quote: CarrierQuote) -> tuple[str, int, int, str, str]:
    price = quote.price
    return price.currency, price.minor, quote.transit_days, quote.carrier, quote.service


def rate_named(shipment: Json, service: str) -> Json:
    """The cheapest rate of a service. Raises: PortRefusedError naming the services there are."""
    rates = [rate for rate in list_in(shipment, "rates") if rate.get("service") == service]
    if not rates:
        names = ", ".join(sorted({text_in(rate, "service") for rate in list_in(shipment, "rates")})) or "none at all"
        raise PortRefusedError(
            f"EasyPost offers no service {service!r} for this parcel, but {names}; check the address"
        )
    priced = [
        (money_in(rate.get("rate"), rate.get("currency"), what="rate").minor, text_in(rate, "id"), rate)
        for rate in rates
    ]
    return min(priced, key=lambda each: each[:2])[2]


def is_bought(shipment: Json) -> bool:
    return bool(shipment.get("tracking_code")) and isinstance(shipment.get("selected_rate"), Mapping)


def is_given_back(shipment: Json) -> bool:
    """Whether its label was given back, decided or not."""
    status = shipment.get("refund_status")
    return type(status) is str and VOIDS.get(status, VoidState.REFUSED) is not VoidState.REFUSED


def label_in(shipment: Json, documents: tuple[LabelDocument, ...], *, slowest_days: int) -> Label:
    """The label of a shipment that was bought."""
    rate = shipment["selected_rate"]
    days = days_in(rate.get("delivery_days"))
    return Label(
        tracking_number=text_in(shipment, "tracking_code"),
        carrier=text_in(rate, "carrier"),
        service=text_in(rate, "service"),
        price=money_in(rate.get("rate"), rate.get("currency"), what="rate"),
        transit_days=slowest_days if days is None else days,
        documents=documents,
    )


def scans_in(tracker: Json) -> tuple[TrackingEvent, ...]:
    """The scans of a tracker, oldest first. A word nobody knows stays unknown, a scan without a moment is left out."""
    found = []
    for detail in list_in(tracker, "tracking_details"):
        at = moment_in(detail.get("datetime"))
        if at is not None:
            status = detail.get("status")
            says = detail.get("message")
            found.append(
                TrackingEvent(
                    status=STATUSES.get(status, TrackingStatus.UNKNOWN)
                    if type(status) is str
                    else TrackingStatus.UNKNOWN,
                    at=at,
                    says=says[:_LONGEST_SAYS] if type(says) is str else "",
                )
            )
    return tuple(sorted(found, key=lambda scan: (scan.at, scan.status, scan.says)))


def moment_in(text: object) -> datetime | None:
    """A moment with its offset; None for anything else.

    >>> moment_in("2026-03-04T10:15:00Z").isoformat(), moment_in("yesterday")
    ('2026-03-04T10:15:00+00:00', None)
    """
    if type(text) is not str or len(text) > 40:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo is not None else None


def list_in(thing: Json, name: str) -> list[Json]:
    """The objects in a list; nothing where there is no list."""
    value = thing.get(name)
    return [each for each in value if isinstance(each, Mapping)] if isinstance(value, list) else []


def text_in(thing: Json, name: str) -> str:
    """A text of the API. Raises: PortUnknownError when it is not there."""
    value = thing.get(name)
    if type(value) is not str or not value or len(value) > 200 or not value.isprintable():
        raise PortUnknownError(f"EasyPost's answer has no readable {name}; look at its dashboard")
    return value
