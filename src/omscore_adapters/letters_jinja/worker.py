"""The program that renders templates, apart from the shop: it is given texts only, and is ended when it takes too long.

It reads one question per line and answers with one line. It imports nothing of omscore, knows no environment and may
write no file, so that a template that finds a way out finds nothing there.
"""

from __future__ import annotations

import json
import signal
import sys
from contextlib import suppress
from typing import Any, Final

from jinja2 import DictLoader, StrictUndefined, TemplateError, TemplateSyntaxError, UndefinedError
from jinja2.exceptions import SecurityError
from jinja2.sandbox import ImmutableSandboxedEnvironment

MOST_BYTES: Final = 256 * 1024
MOST_S: Final = 1.0
"""Seconds of work one letter may take; waiting for a busy machine does not count."""

_MEMORY_BYTES: Final = 512 * 1024 * 1024
FILTERS: Final = frozenset(
    {"capitalize", "default", "escape", "e", "first", "indent", "join", "last", "length", "lower", "replace", "title"}
    | {"trim", "truncate", "upper", "urlencode", "wordwrap"}
)
"""All that a template may do to a text."""


class _WrongError(Exception):
    """A template that cannot be used. Shape: the text is what its author has to know."""


def environment(sources: dict[str, str]) -> ImmutableSandboxedEnvironment:
    """Where templates are rendered: no globals, few filters, no gap without a fact, HTML escaped."""
    made = ImmutableSandboxedEnvironment(
        loader=DictLoader(sources),
        undefined=StrictUndefined,
        autoescape=lambda name: name is None or not name.endswith(".txt"),
        keep_trailing_newline=True,
    )
    made.globals.clear()
    made.filters = {name: made.filters[name] for name in FILTERS}
    return made


def rendered(sources: dict[str, str], name: str, facts: dict[str, str]) -> str:
    """One template with its gaps filled. Raises: _WrongError saying what its author has to mend."""
    pieces: list[str] = []
    size = 0
    try:
        for piece in environment(sources).get_template(name).generate(facts):
            size += len(piece.encode("utf-8", "surrogatepass"))
            if size > MOST_BYTES:
                raise _WrongError(f"{name} makes more than {MOST_BYTES} bytes; shorten it")
            pieces.append(piece)
    except TemplateSyntaxError as error:
        raise _WrongError(f"{error.name or name} line {error.lineno}: {error.message}") from error
    except (SecurityError, UndefinedError) as error:
        raise _WrongError(f"{name}: {error.message}") from error
    except TemplateError as error:
        raise _WrongError(f"{name}: {type(error).__name__}: {error.message}") from error
    except _WrongError:
        raise
    except Exception as error:  # its text may hold what a letter says
        raise _WrongError(f"{name}: fails with {type(error).__name__}") from error
    return "".join(pieces)


def answer(question: dict[str, Any]) -> dict[str, str]:
    """The letter asked for, or under `wrong` what its author has to mend."""
    sources, facts, text_name, html_name = (question[key] for key in ("sources", "facts", "text", "html"))
    try:
        subject, empty, text = (rendered(sources, text_name, facts) + "\n\n").replace("\r\n", "\n").split("\n", 2)
        if not subject.strip() or empty.strip():
            raise _WrongError(f"{text_name} must begin with the subject on one line, and an empty line after it")
        text = text.removesuffix("\n\n")
        html = rendered(sources, html_name, {**facts, "subject": subject.strip(), "text": text.strip()})
    except _WrongError as error:
        return {"wrong": str(error)}
    return {"subject": subject.strip(), "text": text, "html": html}


def _confine() -> None:
    with suppress(ImportError, ValueError, OSError):  # systems without such limits have the limit of time alone
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_BYTES, _MEMORY_BYTES))
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _allow(seconds: float) -> None:
    """So much work from now on, and the system ends this program; 0 for any."""
    if hasattr(signal, "setitimer"):
        signal.setitimer(signal.ITIMER_PROF, seconds)


def _main() -> None:
    _confine()
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    for line in sys.stdin:
        _allow(MOST_S)
        told = json.dumps(answer(json.loads(line)))
        _allow(0)
        sys.stdout.write(told + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    _main()
