"""`omscore plugins` tells what is installed, what it can do, and what a shop uses."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import attrs
import pytest
from click.testing import CliRunner

from omscore.cli import main
from omscore.engine.contexts import shop_codec
from omscore.health.breaker import Breaker
from omscore.health.latency import Latencies, bucket_of
from omscore.health.model import AdapterHealth, FailureKind, LastFailure, OperationHealth
from omscore.ports.health import HealthStore
from tests.cli.conftest import run
from tests.kit.shops import TEA, order, small_shop


def told(folder: Path, *arguments: object) -> dict[str, dict[str, Any]]:
    report = folder / "plugins.json"
    result = run("plugins", *arguments, "--json", report)
    assert result.exit_code == 0, result.output
    return {f"{each['port']}.{each['provider']}": each for each in json.loads(report.read_text("utf-8"))}


def wide(*arguments: object, width: int = 100) -> str:
    """What a command prints on a terminal of that many columns."""
    result = CliRunner().invoke(main, [str(each) for each in arguments], env={"COLUMNS": str(width)})
    assert result.exit_code == 0, result.output
    return result.output


def test_every_installed_provider_is_told_with_what_it_declares(tmp_path: Path) -> None:
    found = told(tmp_path)
    assert {"storage.sqlite", "payment.manual", "carrier.table", "taxes.table"} <= set(found)
    assert found["payment.manual"]["capabilities"] == ["multiple captures", "partial capture", "payment listing"]
    assert {each["used"] for each in found.values()} == {None}
    assert "partial capture" in " ".join(run("plugins").output.split())


def test_those_a_shop_uses_are_marked(tmp_path: Path) -> None:
    with small_shop(tmp_path):
        found = told(tmp_path, tmp_path / "shop.toml")
    assert found["payment.manual"]["used"] and found["carrier.table"]["used"]
    assert not found["storage.memory"]["used"]


def test_one_that_a_shop_names_and_nobody_installed_says_how_to_mend_it(tmp_path: Path) -> None:
    with small_shop(tmp_path):
        config = tmp_path / "shop.toml"
    config.write_text(config.read_text("utf-8").replace("[payment.manual]", "[payment.manaul]"), encoding="utf-8")
    found = told(tmp_path, config)
    assert "did you mean manual?" in found["payment.manaul"]["trouble"]
    assert found["payment.manaul"]["used"] and not found["payment.manual"]["used"]


def test_a_format_of_documents_that_a_channel_takes_is_used(tmp_path: Path) -> None:
    with small_shop(tmp_path) as oms:
        channel = oms.shop.channels[0].name
    config = tmp_path / "shop.toml"
    text = f'rejects = "rejects"\n{config.read_text("utf-8")}\n[intake.{channel}.table]\n'
    config.write_text(text, encoding="utf-8")
    found = told(tmp_path, config)["channel.table"]
    assert found["used"]


def test_how_the_adapters_of_a_shop_fare_is_told_as_health_tells_it(tmp_path: Path) -> None:
    with small_shop(tmp_path) as oms:
        oms.do(order(oms, {TEA: 1}))
        oms.run_due()
    found = told(tmp_path, tmp_path / "shop.toml")
    run("health", tmp_path / "shop.toml", "--json", tmp_path / "health.json")
    health = {each["adapter"]: each for each in json.loads((tmp_path / "health.json").read_text("utf-8"))["adapters"]}
    assert sorted(name for name, each in found.items() if each["health"] is not None) == sorted(health)
    for name, each in health.items():
        assert [{"adapter": name, **one} for one in each["operations"]] == found[name]["health"]["operations"]
        assert found[name]["health"]["calls"] == sum(one["calls"] for one in each["operations"])
    assert found["payment.manual"]["health"]["calls"] == 1 and found["payment.manual"]["health"]["breaker"] == "closed"
    assert found["storage.sqlite"]["health"] is None, "calls of the store are not counted"
    assert found["payment.stripe"]["health"] is None, "this shop does not use it"


def test_without_a_shop_nothing_is_said_of_calls() -> None:
    assert "Calls" not in run("plugins").output and "Breaker" not in run("plugins").output


def keep(store: object, *kept: AdapterHealth) -> None:
    """What other programs would have told the store."""
    assert isinstance(store, HealthStore)
    for each in kept:
        store.keep_health(each.adapter, lambda _, each=each: shop_codec().text(each))  # type: ignore[misc]


def seen(operation: str, calls: int, took_ms: int, *failures: tuple[FailureKind, int]) -> OperationHealth:
    return OperationHealth(
        operation=operation,
        since=datetime(2026, 3, 2, tzinfo=UTC),
        calls=calls,
        failures=failures,
        latencies=Latencies.of({bucket_of(timedelta(milliseconds=took_ms)): calls}),
    )


WEBHOOKS = """
[observers.webhooks]
[[observers.webhooks.endpoints]]
name = "crm"
url = "https://crm.tea.example/heard"
events = ["OrderPlaced"]
keys = ["whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"]
"""


def test_each_receiver_of_an_adapter_has_a_line_of_its_own(tmp_path: Path) -> None:
    with small_shop(tmp_path, edit=WEBHOOKS) as oms:
        keep(
            oms.storage,
            AdapterHealth(adapter="observers.webhooks/crm", operations=(seen("tell", 7, 9),)),
            AdapterHealth(adapter="observers.webhooks/bi", operations=(seen("tell", 5, 9),)),
        )
    found = told(tmp_path, tmp_path / "shop.toml")["observers.webhooks"]["health"]
    assert found["calls"] == 12
    assert [(each["adapter"], each["calls"]) for each in found["operations"]] == [
        ("observers.webhooks/bi", 5),
        ("observers.webhooks/crm", 7),
    ]
    lines = [line.split()[:2] for line in run("plugins", tmp_path / "shop.toml").output.splitlines()]
    assert ["observers.webhooks"] in lines, "it was never called for itself"
    assert ["/bi", "5"] in lines and ["/crm", "7"] in lines


def test_breakers_that_are_not_closed_are_told_with_the_operations_they_stand_before(tmp_path: Path) -> None:
    now = datetime.now(UTC)  # the command looks at the clock of the machine
    rests = Breaker(failures=5, rests_until=now + timedelta(days=1), rest_s=172_800)
    tried = Breaker(failures=5, rests_until=now - timedelta(days=1), rest_s=60)
    shut = (FailureKind.UNAVAILABLE, 5)
    operations = (
        seen("authorise", 40, 9),
        attrs.evolve(seen("capture", 5, 9, shut), breaker=rests),
        attrs.evolve(seen("refund", 5, 9, shut), breaker=tried),
    )
    with small_shop(tmp_path) as oms:
        keep(oms.storage, AdapterHealth(adapter="payment.manual", operations=operations))
    kept = told(tmp_path, tmp_path / "shop.toml")["payment.manual"]["health"]
    assert (kept["calls"], kept["breaker"], kept["failures"]) == (50, "open", {"unavailable": 10})
    printed = wide("plugins", tmp_path / "shop.toml", width=200)
    (line,) = [line for line in printed.splitlines() if line.split()[:1] == ["payment.manual"]]
    assert line.split()[1] == "50"
    assert "open: capture; half open: refund" in line and line.rstrip().endswith("10 unavailable")


def every_trouble(store: object, adapter: str, operations: Sequence[str]) -> None:
    """An adapter that was called a hundred thousand times, failed in every way, and is left alone altogether."""
    until = datetime.now(UTC) + timedelta(seconds=60)
    rests = Breaker(failures=9, rests_until=until, rest_s=120, changed_at=datetime(2026, 3, 2, tzinfo=UTC))
    failures = [(kind, 12_345) for kind in FailureKind]
    found = [seen(each, 123_456, 700, *failures) for each in operations]
    keep(store, AdapterHealth(adapter=adapter, operations=tuple([attrs.evolve(each, breaker=rests) for each in found])))


def words_of(printed: str) -> set[str]:
    """The words of the tables of the shop's own providers."""
    return set(printed.partition("beside them")[0].replace(",", " ").replace(":", " ").replace(";", " ").split())


def busy_shop(folder: Path) -> Path:
    """A shop all of whose adapters fail in every way; one has a receiver with a long name."""
    asked = ("buy label", "buy labels together", "look up manifest", "quotes", "track", "void label")
    with small_shop(folder, edit=WEBHOOKS) as oms:
        every_trouble(oms.storage, "carrier.table", asked)
        every_trouble(oms.storage, "observers.webhooks/crm", ("tell",))
        every_trouble(oms.storage, "observers.webhooks/the-stock-list", ("tell",))
        every_trouble(oms.storage, "payment.manual", ("authorise", "capture", "look up", "refund", "void"))
    return folder / "shop.toml"


CAN = {"multiple", "captures", "partial", "capture", "payment", "listing", "label", "void"}


@pytest.mark.parametrize("width", [80, 100, 132])
def test_no_word_is_broken_or_lost_however_much_there_is_to_tell(tmp_path: Path, width: int) -> None:
    printed = wide("plugins", busy_shop(tmp_path), width=width)
    assert max(len(line) for line in printed.splitlines()) <= width
    kinds = {word for kind in FailureKind for word in kind.split()}
    numbers = {"740736", "74070", "123456", "12345", "617280", "61725"}
    asked = {"refund", "authorise", "together", "manifest", "/crm", "/the-stock-list", "observers.webhooks"}
    assert {"observers", "beancount"} | asked | kinds | numbers | CAN <= words_of(printed), printed


@pytest.mark.parametrize("width", [80, 100, 132])
def test_health_breaks_and_loses_no_word_either(tmp_path: Path, width: int) -> None:
    printed = wide("health", busy_shop(tmp_path), width=width)
    assert max(len(line) for line in printed.splitlines()) <= width
    kinds = {word for kind in FailureKind for word in kind.split()}
    adapters = {"carrier.table", "payment.manual", "observers.webhooks", "/crm", "/the-stock-list"}
    asked = {"refund", "authorise", "together", "manifest", "123456", "12345"}
    assert adapters | asked | kinds | CAN <= words_of(printed), printed


def test_why_a_provider_cannot_be_opened_and_what_failed_last_can_be_read_in_eighty_columns(tmp_path: Path) -> None:
    """Next to long names, what is said of them has more than half of the line."""
    says = "the server of the mail refuses the sign-in of the shop and says that it is not known there at all"
    at = datetime(2026, 3, 2, 9, 5, tzinfo=UTC)
    failed = attrs.evolve(
        seen("buy labels together", 5, 9, (FailureKind.UNAVAILABLE, 5)),
        last_failure=LastFailure(kind=FailureKind.UNAVAILABLE, at=at, says=says),
    )
    with small_shop(tmp_path, edit=WEBHOOKS) as oms:
        keep(oms.storage, AdapterHealth(adapter="observers.webhooks/the-stock-list", operations=(failed,)))
    config = tmp_path / "shop.toml"
    config.write_text(config.read_text("utf-8").replace("[notices.file]", "[notices.fyle]\nx = 1"), encoding="utf-8")
    for command, words in (("plugins", "notices.fyle: no installed plugin"), ("health", "the server of the mail")):
        printed = wide(command, config, width=80)
        assert max(len(line) for line in printed.splitlines()) <= 80
        assert any(words in line for line in printed.splitlines()), printed
    assert "Mon 2026-03-02 09:05" in wide("health", config, width=80)


def test_at_eighty_columns_no_word_is_broken_or_lost_while_all_is_well(tmp_path: Path) -> None:
    with small_shop(tmp_path, edit=WEBHOOKS) as oms:
        keep(
            oms.storage,
            AdapterHealth(adapter="payment.manual", operations=(seen("authorise", 4_321, 700),)),
            AdapterHealth(
                adapter="observers.webhooks/crm", operations=(seen("tell", 99, 1, (FailureKind.UNAVAILABLE, 9)),)
            ),
        )
    printed = wide("plugins", tmp_path / "shop.toml", width=80)
    assert max(len(line) for line in printed.splitlines()) <= 80
    assert {"observers.webhooks", "/crm", "beancount", "4321", "unavailable", "closed"} | CAN <= words_of(printed), (
        printed
    )


def test_a_shop_that_was_never_opened_has_its_providers_listed_and_says_why_no_calls_are_told(tmp_path: Path) -> None:
    with small_shop(tmp_path):
        pass
    (tmp_path / "shop.db").unlink()
    found = told(tmp_path, tmp_path / "shop.toml")
    assert found["payment.manual"]["used"] and found["payment.manual"]["health"] is None
    assert "open the shop once" in found["payment.manual"]["health_trouble"]
    assert "No calls are told: storage.sqlite.path" in run("plugins", tmp_path / "shop.toml").output


def test_a_database_that_cannot_be_read_has_the_providers_listed_all_the_same(tmp_path: Path) -> None:
    with small_shop(tmp_path):
        pass
    (tmp_path / "shop.db").write_bytes(b"no database " * 500)
    found = told(tmp_path, tmp_path / "shop.toml")
    assert found["carrier.table"]["capabilities"] == ["label void"] and found["carrier.table"]["health_trouble"]
