"""Every error a caller can meet, under one root.

`str(error)` is one sentence that says what was wrong and what to do; `error.code` is stable and meant for programs;
`error.fields` carries the numbers and names the sentence was made from.
"""

from __future__ import annotations

from typing import ClassVar


class OmsError(Exception):
    """The root of all errors raised on purpose.

    >>> error = RefusedError("no such line 9", code="order.no_line", line_id=9)
    >>> (str(error), error.code, error.fields["line_id"])
    ('no such line 9', 'order.no_line', 9)
    """

    default_code: ClassVar[str] = "oms"

    def __init__(self, message: str, *, code: str | None = None, **fields: object) -> None:
        super().__init__(message)
        self.code: str = code or self.default_code
        self.fields: dict[str, object] = fields


class InputError(OmsError, ValueError):
    """A value that cannot be what it claims to be (a float as money, a SKU with a line break)."""

    default_code = "input"


class RefusedError(OmsError):
    """The wish makes no sense in this state; nothing was recorded."""

    default_code = "refused"


class NotFoundError(RefusedError):
    """Nothing is stored under that id."""

    default_code = "not_found"


class StockShortError(RefusedError):
    """A cell holds fewer units than the commit would take; `fields["shortfalls"]` names every short cell."""

    default_code = "stock.short"


class ConflictError(OmsError):
    """Somebody else was faster; load again and retry."""

    default_code = "conflict"


class CommandKeyError(RefusedError):
    """A command key was used twice with different content."""

    default_code = "command.key_reused"


class PortError(OmsError):
    """A backend did not do what was asked; the three kinds below say what is known about the effect."""

    default_code = "port"


class PortTransientError(PortError):
    """Nothing happened at the backend; try again later."""

    default_code = "port.transient"


class PortRefusedError(PortError):
    """A definite no; trying again with the same content is pointless."""

    default_code = "port.refused"


class PortUnknownError(PortError):
    """The backend may or may not have acted; look the key up, never resend blindly."""

    default_code = "port.unknown"


class SetupError(OmsError):
    """The configuration is wrong; the message names the path, such as `carriers.table.rates`."""

    default_code = "setup"


class DamageError(OmsError):
    """Stored records contradict each other or cannot be read; run the audit before going on."""

    default_code = "damage"
