"""What the types of a port look like, for its page: records with their fields, enums with their values, and where each
is imported from. Read from the source, so that a page says of a type what its code says.
"""

from __future__ import annotations

import ast
import enum
import inspect
import re
import textwrap
from collections.abc import Iterable, Iterator
from types import ModuleType
from typing import Any, get_args, get_type_hints

import attrs

from omscore.homes import HOME_OF


def types_of(protocols: Iterable[type[Any]], modules: Iterable[ModuleType]) -> tuple[type[Any], ...]:
    """The records and enums a port speaks in, each once: those of its modules, then all that its methods and fields
    lead to."""
    todo = [each for module in modules for each in vars(module).values() if _is_of(each, module)]
    for protocol in protocols:
        for method in vars(protocol).values():
            spoken = method.fget if isinstance(method, property) else method
            if inspect.isfunction(spoken) and not spoken.__name__.startswith("_"):
                todo += _leaves(get_type_hints(spoken).values())
    found: dict[type[Any], None] = {}
    while todo:
        each = todo.pop(0)
        if each not in found and _is_shown(each):
            found[each] = None
            if not issubclass(each, enum.Enum):
                todo += _leaves(get_type_hints(each).values())
    return tuple(found)


def import_path(shown: type[Any], modules: Iterable[ModuleType]) -> str:
    """The module a plugin imports the type from: the one of the port where it offers it, `omscore`, or its own.

    >>> from omscore import Money
    >>> from omscore.ports import carriers
    >>> import_path(carriers.TrackingStatus, [carriers]), import_path(Money, [carriers])
    ('omscore.ports.carriers', 'omscore')
    """
    name = shown.__name__
    for module in modules:
        offered = getattr(module, name, None) is shown and (
            name in getattr(module, "__all__", ()) or f"import {name} as {name}\n" in inspect.getsource(module)
        )
        if shown.__module__ == module.__name__ or offered:
            return module.__name__
    return "omscore" if name in HOME_OF else shown.__module__


def written_types(protocols: Iterable[type[Any]], modules: tuple[ModuleType, ...]) -> Iterator[str]:
    """All of them as Markdown, the records by the module they are imported from, and a table for each enum."""
    rooms: dict[str, list[str]] = {}
    enums: list[str] = []
    for each in types_of(protocols, modules):
        path = import_path(each, modules)
        if issubclass(each, enum.Enum):
            enums.append(_enum(each, path))
        else:
            rooms.setdefault(path, []).append(record_text(each))
    for module in modules:
        rooms.setdefault(module.__name__, []).extend(_aliases(module))
    rooms = {path: rooms[path] for path in sorted(rooms, key=lambda path: ".testing." in path) if rooms[path]}
    if rooms or enums:
        yield "## Types"
    for path, texts in rooms.items():
        block = "\n\n\n".join(texts)
        yield f"From `{path}`:\n\n```text\n{block}\n```"
    yield from enums


def record_text(record: type[Any]) -> str:
    """A record as its source tells it: what it is, and its fields with their types and defaults.

    >>> from omscore.places import Point
    >>> print(record_text(Point))
    class Point:
        \"\"\"A spot on earth.
    <BLANKLINE>
        Units: `lat` and `lon` in degrees, north and east positive (WGS 84).
        Raises: InputError for NaN, infinities and latitudes beyond the poles.
        \"\"\"
    <BLANKLINE>
        lat: float
        lon: float
    """
    says = re.split(r"\n\s*>>> ", inspect.getdoc(record) or "")[0].strip()
    doc = f'"""{says}\n"""' if "\n" in says else f'"""{says}"""'
    fields = "\n".join(_field(each) for each in _class(record).body if isinstance(each, ast.AnnAssign))
    return f"class {record.__name__}:\n" + textwrap.indent(f"{doc}\n\n{fields}", "    ")


def meanings(values: type[enum.Enum]) -> dict[str, str]:
    """What stands under each member of an enum in its source, by the member's name.

    >>> from omscore import Verdict
    >>> meanings(Verdict)["HOLD"]
    'A person must look at it.'
    """
    body = _class(values).body
    told: dict[str, str] = {}
    for line, below in zip(body, [*body[1:], None], strict=True):
        if isinstance(line, ast.Assign) and isinstance(line.targets[0], ast.Name):
            told[line.targets[0].id] = _text(below)
    return told


def _enum(values: type[enum.Enum], path: str) -> str:
    told = meanings(values)
    rows = [f"| `{values.__name__}.{each.name}` | {each.value} | {told[each.name]} |" for each in values]
    says = " ".join((inspect.getdoc(values) or "").split())
    head = f"`{values.__name__}`, from `{path}`: {says}"
    return "\n".join([head, "", "| name | value | meaning |", "|---|---|---|", *rows])


def _aliases(module: ModuleType) -> Iterator[str]:
    body = ast.parse(inspect.getsource(module)).body
    for line, below in zip(body, [*body[1:], None], strict=True):
        if isinstance(line, ast.AnnAssign) and ast.unparse(line.annotation) == "TypeAlias" and line.value is not None:
            says = _text(below)
            yield f"{ast.unparse(line.target)} = {ast.unparse(line.value)}" + (f'\n"""{says}"""' if says else "")


def _field(line: ast.AnnAssign) -> str:
    default = line.value
    if isinstance(default, ast.Call) and ast.unparse(default.func).endswith("field"):
        default = next((each.value for each in default.keywords if each.arg == "default"), None)
    shown = f"{ast.unparse(line.target)}: {ast.unparse(line.annotation)}"
    return shown if default is None else f"{shown} = {ast.unparse(default)}".replace("''", '""')


def _text(line: ast.stmt | None) -> str:
    if isinstance(line, ast.Expr) and isinstance(line.value, ast.Constant) and isinstance(line.value.value, str):
        return inspect.cleandoc(line.value.value)
    return ""


def _class(shown: type[Any]) -> ast.ClassDef:
    found = ast.parse(textwrap.dedent(inspect.getsource(shown))).body[0]
    assert isinstance(found, ast.ClassDef)
    return found


def _leaves(hints: Iterable[Any]) -> Iterator[Any]:
    for hint in hints:
        yield from _leaves(get_args(hint)) if get_args(hint) else (hint,)


def _is_of(thing: object, module: ModuleType) -> bool:
    return _is_shown(thing) and getattr(thing, "__module__", "") == module.__name__


def _is_shown(thing: object) -> bool:
    if not inspect.isclass(thing) or not thing.__module__.startswith("omscore"):
        return False
    return attrs.has(thing) or hasattr(thing, "_fields") or issubclass(thing, enum.Enum)
