"""What other systems call the documents the shop gave them, looked up from either side."""

from __future__ import annotations

from omscore.app import Oms
from omscore.billing.externals import ExternalId


def external_ids(oms: Oms, name: str) -> tuple[ExternalId, ...]:
    """What other systems call a document of that id, or the documents they call so, or all those of that order.

    Shape: by system, sort of document and our id; empty when nothing of that name was ever told. Two documents may
    bear one number in a system that counts entries and invoices each from 1.
    """
    return tuple([oms.look(ExternalId, key) for key in oms.listed(ExternalId, "external", name)])
