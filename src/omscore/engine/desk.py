"""Everything a unit of work needs beside its command: the shop's rules, the store, and the ports that answer at
once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import attrs

from omscore.codec import Codec
from omscore.engine.meter import Meter, adapter_name
from omscore.engine.reader import Foreseen, Looking
from omscore.flows.world import TaskKind
from omscore.parties import NewsKind
from omscore.payments.model import Captures
from omscore.policy.shop import Shop
from omscore.ports.storage import Storage
from omscore.ports.taxes import TaxPort
from omscore.records import frozen
from omscore.routing.choices import Rulebook
from omscore.routing.network import Network


@frozen(kw_only=True)
class Desk:
    """One shop's working place.

    Shape: `plans` maps a command class to what runs it, `foreseen` to what that will look up; `served` are the kinds of
    task somebody is configured for; `told` says who outside hears of which event; `paying_later` are the payment
    providers whose money comes by an act of the customer, days later; `telling` says what each channel wants to be told
    of, `reviewers` who is asked about every order; `captures` when money is captured at a payment provider, with each
    shipment unless it is named; every call of an adapter goes through `meter`.
    """

    shop: Shop
    storage: Storage
    codec: Codec
    reader: Looking
    taxes: TaxPort
    network: Network
    rulebook: Rulebook
    served: frozenset[TaskKind]
    plans: Mapping[type[Any], Callable[[Any, Any], None]]
    foreseen: Mapping[type[Any], Callable[[Any], Foreseen]]
    told: Mapping[str, tuple[str, ...]] = attrs.field(factory=dict)
    reviewers: tuple[str, ...] = ()
    paying_later: frozenset[str] = frozenset()
    telling: Mapping[str, frozenset[NewsKind]] = attrs.field(factory=dict)
    captures: Mapping[str, Captures] = attrs.field(factory=dict)
    meter: Meter = attrs.field(factory=Meter)

    @property
    def carrier(self) -> str:
        """The name of the carrier's adapter, such as `carrier.table`."""
        return adapter_name("carrier", self.shop.carrier)
