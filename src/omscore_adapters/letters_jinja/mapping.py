"""Facts as a language writes them, and the templates that tell them: the shop's own before those that come with it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Final

from omscore.errors import SetupError
from omscore.money import Money
from omscore.money.formatting import format_date, format_money
from omscore.ports.letters import WRITTEN_LETTERS

_HERE: Final = Path(__file__).with_name("templates")
_LANGUAGE: Final = re.compile(r"[a-z]{2,3}")
_MOST_BYTES: Final = 64 * 1024
LAYOUT: Final = "layout.html"
DEFAULT: Final = "en"

SAMPLE: Final[Mapping[str, str | Money | date]] = {
    "name": "A. Reader",
    "order_id": "ord_1",
    "total": Money(129_00, "EUR"),
    "lines": "  2 x Teapot\n  1 x Cup",
    "ordered_on": date(2026, 3, 2),
    "shop_name": "Tea & Cups",
    "shop_mail": "hello@shop.example",
    "says": "card expired",
    "hours": "72",
    "tracking": "TB000000001DE",
    "arrives_on": date(2026, 3, 5),
    "amount": Money(39_00, "EUR"),
    "due_on": date(2026, 3, 16),
    "sku": "TEA-100",
    "units": "4",
    "point": "12",
}
"""Facts to try templates with."""


def told(facts: Mapping[str, str | Money | date], locale: str) -> dict[str, str]:
    """Every fact as text. Raises: InputError for an unknown locale.

    >>> told({"total": Money(123456, "EUR"), "ordered_on": date(2026, 3, 5)}, "de_DE")
    {'total': '1.234,56\\xa0€', 'ordered_on': '05.03.2026'}
    """
    return {name: _text(fact, locale) for name, fact in facts.items()}


def _text(fact: str | Money | date, locale: str) -> str:
    match fact:
        case Money():
            return format_money(fact, locale)
        case date():
            return format_date(fact, locale)
        case _:
            return fact


def language_of(locale: str) -> str:
    """The folder of a locale's templates.

    >>> language_of("de_AT")
    'de'
    """
    return re.split("[-_]", locale)[0].lower()


@lru_cache(maxsize=64)
def shipped_templates(language: str) -> Mapping[str, str]:
    """The templates that come with the adapter, in that language or else in English."""
    folder = _HERE / language if _LANGUAGE.fullmatch(language) else _HERE
    named = {path.name: path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.txt"))}
    return {LAYOUT: (_HERE / LAYOUT).read_text(encoding="utf-8"), **(named or shipped_templates(DEFAULT))}


def own_templates(folder: Path | None) -> Mapping[str, Mapping[str, str]]:
    """A shop's own templates by language. They are read once; open the shop again after a change.

    Raises: SetupError naming a file that is no template of a letter, or cannot be read.
    """
    if folder is None:
        return {}
    if not folder.is_dir():
        raise SetupError(f"letters.jinja.folder: there is no folder {folder}; make it, with a folder such as de in it")
    found: dict[str, dict[str, str]] = {}
    for path in sorted(folder.rglob("*")):
        if path.is_dir():
            continue
        named = path.relative_to(folder).as_posix()
        language, _, name = named.partition("/")
        if not _LANGUAGE.fullmatch(language) or name not in _NAMES:
            raise SetupError(f"letters.jinja.folder: {named} is no template; name it such as de/{_NAMES[0]}")
        try:
            content = path.read_bytes()
            if len(content) > _MOST_BYTES:
                raise SetupError(f"letters.jinja.folder: {named} is larger than {_MOST_BYTES} bytes; shorten it")
            found.setdefault(language, {})[name] = content.decode("utf-8-sig")
        except (OSError, UnicodeDecodeError) as error:
            raise SetupError(f"letters.jinja.folder: {named} cannot be read as UTF-8 ({error})") from error
    return found


_NAMES: Final = (*(f"{name}.{ending}" for name in WRITTEN_LETTERS for ending in ("txt", "html")), LAYOUT)
