"""Reads the mapping file, strictly: all this format ever asks of the outside world."""

from __future__ import annotations

import tomllib
from pathlib import Path

import attrs

from omscore.errors import SetupError
from omscore_adapters.channel_table.layout import LINE_FIELDS, NEEDED, ORDER_FIELDS, Layout

_SORTS: dict[str, type] = {
    "format": str,
    "delimiter": str,
    "decimal_comma": bool,
    "encoding": str,
    "orders": str,
    "lines": str,
    "fields": dict,
    "values": dict,
    "skus": dict,
    "prices_include_tax": bool,
}


def read_layout(path: Path) -> Layout:
    """The layout a mapping file describes.

    Raises: SetupError with the path of what is missing, unknown or of another sort.
    """
    try:
        told = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SetupError(f"channel.table.mapping: cannot read {path}: {error.strerror}") from error
    except ValueError as error:
        raise SetupError(f"channel.table.mapping: {path} is not TOML: {error}") from error
    for key, value in told.items():
        if key not in _SORTS:
            raise SetupError(f"{path}: {key} is not known; there are {', '.join(_SORTS)}")
        if type(value) is not _SORTS[key]:
            raise SetupError(f"{path}: {key} must be {_said(_SORTS[key])}, not {value!r}")
    for table in ("fields", "values", "skus"):
        for key, value in told.get(table, {}).items():
            if type(value) is not str:
                raise SetupError(f"{path}: {table}.{key} must be text, not {value!r}")
            if table != "skus" and key not in (*ORDER_FIELDS, *LINE_FIELDS):
                known = ", ".join((*ORDER_FIELDS, *LINE_FIELDS))
                raise SetupError(f"{path}: {table}.{key} is no field of an order; there are {known}")
    if told.get("format") not in ("csv", "json"):
        raise SetupError(f'{path}: format must be "csv" or "json"')
    if len(told.get("delimiter", ",")) != 1:
        raise SetupError(f"{path}: delimiter must be one character")
    if told.get("encoding", "utf-8") not in ("utf-8", "latin-1", "cp1252"):
        raise SetupError(f'{path}: encoding must be "utf-8", "latin-1" or "cp1252"')
    given = {*told.get("fields", {}), *told.get("values", {})}
    for name in NEEDED:
        if name not in given:
            raise SetupError(f"{path}: fields.{name} is missing; say where it stands, or give it under values")
    known_keys = {field.name for field in attrs.fields(Layout)}
    return Layout(**{key: value for key, value in told.items() if key in known_keys})


def _said(sort: type) -> str:
    return {str: "text", bool: "true or false", dict: "a table"}[sort]
