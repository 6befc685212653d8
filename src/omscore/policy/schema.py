"""The JSON schema of a shop.toml, made from the records it is read into, so that an editor completes and checks it."""

from __future__ import annotations

import re
import types
from collections.abc import Mapping
from datetime import date, datetime, time
from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import Any, Literal, TypeAlias, Union, get_args, get_origin, get_type_hints

import attrs

from omscore.policy.ownrules import OWN_FILTERS, OWN_SCORES, OWN_STRATEGIES
from omscore.policy.shop import Shop
from omscore.routing.ownstrategies import OwnStrategy
from omscore.routing.rules import FILTERS, OwnFilter
from omscore.routing.scores import SCORES, OwnScore
from omscore.secrets import Secret

Schema: TypeAlias = dict[str, Any]

DIALECT = "https://json-schema.org/draft/2020-12/schema"

_PLAIN: Mapping[Any, Schema] = {
    str: {"type": "string"},
    int: {"type": "integer"},
    bool: {"type": "boolean"},
    float: {"type": "number"},
    Decimal: {"type": "string", "description": 'A decimal in quotes, such as "0.20".'},
    Path: {"type": "string", "description": "A path, relative to the folder of this file."},
    Secret: {
        "description": "A secret, or where it is kept: in the environment or in a file.",
        "oneOf": [
            {"type": "string", "minLength": 1},
            *(
                {
                    "type": "object",
                    "properties": {place: {"type": "string"}},
                    "required": [place],
                    "additionalProperties": False,
                }
                for place in ("env", "file")
            ),
        ],
    },
    # A TOML file has moments, dates and times of its own, which editors hand to a schema as text.
    datetime: {"type": "string", "format": "date-time"},
    date: {"type": "string", "format": "date"},
    time: {"type": "string", "format": "time"},
}


def shop_schema(settings: Mapping[str, Mapping[str, type[Any]]] | None = None) -> Schema:
    """The schema of a shop's configuration.

    Shape: `settings` are the records of settings by port and provider, for the tables such as `[storage.sqlite]`; the
    tables of a port that is not named may hold anything.
    Holds: whatever `load_shop` takes, the schema takes.

    >>> shop_schema()["properties"]["currency"]
    {'type': 'string'}
    """
    made = _Made()
    schema = made.record(Shop)
    for port, providers in (settings or {}).items():
        tables = {name: made.refer(kind) for name, kind in sorted(providers.items())}
        schema["properties"][port] = {"type": "object", "properties": tables}
    return {"$schema": DIALECT, "title": "An omscore shop", **schema, "$defs": made.definitions}


class _Made:
    """The definitions made so far, by the name of their record."""

    def __init__(self) -> None:
        self.definitions: dict[str, Schema] = {}
        self._names: dict[type[Any], str] = {}

    def refer(self, kind: type[Any]) -> Schema:
        """A reference to the definition of a record, which is made when it is first asked for."""
        if kind not in self._names:
            name = kind.__name__
            self._names[kind] = f"{kind.__module__}.{name}" if name in self.definitions else name
            self.definitions[self._names[kind]] = {}
            self.definitions[self._names[kind]] = self.record(kind)
        return {"$ref": f"#/$defs/{self._names[kind]}"}

    def record(self, kind: type[Any]) -> Schema:
        """The table a record is read from."""
        hints = get_type_hints(kind)
        fields = [field for field in attrs.fields(kind) if field.init]
        schema: Schema = {"type": "object", "additionalProperties": False}
        if said := _first_sentence(kind):
            schema["description"] = said
        schema["properties"] = {field.name: self._value(hints[field.name], field) for field in fields}
        if required := [field.name for field in fields if field.default is attrs.NOTHING]:
            schema["required"] = required
        return schema

    def _value(self, hint: Any, field: attrs.Attribute[Any]) -> Schema:
        schema = self._of(hint)
        if isinstance(field.default, bool | int | str) and "$ref" not in schema:
            schema = {**schema, "default": field.default}
        return schema

    def _of(self, hint: Any) -> Schema:
        hint = getattr(hint, "__supertype__", hint)
        origin, arguments = get_origin(hint), get_args(hint)
        if hint in _PLAIN:
            return dict(_PLAIN[hint])
        if origin in (Union, types.UnionType):
            inner = [each for each in arguments if each is not type(None)]
            if OwnFilter in inner:
                filters = (*FILTERS.values(), *OWN_FILTERS.usable())
                return {"oneOf": [self._rule(kind, "rule", kind.rule) for kind in filters]}
            if OwnScore in inner:
                scores: tuple[Any, ...] = (*SCORES.values(), *OWN_SCORES.usable())
                return {"oneOf": [self._rule(kind, "score", kind.score) for kind in scores]}
            if OwnStrategy in inner:
                known = [self._rule(kind, "strategy", kind.strategy) for kind in OWN_STRATEGIES.usable()]
                return (
                    {"oneOf": known} if known else {"not": {}, "description": "No plugin with strategies is installed."}
                )
            (only,) = inner
            return self._of(only)
        if origin is Literal:
            return {"enum": list(arguments)}
        if origin is tuple and arguments[-1] is Ellipsis:
            return {"type": "array", "items": self._of(arguments[0])}
        if origin is tuple:
            count = len(arguments)
            items = [self._of(each) for each in arguments]
            return {"type": "array", "prefixItems": items, "minItems": count, "maxItems": count}
        if isinstance(origin, type) and issubclass(origin, Mapping):
            inside = arguments[1]
            return {"type": "object", "additionalProperties": {} if inside is Any else self._of(inside)}
        if isinstance(hint, type) and issubclass(hint, Enum):
            return {"enum": [each.value for each in hint]}
        return self.refer(hint)

    def _rule(self, kind: type[Any], word: str, name: str) -> Schema:
        """The own table of a filter or a score, which says besides which one it is."""
        reference = self.refer(kind)
        schema = self.definitions[self._names[kind]]
        schema["properties"] = {word: {"const": name}, **schema["properties"]}
        schema["required"] = sorted({word, *schema.get("required", ())})
        return reference


def _first_sentence(kind: type[Any]) -> str:
    """What a record's docstring begins with, on one line.

    >>> _first_sentence(Shop)
    'One shop.'
    """
    text = " ".join((kind.__doc__ or "").split("\n\n")[0].split())
    found = re.match(r".*?\.(?= |$)", text)
    return found.group() if found else ""
