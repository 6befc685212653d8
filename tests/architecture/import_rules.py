"""Which module may import which, as a table, and a checker that is a pure function over source text.

Imports point one way: basics <- contexts <- flows <- ports <- app <- top. A finding names the file's module, the
line, the import that is out of place and the route that is allowed instead.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterable, Iterator
from typing import NamedTuple

ROOMS = {
    "basics": (
        "errors",
        "records",
        "border",
        "ids",
        "text",
        "quantities",
        "money",
        "pickups",
        "shipmentprices",
        "places",
        "items",
        "parties",
        "calendars",
        "capacity",
        "secrets",
        "payloads",
        "homes",
    ),
    "contexts": (
        "orders",
        "inventory",
        "routing",
        "fulfillment",
        "payments",
        "returns",
        "reviews",
        "billing",
        "customers",
        "health",
        "replenishment",
    ),
    "flows": ("flows",),
    "ports": ("ports",),
    "app": ("policy", "codec", "plugins", "engine", "audit", "app", "externals", "invoicing", "intake", "bounces"),
    "top": ("insight", "sim", "testing", "cli"),
}
"""The layers, lowest first, and the rooms (first-level modules of omscore) in each."""

LAYER_OF = {room: layer for layer, rooms in ROOMS.items() for room in rooms}
DOOR = "door"
"""The layer of `omscore/__init__.py` itself: what embedders import; it may show anything but the top."""

MAY_IMPORT = {
    "basics": ("basics",),
    "contexts": ("basics",),
    "flows": ("basics", "contexts", "flows"),
    "ports": ("basics", "ports"),
    "app": ("basics", "contexts", "flows", "ports", "app"),
    DOOR: ("basics", "contexts", "flows", "ports", "app"),
    "top": ("basics", "contexts", "flows", "ports", "app", "top", DOOR),
}

ROUTES = {
    "basics": "basics import only other basics",
    "contexts": (
        "a context imports the basics and itself; what another context has to know travels as an event through "
        "omscore.flows, or as plain values in a command"
    ),
    "flows": "flows import basics and contexts; a flow answers with commands and leaves ports to the engine",
    "ports": (
        "ports import basics and the records of contexts (omscore.<context>.model, omscore.billing.journal, "
        "omscore.billing.invoices and omscore.billing.sales)"
    ),
    "app": "policy, codec, plugins, engine and app import what lies below them, but neither the top nor omscore itself",
    DOOR: "omscore/__init__.py imports anything but insight, sim, testing and cli",
    "top": "insight, sim, testing and cli import anything in omscore; adapters are found by omscore.plugins",
}

RECORDS_ELSEWHERE = {"billing": ("journal", "invoices", "sales")}
"""Where a context keeps its records when not in `model`."""

HOMES = {
    "cattrs": "omscore.policy",
    "dateutil": "omscore.calendars",
    "zoneinfo": "omscore.calendars",
    "babel": "omscore.money.formatting",
    "highspy": "omscore.routing.joint",
    "numpy": "omscore.routing.joint",
    "click": "omscore.cli",
    "rich": "omscore.cli",
    "pytest": "omscore.testing",
    "_pytest": "omscore.testing",
    "hypothesis": "omscore.testing",
}
"""Libraries with one home in omscore."""

CORE_LIBRARIES = frozenset({"attrs", "attr", "pluggy"})
"""Libraries any module of omscore may import, besides the standard library."""

NEVER = frozenset({"beancount", "zpl", "localstripe", "trytond", "bots", "django_ledger"})
"""Libraries under a licence that the package cannot live with; tests may run them as separate programs."""

ADAPTER_DOORS = frozenset({"ports", "plugins", "routing", *ROOMS["basics"]})
ADAPTER_ROUTE = (
    "adapters import public names of omscore, omscore.ports, omscore.plugins, omscore.routing, omscore.money and the "
    "other basics; what is missing there belongs into omscore.ports"
)


class Module(NamedTuple):
    """A module as the checker sees it: its dotted name, its text, and whether it is a package's `__init__`."""

    name: str
    source: str
    is_package: bool = False


class Import(NamedTuple):
    """One imported name in full (`omscore.orders.model.Order`) and the line it stands on."""

    line: int
    target: str


def imports_of(module: Module) -> Iterator[Import]:
    """Every name a module imports, wherever it stands: in functions, under TYPE_CHECKING, by `import_module("...")`.

    Shape: one Import per name, relative imports resolved.

    >>> [found.target for found in imports_of(Module("omscore.orders.decide", "from .model import Order, Line"))]
    ['omscore.orders.model.Order', 'omscore.orders.model.Line']
    """
    for node in ast.walk(ast.parse(module.source)):
        match node:
            case ast.Import():
                yield from (Import(node.lineno, alias.name) for alias in node.names)
            case ast.ImportFrom():
                origin = _origin(module, node)
                yield from (Import(node.lineno, f"{origin}.{alias.name}") for alias in node.names)
            case ast.Call(
                func=ast.Attribute(attr="import_module") | ast.Name(id="import_module" | "__import__"),
                args=[ast.Constant(value=str() as target), *_],
            ):
                yield Import(node.lineno, target)
            case _:
                pass


def findings(module: Module) -> list[str]:
    """What is out of place in one module, a sentence each; empty when its imports all point the right way.

    >>> findings(Module("omscore.orders.decide", "from omscore.ports.clock import Clock"))[0].partition(";")[0]
    'omscore.orders.decide:1 imports omscore.ports.clock.Clock: contexts may not import ports'
    """
    check = _adapter_problem if _top(module.name) == "omscore_adapters" else _core_problem
    found = []
    for line, target in imports_of(module):
        problem = _library_problem(module.name, target) or check(module.name, target)
        if problem:
            found.append(f"{module.name}:{line} imports {target}: {problem}")
    if _top(module.name) == "omscore" and _room(module.name) not in {*LAYER_OF, ""}:
        found.append(
            f"{module.name}: the room {_room(module.name)!r} has no layer yet; give it one in {__name__}.ROOMS"
        )
    return found


def oversized(lines_of: dict[str, int], limit: int) -> list[str]:
    """The modules longer than `limit` lines, longest first, a sentence each.

    >>> oversized({"omscore.app": 321, "omscore.ids": 320}, limit=320)
    ['omscore.app has 321 lines, more than 320: look for a second noun inside and give it its own module']
    """
    return [
        f"{name} has {lines} lines, more than {limit}: look for a second noun inside and give it its own module"
        for name, lines in sorted(lines_of.items(), key=lambda entry: (-entry[1], entry[0]))
        if lines > limit
    ]


def heavy(loaded: Iterable[str]) -> list[str]:
    """Those of the loaded modules that `import omscore` must not load, in order.

    >>> heavy(["omscore.ids", "babel.core", "attrs"])
    ['babel.core']
    """
    banned = {
        "pytest",
        "_pytest",
        "numpy",
        "babel",
        "click",
        "rich",
        "hypothesis",
        "easypost",
        "karrio",
        "stripe",
        "requests",
        "omscore_adapters",
    }
    return sorted(name for name in loaded if _top(name) in banned)


def _origin(module: Module, node: ast.ImportFrom) -> str:
    if not node.level:
        return node.module or ""
    package = module.name.split(".")
    package = package[: len(package) - node.level + (1 if module.is_package else 0)]
    return ".".join([*package, *([node.module] if node.module else [])])


def _library_problem(importer: str, target: str) -> str | None:
    library = _top(target)
    if library in {"omscore", "omscore_adapters"}:
        return None
    if library in NEVER:
        return f"the licence of {library} forbids it; write its text format and run it as a separate program in a test"
    if home := HOMES.get(library):
        inside = importer == home or importer.startswith(f"{home}.")
        return None if inside else f"{library} is imported in {home} only; call what {home} offers, or add it there"
    if _top(importer) == "omscore_adapters" or library in CORE_LIBRARIES or library in sys.stdlib_module_names:
        return None
    return f"{library} is neither the standard library nor attrs or pluggy; what needs it is an adapter"


def _core_problem(importer: str, target: str) -> str | None:
    if _top(target) == "omscore_adapters":
        return "omscore never imports an adapter; name the plugin in the configuration and omscore.plugins finds it"
    if _top(target) != "omscore":
        return None
    here, there = _room(importer), _room(target)
    # A name of omscore that is no room is a name shown at the door (`from omscore import Money`).
    layer, target_layer = LAYER_OF.get(here, DOOR), LAYER_OF.get(there, DOOR)
    allowed = target_layer in MAY_IMPORT[layer] or (layer != DOOR and here == there)
    if layer == "ports" and target_layer == "contexts":
        allowed = _part(target) in {"model", *RECORDS_ELSEWHERE.get(there, ())}
    return None if allowed else f"{layer} may not import {target_layer}; allowed route: {ROUTES[layer]}"


def _adapter_problem(importer: str, target: str) -> str | None:
    if _top(target) != "omscore":
        return None
    hidden = [part for part in target.split(".") if part.startswith("_") and not part.endswith("__")]
    if hidden:
        return f"{hidden[0]} is not public; allowed route: {ADAPTER_ROUTE}"
    if _room(target) in LAYER_OF and _room(target) not in ADAPTER_DOORS:
        return f"omscore.{_room(target)} is not a door for adapters; allowed route: {ADAPTER_ROUTE}"
    return None


def _top(name: str) -> str:
    return name.partition(".")[0]


def _room(name: str) -> str:
    return name.split(".")[1] if "." in name else ""


def _part(name: str) -> str:
    return (*name.split("."), "", "")[2]
