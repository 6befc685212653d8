"""The form of EDI segments: which elements must be there, of which characters and how long. Pure.

What is written in an element is not judged here: an article nobody knows is of good form.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from enum import Enum, auto
from typing import NamedTuple

from omscore.parties import FormVerdict
from omscore.ports.acknowledgements import ElementFault, MessageChecked, SegmentFault
from omscore.ports.channels import ChannelMessage
from omscore_adapters.channel_edi import Segment, part


class Fault(Enum):
    """What can be wrong with an element; each standard has codes of its own for them."""

    MISSING = auto()
    SHORT = auto()
    LONG = auto()
    CHARACTERS = auto()
    DATE = auto()


class Rule(NamedTuple):
    """The form of one element. Shape: `kind` is AN (text), N (whole number), R (decimal number) or DT (date)."""

    element: int
    component: int
    is_required: bool
    kind: str
    shortest: int
    longest: int


_MOST_TOLD = 10_000
MOST_FAULTS = 999
"""The most faults told of one message."""
_RULE = re.compile(r"([0-9]+)(?:\.([0-9]+))?(!?) (AN|N|R|DT) ([0-9]+)-([0-9]+)")
_NUMBERS = {"N": re.compile(r"-?[0-9]+"), "R": re.compile(r"-?(?=[0-9.])[0-9]*(\.[0-9]*)?(?<=[0-9.])")}


def rules_of(text: str) -> dict[str, tuple[Rule, ...]]:
    """Rules by the tag of their segment, one segment on a line; `!` marks what must be there.

    >>> rules_of("BEG 3! AN 1-22; 5 DT 8-8")["BEG"][0]
    Rule(element=3, component=0, is_required=True, kind='AN', shortest=1, longest=22)
    """
    found = {}
    for line in text.strip().splitlines():
        tag, _, rest = line.strip().partition(" ")
        found[tag] = tuple([_rule_of(each) for each in rest.split("; ")])
    return found


def _rule_of(text: str) -> Rule:
    found = _RULE.fullmatch(text)
    if found is None:
        raise ValueError(f"{text!r} is no rule")
    element, component, required, kind, shortest, longest = found.groups()
    return Rule(int(element), int(component or 0), required == "!", kind, int(shortest), int(longest))


def element_faults(
    segment: Segment, rules: Iterable[Rule], codes: Mapping[Fault, str], *, mark: str = "."
) -> Iterator[ElementFault]:
    """What is wrong with the elements of one segment, in their order; `mark` is the decimal mark of the sender."""
    for rule in rules:
        text = part(segment, rule.element, max(0, rule.component - 1))
        for fault in _faults_of(text, rule, mark):
            yield ElementFault(rule.element, rule.component, codes[fault])


def _faults_of(text: str, rule: Rule, mark: str) -> Iterator[Fault]:
    """Everything that is wrong with one element."""
    if not text.strip():
        if rule.is_required:
            yield Fault.MISSING
        return
    number = text.replace(mark, ".")
    digits = re.sub(r"[-.]", "", number) if rule.kind in _NUMBERS else text
    if len(digits) < rule.shortest:
        yield Fault.SHORT
    if len(digits) > rule.longest:
        yield Fault.LONG
    if not text.isprintable() or (rule.kind in _NUMBERS and _NUMBERS[rule.kind].fullmatch(number) is None):
        yield Fault.CHARACTERS
    if rule.kind == "DT" and not _is_date(text):
        yield Fault.DATE


def _is_date(text: str) -> bool:
    try:
        datetime.strptime(text, "%Y%m%d" if len(text) == 8 else "%y%m%d")
    except ValueError:
        return False
    return text.isdecimal()


def verdict_of(message: ChannelMessage, codes: Sequence[str], faults: Sequence[SegmentFault]) -> FormVerdict:
    """What is said of a message: with all its faults one that is read is accepted, and only one that is not rejected.

    A message without a fault of form that is no order all the same is for a person to look at, and is accepted.
    """
    if not codes and not faults:
        return FormVerdict.ACCEPTED
    is_read = message.order is not None and bool(message.order.lines)
    return FormVerdict.WITH_ERRORS if is_read else FormVerdict.REJECTED


def sum_of(verdicts: Iterable[FormVerdict]) -> FormVerdict:
    """What is said of a whole by what is said of its parts.

    >>> str(sum_of([FormVerdict.ACCEPTED, FormVerdict.REJECTED]))
    'partly rejected'
    """
    kinds = set(verdicts)
    if kinds & {FormVerdict.REJECTED, FormVerdict.PARTLY}:
        return FormVerdict.REJECTED if kinds == {FormVerdict.REJECTED} else FormVerdict.PARTLY
    return FormVerdict.WITH_ERRORS if FormVerdict.WITH_ERRORS in kinds else FormVerdict.ACCEPTED


def worth_telling(messages: Sequence[MessageChecked]) -> tuple[MessageChecked, ...]:
    """All messages of a group, or of very many those that are not accepted."""
    if len(messages) <= _MOST_TOLD:
        return tuple(messages)
    return tuple([each for each in messages if each.verdict is not FormVerdict.ACCEPTED][:_MOST_TOLD])


def count_accepted(messages: Iterable[MessageChecked]) -> int:
    """How many messages are not rejected."""
    return sum(each.verdict is not FormVerdict.REJECTED for each in messages)
