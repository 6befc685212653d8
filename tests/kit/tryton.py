"""A real Tryton server that belongs to the tests alone: another program, in a virtual environment of its own.

Tryton's licence lets nobody import it here. Installing it and making its database take most of a minute, so both are
kept in the user's cache, under the versions they were made from; the database is a dump that each run restores. All
that is asked of the server, its set-up included, is asked by JSON-RPC.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from itertools import count
from pathlib import Path
from threading import Thread
from typing import Any

import psycopg
from psycopg.sql import SQL, Identifier

from omscore.ports.erp import Account
from omscore.secrets import Secret
from omscore_adapters.erp_tryton import TrytonAccounts, TrytonSettings
from omscore_adapters.erp_tryton.client import TrytonServer
from omscore_adapters.erp_tryton.settings import field_of
from tests.kit.postgres import HOST, USER, Server, postgres_programs

PACKAGES = (
    "trytond==8.2.1",
    "trytond_account==8.2.1",
    "trytond_account_invoice==8.2.0",
    "psycopg[binary,pool]>=3.2,<4",
)
PASSWORD = "of-the-tests-only"  # noqa: S105 (the server listens on the loopback and ends with the tests)
CODES = {account: str(1_000 + number) for number, account in enumerate(Account)}
CLOSED_CODE = "9999"
"""An account that Tryton books nothing to after January."""
_EDITION = 2
"""Part of the name of what is cached; another set-up needs another number."""
_NAMES = count(1)


class Tryton:
    """One running server with one company that keeps its books in euros, all of 2026."""

    def __init__(self, port: int, dsn: str, database: str) -> None:
        self.port = port
        self.dsn = dsn
        self.database = database
        self._admin = TrytonServer(self.settings(timeout_s=20))

    def settings(self, **more: Any) -> TrytonSettings:
        """Those of a shop that keeps its books here."""
        accounts = TrytonAccounts(**{field_of(account): code for account, code in CODES.items()})
        plain: dict[str, Any] = {
            "url": f"http://{HOST}:{self.port}",
            "database": self.database,
            "user": "admin",
            "password": Secret(PASSWORD),
            "accounts": accounts,
            "party": "WEB",
            "timeout_s": 20,
        }
        return TrytonSettings(**(plain | more))

    def ask(self, method: str, *params: Any, company: int | None = None) -> Any:
        """What a method of a model answers."""
        return self._admin.call(method, *params, context={"company": company} if company else {})

    def moves(self, *entry_ids: str) -> list[tuple[str, str]]:
        """The moves of these entries and their states, in order; drafts that were left behind are among them."""
        rows = self.ask(
            "account.move.search_read",
            [["description", "in", [*entry_ids]]],
            0,
            None,
            None,
            ["description", "state"],
            company=1,
        )
        return sorted((row["description"], row["state"]) for row in rows)

    def lines(self, *entry_ids: str) -> list[tuple[str, str, str, str]]:
        """The lines of these entries: entry, code of the account, debit, credit."""
        rows = self.ask(
            "account.move.line.search_read",
            [["move.description", "in", [*entry_ids]]],
            0,
            None,
            None,
            ["move.description", "account.code", "debit", "credit"],
            company=1,
        )
        return sorted(
            (
                row["move."]["description"],
                row["account."]["code"],
                row["debit"]["decimal"],
                row["credit"]["decimal"],
            )
            for row in rows
        )

    def invoices(self, *numbers: str) -> list[tuple[str, bool, str, str, str, str]]:
        """The invoices of these numbers: reference, is counted by Tryton, state, sums without tax, of tax, in all."""
        sums = ("untaxed_amount", "tax_amount", "total_amount")
        rows = self.ask(
            "account.invoice.search_read",
            [["reference", "in", [*numbers]]],
            0,
            None,
            None,
            ["reference", "number", "state", *sums],
            company=1,
        )
        return sorted(
            (row["reference"], bool(row["number"]), row["state"], *(row[each]["decimal"] for each in sums))
            for row in rows
        )

    def booked(self, number: str) -> dict[str, str]:
        """What the move of an invoice has booked: debit less credit by the code of the account."""
        found = self.ask(
            "account.move.line.search_read",
            [["move.origin.reference", "=", number, "account.invoice"]],
            0,
            None,
            None,
            ["account.code", "debit", "credit"],
            company=1,
        )
        sums: dict[str, Decimal] = {}
        for row in found:
            amount = Decimal(row["debit"]["decimal"]) - Decimal(row["credit"]["decimal"])
            sums[row["account."]["code"]] = sums.get(row["account."]["code"], Decimal(0)) + amount
        return {code: str(amount) for code, amount in sums.items() if amount}

    def forget_sessions(self) -> None:
        """Signs everybody out, as a restart of the server's database would."""
        with psycopg.connect(self.dsn, autocommit=True) as connection:
            connection.execute("DELETE FROM ir_session")


@contextmanager
def tryton(postgres: Server) -> Iterator[Tryton]:
    """A running server over a database of its own."""
    database = f"tryton_{os.getpid()}_{next(_NAMES)}"
    dsn = f"postgresql://{USER}@{HOST}:{postgres.port}/{database}"
    folder = Path(tempfile.mkdtemp(prefix="omscore-tryton-"))
    try:
        with psycopg.connect(postgres.dsn, autocommit=True) as connection:
            connection.execute(SQL("CREATE DATABASE {}").format(Identifier(database)))
        configuration = _configured(folder, postgres.port)
        with _locked() as cache:
            bin_folder = _installed(cache)
            dump = _dump_path(cache)
            if not dump.exists():
                _build(bin_folder, configuration, database, dsn)
                aside = dump.with_suffix(".new")
                _run([postgres_programs() / "pg_dump", "-Fc", "-f", aside, dsn])
                aside.replace(dump)
            else:
                _run([postgres_programs() / "pg_restore", "--no-owner", "-j", "2", "-d", dsn, dump])
        with _serving(bin_folder, configuration, database) as port:
            yield Tryton(port, dsn, database)
    finally:
        with psycopg.connect(postgres.dsn, autocommit=True) as connection:
            connection.execute(SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(Identifier(database)))
        shutil.rmtree(folder, ignore_errors=True)


def _configured(folder: Path, postgres_port: int) -> Path:
    with socket.socket() as free:
        free.bind((HOST, 0))
        port = free.getsockname()[1]
    path = folder / f"trytond-{port}.conf"
    path.write_text(
        f"[database]\nuri = postgresql://{USER}@{HOST}:{postgres_port}/\npath = {folder}\n"
        f"[web]\nlisten = {HOST}:{port}\n"
        "[queue]\nworker = True\n",  # none runs: nobody here reads the printed invoices it would make
        encoding="utf-8",
    )
    return path


@contextmanager
def _locked() -> Iterator[Path]:
    """The folder of the cache, while nobody else builds in it."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "omscore-tests"
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / "tryton.lock").open("ab") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield cache


def _key() -> str:
    versions = "-".join(package.partition("==")[2] for package in PACKAGES[:3])
    return f"tryton-{versions}-python-{sys.version_info[0]}.{sys.version_info[1]}"


def _dump_path(cache: Path) -> Path:
    return cache / f"{_key()}-{postgres_programs().parent.name}-{_EDITION}.dump"


def _installed(cache: Path) -> Path:
    """The programs of an environment that has Tryton."""
    home = cache / _key()
    done = home / "installed"
    if not done.exists():
        shutil.rmtree(home, ignore_errors=True)
        _run([sys.executable, "-m", "venv", home])
        _run([home / "bin" / "python", "-m", "pip", "install", "-q", "--disable-pip-version-check", *PACKAGES])
        done.touch()
    return home / "bin"


def _build(bin_folder: Path, configuration: Path, database: str, dsn: str) -> None:
    password = configuration.with_name("password")
    password.write_text(f"{PASSWORD}\n", encoding="utf-8")
    _run(
        [
            *(bin_folder / "trytond-admin", "-c", configuration, "-d", database),
            *("-u", "account_invoice", "--activate-dependencies", "--email", "books@example.org", "-p"),
        ],
        TRYTONPASSFILE=str(password),
    )
    with _serving(bin_folder, configuration, database) as port:
        _set_up(Tryton(port, dsn, database))


def _set_up(server: Tryton) -> None:
    """A company, its currency, its accounts, the twelve months of 2026, and a party for all who buy on the web."""
    shop, _ = server.ask(
        "party.party.create",
        [{"name": "Tea and Pots"}, {"name": "Web customers", "code": "WEB", "addresses": [["create", [{}]]]}],
    )
    rate = {"date": _day(2000, 1, 1), "rate": {"__class__": "Decimal", "decimal": "1"}}
    rounding = {"__class__": "Decimal", "decimal": "0.01"}
    euro = {"name": "Euro", "code": "EUR", "rounding": rounding, "digits": 2, "rates": [["create", [rate]]]}
    (currency,) = server.ask("currency.currency.create", [euro])
    (company,) = server.ask("company.company.create", [{"party": shop, "currency": currency}])
    admins = server.ask("res.user.search", [["login", "=", "admin"]], 0, None, None)
    server.ask("res.user.write", admins, {"companies": [["add", [company]]], "company": company})
    kinds: dict[str, dict[str, Any]] = {
        "Assets": {"statement": "balance"},
        "Liabilities": {"statement": "balance"},
        "Income": {"statement": "income", "revenue": True},
        "Expenses": {"statement": "income", "expense": True},
        "Receivable": {"statement": "balance", "assets": True, "receivable": True},
    }
    numbers = server.ask(
        "account.account.type.create",
        [{"name": name, "company": company, **more} for name, more in kinds.items()],
        company=company,
    )
    kind_of = dict(zip(kinds, numbers, strict=True))
    accounts = [
        {
            "name": account.value,
            "code": code,
            "company": company,
            "type": kind_of["Receivable" if account is Account.RECEIVABLE else account.value.partition(":")[0]],
            "party_required": account is Account.RECEIVABLE,
        }
        for account, code in CODES.items()
    ]
    closed = {"name": "Old", "code": CLOSED_CODE, "company": company, "type": kind_of["Expenses"]}
    ends = {"start_date": _day(2026, 1, 1), "end_date": _day(2026, 1, 31)}
    server.ask("account.account.create", [*accounts, closed | ends], company=company)
    kind = server.ask("ir.model.data.get_id", "account", "sequence_type_account_move")
    (sequence,) = server.ask(
        "ir.sequence.strict.create", [{"name": "2026", "sequence_type": kind, "company": company}], company=company
    )
    kind = server.ask("ir.model.data.get_id", "account_invoice", "sequence_type_account_invoice")
    (numbers_of_invoices,) = server.ask(
        "ir.sequence.strict.create",
        [{"name": "Invoices", "sequence_type": kind, "company": company, "prefix": "T"}],
        company=company,
    )
    sequences = {
        f"{way}_{sort}_sequence": numbers_of_invoices for way in ("in", "out") for sort in ("invoice", "credit_note")
    }
    lengths = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
    months = [
        {"name": f"2026-{month:02}", "start_date": _day(2026, month, 1), "end_date": _day(2026, month, last)}
        for month, last in enumerate(lengths, start=1)
    ]
    year = {
        "name": "2026",
        "company": company,
        "start_date": _day(2026, 1, 1),
        "end_date": _day(2026, 12, 31),
        "move_sequence": sequence,
        "invoice_sequences": [["create", [{"company": company, **sequences}]]],
        "periods": [["create", [{"type": "standard", **month} for month in months]]],
    }
    server.ask("account.fiscalyear.create", [year], company=company)
    _list_products(server, company)


def _list_products(server: Tryton, company: int) -> None:
    """Three products with the codes of the tests, one of which bears a tax by default."""
    (unit,) = server.ask("product.uom.search", [["symbol", "=", "u"]], 0, None, None)
    (booked,) = server.ask("account.account.search", [["code", "=", CODES[Account.TAX]]], 0, None, None)
    accounts = {"invoice_account": booked, "credit_note_account": booked}
    twenty = {"__class__": "Decimal", "decimal": "0.2"}
    tax = {"name": "VAT", "description": "VAT", "type": "percentage", "rate": twenty, "company": company}
    (vat,) = server.ask("account.tax.create", [tax | accounts], company=company)
    (sales,) = server.ask("account.account.search", [["code", "=", CODES[Account.SALES]]], 0, None, None)
    plain = {"name": "Plain", "accounting": True, "account_revenue": sales}
    taxed = plain | {"name": "Taxed", "customer_taxes": [["add", [vat]]]}
    categories = server.ask("product.category.create", [plain, taxed], company=company)
    for code, category in (("TEA", 0), ("CUP", 1), ("POT", 0)):
        template = {
            "name": code.title(),
            "default_uom": unit,
            "account_category": categories[category],
            "products": [["create", [{"suffix_code": code}]]],
        }
        server.ask("product.template.create", [template], company=company)


def _day(year: int, month: int, day: int) -> dict[str, Any]:
    return {"__class__": "date", "year": year, "month": month, "day": day}


@contextmanager
def _serving(bin_folder: Path, configuration: Path, database: str) -> Iterator[int]:
    """The port of a server while it runs; what it says is kept beside its configuration."""
    command = [str(bin_folder / "trytond"), "-c", str(configuration), "-d", database, "-v"]
    process = subprocess.Popen(  # noqa: S603 (a program that was installed here)
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace"
    )
    assert process.stdout is not None
    told: list[str] = []
    for line in process.stdout:
        told.append(line)
        if "Running on" in line:
            break
    else:
        process.wait()
        raise RuntimeError(f"trytond ended before it served:\n{''.join(told)[-2_000:]}")
    output = process.stdout
    draining = Thread(target=lambda: [None for _ in output], daemon=True)
    draining.start()
    try:
        yield int(configuration.stem.rpartition("-")[2])
    finally:
        process.terminate()
        process.wait()
        draining.join()
        output.close()


def _run(command: list[Any], **environment: str) -> None:
    done = subprocess.run(  # noqa: S603 (programs of the wheel or of the cached environment)
        [str(part) for part in command],
        env={**{name: value for name, value in os.environ.items() if name != "PYTHONPATH"}, **environment},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"{command[0]} ended with {done.returncode}:\n{done.stdout[-2_000:]}")
