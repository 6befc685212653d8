"""A plugin project to start from: complete but for the mapping between omscore's words and the backend's."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from string import Template

from omscore.errors import InputError, SetupError
from omscore.plugins.providers import PortKind

KINDS: dict[str, PortKind] = {
    kind.value: kind
    for kind in (
        PortKind.PAYMENT,
        PortKind.CARRIER,
        PortKind.ERP,
        PortKind.NOTICE,
        PortKind.TAX,
        PortKind.REVIEW,
        PortKind.RATE,
        PortKind.CHANNEL,
        PortKind.LETTER,
        PortKind.OBSERVER,
        PortKind.STORAGE,
    )
}
"""The ports a project can be written for: those with a kit of laws for their adapters."""

_NAME = re.compile(r"[a-z][a-z0-9_]{1,30}", re.ASCII)
_COMMON = ("pyproject.toml", "README.md", "__init__.py", "settings.py", "client.py", "test_plugin.py")
_NOT_NEEDED = {PortKind.CHANNEL: "client.py", PortKind.STORAGE: "mapping.py"}
"""A channel's format reads what it is given and asks nobody; a store keeps omscore's own words."""
_OWN = ("adapter.py", "mapping.py", "test_conformance.py")


def write_plugin(kind: PortKind, name: str, folder: Path) -> tuple[Path, ...]:
    """The files of a new plugin project, written into the folder, in order.

    Raises: InputError for a name that cannot be a module's; SetupError when one of the files is there already (nothing
    is overwritten) or the folder cannot be written to.
    """
    if _NAME.fullmatch(name) is None:
        raise InputError(
            f"{name!r} cannot name a provider; write 2 to 31 small letters, digits and underscores, a letter first"
        )
    texts = {folder / path: text for path, text in _texts(kind, name)}
    for path in texts:
        if path.exists():
            raise SetupError(f"{path} exists already; nothing was written, name another folder for a new project")
    try:
        for path, text in texts.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise SetupError(f"cannot write into {folder}: {error.strerror}; name another folder") from error
    return tuple(texts)


def _texts(kind: PortKind, name: str) -> Iterator[tuple[str, str]]:
    module = f"omscore_{name}"
    words = {
        "name": name,
        "module": module,
        "dist": module.replace("_", "-"),
        "port": kind.value,
        "member": kind.name,
        "cls": "".join(part.capitalize() for part in name.split("_")),
    }
    for room, names in (("common", _COMMON), (kind.value, _OWN)):
        for file in names:
            if file == _NOT_NEEDED.get(kind):
                continue
            own = files(__package__).joinpath(kind.value, f"{file}.txt")
            template = (own if own.is_file() else files(__package__).joinpath(room, f"{file}.txt")).read_text("utf-8")
            is_top = not file.endswith(".py")
            place = file if is_top else f"tests/{file}" if file.startswith("test_") else f"src/{module}/{file}"
            yield place, Template(template).substitute(words)
