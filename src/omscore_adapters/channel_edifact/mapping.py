"""From an order (ORDERS) to an order of a channel. Pure.

A segment that tells of goods or money and is not understood is a complaint: an order that leaves it out is not the one
that was sent.
"""

from __future__ import annotations

from collections.abc import Sequence

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
from omscore_adapters.channel_edifact.answers import answer_of, check_end, is_answer
from omscore_adapters.channel_edifact.settings import EdifactSettings
from omscore_adapters.channel_edifact.syntax import Marks

_SAYS_NOTHING = frozenset(("DTM", "FTX", "RFF", "CTA", "PAT", "TDT", "LOC", "TOD", "PAC", "PCI", "MEA", "HAN", "PAI"))
"""Segments beside goods and money: dates, remarks, references, contacts, terms, transport, packaging."""


def message_of(edi: EdiMessage, marks: Marks, settings: EdifactSettings) -> ChannelMessage:
    """One order, what is said of a message of ours, or all that is wrong with it."""
    complaints = Complaints()
    message_id, order, answer = "", None, None
    with complaints.about(0):
        message_id = message_id_of(edi.message_id)
    with complaints.about(0):
        if is_answer(edi.segments):
            answer = answer_of(edi.segments)
        else:
            _check_message(edi.segments)
            order = _Reader(marks, settings, complaints).order(edi.segments)
    return ChannelMessage(
        message_id=message_id,
        content=edi.content,
        order=None if complaints.found else order,
        complaints=tuple(complaints.found),
        answer=None if complaints.found else answer,
    )


def _check_message(segments: Sequence[Segment]) -> None:
    if part(segments[0], 2) != "ORDERS":
        raise InputError(f"this is a {shown(part(segments[0], 2))}; only ORDERS are taken")
    check_end(segments)


class _Line:
    """A line while its segments are read."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.names: dict[str, str] = {}
        self.title = ""
        self.units = self.unit = ""
        self.price: str | None = None
        self.amount: Money | None = None
        self.off: list[Money] = []
        self.tax: Money | None = None


class _Reader:
    """Goes through the segments of one order."""

    def __init__(self, marks: Marks, settings: EdifactSettings, complaints: Complaints) -> None:
        self._marks = marks
        self._settings = settings
        self._complaints = complaints
        self._currency = settings.currency
        self._reference = ""
        self._lines: list[_Line] = []
        self._party: Segment | None = None
        self._in_party = self._in_summary = False
        self._mail = self._phone = ""
        self._kind = ""  # of the allowance or charge (ALC) whose amount comes next
        self._off: list[Money] = []
        self._charges: list[Money] = []
        self._freight: list[Money] = []
        self._sums: dict[str, Money] = {}
        self._counts: dict[str, str] = {}

    def order(self, segments: Sequence[Segment]) -> ChannelOrder:
        """The order. Complaints about lines are noted on the way. Raises: InputError for what is wrong above them."""
        for segment in segments:
            with self._complaints.about(self._lines[-1].number if self._lines and not self._in_summary else 0):
                self._read(segment)
        if not self._reference:
            raise InputError("there is no BGM with an order number")
        lines: list[ChannelLine] = []
        for line in self._lines:
            with self._complaints.about(line.number):
                lines.append(self._line(line))
        self._check_counts(lines)
        recipient, country = self._recipient()
        has_tax = any(line.tax is not None for line in lines)
        whole = self._sums.get("86")
        goods_total = self._sums.get("79")
        if whole is not None and not has_tax and goods_total is None:
            # Without a tax of its own the whole message amount is that of the lines and what is charged besides.
            goods_total = whole - Money.total([*self._charges, *self._freight], self._currency)
        return ChannelOrder(
            reference=self._reference,
            currency=self._currency,
            country=country,
            lines=tuple(lines),
            postcode="" if self._party is None else part(self._party, 8),
            recipient=recipient,
            discount=self._sum(self._off),
            shipping=self._sum(self._freight),
            charges=self._sum(self._charges),
            prices_include_tax=False,
            total=whole if has_tax else None,
            goods_total=goods_total,
        )

    def _read(self, segment: Segment) -> None:
        tag = part(segment, 0)
        if tag not in ("CTA", "COM", "RFF", "LOC", "FTX"):
            self._in_party = False
        match tag:
            case "UNH" | "UNT":
                pass
            case "BGM":
                self._begin(segment)
            case "CUX":
                self._currency = part(segment, 1, 1)
                Money.zero(self._currency)
            case "NAD":
                self._name_and_address(segment)
            case "COM":
                self._contact(segment)
            case "LIN":
                self._kind = ""
                self._lines.append(_Line(len(self._lines) + 1))
                if part(segment, 2) not in ("", "1"):
                    raise InputError(f"LIN asks for the action {shown(part(segment, 2))}; only new lines are taken")
                self._lines[-1].names["LIN"] = part(segment, 3)
            case "UNS":
                self._in_summary, self._kind = True, ""
            case "ALC":
                self._kind = self._kind_of(segment)
            case "MOA":
                self._money(segment)
            case "CNT":
                self._counts[part(segment, 1)] = part(segment, 1, 1)
            case "TAX":
                self._kind = ""  # its amount comes with MOA+124
            case "PIA" | "IMD" | "QTY" | "PRI":
                self._of_line(tag, segment)
            case _ if tag in _SAYS_NOTHING:
                pass
            case _:
                raise InputError(f"the segment {shown(tag)} is not understood; take the order by hand")

    def _begin(self, segment: Segment) -> None:
        self._reference = message_id_of(part(segment, 2), "the order number")
        if part(segment, 1) not in ("220", "105"):
            raise InputError(f"BGM says document {shown(part(segment, 1))}; taken are orders (220, 105)")
        if part(segment, 3) not in ("", "9"):
            raise InputError(f"BGM says function {shown(part(segment, 3))}; only originals (9) are taken")

    def _name_and_address(self, segment: Segment) -> None:
        self._in_party = part(segment, 1) in ("DP", "ST", "UC")
        if self._in_party:
            if self._party is not None or self._lines:
                raise InputError("goods go to more than one place (NAD); take the order by hand")
            self._party = segment

    def _contact(self, segment: Segment) -> None:
        if self._in_party and part(segment, 1, 1) == "EM":
            self._mail = part(segment, 1)
        elif self._in_party and part(segment, 1, 1) == "TE":
            self._phone = part(segment, 1)

    def _kind_of(self, segment: Segment) -> str:
        kind = part(segment, 1)
        if kind not in ("A", "C"):
            raise InputError(f"ALC says {shown(kind)}; known are A (allowance) and C (charge)")
        return f"{kind}{part(segment, 5)}"

    def _money(self, segment: Segment) -> None:
        kind, currency = part(segment, 1), part(segment, 1, 2) or self._currency
        if currency != self._currency:
            raise InputError(f"an amount is in {shown(currency)}, the order in {self._currency}")
        amount = money_of(self._number(part(segment, 1, 1)), self._currency, f"MOA {shown(kind)}")
        line = self._lines[-1] if self._lines and not self._in_summary else None
        if self._kind and kind in ("8", "23", "204"):
            if self._kind.startswith("A"):
                (self._off if line is None else line.off).append(amount)
            else:
                (self._freight if self._kind == "CFC" else self._charges).append(amount)
            self._kind = ""
        elif kind == "124" and line is not None:
            line.tax = amount if line.tax is None else line.tax + amount
        elif kind == "203" and line is not None:
            line.amount = amount
        elif kind in ("79", "86") and line is None:
            self._sums[kind] = amount
        else:
            raise InputError(f"an amount of the kind MOA {shown(kind)} is not understood here; take the order by hand")

    def _of_line(self, tag: str, segment: Segment) -> None:
        if not self._lines or self._in_summary:
            raise InputError(f"{tag} stands outside of a line")
        line = self._lines[-1]
        if tag == "PIA":
            for each in segment[2:]:
                line.names[each[1] if len(each) > 1 else ""] = each[0]
        elif tag == "IMD":
            line.title = line.title or part(segment, 3, 3)
        elif tag == "QTY" and part(segment, 1) == "21":
            line.units, line.unit = part(segment, 1, 1), part(segment, 1, 2)
        elif tag == "PRI" and part(segment, 1) == "AAA":
            if part(segment, 1, 4) not in ("", "1"):
                raise InputError(f"the price is for {shown(part(segment, 1, 4))} pieces; have it told for one")
            line.price = part(segment, 1, 1)

    def _line(self, line: _Line) -> ChannelLine:
        if line.unit not in ("", *self._settings.units):
            says = f"the unit {shown(line.unit)} is no single piece; taken are {', '.join(self._settings.units)}"
            raise InputError(says)
        if line.price is None:
            raise InputError("there is no net price (PRI+AAA)")
        units = units_of(self._number(line.units), "QTY+21")
        price = price_of(self._number(line.price), self._currency, "PRI+AAA")
        name = next((line.names[each] for each in self._settings.sku_qualifiers if line.names.get(each)), "")
        discount = self._sum(line.off)
        net = price.extend(units, rounding=Rounding.HALF_UP) - (discount or Money.zero(self._currency))
        if line.amount is not None and line.amount != net:
            raise InputError(f"the line comes to {net}, MOA+203 says {line.amount}")
        tax = line.tax
        return ChannelLine(
            number=line.number,
            sku=sku_of(name, self._settings.skus),
            units=units,
            unit_price=price,
            title=title_of(line.title),
            discount=discount,
            tax=None if tax is None else ChannelTax(code="VAT", rate=rate_of(tax, net), amount=tax),
        )

    def _check_counts(self, lines: Sequence[ChannelLine]) -> None:
        if (told := self._counts.get("2")) and decimal_of(self._number(told), "CNT+2") != len(self._lines):
            raise InputError(f"CNT+2 says {shown(told)} lines, there are {len(self._lines)}")
        units = sum(line.units for line in lines)
        whole = len(lines) == len(self._lines)
        if whole and (told := self._counts.get("1")) and decimal_of(self._number(told), "CNT+1") != units:
            raise InputError(f"CNT+1 says {shown(told)} units, there are {units}")

    def _recipient(self) -> tuple[Recipient | None, str]:
        told = self._party
        country = country_of((part(told, 9) if told else "") or self._settings.country)
        if told is None or not part(told, 5):
            return None, country
        recipient = recipient_of(
            name=part(told, 4) or part(told, 3),
            lines=tuple([part(told, 5, each) for each in range(4)]),
            city=part(told, 6),
            country=country,
            postcode=part(told, 8),
            region=part(told, 7),
            mail=self._mail,
            phone=self._phone,
        )
        return recipient, country

    def _number(self, text: str) -> str:
        """A number with a point; the sender may have told another decimal mark."""
        return text.replace(",", ".") if self._marks.decimal == "," else text

    def _sum(self, amounts: list[Money]) -> Money | None:
        return Money.total(amounts, self._currency) if amounts else None
