"""Old payloads of plugins are read as new ones: one chain of steps, whole or refused, and the log is left alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import reduce
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omscore.errors import InputError, SetupError
from omscore.payloads import Payload
from omscore.plugins import Upcaster, hookimpl
from omscore.plugins.discovery import Plugins
from omscore.plugins.upcasting import Upcasters
from omscore.ports.reviews import ReviewAnswer
from omscore.reviews.model import OrderReview, Verdict
from tests.kit.reviewers import Reviewer
from tests.kit.shops import TEA, order
from tests.laws.bench import bench
from tests.laws.checks import check_replay


def noting(version: int) -> Upcaster:
    """A step that writes down that it was taken."""
    return Upcaster(
        kind="acme.score",
        from_version=version,
        step=lambda old: {**old, "way": f"{old.get('way', '')}{version}>", f"v{version}": "1"},
    )


def written(version: int, **fields: str) -> Payload:
    return Payload(kind="acme.score", version=version, fields=tuple(sorted(fields.items())))


@given(st.integers(1, 6), st.integers(1, 8), st.integers(0, 7), st.data())
def test_a_chain_is_its_steps_one_after_another_from_wherever_it_begins(
    first: int, count: int, behind: int, data: st.DataObject
) -> None:
    steps = [noting(version) for version in range(first, first + count)]
    known = Upcasters([("acme", data.draw(st.permutations(steps)))])
    start = first + min(behind, count)
    payload = written(start, score="7")
    naive = reduce(
        lambda fields, step: dict(step.step(fields)),
        [each for each in steps if each.from_version >= start],
        dict(payload.fields),
    )
    today = known.current(payload)
    assert (today.version, dict(today.fields)) == (first + count, naive)
    assert known.current(today) == today
    for between in range(start, first + count):  # brought up by an older plugin on the way
        older = Upcasters([("acme", [each for each in steps if each.from_version < between])])
        if between > first:
            assert known.current(older.current(payload) if start < between else payload) == today
    assert payload == written(start, score="7")


def test_a_missing_step_names_the_plugin() -> None:
    with pytest.raises(SetupError, match=r"acme\.score: acme has no step from version 2; its steps are from 1, 3"):
        Upcasters([("acme", [noting(1), noting(3)])])
    with pytest.raises(SetupError, match=r"acme\.score: acme has no step from version 1; its steps are from 2"):
        Upcasters([("acme", [noting(2)])]).current(written(1))
    with pytest.raises(SetupError, match="is of version 9, and acme knows up to 3"):
        Upcasters([("acme", [noting(2)])]).current(written(9))


def test_two_plugins_with_one_step_are_both_named() -> None:
    with pytest.raises(SetupError, match="acme and zoll both have a step from version 1"):
        Upcasters([("zoll", [noting(1)]), ("acme", [noting(1)])])


def test_two_plugins_may_share_a_chain_and_kinds_do_not_mix() -> None:
    other = Upcaster(kind="zoll.case", from_version=1, step=lambda _: {"x": "1"})
    known = Upcasters([("old", [noting(1)]), ("new", [noting(2), other])])
    assert known.current(written(1))["way"] == "1>2>"
    assert known.current(Payload(kind="zoll.case", version=1)).version == 2
    unknown = Payload(kind="nobody.knows", version=4)
    assert known.current(unknown) is unknown


@pytest.mark.parametrize(
    "wrong",
    [
        lambda _: {"x": 1},
        lambda _: None,
        lambda old: old["gone"],
        lambda _: {"x": "line\nbreak"},
        lambda _: {"a b": "x"},
    ],
    ids=["number", "none", "key", "text", "name"],
)
def test_a_step_that_fails_names_the_plugin_and_tells_nothing_of_the_payload(wrong: object) -> None:
    step = Upcaster(kind="acme.score", from_version=1, step=wrong)  # type: ignore[arg-type]
    with pytest.raises(SetupError, match="the step of acme from version 1 failed") as complaint:
        Upcasters([("acme", [step])]).current(written(1, name="Ada Bell"))
    assert "Ada" not in str(complaint.value)


@pytest.mark.parametrize(
    ("fields", "version", "says"),
    [
        ((("b", "1"), ("a", "2")), 1, "in order of their names"),
        ((("a", "1"), ("a", "2")), 1, "each once"),
        ((("a", "x" * 1_001),), 1, "shorten it"),
        ((("a", "4111 1111 1111 1111"),), 1, "holds a card number"),
        (tuple((f"f{number:02}", "") for number in range(51)), 1, "keep at most 50"),
        ((), 0, "count from 1"),
        ((), True, "count from 1"),
    ],
)
def test_a_payload_that_cannot_be_kept_is_refused(fields: tuple[tuple[str, str], ...], version: int, says: str) -> None:
    with pytest.raises(InputError, match=says):
        Payload(kind="acme.score", version=version, fields=fields)


class Acme:
    """The plugin of today, which calls what was a score a risk."""

    @hookimpl
    def oms_upcasters(self) -> Sequence[Upcaster]:
        def risk(old: Mapping[str, str]) -> Mapping[str, str]:
            return {"risk": old["score"]}

        return (Upcaster(kind="acme.score", from_version=1, step=risk),)


def test_what_a_reviewer_wrote_years_ago_is_read_in_todays_words_and_stays_in_the_log_as_it_was(
    tmp_path: Path,
) -> None:
    score = Payload(kind="acme.score", version=1, fields=(("score", "93"),))
    plugins = Plugins()
    plugins.register(Acme())
    answer = ReviewAnswer(verdict=Verdict.APPROVE, details=score)
    with bench(tmp_path, reviewers={"acme": Reviewer(answer)}) as shop:
        shop.oms.do(order(shop.oms, {TEA: 1}))
        shop.oms.run_due()
        kept = shop.oms.look(OrderReview, "ord_1").opinions[0].details
        assert kept == score
        assert plugins.current(kept) == Payload(kind="acme.score", version=2, fields=(("risk", "93"),))
        assert [each.body for each in shop.oms.storage.events() if '"score"' in each.body]
        check_replay(shop.oms)
