"""The laws of a store, one per test, to be run against any adapter of `omscore.ports.storage`.

An author subclasses `StorageConformance` in a test module, gives the fixture `new_store`, and adds the laws of what
else the store declares: `ReopeningLaws`, `ProcessLaws`, `RepairLaws`, `HealthLaws`. What is not declared is not
collected, so no law is ever skipped.
"""

from omscore.testing.conformance.storage.bulk import BulkLaws
from omscore.testing.conformance.storage.checkpoints import CheckpointLaws
from omscore.testing.conformance.storage.engine import EngineLaws
from omscore.testing.conformance.storage.glances import GlanceLaws
from omscore.testing.conformance.storage.groups import GroupLaws
from omscore.testing.conformance.storage.health import HealthLaws
from omscore.testing.conformance.storage.indexes import IndexLaws
from omscore.testing.conformance.storage.keys import KeyLaws
from omscore.testing.conformance.storage.laws import NewStore, Opener, StorageLaws
from omscore.testing.conformance.storage.leases import LeaseLaws
from omscore.testing.conformance.storage.machine import MachineLaws
from omscore.testing.conformance.storage.processes import ProcessLaws
from omscore.testing.conformance.storage.races import ThreadRaceLaws
from omscore.testing.conformance.storage.reopening import ReopeningLaws
from omscore.testing.conformance.storage.repairs import RepairLaws
from omscore.testing.conformance.storage.snapshots import SnapshotLaws
from omscore.testing.conformance.storage.stock import StockLaws
from omscore.testing.conformance.storage.streams import StreamLaws
from omscore.testing.conformance.storage.tasks import TaskLaws
from omscore.testing.conformance.storage.texts import TextLaws
from omscore.testing.conformance.storage.vault import VaultLaws
from omscore.testing.conformance.storage.wholeness import WholenessLaws

__all__ = [
    "HealthLaws",
    "NewStore",
    "Opener",
    "ProcessLaws",
    "ReopeningLaws",
    "RepairLaws",
    "StorageConformance",
    "StorageLaws",
]


class StorageConformance(
    StreamLaws,
    TextLaws,
    WholenessLaws,
    StockLaws,
    GlanceLaws,
    KeyLaws,
    IndexLaws,
    TaskLaws,
    LeaseLaws,
    VaultLaws,
    GroupLaws,
    BulkLaws,
    SnapshotLaws,
    CheckpointLaws,
    ThreadRaceLaws,
    EngineLaws,
    MachineLaws,
):
    """Every law that holds for every store."""
