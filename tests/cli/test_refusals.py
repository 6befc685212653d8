"""What opening a shop would refuse: `omscore lint` and `omscore plugins` tell it before, in the same words."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from omscore.app import open_shop
from omscore.errors import SetupError
from omscore.plugins import Need
from tests.cli.conftest import run
from tests.kit.distributions import install
from tests.kit.shops import RATES, SHOP, small_shop

STRIPE = '[payment.stripe]\napi_key = "sk_test_1"\nwebhook_secrets = ["whsec_C2FVsBQIhrscChlQIMV"]\n'
AWAY = '[payment.stripe]\napi_key = {env = "HERON_KEY"}\nwebhook_secrets = ["whsec_C2FVsBQIhrscChlQIMV"]\n'
UNREAD = '[payment.stripe]\napi_key = {file = "heron.key"}\nwebhook_secrets = ["whsec_C2FVsBQIhrscChlQIMV"]\n'
SERVER = '[letters.jinja]\n[notices.smtp]\nhst = "mail.tea.example"\nsender = "shop@tea.example"\n'
KARRIO = '[carrier.karrio]\nconnection = "usps"\naccount = {}\npostcodes = {DE = "80331"}\n'


class Wrong(NamedTuple):
    """A shop that cannot be opened. Shape: `without` is a library that is not installed."""

    provider: str
    says: str
    edit: str
    replacing: str = ""
    without: str = ""


WRONG = {
    "no Jinja2": Wrong(
        "letters.jinja",
        "letters.jinja needs Jinja2; pip install 'omscore[notify]'",
        "[letters.jinja]\n",
        without="jinja2",
    ),
    "no stripe": Wrong(
        "payment.stripe",
        "payment.stripe needs Stripe's library; pip install 'omscore[stripe]'",
        STRIPE,
        without="stripe",
    ),
    "no karrio": Wrong(
        "carrier.karrio",
        "carrier.karrio needs the karrio SDK; pip install 'omscore[karrio]'",
        KARRIO,
        replacing="[carrier.table]",
        without="karrio",
    ),
    "no variable": Wrong("payment.stripe", "payment.stripe.api_key: the environment has no HERON_KEY", AWAY),
    "no file of the secret": Wrong("payment.stripe", "the secret in heron.key cannot be read", UNREAD),
    "a misspelt setting": Wrong("notices.smtp", "notices.smtp.hst is not known", SERVER, replacing="[notices.file]"),
    "a locale that is none": Wrong("letters.jinja", "locale", '[letters.jinja]\nlocale = "xx_YY"\n'),
    "no such provider": Wrong("payment.strype", "did you mean stripe?", "[payment.strype]\n"),
    "a format of a channel": Wrong(
        "channel.shopify", "HERON_KEY", '[intake.web.shopify]\nsecrets = [{env = "HERON_KEY"}]\n'
    ),
}


def written(folder: Path, wrong: Wrong) -> Path:
    """The shop.toml, beside the files it names; nothing of it was ever opened."""
    text = SHOP
    if wrong.replacing:
        table = next(each for each in f"\n{SHOP}".split("\n[") if f"[{each}".startswith(wrong.replacing))
        text = text.replace(f"[{table}", "")
    config = folder / "shop.toml"
    config.write_text(text.replace('mail = "shop', 'rejects = "rejects"\nmail = "shop', 1) + wrong.edit, "utf-8")
    (folder / "rates.csv").write_text(RATES, encoding="utf-8")
    return config


def told(config: Path, command: str, *options: str) -> tuple[int, Any, str]:
    """Exit code, what it tells programs, and what it tells people."""
    report = config.parent / f"{command}.json"
    result = run(command, config, *options, "--json", report)
    return result.exit_code, json.loads(report.read_text("utf-8")), " ".join(result.output.split())


@pytest.mark.parametrize("wrong", WRONG.values(), ids=list(WRONG))
def test_what_opening_a_shop_would_refuse_is_told_before_in_the_same_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wrong: Wrong
) -> None:
    monkeypatch.delenv("HERON_KEY", raising=False)
    if wrong.without:
        monkeypatch.setitem(sys.modules, wrong.without, None)
    config = written(tmp_path, wrong)
    before = sorted(tmp_path.iterdir())
    code, found, _ = told(config, "lint")
    plugins_code, rows, printed = told(config, "plugins")
    made = {each.name for each in tmp_path.iterdir()} - {each.name for each in before}
    assert made == {"lint.json", "plugins.json"}, "nothing is opened and nothing is made"
    with pytest.raises(SetupError) as refused, open_shop(config):
        pass
    assert wrong.says in str(refused.value)
    assert (code, [each["says"] for each in found["findings"]]) == (1, [str(refused.value)])
    (row,) = [each for each in rows if f"{each['port']}.{each['provider']}" == wrong.provider]
    assert (plugins_code, row["used"], row["trouble"]) == (0, True, str(refused.value))
    assert all(not each["trouble"] for each in rows if each["used"] and each is not row)
    assert wrong.says.split("; ")[0].split()[-1] in printed


def test_everything_that_is_wrong_with_a_provider_is_told_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("HERON_KEY", raising=False)
    monkeypatch.setitem(sys.modules, "stripe", None)
    code, found, _ = told(written(tmp_path, Wrong("payment.stripe", "", AWAY)), "lint")
    says = [each["says"] for each in found["findings"]]
    assert code == 1 and len(says) == 2
    assert "the environment has no HERON_KEY" in says[0] and "needs Stripe's library" in says[1]
    (row,) = [each for each in told(tmp_path / "shop.toml", "plugins")[1] if each["provider"] == "stripe"]
    assert row["trouble"].split("\n") == says, "each in a line of its own"


def test_a_secret_that_is_there_is_looked_up_and_never_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HERON_KEY", "sk_test_heron")
    config = written(tmp_path, WRONG["no variable"])
    for command in ("lint", "plugins"):
        code, found, printed = told(config, command)
        assert code == 0 and "heron" not in printed + json.dumps(found)
    monkeypatch.setenv("HERON_KEY", "heron that is no key")
    code, found, printed = told(config, "lint")
    assert code == 1 and "no key" not in printed + json.dumps(found)


def test_a_file_can_be_looked_at_where_its_secrets_are_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HERON_KEY", raising=False)
    for name in ("no variable", "no file of the secret"):
        assert told(written(tmp_path, WRONG[name]), "lint", "--secrets-elsewhere")[0] == 0
    assert told(written(tmp_path, WRONG["a misspelt setting"]), "lint", "--secrets-elsewhere")[0] == 1


def test_without_a_shop_a_library_that_a_provider_needs_is_told_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "jinja2", None)
    result = run("plugins", "--json", tmp_path / "all.json")
    rows = json.loads((tmp_path / "all.json").read_text("utf-8"))
    (letters,) = [each for each in rows if each["port"] == "letters"]
    assert letters["trouble"] == "letters.jinja needs Jinja2; pip install 'omscore[notify]'"
    assert "needs Jinja2" in " ".join(result.output.split())


def test_health_tells_what_is_wrong_with_an_adapter_that_is_installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with small_shop(tmp_path):
        pass
    config = tmp_path / "shop.toml"
    config.write_text(config.read_text("utf-8") + AWAY, "utf-8")
    monkeypatch.delenv("HERON_KEY", raising=False)
    _, found, printed = told(config, "health")
    (stripe,) = [each for each in found["adapters"] if each["adapter"] == "payment.stripe"]
    assert stripe["installed"] and "HERON_KEY" in stripe["trouble"] and "HERON_KEY" in printed


FAX = """
from contextlib import contextmanager

from omscore.plugins import Need, PortKind, Provider, hookimpl
from omscore.records import frozen


@frozen(kw_only=True)
class Line:
    number: str


@contextmanager
def opened(settings):
    import no_such_fax


@hookimpl
def oms_providers():
    fax = Need(module="no_such_fax", name="the fax library", install="omscore-fax[line]")
    return (Provider(name="fax", port=PortKind.NOTICE, settings_type=Line, open=opened, needs=(fax,)),)
"""


def test_a_plugin_says_what_its_provider_needs_and_is_not_opened_without(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(tmp_path / "site", monkeypatch, "omscore-fax", FAX, "[omscore.plugins]\nnotices.fax = omscore_fax\n")
    wrong = Wrong("notices.fax", "", '[notices.fax]\nnumber = "1"\n', replacing="[notices.file]")
    _, found, _ = told(written(tmp_path, wrong), "lint")
    (finding,) = found["findings"]
    assert finding["says"] == "notices.fax needs the fax library; pip install 'omscore-fax[line]'"
    with pytest.raises(SetupError, match="needs the fax library"), open_shop(tmp_path / "shop.toml"):
        pass


def test_a_need_is_a_whole_library() -> None:
    with pytest.raises(SetupError, match=r"not 'karrio\.sdk'"):
        Need(module="karrio.sdk", name="it", install="it")
    assert Need(module="json", name="it", install="it").is_met
