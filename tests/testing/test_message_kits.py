"""The kits of letters, observers, channels and signed messages reject every broken adapter, by exactly the laws it
breaks.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path

import attrs
import pytest

from omscore.plugins import Capability, PortKind, Provider
from omscore.secrets import Secret
from omscore.testing.conformance.bounces import BounceConformance
from omscore.testing.conformance.callbacks import CallbackConformance
from omscore.testing.conformance.channel import ChannelConformance
from omscore.testing.conformance.letters import LetterConformance
from omscore.testing.conformance.observers import ObserverConformance
from omscore.testing.conformance.ports import PortLaws, keeps_secrets
from tests.laws.bench import NoSettings
from tests.testing import broken_bounces, broken_channels, broken_letters, broken_observers, broken_readers
from tests.testing.port_kits import laws_of, rejected_by, skipped_by
from tests.testing.sound_messages import SoundChannel, SoundLetters, SoundObservers, SoundReader


class Letters(LetterConformance):
    provider = Provider(name="sound", port=PortKind.LETTER, settings_type=NoSettings, open=nullcontext)


class Observers(ObserverConformance):
    provider = Provider(name="sound", port=PortKind.OBSERVER, settings_type=NoSettings, open=nullcontext)


class Channels(ChannelConformance):
    provider = Provider(
        name="sound",
        port=PortKind.CHANNEL,
        settings_type=NoSettings,
        open=nullcontext,
        capabilities=frozenset(
            {Capability.ORDERS_TOLD, Capability.SHIPMENTS_TOLD, Capability.STOCK_TOLD, Capability.ACKNOWLEDGED}
        ),
    )


class Callbacks(CallbackConformance):
    provider = Provider(
        name="sound",
        port=PortKind.CARRIER,
        settings_type=NoSettings,
        open=nullcontext,
        capabilities=frozenset({Capability.CALLBACKS}),
    )


class Bounces(BounceConformance):
    provider = Provider(
        name="sound",
        port=PortKind.NOTICE,
        settings_type=NoSettings,
        open=nullcontext,
        capabilities=frozenset({Capability.BOUNCES}),
    )


UNSIGNED = "sound does not declare signed"


@attrs.frozen
class One:
    key: Secret | None


@attrs.frozen
class Many:
    keys: tuple[Secret, ...]


@attrs.frozen
class Deep:
    inner: tuple[One, ...]


@attrs.frozen
class Plain:
    path: Path
    words: tuple[str, ...] = ()


SOUND: dict[type[PortLaws], Callable[[], object]] = {
    Letters: SoundLetters,
    Observers: SoundObservers,
    Channels: SoundChannel,
    Callbacks: SoundReader,
    Bounces: broken_bounces.SoundBounces,
}

REJECTED_BY: dict[type[PortLaws], dict[Callable[[], object], set[str]]] = {
    Letters: {
        broken_letters.SaysNothing: {"test_every_letter_is_written"},
        broken_letters.LeavesTheReasonOut: {"test_a_letter_tells_its_facts"},
        broken_letters.RoundsAmounts: {"test_amounts_are_told_exactly"},
        broken_letters.CountsLetters: {"test_the_same_wish_is_the_same_letter"},
        broken_letters.MixesCustomersUp: {
            "test_letters_written_at_once_are_each_about_their_own_customer",
            "test_what_a_customer_wrote_is_told_and_never_carried_out",
        },
        broken_letters.CarriesOutWhatCustomersWrite: {"test_what_a_customer_wrote_is_told_and_never_carried_out"},
        broken_letters.BelievesHtml: {"test_what_a_customer_wrote_is_told_and_never_carried_out"},
        broken_letters.TwoLinesOfSubject: {"test_no_fact_adds_a_line_to_the_subject"},
        broken_letters.OtherHtml: {"test_html_says_the_same_as_the_text"},
        broken_letters.WritesAnything: {"test_a_letter_nobody_knows_is_refused"},
        broken_letters.LettersGiveUp: {"test_a_writer_that_is_out_of_reach_is_asked_again"},
    },
    Observers: {
        broken_observers.TellsNobody: {"test_who_wants_what_is_told_by_name"},
        broken_observers.TellsEverybody: {
            "test_a_lost_answer_does_not_end_the_telling",
            "test_a_receiver_that_is_down_is_told_later",
            "test_an_occurrence_is_heard_as_it_was_recorded_by_the_receiver_it_is_for",
            "test_occurrences_told_twice_and_in_any_order_are_each_heard_as_they_are",
            "test_two_occurrences_are_two_messages_for_each_receiver",
            "test_what_is_told_again_is_known_as_the_same",
            "test_workers_that_tell_at_once_mix_nothing_up",
        },
        broken_observers.NewIdEachTime: {
            "test_a_message_that_arrives_twice_is_known_as_the_same",
            "test_occurrences_told_twice_and_in_any_order_are_each_heard_as_they_are",
            "test_two_occurrences_are_two_messages_for_each_receiver",
            "test_what_is_told_again_is_known_as_the_same",
        },
        broken_observers.NewIdPerArrival: {"test_a_message_that_arrives_twice_is_known_as_the_same"},
        broken_observers.LatestVersionOnly: {
            "test_occurrences_told_twice_and_in_any_order_are_each_heard_as_they_are",
            "test_two_occurrences_are_two_messages_for_each_receiver",
        },
        broken_observers.OneForAll: {
            "test_a_message_told_long_after_its_event_is_believed",
            "test_occurrences_told_twice_and_in_any_order_are_each_heard_as_they_are",
            "test_two_occurrences_are_two_messages_for_each_receiver",
            "test_workers_that_tell_at_once_mix_nothing_up",
        },
        broken_observers.SharesOnePlace: {
            "test_occurrences_told_twice_and_in_any_order_are_each_heard_as_they_are",
            "test_two_occurrences_are_two_messages_for_each_receiver",
            "test_workers_that_tell_at_once_mix_nothing_up",
        },
        broken_observers.SignsTheEvent: {"test_a_message_told_long_after_its_event_is_believed"},
        broken_observers.SlowClock: {"test_a_message_told_long_after_its_event_is_believed"},
        broken_observers.ObserversGiveUp: {"test_a_receiver_that_is_down_is_told_later"},
        broken_observers.TakesSilenceForHearing: {"test_a_lost_answer_does_not_end_the_telling"},
        broken_observers.TakesAnyAnswer: {"test_an_answer_nobody_can_read_does_not_end_the_telling"},
        broken_observers.ObserversTellTheirKey: {"test_secrets_stand_in_no_message"},
    },
    Channels: {
        broken_channels.DropsAUnit: {"test_known_orders_are_read_to_the_last_unit_and_cent"},
        broken_channels.NumbersAllOne: {"test_an_order_is_told_in_one_currency_with_lines_that_can_be_told_apart"},
        broken_channels.NamesByTheHour: {
            "test_an_interchange_has_one_name_however_often_it_comes_and_another_has_another",
            "test_messages_that_come_together_are_all_read_in_their_order",
            "test_the_same_document_is_the_same_messages",
            "test_what_is_kept_of_a_message_reads_as_that_message_again",
            "test_whatever_a_document_holds_it_is_read_or_refused_and_never_half",
        },
        broken_channels.OneNameForAll: {
            "test_an_interchange_has_one_name_however_often_it_comes_and_another_has_another",
            "test_two_messages_have_two_names",
        },
        broken_channels.KeepsTheContentOnly: {
            "test_messages_that_come_together_are_all_read_in_their_order",
            "test_what_is_kept_of_a_message_reads_as_that_message_again",
            "test_whatever_a_document_holds_it_is_read_or_refused_and_never_half",
        },
        broken_channels.ReadsTheFirstOnly: {"test_messages_that_come_together_are_all_read_in_their_order"},
        broken_channels.EmptyIsNoError: {"test_a_document_that_is_none_is_refused"},
        broken_channels.LetsErrorsThrough: {
            "test_a_document_that_is_none_is_refused",
            "test_no_message_is_rejected_that_was_read",
            "test_whatever_a_document_holds_it_is_read_or_refused_and_never_half",
        },
        broken_channels.ComplainsWithoutAWord: {"test_whatever_a_document_holds_it_is_read_or_refused_and_never_half"},
        broken_channels.MendsWhatIsCut: {"test_a_document_cut_short_is_never_a_smaller_order"},
        broken_channels.SignsUnasked: {"test_what_is_declared_is_there"},
        broken_channels.NumbersFromItsOwn: {
            "test_a_channel_that_is_down_is_told_later",
            "test_a_message_told_again_is_the_same_message",
            "test_messages_told_twice_and_in_any_order_arrive_each_as_it_is",
            "test_what_a_message_tells_stands_in_it",
            "test_what_is_told_arrives_under_its_number",
        },
        broken_channels.StampsEachTry: {
            "test_a_message_told_again_is_the_same_message",
            "test_messages_told_twice_and_in_any_order_arrive_each_as_it_is",
        },
        broken_channels.SkipsWhatIsLate: {"test_messages_told_twice_and_in_any_order_arrive_each_as_it_is"},
        broken_channels.TellsNoArticles: {"test_what_a_message_tells_stands_in_it"},
        broken_channels.NamesInterchangesByTheHour: {
            "test_an_interchange_has_one_name_however_often_it_comes_and_another_has_another"
        },
        broken_channels.RejectsWhatItTook: {
            "test_an_interchange_has_one_name_however_often_it_comes_and_another_has_another",
            "test_no_message_is_rejected_that_was_read",
        },
        broken_channels.ChannelsGiveUp: {"test_a_channel_that_is_down_is_told_later"},
    },
    Callbacks: {
        broken_readers.TellsOneForAll: {"test_a_signed_message_tells_what_it_is_about"},
        broken_readers.SignsWhatItReads: {"test_every_changed_byte_of_a_message_is_refused"},
        broken_readers.ComparesTheBeginning: {"test_every_changed_character_of_what_is_signed_is_refused"},
        broken_readers.SignsTheMomentOnly: {
            "test_every_changed_byte_of_a_message_is_refused",
            "test_the_signature_of_another_message_is_refused",
        },
        broken_readers.TakesTheUnsigned: {"test_a_message_without_a_signature_is_refused"},
        broken_readers.TellsOnce: {"test_messages_that_come_twice_and_in_any_order_tell_each_the_same"},
        broken_readers.LatestOnly: {"test_messages_that_come_twice_and_in_any_order_tell_each_the_same"},
        broken_readers.BelievesTheFuture: {
            "test_a_clock_that_is_wrong_is_borne_as_far_as_the_tolerance_and_no_further"
        },
        broken_readers.BearsNoSkew: {"test_a_clock_that_is_wrong_is_borne_as_far_as_the_tolerance_and_no_further"},
        broken_readers.StumblesOverNonsense: {
            "test_secrets_stand_in_no_message",
            "test_what_is_signed_and_makes_no_sense_is_refused_or_tells_nothing",
        },
        broken_readers.TellsItsSecret: {"test_secrets_stand_in_no_message"},
    },
    Bounces: {
        broken_bounces.ReadsNoStatus: {"test_a_failure_names_its_letter_and_its_status"},
        broken_bounces.TakesADelayForAFailure: {"test_what_is_delayed_or_was_delivered_is_no_bounce"},
        broken_bounces.BelievesEverybody: {
            "test_a_bounce_of_another_shop_is_not_ours_whatever_its_key",
            "test_no_changed_byte_makes_it_another_letter",
        },
        broken_bounces.SealsHalfTheName: {"test_no_changed_byte_makes_it_another_letter"},
        broken_bounces.StumblesOverBytes: {
            "test_no_changed_byte_makes_it_another_letter",
            "test_whatever_the_bytes_are_there_is_an_answer",
        },
        broken_bounces.RepeatsTheReceiver: {"test_who_it_was_for_stands_in_no_answer"},
    },
}


@pytest.mark.parametrize(
    ("kit", "adapter"),
    [(kit, adapter) for kit, adapters in REJECTED_BY.items() for adapter in adapters],
    ids=lambda each: each.__name__,
)
def test_a_broken_adapter_is_rejected_by_exactly_the_laws_it_breaks(
    kit: type[PortLaws], adapter: Callable[[], object]
) -> None:
    assert rejected_by(kit, adapter) == REJECTED_BY[kit][adapter]


@pytest.mark.parametrize("kit", SOUND, ids=lambda kit: kit.__name__)
def test_a_sound_adapter_is_rejected_by_no_law_and_no_law_is_skipped(kit: type[PortLaws]) -> None:
    assert (rejected_by(kit, SOUND[kit]), skipped_by(kit, SOUND[kit])) == (set(), {})
    assert set(kit.left_out.values()) <= {UNSIGNED}


@pytest.mark.parametrize("kit", SOUND, ids=lambda kit: kit.__name__)
def test_every_law_rejects_something(kit: type[PortLaws]) -> None:
    # What a kit of its own asks about the declaration rejects providers, not adapters: see test_capability_laws.
    declared = {"test_what_is_declared_is_there"} if kit.about else set()
    assert set().union(*REJECTED_BY[kit].values()) == set(laws_of(kit)) - declared


def test_messages_without_a_signed_moment_are_believed_whenever_they_come() -> None:
    """And a reader that looks at a moment all the same is rejected."""

    class Timeless(SoundReader):
        tolerance = None

    assert rejected_by(Callbacks, Timeless) == {
        "test_a_clock_that_is_wrong_is_borne_as_far_as_the_tolerance_and_no_further"
    }


def test_what_a_class_says_it_has_not_is_left_out_with_the_reason_and_comes_back_where_it_is_there() -> None:
    class Quiet(Channels):
        provider = attrs.evolve(Channels.provider, capabilities=frozenset())

    class Loud(Quiet):
        provider = Channels.provider

    assert set(Quiet.left_out.values()) == {"it is told nothing", "sound does not declare acknowledged", UNSIGNED}
    about_telling = {law for law, why in Quiet.left_out.items() if why != UNSIGNED}
    assert set(laws_of(Loud)) - set(laws_of(Quiet)) == about_telling
    assert Loud.left_out == Channels.left_out


@pytest.mark.parametrize(
    ("settings", "keeps"),
    [(NoSettings, False), (Secret, True), (One, True), (Many, True), (Deep, True), (Plain, False)],
)
def test_settings_that_hold_a_secret_at_any_depth_are_known(settings: type[object], keeps: bool) -> None:
    assert keeps_secrets(settings) is keeps
