"""What a shop may set about its PostgreSQL store."""

from __future__ import annotations

import re
from typing import Literal

import attrs

from omscore.errors import SetupError
from omscore.records import frozen

_SCHEMA_NAME = re.compile(r"[a-z_][a-z0-9_]{0,62}")


@frozen(kw_only=True)
class PostgresSettings:
    """Where the store is, how careful it is and how long it waits.

    Shape: `dsn` is a connection string such as `postgresql://shop@db.example/shop`; it never shows in a repr, for it
    may hold a password. `schema` is the namespace whose tables are the store; several shops may share a database.
    Units: lock_timeout_ms is how long a commit waits for another one's rows, statement_timeout_ms bounds all.
    Holds: with synchronous "full" an answered commit survives a crash of the server; with "off" the last ones may be
    lost, never half of one.

    >>> PostgresSettings(dsn="postgresql://shop:secret@localhost/shop")
    PostgresSettings(schema='omscore', connections=8, synchronous='full', read_only=False, lock_timeout_ms=5000, \
statement_timeout_ms=60000)
    """

    dsn: str = attrs.field(repr=False)
    schema: str = "omscore"
    connections: int = 8
    synchronous: Literal["full", "off"] = "full"
    read_only: bool = False
    lock_timeout_ms: int = 5_000
    statement_timeout_ms: int = 60_000

    def __attrs_post_init__(self) -> None:
        if not _SCHEMA_NAME.fullmatch(self.schema) or self.schema.startswith("pg_"):
            raise SetupError(
                f"storage.postgres.schema is {self.schema!r}; write a name of small letters, digits and underscores"
            )
        if self.synchronous not in ("full", "off"):
            raise SetupError(f'storage.postgres.synchronous is {self.synchronous!r}; write "full" or "off"')
        for name, least, most in (
            ("connections", 1, 200),
            ("lock_timeout_ms", 1, 60_000),
            ("statement_timeout_ms", 1, 3_600_000),
        ):
            value = getattr(self, name)
            if type(value) is not int or not least <= value <= most:
                raise SetupError(f"storage.postgres.{name} is {value!r}; write a number from {least} to {most}")
