"""What the commands print with: one look for all tables, and text that cannot play tricks on the terminal."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import UTC, date, datetime

from rich import box
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from omscore.money import Money

Cell = str | int | Money | Text
_ROOM = 8  # what a column needs at least: below, words are broken into pieces


def console(*, stderr: bool = False) -> Console:
    """A console on the stream as it is now; nothing printed is taken for markup."""
    return Console(stderr=stderr, highlight=False, markup=False, emoji=False)


def shown(text: str) -> str:
    """The text as it may be printed: what a terminal would obey instead of show becomes a question mark.

    >>> shown("tea\\x1b[2J and cups")
    'tea?[2J and cups'
    """
    return "".join(character if character.isprintable() or character == "\n" else "?" for character in text)


def table(
    headers: Sequence[str], rows: Iterable[Sequence[Cell]], *, right: Collection[str] = (), keep: Collection[str] = ()
) -> Padding:
    """A table under its headers.

    Shape: columns named in `right` hold numbers; those in `keep` are not wrapped, as long as the others have room.
    """
    texts = [[cell if isinstance(cell, Text) else Text(shown(str(cell))) for cell in row] for row in rows]
    whole = [at for at, header in enumerate(headers) if header in keep or header in right]
    taken = sum(max([len(headers[at]), *(_width(row[at]) for row in texts)]) + 1 for at in whole)
    if console().width - taken < _ROOM * (len(headers) - len(whole)):
        keep = ()
    made = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False, show_edge=False, header_style="bold")
    for header in headers:
        made.add_column(
            header,
            justify="right" if header in right else "left",
            overflow="fold",
            no_wrap=header in right or header in keep,
        )
    for row in texts:
        made.add_row(*row)
    return Padding(made, (0, 0, 0, 2))


def _width(text: Text) -> int:
    """The columns that a cell takes when none of its lines is wrapped."""
    return max([line.cell_len for line in text.split("\n")], default=0)


def facts(rows: Iterable[tuple[str, Cell]]) -> Padding:
    """Names and values side by side; rows without a value are left out."""
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="bold", no_wrap=True)
    grid.add_column()
    for name, value in rows:
        if str(value):
            grid.add_row(name, value if isinstance(value, Text) else Text(shown(str(value))))
    return Padding(grid, (0, 0, 0, 2))


def heading(text: str) -> Text:
    """The line over a section."""
    return Text(f"\n{shown(text)}", style="bold cyan")


def moment(at: datetime) -> str:
    """A moment for reading, in UTC, to the minute.

    >>> moment(datetime(2026, 3, 2, 9, 5, 59, tzinfo=UTC))
    'Mon 2026-03-02 09:05'
    """
    return f"{at.astimezone(UTC):%a %Y-%m-%d %H:%M}"


def moments(ats: Iterable[datetime]) -> list[str]:
    """A column of moments in which every day, and every minute, is named once.

    >>> moments([datetime(2026, 3, 2, 9, 5, tzinfo=UTC)] * 2 + [datetime(2026, 3, 2, 10, tzinfo=UTC)])
    ['Mon 2026-03-02 09:05', '', '               10:00']
    """
    shown_before, column = "", []
    for at in ats:
        text = moment(at)
        same_day = text[:14] == shown_before[:14]
        column.append("" if text == shown_before else f"{'':15}{text[15:]}" if same_day else text)
        shown_before = text
    return column


def civil_day(day: date) -> str:
    """A day of a location's own calendar, as people say it.

    >>> civil_day(date(2026, 3, 5))
    'Thu 5 March'
    """
    return f"{day:%a} {day.day} {day:%B}"


def counted(count: int, noun: str) -> str:
    """The count with its noun, in the plural where due.

    >>> counted(1, "parcel"), counted(0, "box")
    ('1 parcel', '0 boxes')
    """
    return f"{count} {noun}" if count == 1 else f"{count} {noun}{'es' if noun.endswith('x') else 's'}"
