"""A hostile world for any adapter: faults drawn from a seed, struck on a port or on the wire behind it."""

from omscore.testing.hostile.front import Call, HostileFront
from omscore.testing.hostile.plans import FaultPlan, Strike
from omscore.testing.hostile.ports import hostile
from omscore.testing.hostile.times import SkewedClock, disordered

__all__ = ["Call", "FaultPlan", "HostileFront", "SkewedClock", "Strike", "disordered", "hostile"]
