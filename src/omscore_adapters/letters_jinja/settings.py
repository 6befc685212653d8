"""In which language letters are written, and where a shop keeps templates of its own."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import attrs

from omscore.records import frozen


@frozen(kw_only=True)
class LetterSettings:
    """The languages of letters. Shape: `channels` says it for channels that differ; an empty `locale` is the shop's.

    >>> LetterSettings(locale="de_DE", channels={"web-fr": "fr_FR"}).locale_of("web-fr", "en_GB")
    'fr_FR'
    """

    locale: str = ""
    channels: Mapping[str, str] = attrs.field(factory=dict)
    folder: Path | None = None

    def locale_of(self, channel: str, shop: str) -> str:
        """The locale of a letter about an order of that channel."""
        return self.channels.get(channel) or self.locale or shop
