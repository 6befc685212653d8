"""Many orders on one scarce stock, routed jointly: who takes which unit so that all of them together cost the least."""

from omscore.routing.joint.answer import JointOrder, JointPlan
from omscore.routing.joint.plan import route_jointly

__all__ = ["JointOrder", "JointPlan", "route_jointly"]
