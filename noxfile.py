"""The same checks as the command line, in a fresh environment each: `nox` runs all, `nox -s types` one."""

from __future__ import annotations

import nox

nox.options.error_on_missing_interpreters = False


@nox.session(python=["3.11", "3.12", "3.13"])
def tests(session: nox.Session) -> None:
    """The whole suite: laws, examples, docstrings and the snippets in the docs."""
    session.install("-e", ".[dev]")
    session.run("python", "-m", "pytest", *(session.posargs or ["-q", "-n", "2"]))


@nox.session(python="3.11")
def lint(session: nox.Session) -> None:
    """Rules and formatting."""
    session.install("ruff")
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")


@nox.session(python="3.11")
def types(session: nox.Session) -> None:
    """Strict types of the packages and of their tests."""
    session.install("-e", ".[dev]")
    session.run("mypy", "--strict")


@nox.session(python="3.11", default=False)
def bench(session: nox.Session) -> None:
    """Side by side with hand-written code; `nox -s bench -- G1 G2` measures some, `-- --quick` tries all."""
    session.install("-e", ".[dev]")
    session.run("python", "-m", "tests.benchmarks", *session.posargs)


@nox.session(python="3.11")
def faults(session: nox.Session) -> None:
    """Every way to hurt a shop, at the size of every day; `nox -s faults -- --long` runs a night."""
    session.install("-e", ".[dev]")
    session.run("python", "-m", "tests.crash", *session.posargs)
