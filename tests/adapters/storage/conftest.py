"""Empty PostgreSQL stores for the kit, quicker than new ones."""

from __future__ import annotations

from collections.abc import Callable
from itertools import cycle

import psycopg
import pytest
from psycopg.sql import SQL, Identifier

from omscore_adapters.storage_postgres import PostgresSettings
from tests.kit.postgres import Server

AT_ONE_TIME = 3
"""More than any law keeps open at one time."""


@pytest.fixture(scope="session")
def emptied(postgres: Server) -> Callable[[], PostgresSettings]:
    """The settings of a store without a row; what was in the one given out three calls ago is gone."""
    schemas = cycle([postgres.settings() for _ in range(AT_ONE_TIME)])

    def give() -> PostgresSettings:
        settings = next(schemas)
        with psycopg.connect(settings.dsn, autocommit=True) as connection:
            found = connection.execute(
                "SELECT tablename FROM pg_tables WHERE schemaname = %s AND tablename <> 'meta'", (settings.schema,)
            ).fetchall()
            if found:
                tables = SQL(", ").join(Identifier(settings.schema, name) for (name,) in found)
                connection.execute(SQL("TRUNCATE {} RESTART IDENTITY").format(tables))
        return settings

    return give
