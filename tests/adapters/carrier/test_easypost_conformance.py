"""EasyPost under the kit that is shipped for the carriers of others."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import datetime

import pytest

from omscore.places import Address, Destination
from omscore.ports.carriers import Parcel
from omscore.secrets import Secret
from omscore.testing.conformance.callbacks import CallbackConformance
from omscore.testing.conformance.carrier import CarrierConformance
from omscore.testing.faults import Fault
from omscore.testing.hostile import HostileFront
from omscore_adapters import carrier_easypost
from omscore_adapters.carrier_easypost import EasyPostCarrier, EasyPostSettings
from omscore_adapters.carrier_easypost.callbacks import read_news
from omscore_adapters.carrier_easypost.mapping import reference_of
from tests.adapters.carrier.test_easypost_callbacks import EVENT, SECRET, SECRETS, signed
from tests.kit.easypost_api import KEY, FakeEasyPost

EFFECTS = ("/buy", "/scan_forms", "/cancel", "/refund")
"""How the calls end that have an effect worth losing the answer of."""


class EasyPostHarness:
    """One account on the loopback, used by one law."""

    faults = frozenset(Fault)
    secrets = (KEY, SECRET)
    parcel = Parcel(mass_g=750, length_mm=300, width_mm=200, height_mm=100)
    sender = Address(
        recipient="Tea", lines=("417 Montgomery Street",), city="San Francisco", postcode="94104", country="US"
    )
    recipient = Address(
        recipient="Ada", lines=("1 Secret Street",), city="Redondo Beach", postcode="90277", country="US"
    )
    nowhere = Destination(country="AQ")

    def __init__(self, account: FakeEasyPost, front: HostileFront, port: EasyPostCarrier) -> None:
        self.account = account
        self.front = front
        self.port = port

    def break_next(self, fault: Fault) -> None:
        match fault:
            case Fault.PARTIAL:
                self.account.fault("|".join(EFFECTS), "partial")
            case Fault.DOWN:
                self.account.fault("", "429")  # the SDK asks again by itself when a line breaks before an effect
            case _:
                self.front.break_next(fault)

    def bought(self, key: str | None = None) -> int:
        return len([each for each in self.account.purchases if key is None or each == reference_of("tea", key)])

    def voided(self, tracking_number: str) -> int:
        return self.account.refunds.count(tracking_number)

    def on_manifests(self, tracking_number: str) -> int:
        forms = self.account.handovers.forms.values()
        return len([each for each in forms if tracking_number in each["tracking_codes"]])

    def visits(self, key: str) -> int:
        reference = reference_of("tea", f"pickup:{key}")
        world = self.account.handovers
        return world.booked.count(reference) - world.cancelled.count(reference)


class TestEasyPost(CarrierConformance):
    """All laws but those of carriers that keep to keys."""

    provider = carrier_easypost.PROVIDER
    keeps_keys = False

    @pytest.fixture
    def harness(self, account: FakeEasyPost) -> Iterator[EasyPostHarness]:
        with HostileFront(account.port, acts=lambda call: call.path.endswith(EFFECTS)) as front:
            behind, account.port = account.port, front.port  # label files are fetched by the same way
            settings = EasyPostSettings(
                api_key=Secret(KEY),
                webhook_secrets=SECRETS,
                reference="tea",
                postcodes={"US": "94104"},
                api_base=account.base,
                timeout_s=2,
            )
            with carrier_easypost.PROVIDER.open(settings) as port:
                yield EasyPostHarness(account, front, port)
            account.port = behind


class EasyPostSender:
    """EasyPost signs the bytes, and no moment."""

    secrets = (SECRET,)
    tolerance = None
    bodies = tuple(
        [
            json.dumps(
                {**EVENT, "id": f"evt_{number}", "result": {**EVENT["result"], "tracking_code": f"EZ{number}"}}
            ).encode()
            for number in range(3)
        ]
    )

    def sign(self, body: bytes, at: datetime) -> Mapping[str, str]:
        return signed(body)

    def read(self, body: bytes, headers: Mapping[str, str], now: datetime) -> object:
        return read_news(body, headers, SECRETS)


class TestEasyPostCallbacks(CallbackConformance):
    provider = carrier_easypost.PROVIDER

    @pytest.fixture
    def harness(self) -> EasyPostSender:
        return EasyPostSender()
