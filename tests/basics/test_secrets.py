"""A secret shows nowhere: not in text, records, dicts, pickles, JSON or complaints."""

from __future__ import annotations

import copy
import json
import pickle
from pathlib import Path

import attrs
import pytest

from omscore.errors import InputError, SetupError
from omscore.policy.loading import load_record
from omscore.secrets import Secret

CANARY = "canary-5f2c9b1e7d"


@attrs.frozen(kw_only=True)
class Account:
    """The settings of some provider."""

    name: str
    key: Secret


def test_a_secret_shows_in_no_way_of_printing_it() -> None:
    account = Account(name="shop", key=Secret(CANARY))
    shown = [repr(account), str(account.key), f"{account.key:>40}", " ".join(map(repr, [account.key]))]
    shown += [repr(attrs.asdict(account)), str(attrs.astuple(account)), repr(vars(type(account.key)))]
    assert not [text for text in shown if CANARY in text]
    assert account.key.reveal() == CANARY


def test_a_secret_is_neither_pickled_nor_written_as_json() -> None:
    with pytest.raises(TypeError):
        pickle.dumps(Secret(CANARY))
    with pytest.raises(TypeError):
        json.dumps({"key": Secret(CANARY)})
    assert copy.deepcopy(Secret(CANARY)).reveal() == CANARY


def test_secrets_are_equal_when_their_texts_are() -> None:
    assert Secret(CANARY) == Secret(CANARY) and Secret(CANARY) != Secret("other")
    assert Secret(CANARY) != CANARY and len({Secret(CANARY), Secret(CANARY)}) == 1


@pytest.mark.parametrize("empty", ["", "  \n"])
def test_an_empty_secret_is_none(empty: str) -> None:
    with pytest.raises(InputError, match="empty"):
        Secret(empty)


def test_a_secret_is_read_from_the_file_the_environment_or_a_file_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHOP_KEY", CANARY)
    (tmp_path / "key.txt").write_text(f"{CANARY}\n", encoding="utf-8")
    for setting in (CANARY, {"env": "SHOP_KEY"}, {"file": "key.txt"}):
        account = load_record({"name": "shop", "key": setting}, Account, folder=tmp_path, where="payment.some")
        assert account.key.reveal() == CANARY


@pytest.mark.parametrize(
    ("setting", "says"),
    [
        ({"env": "NO_SUCH_KEY_HERE"}, "payment.some.key: the environment has no NO_SUCH_KEY_HERE"),
        ({"file": "missing.txt"}, "payment.some.key: the secret in missing.txt cannot be read"),
        ("", "payment.some.key: a secret is empty"),
        (17, "payment.some.key must be text, or where it is kept"),
        ([CANARY], "payment.some.key must be text, or where it is kept"),
        ({"env": "A", "file": CANARY}, "payment.some.key must be text, or where it is kept"),
    ],
)
def test_a_secret_that_is_not_there_is_told_by_its_place_and_never_shown(
    tmp_path: Path, setting: object, says: str
) -> None:
    with pytest.raises(SetupError) as told:
        load_record({"name": "shop", "key": setting}, Account, folder=tmp_path, where="payment.some")
    assert says in str(told.value) and CANARY not in str(told.value)
