"""`omscore explain`: why each location was or was not chosen, for every routing decision of an order."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
from rich.console import Console

from omscore.app import open_shop
from omscore.cli.phrases import days_of, listed_units, promise_in_words
from omscore.cli.records import Records, Where, db_option, open_records
from omscore.cli.report import json_option, write_json
from omscore.cli.story import Told, story_of
from omscore.cli.tables import console, counted, facts, heading, moment, table
from omscore.errors import SetupError
from omscore.orders.model import Order
from omscore.routing.decisions import KeptDecision
from omscore.routing.explain import shipments_in_words, why_chosen
from omscore.routing.model import Decision, PromisedDays
from omscore.routing.whatif import what_would_ship_from


@click.command()
@click.argument("order")
@db_option
@click.option(
    "location",
    "--why-not",
    metavar="LOCATION",
    help="Say what single change would make this location ship, as things stand now; --db must be the shop.toml.",
)
@json_option
def explain(order: str, db: Where, location: str | None, json_path: Path | None) -> None:
    """Explain where an order's goods came from.

    Says for every location why it was or was not chosen. ORDER is an order id, channel:reference, or what an ERP calls
    a document of it.
    """
    out = console()
    if location is not None:
        _why_not(out, order, db, location, json_path)
        return
    with open_records(db) as records:
        found = records.order(order)
        decisions = decisions_of(records, found)
        if not decisions:
            out.print(f"No location was ever asked for order {found.order_id}.")
        for kept in decisions:
            print_decision(out, kept)
        if found.promises:
            out.print(heading("What waits is promised from goods that are due"))
            out.print(facts(("", promise_in_words(each)) for each in found.promises))
        moves = _moves(records, found)
        if moves:
            out.print(heading(f"Queues of order {found.order_id}"))
            out.print(table(("When", "What"), [(moment(each.at), each.says) for each in moves]))
        if found.queue is not None:
            until = f"since {moment(found.queue.since)}, by its rules until {moment(found.queue.until)} at most"
            out.print(facts((("Waits in", f"{found.queue.name}, {until}"),)))
        figures = {
            "order_id": found.order_id,
            "decisions": [figures_of(kept) for kept in decisions],
            "queue": None if found.queue is None else found.queue._asdict(),
            "moves": [{"at": each.at, "says": each.says} for each in moves],
            "promises": list(found.promises),
        }
        write_json(json_path, figures)


def _moves(records: Records, order: Order) -> list[Told]:
    """How the order came into queues and out of them, oldest first."""
    return [told for told in story_of(records, order) if told.fact in ("OrderQueued", "OrderLeftQueue")]


def _why_not(out: Console, name: str, db: Where, location: str, json_path: Path | None) -> None:
    """The single changes that would make a location ship, found by making each of them and routing again."""
    if not isinstance(db, Path) or db.suffix != ".toml":
        raise SetupError("--why-not routes the order again by the shop's rules: give the shop.toml as --db")
    with open_records(db) as records:
        order_id = records.order(name).order_id
    with open_shop(db) as oms:
        question = oms.routing_question(order_id)
    decision = question.decide()
    found = what_would_ship_from(location, question)
    out.print(heading(f"Order {order_id}, routed as things stand now"))
    said = next(reason.says for reason in decision.reasons if reason.location_id == location)
    out.print(facts(((location, said), ("The plan", _plan(decision)))))
    out.print()
    if found:
        rows = [(each.says, _plan(each.decision)) for each in found]
        out.print(table((f"{location} would ship", "The plan then"), rows))
    elif any(part.location_id == location for part in decision.assignments):
        out.print(f"{location} ships it.")
    else:
        out.print(f"No single change would make {location} ship.")
    changes = [{"change": each.change, "says": each.says, "plan": _plan(each.decision)} for each in found]
    write_json(json_path, {"order_id": order_id, "location": location, "says": said, "changes": changes})


def _plan(decision: Decision) -> str:
    """A decision on one line: who sends what, and the cost."""
    sent = [f"{place} {listed_units(units, most=4)}" for place, units in taken_units(decision).items()]
    left = f"; {decision.left_units} wait" if decision.left_units else ""
    return f"{', '.join(sent) or 'nothing is sent'}{f' for {decision.cost}' if decision.cost else ''}{left}"


def decisions_of(records: Records, order: Order) -> list[KeptDecision]:
    """The routing decisions of an order, oldest first."""
    return [records.look(KeptDecision, each) for each in order.decisions]


def print_decision(out: Console, kept: KeptDecision) -> None:
    """One decision with the reason for every location."""
    decision = kept.decision
    chosen = taken_units(decision)
    out.print(heading(f"Decision {kept.decision_id} for order {kept.order_id}"))
    out.print(
        facts(
            (
                ("Decided", moment(kept.at)),
                ("Decided by hand", decision.because if decision.by else ""),
                ("Decided anew", decision.anew),
                ("Profile", "" if decision.by else _profile(decision)),
                ("Rules that gave way", ", ".join(decision.given_up)),
                ("Strategy", f"{decision.strategy} ({decision.method})"),
                ("Cost of sending", _cost(kept)),
                ("Scores", _scores(kept)),
                ("By live prices", why_chosen(decision.compared)),
                ("Could be better by", f"at most {decision.gap}" if decision.gap else ""),
            )
        )
    )
    rows = [
        (reason.location_id, "yes" if reason.location_id in chosen else "no", reason.says)
        for reason in sorted(decision.reasons, key=lambda each: (each.location_id not in chosen, each.location_id))
    ]
    out.print()
    out.print(table(("Location", "Chosen", "Why"), rows))
    out.print()
    if decision.compared:
        plans = [
            (shipments_in_words(each), each.total, each.cost, "yes" if each.is_chosen else "no")
            for each in decision.compared
        ]
        headers = ("Plan compared at live prices", "In all", "By the rate card", "Chosen")
        out.print(table(headers, plans, right=headers[1:3]))
        out.print()
    out.print(
        facts(
            [
                *((location, f"sends {listed_units(units, most=12)}") for location, units in chosen.items()),
                *((each.location_id, _rests_on(each)) for each in decision.promised),
                *(("Waits", f"{left.units} x {left.sku}: {left.says}") for left in decision.leftovers[:12]),
                ("", f"and {len(decision.leftovers) - 12} more lines wait" if len(decision.leftovers) > 12 else ""),
            ]
        )
    )


def _profile(decision: Decision) -> str:
    return f"{decision.profile}{f', by {decision.because}' if decision.because else ''}"


def _rests_on(promised: PromisedDays) -> str:
    """The days of a shipment and what they were reckoned from."""
    ready = f"ready after {counted(promised.processing_hours, 'hour')}, " if promised.processing_hours else ""
    travel = f"{promised.carrier} {promised.service} takes {counted(promised.transit_days, 'working day')}"
    return f"{days_of(promised)} ({ready}cut-off {promised.cutoff:%H:%M}, {travel})"


def _cost(kept: KeptDecision) -> str:
    if kept.decision.cost is None:
        return "nothing is sent"
    split = len(taken_units(kept.decision)) > 1
    return f"{kept.decision.cost}{', with what the shop counts for each further parcel' if split else ''}"


def _scores(kept: KeptDecision) -> str:
    """What the scores count for the plan, which is no money."""
    decision = kept.decision
    return f"count {decision.score_minor:f} minor units besides; nobody pays them" if decision.scores else ""


def taken_units(decision: Decision) -> dict[str, dict[str, int]]:
    """Units by location, then SKU."""
    taken: dict[str, dict[str, int]] = {}
    for each in sorted(decision.assignments, key=lambda each: (each.location_id, each.line_id)):
        units = taken.setdefault(each.location_id, {})
        units[each.sku] = units.get(each.sku, 0) + each.units
    return taken


def figures_of(kept: KeptDecision) -> dict[str, Any]:
    """One decision for programs."""
    decision, chosen = kept.decision, taken_units(kept.decision)
    return {
        "decision_id": kept.decision_id,
        "at": kept.at,
        "profile": decision.profile,
        "because": decision.because,
        "by": decision.by,
        "anew": decision.anew,
        "given_up": decision.given_up,
        "strategy": decision.strategy,
        "method": decision.method,
        "cost": decision.cost,
        "gap": decision.gap,
        "locations": [
            {
                "location": reason.location_id,
                "chosen": reason.location_id in chosen,
                "rule": reason.rule,
                "says": reason.says,
                "sends": chosen.get(reason.location_id, {}),
            }
            for reason in decision.reasons
        ],
        "promised": list(decision.promised),
        "scores": [
            {
                "location": score.location_id,
                "chosen": score.is_chosen,
                "score": score.score,
                "measured": f"{score.measure:f}",
                "measures": score.measures,
                "counts_minor": f"{score.counts_minor:f}",
            }
            for score in decision.scores
        ],
        "compared": [
            {
                "chosen": plan.is_chosen,
                "total": plan.total,
                "cost": plan.cost,
                "score_minor": f"{plan.score_minor:f}",
                "shipments": [
                    {"location": place, "units": dict(units), "price": price, "source": source.value}
                    for place, units, price, source in plan.shipments
                ],
            }
            for plan in decision.compared
        ],
        "waits": [{"sku": left.sku, "units": left.units, "says": left.says} for left in decision.leftovers],
    }
