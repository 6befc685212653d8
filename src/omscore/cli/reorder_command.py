"""`omscore reorder`: which articles run low, and a file of reorder points to be set."""

from __future__ import annotations

import csv
from pathlib import Path

import click

from omscore.app import Oms, open_shop
from omscore.cli.report import json_option, write_json
from omscore.cli.tables import console, counted, table
from omscore.errors import InputError
from omscore.inventory.reorder import ReorderPoint, SetReorderPoint


@click.command(name="reorder")
@click.argument("config", type=click.Path(path_type=Path, dir_okay=False), metavar="CONFIG")
@click.option(
    "--set",
    "points",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="A CSV file with the columns sku and units; an article without units is watched no more.",
)
@json_option
def reorder_command(config: Path, points: Path | None, json_path: Path | None) -> None:
    """List the articles that run low: no more of them can be sold than their reorder point.

    CONFIG is the shop.toml. With tell_low_stock of [flows] the shop is told by itself, once each time one runs low.
    """
    out = console()
    with open_shop(config) as oms:
        now = oms.clock.now()
        if points is not None:
            commands = [SetReorderPoint(sku=sku, units=units, at=now) for sku, units in _read(points)]
            for command in commands:
                oms.do(command)
            out.print(f"{counted(len(commands), 'reorder point')} read from {points}.")
        points_by_sku = _points(oms)
        low = _low(oms, points_by_sku)
    if low:
        rows = [(sku, str(there), str(point)) for sku, there, point in low]
        out.print(table(("SKU", "Can be sold", "Reorder point"), rows, right=("Can be sold", "Reorder point")))
    runs = "runs" if len(low) == 1 else "run"
    out.print(f"{counted(len(low), 'article')} of {len(points_by_sku)} with a reorder point {runs} low.")
    write_json(json_path, {"low": [{"sku": sku, "units": there, "point": point} for sku, there, point in low]})


def _points(oms: Oms) -> dict[str, int]:
    kept = [oms.codec.record(row.state, ReorderPoint) for row in oms.storage.streams("reorder/")]
    return {each.sku: each.units for each in kept if each.units is not None}


def _low(oms: Oms, points: dict[str, int]) -> list[tuple[str, int, int]]:
    """Each article at its reorder point or below, with what can be sold of it; those that are shortest first."""
    there = oms.sellable(list(points))
    low = [(sku, there[sku], point) for sku, point in points.items() if there[sku] <= point]
    return sorted(low, key=lambda each: (each[1] - each[2], each[0]))


def _read(path: Path) -> list[tuple[str, int | None]]:
    try:
        rows = list(csv.DictReader(path.read_text(encoding="utf-8-sig").splitlines()))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{path} cannot be read as a CSV file: {error}", code="input.reorder") from error
    found: list[tuple[str, int | None]] = []
    for number, row in enumerate(rows, 2):
        sku, units = (row.get("sku") or "").strip(), (row.get("units") or "").strip()
        if not sku or "units" not in row or (units and not (units.isascii() and units.isdigit() and len(units) < 10)):
            raise InputError(
                f"{path} line {number}: needs a sku and whole units, such as TEA,20; nothing was set",
                code="input.reorder",
            )
        found.append((sku, int(units) if units else None))
    return found
