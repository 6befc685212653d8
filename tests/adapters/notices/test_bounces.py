"""What a mail that came in is: only a failure of a letter under the shop's own seal is a bounce, whatever the bytes."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from omscore.errors import SetupError
from omscore.ports.bounces import BounceReading, MailKind, ReadMail
from omscore.ports.notices import Notice
from omscore.secrets import Secret
from omscore_adapters.notice_smtp import SmtpNotices, SmtpNoticeSettings
from omscore_adapters.notice_smtp.bounces import LETTER, read_bounce
from omscore_adapters.notice_smtp.mailtext import MOST_BYTES
from omscore_adapters.notice_smtp.mapping import travelling
from omscore_adapters.notice_smtp.seals import opened_name, sealed_name
from tests.adapters.notices.postmaster import report_on
from tests.kit.shops import NOON

SECRET = Secret("a secret of the tests alone")
OLD = Secret("the secret of the year before")
KEY = "ord_1.notice.order_placed"
RETURNED = Path(__file__).with_name("returned")


def named(key: str = KEY, secret: Secret = SECRET) -> str:
    name = sealed_name(key, secret)
    assert name is not None
    return name


def mail(name: str, letter: str = "") -> bytes:
    """A message of the corpus about a letter. Shape: every `@NAME@` in the file is where its name comes back."""
    text = (RETURNED / f"{name}.eml").read_text(encoding="utf-8")
    return text.replace("@NAME@", letter or named()).encode()


def read(raw: bytes) -> ReadMail:
    return read_bounce(raw, [SECRET, OLD])


def letter(key: str = KEY, secret: Secret | None = SECRET, sender: str = "orders@shop.example") -> bytes:
    notice = Notice(key=key, to="anna@example.org", subject="Sent", text="Hello\n.\n", html="<p>Hello</p>", at=NOON)
    return travelling(notice, sender=sender, shop="staff@shop.example", secret=secret)


BOUNCES = {
    "postfix": "5.1.1",
    "exim": "5.0.0",
    "exchange": "5.1.10",
    "gmail": "4.2.2",
    "ses": "5.7.1",
    "qmail": "5.1.1",
    "international": "5.1.1",
}
OTHERS = {
    "delayed": "still tries",
    "vacation": "automatic answer",
    "read": "was read",
    "complaint": "complaint",
    "forwarded": "no report",
    "plain": "no report",
}


def test_every_message_of_the_corpus_has_its_place_here() -> None:
    assert {path.stem for path in RETURNED.iterdir()} == {*BOUNCES, *OTHERS}


@pytest.mark.parametrize("ends", [b"\n", b"\r\n", b"\r"], ids=["lf", "crlf", "cr"])
@pytest.mark.parametrize("name", BOUNCES)
def test_the_bounces_of_the_servers_that_send_most_are_told_with_letter_and_status(name: str, ends: bytes) -> None:
    found = read(mail(name).replace(b"\n", ends))
    assert found == ReadMail(kind=MailKind.BOUNCE, letter=KEY, status=BOUNCES[name])


@pytest.mark.parametrize("name", OTHERS)
def test_a_delay_an_automatic_answer_a_receipt_and_a_complaint_are_no_bounce_and_say_what_they_are(name: str) -> None:
    found = read(mail(name))
    assert (found.kind, OTHERS[name] in found.says) == (MailKind.OTHER, True)


@pytest.mark.parametrize("name", BOUNCES)
def test_a_bounce_of_what_was_not_sent_from_here_is_not_ours(name: str) -> None:
    seal = named().split(".")[-2]
    for foreign in (
        named(secret=Secret("the secret of somebody else")),
        f"ord_2.notice.order_placed.{seal}.omscore",
        "20260302.1234",
        f"{KEY}.omscore",
        named().replace(".omscore", ""),
    ):
        assert read(mail(name, foreign)).kind is MailKind.FOREIGN


def test_a_letter_sealed_before_the_secret_was_changed_is_still_known() -> None:
    assert read(mail("postfix", named(secret=OLD))).letter == KEY


@pytest.mark.parametrize(
    ("before", "after", "says"),
    [
        ("Action: failed\n", "", "does not say what was done"),
        ("Action: failed\n", "Action: vanished\n", "does not say what was done"),
        ("message/delivery-status", "text/plain", "no delivery status"),
        ("Final-Recipient: rfc822; anna@example.org\nOriginal-Recipient: rfc822;anna@example.org\nAction: failed\n"
         "Status: 5.1.1\n", "", "names no receiver"),
    ],
)  # fmt: skip
def test_a_report_without_what_a_report_must_have_is_unreadable_and_says_why(
    before: str, after: str, says: str
) -> None:
    text = mail("postfix").decode()
    assert before in text
    found = read(text.replace(before, after).encode())
    assert (found.kind, says in found.says) == (MailKind.UNREADABLE, True)


@pytest.mark.parametrize(
    ("status", "answer", "known"),
    [
        ("5.1.1 (no such user)", "", "5.1.1"),
        ("", "smtp; 550 5.2.1 closed", "5.2.1"),
        ("2.0.0", "smtp; 554 5.7.1 no", "5.7.1"),
        ("", "smtp; 550 no", "5.0.0"),
        ("5.1", "", "5.0.0"),
        ("5.1.1.1", "", "5.0.0"),
        ("9.9.9", "", "5.0.0"),
        ("4.4.7", "smtp; 421 4.4.2 gone", "4.4.7"),
    ],
)
def test_a_failure_without_a_status_that_can_be_used_has_that_of_its_answer_or_none_in_particular(
    status: str, answer: str, known: str
) -> None:
    text = mail("ses").decode()
    text = text.replace("Status: 5.7.1", f"Status: {status}").replace("smtp; 554 5.7.1 policy of the receiver", answer)
    assert read(text.encode()).status == known


def test_what_failed_for_one_receiver_of_several_failed_and_for_good_before_for_now() -> None:
    more = "Action: {}\nStatus: {}\nFinal-Recipient: rfc822; b@example.org\n\n"
    for action, status, known in (("delivered", "2.0.0", "5.7.1"), ("failed", "4.4.7", "5.7.1")):
        blocks = more.format(action, status) + "Final-Recipient: rfc822; anna"
        found = read(mail("ses").replace(b"Final-Recipient: rfc822; anna", blocks.encode()))
        assert (found.kind, found.status) == (MailKind.BOUNCE, known)


ANY_KEY = st.text(min_size=1, max_size=80)


@example(key="..a..b..", secret=SECRET)
@example(key="a=41%41", secret=SECRET)
@given(key=ANY_KEY, secret=st.text(min_size=1).filter(str.strip).map(Secret))
def test_a_name_under_a_seal_comes_back_as_the_key_it_was_made_of_and_fits_into_a_message_id(
    key: str, secret: Secret
) -> None:
    name = sealed_name(key, secret)
    assert name is not None
    assert opened_name(f"<{name}@shop.example>", [SECRET, secret]) == opened_name(name, [secret]) == key
    assert not name.startswith(".") and ".." not in name and name.isascii() and " " not in name
    assert opened_name(name, [Secret(f"{secret.reveal()}!")]) is None


@given(st.data())
def test_no_letter_of_a_sealed_name_can_be_another_one(data: st.DataObject) -> None:
    name = named()
    at = data.draw(st.integers(0, len(name.removesuffix(".omscore")) - 1))
    other = data.draw(st.sampled_from("abcdefghijklmnopqrstuvwxyz234567=._~-ABZ019"))
    changed = name[:at] + other + name[at + 1 :]
    assert (opened_name(changed, [SECRET]) == KEY) is (changed == name)
    assert opened_name(changed, [SECRET]) in (KEY, None)


def test_a_key_too_long_to_travel_has_no_sealed_name_and_the_letter_is_sent_all_the_same() -> None:
    assert sealed_name("x" * 901, SECRET) is None
    assert LETTER.encode() not in letter("x" * 901)
    assert f"<{named('x' * 900)}@shop.example>".encode() in letter("x" * 900)


@settings(max_examples=60)
@given(
    key=st.text(st.characters(codec="utf-8"), min_size=1, max_size=120),
    action=st.sampled_from(["failed", "delayed", "delivered", "relayed", "expanded", "Failed", "FAILED"]),
    status=st.from_regex(r"[45]\.[0-9]{1,3}\.[0-9]{1,3}", fullmatch=True),
    whole=st.booleans(),
    sender=st.sampled_from(["orders@shop.example", "orders@bücher.example", "orders@[192.0.2.9]"]),
)
def test_what_a_mail_system_reports_of_a_letter_is_what_is_read_and_only_failed_is_a_bounce(
    *, key: str, action: str, status: str, whole: bool, sender: str
) -> None:
    found = read(
        report_on(
            letter(key, sender=sender), "anna@example.org", sender=sender, action=action, status=status, whole=whole
        )
    )
    if action.lower() == "failed":
        assert found == ReadMail(kind=MailKind.BOUNCE, letter=key, status=status)
    else:
        assert (found.kind, found.letter) == (MailKind.OTHER, "")
    foreign = letter(key, secret=None, sender=sender)
    found = read(report_on(foreign, "anna@example.org", sender=sender, status=status, whole=whole))
    assert (found.kind, found.letter) == (MailKind.FOREIGN, "")


@settings(max_examples=300)
@given(st.data())
def test_whatever_becomes_of_a_message_on_its_way_there_is_an_answer_and_never_another_letter(
    data: st.DataObject,
) -> None:
    raw = bytearray(mail(data.draw(st.sampled_from([*BOUNCES, *OTHERS]))))
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, len(raw)))
        till = data.draw(st.integers(at, min(len(raw), at + 400)))
        piece = data.draw(
            st.one_of(
                st.binary(max_size=40),
                st.just(bytes(raw[at:till])),
                st.sampled_from(
                    [b"\n\n", b"--b", b"Content-Type: multipart/digest; boundary=b\n\n", b"(" * 300, b"\0"]
                ),
                st.sampled_from(
                    [b"Content-Type: message/rfc822\n\n", b"Content-Transfer-Encoding: base64\n", b"=?x?q?"]
                ),
            )
        )
        raw[at:till] = piece
    found = read(bytes(raw))
    assert found.letter in ("", KEY)
    assert (found.kind is MailKind.BOUNCE) is (found.letter == KEY) is bool(found.status)
    assert (found.kind is MailKind.BOUNCE) is not bool(found.says)
    assert "anna" not in found.says


@given(st.one_of(st.binary(max_size=2_000), st.text().map(str.encode)))
def test_bytes_that_are_no_mail_have_an_answer(raw: bytes) -> None:
    assert read(raw).kind in (MailKind.OTHER, MailKind.UNREADABLE)


def nested(depth: int, sort: bytes = b"mixed") -> bytes:
    return b"".join(
        b"Content-Type: multipart/%s; boundary=b%d\n\n--b%d\n" % (sort, number, number) for number in range(depth)
    )


REPORT = b"Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n--b\n"
STATUS = REPORT + b"Content-Type: message/delivery-status\n\n"
HOSTILE = {
    "deep": nested(30) + b"x\n" * 39_000,
    "deep with many ends": nested(30) + b"--b99\n" * 39_000,
    "deeper": REPORT + nested(5_000),
    "digests in digests": nested(30, b"digest") + b"x\n" * 39_000,
    "messages in messages": REPORT + b"Content-Type: message/rfc822\n\n" * 5_000,
    "messages without a line between": b"Content-Type: message/rfc822\n\n" * 30,
    "comments": REPORT.replace(b"multipart", b"(" * 900 + b"multipart"),
    "parameters": REPORT.replace(b"; b", b";a=b" * 200 + b"; b") * 12,
    "split parameters": REPORT.replace(b"; b", b"".join(b"; a*%d*=''%%41" % n for n in range(60)) + b"; b") * 12,
    "quotes": REPORT.replace(b"; b", b'; a="' + b"\\x" * 450 + b"; b") * 12,
    "empty groups": STATUS + b"\n" * 4_000,
    "groups": STATUS + b"Action: failed\n\n" * 2_400,
    "fields": STATUS + b"Action: failed\n" * 39_000,
    "one field": STATUS + b"Action: failed\n" + b" x\n" * 39_000,
    "one line": REPORT + b"x" * (MOST_BYTES - 500),
    "too large": REPORT + b"x" * MOST_BYTES,
    "headers": b"A: b\n" * 39_000 + b"\n",
    "one header": b"Subject: " + b"x" * (MOST_BYTES - 500),
    "folded header": b"Subject: x\n" + b" x\n" * 39_000,
    "names": REPORT.replace(b"\n\n", b"\nReferences: " + b"<a.omscore> " * 300_000 + b"\n\n", 1),
    "receivers of qmail": b"Subject: x\n\nHi. This is the\n\n" + b"<a@b>:\n" * 39_000,
    "statuses of qmail": b"Subject: x\n\nHi. This is the\n\n<a@b>:\n" + b"(#" * 1_900_000 + b"\n\n-\n\n",
    "base64": STATUS.replace(b"delivery-status\n\n", b"delivery-status\nContent-Transfer-Encoding: base64\n\n")
    + b"QUFB" * 900_000,
    "no bytes": b"",
    "zeros": b"\0" * MOST_BYTES,
}  # fmt: skip

MOST_CALLS = 3_000_000
"""How many calls a message may cost: a second or two of a slow machine."""


@contextmanager
def few_calls() -> Iterator[None]:
    """Counts what is called inside, for time says something of the machine."""
    calls = 0

    def count(_frame: FrameType, event: str, _what: object) -> None:
        nonlocal calls
        calls += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        yield
    finally:
        sys.setprofile(before)
    assert calls < MOST_CALLS, f"{calls} calls"


@pytest.mark.parametrize("name", HOSTILE)
def test_a_message_made_to_take_long_has_an_answer_soon(name: str) -> None:
    with few_calls():
        found = read(HOSTILE[name])
    assert found.kind in (MailKind.UNREADABLE, MailKind.OTHER, MailKind.FOREIGN)
    assert found.says


def test_a_large_mail_that_is_no_report_is_no_bounce_and_a_large_report_is_unreadable() -> None:
    attached = b"Content-Type: multipart/mixed; boundary=b\n\n" + b"x" * MOST_BYTES
    assert [read(raw).kind for raw in (attached, HOSTILE["too large"])] == [MailKind.OTHER, MailKind.UNREADABLE]


@pytest.mark.parametrize(
    ("message", "says"),
    [
        (REPORT + b"x" * MOST_BYTES, "larger than 4 MiB"),
        (REPORT + b"x\n" * 40_000, "more than 40000 lines"),
        (REPORT + b"\n\n" * 2_501, "more than 2500 empty lines"),
        (REPORT + nested(30), "more than 30 parts"),
        (REPORT.replace(b"; b", b";a=" + b"b" * 1_000 + b"; b", 1), "too long"),
        (REPORT.replace(b"; b", b";a=" + b"b" * 900 + b"; b", 1) * 20, "too long"),
        (REPORT + b"Content-Type: text/plain;\n" + b" x=y;\n" * 200 + b"\nx\n--b--\n", "too long"),
    ],
    ids=lambda each: each if isinstance(each, str) else "",
)
def test_a_report_beyond_what_is_read_says_which_bound_it_is_beyond(message: bytes, says: str) -> None:
    found = read(message)
    assert (found.kind, says in found.says) == (MailKind.UNREADABLE, True)


def test_a_report_that_returns_nothing_is_known_by_what_it_says_it_answers() -> None:
    whole = mail("exchange")
    alone = whole[: whole.index(b"Content-Type: message/rfc822")] + b"\n"
    assert read(alone) == ReadMail(kind=MailKind.BOUNCE, letter=KEY, status="5.1.10")
    assert read(alone.replace(b"In-Reply-To", b"X-Was")).letter == KEY
    assert read(alone.replace(b"In-Reply-To", b"X-Was").replace(b"References", b"X-Were")).kind is MailKind.FOREIGN


@pytest.mark.parametrize(
    ("before", "after"),
    [(b"Hi. This is the", b"Hello. This is the"), (b"\n--- Below", b"\nBelow"), (b"<anna@example.org>:", b"anna:")],
)
def test_a_plain_mail_that_is_not_in_every_way_as_qmail_writes_it_is_no_bounce(before: bytes, after: bytes) -> None:
    assert before in mail("qmail")
    assert read(mail("qmail").replace(before, after)).kind is MailKind.OTHER


def settings_with(*secrets: Secret) -> SmtpNoticeSettings:
    return SmtpNoticeSettings(host="mail.example.org", sender="orders@shop.example", bounce_secrets=secrets)


def test_without_a_secret_nothing_is_read_and_the_message_id_is_as_it_was() -> None:
    port = SmtpNotices(settings_with())
    assert isinstance(port, BounceReading)
    with pytest.raises(SetupError, match="bounce_secrets is empty"):
        port.read_bounce(mail("postfix"))
    assert LETTER.encode() not in letter(secret=None)
    assert SmtpNotices(settings_with(SECRET)).read_bounce(mail("postfix")).letter == KEY


def test_a_secret_that_can_be_guessed_is_refused() -> None:
    with pytest.raises(SetupError, match="bounce_secrets holds one of fewer than 16"):
        settings_with(Secret("short"))
