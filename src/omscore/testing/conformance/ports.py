"""What the kits of all ports but storage share: the provider under test, its harness, and skips that say why."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, ClassVar, NoReturn, Protocol, TypeAlias, TypeVar, assert_never, get_args, get_type_hints

import attrs
import pytest

from omscore.errors import PortError, PortRefusedError, PortTransientError, PortUnknownError
from omscore.plugins import Capability
from omscore.plugins.providers import AnyProvider
from omscore.ports.keys import is_once_per_key
from omscore.secrets import Secret
from omscore.testing.faults import Fault

T = TypeVar("T")
Law = TypeVar("Law", bound=Callable[..., None])


class Promise(StrEnum):
    """What a port promises unless it says otherwise, and what some laws are about."""

    KEYS = "keeps to keys"
    """A key asked twice has one effect (`ports.keys`)."""
    KNOWN = "knows what was done under a key"
    """It keeps to keys, or looks up what was done before it does it."""
    MEMORY = "remembers beyond the program"
    """What was done is known to another program: there is a world outside."""
    WORLD = "asks somebody"
    """There is a world behind it, which keeps what was done and may say no."""
    TOLD = "can be told"
    """A channel that is told of orders, shipments or stock, by messages that bear their numbers."""


_LOOK_UPS = frozenset({Capability.LABEL_LOOK_UP, Capability.REVIEW_LOOK_UP})
_OWN_KITS = {
    Capability.CALLBACKS: "callbacks.CallbackConformance",
    Capability.SIGNED: "callbacks.CallbackConformance",
    Capability.BOUNCES: "bounces.BounceConformance",
    Capability.INVOICES_ENTERED: "invoices.InvoiceConformance",
    Capability.SALES_ENTERED: "sales.SaleConformance",
}
"""The capabilities that need a world of their own, and the kits that ask about it."""
_DECLARED = "test_what_is_declared_is_there"
_TELLING = frozenset(
    {Capability.ORDERS_TOLD, Capability.SHIPMENTS_TOLD, Capability.STOCK_TOLD, Capability.ACKNOWLEDGED}
)

Need: TypeAlias = Fault | Capability | Promise
"""What a law speaks of: a fault that strikes, a capability, a promise."""

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
"""The moment all laws happen at."""


class Harness(Protocol):
    """What every kit must know of the world behind an adapter.

    Shape: `faults` are those `break_next` can bring about; `secrets` are the texts (keys, passwords) given to the
    adapter, which no message may hold.
    """

    @property
    def faults(self) -> frozenset[Fault]: ...

    @property
    def secrets(self) -> tuple[str, ...]: ...

    def break_next(self, fault: Fault) -> None:
        """Let the next call to the world fail in that way, and only the next.

        Where an adapter makes several calls for one wish, all faults but DOWN strike the call that has the effect.
        """
        ...


class PortLaws:
    """The base of every kit. Shape: `provider` is the one under test; what its capabilities promise is tested.

    `key_prefix` stands before every key, so that a world that never forgets can be used for many runs. A
    law about something the adapter does not have is not collected; `left_out` names each with the reason. That is the
    case for capabilities the provider does not declare, for keys where `keeps_keys` is False, for other programs where
    `remembers` is, for all that only somebody outside can know where `asks_somebody` is, for messages to channels where
    `numbers_arrive` is (an interface is called that knows no numbers), and for the faults in `cannot_happen`, each with
    the reason why it cannot befall this adapter (a file gives no answers). A fault that can happen, and that the
    harness cannot bring about, is skipped aloud.

    A kit of its own is `about` some capabilities: whoever declares none of them has nothing to ask there, and whoever
    declares one reads the name of that kit in the `left_out` of the port's kit.
    """

    provider: ClassVar[AnyProvider]
    key_prefix: ClassVar[str] = ""
    keeps_keys: ClassVar[bool] = True
    remembers: ClassVar[bool] = True
    asks_somebody: ClassVar[bool] = True
    numbers_arrive: ClassVar[bool] = True
    cannot_happen: ClassVar[Mapping[Fault, str]] = {}
    left_out: ClassVar[Mapping[str, str]] = {}
    about: ClassVar[frozenset[Capability]] = frozenset()

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        left_out: dict[str, str] = {}
        for name, law in laws_of(cls).items():
            # That it is declared is asked whatever is declared: an author who forgot must not see an empty green run.
            whole = "" if name == _DECLARED else cls._lacks_all()
            why = "; ".join(filter(None, [whole, *[cls._lacks(need) for need in needs_of(law)]]))
            if why:
                left_out[name] = why
            setattr(cls, name, None if why else law)  # pytest collects no None
        cls.left_out = left_out | cls._elsewhere()

    @classmethod
    def _lacks_all(cls) -> str:
        """Why there is nothing to ask in this kit; empty when there is."""
        provider: AnyProvider | None = getattr(cls, "provider", None)
        if provider is None or not cls.about or cls.about & provider.capabilities:
            return ""
        return f"{provider.name} does not declare {' or '.join(sorted(cls.about))}"

    @classmethod
    def _elsewhere(cls) -> dict[str, str]:
        """The kits that ask about the rest of what is declared, each with the reason."""
        provider: AnyProvider | None = getattr(cls, "provider", None)
        if provider is None or cls.about:
            return {}
        return {
            kit: f"{provider.name} declares {word}; its laws are a kit of their own, to be subclassed as well"
            for word, kit in _OWN_KITS.items()
            if word in provider.capabilities
        }

    @classmethod
    def _lacks(cls, need: Need) -> str:
        """Why there is nothing to ask about it; empty when there is."""
        provider: AnyProvider | None = getattr(cls, "provider", None)  # a kit has none before it is subclassed
        match need:
            case Fault():
                return f"{need} cannot happen: {cls.cannot_happen[need]}" if need in cls.cannot_happen else ""
            case Capability():
                is_lacking = provider is not None and need not in provider.capabilities
                return f"{provider.name} does not declare {need}" if provider is not None and is_lacking else ""
            case Promise.KEYS:
                return "" if cls.keeps_keys else "it does not keep to keys"
            case Promise.KNOWN:
                looks_up = provider is not None and bool(_LOOK_UPS & provider.capabilities)
                return "" if cls.keeps_keys or looks_up else "it neither keeps to keys nor looks up what was done"
            case Promise.MEMORY:
                return "" if cls.remembers else "its world ends with the program"
            case Promise.WORLD:
                return "" if cls.asks_somebody else "it asks nobody, and answers by itself"
            case Promise.TOLD:
                if provider is not None and not _TELLING & provider.capabilities:
                    return "it is told nothing"
                return "" if cls.numbers_arrive else "it is told by calls that bear no number"
            case _:
                assert_never(need)

    @pytest.fixture
    def harness(self) -> object:
        """To be given by the author of an adapter."""
        raise NotImplementedError(
            f"{type(self).__name__} has to give the fixture harness: an adapter, freshly opened, with the world behind "
            "it; the kit's module says what it must tell"
        )

    def key(self, name: str) -> str:
        """A key nobody used before in this world."""
        return f"{self.key_prefix}{name}"

    def declares_keys(self, port: object) -> None:
        """Fail unless the port and the class say the same of keys."""
        assert is_once_per_key(port) == self.keeps_keys, (
            f"the adapter says is_once_per_key = {is_once_per_key(port)} and the class keeps_keys = {self.keeps_keys}; "
            "let them say the same, so that exactly the laws about keys that hold are run"
        )

    def broken(self, harness: Harness, fault: Fault) -> None:
        """Break the next call to the world, or skip the law when the harness cannot."""
        assert fault not in self.cannot_happen, f"{fault} is said to be impossible, and a law needs it"
        if fault not in harness.faults:
            skipped(f"the harness of {self.provider.name} cannot bring about: {fault}")
        harness.break_next(fault)

    def told_secrets(self, harness: Harness) -> tuple[str, ...]:
        """The secrets of the harness. Fail when it names none although the settings of the provider hold one."""
        has_place = keeps_secrets(self.provider.settings_type)
        assert harness.secrets or not has_place, f"the settings of {self.provider.name} hold a secret; name it"
        return harness.secrets

    def declares(self, capability: Capability, *, offers: bool) -> None:
        """Fail unless a capability is declared exactly when its methods are there."""
        declared = capability in self.provider.capabilities
        assert declared == offers, (
            f"{self.provider.name} {'declares' if declared else 'does not declare'} {capability}, but its adapter "
            f"{'has' if offers else 'lacks'} the methods for it"
        )


def needs(*those: Need) -> Callable[[Law], Law]:
    """Marks a law about these faults, capabilities and promises."""

    def marked(law: Law) -> Law:
        law.__dict__["needs"] = those
        return law

    return marked


def needs_of(law: object) -> tuple[Need, ...]:
    """What a law is about; most need nothing that an adapter may lack."""
    found: tuple[Need, ...] = getattr(law, "needs", ())
    return found


def laws_of(kit: type[PortLaws]) -> dict[str, Callable[..., None]]:
    """Every law of a kit by its name, in the order they are written down, the ones that are left out among them."""
    found: dict[str, Callable[..., None]] = {}
    for each in kit.__mro__:
        for name, law in vars(each).items():
            if name.startswith("test_") and callable(law):
                found.setdefault(name, law)
    return found


def keeps_secrets(settings_type: type[Any]) -> bool:
    """Whether a record of settings has a place for a secret, at any depth."""
    if settings_type is Secret:
        return True
    inner = [*get_type_hints(settings_type).values()] if attrs.has(settings_type) else get_args(settings_type)
    return any(keeps_secrets(each) for each in inner)


def skipped(why: str) -> NoReturn:
    """End the law as skipped, with the reason."""
    pytest.skip(why)


@contextmanager
def refused(what: str) -> Iterator[None]:
    """Fail unless what is done inside is refused for good."""
    try:
        yield
    except PortRefusedError as error:
        assert str(error).strip(), f"{what} was refused without a word; say what to do about it"
        return
    pytest.fail(f"{what} must be refused with PortRefusedError, and was accepted")


def nothing_is_certain(ask: Callable[[], object], what: str) -> PortUnknownError:
    """The error of a call whose effect is there but whose answer is not. Fail when anything else is claimed."""
    try:
        answer = ask()
    except PortUnknownError as error:
        return error
    except (PortTransientError, PortRefusedError) as error:
        pytest.fail(
            f"{what}: {type(error).__name__} claims that nothing happened, but it may have; raise PortUnknownError"
        )
    pytest.fail(f"{what}: PortUnknownError must be raised, and the adapter answered {answer!r}")


def not_denied(ask: Callable[[], object], what: str) -> None:
    """Fail when a call whose effect is there says that nothing happened; it may say unknown, or look and be right."""
    try:
        ask()
    except PortUnknownError:
        return
    except (PortTransientError, PortRefusedError) as error:
        pytest.fail(
            f"{what}: {type(error).__name__} claims that nothing happened, but it may have; raise PortUnknownError, or "
            "look before you answer"
        )


def try_again_is_right(ask: Callable[[], object], what: str) -> PortError:
    """The error of a call that did not get through. Fail when it is not one the engine tries again after."""
    try:
        answer = ask()
    except (PortTransientError, PortUnknownError) as error:
        return error
    except PortRefusedError:
        pytest.fail(f"{what}: PortRefusedError ends the matter, but trying again would help; raise PortTransientError")
    pytest.fail(f"{what}: PortTransientError must be raised, and the adapter answered {answer!r}")


def hides(errors: Sequence[BaseException], secrets: Sequence[str], port: object) -> None:
    """Fail when a message, or the adapter printed, holds a secret."""
    said = [repr(port), *(text for error in errors for text in _texts(error))]
    for number, secret in enumerate(secrets, start=1):
        assert secret, "a secret of the harness is empty"
        # The text is not shown, or the report of the failure would tell the secret too.
        found = any(secret in text for text in said)
        assert not found, f"secret {number} of the harness stands in an error message or in the adapter's repr"


def _texts(error: BaseException) -> Iterator[str]:
    yield str(error)
    yield repr(getattr(error, "fields", {}))
