"""The records of Tryton that the settings name, found once and kept."""

from __future__ import annotations

from datetime import date

from omscore.border import JsonValue
from omscore.errors import PortTransientError, PortUnknownError, SetupError
from omscore.ports.erp import Account
from omscore_adapters.erp_tryton.client import TrytonServer
from omscore_adapters.erp_tryton.mapping import Chart, LedgerAccount, day_value
from omscore_adapters.erp_tryton.settings import TrytonSettings, field_of


def read(
    server: TrytonServer, model: str, domain: list[JsonValue], fields: list[JsonValue], context: dict[str, JsonValue]
) -> list[dict[str, JsonValue]]:
    """The records of a model that a domain finds, by their number.

    Raises: PortTransientError also when no answer came: a question changes no books.
    """
    try:
        found = server.call(f"{model}.search_read", domain, 0, None, [["id", "ASC"]], ["id", *fields], context=context)
    except PortUnknownError as error:
        raise PortTransientError(f"{error}; it was only a question") from error
    if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
        raise PortTransientError(f"Tryton's answer about {model} is no list of records")
    return [each for each in found if isinstance(each, dict)]


def number_of(row: dict[str, JsonValue]) -> int:
    """The number of a record. Raises: PortTransientError when it has none."""
    number = row.get("id")
    if type(number) is not int:
        raise PortTransientError("Tryton's answer holds a record without a number")
    return number


def find_chart(server: TrytonServer, settings: TrytonSettings) -> Chart:
    """Everything the settings name.

    Raises: SetupError with the path of what Tryton does not have.
    """
    company, currency_number, currency = _company(server, settings)
    context: dict[str, JsonValue] = {"company": company}
    return Chart(
        company=company,
        currency=currency,
        currency_number=currency_number,
        journal=coded(server, "account.journal", settings.journal, "journal", context),
        accounts=_accounts(server, settings, context),
        party=coded(server, "party.party", settings.party, "party", context) if settings.party else None,
    )


def find_period(server: TrytonServer, chart: Chart, day: date) -> int | None:
    """The open period of that day; None when there is none."""
    rows = read(
        server,
        "account.period",
        [
            ["company", "=", chart.company],
            ["start_date", "<=", day_value(day)],
            ["end_date", ">=", day_value(day)],
            ["state", "=", "open"],
            ["type", "=", "standard"],
        ],
        [],
        chart.context,
    )
    return number_of(rows[0]) if rows else None


def _company(server: TrytonServer, settings: TrytonSettings) -> tuple[int, int, str]:
    domain: list[JsonValue] = [["party.name", "=", settings.company]] if settings.company else []
    rows = read(server, "company.company", domain, ["rec_name", "currency", "currency.code"], {})
    if len(rows) != 1:
        names = ", ".join(sorted(str(row.get("rec_name")) for row in rows)) or "none of that name"
        raise SetupError(
            f"erp.tryton.company: {settings.user} sees {names} in Tryton; name the one to book in",
            path="erp.tryton.company",
        )
    match rows[0]:
        case {"id": int(number), "currency": int(currency_number), "currency.": {"code": str(currency)}}:
            return number, currency_number, currency
        case _:
            raise PortTransientError("Tryton's answer about the company names no currency")


def coded(server: TrytonServer, model: str, code: str, field: str, context: dict[str, JsonValue]) -> int:
    """The number of the record with that code, which the settings have under `field`.

    Raises: SetupError when there is none, or several.
    """
    rows = read(server, model, [["code", "=", code]], [], context)
    if len(rows) != 1:
        raise SetupError(
            f"erp.tryton.{field}: Tryton has {len(rows) or 'no'} {model} with the code {code!r}; give the code of one",
            path=f"erp.tryton.{field}",
        )
    return number_of(rows[0])


def _accounts(
    server: TrytonServer, settings: TrytonSettings, context: dict[str, JsonValue]
) -> dict[Account, LedgerAccount]:
    codes: list[JsonValue] = [*sorted({settings.accounts.code(account) for account in Account})]
    rows = read(
        server,
        "account.account",
        [["company", "=", context["company"]], ["code", "in", codes], ["type", "!=", None]],
        ["code", "party_required"],
        context,
    )
    found: dict[str, list[LedgerAccount]] = {}
    for row in rows:
        each = LedgerAccount(number=number_of(row), needs_party=row.get("party_required") is True)
        found.setdefault(str(row.get("code")), []).append(each)
    chosen: dict[Account, LedgerAccount] = {}
    for account in Account:
        code = settings.accounts.code(account)
        matching = found.get(code, [])
        if len(matching) != 1:
            path = f"erp.tryton.accounts.{field_of(account)}"
            raise SetupError(
                f"{path}: Tryton has {len(matching) or 'no'} account with the code {code!r} that can be booked to;"
                " give the code of one",
                path=path,
            )
        chosen[account] = matching[0]
    return chosen
