"""What is wrong with a value, with the path to it, on its way up to the one who words the complaint."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from omscore.border import without_card_numbers
from omscore.errors import InputError
from omscore.money.decimals import shown_whole

LONGEST_SHOWN = 60


class WrongError(Exception):
    """One wrong value. Shape: `path` is innermost name first."""

    def __init__(self, says: str, *, code: str = "input.command") -> None:
        super().__init__(says)
        self.code = code
        self.path: list[str] = []

    @classmethod
    def of(cls, error: InputError) -> WrongError:
        """The refusal of a part, as what is wrong with the whole."""
        return cls(f"is not usable: {error}", code=error.code if error.code == "input.card_number" else "input.command")

    def as_input_error(self, name: str) -> InputError:
        """The complaint, with the whole path."""
        path = ".".join([name, *reversed(self.path)])
        return InputError(f"{path} {self}", code=self.code, path=path)


def shown(value: Any) -> str:
    """A value as complaints show it: its sort, and what it is when that is short; never a card number.

    >>> shown("12"), shown(None), shown([1, 2])
    ("str '12'", 'None', 'list of 2')
    """
    if value is None:
        return "None"
    if isinstance(value, type):
        return f"the class {value.__name__}; make one of it"
    kind = type(value)
    if kind in (tuple, list, dict):
        return f"{kind.__name__} of {len(value)}"
    text = ""
    if kind is str:
        text = without_card_numbers(value) if len(value) <= LONGEST_SHOWN else f"of {len(value)} characters"
        text = repr(text) if len(value) <= LONGEST_SHOWN else text
    elif kind is int:
        text = without_card_numbers(shown_whole(value))
    elif kind in (bool, float, Decimal):
        text = without_card_numbers(repr(value)[:LONGEST_SHOWN])
    return f"{kind.__name__} {text}".strip()
