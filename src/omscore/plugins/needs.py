"""Libraries that a provider is opened with and that may be missing, because they do not come with omscore itself."""

from __future__ import annotations

from importlib.util import find_spec

from omscore.errors import SetupError
from omscore.records import frozen


@frozen(kw_only=True)
class Need:
    """One library that a provider cannot be opened without.

    Shape: `module` is the name it is imported by, without a dot, so that looking for it imports nothing; `name` is what
    people call it; `install` is what pip is asked for, such as `omscore[stripe]`.

    >>> Need(module="no_such_abacus", name="the abacus", install="acme[abacus]").check("payment.acme")
    Traceback (most recent call last):
    omscore.errors.SetupError: payment.acme needs the abacus; pip install 'acme[abacus]'
    """

    module: str
    name: str
    install: str

    def __attrs_post_init__(self) -> None:
        if not self.module.isidentifier():
            raise SetupError(f"a need's module is the name of a whole library, such as stripe, not {self.module!r}")

    @property
    def is_met(self) -> bool:
        """Whether the library is installed. It is looked for and not imported."""
        try:
            return find_spec(self.module) is not None
        except ValueError:  # somebody made it by hand: it is there, and came from no file
            return True

    def error(self, where: str, because: str = "") -> SetupError:
        """What to tell when it is missing, or there and of no use `because` of something."""
        says = f"{where} needs {self.name}{because and f' ({because})'}; pip install '{self.install}'"
        return SetupError(says, code="setup.not_installed", path=where)

    def check(self, where: str) -> None:
        """Nothing when it is installed. Raises: SetupError saying what needs it, and how to install it."""
        if not self.is_met:
            raise self.error(where)
