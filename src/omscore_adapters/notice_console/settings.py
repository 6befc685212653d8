"""Which stream of the program notices are printed to."""

from __future__ import annotations

from typing import Literal

from omscore.errors import SetupError
from omscore.records import frozen


@frozen(kw_only=True)
class ConsoleNoticeSettings:
    """Prints to standard output unless told otherwise.

    >>> ConsoleNoticeSettings().stream
    'stdout'
    """

    stream: Literal["stdout", "stderr"] = "stdout"

    def __attrs_post_init__(self) -> None:
        if self.stream not in ("stdout", "stderr"):
            raise SetupError(f'notices.console.stream is {self.stream!r}; write "stdout" or "stderr"')
