"""What was rejected and speaks of somebody is erased with them, however it is written; everything else is kept."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from omscore.app import Oms
from omscore.cli.group import main
from omscore.customers.model import RegisterCustomer
from omscore.errors import InputError, RefusedError
from omscore.ids import PersonId
from omscore.intake import Intake
from omscore.intake.mentions import holds, mentions
from omscore.parties import Person
from omscore.places import Address
from tests.adapters.channels.samples import SAMPLES, channel_shop
from tests.kit.shops import NOON

HOME = Address(recipient="Jürgen Canary", lines=("Weg 1",), city="Berlin", postcode="10115", country="DE")
JUERGEN = Person(
    person_id=PersonId("per_j"),
    name="Jürgen Canary",
    mail="Juergen.Canary@Example.org",
    phone="+49 (30) 901-820 77",
    addresses=(("home", HOME),),
)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[tuple[Oms, Intake]]:
    with channel_shop(tmp_path) as opened:
        yield opened


@pytest.mark.parametrize(
    "text",
    [
        '{"mail": "juergen.canary@example.org"}',
        '{"mail":"JUERGEN.CANARY\\u0040EXAMPLE.ORG"}',
        "COM+juergen.canary@example.org?:EM'",
        '{"tel": "+493090182077"}',
        '{"tel": "030 / 901 820-77"}',
        "N1*ST*Jürgen Canary~N4*Berlin**10115*DE~",
        '{"name": "J\\u00fcrgen Canary", "zip": "10115"}',
        "N1*ST*Ju\u0308rgen CANARY~N4*Berlin**10115*DE~",
    ],
)
def test_a_person_is_found_however_a_message_writes_them(text: str) -> None:
    assert mentions(text.encode(), JUERGEN)


def test_a_person_is_found_in_a_document_that_is_not_utf_8() -> None:
    assert mentions("N1*ST*Jürgen Canary~N4*Berlin**10115*DE~".encode("latin-1"), JUERGEN)


@pytest.mark.parametrize(
    "text",
    [
        '{"mail": "other@example.org"}',
        '{"tel": "+493090182078"}',
        '{"id": 49309018207799}',
        '{"name": "Jürgen Canary", "zip": "10117"}',
        '{"name": "Jürgen", "zip": "10115"}',
        "",
    ],
)
def test_others_are_not_taken_for_them(text: str) -> None:
    assert not mentions(text.encode(), JUERGEN)


@given(st.binary(max_size=200))
def test_any_bytes_can_be_looked_through(content: bytes) -> None:
    assert not mentions(content, JUERGEN)
    assert mentions(content + b" juergen.canary@example.org " + content, JUERGEN)


def rejected(intake: Intake, text: str) -> str:
    (end,) = intake.take(text.encode(), "json")
    return end.reject_id


def everything(folder: Path) -> str:
    files = [path for path in folder.rglob("*") if path.is_file()]
    return "\n".join(path.read_bytes().decode("latin-1") for path in files).casefold()


def test_forgetting_a_customer_erases_the_rejects_that_speak_of_them_and_no_other(
    desk: tuple[Oms, Intake], tmp_path: Path
) -> None:
    oms, intake = desk
    oms.do(RegisterCustomer(person=JUERGEN, at=NOON))
    theirs = [
        rejected(intake, '{"order": "canary-7", "mail": "juergen.canary@example.org"}'),
        rejected(intake, '{"order": "canary-8", "name": "Jürgen Canary", "zip": "10115"}'),
    ]
    others = [rejected(intake, '{"order": "9", "mail": "other@example.org"}')]
    kept = [(intake.rejects.find(each), intake.rejects.content(each)) for each in others]
    assert oms.forget(JUERGEN.person_id) == 3
    assert "canary" not in everything(tmp_path / "rejects")
    assert [(intake.rejects.find(each), intake.rejects.content(each)) for each in others] == kept
    assert [each.is_erased for each in map(intake.rejects.find, [*theirs, *others])] == [True, True, False]
    with pytest.raises(RefusedError, match="sent again"):
        intake.again(theirs[0])
    assert oms.forget(JUERGEN.person_id) == 0


def test_a_stranger_is_erased_by_mail_or_phone_from_the_command_line(tmp_path: Path) -> None:
    with channel_shop(tmp_path) as (_, intake):
        rejected(intake, '{"order": "1", "mail": "stranger@example.org"}')
        rejected(intake, '{"order": "2", "tel": "0171 222 33 44"}')
        rejected(intake, '{"order": "3"}')
    arguments = ["--erase", "Stranger@example.org", "--erase", "+49 171 2223344"]
    done = CliRunner().invoke(main, ["intake", "--config", str(tmp_path / "shop.toml"), *arguments])
    assert (done.exit_code, done.output) == (0, "2 rejects erased.\n")
    assert "stranger" not in everything(tmp_path / "rejects")
    again = CliRunner().invoke(main, ["intake", "--config", str(tmp_path / "shop.toml"), "--again"])
    assert "1 message kept" in again.output


@pytest.mark.parametrize("mark", ["12345", "Anna", ""])
def test_what_would_fit_too_many_is_refused(mark: str) -> None:
    with pytest.raises(InputError, match="no mail address"):
        holds(b"anything", [mark])


def test_the_samples_speak_of_nobody_else() -> None:
    assert not [sample.channel for sample in SAMPLES if mentions(sample.document, JUERGEN)]
