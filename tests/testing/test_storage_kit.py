"""The storage kit rejects every broken store, by the law named for what is wrong with it, and no sound one."""

from __future__ import annotations

from contextlib import closing
from functools import partial
from pathlib import Path

import pytest
from hypothesis import Phase

from omscore.testing.conformance.storage import RepairLaws, StorageConformance
from omscore_adapters.storage_memory import MemoryStorage
from tests.testing import broken_stores as broken
from tests.testing import broken_tasks
from tests.testing.direct import laws_of, objections

REJECTED_BY: dict[type[MemoryStorage], str] = {
    broken.IgnoresVersions: "test_a_change_of_another_version_is_a_conflict_and_changes_nothing",
    broken.LooksAtNothing: "test_a_commit_is_not_made_once_what_it_looked_at_has_changed",
    broken.LosesTheSecondEvent: "test_the_log_is_in_commit_order_and_sealed",
    broken.HoldsPartOfTheStock: "test_a_commit_is_all_or_nothing",
    broken.ChecksEachMoveAlone: "test_demand_on_one_cell_is_summed_before_it_is_checked",
    broken.NamesOneShortCell: "test_no_cell_goes_below_zero",
    broken.ReadsThenWrites: "test_of_threads_that_want_the_last_unit_exactly_one_gets_it",
    broken.ForgetsFingerprints: "test_same_command_key_and_other_content_is_an_error",
    broken.AnswersAnew: "test_same_command_key_and_same_content_gives_the_same_answer",
    broken.BurnsKeys: "test_a_failed_commit_leaves_its_command_key_free",
    broken.LetsClaimsGo: "test_a_claim_is_held_by_one_stream",
    broken.SortsNumbersAsNumbers: "test_an_index_lists_by_sort_then_stream",
    broken.DropsMicroseconds: "test_a_moment_in_another_zone_is_the_same_moment_in_utc",
    broken.DropsOffsets: "test_a_moment_in_another_zone_is_the_same_moment_in_utc",
    broken.FoldsUnicode: "test_any_unicode_text_comes_back_unchanged",
    broken.StripsNul: "test_text_with_a_nul_is_refused_and_changes_nothing",
    broken_tasks.LeasesTwice: "test_due_tasks_are_leased_earliest_first_and_to_one_caller",
    broken_tasks.LetsThreadsThrough: "test_leases_taken_by_several_workers_are_disjoint",
    broken_tasks.HearsStaleOwners: "test_only_the_latest_attempt_can_be_settled",
    broken_tasks.ProlongsForAnybody: "test_a_stale_owner_cannot_prolong_its_lease",
    broken_tasks.BeginsTheFenceAnew: "test_a_revived_task_waits_again_and_its_fence_goes_on",
    broken_tasks.DropsWorkInProgress: "test_only_waiting_and_dead_tasks_can_be_dropped",
    broken_tasks.ForgetsTriesOnRetry: "test_a_retry_after_a_revival_goes_on_counting_from_it",
    broken.ForgetsNobody: "test_a_person_is_forgotten_on_request_and_nobody_else_is",
    broken.KeepsWhatFell: "test_an_exception_that_leaves_a_group_takes_the_whole_group_back",
    broken.StopsAtTheFirstRefusal: "test_each_commit_of_many_gets_its_own_answer_or_error_in_order",
    broken.FellsTheWholeGroup: "test_each_commit_of_many_gets_its_own_answer_or_error_in_order",
    broken.ShowsTheRunningStore: "test_a_snapshot_goes_on_showing_its_moment_while_the_store_is_written_to",
    broken.SealsAnew: "test_a_checkpoint_over_nothing_new_is_the_last_one",
    broken.GlancesPastTheNotes: "test_a_glance_finds_what_its_parts_find_one_by_one",
    broken.KnowsTheFirstKeys: "test_of_many_command_keys_those_used_before_are_told",
    broken.NeverHeardOfKeys: "test_a_commit_with_an_unknown_outcome_is_looked_up_by_its_key_and_made_once",
}


class Kit(StorageConformance, RepairLaws):
    """All laws that a store in memory can be held to."""

    phases = (Phase.generate,)


@pytest.mark.parametrize("store", REJECTED_BY, ids=lambda store: store.__name__)
def test_a_broken_store_is_rejected_by_the_law_named_for_it(store: type[MemoryStorage], tmp_path: Path) -> None:
    assert objections(Kit, REJECTED_BY[store], lambda: partial(closing, store()), tmp_path)


def test_a_sound_store_is_rejected_by_no_law(tmp_path: Path) -> None:
    laws = laws_of(Kit)
    assert set(REJECTED_BY.values()) <= set(laws)
    assert {law: objections(Kit, law, lambda: partial(closing, MemoryStorage()), tmp_path / law) for law in laws} == {
        law: [] for law in laws
    }
