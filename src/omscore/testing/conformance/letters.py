"""The laws of a way of writing letters, one per test, to be run against any adapter of `omscore.ports.letters`.

An author subclasses `LetterConformance`, names the provider, and gives the fixture `harness`: the opened adapter, a
channel and a locale it writes in, and the facts each of its letters speaks of.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from html import unescape
from typing import Final, Protocol

from omscore.errors import PortRefusedError
from omscore.money import Money
from omscore.ports.letters import LETTER_FACTS, WRITTEN_LETTERS, Letter, LetterPort, LetterWish
from omscore.testing.conformance.ports import Harness, PortLaws, needs, refused, try_again_is_right
from omscore.testing.faults import Fault

__all__ = ["LetterConformance", "LetterHarness"]

_FACTS: Final[Mapping[str, str | Money | date]] = {
    "name": "Ada Bell",
    "order_id": "ord_4711",
    "total": Money(123_456, "EUR"),
    "lines": "  2 x Teapot\n  1 x Cup",
    "ordered_on": date(2026, 3, 2),
    "shop_name": "Tea Shop",
    "shop_mail": "hello@shop.example",
    "says": "the card has expired",
    "hours": "72",
    "tracking": "TB000000001DE",
    "arrives_on": date(2026, 3, 5),
    "amount": Money(38_999, "EUR"),
    "due_on": date(2026, 3, 16),
    "sku": "TEA-100",
    "units": "17",
    "point": "23",
}
_HOSTILE: Final = (
    "{{ 7 * 191 }}",
    "{% raw %}",
    "{{ shop_mail.__class__ }}",
    "${name}",
    "%(name)s",
    "{name}",
    "<script>alert(1)</script>",
    '"><img src=x>',
)


class LetterHarness(Harness, Protocol):
    """An adapter for letters.

    Shape: `channel` and `locale` are of a shop whose letters it writes. `speaks_of` are the facts a letter tells, by
    their names in LETTER_FACTS; at least one fact for each letter, and one amount in some letter.
    """

    @property
    def port(self) -> LetterPort: ...

    @property
    def channel(self) -> str: ...

    @property
    def locale(self) -> str: ...

    def speaks_of(self, template: str) -> tuple[str, ...]: ...


class LetterConformance(PortLaws):
    """Every law that holds for every way of writing letters."""

    def wish(self, harness: LetterHarness, template: str, **facts: str | Money | date) -> LetterWish:
        """A letter with all facts there are, and these in place of some."""
        assert set(_FACTS) == set(LETTER_FACTS)
        return LetterWish(template=template, channel=harness.channel, locale=harness.locale, facts={**_FACTS, **facts})

    def test_every_letter_is_written(self, harness: LetterHarness) -> None:
        for template in WRITTEN_LETTERS:
            letter = harness.port.write(self.wish(harness, template))
            assert letter.subject.strip() and letter.text.strip(), f"{template} says nothing"
            assert _is_one_line(letter.subject), f"the subject of {template} is not one line"

    def test_a_letter_tells_its_facts(self, harness: LetterHarness) -> None:
        for template in WRITTEN_LETTERS:
            letter = harness.port.write(self.wish(harness, template))
            for name in self._spoken(harness, template):
                fact = _FACTS[name]
                if isinstance(fact, str):
                    said = _words(f"{letter.subject} {letter.text}")
                    assert _words(fact) in said, f"{template} does not tell {name}"

    def test_amounts_are_told_exactly(self, harness: LetterHarness) -> None:
        told = 0
        for template in WRITTEN_LETTERS:
            for name in self._spoken(harness, template):
                if not isinstance(_FACTS[name], Money):
                    continue
                for amount in (Money(123_457, "EUR"), Money(4_001, "JPY"), Money(12_345_679, "KWD")):
                    letter = harness.port.write(self.wish(harness, template, **{name: amount}))
                    digits = re.sub(r"(?<=\d)[\s.,'\u2019]+(?=\d)", "", letter.text)
                    assert str(amount.minor) in digits, f"{template} does not tell {amount} to the last digit"
                    told += 1
        assert told, "the harness says that no letter tells an amount"

    def test_the_same_wish_is_the_same_letter(self, harness: LetterHarness) -> None:
        for template in WRITTEN_LETTERS:
            wish = self.wish(harness, template)
            assert harness.port.write(wish) == harness.port.write(wish)

    def test_letters_written_at_once_are_each_about_their_own_customer(self, harness: LetterHarness) -> None:
        template = next(each for each in WRITTEN_LETTERS if "name" in self._spoken(harness, each))
        names = [f"Customer {number:03}" for number in range(12)]
        wishes = [self.wish(harness, template, name=name) for name in names]
        with ThreadPoolExecutor(4) as workers:
            for name, letter in zip(names, workers.map(harness.port.write, wishes), strict=True):
                assert [each for each in names if each in f"{letter.subject} {letter.text}"] == [name]

    def test_what_a_customer_wrote_is_told_and_never_carried_out(self, harness: LetterHarness) -> None:
        template = next(each for each in WRITTEN_LETTERS if "name" in self._spoken(harness, each))
        for name in _HOSTILE:
            letter = harness.port.write(self.wish(harness, template, name=name))
            assert name in f"{letter.subject} {letter.text}", f"{name!r} became something else"
            assert "<script>" not in letter.html and "<img" not in letter.html

    def test_no_fact_adds_a_line_to_the_subject(self, harness: LetterHarness) -> None:
        """Refused, or in one line: both will do."""
        for template in WRITTEN_LETTERS:
            for name in ("name", "order_id", "shop_name", "says"):
                wish = self.wish(harness, template, **{name: "x\r\nBcc: thief@example.net"})
                try:
                    letter = harness.port.write(wish)
                except PortRefusedError:
                    continue
                assert _is_one_line(letter.subject), f"{name} adds a line to the subject of {template}"

    def test_html_says_the_same_as_the_text(self, harness: LetterHarness) -> None:
        for template in WRITTEN_LETTERS:
            letter = harness.port.write(self.wish(harness, template))
            if letter.html:
                missing = _told(letter) - set(_words(unescape(re.sub(r"<[^>]*>", " ", letter.html))).split())
                assert not missing, f"the HTML of {template} leaves out {sorted(missing)}"

    def test_a_letter_nobody_knows_is_refused(self, harness: LetterHarness) -> None:
        with refused("a letter that is none"):
            harness.port.write(self.wish(harness, "no-such-letter"))

    @needs(Fault.DOWN)
    def test_a_writer_that_is_out_of_reach_is_asked_again(self, harness: LetterHarness) -> None:
        wish = self.wish(harness, WRITTEN_LETTERS[0])
        self.broken(harness, Fault.DOWN)
        try_again_is_right(lambda: harness.port.write(wish), "a writer that is out of reach")
        assert harness.port.write(wish).text.strip()

    def _spoken(self, harness: LetterHarness, template: str) -> tuple[str, ...]:
        spoken = harness.speaks_of(template)
        assert spoken and set(spoken) <= set(LETTER_FACTS), f"the harness names no fact that {template} tells"
        return spoken


def _is_one_line(subject: str) -> bool:
    """Whether no character of it ends a line or steers a program; a space that does not break is a space."""
    return len(subject.splitlines()) == 1 and all(each.isprintable() or each.isspace() for each in subject)


def _words(text: str) -> str:
    return " ".join(text.split())


def _told(letter: Letter) -> set[str]:
    """The words of the text that are more than signs."""
    return {word for word in letter.text.split() if any(each.isalnum() for each in word)}
