"""The laws of a format orders come in, one per test, to be run against any adapter of `omscore.ports.channels`.

An author subclasses `ChannelConformance`, names the provider, and gives the fixture `harness`: the opened adapter and
documents whose orders are known. Nothing outside is asked, so what goes wrong is in the documents.
"""

from __future__ import annotations

from collections import Counter

import pytest

from omscore.errors import InputError, RefusedError
from omscore.plugins import Capability
from omscore.ports.acknowledgements import AcknowledgingChannel
from omscore.ports.channels import ChannelMessage, ChannelOrder, SignedChannel
from omscore.ports.news import TellingChannel
from omscore.records import changed
from omscore.testing.conformance.ports import needs, skipped
from omscore.testing.conformance.telling import (
    DAMAGES,
    ChannelHarness,
    KnownOrder,
    TellingHarness,
    TellingLaws,
    damaged,
)

__all__ = ["ChannelConformance", "ChannelHarness", "KnownOrder", "TellingHarness"]

_CUTS = 100
_TOLD = (Capability.ORDERS_TOLD, Capability.SHIPMENTS_TOLD, Capability.STOCK_TOLD, Capability.ACKNOWLEDGED)


class ChannelConformance(TellingLaws):
    """Every law that holds for every format."""

    def test_known_orders_are_read_to_the_last_unit_and_cent(self, harness: ChannelHarness) -> None:
        assert len(harness.known) > 1, "the harness gives fewer than two documents"
        for known in harness.known:
            order = self._only(harness, known).order
            assert order is not None
            units = Counter[str]()
            for line in order.lines:
                units[line.sku] += line.units
            assert (order.reference, order.currency, units) == (known.reference, known.currency, Counter(known.units))
            assert order.total == known.total

    def test_an_order_is_told_in_one_currency_with_lines_that_can_be_told_apart(self, harness: ChannelHarness) -> None:
        for known in harness.known:
            order = self._only(harness, known).order
            assert order is not None and order.lines
            numbers = [line.number for line in order.lines]
            assert len(set(numbers)) == len(numbers) and min(line.units for line in order.lines) > 0
            assert _currencies(order) == {order.currency}
            taxed = [line.tax is not None for line in order.lines]
            assert all(taxed) or not any(taxed), "either every line tells its tax or none does"

    def test_the_same_document_is_the_same_messages(self, harness: ChannelHarness) -> None:
        for known in harness.known:
            assert harness.port.read(known.document) == harness.port.read(known.document)

    def test_two_messages_have_two_names(self, harness: ChannelHarness) -> None:
        names = [self._only(harness, known).message_id for known in harness.known]
        assert all(names) and len(set(names)) == len(names), "a channel's second order would pass for its first"

    def test_what_is_kept_of_a_message_reads_as_that_message_again(self, harness: ChannelHarness) -> None:
        for known in harness.known:
            for message in harness.port.read(known.document):
                _kept(harness, message)

    def test_messages_that_come_together_are_all_read_in_their_order(self, harness: ChannelHarness) -> None:
        together = harness.together([known.document for known in harness.known])
        if together is None:
            skipped(f"a document of {self.provider.name} holds one message")
        found = harness.port.read(together)
        assert [message.order and message.order.reference for message in found] == [
            known.reference for known in harness.known
        ]
        for message in found:
            _kept(harness, message)
        alone = [self._only(harness, known).message_id for known in harness.known]
        assert [message.message_id for message in found] == alone, "alone or together, a message has one name"

    def test_a_document_that_is_none_is_refused(self, harness: ChannelHarness) -> None:
        for document in (b"", b" ", b"\x00", b"\xff\xfe", b"<html></html>", b"\n\n\n"):
            for message in self._taken(harness, document, "nothing"):
                assert message.order is None, f"{document!r} is read as an order"

    def test_whatever_a_document_holds_it_is_read_or_refused_and_never_half(self, harness: ChannelHarness) -> None:
        for known in harness.known:
            for seed in range(DAMAGES):
                document = damaged(known.document, seed)
                for message in self._taken(harness, document, f"damage {seed} of {known.reference}"):
                    ends = [message.order is not None, message.answer is not None, bool(message.complaints)]
                    assert ends.count(True) == 1, f"damage {seed}: half an order"
                    assert all(complaint.says.strip() for complaint in message.complaints)
                    if message.order is not None:
                        assert all(line.units > 0 for line in message.order.lines), f"damage {seed}: nothing is ordered"
                    _kept(harness, message, f"damage {seed}: ")

    def test_a_document_cut_short_is_never_a_smaller_order(self, harness: ChannelHarness) -> None:
        for known in harness.known:
            whole = self._only(harness, known).order
            assert whole is not None
            half = len(known.document) // 2
            for end in range(half, len(known.document), max(1, half // _CUTS)):
                for message in self._taken(harness, known.document[:end], f"the first {end} bytes"):
                    if message.order is not None and message.order.reference == known.reference:
                        assert harness.may_be_cut or message.order == whole, f"the first {end} bytes pass for the whole"

    @needs(Capability.SIGNED)
    def test_a_document_nobody_signed_is_not_believed(self, harness: ChannelHarness) -> None:
        """The harness opens the adapter with the secret of the channel; other laws of it are a kit of their own."""
        assert isinstance(harness.port, SignedChannel)
        for known in harness.known:
            for signature in ("", "AAAA", "0" * 64):
                with pytest.raises(RefusedError):
                    harness.port.check_signature(known.document, signature)

    def test_what_is_declared_is_there(self, harness: ChannelHarness) -> None:
        self.declares(Capability.SIGNED, offers=isinstance(harness.port, SignedChannel))
        self.declares(Capability.ACKNOWLEDGED, offers=isinstance(harness.port, AcknowledgingChannel))
        tells = isinstance(harness.port, TellingChannel)
        assert any(each in self.provider.capabilities for each in _TOLD) == tells, "it tells, and does not declare what"

    def _only(self, harness: ChannelHarness, known: KnownOrder) -> ChannelMessage:
        (message,) = harness.port.read(known.document)
        return message

    def _taken(self, harness: ChannelHarness, document: bytes, what: str) -> tuple[ChannelMessage, ...]:
        """What is read; none when the document is refused. Fail when anything but InputError is raised."""
        try:
            found = harness.port.read(document)
        except InputError as error:
            assert str(error).strip(), f"{what} was refused without a word"
            return ()
        assert found, f"{what}: no message and no error; it would be lost"
        return found


def _kept(harness: ChannelHarness, message: ChannelMessage, when: str = "") -> None:
    """Fail unless the content of a message alone reads as that message; lines may be counted from its own first."""
    again = harness.port.read(message.content)
    assert len(again) == 1, f"{when}what is kept of one message reads as {len(again)}"
    assert _plain(again[0]) == _plain(message), f"{when}what is kept of a message reads as another"


def _plain(message: ChannelMessage) -> ChannelMessage:
    order = message.order
    if order is not None:
        order = changed(order, lines=tuple([changed(line, number=at) for at, line in enumerate(order.lines, 1)]))
    said = tuple([each._replace(line=0) for each in message.complaints])
    return changed(message, order=order, complaints=said)


def _currencies(order: ChannelOrder) -> set[str]:
    """Every currency an amount of the order is in."""
    amounts = [order.discount, order.shipping, order.charges, order.shipping_tax, order.total, order.goods_total]
    amounts += [line.discount for line in order.lines] + [line.tax.amount for line in order.lines if line.tax]
    prices = {line.unit_price.currency for line in order.lines}
    return prices | {amount.currency for amount in amounts if amount is not None}
