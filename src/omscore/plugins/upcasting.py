"""Old payloads of a plugin read as new ones, step by step, from the version they were written in to today's.

What stands in the log stays as it was written. A plugin registers one step for each version it has left behind; today's
version of a kind is the one its last step leads to.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from omscore.errors import OmsError, SetupError
from omscore.payloads import Payload
from omscore.records import frozen


@frozen(kw_only=True)
class Upcaster:
    """One step: the fields of a payload as its next version has them.

    Shape: `step` is given all fields of version `from_version` and gives all those of the version after it.
    """

    kind: str
    from_version: int
    step: Callable[[Mapping[str, str]], Mapping[str, str]]


class Upcasters:
    """The steps of all plugins.

    Shape: `told` has what each plugin registered, under the name of the plugin.
    Raises: SetupError naming the plugins for two steps from one version, and for a gap between two steps of a kind.

    >>> steps = Upcasters([("acme", [Upcaster(kind="score", from_version=1, step=lambda old: {"risk": old["score"]})])])
    >>> steps.current(Payload(kind="score", version=1, fields=(("score", "93"),)))
    Payload(kind='score', version=2, fields=(('risk', '93'),))
    """

    def __init__(self, told: Iterable[tuple[str, Sequence[Upcaster]]]) -> None:
        self._steps: dict[str, dict[int, tuple[str, Upcaster]]] = {}
        for plugin, upcasters in told:
            for each in upcasters:
                steps = self._steps.setdefault(each.kind, {})
                if each.from_version in steps:
                    both = " and ".join(sorted((steps[each.from_version][0], plugin)))
                    raise SetupError(
                        f"payload {each.kind}: {both} both have a step from version {each.from_version}; keep one",
                        code="setup.upcasters",
                    )
                steps[each.from_version] = (plugin, each)
        for kind, steps in self._steps.items():
            for version in range(min(steps), max(steps)):
                if version not in steps:
                    raise _missing(kind, version, steps)

    def current(self, payload: Payload) -> Payload:
        """The payload in today's version of its kind; one that no plugin has steps for is given back as it is.

        Holds: brought up from any version in between, it is the same; brought up twice, it is the same.
        Raises: SetupError naming the plugin for a version it has no step from, for one it does not know yet, and for a
        step that fails.
        """
        steps = self._steps.get(payload.kind)
        if steps is None:
            return payload
        today = max(steps) + 1
        if payload.version > today:
            plugin = steps[today - 1][0]
            raise SetupError(
                f"payload {payload.kind} is of version {payload.version}, and {plugin} knows up to {today}; install "
                "the version of the plugin that wrote it",
                code="setup.upcasters",
            )
        while payload.version < today:
            if payload.version not in steps:
                raise _missing(payload.kind, payload.version, steps)
            payload = _stepped(payload, *steps[payload.version])
        return payload


def _missing(kind: str, version: int, steps: Mapping[int, tuple[str, Upcaster]]) -> SetupError:
    plugin = steps[min(each for each in steps if each > version)][0]
    return SetupError(
        f"payload {kind}: {plugin} has no step from version {version}; its steps are from "
        f"{', '.join(map(str, sorted(steps)))}; ask its author for the missing one",
        code="setup.upcasters",
    )


def _stepped(payload: Payload, plugin: str, upcaster: Upcaster) -> Payload:
    try:
        fields = upcaster.step(dict(payload.fields))
        return Payload(kind=payload.kind, version=payload.version + 1, fields=tuple(sorted(fields.items())))
    except Exception as error:  # a mistake of the plugin, whose text may hold what the payload does
        says = str(error) if isinstance(error, OmsError) else type(error).__name__
        raise SetupError(
            f"payload {payload.kind}: the step of {plugin} from version {payload.version} failed ({says}); ask its "
            "author to mend it",
            code="setup.upcasters",
        ) from error
