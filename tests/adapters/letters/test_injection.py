"""No template reaches beyond its facts, and nothing a customer writes is a template."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from datetime import date
from itertools import product

import pytest

from omscore.errors import PortRefusedError
from omscore.money import Money
from omscore.ports.letters import LetterWish
from omscore_adapters.letters_jinja import JinjaLetters, LetterSettings
from omscore_adapters.letters_jinja.client import Renderer
from omscore_adapters.letters_jinja.mapping import SAMPLE

BASES = ("name", "''", "()", "[]", "{}", "1", "(name,)", "name.upper", "name|trim", "''.join", "self", "loop")
REACHES = (
    ".__class__",
    "['__class__']",
    "['\\x5f\\x5fclass\\x5f\\x5f']",
    "['__cla' ~ 'ss__']",
    ".__init__.__globals__",
    ".__class__.__mro__[1].__subclasses__()",
    ".__class__.__base__.__subclasses__()[0]",
    "|attr('__class__')",
    "|attr('\\x5f\\x5fclass\\x5f\\x5f')",
    "|attr('__class__')|attr('__mro__')",
    "|map('attr', '__class__')|list",
    "|map(attribute='__class__')|join",
)
NAMES = (
    *("config", "request", "session", "g", "app", "settings", "environ", "os", "sys", "open", "eval", "exec", "print"),
    *(
        "range",
        "dict",
        "lipsum",
        "cycler",
        "joiner",
        "namespace",
        "url_for",
        "get_flashed_messages",
        "caller",
        "varargs",
    ),
    *(
        "__builtins__",
        "__import__",
        "__loader__",
        "__name__",
        "__file__",
        "globals",
        "locals",
        "vars",
        "dir",
        "getattr",
    ),
)
TRICKS = (
    "{{ '{0.__class__}'.format(name) }}",
    "{{ '{0.__class__.__mro__}'.format(1) }}",
    "{{ '%s'.__mod__(name) }}",
    "{{ '{x.__class__}'.format_map({'x': 1}) }}",
    "{{ ('{0.__cla' ~ 'ss__}').format(name) }}",
    "{{ '{0.__class__}'|format(name) }}",
    "{{ name|safe }}",
    "{{ name|pprint }}",
    "{{ name|tojson }}",
    "{{ name|xmlattr }}",
    "{{ [name]|map('upper')|list }}",
    "{{ [1]|random }}",
    "{{ [name]|groupby('__class__') }}",
    "{{ [name]|sum(attribute='__class__') }}",
    "{{ [name]|sort(attribute='__class__') }}",
    "{{ [name]|selectattr('__class__') }}",
    "{{ [name]|replace.__globals__ }}",
    "{{ self._TemplateReference__context.environment }}",
    "{{ self.__init__.__globals__ }}",
    "{{ self.__dict__ }}",
    "{% set x = [] %}{{ x.append(1) }}",
    "{% set x = {} %}{{ x.update({'a': 1}) }}",
    "{% set x = [1] %}{{ x.pop() }}",
    "{% set x = {'a': 1} %}{{ x.clear() }}",
    "{% include '/etc/passwd' %}",
    "{% include '../worker.py' %}",
    "{% import 'os' as os %}{{ os }}",
    "{% from 'os' import system %}",
    "{% extends '/etc/passwd' %}",
    "{% for x in name.__class__.__mro__ %}{{ x }}{% endfor %}",
    "{% for x in range(100000000) %}{% endfor %}",
    "{% macro m() %}{{ caller.__globals__ }}{% endmacro %}{{ m() }}",
    "{% macro m() %}{% endmacro %}{{ m.__globals__ }}",
    "{% macro m() %}{% endmacro %}{{ m._func.__code__ }}",
    "{% macro m() %}{% endmacro %}{{ m|attr('_func') }}",
    "{% call name.__class__() %}{% endcall %}",
    "{% block b %}{{ self.b.__globals__ }}{% endblock %}",
    "{% with x = name.__class__ %}{{ x }}{% endwith %}",
    "{% set x = name.__class__ %}{{ x }}",
    "{% debug %}",
    "{% do name.x() %}",
    "{% autoescape false %}{{ name.__class__ }}{% endautoescape %}",
    "{{ name.encode().__class__ }}",
    "{{ name.__add__ }}",
    "{{ name.__len__() }}",
    "{{ name() }}",
    "{{ ().__getattribute__('x') }}",
    "{{ 'a' * 2000000000 }}",
    "{{ 'a' * 300000 }}",
    "{{ ['a'] * 2000000000 }}",
    "{{ 9 ** (9 ** 9) }}",
    "{{ 10 ** 10000000 }}",
    "{{ 'a'.ljust(2000000000) }}",
    "{{ 'a'.center(300000) }}",
    "{{ '%2000000000d' % 1 }}",
    "{{ '{:>2000000000}'.format(1) }}",
    "{{ 'a'|indent(2000000000) }}",
    "{{ ('a' * 100000000)|wordwrap(1) }}",
    "{{ name.replace('', 'x' * 300000) }}",
    "{% for a in 'a' * 99999 %}{% for b in 'a' * 99999 %}{% endfor %}{% endfor %}",
    "{% for a in 'a' * 9999 %}{% for b in 'a' * 9999 %}x{% endfor %}{% endfor %}",
    "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
    "{% include 'tried.txt' %}",
    "{{ " + "(" * 3000 + ")" * 3000 + " }}",
    "{{ name",
    "{% if %}",
    "{{ nobody }}",
    "{{ name.nothing }}",
    "{{ name|nofilter }}",
)
CORPUS = (
    *(f"{{{{ ({base}){reach} }}}}" for base, reach in product(BASES, REACHES)),
    *(f"{{{{ {name} }}}}" for name in NAMES),
    *TRICKS,
)
WRITTEN = (
    "{{ 7*7 }}",
    "{{ name.__class__ }}",
    "{% for x in [1] %}x{% endfor %}",
    "{# gone #}",
    "{{ '{0.__class__}'.format(1) }}",
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "&lt;b&gt;",
    "{{ total }}",
)


@pytest.fixture(scope="module")
def renderer() -> Iterator[Renderer]:
    made = Renderer()
    yield made
    made.close()


@pytest.fixture(scope="module")
def letters() -> Iterator[JinjaLetters]:
    made = JinjaLetters(LetterSettings())
    yield made
    made.close()


def outcome(renderer: Renderer, body: str) -> str:
    """Why a template is refused; empty when it is not."""
    facts = {"name": "A. Reader", "total": "1"}
    question = {"sources": {"tried.txt": f"Subject\n\n{body}", "h.html": "h"}, "facts": facts, "text": "tried.txt"}
    try:
        return str(renderer.answer({**question, "html": "h.html"}).get("wrong", ""))
    except PortRefusedError as error:
        return str(error)


def test_the_corpus_has_more_than_two_hundred_attempts() -> None:
    assert len(set(CORPUS)) == len(CORPUS) >= 200


def test_a_harmless_template_is_not_refused(renderer: Renderer) -> None:
    assert outcome(renderer, "{% if name %}{{ name|upper|truncate(3) }}{% endif %}{{ 'a' * 1000 }}") == ""


def test_every_attempt_to_reach_beyond_the_facts_or_to_go_on_for_ever_is_refused(renderer: Renderer) -> None:
    assert [body for body in CORPUS if not outcome(renderer, body)] == []


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux shows the environment of a program")
def test_the_program_that_renders_knows_no_secret_of_the_shop(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOP_MAIL_PASSWORD", "a-word-of-the-shop")
    made = Renderer()
    try:
        assert outcome(made, "{{ name }}") == ""
        process = made._process
        assert process is not None
        with open(f"/proc/{process.pid}/environ", "rb") as environ:
            assert b"SHOP_MAIL" not in environ.read()
    finally:
        made.close()


@pytest.mark.parametrize("written", WRITTEN)
def test_what_a_customer_wrote_is_text_and_never_a_template_or_a_tag(letters: JinjaLetters, written: str) -> None:
    facts: Mapping[str, str | Money | date] = {**SAMPLE, "name": written, "lines": written, "says": written}
    letter = letters.write(LetterWish(template="order_placed", channel="web", locale="en_GB", facts=facts))
    assert letter.text.count(written) == 2
    assert "<script" not in letter.html
    assert "<img" not in letter.html
    assert "49" not in letter.text
