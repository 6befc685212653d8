"""Made-up trade in the layout of the "Online Retail" data, and the example shop to live it through."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from click.testing import CliRunner

from omscore.audit import audit
from omscore.cli.records import open_records
from omscore.cli.replay.rows import COLUMNS
from omscore.cli.replay_command import replay

SHOP = Path(__file__).resolve().parents[3] / "examples" / "uci" / "shop.toml"

MUG, BOWL, TRAY = "10001", "10002A", "10003"


def row(
    invoice: str,
    code: str = MUG,
    units: object = 3,
    price: object = "2.50",
    *,
    at: str = "2011-03-01 10:00:00",
    customer: str = "1001.0",
    country: str = "United Kingdom",
    title: str = "BLUE MUG",
) -> tuple[str, ...]:
    """One row's cells in the order of the columns."""
    return (invoice, code, title, str(units), at, str(price), customer, country)


def text_of(rows: Iterable[tuple[str, ...]], header: tuple[str, ...] = COLUMNS) -> str:
    """The rows as a file's text."""
    out = io.StringIO()
    csv.writer(out).writerows([header, *rows])
    return out.getvalue()


class Replayed(NamedTuple):
    """One run of the command: what it printed, its figures, its rejects by row and the database."""

    exit_code: int
    output: str
    figures: dict[str, Any]
    rejects: dict[int, str]
    db: Path


def replayed(folder: Path, rows: Iterable[tuple[str, ...]] | Path, *more: str, name: str = "run") -> Replayed:
    """Run the command over rows or a file; the database is `name`.db in the folder."""
    file = rows if isinstance(rows, Path) else folder / f"{name}.csv"
    if not isinstance(rows, Path):
        file.write_text(text_of(rows), encoding="utf-8", newline="")
    db, rejects, figures = folder / f"{name}.db", folder / f"{name}.jsonl", folder / f"{name}.json"
    result = CliRunner().invoke(replay, [*arguments(file, db, rejects), "--json", str(figures), *more])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return Replayed(
        exit_code=result.exit_code,
        output=result.output,
        figures=json.loads(figures.read_text(encoding="utf-8")),
        rejects=dict(told(rejects)),
        db=db,
    )


def arguments(file: Path, db: Path, rejects: Path) -> list[str]:
    """What the command line needs at least."""
    return [str(file), "--format", "uci", "--shop", str(SHOP), "--db", str(db), "--rejects", str(rejects)]


def told(path: Path) -> Iterator[tuple[int, str]]:
    """Row and reason of each line of a rejects file."""
    for line in path.read_text(encoding="utf-8").splitlines():
        found = json.loads(line)
        yield found["row"], found["reason"]


def findings(db: Path) -> tuple[str, ...]:
    """What the audit says about a database."""
    with open_records(db) as records:
        return tuple(str(finding) for finding in audit(records.storage).findings)
