"""XML as lines of text: elements in the order given, what they hold escaped, the same bytes every time."""

from __future__ import annotations

import re
from collections.abc import Sequence

from omscore.errors import InputError

_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def leaf(name: str, text: str, **attributes: str) -> list[str]:
    """An element that holds text; no line at all for the empty text.

    Shape: attributes are words of our own, never what people typed.
    Raises: InputError for characters that no XML document may hold.

    >>> leaf("cbc:Name", "Tea & <Cups>", languageID="en")
    ['<cbc:Name languageID="en">Tea &amp; &lt;Cups&gt;</cbc:Name>']
    """
    if not text:
        return []
    if found := _NOT_XML.search(text):
        raise InputError(
            f"the text for {name} holds U+{ord(found[0]):04X}, which no XML document may hold; take it out",
            code="invoice.text",
            element=name,
        )
    told = "".join(f' {key}="{value}"' for key, value in attributes.items())
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\r", "&#13;")
    return [f"<{name}{told}>{escaped}</{name}>"]


def branch(name: str, *parts: Sequence[str], head: str = "") -> list[str]:
    """An element that holds others; no line at all when it holds none. Shape: `head` follows its name.

    >>> branch("cac:Party", leaf("cbc:Name", "Tea"), leaf("cbc:Note", ""))
    ['<cac:Party>', '  <cbc:Name>Tea</cbc:Name>', '</cac:Party>']
    """
    inner = [f"  {line}" for part in parts for line in part]
    return [f"<{name}{head}>", *inner, f"</{name}>"] if inner else []
