"""A decision as a table for a notebook: the plan on top, then what every location said, the chosen ones first."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from omscore.routing.explain import measure_of, shipments_in_words, why_chosen
from omscore.routing.model import Decision

_CHOSEN = "background:rgba(46,160,67,.15)"


def decision_html(decision: Decision) -> str:
    """The decision as HTML that stands on its own; whatever it says is escaped.

    >>> from omscore.routing.model import Decision
    >>> made = Decision(
    ...     strategy="cheapest", method="exact", cost=None, gap=None, assignments=(), leftovers=(), reasons=()
    ... )
    >>> "nothing is sent" in decision_html(made)
    True
    """
    sent: dict[str, list[str]] = {}
    for part in decision.assignments:
        sent.setdefault(part.location_id, []).append(f"{part.units} x {part.sku}")
    facts = [
        ("By hand", decision.because if decision.by else ""),
        ("Anew", decision.anew),
        (
            "Profile",
            "" if decision.by else f"{decision.profile}{f', by {decision.because}' if decision.because else ''}",
        ),
        ("Rules that gave way", ", ".join(decision.given_up)),
        ("Strategy", f"{decision.strategy} ({decision.method})"),
        ("Cost", str(decision.cost) if decision.cost is not None else "nothing is sent"),
        (
            "Scores",
            f"count {decision.score_minor:f} minor units besides the cost; nobody pays them" if decision.scores else "",
        ),
        ("By live prices", why_chosen(decision.compared)),
        ("Could be better by", f"at most {decision.gap}" if decision.gap is not None else ""),
    ]
    reasons = sorted(decision.reasons, key=lambda reason: (reason.location_id not in sent, reason.location_id))
    rows = "".join(
        f'<tr style="{_CHOSEN if reason.location_id in sent else ""}">'
        f"{_cells((reason.location_id, ', '.join(sent.get(reason.location_id, ())), reason.rule, reason.says))}</tr>"
        for reason in reasons
    )
    left = "".join(f"<li>{escape(f'{each.units} x {each.sku}: {each.says}')}</li>" for each in decision.leftovers)
    told = "".join(f"<tr><th>{escape(name)}</th><td>{escape(value)}</td></tr>" for name, value in facts if value)
    return (
        f"<table>{told}</table>"
        f"<table><tr><th>Location</th><th>Sends</th><th>Rule</th><th>Says</th></tr>{rows}</table>"
        f"{_scores(decision)}"
        f"{_compared(decision)}"
        f"{f'<p>Waits:</p><ul>{left}</ul>' if left else ''}"
    )


def _scores(decision: Decision) -> str:
    """What each score said of each location, apart from all money."""
    if not decision.scores:
        return ""
    rows = "".join(
        f'<tr style="{_CHOSEN if each.is_chosen else ""}">'
        f"{_cells((each.location_id, each.score, measure_of(each), f'{each.counts_minor:f}'))}</tr>"
        for each in sorted(decision.scores, key=lambda each: not each.is_chosen)
    )
    return (
        "<p>Scores, of what each location ships or could give; counted in minor units, never paid:</p>"
        f"<table><tr><th>Location</th><th>Score</th><th>Measured</th><th>Counts</th></tr>{rows}</table>"
    )


def _compared(decision: Decision) -> str:
    """The plans that live prices chose among."""
    if not decision.compared:
        return ""
    rows = "".join(
        f'<tr style="{_CHOSEN if each.is_chosen else ""}">'
        f"{_cells((shipments_in_words(each), str(each.total), str(each.cost)))}</tr>"
        for each in decision.compared
    )
    return (
        "<p>Plans compared, at the prices of their shipments:</p>"
        f"<table><tr><th>Plan</th><th>In all</th><th>By the rate card</th></tr>{rows}</table>"
    )


def _cells(values: Iterable[str]) -> str:
    return "".join(f'<td style="text-align:left">{escape(value)}</td>' for value in values)
