"""What lies behind the ports of a shop with everything switched on; each remembers what it was asked, once for ever."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from random import Random

from omscore.billing.invoices import Invoice
from omscore.parties import NewsKind
from omscore.plugins import PortKind, Provider, hookimpl
from omscore.plugins.providers import AnyProvider
from omscore.ports.news import ChannelNotice
from omscore.ports.reviews import ReviewAnswer, ReviewRequest, Verdict
from omscore_adapters.channel_table import TableChannel, TableSettings
from tests.kit.depots import CarelessDepot, RoughWire
from tests.laws.bench import Books
from tests.testing.sound_carrier import SoundCarrier


class Depot(SoundCarrier):
    """A carrier that can do all there is and keeps to no keys."""

    is_once_per_key = False
    depot: CarelessDepot

    def __init__(self) -> None:
        super().__init__(CarelessDepot(), RoughWire())


class Ear(TableChannel):
    """A channel that remembers what it was told."""

    def __init__(self, settings: TableSettings) -> None:
        super().__init__(settings)
        self.heard: list[ChannelNotice] = []

    @property
    def tells(self) -> frozenset[NewsKind]:
        return frozenset(NewsKind)

    def tell(self, notice: ChannelNotice) -> None:
        self.heard.append(notice)


class Ledgers(Books):
    """Books that enter invoices too, each once."""

    takes_invoices = True

    def __init__(self) -> None:
        super().__init__()
        self.invoices: dict[str, Invoice] = {}

    def post_invoices(self, invoices: Sequence[Invoice]) -> None:
        for each in invoices:
            assert self.invoices.setdefault(each.number, each) == each


class Doubter:
    """A reviewer that holds some orders and cancels some; one question opens one case."""

    is_once_per_key = False

    def __init__(self, lot: Random) -> None:
        self._lot = lot
        self.cases: dict[str, ReviewAnswer] = {}
        self.asked: Counter[str] = Counter()

    def review(self, request: ReviewRequest) -> ReviewAnswer:
        self.asked[request.key] += 1
        verdict = self._lot.choice((*(Verdict.APPROVE,) * 6, Verdict.HOLD, Verdict.CANCEL))
        says = "" if verdict is Verdict.APPROVE else "dear"
        return self.cases.setdefault(request.key, ReviewAnswer(verdict=verdict, says=says))

    def look_up_review(self, key: str) -> ReviewAnswer | None:
        return self.cases.get(key)


class Listening:
    """A plugin whose format listens with the ear of the test."""

    def __init__(self, ear: object) -> None:
        self._ear = ear

    @hookimpl
    def oms_providers(self) -> Sequence[AnyProvider]:
        @contextmanager
        def opened(_settings: TableSettings) -> Iterator[object]:
            yield self._ear

        return [Provider(name="ear", port=PortKind.CHANNEL, settings_type=TableSettings, open=opened)]
