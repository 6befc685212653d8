"""One week of the shop: the fixed scenes, everyday orders in between, and a round of all warehouses each afternoon."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, time, timedelta
from functools import partial
from random import Random
from typing import Final, NamedTuple

from omscore.app import Oms
from omscore.cli.demo.cast import BUYERS, EVERYDAY
from omscore.cli.demo.keeper import Keeper, Note
from omscore.cli.demo.scenes import Scene, Scenes
from omscore.cli.tables import counted
from omscore.ids import OrderId
from omscore.ports.clock import VirtualClock

MONDAY: Final = datetime(2026, 3, 2, tzinfo=UTC)
"""The day the demo's week begins."""

DAYS: Final = tuple((MONDAY + timedelta(days=day)).date() for day in range(7))
ROUND: Final = "15:30"
END: Final = "20:00"


class Diary(NamedTuple):
    """What is left of the week beside the database. Shape: `orders` names the order of each fixed scene."""

    notes: tuple[Note, ...]
    orders: Mapping[str, OrderId]


def live_through(oms: Oms, clock: VirtualClock, seed: int) -> Diary:
    """The whole week, the same for the same seed."""
    chance = Random(seed)  # noqa: S311 (a made-up week, nothing to guess)
    keeper = Keeper(oms, clock, chance)
    scenes = Scenes(keeper)
    agenda = [*scenes.agenda(), *_everyday(keeper), *(Scene(day, ROUND, partial(_round, keeper)) for day in range(5))]
    for scene in sorted(agenda, key=lambda each: (each.day, each.at)):
        keeper.wait_until(_moment(scene.day, scene.at))
        scene.play()
    keeper.wait_until(_moment(6, END))
    return Diary(tuple(keeper.notes), dict(scenes.orders))


def _everyday(keeper: Keeper) -> list[Scene]:
    """Two to four orders on a working day, one or two at the weekend."""
    scenes = []
    for day in range(7):
        for _ in range(keeper.chance.randint(2, 4) if day < 5 else keeper.chance.randint(1, 2)):
            at = f"{keeper.chance.randint(8, 18):02}:{keeper.chance.randint(0, 59):02}"
            scenes.append(Scene(day, at, partial(_everyday_order, keeper)))
    return scenes


def _everyday_order(keeper: Keeper) -> None:
    channel = keeper.chance.choice(list(BUYERS))
    skus = keeper.chance.sample(EVERYDAY, keeper.chance.randint(1, 3))
    keeper.take_order(
        channel, keeper.chance.choice(BUYERS[channel]), {sku: keeper.chance.randint(1, 3) for sku in skus}
    )


def _round(keeper: Keeper) -> None:
    sent = keeper.send_parcels()
    keeper.tell(f"The warehouses send {counted(sent, 'shipment')}")


def _moment(day: int, at: str) -> datetime:
    return datetime.combine(DAYS[day], time.fromisoformat(at), tzinfo=UTC)
