"""The two peers, each behind its door, and a client of each."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from omscore.secrets import Secret
from omscore_adapters.payment_stripe import StripePayments, StripeSettings
from tests.adapters.payment.stripe.door import Door
from tests.adapters.payment.stripe.fake import FakeStripe
from tests.adapters.payment.stripe.rehearsal import Rehearsal


@pytest.fixture(scope="session")
def rehearsal() -> Iterator[Rehearsal]:
    peer = Rehearsal()
    yield peer
    peer.close()


@pytest.fixture(params=["strict fake", "localstripe"])
def door(request: pytest.FixtureRequest) -> Iterator[Door]:
    """Either peer; what is tested here holds with both."""
    peer = FakeStripe() if request.param == "strict fake" else request.getfixturevalue("rehearsal")
    opened = Door(peer)
    yield opened
    opened.close()


@pytest.fixture
def fake() -> FakeStripe:
    return FakeStripe()


@pytest.fixture
def fake_door(fake: FakeStripe) -> Iterator[Door]:
    opened = Door(fake)
    yield opened
    opened.close()


def client(door: Door, **more: Any) -> StripePayments:
    """A new client, as after a restart: it remembers nothing."""
    return StripePayments(StripeSettings(api_key=Secret("sk_test_good"), api_base=door.url, **more))
