"""Letters in the language of their reader: each says its facts, as text and as HTML, and a shop may bring its own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from datetime import date
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from omscore.app import Oms, open_shop
from omscore.engine.letters import LETTERS, SHOP_LETTERS, letter
from omscore.errors import PortRefusedError, SetupError
from omscore.money import Money
from omscore.money.formatting import format_money
from omscore.orders.model import Order
from omscore.plugins import PortKind
from omscore.plugins.discovery import Plugins
from omscore.ports.clock import VirtualClock
from omscore.ports.letters import CUSTOMER_LETTERS, LETTER_FACTS, WRITTEN_LETTERS, LetterWish
from omscore.ports.notices import Notice
from omscore_adapters import letters_jinja
from omscore_adapters.letters_jinja import JinjaLetters, LetterSettings
from omscore_adapters.letters_jinja.mapping import SAMPLE
from tests.kit.shops import ANNA, NOON, RATES, SHOP, TEA, order, pass_time, send_out, stock_up
from tests.laws.bench import Offer, Outbox

SPOKEN: Mapping[str, tuple[str, ...]] = {
    "order_placed": ("name", "order_id", "total", "lines", "ordered_on", "shop_name"),
    "payment_declined": ("name", "order_id", "says", "hours", "shop_name"),
    "shipped": ("name", "order_id", "tracking", "arrives_on", "shop_name"),
    "delivered": ("name", "order_id", "tracking", "shop_name"),
    "followup": ("name", "order_id", "shop_mail", "shop_name"),
    "return_received": ("name", "order_id", "shop_name"),
    "refunded": ("name", "order_id", "amount", "shop_name"),
    "not_to_be_had": ("name", "order_id", "lines", "shop_name"),
    "delayed": ("name", "order_id", "lines", "arrives_on", "shop_name"),
    "invoice_due": ("name", "order_id", "amount", "due_on", "shop_name"),
    "cart_reminder": ("name", "lines", "shop_name"),
    "low_stock": ("sku", "units", "point", "shop_name"),
}
FORMED: Mapping[str, Mapping[str, str]] = {
    "en_GB": {
        "total": "€129.00",
        "amount": "€39.00",
        "ordered_on": "2 Mar 2026",
        "arrives_on": "5 Mar 2026",
        "due_on": "16 Mar 2026",
    },
    "de_DE": {
        "total": "129,00\xa0€",
        "amount": "39,00\xa0€",
        "ordered_on": "02.03.2026",
        "arrives_on": "05.03.2026",
        "due_on": "16.03.2026",
    },
    "fr_FR": {
        "total": "129,00\xa0€",
        "amount": "39,00\xa0€",
        "ordered_on": "2 mars 2026",
        "arrives_on": "5 mars 2026",
        "due_on": "16 mars 2026",
    },
}


@pytest.fixture(scope="module")
def letters() -> Iterator[JinjaLetters]:
    made = JinjaLetters(LetterSettings(locale="de_DE", channels={locale: locale for locale in (*FORMED, "nl_NL")}))
    yield made
    made.close()


def wish(template: str, channel: str = "web", **facts: str | Money | date) -> LetterWish:
    return LetterWish(template=template, channel=channel, locale="en_GB", facts={**SAMPLE, **facts})


def test_there_is_a_letter_for_everything_customers_are_told() -> None:
    assert set(CUSTOMER_LETTERS) == set(LETTERS) - SHOP_LETTERS
    assert set(WRITTEN_LETTERS) == set(SPOKEN)
    assert set(SAMPLE) == set(LETTER_FACTS)


@pytest.mark.parametrize("locale", FORMED)
@pytest.mark.parametrize("template", WRITTEN_LETTERS)
def test_a_letter_says_its_facts_in_the_form_of_its_language_as_text_and_as_html(
    letters: JinjaLetters, template: str, locale: str
) -> None:
    said = letters.write(wish(template, locale))
    facts = {**SAMPLE, **FORMED[locale]}
    for fact in SPOKEN[template]:
        assert str(facts[fact]).strip() in said.text
        assert str(facts[fact]).strip() in unescape(said.html)
    assert ("ord_1" in said.subject) is (template not in ("cart_reminder", "low_stock"))
    assert f'lang="{locale[:2]}"' in said.html


def test_the_three_languages_have_words_of_their_own(letters: JinjaLetters) -> None:
    for template in WRITTEN_LETTERS:
        assert len({letters.write(wish(template, locale)).text for locale in FORMED}) == 3


def test_a_language_nobody_wrote_templates_for_is_english_with_its_own_amounts(letters: JinjaLetters) -> None:
    said = letters.write(wish("refunded", "nl_NL"))
    assert "we refunded €\xa039,00 for your order" in said.text


def test_an_unknown_arrival_is_not_spoken_of(letters: JinjaLetters) -> None:
    for locale in FORMED:
        text = letters.write(wish("shipped", locale, arrives_on="")).text
        assert "2026" not in text
        assert "TB000000001DE" in text


def test_the_language_is_the_channels_then_the_settings_then_the_shops() -> None:
    both = LetterSettings(locale="de_DE", channels={"web-fr": "fr_FR"})
    assert [both.locale_of(channel, "en_GB") for channel in ("web-fr", "web")] == ["fr_FR", "de_DE"]
    assert LetterSettings().locale_of("web", "en_GB") == "en_GB"


def own(folder: Path, files: Mapping[str, str]) -> LetterSettings:
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(content, encoding="utf-8")
    return LetterSettings(locale="de_DE", folder=folder)


def test_a_shops_own_templates_replace_those_that_come_with_it(tmp_path: Path) -> None:
    made = JinjaLetters(
        own(tmp_path, {"de/shipped.txt": "Los!\n\nHallo {{ name }}\n", "de/refunded.html": "<b>{{ amount }}</b>"})
    )
    try:
        assert made.write(wish("shipped")).subject == "Los!"
        assert made.write(wish("shipped")).text == "Hallo A. Reader\n"
        assert made.write(wish("refunded")).html == "<b>39,00\xa0€</b>"
        assert made.write(wish("delivered")).subject == "Ihre Bestellung ord_1 ist angekommen"
    finally:
        made.close()


@pytest.mark.parametrize(
    ("files", "says"),
    [
        ({"de/shipped.txt": "Los!\n\n{{ nmae }}"}, "de/shipped.txt: 'nmae' is undefined"),
        ({"de/shipped.txt": "Los!\n\n{{ name"}, "de/shipped.txt line 3"),
        ({"de/shipped.txt": "Los!\nno gap\n"}, "must begin with the subject"),
        ({"de/shipped.txt": ""}, "must begin with the subject"),
        ({"de/layout.html": "{{ name.__class__ }}"}, "de/layout.html: access to attribute '__class__'"),
        ({"de/shipped.txt": "Los!\n\n{{ 'x' * 300000 }}"}, "more than 262144 bytes"),
        ({"de/shipped.txt": "Los!\n\n{{ 'x' * 2000000000 }}"}, "de/shipped.txt"),
        ({"de/shpped.txt": "Los!\n\n"}, "de/shpped.txt is no template"),
        ({"shipped.txt": "Los!\n\n"}, "shipped.txt is no template"),
        ({"de/shipped.txt": "x" * 70_000}, "larger than 65536 bytes"),
    ],
)
def test_a_template_that_cannot_be_used_is_named_when_the_shop_is_opened(
    tmp_path: Path, files: Mapping[str, str], says: str
) -> None:
    with pytest.raises(SetupError, match=r"letters\.jinja\.folder") as caught:
        JinjaLetters(own(tmp_path, files))
    assert says in str(caught.value)


@pytest.mark.parametrize(
    "settings",
    [{"locale": "xx_YY"}, {"channels": {"web": "nowhere"}}, {"folder": Path("/no")}],
)
def test_settings_that_cannot_work_are_refused(settings: dict[str, Any]) -> None:
    with pytest.raises(SetupError, match=r"letters\.jinja"):
        JinjaLetters(LetterSettings(**settings))


def test_a_letter_after_one_that_was_refused_is_written_as_if_nothing_had_been(tmp_path: Path) -> None:
    endless = "{% if says %}{% for a in 'a' * 99999 %}{% for b in 'a' * 99999 %}{% endfor %}{% endfor %}{% endif %}"
    made = JinjaLetters(own(tmp_path, {"de/refunded.txt": "S\n\ntext"}))
    made._own = {"de": {"refunded.txt": f"S\n\n{endless}done"}}
    try:
        with pytest.raises(PortRefusedError, match="takes more than a second"):
            made.write(wish("refunded"))
        assert made.write(wish("refunded", says="")).text == "done"
    finally:
        made.close()


@contextmanager
def shop_with_letters(folder: Path, outbox: Outbox, edit: str = "", **letters: Any) -> Iterator[Oms]:
    """The small shop with its letters written by templates; without any when there are no settings."""
    config = folder / "shop.toml"
    config.write_text(SHOP + edit, encoding="utf-8")
    (folder / "rates.csv").write_text(RATES, encoding="utf-8")
    plugins = Plugins()
    plugins.register(Offer({(PortKind.NOTICE, "outbox"): outbox}))
    plugins.register(letters_jinja)
    overrides: dict[str, Any] = {"notices": {"outbox": {}}, "storage": {"memory": {}}}
    if letters:
        overrides["letters"] = {"jinja": letters}
    with open_shop(config, clock=VirtualClock(NOON), overrides=overrides, plugins=plugins) as oms:
        stock_up(oms)
        yield oms


def sold(oms: Oms) -> None:
    """One order, until all of it has arrived."""
    oms.do(order(oms, {TEA: 2}))
    oms.run_due()
    send_out(oms, "ord_1")
    pass_time(oms, days=30)


def sent(outbox: Outbox) -> dict[str, list[Notice]]:
    """The notices by the letter they are."""
    found: dict[str, list[Notice]] = {}
    for notice in outbox.notices.values():
        found.setdefault(notice.key.rpartition(".notice.")[2], []).append(notice)
    return found


def test_an_order_is_told_of_in_the_language_of_its_channel_from_placed_to_delivered(tmp_path: Path) -> None:
    outbox = Outbox()
    with shop_with_letters(tmp_path, outbox, "[flows]\ntell_delivered = true\n", channels={"web": "de_DE"}) as oms:
        sold(oms)
        total = oms.look(Order, "ord_1").total
    told = sent(outbox)
    assert {name: len(notices) for name, notices in told.items()} == {
        "order_placed": 1,
        "shipped": 1,
        "delivered": 1,
        "followup": 1,
    }
    (placed,), (shipped,) = told["order_placed"], told["shipped"]
    assert placed.subject == "Ihre Bestellung ord_1"
    assert f"über {format_money(total, 'de_DE')}" in placed.text
    assert "<p" in placed.html
    assert "voraussichtlich am 03.03.2026 an" in shipped.text


def test_without_templates_letters_are_plain_and_nobody_is_told_of_each_parcel(tmp_path: Path) -> None:
    outbox = Outbox()
    with shop_with_letters(tmp_path, outbox) as oms:
        sold(oms)
    told = sent(outbox)
    assert sorted(told) == ["followup", "order_placed", "shipped"]
    assert {notice.html for notices in told.values() for notice in notices} == {""}
    assert told["order_placed"][0].subject == "We have your order ord_1"


def test_letters_asked_for_by_earlier_versions_can_still_be_written(tmp_path: Path) -> None:
    outbox = Outbox()
    with shop_with_letters(tmp_path, outbox, locale="en_GB") as oms, closing(JinjaLetters(LetterSettings())) as writer:
        sold(oms)
        placed, person = oms.look(Order, "ord_1"), oms.person(ANNA)
        tracking = {"tracking": "T1"}
        said = letter(
            "shipped", shop=oms.shop, person=person, about=placed, lines="", fields=tracking, write=writer.write
        )
        assert "Tracking: T1" in said.text
        assert "expect" not in said.text
        plain = letter("shipped", shop=oms.shop, person=person, about=placed, lines="", fields={"tracking": "T1"})
        assert plain.text.endswith("Tracking: T1\n\nTea & Cups\n")


def test_an_amount_paid_back_is_read_from_the_record_as_it_was_written(tmp_path: Path) -> None:
    outbox = Outbox()
    with shop_with_letters(tmp_path, outbox, locale="de_DE") as oms, closing(JinjaLetters(LetterSettings())) as writer:
        sold(oms)
        placed = oms.look(Order, "ord_1")
        for amount in (Money(123_456, "EUR"), Money(500, "JPY"), Money(12_345, "KWD")):
            fields = {"amount": str(amount)}
            said = letter(
                "refunded", shop=oms.shop, person=None, about=placed, lines="", fields=fields, write=writer.write
            )
            assert format_money(amount, "en_GB") in said.text
