"""Between our parcels and karrio's unified shapes: pure functions, and nothing that comes in is trusted."""

from __future__ import annotations

import re
from base64 import b64decode
from binascii import Error as Base64Error
from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from omscore.errors import InputError, PortRefusedError, PortTransientError, PortUnknownError
from omscore.money import Money
from omscore.places import Address, Destination
from omscore.ports.carriers import CarrierQuote, LabelDocument, Parcel, TrackingEvent, TrackingStatus
from omscore_adapters.carrier_karrio.settings import LabelFormat

SLOWEST_DAYS: Final = 10
"""What a rate counts as that names no delivery time."""

LARGEST_LABEL_CHARACTERS: Final = 6 * 1024 * 1024

STATUSES: Mapping[str, TrackingStatus] = {
    "pending": TrackingStatus.LABELLED,
    "picked_up": TrackingStatus.IN_TRANSIT,
    "in_transit": TrackingStatus.IN_TRANSIT,
    "out_for_delivery": TrackingStatus.IN_TRANSIT,
    "ready_for_pickup": TrackingStatus.IN_TRANSIT,
    "delivery_delayed": TrackingStatus.IN_TRANSIT,
    "delivered": TrackingStatus.DELIVERED,
    "delivery_failed": TrackingStatus.FAILED,
    "return_to_sender": TrackingStatus.FAILED,
    "cancelled": TrackingStatus.FAILED,
}
"""karrio's words for a scan that have a meaning here; every other one, and none at all, stays unknown."""

_BEGINS: Mapping[LabelFormat, bytes] = {
    LabelFormat.PDF: b"%PDF-",
    LabelFormat.PNG: b"\x89PNG\r\n\x1a\n",
    LabelFormat.ZPL: b"^XA",
}
_CODE = re.compile(r"[A-Za-z0-9_.-]{1,40}")
_TROUBLE = re.compile(r"429|5[0-9]{2}|SHIPPING_SDK_.*")


class NotServedError(PortRefusedError):
    """The carrier does not go from there, or not there."""


def parcel_out(parcel: Parcel) -> dict[str, Any]:
    """The parcel in kilograms and centimetres, rounded up to ten grams and a millimetre.

    >>> parcel_out(Parcel(mass_g=751, length_mm=300, width_mm=205, height_mm=1))
    {'weight': 0.76, 'weight_unit': 'KG', 'length': 30.0, 'width': 20.5, 'height': 0.1, 'dimension_unit': 'CM'}
    """
    mass = {"weight": -(-max(parcel.mass_g, 1) // 10) / 100, "weight_unit": "KG"}
    edges = {"length": parcel.length_mm / 10, "width": parcel.width_mm / 10, "height": parcel.height_mm / 10}
    return {**mass, **edges, "dimension_unit": "CM"} if all(edges.values()) else mass


def address_out(address: Address) -> dict[str, str]:
    """The address in karrio's words; empty fields are left out."""
    lines = (*address.lines, "", "")
    fields = {
        "person_name": address.recipient,
        "address_line1": lines[0],
        "address_line2": ", ".join(line for line in lines[1:] if line),
        "city": address.city,
        "state_code": address.region,
        "postal_code": address.postcode,
        "country_code": address.country,
    }
    return {name: text for name, text in fields.items() if text}


def area_out(destination: Destination) -> dict[str, str]:
    """As much of an address as orders keep."""
    fields = {"country_code": destination.country, "postal_code": destination.postcode_area}
    return {name: text for name, text in fields.items() if text}


def money_in(amount: object, currency: object) -> Money:
    """The amount karrio gives as a float, which must be one of whole minor units as it is printed.

    Raises: PortUnknownError for anything else: then nobody knows what was charged.

    >>> str(money_in(9.35, "USD")), str(money_in(935, "JPY"))
    ('9.35 USD', '935 JPY')
    """
    try:
        if type(amount) not in (int, float) or type(currency) is not str:
            raise InputError("it is no amount of a currency")
        text = format(Decimal(repr(amount)), "f")
        money = Money.of(text.removesuffix(".0"), currency)
        if money.minor < 0:
            raise InputError("it is below zero")
    except (InputError, ArithmeticError) as error:
        raise PortUnknownError("karrio gave a price that cannot be read; look at the carrier's own list") from error
    return money


def quotes_in(carrier: str, rates: Iterable[Any]) -> tuple[CarrierQuote, ...]:
    """The rates as quotes, each service at its cheapest, cheapest first, then the faster, then by name."""
    found: dict[str, CarrierQuote] = {}
    for rate in rates:
        days = rate.transit_days
        quote = CarrierQuote(
            carrier=carrier,
            service=text_in(rate.service, "service"),
            price=money_in(rate.total_charge, rate.currency),
            transit_days=days if type(days) is int and 0 <= days <= 365 else SLOWEST_DAYS,
        )
        known = found.get(quote.service)
        if known is None or _cheapest(quote) < _cheapest(known):
            found[quote.service] = quote
    return tuple(sorted(found.values(), key=_cheapest))


def _cheapest(quote: CarrierQuote) -> tuple[str, int, int, str]:
    return quote.price.currency, quote.price.minor, quote.transit_days, quote.service


def document_in(text: object, form: LabelFormat) -> LabelDocument:
    """The label karrio gave in base64.

    Raises: PortUnknownError when it is no file of that form: the label is bought, and a person has to find it.
    """
    content = b""
    if type(text) is str and len(text) <= LARGEST_LABEL_CHARACTERS:
        try:
            content = b64decode(text, validate=True)
        except (Base64Error, ValueError):
            content = text.encode("utf-8", "replace") if form is LabelFormat.ZPL else b""
    if type(text) is not str or not content.lstrip(b"\xef\xbb\xbf \r\n").startswith(_BEGINS[form]):
        raise PortUnknownError(f"a label was bought, but its file is no {form.value}; look at the carrier's own list")
    match form:
        case LabelFormat.ZPL:
            return LabelDocument(media_type="application/zpl", text=content.decode("utf-8", "replace"))
        case LabelFormat.PDF:
            return LabelDocument(media_type="application/pdf;base64", text=text)
        case LabelFormat.PNG:
            return LabelDocument(media_type="image/png;base64", text=text)


def scans_in(details: Any) -> tuple[TrackingEvent, ...]:
    """The scans of a parcel, oldest first. A word nobody knows stays unknown, a scan without a moment is left out."""
    found = set()
    for event in details.events or ():
        at = moment_in(event.timestamp)
        if at is not None:
            status = STATUSES.get(event.status) if type(event.status) is str else None
            says = event.description
            found.add(
                TrackingEvent(
                    status=status or TrackingStatus.UNKNOWN, at=at, says=says[:200] if type(says) is str else ""
                )
            )
    return tuple(sorted(found, key=lambda scan: (scan.at, scan.status, scan.says)))


def moment_in(text: object) -> datetime | None:
    """A moment with its offset; None for anything else.

    >>> moment_in("2026-03-02T10:00:00.000Z").isoformat(), moment_in("2026-03-02T10:00:00")
    ('2026-03-02T10:00:00+00:00', None)
    """
    if type(text) is not str or len(text) > 40:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo is not None else None


def codes_in(messages: Iterable[Any]) -> str:
    """The codes of what a carrier complains of; their words are left out, because addresses stand in them.

    >>> codes_in([])
    'no code'
    """
    codes = [str(each.code) for each in messages if each.code is not None]
    return ", ".join(sorted({code for code in codes if _CODE.fullmatch(code)})[:5]) or "no code"


def is_trouble(messages: Iterable[Any]) -> bool:
    """Whether a carrier complains of itself, so that it may be asked again, and not of what it was asked.

    >>> from types import SimpleNamespace as Message
    >>> is_trouble([Message(code="503")]), is_trouble([Message(code="160118"), Message(code=None)])
    (True, False)
    """
    return any(_TROUBLE.fullmatch(str(each.code)) for each in messages)


def text_in(value: object, name: str) -> str:
    """A text karrio gave. Raises: PortTransientError when it is not there."""
    if type(value) is not str or not value or len(value) > 200 or not value.isprintable():
        raise PortTransientError(f"karrio's answer has no readable {name}")
    return value
