"""In which language letters are written, and where a shop keeps templates of its own."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path

import attrs

from omscore.errors import InputError, SetupError
from omscore.money.formatting import format_date
from omscore.plugins import Need
from omscore.records import frozen

JINJA = Need(module="jinja2", name="Jinja2", install="omscore[notify]")


@frozen(kw_only=True)
class LetterSettings:
    """The languages of letters. Shape: `channels` says it for channels that differ; an empty `locale` is the shop's.

    Raises: SetupError for a locale that is none.

    >>> LetterSettings(locale="de_DE", channels={"web-fr": "fr_FR"}).locale_of("web-fr", "en_GB")
    'fr_FR'
    """

    locale: str = ""
    channels: Mapping[str, str] = attrs.field(factory=dict)
    folder: Path | None = None

    def __attrs_post_init__(self) -> None:
        for locale in filter(None, (self.locale, *self.channels.values())):
            try:
                format_date(date(2026, 3, 2), locale)
            except InputError as error:
                raise SetupError(f"letters.jinja: {error}", path="letters.jinja") from error

    def locale_of(self, channel: str, shop: str) -> str:
        """The locale of a letter about an order of that channel."""
        return self.channels.get(channel) or self.locale or shop
