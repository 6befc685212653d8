"""The first place where two JSON texts differ, in words."""

from __future__ import annotations

import json
from typing import Any

_MISSING = object()


def difference(stored: str, replay: str) -> str:
    """Where the stored record first differs from its replay, and what each says there.

    >>> difference('{"lines":[{"units":3}]}', '{"lines":[{"units":2}]}')
    'the stored record has 3 at lines.0.units, its replay has 2'
    >>> difference('{"a":1', '{"a":1}').partition(":")[0]
    'the stored record is not JSON'
    """
    try:
        found = _first(json.loads(stored), json.loads(replay), ())
    except json.JSONDecodeError as error:
        return f"the stored record is not JSON: {error}"
    if found is None:
        return "the stored record says the same as its replay, but is written differently"
    path, there, wanted = found
    return f"the stored record has {_shown(there)} at {'.'.join(path) or 'its top'}, its replay has {_shown(wanted)}"


def _first(there: Any, wanted: Any, path: tuple[str, ...]) -> tuple[tuple[str, ...], Any, Any] | None:
    """Depth first, in the order the replay writes its fields."""
    if isinstance(there, dict) and isinstance(wanted, dict):
        for key in [*wanted, *(key for key in there if key not in wanted)]:
            if found := _first(there.get(key, _MISSING), wanted.get(key, _MISSING), (*path, key)):
                return found
        return None
    if isinstance(there, list) and isinstance(wanted, list):
        for at in range(max(len(there), len(wanted))):
            left, right = (each[at] if at < len(each) else _MISSING for each in (there, wanted))
            if found := _first(left, right, (*path, str(at))):
                return found
        return None
    return None if type(there) is type(wanted) and there == wanted else (path, there, wanted)


def _shown(value: Any) -> str:
    if value is _MISSING:
        return "nothing"
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 80 else f"{text[:77]}..."
