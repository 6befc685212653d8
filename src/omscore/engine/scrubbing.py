"""No secret of the configuration leaves with what an adapter says: each is blotted out where it stands."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable
from urllib.parse import quote

from omscore.errors import OmsError
from omscore.secrets import Secret

_BLOT = "***"
_SHORTEST = 4
"""A shorter text would blot out half of what is said, and is no secret worth the name."""

_SHORTEST_DIGITS = 8


class Scrubber:
    """Knows the secrets of one shop.

    >>> Scrubber([Secret("sk_live_1")]).text("bad key sk_live_1")
    'bad key ***'
    """

    def __init__(self, secrets: Iterable[Secret]) -> None:
        self._secrets = tuple(secrets)

    def text(self, said: str) -> str:
        """The same without secrets."""
        forms = [form for secret in self._secrets for form in _forms(secret.reveal()) if form in said]
        for form in sorted(forms, key=len, reverse=True):
            said = said.replace(form, _BLOT)
        return said

    def cleaned(self, error: Exception) -> Exception:
        """The error itself when no secret is in it or in those it came from; else one of its kind that has none."""
        if not self._secrets or not any(self.text(said) != said for said in _said(error)):
            return error
        says = self.text(str(error))
        if isinstance(error, OmsError):
            kind = next(each for each in type(error).__mro__ if each.__module__ == OmsError.__module__)
            clean: OmsError = kind(says, code=error.code)
            return clean.with_traceback(error.__traceback__)
        return RuntimeError(f"{type(error).__name__}: {says}").with_traceback(error.__traceback__)


def _forms(secret: str) -> Iterable[str]:
    """The ways a secret is written in what is sent: as it is, in an address, and in base64 wherever it begins."""
    raw = secret.encode()
    yield from {form for form in (secret, quote(secret, safe="")) if len(form) >= _SHORTEST}
    for before in range(3):
        # The digits at either end hold bits of the neighbours as well.
        first, last = -(-before * 8 // 6), (before + len(raw)) * 8 // 6
        if last - first >= _SHORTEST_DIGITS:
            yield b64encode(bytes(before) + raw + bytes(2))[first:last].decode()


def _said(error: BaseException) -> Iterable[str]:
    """What is printed of an error: its own words, and those of all it came from."""
    seen: set[int] = set()
    waiting: list[BaseException | None] = [error]
    while waiting:
        each = waiting.pop()
        if each is None or id(each) in seen:
            continue
        seen.add(id(each))
        yield from (str(each), repr(each), *map(str, getattr(each, "__notes__", ())))
        if isinstance(each, OmsError):
            yield from map(repr, each.fields.values())
        waiting += [each.__cause__, each.__context__]
