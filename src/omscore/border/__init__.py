"""The border for text that others wrote: JSON documents, card numbers where none belong, names that look alike."""

from omscore.border.cards import holds_card_number, refuse_card_number, tamed, without_card_numbers
from omscore.border.jsontext import JsonValue, Limits, read_json
from omscore.border.names import checked_reference

__all__ = [
    "JsonValue",
    "Limits",
    "checked_reference",
    "holds_card_number",
    "read_json",
    "refuse_card_number",
    "tamed",
    "without_card_numbers",
]
