"""A shop's database opened for reading alone: records and the log, without any configuration."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias, TypeVar

import click

from omscore.billing.externals import ExternalId
from omscore.codec import Codec
from omscore.engine.contexts import BY_STATE, shop_codec
from omscore.engine.reader import Reader
from omscore.errors import InputError, NotFoundError, SetupError
from omscore.ids import PersonId
from omscore.orders.model import Order
from omscore.parties import Person
from omscore.plugins.discovery import Plugins
from omscore.plugins.providers import PortKind
from omscore.policy.loading import load_shop
from omscore.ports.storage import Storage

S = TypeVar("S")
F = TypeVar("F", bound=Callable[..., Any])
Where: TypeAlias = Path | str
"""Where a store is. Shape: a path of a database file or of a shop.toml; text is the URL of a PostgreSQL database."""

_SEARCHED = 20_000
_TOLD = 5


class Fact(NamedTuple):
    """One event with its place in the log. Shape: `seq` is the order of commits."""

    seq: int
    stream: str
    version: int
    event: Any


class Records:
    """The records of one store. Shape: `plugins` are those whose payloads are read in today's words; at first none."""

    def __init__(self, storage: Storage, codec: Codec) -> None:
        self.storage = storage
        self.codec = codec
        self.reader = Reader(storage, codec)
        self.plugins = Plugins()

    def find(self, kind: type[S], identity: str) -> S | None:
        """The record of that sort and id; None when there is none."""
        stream = BY_STATE[kind].stream(identity)
        found = self.reader.read([stream]).get(stream)
        return None if found is None else found[1]

    def look(self, kind: type[S], identity: str) -> S:
        """The same. Raises: NotFoundError."""
        found = self.find(kind, identity)
        if found is None:
            prefix = BY_STATE[kind].prefix
            raise NotFoundError(f"there is no {prefix} {identity!r} in this database", code=f"{prefix}.unknown")
        return found

    def every(self, kind: type[S]) -> Iterator[S]:
        """All records of one sort, by id."""
        for row in self.storage.streams(f"{BY_STATE[kind].prefix}/"):
            yield self.codec.record(row.state, kind)

    def order(self, name: str) -> Order:
        """The order of an id, of a `channel:reference`, or of what another system calls a document about it.

        Raises: NotFoundError naming the orders most like it; InputError naming the orders when there are several.
        """
        stream = self.storage.claimed(f"reference:{name}") or ""
        order = self.find(Order, stream.removeprefix("order/") or name) or self._called(name)
        if order is None:
            raise NotFoundError(
                f"there is no order {name!r} here; give an order id, channel:reference, or a number of another system."
                f" {self._orders_like(name)}",
                code="order.unknown",
            )
        return order

    def external_ids(self, name: str) -> list[ExternalId]:
        """What other systems call documents: those of that id, those they call so, and those of that order."""
        streams = self.storage.listed("external", name, limit=1_000_000)
        return [self.look(ExternalId, stream.partition("/")[2]) for stream in streams]

    def _called(self, name: str) -> Order | None:
        """The one order that documents of that name are about; None when there is no such document."""
        known = self.external_ids(name)
        found = {each.about: order for each in known if (order := self.find(Order, each.about)) is not None}
        if len(found) == 1 or not known:
            return next(iter(found.values()), None)
        told = "; ".join(f"{each.system} calls {each.sort} {each.our_id} of {each.about} so" for each in known)
        if not found:
            raise NotFoundError(f"{told}, which is no order; give an order id", code="order.unknown")
        raise InputError(f"{name} stands for several orders: {told}; give an order id", code="order.ambiguous")

    def log(self, streams: Iterable[str]) -> list[Fact]:
        """The events of these streams in the order they were committed."""
        facts = (
            Fact(row.seq, row.stream, row.version, self.codec.event(row.name, row.at, row.body))
            for stream in streams
            for row in self.storage.events(stream=stream)
        )
        return sorted(facts, key=lambda fact: fact.seq)

    def person(self, person_id: PersonId) -> Person | None:
        """The person in the vault; None when it was never told or is forgotten."""
        text = self.storage.vault_get(person_id, "person")
        return self.codec.record(text, Person) if text else None

    def _orders_like(self, name: str) -> str:
        ids = [stream.partition("/")[2] for stream in self.storage.listed("placed", "", limit=_SEARCHED)]
        if not ids:
            return "This database has no orders."
        close = difflib.get_close_matches(name, ids, n=_TOLD) or ids[:_TOLD]
        return f"Orders there are: {', '.join(close)}{' and others' if len(ids) > len(close) else ''}."


class WhereType(click.Path):
    """Takes a URL as it is and anything else as a path."""

    def __init__(self) -> None:
        super().__init__(path_type=Path, dir_okay=False)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if isinstance(value, str) and value.startswith(("postgresql://", "postgres://")):
            return value
        return super().convert(value, param, ctx)


@contextmanager
def open_records(where: Where, *, read_only: bool = True) -> Iterator[Records]:
    """The records of a database file, of a PostgreSQL database, or of the store that a shop.toml names.

    Raises: SetupError when there is no such file, or it leads to no store of ours that is kept between programs.
    """
    name, settings, folder = _found(where)
    with Plugins().open(PortKind.STORAGE, name, {**settings, "read_only": read_only}, folder=folder) as storage:
        yield Records(storage, shop_codec())


def _found(path: Where) -> tuple[str, Mapping[str, Any], Path]:
    """The provider of a store, its settings, and the folder that paths in them are read from."""
    if isinstance(path, str):
        return "postgres", {"dsn": path}, Path()
    if not path.is_file():
        raise SetupError(f"there is no file {path}; give the path of a shop's database, or of its shop.toml")
    if path.suffix != ".toml":
        return "sqlite", {"path": str(path.absolute())}, Path()
    ((name, settings),) = load_shop(path).storage.items()
    if name == "memory":
        raise SetupError(f"{path}: a store in memory ends with its program; there is nothing to look at")
    return name, settings, path.absolute().parent


def db_option(command: F) -> F:
    """Adds `--db PATH` to a command."""
    return click.option(
        "db",
        "--db",
        type=WhereType(),
        required=True,
        metavar="DB",
        help="The shop's database file, its shop.toml, or a postgresql:// URL.",
    )(command)
