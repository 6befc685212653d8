"""A carrier's news of a parcel: the package that bears the number is found, and told."""

from __future__ import annotations

from omscore.engine.plans.wishes import RecordTracking
from omscore.engine.unit import Unit
from omscore.errors import InputError, NotFoundError
from omscore.fulfillment.commands import RecordScans
from omscore.fulfillment.model import FulfillmentOrder

LONGEST_NUMBER = 100


def record_tracking(unit: Unit, command: RecordTracking) -> None:
    """Note the scans with every package on its way under that number.

    Raises: NotFoundError when there is none: the parcel is not ours, its label was given back, or it has arrived.
    """
    number = command.tracking_number
    if not number.strip() or len(number) > LONGEST_NUMBER:
        raise InputError(
            f"a tracking number has 1 to {LONGEST_NUMBER} visible characters, not {number[:20]!r}",
            code="input.tracking_number",
        )
    streams = unit.desk.reader.listed("tracking", number, limit=100)
    if not streams:
        raise NotFoundError(
            f"no package is on its way under {number!r}; nothing was changed", code="fulfillment.no_parcel"
        )
    for stream in streams:
        work = unit.get(FulfillmentOrder, stream.partition("/")[2])
        for package in work.packages:
            if package.tracking_number == number:
                unit.run(
                    RecordScans(
                        fulfillment_id=work.fulfillment_id,
                        package_id=package.package_id,
                        scans=command.scans,
                        at=command.at,
                    )
                )
