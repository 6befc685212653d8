"""Orders that come as documents of other systems: each is taken, known already, or kept with the reason why not."""

from omscore.intake.desk import Intake, open_intake
from omscore.intake.ends import End, Ending
from omscore.intake.spool import Reject, Rejects

__all__ = ["End", "Ending", "Intake", "Reject", "Rejects", "open_intake"]
