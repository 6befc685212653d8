"""Checkpoints in good time: whoever works off tasks also seals the log when the last seal is old enough."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from omscore.errors import OmsError
from omscore.ports.storage import Storage

log = logging.getLogger(__name__)


class Checkpoints:
    """Takes a checkpoint when there is none yet, or the last one is older than `every`; never when that is nothing.

    Shape: the store says when the last one was taken, so several workers take turns; each looks once per `every`.
    """

    def __init__(self, storage: Storage, every: timedelta) -> None:
        self._storage = storage
        self._every = every
        self._look_at: datetime | None = None

    def take_if_due(self, now: datetime) -> None:
        """What hinders a checkpoint hinders nothing else; it is tried again the next time."""
        if not self._every or (self._look_at is not None and now < self._look_at):
            return
        try:
            last = max((each.at for each in self._storage.checkpoints()), default=None)
            if last is None or last + self._every <= now:
                self._storage.checkpoint(now)
                last = now
        except OmsError as error:
            log.warning("no checkpoint was taken: %s", error)
            return
        self._look_at = last + self._every
