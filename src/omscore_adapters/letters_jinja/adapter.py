"""Letters made from Jinja templates, in the language of the order's channel, as text and HTML."""

from __future__ import annotations

from collections.abc import Mapping

from omscore.errors import InputError, PortError, PortRefusedError, SetupError
from omscore.ports.letters import WRITTEN_LETTERS, Letter, LetterWish
from omscore_adapters.letters_jinja.client import Renderer
from omscore_adapters.letters_jinja.mapping import (
    LAYOUT,
    SAMPLE,
    language_of,
    own_templates,
    shipped_templates,
    told,
)
from omscore_adapters.letters_jinja.settings import JINJA, LetterSettings


class JinjaLetters:
    """Letters of one shop.

    Holds: a template sees texts and nothing else; what a customer wrote is never read as a template.
    Raises: SetupError for templates of the shop that cannot be used, and without Jinja2.
    """

    def __init__(self, settings: LetterSettings) -> None:
        JINJA.check("letters.jinja")
        self._settings = settings
        self._own = own_templates(settings.folder)
        self._renderer = Renderer()
        try:
            for language in self._own:
                self._try_all(language)
        except PortError as error:
            self.close()
            raise SetupError(f"letters.jinja.folder: {error}", path="letters.jinja.folder") from error
        except BaseException:
            self.close()
            raise

    def write(self, wish: LetterWish) -> Letter:
        """The letter in the language of its channel.

        Raises: PortRefusedError when its template cannot tell these facts within a second of work and 256 KiB;
        PortTransientError when the program that renders does not answer.
        """
        locale = self._settings.locale_of(wish.channel, wish.locale)
        try:
            facts = told(wish.facts, locale)
        except InputError as error:
            raise PortRefusedError(f"letter {wish.template}: {error}", code="port.refused.locale") from error
        return self._written(wish.template, language_of(locale), facts)

    def close(self) -> None:
        """Ends the program that renders."""
        self._renderer.close()

    def _try_all(self, language: str) -> None:
        """Every template is used once before the shop opens, with all facts and with as few as there may be."""
        full = told(SAMPLE, "en_GB")
        for name in WRITTEN_LETTERS:
            for facts in (full, {**full, "arrives_on": "", "amount": "", "says": "", "tracking": ""}):
                self._written(name, language, facts)

    def _written(self, name: str, language: str, facts: Mapping[str, str]) -> Letter:
        sources = {**shipped_templates(language), **self._own.get(language, {})}
        html = f"{name}.html" if f"{name}.html" in sources else LAYOUT
        question = {"sources": sources, "facts": {**facts, "language": language}, "text": f"{name}.txt", "html": html}
        answer = self._renderer.answer(question)
        if "wrong" in answer:
            raise PortRefusedError(f"{language}/{answer['wrong']}", code="port.refused.template")
        return Letter(subject=answer["subject"], text=answer["text"], html=answer["html"])
