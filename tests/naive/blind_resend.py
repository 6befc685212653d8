"""A charge whose answer was lost is sent again without looking it up first.

Seen in woocommerce/woocommerce-gateway-stripe#2339, where a customer was charged three times.
"""

from __future__ import annotations

from omscore.ports.payments import PaymentAnswer
from tests.crash.truth import TruthPayments


class BlindResend(TruthPayments):
    """Never tells of an earlier attempt, so the engine sends anew."""

    def look_up(self, key: str) -> PaymentAnswer | None:
        return None
