"""`omscore pickups`: when carriers come for parcels, asking them to, and telling them to stay away."""

from __future__ import annotations

from datetime import date, time
from pathlib import Path

import click

from omscore.app import open_shop
from omscore.calendars import at_local, local_date, zone
from omscore.cli.records import open_records
from omscore.cli.report import json_option, write_json
from omscore.cli.tables import console, counted, heading, shown, table
from omscore.engine.plans.wishes import SchedulePickup
from omscore.errors import InputError
from omscore.fulfillment.bookings import CancelPickup, PickupBooking
from omscore.ids import LocationId, PickupId, TimeOrderedIds
from omscore.policy.loading import load_shop

_CONFIG = click.argument("config", type=click.Path(path_type=Path, dir_okay=False), metavar="CONFIG")
_SHOWN = 30


@click.group()
def pickups() -> None:
    """Look after the appointments of carriers."""


@pickups.command("list")
@_CONFIG
@json_option
def list_pickups(config: Path, json_path: Path | None) -> None:
    """Show the latest pickups with their windows, in the time of the location, and what the carrier said.

    CONFIG is the shop.toml.
    """
    out = console()
    zones = {each.location_id: each.calendar.timezone for each in load_shop(config).locations}
    with open_records(config) as records:
        ids = [stream.partition("/")[2] for stream in records.storage.listed("pickup", "", limit=10**9)]
        found = [records.look(PickupBooking, each) for each in reversed(ids)]
    out.print(heading(counted(len(found), "pickup")))
    if found:
        rows = [
            (
                each.pickup_id,
                each.location_id,
                each.carrier,
                len(each.parcels),
                _window(each, zones.get(each.location_id, "UTC")),
                each.state.value,
                each.confirmation or each.says,
                "" if each.price is None else str(each.price),
            )
            for each in found[:_SHOWN]
        ]
        headers = ("Pickup", "Location", "Carrier", "Parcels", "Window", "State", "Confirmation", "Price")
        out.print(table(headers, rows, right=("Parcels", "Price"), keep=("Pickup", "Window")))
    if len(found) > _SHOWN:
        out.print(shown(f"  and {len(found) - _SHOWN} more (--json FILE has them)"))
    write_json(json_path, found)


@pickups.command()
@_CONFIG
@click.argument("location")
@click.argument("carrier")
@click.option("--from", "opens", required=True, metavar="HH:MM", help="When the goods are ready, in local time.")
@click.option("--to", "closes", required=True, metavar="HH:MM", help="Until when somebody is there, in local time.")
@click.option("--day", metavar="YYYY-MM-DD", help="The day; at first today.")
@click.option("--instructions", default="", help="What the driver should know.")
def schedule(
    config: Path, location: str, carrier: str, opens: str, closes: str, day: str | None, instructions: str
) -> None:
    """Have CARRIER come for the labelled parcels at LOCATION that nobody is to come for yet.

    CONFIG is the shop.toml. The carrier is asked by a task (`omscore work`).
    """
    with open_shop(config) as oms:
        timezone = oms.shop.location(location).calendar.timezone
        on = _day(day) if day is not None else local_date(oms.clock.now(), timezone)
        pickup_id = PickupId(TimeOrderedIds().new("pick"))
        oms.do(
            SchedulePickup(
                pickup_id=pickup_id,
                location_id=LocationId(location),
                carrier=carrier,
                opens_at=at_local(on, _time(opens, "--from"), timezone),
                closes_at=at_local(on, _time(closes, "--to"), timezone),
                instructions=instructions,
                at=oms.clock.now(),
            )
        )
        booking = oms.look(PickupBooking, pickup_id)
    out = console()
    out.print(
        shown(f"{pickup_id}: {carrier} for {counted(len(booking.parcels), 'parcel')}, {_window(booking, timezone)}.")
    )
    out.print(shown("The carrier is asked when the due tasks are worked off (omscore work)."))


@pickups.command()
@_CONFIG
@click.argument("pickup_id", metavar="PICKUP")
def cancel(config: Path, pickup_id: str) -> None:
    """Tell the carrier to stay away.

    CONFIG is the shop.toml. The carrier is told by a task (`omscore work`).
    """
    with open_shop(config) as oms:
        oms.do(CancelPickup(pickup_id=PickupId(pickup_id), at=oms.clock.now()))
    console().print(shown(f"{pickup_id} is being cancelled."))


def _window(booking: PickupBooking, timezone: str) -> str:
    """The window as clocks at the location show it."""
    opens_at, closes_at = (each.astimezone(zone(timezone)) for each in (booking.opens_at, booking.closes_at))
    return f"{opens_at:%a %Y-%m-%d %H:%M} to {closes_at:%H:%M}"


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InputError(f"--day {text!r} is no day; write 2026-03-02", code="input.day") from None


def _time(text: str, option: str) -> time:
    try:
        found = time.fromisoformat(text)
    except ValueError:
        found = time(tzinfo=zone("UTC"))
    if found.tzinfo is not None:
        raise InputError(f"{option} {text!r} is no local time; write 14:00", code="input.time")
    return found
