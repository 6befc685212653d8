"""Every interchange that came is acknowledged once, with the faults that other readers find in it, and no answer is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydifact.segmentcollection import Interchange as PydifactInterchange

from omscore.app import Oms, open_shop
from omscore.engine.plans.acknowledging import AcknowledgeInterchange
from omscore.errors import InputError, RefusedError
from omscore.intake import End, Ending, Intake, open_intake
from omscore.orders.answers import MessageAnswer
from omscore.parties import FormVerdict
from omscore.ports.acknowledgements import AcknowledgingChannel, InterchangeChecked, PartnerAnswer
from omscore.ports.clock import VirtualClock
from omscore.ports.news import ChannelNotice
from omscore_adapters.channel_edifact import EdifactChannel, EdifactSettings
from omscore_adapters.channel_edifact.telling import as_edifact
from omscore_adapters.channel_x12 import X12Channel, X12Settings
from omscore_adapters.channel_x12.telling import as_x12
from tests.adapters.channels.ediback import x12_segments
from tests.adapters.channels.pyx12_850 import acknowledged_by_pyx12, write_map
from tests.adapters.channels.samples import edifact, x12
from tests.adapters.channels.test_telling_edi import EDIFACT, X12
from tests.kit.shops import NOON, RATES, SHOP, stock_up

pytestmark = pytest.mark.filterwarnings("ignore:segments.xml not found")

ACK_X12 = attrs.evolve(X12, acknowledge=True)
ACK_EDIFACT = attrs.evolve(EDIFACT, acknowledge=True)
TABLES = {
    "x12": '[intake.web.x12]\ncurrency = "EUR"\nown_id = "TEASHOP"\npartner_id = "BIGBUYER"\n',
    "edifact": '[intake.web.edifact]\nown_id = "4000002000004"\npartner_id = "4000001000005"\n',
}
WHOLE = {"x12": x12(), "edifact": edifact()}
every_format = pytest.mark.parametrize("name", ["x12", "edifact"])


def changed(document: bytes, old: bytes, new: bytes) -> bytes:
    assert document.count(old) == 1, old
    return document.replace(old, new)


@contextmanager
def shop(folder: Path, name: str, *, is_new: bool = True) -> Iterator[tuple[Oms, Intake]]:
    """A shop that acknowledges what comes to its web channel; opened again it is the same shop."""
    config = folder / "shop.toml"
    table = TABLES[name] + 'outbox = "out"\nacknowledge = true\n'
    if is_new:
        config.write_text(f'rejects = "rejects"\n{SHOP}\n{table}', encoding="utf-8")
        (folder / "rates.csv").write_text(RATES, encoding="utf-8")
    with open_shop(config, clock=VirtualClock(NOON)) as oms:
        if is_new:
            stock_up(oms)
        yield oms, open_intake(oms)


def files(folder: Path, kind: str = "acknowledgement") -> list[bytes]:
    """The messages of one sort in the outbox, in the order of their numbers."""
    return [path.read_bytes() for path in sorted((folder / "out").glob(f"*-{kind}.*"))]


def x12_answer(document: bytes) -> tuple[bytes, InterchangeChecked]:
    (told,) = X12Channel(ACK_X12).checked(document)
    return as_x12(ChannelNotice(channel="web", number=7, at=NOON, news=told), ACK_X12), told


def edifact_answer(document: bytes) -> tuple[list[list[Any]], InterchangeChecked]:
    """The CONTRL as `pydifact` reads it."""
    (told,) = EdifactChannel(ACK_EDIFACT).checked(document)
    content = as_edifact(ChannelNotice(channel="web", number=7, at=NOON, news=told), ACK_EDIFACT)
    interchange = PydifactInterchange.from_str(content.decode("latin-1"))
    (message,) = interchange.get_messages()
    assert (message.type, message.version) == ("CONTRL", "D.3")
    assert int(str(message.get_footer_segment().elements[0])) == len(message.segments) + 2
    return [[segment.tag, *segment.elements] for segment in message.segments], told


class Said(NamedTuple):
    """What a 997 says: of the sets, of the group, and every fault as (segment, position, element, code)."""

    sets: tuple[str, ...]
    group: str
    faults: frozenset[tuple[str, int, int, str]]


def said(acknowledgement: bytes) -> Said:
    """What `pyx12` reads in a 997, once it has found every count and number right."""
    sets, group, faults, at = [], "", set(), ("", 0)
    for segment in x12_segments(acknowledgement):
        values = [*segment, *[""] * 6]
        match values[0]:
            case "AK3":
                at = (values[1], int(values[2]))
                if values[4] != "8":
                    faults.add((*at, 0, values[4]))
            case "AK4":
                faults.add((*at, int(values[1]), values[3]))
            case "AK5":
                sets.append(values[1])
                faults |= {("SE", 0, 0, code) for code in values[2:] if code not in ("", "5")}
            case "AK9":
                group = values[1]
            case _:
                pass
    return Said(tuple(sets), group, frozenset(faults))


@pytest.fixture(scope="module")
def maps(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_map(tmp_path_factory.mktemp("pyx12"))


LINES = x12().decode().split("~\n")[2:-3]
PLACES = [
    (at, element)
    for at, line in enumerate(LINES)
    if line[:3] in ("BEG", "N1*", "N3*", "N4*", "PO1", "PID", "CTT", "AMT")
    for element in range(1, line.count("*") + 1)
    if line.split("*")[element] and line.split("*")[0:2] != ["PID", "F"]
]


@settings(max_examples=40)
@given(
    faults=st.dictionaries(
        st.sampled_from(PLACES), st.sampled_from(["", "x", "9" * 90, "20261399", "1.5", "-3"]), min_size=1, max_size=3
    )
)
def test_ours_and_another_receiver_find_the_same_faults_in_the_same_places(
    maps: Path, faults: dict[tuple[int, int], str]
) -> None:
    lines = [line.split("*") for line in LINES]
    for (at, element), text in faults.items():
        lines[at][element] = text
    whole = x12().decode()
    document = whole.replace("~\n".join(LINES), "~\n".join("*".join(line).rstrip("*") for line in lines)).encode()
    ours, theirs = said(x12_answer(document)[0]), said(acknowledged_by_pyx12(document, maps))
    assert ours.faults == theirs.faults
    assert (ours.group == "A") == (theirs.group == "A")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"REF*DP", b"XQ*DP"),
        (b"SE*13", b"SE*14"),
        (b"*0001~\nGE", b"*0002~\nGE"),
    ],
)
def test_ours_and_another_receiver_say_the_same_of_a_segment_that_is_wrong(maps: Path, old: bytes, new: bytes) -> None:
    document = changed(x12(), old, new)
    ours, theirs = said(x12_answer(document)[0]), said(acknowledged_by_pyx12(document, maps))
    assert ours.faults == theirs.faults
    assert (ours.sets, ours.group) == (theirs.sets, theirs.group) == (("R",), "R")


@pytest.mark.parametrize(
    ("old", "new", "ta1", "group"),
    [
        (b"IEA*1*", b"IEA*2*", "021", []),
        (b"IEA*1*000000101", b"IEA*1*000000102", "001", []),
        (b"IEA*1*000000101~", b"", "023", []),
        (b"GE*1*1~", b"GE*2*1~", "022", ["5"]),
        (b"GE*1*1~", b"GE*1*2~", "022", ["4"]),
        (b"GE*1*1~\nIEA*1*000000101~", b"", "023", ["3"]),
    ],
)
def test_an_interchange_whose_envelope_does_not_fit_is_rejected_as_a_whole(
    old: bytes, new: bytes, ta1: str, group: Sequence[str]
) -> None:
    content, told = x12_answer(changed(x12(), old, new))
    assert told.verdict is FormVerdict.REJECTED
    segments = x12_segments(content)
    assert [each[1:] for each in segments if each[0] == "TA1"] == [["000000101", "260302", "1200", "R", ta1]]
    (ak9,) = [each for each in segments if each[0] == "AK9"]
    assert (ak9[1], ak9[4], ak9[5:]) == ("R", "0", group)


def test_a_segment_that_must_be_there_is_told_where_it_belongs() -> None:
    without_head = changed(x12(), b"BEG*00*SA*PO-77**20260302~\n", b"").replace(b"SE*13", b"SE*12")
    without_lines = changed(x12(lines=(), end=("CTT*0",)), b"SE*9*", b"SE*9*")
    assert said(x12_answer(without_head)[0]) == Said(("R",), "R", frozenset({("BEG", 2, 0, "3")}))
    assert said(x12_answer(without_lines)[0]) == Said(("R",), "R", frozenset({("PO1", 8, 0, "3")}))


def test_an_interchange_without_a_group_is_told_of_by_ta1_alone() -> None:
    head, *_, end = x12().split(b"~\n")[:-1]
    content, told = x12_answer(b"~\n".join([head, end]) + b"~\n")
    assert told.verdict is FormVerdict.REJECTED
    assert [each[0] for each in x12_segments(content)] == ["ISA", "TA1", "IEA"]


@pytest.mark.parametrize(
    ("old", "new", "uci", "below"),
    [
        (b"", b"", ["7"], []),
        (b"UNZ+1+42", b"UNZ+2+42", ["4", "29", "UNZ"], []),
        (b"UNZ+1+42", b"UNZ+1+43", ["4", "28", "UNZ"], []),
        (b"UNZ+1+42'", b"", ["4", "13", "UNZ"], []),
        (b"UNT+19+1", b"UNT+18+1", ["7"], [["UCM", "1", ["ORDERS", "D", "96A", "UN"], "4", "29", "UNT"]]),
        (b"ORDERS:D", b"ORDCHG:D", ["7"], [["UCM", "1", ["ORDCHG", "D", "96A", "UN"], "4", "14", "UNH"]]),
        (
            b"QTY+21:2:PCE",
            b"QTY+21:two:PCE",
            ["7"],
            [["UCM", "1", ["ORDERS", "D", "96A", "UN"], "4"], ["UCS", "10"], ["UCD", "37", ["2", "2"]]],
        ),
        (
            b"BGM+220+PO-88+9",
            b"BGM+220++9",
            ["7"],
            [["UCM", "1", ["ORDERS", "D", "96A", "UN"], "4"], ["UCS", "2"], ["UCD", "13", ["3", "1"]]],
        ),
    ],
)
def test_a_contrl_says_to_another_reader_what_is_wrong_and_where(
    old: bytes, new: bytes, uci: list[str], below: list[list[Any]]
) -> None:
    document = changed(edifact(), old, new) if old else edifact()
    segments, told = edifact_answer(document)
    assert segments[0][:4] == ["UCI", "42", ["4000001000005", "14"], ["4000002000004", "14"]]
    assert segments[0][4:] == uci
    assert segments[1:] == below
    assert (told.verdict is FormVerdict.ACCEPTED) == (uci == ["7"] and not below)


def test_an_order_that_is_read_with_faults_is_accepted_with_errors() -> None:
    document = changed(x12(), b"*45402*", b"*45402-4540-1234567*")
    content, told = x12_answer(document)
    assert told.verdict is FormVerdict.WITH_ERRORS
    assert said(content) == Said(("E",), "E", frozenset({("N4", 7, 3, "5")}))
    (message,) = X12Channel(ACK_X12).read(document)
    assert message.order is not None


def test_what_is_well_formed_and_for_a_person_to_look_at_is_accepted() -> None:
    assert x12_answer(x12(purpose="05"))[1].verdict is FormVerdict.ACCEPTED


def test_of_two_orders_in_a_group_the_bad_one_is_rejected_and_the_good_one_accepted() -> None:
    first, last = x12().index(b"ST*"), x12().index(b"GE*")
    bad = changed(x12()[first:last].replace(b"*0001", b"*0002"), b"PO1*1*2", b"PO1*1*two")
    document = x12()[:first] + x12()[first:last] + bad + x12()[last:].replace(b"GE*1*", b"GE*2*")
    content, told = x12_answer(document)
    assert told.verdict is FormVerdict.PARTLY
    assert said(content) == Said(("A", "R"), "P", frozenset({("PO1", 8, 2, "6")}))
    (ak9,) = [each for each in x12_segments(content) if each[0] == "AK9"]
    assert ak9[1:] == ["P", "2", "2", "1"]


@every_format
def test_an_interchange_is_acknowledged_once_however_often_it_is_given_and_the_shop_is_opened(
    tmp_path: Path, name: str
) -> None:
    for is_new in (True, False, False):
        with shop(tmp_path, name, is_new=is_new) as (oms, intake):
            for _ in range(2):
                intake.take(WHOLE[name], "web")
                intake.take(WHOLE[name] + changed(WHOLE[name], b"PO-", b"QO-"), "web")
                oms.run_due()
    assert len(files(tmp_path)) == 2, "one for each interchange"
    everything = sorted((tmp_path / "out").iterdir())
    numbers = [int(path.name.partition("-")[0]) for path in everything]
    assert numbers == list(range(1, len(everything) + 1))


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("x12", b"BIGBUYER       *ZZ", b"378282246310005*ZZ"),
        ("x12", b"*ZZ*BIGBUYER       *ZZ", b"*ZZ*BIG\x01\x02UYER     *ZZ"),
        ("x12", b"*260302*1200*U", b"*26\x000302*120*U"),
        ("edifact", b"+4000001000005:14+", b"+4111111111111111:14+"),
        ("edifact", b"+4000001000005:14+", b"+4000001000005:14:" + b"X" * 2_000 + b"+"),
        ("edifact", b"+4000001000005:14+", b"+4000\x00001:14+"),
        ("edifact", b"ORDERS:D:96A:UN", b"ORDERS:D:96A4111111111111111:UN"),
    ],
)
def test_whatever_stands_in_an_envelope_its_interchange_is_acknowledged(
    tmp_path: Path, name: str, old: bytes, new: bytes
) -> None:
    with shop(tmp_path, name) as (oms, intake):
        intake.take(changed(WHOLE[name], old, new), "web")
        assert oms.run_due().dead == 0
        assert len(files(tmp_path)) == 1


def test_of_very_many_orders_those_that_are_rejected_are_told_and_all_are_counted() -> None:
    first, last = x12().index(b"ST*"), x12().index(b"GE*")
    one, bad = x12()[first:last], changed(x12()[first:last], b"PO1*1*2", b"PO1*1*two")
    sets = one * 10_000 + bad
    document = x12()[:first] + sets + x12()[last:].replace(b"GE*1*", b"GE*10001*")
    content, told = x12_answer(document)
    assert [message.verdict for message in told.groups[0].messages] == [FormVerdict.REJECTED]
    (ak9,) = [each for each in x12_segments(content) if each[0] == "AK9"]
    assert ak9[1:] == ["P", "10001", "10001", "10000"]


@every_format
def test_programs_that_take_one_interchange_at_once_acknowledge_it_once(tmp_path: Path, name: str) -> None:
    with shop(tmp_path, name):
        pass

    def take(_: int) -> None:
        with shop(tmp_path, name, is_new=False) as (oms, intake):
            intake.take(WHOLE[name], "web")
            oms.run_due()

    with ThreadPoolExecutor(4) as programs:
        list(programs.map(take, range(8)))
    assert len(files(tmp_path)) == 1


@every_format
def test_an_acknowledgement_that_a_crash_prevented_is_made_when_the_document_comes_again(
    tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with shop(tmp_path, name) as (oms, intake):
        with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
            patch.setattr(type(oms.channels["web"]), "checked", interrupted)
            intake.take(WHOLE[name], "web")
        oms.run_due()
        assert files(tmp_path) == []
        (end,) = intake.take(WHOLE[name], "web")
        oms.run_due()
        assert end.ending is Ending.DUPLICATE
        assert len(files(tmp_path)) == 1


def interrupted(_channel: object, _document: bytes) -> tuple[InterchangeChecked, ...]:
    raise KeyboardInterrupt


@every_format
def test_a_reject_that_is_mended_and_tried_again_is_not_acknowledged_again(tmp_path: Path, name: str) -> None:
    bad = {"x12": (b"PO1*1*2*", b"PO1*1*two*"), "edifact": (b"QTY+21:2:", b"QTY+21:two:")}[name]
    with shop(tmp_path, name) as (oms, intake):
        (end,) = intake.take(changed(WHOLE[name], *bad), "web")
        payload = tmp_path / "rejects" / f"{end.reject_id}.payload"
        payload.write_bytes(changed(payload.read_bytes(), bad[1], bad[0]))
        (again,) = intake.again(end.reject_id)
        oms.run_due()
        assert again.ending is Ending.TAKEN
        assert len(files(tmp_path)) == 1


def reply(name: str, number: int, document: bytes | None = None) -> bytes:
    """The acknowledgement a partner would send of our message of that number: ours of theirs, addressed back."""
    whole = WHOLE[name] if document is None else document
    if name == "x12":
        numbered = whole.replace(b"*1*X*004010", b"*%d*X*004010" % number).replace(b"GE*1*1", b"GE*1*%d" % number)
        (told,) = X12Channel(ACK_X12).checked(numbered)
        return as_x12(ChannelNotice(channel="web", number=900 + number, at=NOON, news=told), ACK_X12)
    (told,) = EdifactChannel(ACK_EDIFACT).checked(whole.replace(b"+42'", b"+%d'" % number))
    return as_edifact(ChannelNotice(channel="web", number=900 + number, at=NOON, news=told), ACK_EDIFACT)


@every_format
def test_an_acknowledgement_is_noted_beside_its_message_and_never_acknowledged(tmp_path: Path, name: str) -> None:
    with shop(tmp_path, name) as (oms, intake):
        intake.take(WHOLE[name], "web")
        oms.run_due()
        before = len(list((tmp_path / "out").iterdir()))
        ends: list[End] = []
        for _ in range(2):
            ends += intake.take(reply(name, 1), "web")
            oms.run_due()
        assert [end.ending for end in ends] == [Ending.ANSWER] * 2
        assert [end.answer for end in ends] == [PartnerAnswer(number=1, verdict=FormVerdict.ACCEPTED)] * 2
        assert oms.look(MessageAnswer, "web:1").verdict is FormVerdict.ACCEPTED
        assert len(list((tmp_path / "out").iterdir())) == before, "an answer was answered"
        assert intake.rejects.listed() == []


@every_format
def test_a_message_the_partner_rejects_is_told_with_its_code(tmp_path: Path, name: str) -> None:
    bad = {"x12": (b"PO1*1*2*", b"PO1*1*two*"), "edifact": (b"QTY+21:2:", b"QTY+21:two:")}[name]
    with shop(tmp_path, name) as (oms, intake):
        intake.take(WHOLE[name], "web")
        oms.run_due()
        (end,) = intake.take(reply(name, 1, changed(WHOLE[name], *bad)), "web")
        answer = oms.look(MessageAnswer, "web:1")
    assert end.answer is not None
    assert (end.answer.verdict, answer.verdict) == (FormVerdict.REJECTED, FormVerdict.REJECTED)
    assert answer.says == {"x12": "PO1 (segment 8) 8; PO102 6; AK5 5", "edifact": "segment 10; element 2.2: 37"}[name]


@every_format
def test_an_acknowledgement_of_a_message_that_was_never_sent_is_kept_as_a_reject(tmp_path: Path, name: str) -> None:
    with shop(tmp_path, name) as (_, intake):
        (end,) = intake.take(reply(name, 77), "web")
        assert end.ending is Ending.REJECTED
        assert "there is no message 77 to channel web" in end.complaints[0].says


def test_the_acknowledgement_another_program_writes_is_read(maps: Path) -> None:
    good, bad = x12(), changed(x12(), b"PO1*1*2*", b"PO1*1*two*")
    (accepted,) = X12Channel(ACK_X12).read(acknowledged_by_pyx12(good, maps))
    (rejected,) = X12Channel(ACK_X12).read(acknowledged_by_pyx12(bad, maps))
    assert accepted.answer == PartnerAnswer(number=1, verdict=FormVerdict.ACCEPTED)
    assert rejected.answer is not None
    assert (rejected.answer.verdict, rejected.answer.says) == (
        FormVerdict.REJECTED,
        "PO1 (segment 8) 8; PO102 6; AK5 5",
    )


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        (b"AK9*A", b"AK9*Q", "AK901 is 'Q'"),
        (b"AK1*PO*1", b"AK1*PO*one", "AK102 is 'one'"),
        (b"AK9*A*1*1*1~", b"", "SE01 says '6' segments, there are 5"),
    ],
)
def test_half_an_acknowledgement_is_a_reject_that_says_why(old: bytes, new: bytes, words: str) -> None:
    (message,) = X12Channel(ACK_X12).read(changed(reply("x12", 1), old, new))
    assert message.answer is None
    assert words in message.complaints[0].says


@every_format
def test_a_shop_that_does_not_acknowledge_refuses_to(tmp_path: Path, name: str) -> None:
    with shop(tmp_path, name):
        config = tmp_path / "shop.toml"
        config.write_text(config.read_text().replace("acknowledge = true\n", ""))
    with open_shop(config, clock=VirtualClock(NOON)) as oms:
        intake = open_intake(oms)
        intake.take(WHOLE[name], "web")
        oms.run_due()
        assert files(tmp_path) == []
        channel = oms.channels["web"]
        assert isinstance(channel, AcknowledgingChannel)
        (told,) = channel.checked(WHOLE[name])
        with pytest.raises(RefusedError, match="set acknowledge = true"):
            oms.do(AcknowledgeInterchange(channel="web", interchange=told, at=NOON))


@pytest.mark.parametrize("kind", [X12Settings, EdifactSettings])
def test_acknowledging_needs_an_outbox(kind: Any) -> None:
    with pytest.raises(InputError, match="there is no outbox"):
        kind(acknowledge=True)
