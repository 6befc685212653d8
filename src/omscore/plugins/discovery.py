"""From the names in a shop's configuration to opened ports. Only plugins that are named are imported."""

from __future__ import annotations

import importlib.metadata
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from omscore.errors import OmsError, SetupError
from omscore.payloads import Payload
from omscore.plugins.hooks import HookCalls
from omscore.plugins.providers import AnyProvider, PortKind
from omscore.plugins.upcasting import Upcasters
from omscore.policy.loading import load_record
from omscore.secrets import Secret, secrets_in

GROUP = "omscore.plugins"
"""The entry-point group; an entry point is called `port.provider`, such as `carrier.table`."""


class Plugins:
    """The plugins of one shop: those its configuration names, and those its host registered by hand."""

    def __init__(self) -> None:
        self._hooks = HookCalls()
        self._secrets: list[Secret] = []

    @property
    def secrets(self) -> tuple[Secret, ...]:
        """Every secret in the settings of the ports opened so far."""
        return tuple(self._secrets)

    def register(self, plugin: object) -> None:
        """Add a plugin (a module or object with hook implementations) that is not installed as an entry point."""
        self._hooks.add(plugin)

    def provider(self, port: PortKind, name: str) -> AnyProvider:
        """The provider of that name for that port.

        Raises: SetupError with the cure when nobody offers it, or when two plugins do.
        """
        found = self._offered(port, name)
        if not found:
            self._import(port, name)
            found = self._offered(port, name)
        if not found:
            raise SetupError(
                f"{port}.{name}: the plugin of that name offers no such provider; ask its author", path=f"{port}.{name}"
            )
        if len(found) > 1:
            raise SetupError(
                f"{port}.{name} is offered by {' and '.join(sorted(where for where, _ in found))}; remove one",
                path=f"{port}.{name}",
            )
        return found[0][1]

    def open(
        self, port: PortKind, name: str, settings: Mapping[str, Any], *, folder: Path, where: str = ""
    ) -> AbstractContextManager[Any]:
        """The opened port of one provider with its settings from a configuration table.

        Shape: `where` is the path of that table, when it is not that of the port and the provider.
        """
        where = where or f"{port}.{name}"
        record = self.settings(port, name, settings, folder=folder, where=where)
        provider = self.provider(port, name)
        for need in provider.needs:
            need.check(where)
        self._secrets.extend(secrets_in(record))
        return _opened(provider, record, where)

    def settings(
        self, port: PortKind, name: str, settings: Mapping[str, Any], *, folder: Path, where: str = ""
    ) -> object:
        """The settings of one provider as its own record, from a configuration table; nothing is opened.

        Raises: SetupError naming the path of what does not fit; its code is `setup.secret` when only a secret is away.
        """
        kind = self.provider(port, name).settings_type
        record: object = load_record(settings, kind, folder=folder, where=where or f"{port}.{name}")
        return record

    def refusals(
        self, port: PortKind, name: str, settings: Mapping[str, Any], *, folder: Path, where: str = ""
    ) -> Iterator[SetupError]:
        """Everything `open` would refuse of these that can be known beforehand; nothing is opened, asked or written.

        Shape: a provider that cannot be had, settings that do not fit, a secret that is not where they say, libraries
        that are missing. What only a backend knows, such as whether it takes a password, is told by `open`.
        """
        where = where or f"{port}.{name}"
        try:
            provider = self.provider(port, name)
        except SetupError as error:
            yield error
            return
        try:
            self.settings(port, name, settings, folder=folder, where=where)
        except SetupError as error:
            yield error
        yield from [need.error(where) for need in provider.needs if not need.is_met]

    def current(self, payload: Payload) -> Payload:
        """A payload of a plugin in today's version of its kind; as it is, when none of these plugins knows the kind.

        Raises: SetupError naming the plugin that lacks a step, or whose step fails.
        """
        return Upcasters(self._hooks.oms_upcasters()).current(payload)

    def _offered(self, port: PortKind, name: str) -> list[tuple[str, AnyProvider]]:
        return [
            (answer.plugin, each)
            for answer in self._hooks.oms_providers()
            for each in answer.said
            if each.port is port and each.name == name
        ]

    def _import(self, port: PortKind, name: str) -> None:
        entries = importlib.metadata.entry_points(group=GROUP, name=f"{port}.{name}")
        for entry in entries:
            self._hooks.add(_loaded(entry, f"{port}.{name}"))
        if not entries:
            known = sorted(
                entry.name.partition(".")[2]
                for entry in importlib.metadata.entry_points(group=GROUP)
                if entry.name.startswith(f"{port}.")
            )
            close = get_close_matches(name, known, n=1, cutoff=0.8)
            cure = f"did you mean {close[0]}?" if close else "install the plugin that has it, or name another"
            raise SetupError(
                f"{port}.{name}: no installed plugin is called that; installed for {port}: "
                f"{', '.join(known) or 'none'}; {cure}",
                path=f"{port}.{name}",
            )


def installed_names() -> tuple[tuple[PortKind, str], ...]:
    """The port and name of every installed provider, in order; nothing is imported."""
    names = {entry.name.partition(".")[::2] for entry in importlib.metadata.entry_points(group=GROUP)}
    return tuple(sorted((PortKind(port), name) for port, name in names if port in set(PortKind)))


def installed_settings() -> dict[str, dict[str, type[Any]]]:
    """The records of settings of all installed providers, by port and name; plugins that cannot be imported are left
    out.
    """
    found: dict[str, dict[str, type[Any]]] = {}
    plugins = Plugins()
    for entry in importlib.metadata.entry_points(group=GROUP):
        port, _, name = entry.name.partition(".")
        with suppress(SetupError, ValueError):
            found.setdefault(port, {})[name] = plugins.provider(PortKind(port), name).settings_type
    return found


def _loaded(entry: importlib.metadata.EntryPoint, where: str) -> object:
    """The plugin behind an entry point. Raises: SetupError naming what it needs and how to install it."""
    try:
        return entry.load()
    except ImportError as error:
        name = where.partition(".")[2]
        extras = (entry.dist.metadata.get_all("Provides-Extra") or []) if entry.dist else []
        cure = f"pip install '{entry.dist.name}[{name}]'" if entry.dist and name in extras else "install what it needs"
        raise SetupError(f"{where}: its plugin cannot be imported ({error}); {cure}", path=where) from error


@contextmanager
def _opened(provider: AnyProvider, settings: Any, where: str) -> Iterator[Any]:
    """The port, open. A backend that cannot be opened is told by its place in the configuration."""
    try:
        opened = provider.open(settings)
        port = opened.__enter__()
    except OmsError:
        raise
    except OSError as error:
        raise SetupError(f"{where}: cannot be opened: {error}", path=where) from error
    except (AttributeError, TypeError) as error:
        raise SetupError(
            f"{where}: the provider's open must be a context manager that takes its settings: {error}", path=where
        ) from error
    with ExitStack() as closing:
        closing.push(opened)
        yield port
