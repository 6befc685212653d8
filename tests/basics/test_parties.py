"""Parties: persons that do not print, channels that say what they may draw on."""

from __future__ import annotations

from typing import Any

import attrs
import pytest

from omscore.errors import InputError, NotFoundError
from omscore.ids import LocationId, PersonId
from omscore.parties import Channel, ChannelKind, Person
from omscore.places import Address

HOME = Address(recipient="Ada Reader", lines=("1 High Street",), city="London", country="GB")
WORK = Address(recipient="Ada Reader", lines=("2 Low Street",), city="Leeds", country="GB")
ADA = Person(
    person_id=PersonId("per_1"),
    name="Ada Reader",
    mail="ada@reader.example",
    phone="+44 20 7946 0000",
    addresses=(("home", HOME), ("work", WORK)),
)
WEB = Channel(name="web", kind=ChannelKind.WEB, currency="EUR")


def test_a_person_prints_as_the_id_alone() -> None:
    assert repr(ADA) == str(ADA) == f"{ADA}" == "Person(person_id='per_1')"


def test_an_address_is_found_by_its_name() -> None:
    assert ADA.address("work") == WORK


def test_an_address_that_is_not_there_is_not_found_and_nothing_personal_is_said() -> None:
    with pytest.raises(NotFoundError, match="per_1") as refusal:
        ADA.address("holiday")
    for personal in ("Ada", "Reader", "High", "reader.example", "home"):
        assert personal not in str(refusal.value)
        assert personal not in repr(refusal.value.fields)


@pytest.mark.parametrize("mail", ["ada@reader.example", "a@b", "ä@bücher.example", "first+tag@sub.reader.example", ""])
def test_mail_addresses_pass(mail: str) -> None:
    assert attrs.evolve(ADA, mail=mail).mail == mail


@pytest.mark.parametrize(
    "mail",
    [
        *("ada", "@", "a@", "@b", "a@b@c", "a b@c", " a@b", "a@b ", "a@b\n", "a@b\r\nBcc: x@y"),
        *("a\x00@b", "a@\u202eb", "a@b\u3000c", "a@" + "b" * 253, None),
    ],
    ids=lambda mail: ascii(mail)[:20],
)
def test_a_mail_address_that_could_not_be_sent_to_is_refused_and_not_repeated(mail: Any) -> None:
    with pytest.raises(InputError, match="mail address") as refusal:
        attrs.evolve(ADA, mail=mail)
    assert "Bcc" not in str(refusal.value)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("person_id", "per 1"),
        ("name", ""),
        ("name", None),
        ("phone", "1" * 41),
        ("phone", "1\n2"),
        ("addresses", [("home", HOME)]),
        ("addresses", (("home", HOME), ("home", WORK))),
        ("addresses", (("e\u0301", HOME), ("\u00e9", WORK))),
        ("addresses", (("", HOME),)),
        ("addresses", (("home", "1 High Street"),)),
        ("addresses", (HOME,)),
        ("addresses", (("home", HOME, WORK),)),
    ],
)
def test_a_person_with_a_field_that_cannot_be_is_refused(field: str, value: Any) -> None:
    with pytest.raises(InputError):
        attrs.evolve(ADA, **{field: value})


def test_a_channel_draws_on_the_general_pool_of_all_locations_unless_told_otherwise() -> None:
    assert (WEB.pools, WEB.locations, WEB.prices_include_tax, WEB.reserve_threshold) == (("general",), (), True, 0)
    store = attrs.evolve(WEB, pools=("store", "general"), locations=(LocationId("MUC"),), reserve_threshold=2)
    assert (store.pools, store.locations, store.reserve_threshold) == (("store", "general"), ("MUC",), 2)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("name", "x" * 61),
        ("kind", "web"),
        ("currency", "XXX"),
        ("currency", "euro"),
        ("pools", ()),
        ("pools", ["general"]),
        ("pools", "general"),
        ("pools", ("a", "a")),
        ("pools", ("a b",)),
        ("pools", (["a"],)),
        ("prices_include_tax", 1),
        ("locations", ("MUC", "MUC")),
        ("locations", ["MUC"]),
        ("locations", ("",)),
        ("reserve_threshold", -1),
        ("reserve_threshold", 1.0),
    ],
)
def test_a_channel_with_a_field_that_cannot_be_is_refused(field: str, value: Any) -> None:
    with pytest.raises(InputError):
        attrs.evolve(WEB, **{field: value})


def test_a_channel_name_has_no_colon() -> None:
    with pytest.raises(InputError, match="colon"):
        Channel(name="web:de", kind=ChannelKind.WEB, currency="EUR")
