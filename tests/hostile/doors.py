"""The corpus of hostile inputs: what each entry is made of, and the door it is fed through."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from omscore import Oms, Order, read_command, read_json
from omscore.border import checked_reference
from omscore.codec import Codec
from omscore.engine.contexts import EVENTS
from omscore.ids import checked_id
from omscore.items import checked_gtin, checked_sku
from omscore.money import Money, currency_exponent
from omscore.money.decimals import decimal_from_text
from omscore.orders.attributes import attribute_key
from omscore.places import checked_country
from omscore.routing.ratecard import read_rows
from omscore.text import checked_text
from tests.hostile.documents import GOOD

CORPUS = Path(__file__).parent / "corpus"


class Entry(NamedTuple):
    """One hostile input: the door, what to feed it, why it is hostile, and the code of the refusal."""

    door: str
    input: Any
    why: str
    code: str


def entries(path: Path) -> Iterator[Entry]:
    """The entries of one file."""
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            yield Entry(*json.loads(line))


def made(recipe: Any) -> Any:
    """The input a recipe describes.

    Shape: text stands for itself; `base64` for bytes; `repeat`, `times`, `before` and `after` for long text; `of`
    names a good document in which `put` (a path) becomes the raw text `json`, or whose field `drop` is left out.

    >>> made({"repeat": "ab", "times": 2, "before": "<", "after": ">"})
    '<abab>'
    """
    if not isinstance(recipe, dict):
        return recipe
    if "base64" in recipe:
        return base64.b64decode(recipe["base64"])
    if "repeat" in recipe:
        return recipe.get("before", "") + recipe["repeat"] * recipe["times"] + recipe.get("after", "")
    mark = "\x00here\x00"
    document = json.loads(json.dumps(GOOD[recipe["of"]]))
    *way, last = [int(step) if step.isdigit() else step for step in (recipe.get("put") or recipe["drop"]).split(".")]
    inner = document
    for step in way:
        inner = inner[step]
    if "drop" in recipe:
        del inner[last]
        return json.dumps(document)
    inner[last] = mark
    return json.dumps(document).replace(json.dumps(mark), recipe["json"])


def doors(oms: Oms) -> dict[str, Callable[[Any], object]]:
    """Every door by its name in the corpus; `shop` runs the command."""
    codec = Codec(EVENTS)
    good = read_command(json.dumps(GOOD["CancelOrder"]))
    return {
        "json": read_json,
        "command": read_command,
        "shop": lambda document: oms.do(read_command(document)),
        "key": lambda key: oms.do(good, key=key),
        "question": lambda identity: oms.look(Order, identity),
        "index": lambda key: oms.listed(Order, "attribute", key),
        "attribute": lambda pair: attribute_key(*pair),
        "sku": checked_sku,
        "gtin": checked_gtin,
        "id": lambda text: checked_id(text, what="id"),
        "text": lambda text: checked_text(text, what="text"),
        "reference": lambda text: checked_reference(text, what="reference"),
        "decimal": lambda text: decimal_from_text(text, what="number"),
        "money": lambda pair: Money.of(*pair),
        "currency": currency_exponent,
        "country": checked_country,
        "rates": read_rows,
        "stored": lambda text: codec.record(text, Order),
    }
