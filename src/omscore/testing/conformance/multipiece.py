"""The laws of carriers that label several boxes as one shipment."""

from __future__ import annotations

from collections.abc import Sequence

from omscore.errors import PortUnknownError
from omscore.money import Money
from omscore.places import destination_of
from omscore.plugins import Capability
from omscore.ports.carriers import CarrierQuote, Label, LabelLookUp, LabelRequest, MultiPiece, Piece, ShipmentRequest
from omscore.ports.labels import LabelVoid, VoidRequest, VoidState
from omscore.records import changed
from omscore.testing.conformance.carrierlaws import CarrierHarness, CarrierLaws
from omscore.testing.conformance.ports import NOON, needs, nothing_is_certain, try_again_is_right
from omscore.testing.faults import Fault

PIECES = 3


class MultiPieceLaws(CarrierLaws):
    """Every law of several boxes."""

    @needs(Capability.MULTI_PIECE)
    def test_several_boxes_have_a_label_each_and_their_prices_sum_to_the_whole(self, harness: CarrierHarness) -> None:
        port, quote, request = self._shipment(harness)
        labels = port.buy_together(request)
        assert len(labels) == PIECES, f"{len(labels)} labels for {PIECES} boxes"
        assert len({label.tracking_number for label in labels}) == PIECES, "two boxes have one number"
        assert {(label.carrier, label.service) for label in labels} == {(quote.carrier, quote.service)}
        assert _sum(labels) == quote.price, f"the labels cost {_sum(labels)}, the shipment was quoted {quote.price}"
        assert all(label.documents for label in labels)
        self._each_bought_once(harness, request)

    @needs(Capability.MULTI_PIECE)
    def test_a_box_of_several_is_known_by_the_key_of_its_label(self, harness: CarrierHarness) -> None:
        port, _, request = self._shipment(harness)
        labels = port.buy_together(request)
        for piece, label in zip(request.pieces, labels, strict=True):
            if isinstance(harness.port, LabelLookUp):
                assert harness.port.look_up_label(piece.key) == label
            assert harness.port.buy_label(self._alone(request, piece)) == label
        self._each_bought_once(harness, request)

    @needs(Capability.MULTI_PIECE, Fault.LOST_ANSWER)
    def test_several_boxes_whose_answer_was_lost_are_not_bought_twice(self, harness: CarrierHarness) -> None:
        port, _, request = self._shipment(harness)
        self.broken(harness, Fault.LOST_ANSWER)
        nothing_is_certain(lambda: port.buy_together(request), "an answer lost after several labels were bought")
        labels = port.buy_together(request)
        assert len({label.tracking_number for label in labels}) == PIECES
        self._each_bought_once(harness, request)

    @needs(Capability.MULTI_PIECE, Fault.PARTIAL)
    def test_several_boxes_of_which_some_were_bought_are_not_taken_for_all_and_none_is_bought_twice(
        self, harness: CarrierHarness
    ) -> None:
        port, _, request = self._shipment(harness)
        self.broken(harness, Fault.PARTIAL)
        try_again_is_right(lambda: port.buy_together(request), "a call of which a part was bought")
        try:
            labels = port.buy_together(request)
        except PortUnknownError:  # a carrier may not complete a shipment: then each box is asked for alone
            labels = tuple([harness.port.buy_label(self._alone(request, piece)) for piece in request.pieces])
        assert len({label.tracking_number for label in labels}) == PIECES
        self._each_bought_once(harness, request)

    @needs(Capability.MULTI_PIECE)
    def test_quoting_several_boxes_buys_nothing_and_none_go_nowhere(self, harness: CarrierHarness) -> None:
        port, _, request = self._shipment(harness)
        parcels = tuple([piece.parcel for piece in request.pieces])
        quotes = port.quotes_together(harness.sender.country, destination_of(harness.recipient), parcels)
        prices = [quote.price.minor for quote in quotes]
        assert prices == sorted(prices)
        assert harness.bought() in (0, None), "a quote bought labels"
        assert port.quotes_together(harness.sender.country, harness.nowhere, parcels) == ()

    @needs(Capability.MULTI_PIECE, Capability.LABEL_VOID)
    def test_boxes_of_one_shipment_are_given_back_one_by_one(self, harness: CarrierHarness) -> None:
        port, _, request = self._shipment(harness)
        labels = port.buy_together(request)
        assert isinstance(harness.port, LabelVoid)
        first = _void(request.pieces[0], labels[0])
        assert harness.port.void_label(first).state is not VoidState.REFUSED
        if isinstance(harness.port, LabelLookUp):
            for piece, label in list(zip(request.pieces, labels, strict=True))[1:]:
                assert harness.port.look_up_label(piece.key) == label, "another box lost its label"
        for piece, label in list(zip(request.pieces, labels, strict=True))[1:]:
            assert harness.port.void_label(_void(piece, label)).state is not VoidState.REFUSED

    def _shipment(self, harness: CarrierHarness) -> tuple[MultiPiece, CarrierQuote, ShipmentRequest]:
        assert isinstance(harness.port, MultiPiece)
        parcels = (harness.parcel,) * PIECES
        quotes = harness.port.quotes_together(harness.sender.country, destination_of(harness.recipient), parcels)
        assert quotes, "the harness gives parcels and a recipient that no service takes together"
        request = ShipmentRequest(
            key=self.key("set"),
            reference="ord_1",
            pieces=tuple([Piece(key=self.key(f"piece-{number}"), parcel=each) for number, each in enumerate(parcels)]),
            sender=harness.sender,
            recipient=harness.recipient,
            service=quotes[0].service,
            at=NOON,
        )
        return harness.port, quotes[0], request

    def _alone(self, request: ShipmentRequest, piece: Piece) -> LabelRequest:
        return LabelRequest(
            key=piece.key,
            reference=request.reference,
            parcel=piece.parcel,
            sender=request.sender,
            recipient=request.recipient,
            service=request.service,
            at=request.at,
        )

    def _each_bought_once(self, harness: CarrierHarness, request: ShipmentRequest) -> None:
        for piece in request.pieces:
            self.bought_once(harness, piece.key)


def _sum(labels: Sequence[Label]) -> Money:
    total = changed(labels[0].price, minor=0)
    for label in labels:
        total = total + label.price
    return total


def _void(piece: Piece, label: Label) -> VoidRequest:
    return VoidRequest(key=piece.key, tracking_number=label.tracking_number, carrier=label.carrier, at=NOON)
