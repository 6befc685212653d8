"""One account through karrio: what may have been bought is never called a no, and messages hold no address."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from omscore.app import open_shop
from omscore.customers.model import RegisterCustomer
from omscore.engine.plans.wishes import BuyLabels
from omscore.errors import OmsError, PortRefusedError, PortTransientError, PortUnknownError, SetupError
from omscore.fulfillment.commands import PackBoxes, PickUnits
from omscore.fulfillment.model import FulfillmentOrder
from omscore.ids import FulfillmentId, PersonId
from omscore.parties import Person
from omscore.places import Address, Destination
from omscore.plugins.discovery import Plugins
from omscore.ports.carriers import LabelRequest, Parcel, TrackingRequest, TrackingStatus
from omscore.ports.clock import VirtualClock
from omscore.ports.labels import VoidRequest, VoidState
from omscore.records import changed
from omscore.secrets import Secret
from omscore.testing.conformance.carrier import CarrierConformance
from omscore.testing.faults import Fault
from omscore_adapters import carrier_karrio
from omscore_adapters.carrier_karrio import KarrioCarrier, KarrioSettings
from tests.kit.shops import RATES, SHOP, TEA, order, pass_time, stock_up
from tests.kit.usps_api import SECRET, FakeUsps, usps_api

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
BOX = Parcel(mass_g=750, length_mm=300, width_mm=200, height_mm=100)
HERE = Address(
    recipient="Tea", lines=("417 Montgomery Street",), city="San Francisco", region="CA", postcode="94104", country="US"
)
THERE = Address(
    recipient="Ada", lines=("1 Secret Street",), city="Redondo Beach", region="CA", postcode="90277", country="US"
)


@pytest.fixture(scope="module")
def server() -> Iterator[FakeUsps]:
    with usps_api() as fake:
        yield fake


@pytest.fixture
def usps(server: FakeUsps, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeUsps]:
    """karrio's hosts are written into its connectors, so the connector's own property is pointed to the loopback."""
    server.reset()
    address = f"http://127.0.0.1:{server.port}"
    monkeypatch.setattr("karrio.providers.usps.utils.Settings.server_url", property(lambda _: address))
    yield server
    server.goes_on.set()


@contextmanager
def carrier(**more: Any) -> Iterator[KarrioCarrier]:
    settings: dict[str, Any] = {
        "connection": "usps",
        "account": {"client_id": Secret("tea"), "client_secret": Secret(SECRET), "account_number": Secret("7")},
        "postcodes": {"US": "94104"},
        "timeout_s": 1,
    }
    with carrier_karrio.PROVIDER.open(KarrioSettings(**(settings | more))) as opened:
        yield opened


def wish(key: str = "k1", service: str = "usps_priority_mail") -> LabelRequest:
    return LabelRequest(key=key, reference="ord_1", parcel=BOX, sender=HERE, recipient=THERE, service=service, at=NOON)


def give_back(number: str, *, again: bool = False) -> VoidRequest:
    return VoidRequest(key="k1", tracking_number=number, carrier="usps", at=NOON, is_again=again)


class UspsHarness:
    """One account on the loopback, used by one law."""

    faults = frozenset({Fault.DOWN, Fault.LOST_ANSWER, Fault.GARBAGE})
    secrets = (SECRET,)
    parcel, sender, recipient, nowhere = BOX, HERE, THERE, Destination(country="AQ")

    def __init__(self, usps: FakeUsps, port: KarrioCarrier) -> None:
        self.usps = usps
        self.port = port

    def break_next(self, fault: Fault) -> None:
        if fault is Fault.DOWN:
            self.usps.fault("/shipments/|/labels/", "503")
        else:
            self.usps.fault("/labels/", "lost" if fault is Fault.LOST_ANSWER else "garbage")

    def bought(self, key: str | None = None) -> int:
        return len(self.usps.labels)  # USPS is told no key, and each law but one buys under one

    def voided(self, tracking_number: str) -> int:
        return self.usps.cancelled.count(tracking_number)


class TestKarrio(CarrierConformance):
    """All laws but those of carriers that keep to keys, or know them."""

    provider = carrier_karrio.PROVIDER
    keeps_keys = False

    @pytest.fixture
    def harness(self, usps: FakeUsps) -> Iterator[UspsHarness]:
        with carrier() as port:
            yield UspsHarness(usps, port)

    def bought_once(self, harness: Any, key: str) -> None:
        """Labels bear no key at USPS; so it is looked that each has a number of its own."""
        assert harness.bought() == len(set(harness.usps.labels)) > 0


def test_quotes_are_cheapest_first_and_exact(usps: FakeUsps) -> None:
    with carrier() as port:
        quotes = port.quotes("US", Destination(country="US", postcode_area="90277"), BOX)
    told = [(each.carrier, each.service, str(each.price), each.transit_days) for each in quotes]
    assert told == [
        ("usps", "usps_ground_advantage", "7.10 USD", 10),
        ("usps", "usps_priority_mail", "9.35 USD", 2),
    ]
    assert usps.labels == {}


def test_a_label_is_bought_with_its_paper_at_the_price_of_the_label(usps: FakeUsps) -> None:
    usps.postage = 9.99
    with carrier() as port:
        label = port.buy_label(wish())
    assert (label.carrier, label.service, str(label.price)) == ("usps", "usps_priority_mail", "9.99 USD")
    (document,) = label.documents
    assert (document.media_type, document.content[:5]) == ("application/pdf;base64", b"%PDF-")
    (sent,) = usps.labels.values()
    assert sent["toAddress"]["streetAddress"] == "1 Secret Street"


@pytest.mark.parametrize("kind", ["lost", "garbage", "slow", "400", "422", "500", "503"])
def test_what_may_have_been_bought_is_never_called_a_no(usps: FakeUsps, kind: str) -> None:
    usps.fault("/labels/", kind)
    with carrier() as port, pytest.raises(PortUnknownError) as caught:
        port.buy_label(wish())
    assert "Secret" not in str(caught.value)
    assert len([call for call in usps.calls if "/labels/" in call]) == 1


@pytest.mark.parametrize("image", ["", "AAAA", "JVBERi0", "<html>", "%PDF-"])
def test_a_label_that_is_no_file_is_bought_all_the_same(usps: FakeUsps, image: str) -> None:
    usps.label_image = image
    with carrier() as port, pytest.raises(PortUnknownError, match=r"no PDF|no label"):
        port.buy_label(wish())


def test_a_price_that_is_none_leaves_the_outcome_unknown(usps: FakeUsps) -> None:
    usps.postage = -1.0
    with carrier() as port, pytest.raises(PortUnknownError, match="price"):
        port.buy_label(wish())


@pytest.mark.parametrize("kind", ["lost", "garbage", "slow", "429", "503"])
def test_a_question_that_got_no_answer_is_asked_again(usps: FakeUsps, kind: str) -> None:
    usps.fault("/shipments/", kind)
    with carrier() as port, pytest.raises(PortTransientError):
        port.buy_label(wish())
    assert usps.labels == {}


def test_an_error_its_connector_does_not_tell_is_not_taken_for_no_service(usps: FakeUsps) -> None:
    """karrio's connector for USPS answers a refused question for prices with no prices and no complaint."""
    with carrier() as port, pytest.raises(PortTransientError, match="usps gave an error"):
        port.quotes("US", Destination(country="US"), BOX)
    assert [call for call in usps.calls if "/shipments/" in call]


def test_a_wrong_account_and_a_missing_connector_are_told_by_their_place(usps: FakeUsps) -> None:
    with (
        carrier(account={"client_id": Secret("tea"), "client_secret": Secret("wrong")}) as port,
        pytest.raises(SetupError, match="refuses the account"),
    ):
        port.buy_label(wish())
    with pytest.raises(SetupError, match="pip install karrio_pigeon"), carrier(connection="pigeon"):
        pass
    with pytest.raises(SetupError, match="account"), carrier(account={"client_id": Secret("tea")}):
        pass
    assert usps.labels == {}


def test_a_country_without_a_postcode_and_a_service_nobody_has_are_refused(usps: FakeUsps) -> None:
    with carrier() as port:
        with pytest.raises(PortRefusedError, match="postcodes has none for DE"):
            port.quotes("DE", Destination(country="US"), BOX)
        with pytest.raises(PortRefusedError, match="but usps_ground_advantage, usps_priority_mail"):
            port.buy_label(wish(service="rocket"))


def test_a_label_is_given_back_once_and_a_late_no_is_not_believed(usps: FakeUsps) -> None:
    with carrier() as port:
        number = port.buy_label(wish()).tracking_number
        usps.fault("/labels/", "lost")
        with pytest.raises(PortUnknownError):
            port.void_label(give_back(number))
        answer = port.void_label(give_back(number, again=True))
        assert (answer.state, answer.says) == (VoidState.PENDING, "usps: 160118")
        other = port.buy_label(wish("k2")).tracking_number
        assert port.void_label(give_back(other)).state is VoidState.REFUNDED
        assert port.void_label(give_back("nobody's")).state is VoidState.REFUSED
    assert usps.cancelled == [number, other]


@pytest.mark.parametrize("kind", ["429", "500", "503", "garbage"])
@pytest.mark.parametrize("again", [False, True])
def test_a_carrier_in_trouble_has_not_refused_a_label(usps: FakeUsps, kind: str, again: bool) -> None:
    with carrier() as port:
        number = port.buy_label(wish()).tracking_number
        usps.fault("/labels/", kind)
        with pytest.raises(PortUnknownError) as caught:
            port.void_label(give_back(number, again=again))
    assert "Secret" not in str(caught.value)


def test_scans_are_told_in_order_and_an_unknown_word_stays_unknown(usps: FakeUsps) -> None:
    usps.scans["92055"] = [
        {"eventType": "Delivered", "eventTimestamp": "2026-03-04T10:00:00Z", "eventCode": "01"},
        {"eventType": "Singing in the van", "eventTimestamp": "2026-03-03T10:00:00Z", "eventCode": "ZZ"},
        {"eventType": "Acceptance", "eventTimestamp": "2026-03-02T10:00:00Z", "eventCode": "03"},
        {"eventType": "Undated", "eventTimestamp": None, "eventCode": "03"},
    ]
    asked = TrackingRequest(
        tracking_number="92055",
        service="usps_priority_mail",
        origin_country="US",
        destination=Destination(country="US"),
        handed_over_at=NOON,
        at=NOON + timedelta(days=5),
    )
    with carrier() as port:
        assert [scan.status for scan in port.track(asked)] == [
            TrackingStatus.IN_TRANSIT,
            TrackingStatus.UNKNOWN,
            TrackingStatus.DELIVERED,
        ]
        assert [scan.status for scan in port.track(changed(asked, at=NOON))] == [TrackingStatus.IN_TRANSIT]
        assert port.track(changed(asked, tracking_number="nobody's")) == ()


def test_nothing_is_written_to_a_log_and_no_address_stands_in_an_error(
    usps: FakeUsps, capfd: pytest.CaptureFixture[str]
) -> None:
    errors: list[OmsError] = []
    with carrier() as port:
        for kind in ("lost", "garbage", "400", "503"):
            usps.fault("/labels/", kind)
            try:
                port.buy_label(wish())
            except OmsError as error:
                errors.append(error)
    assert len(errors) == 4
    told = capfd.readouterr()
    assert (told.out, told.err) == ("", "")
    assert not any("Secret" in str(error) or SECRET in str(error) for error in errors)


def test_the_sdk_is_loaded_by_nobody_who_does_not_open_it() -> None:
    assert "karrio.sdk" in sys.modules  # this test's own doing
    assert not hasattr(carrier_karrio, "KarrioApi")


def test_a_shop_labels_its_parcels_through_karrio_by_its_toml(
    usps: FakeUsps, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A lost answer is given up and told to a person, who finds no label and has it bought again."""
    monkeypatch.setenv("USPS_SECRET", SECRET)
    before, _, after = SHOP.partition("[carrier.table]")
    table = """
[carrier.karrio]
connection = "usps"
postcodes = {US = "94104"}
[carrier.karrio.account]
client_id = "tea"
client_secret = {env = "USPS_SECRET"}
account_number = "7"
"""
    american = after.replace('country = "DE"}', 'country = "US", region = "CA"}').replace('"80331"', '"94104"')
    american = american.replace('country = "DE"\npoint', 'country = "US"\npoint')
    (tmp_path / "shop.toml").write_text(before + table + "[taxes" + american.partition("[taxes")[2], encoding="utf-8")
    (tmp_path / "rates.csv").write_text(RATES, encoding="utf-8")
    plugins = Plugins()
    plugins.register(carrier_karrio)
    with open_shop(tmp_path / "shop.toml", clock=VirtualClock(NOON), plugins=plugins) as oms:
        stock_up(oms)
        work = FulfillmentId("ord_1.f1")
        ada = Person(person_id=PersonId("ada"), name="Ada", mail="ada@example.org", addresses=(("home", THERE),))
        oms.do(RegisterCustomer(person=ada, at=NOON))
        there = Destination(country="US", postcode_area="90277")
        oms.do(order(oms, {TEA: 1}, destination=there, person_id=ada.person_id, address_name="home"))
        oms.run_due()
        oms.do(PickUnits(fulfillment_id=work, at=oms.clock.now()))
        oms.do(PackBoxes(fulfillment_id=work, at=oms.clock.now()))
        usps.fault("/labels/", "422")
        pass_time(oms, hours=1)
        (dead,) = [task for task in oms.storage.tasks("dead") if task.kind == "label"]
        assert dead.note.startswith("outcome unknown: the label may have been bought")
        assert usps.labels == {}
        oms.do(BuyLabels(fulfillment_id=work, at=oms.clock.now()))
        pass_time(oms, hours=1)
        (package,) = oms.look(FulfillmentOrder, work).packages
        assert (package.carrier, package.service) == ("usps", "usps_ground_advantage")
        assert [*usps.labels] == [package.tracking_number]


def test_a_program_with_karrio_in_it_still_checks_certificates() -> None:
    asked = (
        "import ssl, omscore_adapters.carrier_karrio.client as client\n"
        "print(client.karrio.__name__, ssl._create_default_https_context is ssl.create_default_context)"
    )
    done = subprocess.run(  # noqa: S603 (our own interpreter)
        [sys.executable, "-c", asked], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["karrio.sdk", "True"]
