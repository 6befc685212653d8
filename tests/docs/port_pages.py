"""Writes what the code itself says of a port into its page: contract, capabilities, harness and laws.

`python -m tests.docs.port_pages` writes it between the markers of each page; a test sees that pages and code agree.
"""

from __future__ import annotations

import inspect
import re
import textwrap
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

from omscore.plugins import Capability
from omscore.ports import (
    acknowledgements,
    bounces,
    carriers,
    channels,
    erp,
    handovers,
    keys,
    labels,
    letters,
    news,
    notices,
    observers,
    payments,
    rates,
    reviews,
    taxes,
)
from omscore.testing.conformance import documents
from omscore.testing.conformance.bounces import BounceConformance, BounceHarness
from omscore.testing.conformance.callbacks import CallbackConformance, CallbackHarness
from omscore.testing.conformance.carrier import CarrierConformance
from omscore.testing.conformance.carrierlaws import CarrierHarness
from omscore.testing.conformance.channel import ChannelConformance
from omscore.testing.conformance.documents import DocumentHarness
from omscore.testing.conformance.erp import ErpConformance, ErpHarness
from omscore.testing.conformance.handovers import HandOverHarness
from omscore.testing.conformance.invoices import InvoiceConformance, InvoiceHarness
from omscore.testing.conformance.letters import LetterConformance, LetterHarness
from omscore.testing.conformance.notices import NoticeConformance, NoticeHarness
from omscore.testing.conformance.observers import ObserverConformance, ObserverHarness
from omscore.testing.conformance.payment import PaymentConformance, PaymentHarness
from omscore.testing.conformance.ports import PortLaws, laws_of, needs_of
from omscore.testing.conformance.rates import RateConformance, RateHarness
from omscore.testing.conformance.reviews import ReviewConformance, ReviewHarness
from omscore.testing.conformance.sales import SaleConformance
from omscore.testing.conformance.taxes import TaxConformance, TaxHarness
from omscore.testing.conformance.telling import ChannelHarness, TellingHarness
from omscore.testing.conformance.voids import VoidHarness
from tests.docs.port_types import written_types

DOCS = Path(__file__).resolve().parents[2] / "docs"
BEGIN = "<!-- written by `python -m tests.docs.port_pages` -->"
END = "<!-- the end of what is written -->"


class Page(NamedTuple):
    """What a page is about: the Protocols, the modules whose records they speak in, and kits with their harnesses."""

    protocols: tuple[type[Any], ...]
    modules: tuple[ModuleType, ...]
    kits: tuple[tuple[type[PortLaws], tuple[type[Any], ...]], ...]
    word: str


_SIGNED: tuple[type[PortLaws], tuple[type[Any], ...]] = (CallbackConformance, (CallbackHarness,))
PAGES: dict[str, Page] = {
    "port-payment": Page(
        (payments.PaymentPort, payments.PaymentListing, payments.CaptureWay, keys.KeyMemory),
        (payments,),
        ((PaymentConformance, (PaymentHarness,)), _SIGNED),
        "payment",
    ),
    "port-carrier": Page(
        (
            carriers.CarrierPort,
            carriers.LabelLookUp,
            carriers.MultiPiece,
            labels.LabelVoid,
            labels.TrackingCallbacks,
            handovers.CarrierManifests,
            handovers.CarrierCollections,
            keys.KeyPromise,
        ),
        (carriers, labels, handovers),
        ((CarrierConformance, (CarrierHarness, VoidHarness, HandOverHarness)), _SIGNED),
        "carrier",
    ),
    "port-erp": Page(
        (erp.ErpPort, erp.InvoiceBooks, erp.SalesBooks, keys.KeyPromise),
        (erp, documents),
        (
            (ErpConformance, (ErpHarness,)),
            (InvoiceConformance, (DocumentHarness, InvoiceHarness)),
            (SaleConformance, ()),
        ),
        "books",
    ),
    "port-notices": Page(
        (notices.NoticePort, keys.KeyPromise, bounces.BounceReading),
        (notices, bounces),
        ((NoticeConformance, (NoticeHarness,)), (BounceConformance, (BounceHarness,))),
        "notices",
    ),
    "port-letters": Page((letters.LetterPort,), (letters,), ((LetterConformance, (LetterHarness,)),), "letters"),
    "port-taxes": Page((taxes.TaxPort,), (taxes,), ((TaxConformance, (TaxHarness,)),), "taxes"),
    "port-channels": Page(
        (
            channels.ChannelPort,
            channels.SignedChannel,
            news.TellingChannel,
            acknowledgements.AcknowledgingChannel,
        ),
        (channels, news, acknowledgements),
        ((ChannelConformance, (ChannelHarness, TellingHarness)), _SIGNED),
        "channel",
    ),
    "port-observers": Page(
        (observers.ObserverPort,), (observers,), ((ObserverConformance, (ObserverHarness,)),), "observers"
    ),
    "port-reviewers": Page(
        (reviews.ReviewPort, reviews.ReviewLookUp, keys.KeyPromise),
        (reviews,),
        ((ReviewConformance, (ReviewHarness,)),),
        "review",
    ),
    "port-rates": Page((rates.RatePort,), (rates,), ((RateConformance, (RateHarness,)),), "rates"),
}


def written(page: Page) -> str:
    """All that the code says of a port, as Markdown."""
    parts = ["## Contract", *map(_contract, page.protocols), *written_types(page.protocols, page.modules)]
    parts += _capabilities(page)
    for kit, harnesses in page.kits:
        about = [f"For adapters that declare {' or '.join(f'`{word}`' for word in sorted(kit.about))}."] * bool(
            kit.about
        )
        parts += [f"## Laws: `{_place(kit)}`", *about, _laws(kit), *map(_harness, harnesses)]
    return "\n\n".join(parts)


def put_in(text: str, block: str) -> str:
    """The page with the block between its markers.

    >>> put_in(f"a\\n{BEGIN}\\nold\\n{END}\\nb\\n", "new") == f"a\\n{BEGIN}\\n\\nnew\\n\\n{END}\\nb\\n"
    True
    """
    head, begin, rest = text.partition(BEGIN)
    _, end, tail = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"the page has no lines {BEGIN} and {END}; add them where the contract belongs")
    return f"{head}{BEGIN}\n\n{block}\n\n{END}{tail}"


def law_words(name: str) -> str:
    """The name of a law as a sentence.

    >>> law_words("test_two_keys_are_two_labels")
    'Two keys are two labels'
    """
    words = name.removeprefix("test_").replace("_", " ")
    return words[0].upper() + words[1:]


def _contract(protocol: type[Any]) -> str:
    return f"`{protocol.__module__}`\n\n```text\n{textwrap.dedent(inspect.getsource(protocol)).strip()}\n```"


def _capabilities(page: Page) -> Iterator[str]:
    rows = [f"| `Capability.{name}` | {word} | {says} |" for name, word, says in capabilities_of(page.word)]
    if rows:
        yield "## Capabilities"
        yield "\n".join(["| declared as | shown as | what it says |", "|---|---|---|", *rows])


def capabilities_of(word: str) -> list[tuple[str, str, str]]:
    """The capabilities whose docstring begins with that word, as `Payment, carrier: ...` does for `carrier`."""
    found = re.findall(
        r'^    (\w+) = "[^"]+"\n    """(.*?)"""', inspect.getsource(Capability), re.MULTILINE | re.DOTALL
    )
    told: list[tuple[str, str, str]] = []
    for name, says in found:
        ports, _, rest = " ".join(says.split()).partition(": ")
        if word in ports.lower().split(", "):
            told.append((name, Capability[name].value, rest[0].upper() + rest[1:]))
    return told


def _laws(kit: type[PortLaws]) -> str:
    rows = []
    for name, law in laws_of(kit).items():
        about = ", ".join(str(need) for need in needs_of(law))
        more = " ".join((law.__doc__ or "").split())
        rows.append(f"| {law_words(name)}.{' ' + more if more else ''} | {about} |")
    return "\n".join(["| law | asked where the adapter has, or suffers |", "|---|---|", *rows])


def _harness(harness: type[Any]) -> str:
    return f"The harness, `{_place(harness)}`:\n\n```text\n{textwrap.dedent(inspect.getsource(harness)).strip()}\n```"


def _place(thing: type[Any]) -> str:
    return f"{thing.__module__.removeprefix('omscore.testing.')}.{thing.__name__}"


def main() -> None:
    """Writes every page anew."""
    for name, page in PAGES.items():
        path = DOCS / f"{name}.md"
        path.write_text(put_in(path.read_text(encoding="utf-8"), written(page)), encoding="utf-8")


if __name__ == "__main__":
    main()
