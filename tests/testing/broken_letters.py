"""Ways of writing letters that are each wrong in one way."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NoReturn

from omscore.errors import PortRefusedError
from omscore.money import Money
from omscore.ports.letters import Letter, LetterWish
from omscore.records import changed
from tests.testing.sound_messages import SoundLetters
from tests.testing.wires import WireError


class SaysNothing(SoundLetters):
    """Knows no words for one letter."""

    def write(self, wish: LetterWish) -> Letter:
        letter = super().write(wish)
        return changed(letter, subject=" ") if wish.template == "followup" else letter


class LeavesTheReasonOut(SoundLetters):
    """Does not tell why."""

    def written(self, wish: LetterWish) -> Letter:
        return super().written(changed(wish, facts={**wish.facts, "says": "see our web page"}))


class RoundsAmounts(SoundLetters):
    """Tells whole units of money."""

    def spoken(self, fact: object) -> str:
        return f"{fact.minor // 100}.00 {fact.currency}" if isinstance(fact, Money) else str(fact)


class CountsLetters(SoundLetters):
    """Numbers its letters."""

    written_so_far = 0

    def subject(self, facts: Mapping[str, str]) -> str:
        self.written_so_far += 1
        return f"{super().subject(facts)} ({self.written_so_far})"


class MixesCustomersUp(SoundLetters):
    """Keeps the name of the customer before for the next letter."""

    last = ""

    def written(self, wish: LetterWish) -> Letter:
        self.last, name = str(wish.facts["name"]), self.last or str(wish.facts["name"])
        return super().written(changed(wish, facts={**wish.facts, "name": name}))


class CarriesOutWhatCustomersWrite(SoundLetters):
    """Reads names as templates."""

    def spoken(self, fact: object) -> str:
        return str(fact).replace("{{", "").replace("}}", "")


class BelievesHtml(SoundLetters):
    """Puts into the HTML what customers write, as it is."""

    def html(self, text: str) -> str:
        return f"<p>{text}</p>"


class TwoLinesOfSubject(SoundLetters):
    """Puts a fact into the subject as it is."""

    def subject(self, facts: Mapping[str, str]) -> str:
        return f"About {facts['order_id']}"


class OtherHtml(SoundLetters):
    """Says more in the text than in the HTML."""

    def html(self, text: str) -> str:
        return super().html(text.partition("\n\n")[2])


class WritesAnything(SoundLetters):
    """Writes a letter nobody knows."""

    def unknown(self, wish: LetterWish) -> Letter:
        return self.written(wish)


class LettersGiveUp(SoundLetters):
    """Says a definite no when the writer is out of reach."""

    def failed(self, error: WireError) -> NoReturn:
        raise PortRefusedError("the writer is out of reach") from error
