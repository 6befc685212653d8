"""Keys and passwords that never print: what an adapter needs to sign in, and nobody else may see."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import NoReturn

from omscore.errors import InputError

__all__ = ["Secret", "secrets_in"]


class Secret:
    """A text that shows as `***` wherever it is printed, and that only `reveal` tells.

    Holds: it cannot be pickled or written as JSON, and stays itself when a record is taken apart.
    Raises: InputError when it is empty, or no text: an adapter without its secret must not start.

    >>> key = Secret("sk_live_1")
    >>> key, f"{key}", str(key)
    (Secret('***'), '***', '***')
    >>> key.reveal()
    'sk_live_1'
    """

    __slots__ = ("_reveal",)

    def __init__(self, text: str) -> None:
        if type(text) is not str or not text.strip():
            raise InputError("a secret is empty; give the key or password its provider issued")
        self._reveal: Callable[[], str] = lambda: text

    def reveal(self) -> str:
        """The text itself. For adapters only, at the moment they sign in."""
        return self._reveal()

    def __repr__(self) -> str:
        return "Secret('***')"

    def __str__(self) -> str:
        return "***"

    def __format__(self, _spec: str) -> str:
        return "***"

    def __eq__(self, other: object) -> bool:
        return self.reveal() == other.reveal() if isinstance(other, Secret) else NotImplemented

    def __hash__(self) -> int:
        return hash(Secret)  # a hash of the text would tell something of it

    def __reduce__(self) -> NoReturn:
        raise TypeError("a Secret is neither stored nor sent; reveal it where it is used")

    def __deepcopy__(self, _memo: object) -> Secret:
        return self


def secrets_in(settings: object) -> Iterator[Secret]:
    """Every secret in a record of settings, however deep it lies.

    >>> [each.reveal() for each in secrets_in({"keys": [(Secret("new"), 1), Secret("old")]})]
    ['new', 'old']
    """
    match settings:
        case Secret():
            yield settings
        case Mapping():
            for value in settings.values():
                yield from secrets_in(value)
        case list() | tuple() | set() | frozenset():
            for value in settings:
                yield from secrets_in(value)
        case _ if isinstance(fields := getattr(type(settings), "__attrs_attrs__", None), tuple):
            for field in fields:
                yield from secrets_in(getattr(settings, field.name))
        case _:
            return
