"""From a purchase order (850) to an order of a channel. Pure.

A segment that tells of goods or money and is not understood is a complaint: an order that leaves it out is not the one
that was sent.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from omscore.errors import InputError
from omscore.money import Money, Rounding
from omscore.ports.channels import ChannelLine, ChannelMessage, ChannelOrder, ChannelTax, Recipient
from omscore_adapters.channel_common import (
    Complaints,
    country_of,
    decimal_of,
    message_id_of,
    money_of,
    price_of,
    rate_of,
    recipient_of,
    shown,
    sku_of,
    title_of,
    units_of,
)
from omscore_adapters.channel_edi import EdiMessage, Segment, part
from omscore_adapters.channel_x12.answers import answer_of, check_end, is_answer
from omscore_adapters.channel_x12.settings import X12Settings

_SAYS_NOTHING = frozenset(
    ("REF", "PER", "DTM", "FOB", "ITD", "TD1", "TD4", "TD5", "N9", "MTX", "MSG", "MAN", "PKG", "PWK", "NTE", "PO4")
)
"""Segments beside goods and money: references, dates, terms, packaging, remarks."""


def message_of(edi: EdiMessage, settings: X12Settings) -> ChannelMessage:
    """One purchase order, what is said of a message of ours, or all that is wrong with it."""
    complaints = Complaints()
    message_id, order, answer = "", None, None
    with complaints.about(0):
        message_id = message_id_of(edi.message_id)
    with complaints.about(0):
        if is_answer(edi.segments):
            answer = answer_of(edi.segments)
        else:
            _check_set(edi.segments)
            order = _Reader(settings, complaints).order(edi.segments)
    return ChannelMessage(
        message_id=message_id,
        content=edi.content,
        order=None if complaints.found else order,
        complaints=tuple(complaints.found),
        answer=None if complaints.found else answer,
    )


def _check_set(segments: Sequence[Segment]) -> None:
    if part(segments[0], 1) != "850":
        raise InputError(f"this is a {shown(part(segments[0], 1))}; only purchase orders (850) are taken")
    check_end(segments)


class _Line:
    """A line while its segments are read."""

    def __init__(self, segment: Segment, number: int) -> None:
        self.segment = segment
        self.number = number
        self.title = ""
        self.off: list[Money] = []
        self.tax: Money | None = None


class _Reader:
    """Goes through the segments of one purchase order."""

    def __init__(self, settings: X12Settings, complaints: Complaints) -> None:
        self._settings = settings
        self._complaints = complaints
        self._currency = settings.currency
        self._reference = ""
        self._lines: list[_Line] = []
        self._party: dict[str, str] = {}
        self._in_party = self._in_summary = False
        self._off: list[Money] = []
        self._freight: list[Money] = []
        self._charges: list[Money] = []
        self._goods_total: Money | None = None
        self._count = self._hash = ""

    def order(self, segments: Sequence[Segment]) -> ChannelOrder:
        """The order. Complaints about lines are noted on the way. Raises: InputError for what is wrong above them."""
        for segment in segments:
            with self._complaints.about(self._lines[-1].number if self._lines and not self._in_summary else 0):
                self._read(segment)
        if not self._reference:
            raise InputError("there is no BEG with a purchase order number")
        lines: list[ChannelLine] = []
        for line in self._lines:
            with self._complaints.about(line.number):
                lines.append(self._line(line))
        self._check_counts(lines)
        recipient, country = self._recipient()
        return ChannelOrder(
            reference=self._reference,
            currency=self._currency,
            country=country,
            lines=tuple(lines),
            postcode=self._party.get("postcode", ""),
            recipient=recipient,
            discount=self._sum(self._off),
            shipping=self._sum(self._freight),
            charges=self._sum(self._charges),
            prices_include_tax=self._settings.prices_include_tax,
            goods_total=self._goods_total,
        )

    def _read(self, segment: Segment) -> None:
        tag = part(segment, 0)
        if tag not in ("N2", "N3", "N4", "PER", "REF"):
            self._in_party = False
        match tag:
            case "BEG":
                self._begin(segment)
            case "CUR":
                self._currency = part(segment, 2)
                Money.zero(self._currency)
            case "N1":
                self._in_party = part(segment, 1) == "ST"
                if self._in_party:
                    if self._lines or self._party:
                        raise InputError("goods go to more than one place (N1*ST); take the order by hand")
                    self._party["name"] = part(segment, 2)
            case "N2" | "N3" | "N4" if self._in_party:
                self._address(tag, segment)
            case "PER" if self._in_party:
                self._contact(segment)
            case "N2" | "N3" | "N4":
                pass  # of somebody else
            case "PO1":
                self._lines.append(_Line(segment, len(self._lines) + 1))
            case "PID":
                if self._lines and not self._lines[-1].title:
                    self._lines[-1].title = part(segment, 5)
            case "SAC":
                self._allowance(segment)
            case "TXI":
                self._tax(segment)
            case "CTT":
                self._in_summary = True
                self._count, self._hash = part(segment, 1), part(segment, 2)
            case "AMT":
                if part(segment, 1) != "TT":
                    raise InputError(f"AMT01 {shown(part(segment, 1))} is not known; take the order by hand")
                self._goods_total = money_of(part(segment, 2), self._currency, "AMT02")
            case "ST" | "SE":
                pass
            case _ if tag in _SAYS_NOTHING:
                pass
            case _:
                raise InputError(f"the segment {shown(tag)} is not understood; take the order by hand")

    def _begin(self, segment: Segment) -> None:
        self._reference = message_id_of(part(segment, 3), "the purchase order number")
        purpose = part(segment, 1)
        if purpose != "00":
            raise InputError(f"BEG01 is {shown(purpose)}; only original orders (00) are taken, changes by hand")

    def _address(self, tag: str, segment: Segment) -> None:
        if tag == "N2":
            self._party["name2"] = part(segment, 1)
        elif tag == "N3":
            self._party["street"] = part(segment, 1)
            self._party["street2"] = part(segment, 2)
        else:
            names = ("city", "region", "postcode", "country")
            self._party.update({name: part(segment, at) for at, name in enumerate(names, 1)})

    def _contact(self, segment: Segment) -> None:
        for at in range(3, len(segment) - 1, 2):
            if part(segment, at) == "TE":
                self._party["phone"] = part(segment, at + 1)
            elif part(segment, at) == "EM":
                self._party["mail"] = part(segment, at + 1)

    def _allowance(self, segment: Segment) -> None:
        """SAC05 counts hundredths of the currency, whatever its minor unit is."""
        kind, code = part(segment, 1), part(segment, 2)
        amount = money_of(decimal_of(part(segment, 5), "SAC05").scaleb(-2), self._currency, "SAC05")
        if amount.minor < 0 or "." in part(segment, 5):
            raise InputError(f"SAC05 {shown(part(segment, 5))} is no amount in hundredths")
        inside = self._lines and not self._in_summary
        if kind == "A":
            (self._lines[-1].off if inside else self._off).append(amount)
        elif kind == "C":
            (self._freight if code in self._settings.freight_codes else self._charges).append(amount)
        elif kind != "N":  # which says that nothing is charged or allowed
            raise InputError(f"SAC01 is {shown(kind)}; known are A, C and N")

    def _tax(self, segment: Segment) -> None:
        if not self._lines or self._in_summary:
            raise InputError("a tax on the whole order (TXI) belongs to no line; have it told with the lines")
        line = self._lines[-1]
        amount = money_of(part(segment, 2), self._currency, "TXI02")
        line.tax = amount if line.tax is None else line.tax + amount

    def _line(self, line: _Line) -> ChannelLine:
        segment, settings = line.segment, self._settings
        unit, basis = part(segment, 3), part(segment, 5)
        if unit not in settings.units:
            raise InputError(f"the unit {shown(unit)} is no single piece; taken are {', '.join(settings.units)}")
        if basis not in ("", "PE", "NT", "UM", *settings.units):
            raise InputError(f"the price basis {shown(basis)} is not one price per piece")
        units = units_of(part(segment, 2), "PO102")
        price = price_of(part(segment, 4), self._currency, "PO104")
        numbers = {part(segment, at): part(segment, at + 1) for at in range(6, len(segment) - 1, 2)}
        name = next((numbers[each] for each in settings.sku_qualifiers if numbers.get(each)), "")
        discount = self._sum(line.off)
        tax = None
        if line.tax is not None:
            goods = price.extend(units, rounding=Rounding.HALF_UP) - (discount or Money.zero(self._currency))
            net = goods - line.tax if settings.prices_include_tax else goods
            tax = ChannelTax(code="TXI", rate=rate_of(line.tax, net), amount=line.tax)
        return ChannelLine(
            number=line.number,
            sku=sku_of(name, settings.skus),
            units=units,
            unit_price=price,
            title=title_of(line.title),
            discount=discount,
            tax=tax,
        )

    def _check_counts(self, lines: list[ChannelLine]) -> None:
        if self._count and self._count.lstrip("0") != str(len(self._lines)):
            raise InputError(f"CTT01 says {shown(self._count)} lines, there are {len(self._lines)}")
        units = sum(line.units for line in lines)
        if self._hash and len(lines) == len(self._lines) and decimal_of(self._hash, "CTT02") != Decimal(units):
            raise InputError(f"CTT02 says {shown(self._hash)} units, there are {units}")

    def _recipient(self) -> tuple[Recipient | None, str]:
        told = self._party
        country = country_of(told.get("country") or self._settings.country)
        if not told.get("street"):
            return None, country
        recipient = recipient_of(
            name=told.get("name"),
            lines=(told.get("name2"), told.get("street"), told.get("street2")),
            city=told.get("city"),
            country=country,
            postcode=told.get("postcode"),
            region=told.get("region"),
            mail=told.get("mail"),
            phone=told.get("phone"),
        )
        return recipient, country

    def _sum(self, amounts: list[Money]) -> Money | None:
        return Money.total(amounts, self._currency) if amounts else None
