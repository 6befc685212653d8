"""Notices printed where the shop's own people see them: for demos, tests and first steps."""

from __future__ import annotations

import sys
from typing import Literal, TextIO

from omscore.errors import PortTransientError
from omscore.ports.notices import Notice
from omscore_adapters.notice_console.mapping import notice_block


class ConsoleNotices:
    """Prints every notice as a block. A notice sent twice is printed twice: its key in the block tells.

    Shape: with a name the program's stream of that name is looked up at each notice, so that a redirection holds.

    >>> from datetime import UTC, datetime
    >>> noon = datetime(2026, 3, 1, 12, tzinfo=UTC)
    >>> ConsoleNotices().send(Notice(key="n1", to="shop", subject="Hello", text="", at=noon))  # doctest: +ELLIPSIS
    ---...
    to: shop
    ...
    """

    is_once_per_key = False

    def __init__(self, stream: TextIO | Literal["stdout", "stderr"] = "stdout") -> None:
        self._stream = stream

    def send(self, notice: Notice) -> None:
        """Prints the notice and flushes.

        Raises: PortTransientError when the stream does not take it (closed, disk full).
        """
        stream: TextIO = getattr(sys, self._stream) if isinstance(self._stream, str) else self._stream
        # A stream may know fewer characters than Unicode has; an escape is better than a notice lost.
        encoding = getattr(stream, "encoding", None) or "utf-8"
        text = notice_block(notice).encode(encoding, "backslashreplace").decode(encoding)
        try:
            stream.write(text)
            stream.flush()
        except (OSError, ValueError) as error:
            raise PortTransientError(
                f"notice {notice.key!r} could not be printed ({error}); it can be sent again", key=notice.key
            ) from error
