"""The rules of payments that both peers keep, and lists as Stripe gives them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from tests.adapters.payment.stripe.door import Params, Reply, error

CREATING = {
    "amount",
    "currency",
    "payment_method",
    "payment_method_types",
    "payment_method_options",
    "capture_method",
    "confirm",
    "error_on_requires_action",
    "metadata",
}
CAPTURING = {"amount_to_capture", "final_capture", "metadata"}
DECLINED = {
    "pm_card_visa_chargeDeclined": ("card_declined", "Your card was declined."),
    "pm_card_authenticationRequired": ("authentication_required", "This payment needs the payer's confirmation."),
}


def refused(message: str, code: str | None = None) -> Reply:
    return 400, error("invalid_request_error", message, code)


def unknown(params: Params, allowed: set[str]) -> Reply | None:
    extra = sorted(set(params) - allowed)
    return refused(f"Received unknown parameter: {extra[0]}") if extra else None


def wrong_amount(number: int, currency: str) -> Reply | None:
    """What Stripe says to amounts that a currency does not have."""
    if number < 1:
        return refused("This value must be greater than or equal to 1.", "parameter_invalid_integer")
    if currency in ("isk", "ugx") and number % 100:
        return refused(f"Invalid amount: {currency} must be evenly divisible by 100.", "amount_invalid")
    if currency in ("bhd", "jod", "kwd", "omr", "tnd") and number % 10:
        return refused("Invalid amount: the last digit must be 0.", "amount_invalid")
    return None


def page(objects: Iterable[dict[str, Any]], params: Params) -> Reply:
    """Newest first, between `created`, after `starting_after`, no more than `limit`."""
    created = params.get("created", {})
    since, until = int(created.get("gte", 0)), int(created.get("lt", 10**12))
    found = [each for each in objects if since <= each["created"] < until]
    found.sort(key=lambda each: (-each["created"], each["id"]))
    after = params.get("starting_after")
    if after:
        found = found[[each["id"] for each in found].index(after) + 1 :]
    limit = int(params.get("limit", 10))
    return 200, {"object": "list", "data": found[:limit], "has_more": len(found) > limit}


def searched(objects: Iterable[dict[str, Any]], params: Params) -> Reply:
    """The search language, as far as one kind of clause joined by OR."""
    clauses = params["query"].split(" OR ")
    asked = [re.fullmatch(r"metadata\['([^']+)'\]:'((?:[^'\\]|\\.)*)'", clause) for clause in clauses]
    if len(clauses) > 10 or not all(asked):
        return refused("We were unable to parse your search query.")
    wanted = [(match[1], re.sub(r"\\(.)", r"\1", match[2])) for match in asked if match]
    found = [each for each in objects if any(each["metadata"].get(name) == value for name, value in wanted)]
    return 200, {"object": "search_result", "data": found[: int(params.get("limit", 10))], "has_more": False}
