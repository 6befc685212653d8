"""XML that we write ourselves: whatever text goes in comes out of somebody else's parser again."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from lxml import etree

from omscore.billing.xmltext import branch, leaf
from omscore.errors import InputError

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters=["\ufffe", "\uffff"], min_codepoint=32))


@given(TEXT)
@example("]]> & <b> \"'\r\n\t\u2028\U0001f375")
def test_any_text_is_read_back_as_it_was(text: str) -> None:
    found = etree.fromstring("\n".join(branch("a", leaf("b", text), leaf("c", "."))))
    assert [each.text for each in found.iter("b")] == ([text] if text else [])


@pytest.mark.parametrize("text", ["\x00", "a\x0bb", "\x1f", "\ud800", "\ufffe", "x\uffff"])
def test_a_character_that_xml_may_not_hold_is_named(text: str) -> None:
    with pytest.raises(InputError, match=r"the text for cbc:Name holds U\+") as caught:
        leaf("cbc:Name", text)
    assert caught.value.code == "invoice.text"
