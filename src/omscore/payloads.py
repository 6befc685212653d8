"""What a plugin keeps in the log for itself: named texts under a kind and a version, stored as they were given.

The log never changes, and what a plugin writes does: every payload bears the version it was written in, and whoever
reads it brings it up to today's (`omscore.plugins.upcasting`).
"""

from __future__ import annotations

from omscore.errors import InputError
from omscore.ids import checked_id
from omscore.records import frozen
from omscore.text import checked_text

MOST_FIELDS = 50
LONGEST = 1_000


@frozen(kw_only=True)
class Payload:
    """Named texts of one plugin. It stays in the log for good, so it holds nothing personal and no secret.

    Shape: `kind` is the plugin's own word, such as `acme.score`; `fields` come in order of their names, each once.
    Raises: InputError for a version below 1, more than 50 fields, and names or texts that cannot be kept.

    >>> Payload(kind="acme.score", version=1, fields=(("score", "93"),))["score"]
    '93'
    """

    kind: str
    version: int
    fields: tuple[tuple[str, str], ...] = ()

    def __attrs_post_init__(self) -> None:
        checked_id(self.kind, what="kind of the payload")
        if type(self.version) is not int or not 1 <= self.version <= 1_000_000:
            raise InputError(f"payload {self.kind} has version {self.version!r}; count from 1", code="payload.version")
        if len(self.fields) > MOST_FIELDS:
            raise InputError(
                f"payload {self.kind} has {len(self.fields)} fields; keep at most {MOST_FIELDS}", code="payload.fields"
            )
        names = [name for name, _ in self.fields]
        if names != sorted(set(names)):
            raise InputError(
                f"payload {self.kind}: its fields must come in order of their names, each once", code="payload.fields"
            )
        for name, text in self.fields:
            checked_id(name, what=f"field of the payload {self.kind}")
            checked_text(text, what=f"payload {self.kind}: {name}", max_length=LONGEST, empty=True)

    def __getitem__(self, name: str) -> str:
        for known, text in self.fields:
            if known == name:
                return text
        raise KeyError(name)
