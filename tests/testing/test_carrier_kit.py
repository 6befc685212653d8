"""The carrier kit rejects every broken adapter, by exactly the laws it breaks, and no sound one."""

from __future__ import annotations

from functools import partial

import attrs
import pytest

from omscore.plugins import Capability
from omscore.testing.conformance.carrier import CarrierConformance
from omscore_adapters import carrier_table
from tests.testing import broken_carriers as broken
from tests.testing import broken_handovers, broken_voids
from tests.testing.port_kits import laws_of, rejected_by, skipped_by
from tests.testing.sound_carrier import DepotHarness, SoundCarrier

LOST = "test_a_label_whose_answer_was_lost_is_not_bought_twice"
GARBAGE = "test_an_answer_nobody_can_read_leaves_the_outcome_unknown"
ONCE = "test_the_same_key_twice_is_one_label"
TWICE = "test_a_request_that_arrives_twice_buys_one_label"
LATE = "test_a_request_that_is_overtaken_by_its_repetition_buys_one_label"
SOME = "test_several_boxes_of_which_some_were_bought_are_not_taken_for_all_and_none_is_bought_twice"
WORKERS = "test_two_workers_that_ask_with_one_key_at_once_get_one_label"
QUOTED = "test_a_label_is_of_the_service_and_at_the_price_quoted"
LOOKED_UP = "test_a_label_can_be_looked_up_by_its_key"
SUMS = "test_several_boxes_have_a_label_each_and_their_prices_sum_to_the_whole"
BY_KEY = "test_a_box_of_several_is_known_by_the_key_of_its_label"
LOST_SET = "test_several_boxes_whose_answer_was_lost_are_not_bought_twice"
BACK = "test_boxes_of_one_shipment_are_given_back_one_by_one"
BACK_ALONE = "test_a_label_that_was_bought_can_be_given_back_and_no_other_goes_with_it"
BACK_TWICE = "test_a_label_given_back_twice_is_given_back_once"
BACK_LOST = "test_a_label_given_back_whose_answer_was_lost_is_given_back_once"
BACK_ARRIVES_TWICE = "test_a_wish_to_give_a_label_back_that_arrives_twice_gives_it_back_once"
BACK_STRANGE = "test_a_number_nobody_sold_is_not_given_back"
BACK_GARBAGE = "test_an_answer_nobody_can_read_does_not_say_what_became_of_a_label"
BACK_DOWN = "test_a_label_that_could_not_be_given_back_now_can_be_later"
BACK_SAID = "test_neither_secrets_nor_addresses_stand_in_what_is_said_to_a_label_given_back"
BACK_ONCE = {BACK_ALONE, BACK_TWICE, BACK_LOST, BACK_ARRIVES_TWICE, BACK_GARBAGE, BACK_DOWN}
LISTED = "test_a_manifest_lists_parcels_that_were_asked_for_and_can_be_printed"
LISTED_AGAIN = "test_a_manifest_asked_for_twice_is_one_manifest"
LISTED_TWICE = "test_no_parcel_is_on_two_manifests"
LISTED_LOST = "test_a_manifest_whose_answer_was_lost_is_made_once"
VISIT_AGAIN = "test_a_pickup_asked_for_twice_is_one_visit"
VISIT_LOST = "test_a_pickup_whose_answer_was_lost_is_booked_once"

REJECTED_BY: dict[type[SoundCarrier], set[str]] = {
    broken.QuotesDearestFirst: {"test_quotes_come_cheapest_first_and_buy_nothing"},
    broken.GoesEverywhere: {"test_a_place_nobody_goes_to_has_no_quote"},
    broken.GoesNowhereWhenDown: {"test_a_carrier_that_cannot_be_asked_is_not_one_that_goes_nowhere"},
    broken.AddsASurcharge: {QUOTED, LOOKED_UP, BY_KEY},
    broken.ForgetsKeys: {ONCE, WORKERS, LOST, GARBAGE, BY_KEY, TWICE, LATE},
    broken.NewKeyPerArrival: {TWICE},
    broken.NewKeyPerAttempt: {LATE},
    broken.CarriersThatForgetAloud: {"test_what_is_declared_is_there"},
    broken.OneNumberForAll: {
        "test_two_keys_are_two_labels",
        BY_KEY,
        LISTED,
        LISTED_AGAIN,
        LISTED_LOST,
        LISTED_TWICE,
        BACK_ALONE,
    },
    broken.PrintsNothing: {"test_a_label_can_be_printed", LOOKED_UP, BY_KEY},
    broken.TakesAnyService: {"test_a_service_nobody_offers_is_refused_and_buys_nothing"},
    broken.TakesSilenceForNothing: {LOST},
    broken.TakesGarbageForNo: {GARBAGE},
    broken.GivesUpWhenDown: {"test_what_did_not_get_through_can_be_asked_again"},
    broken.TellsWhoLivesThere: {"test_neither_secrets_nor_addresses_stand_in_a_message"},
    broken.ScansNewestFirst: {"test_scans_are_told_oldest_first_and_none_from_the_future"},
    broken.DeliversAnything: {"test_a_parcel_nobody_bought_a_label_for_is_not_delivered"},
    broken.LooksUpNothing: {LOOKED_UP, LOST, GARBAGE, BY_KEY, BACK},
    broken.BillsTheWholeOnEachBox: {SUMS, BY_KEY, BACK},
    broken.OneLabelForTheShipment: {SUMS, BY_KEY, LOST_SET, SOME, BACK},
    broken.MixesBoxesUp: {BY_KEY, BACK},
    broken.TakesSomeForAll: {SOME},
    broken.BuysShipmentsAgain: {LOST_SET, SOME},
    broken.ShipsSeveralAnywhere: {"test_quoting_several_boxes_buys_nothing_and_none_go_nowhere"},
    broken_voids.GivesBackTheWhole: {BACK},
    broken_voids.DeclaresAndRaises: {*BACK_ONCE, BACK_STRANGE, BACK_SAID, BACK},
    broken_voids.DeclaresAndRefuses: {*BACK_ONCE, BACK},
    broken_voids.NodsAndKeepsTheMoney: BACK_ONCE,
    broken_voids.GivesBackTheNext: {BACK_ALONE},
    broken_voids.DeniesTheSecond: {BACK_TWICE},
    broken_voids.GivesBackEachTime: {BACK_TWICE, BACK_LOST, BACK_ARRIVES_TWICE, BACK_GARBAGE},
    broken_voids.TakesASecondArrivalForNo: {BACK_ARRIVES_TWICE},
    broken_voids.GivesBackStrangers: {BACK_STRANGE},
    broken_voids.GivesBackByKeyAlone: {BACK_STRANGE},
    broken_voids.TakesSilenceForKept: {BACK_LOST},
    broken_voids.TakesGarbageForGivenBack: {BACK_GARBAGE},
    broken_voids.TakesGarbageForKept: {BACK_GARBAGE},
    broken_voids.KeepsWhenDown: {BACK_DOWN},
    broken_voids.TellsItsKey: {BACK_SAID},
    broken_voids.TellsItsKeyInItsAnswer: {BACK_SAID},
    broken_handovers.ListsAgain: {LISTED_AGAIN, LISTED_LOST},
    broken_handovers.ListsTwice: {LISTED_TWICE},
    broken_handovers.LeavesParcelsOut: {LISTED, LISTED_AGAIN, LISTED_LOST},
    broken_handovers.ListsStrangers: {"test_a_parcel_nobody_bought_a_label_for_is_on_no_manifest"},
    broken_handovers.LosesManifests: {LISTED_AGAIN, LISTED_LOST},
    broken_handovers.ComesEachTime: {VISIT_AGAIN, VISIT_LOST},
    broken_handovers.ComesUnconfirmed: {"test_a_pickup_is_confirmed_with_its_window", VISIT_LOST},
    broken_handovers.ComesAllTheSame: {"test_a_pickup_cancelled_twice_is_cancelled"},
    broken_handovers.CancelsOnce: {"test_a_pickup_cancelled_twice_is_cancelled"},
}

PROVIDER = attrs.evolve(
    carrier_table.PROVIDER,
    name="depot",
    capabilities=frozenset(
        {
            Capability.LABEL_LOOK_UP,
            Capability.LABEL_VOID,
            Capability.MULTI_PIECE,
            Capability.MANIFEST,
            Capability.PICKUP,
        }
    ),
)


class Kit(CarrierConformance):
    """All laws: the depot declares all there is."""

    provider = PROVIDER


@pytest.mark.parametrize("adapter", REJECTED_BY, ids=lambda adapter: adapter.__name__)
def test_a_broken_adapter_is_rejected_by_exactly_the_laws_it_breaks(adapter: type[SoundCarrier]) -> None:
    assert rejected_by(Kit, partial(DepotHarness, adapter)) == REJECTED_BY[adapter]


def test_a_sound_adapter_is_rejected_by_no_law_and_no_law_is_skipped() -> None:
    assert rejected_by(Kit, DepotHarness) == set()
    assert skipped_by(Kit, DepotHarness) == {}


def test_what_is_offered_must_be_declared() -> None:
    class Modest(CarrierConformance):
        provider = attrs.evolve(PROVIDER, capabilities=frozenset())

    assert skipped_by(Modest, DepotHarness) == {}
    assert Modest.left_out[LOOKED_UP] == "depot does not declare label look-up"
    for capability in PROVIDER.capabilities:
        assert any(f"depot does not declare {capability}" in why for why in Modest.left_out.values())
    assert rejected_by(Modest, DepotHarness) == {"test_what_is_declared_is_there"}


def test_every_law_rejects_something() -> None:
    rejecting = set().union(*REJECTED_BY.values())
    assert set(laws_of(Kit)) == rejecting
