"""Ask the production routing what it would do, with stock that exists only here. No store, no side effects.

Run it: `python examples/what_if_routing.py`.
"""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import omscore
from omscore.policy.loading import load_shop
from omscore.routing import Demand, RoutingRequest, route


def main() -> None:
    with TemporaryDirectory() as folder:
        network = load_shop(omscore.write_starter_shop(Path(folder))).network()
    request = RoutingRequest(
        order_id="what-if",
        channel="web",
        demands=(
            Demand(line_id=1, sku="TEA", units=2, mass_g=270),
            Demand(line_id=2, sku="POT", units=1, mass_g=1400),
        ),
        destination=omscore.Destination(country="FR", point=omscore.Point(48.9, 2.4)),
        pools=("general",),
    )
    for pots_in_lyon in (0, 1):
        stock = {
            "TEA": {("MUC", "general"): 5, ("LYS", "general"): 5},
            "POT": {("MUC", "general"): 5, ("LYS", "general"): pots_in_lyon},
        }
        decision = route(request, network, stock)
        print(f"with {pots_in_lyon} pots in Lyon: {decision.cost} ({decision.method})")
        for reason in decision.reasons:
            print(f"  {reason.location_id}: {reason.says}")


if __name__ == "__main__":
    main()
