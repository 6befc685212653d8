"""What the settings of the Tryton books take, and that the password stays where it belongs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from omscore.errors import SetupError
from omscore.policy.loading import load_record
from omscore.ports.erp import Account
from omscore_adapters.erp_tryton import TrytonSettings
from omscore_adapters.erp_tryton.settings import field_of

SOUND: dict[str, Any] = {
    "url": "https://books.example.org",
    "database": "shop",
    "user": "omscore",
    "password": "canary-of-the-tests",
    "accounts": {field_of(account): "1000" for account in Account},
}


def loaded(**more: Any) -> TrytonSettings:
    return load_record({**SOUND, **more}, TrytonSettings, folder=Path(), where="erp.tryton")


def test_every_account_of_ours_has_a_code_of_its_own_in_the_settings() -> None:
    codes = {field_of(account): str(number) for number, account in enumerate(Account)}
    accounts = loaded(accounts=codes).accounts
    assert [accounts.code(account) for account in Account] == [str(number) for number, _ in enumerate(Account)]


@pytest.mark.parametrize("account", Account)
def test_an_account_without_a_code_is_told_by_its_place(account: Account) -> None:
    codes = {name: code for name, code in SOUND["accounts"].items() if name != field_of(account)}
    with pytest.raises(SetupError, match=rf"erp\.tryton\.accounts\.{field_of(account)}"):
        loaded(accounts=codes)


@pytest.mark.parametrize(
    "wrong",
    [
        {"url": "http://books.example.org"},
        {"url": "http://127.0.0.1.example.org"},
        {"url": "https://omscore:pw@books.example.org"},
        {"url": "https://books.example.org/?database=shop"},
        {"url": "https://"},
        {"url": "https://books.example.org:port"},
        {"url": "file:///etc/passwd"},
        {"database": "shop/../other"},
        {"database": ""},
        {"user": "a:b"},
        {"user": ""},
        {"timeout_s": 0},
        {"timeout_s": 21},
        {"password": ""},
        {"documents": []},
        {"documents": ["moves", "moves"]},
        {"documents": ["orders"]},
        {"documents": ["sales"]},
        {"documents": ["sales", "sales"], "sale_tax": "Cents"},
    ],
)
def test_settings_that_would_reach_the_wrong_place_or_show_the_password_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(SetupError) as caught:
        loaded(**wrong)
    assert "canary" not in str(caught.value)


@pytest.mark.parametrize("url", ["http://localhost:8000", "http://[::1]:8000", "https://books.example.org/tryton/"])
def test_this_machine_may_be_asked_in_the_clear_and_any_other_by_https(url: str) -> None:
    assert loaded(url=url).url == url


def test_the_password_shows_nowhere() -> None:
    assert "canary" not in f"{loaded()} {loaded()!r}"
