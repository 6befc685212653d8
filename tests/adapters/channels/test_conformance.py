"""Every format under the kit that is shipped for the formats of others."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from omscore.money import Money
from omscore.plugins.providers import AnyProvider
from omscore.ports.acknowledgements import AcknowledgingChannel, InterchangeChecked
from omscore.ports.channels import ChannelMessage, ChannelPort
from omscore.ports.news import ChannelNotice, TellingChannel
from omscore.secrets import Secret
from omscore.testing.conformance.callbacks import CallbackConformance
from omscore.testing.conformance.channel import ChannelConformance, KnownOrder
from omscore.testing.faults import Fault
from omscore_adapters import channel_amazon, channel_edifact, channel_shopify, channel_table, channel_x12
from omscore_adapters.channel_shopify import ShopifyChannel, ShopifySettings
from tests.adapters.channels.samples import (
    CSV,
    CSV_MAPPING,
    JSON,
    JSON_MAPPING,
    amazon,
    document,
    edifact,
    shopify,
    x12,
)

SECRET = "s3cret-of-the-app"  # noqa: S105 (made for the test)
NO_WORLD = dict.fromkeys(Fault, "a document is read where it is; nobody is asked")
BOTH = {"TEA": 2, "CUP": 1}


class Harness:
    """A format, two orders in it, and nothing outside."""

    secrets: tuple[str, ...] = ()
    faults: frozenset[Fault] = frozenset()
    may_be_cut = False

    def __init__(self, port: ChannelPort, join: Callable[[Sequence[bytes]], bytes], *known: KnownOrder) -> None:
        self.port = port
        self.known = known
        self.together = join

    def break_next(self, fault: Fault) -> None:
        raise AssertionError(f"{fault} is not among the faults this harness names")


def known(
    content: bytes, reference: str, total: str | None, currency: str = "USD", units: Mapping[str, int] | None = None
) -> KnownOrder:
    amount = None if total is None else Money(int(total.replace(".", "")), currency)
    return KnownOrder(
        document=content, reference=reference, currency=currency, units=BOTH if units is None else units, total=amount
    )


def pages(documents: Sequence[bytes]) -> bytes:
    """One page with the orders of several."""
    return json.dumps({"orders": [each for page in documents for each in json.loads(page)["orders"]]}).encode()


def opened(provider: AnyProvider, **settings: Any) -> ChannelPort:
    """The adapter; a format holds nothing open."""
    with ExitStack() as stack:
        port: ChannelPort = stack.enter_context(provider.open(provider.settings_type(**settings)))
        return port


class TestShopify(ChannelConformance):
    provider = channel_shopify.PROVIDER
    cannot_happen = NO_WORLD
    numbers_arrive = False

    @pytest.fixture
    def harness(self) -> Harness:
        port = opened(self.provider, secrets=(Secret(SECRET),))
        first, second = document(shopify()), document(shopify(id=5002, name="#1002"))
        return Harness(port, pages, known(first, "#1001", "37.86"), known(second, "#1002", "37.86"))


class TestAmazon(ChannelConformance):
    provider = channel_amazon.PROVIDER
    cannot_happen = NO_WORLD
    numbers_arrive = False

    @pytest.fixture
    def harness(self) -> Harness:
        ids = ("114-1111111-2222222", "114-1111111-3333333")
        every = [known(document(amazon(orderId=each)), each, "26.00", units={"TEA": 2}) for each in ids]
        return Harness(opened(self.provider), pages, *every)


class FolderHarness(Harness):
    """A format with an outbox, which a file in its place breaks for one call."""

    faults = frozenset({Fault.DOWN})

    def __init__(
        self,
        folder: Path,
        provider: AnyProvider,
        settings: Mapping[str, Any],
        join: Callable[[Sequence[bytes]], bytes],
        *every: KnownOrder,
        may_be_cut: bool = False,
    ) -> None:
        self._outbox = folder / "outbox"
        self._is_down = False
        self._format = opened(provider, outbox=self._outbox, **settings)
        self.may_be_cut = may_be_cut
        super().__init__(self, join, *every)

    @property
    def tells(self) -> Any:
        return self._channel.tells

    @property
    def _channel(self) -> TellingChannel:
        assert isinstance(self._format, TellingChannel)
        return self._format

    def read(self, content: bytes) -> tuple[ChannelMessage, ...]:
        return self._format.read(content)

    def tell(self, notice: ChannelNotice) -> None:
        if not self._is_down:
            self._channel.tell(notice)
            return
        self._is_down = False
        self._outbox.write_text("in the way", encoding="utf-8")
        try:
            self._channel.tell(notice)
        finally:
            self._outbox.unlink()

    def break_next(self, fault: Fault) -> None:
        assert fault is Fault.DOWN
        self._is_down = True

    def told(self) -> Sequence[tuple[int, bytes]]:
        files = sorted(self._outbox.iterdir()) if self._outbox.is_dir() else []
        return [(int(file.name.partition("-")[0]), file.read_bytes()) for file in files]


class AcknowledgingHarness(FolderHarness):
    """A format that acknowledges, too."""

    def checked(self, content: bytes) -> tuple[InterchangeChecked, ...]:
        assert isinstance(self._format, AcknowledgingChannel)
        return self._format.checked(content)


class TestX12(ChannelConformance):
    provider = channel_x12.PROVIDER

    @pytest.fixture
    def harness(self, tmp_path: Path) -> AcknowledgingHarness:
        second = x12(reference="PO-78", control="000000102")
        every = (known(x12(), "PO-77", None), known(second, "PO-78", None))
        ids: dict[str, Any] = {
            "own_id": "TEASHOP",
            "partner_id": "BIGBUYER",
            "scac": {"post": "POST"},
            "acknowledge": True,
        }
        return AcknowledgingHarness(tmp_path, self.provider, ids, b"".join, *every)


class TestEdifact(ChannelConformance):
    provider = channel_edifact.PROVIDER

    @pytest.fixture
    def harness(self, tmp_path: Path) -> AcknowledgingHarness:
        second = edifact(reference="PO-89", control="43")
        every = (known(edifact(), "PO-88", None, "EUR"), known(second, "PO-89", None, "EUR"))
        ids: dict[str, Any] = {"own_id": "4000002000004", "partner_id": "4000001000005", "acknowledge": True}
        return AcknowledgingHarness(tmp_path, self.provider, ids, b"".join, *every)


def written(folder: Path, mapping: str) -> dict[str, Path]:
    """The settings of a table with that mapping."""
    path = folder / "mapping.toml"
    path.write_text(mapping, encoding="utf-8")
    return {"mapping": path}


def rows(documents: Sequence[bytes]) -> bytes:
    """One table with the rows of several."""
    head, *_ = documents[0].splitlines()
    return b"\n".join([head, *(row for each in documents for row in each.splitlines()[1:])]) + b"\n"


class TestCsv(ChannelConformance):
    """A table that lost its last rows is a table; a channel whose orders have totals is told of it all the same."""

    provider = channel_table.PROVIDER

    @pytest.fixture
    def harness(self, tmp_path: Path) -> FolderHarness:
        head, anna, ben, more = CSV.splitlines()
        first, second = f"{head}\n{anna}\n{more}\n".encode(), f"{head}\n{ben}\n".encode()
        every = (known(first, "A-1", "37.05", "EUR"), known(second, "A-2", "12.35", "EUR", {"CUP": 1}))
        mapping = written(tmp_path, CSV_MAPPING)
        return FolderHarness(tmp_path, self.provider, mapping, rows, *every, may_be_cut=True)


def lists(documents: Sequence[bytes]) -> bytes:
    """One list with the orders of several."""
    return json.dumps({"data": {"orders": [each for one in documents for each in _orders(json.loads(one))]}}).encode()


def _orders(document: Any) -> list[Any]:
    found: list[Any] = document["data"]["orders"]
    return found


class TestJson(ChannelConformance):
    provider = channel_table.PROVIDER

    @pytest.fixture
    def harness(self, tmp_path: Path) -> FolderHarness:
        first = json.dumps(JSON)
        second = first.replace("J-1", "J-2").replace("evt-1", "evt-2")
        every = [
            known(each.encode(), name, "20.00", "EUR", {"TEA": 2}) for each, name in ((first, "J-1"), (second, "J-2"))
        ]
        return FolderHarness(tmp_path, self.provider, written(tmp_path, JSON_MAPPING), lists, *every, may_be_cut=True)


class ShopifySender:
    """Shopify signs the bytes, and no moment."""

    secrets = (SECRET,)
    tolerance = None
    bodies = tuple([document(shopify(id=5000 + number, name=f"#{number}")) for number in range(3)])

    def __init__(self) -> None:
        self._channel = ShopifyChannel(ShopifySettings(secrets=(Secret(SECRET),)))

    def sign(self, body: bytes, at: datetime) -> Mapping[str, str]:
        made = hmac.new(SECRET.encode(), body, hashlib.sha256).digest()
        return {"X-Shopify-Hmac-SHA256": base64.b64encode(made).decode()}

    def read(self, body: bytes, headers: Mapping[str, str], now: datetime) -> object:
        self._channel.check_signature(body, headers.get("X-Shopify-Hmac-SHA256", ""))
        return tuple([each for each in self._channel.read(body) if each.order is not None])


class TestShopifyWebhooks(CallbackConformance):
    provider = channel_shopify.PROVIDER

    @pytest.fixture
    def harness(self) -> ShopifySender:
        return ShopifySender()
