"""The demo's timeline: first occurrences, in order, and an honest verdict."""

from __future__ import annotations

import pytest

from carebot.demo.timeline import MARKS, Timeline


def timeline_with(*names: str) -> Timeline:
    timeline = Timeline()
    for at, name in enumerate(names):
        timeline.add(name, float(at))
    return timeline


def test_only_the_first_occurrence_counts():
    timeline = Timeline()
    timeline.add("suspected", 3.0, "why")
    timeline.add("suspected", 9.0, "why else")
    assert [(mark.time_s, mark.detail) for mark in timeline.marks()] == [(3.0, "why")]


def test_marks_come_in_the_order_of_the_story_however_they_arrived():
    assert [mark.name for mark in timeline_with(*reversed(MARKS)).marks()] == list(MARKS)


def test_everything_reached_is_a_success():
    assert timeline_with(*MARKS).verdict(a_fall_is_expected=True) == (True, "The alert arrived.")


@pytest.mark.parametrize("missing", ["suspected", "confirmed", "shown"])
def test_what_is_missing_is_named(missing: str):
    succeeded, sentence = timeline_with(*(name for name in MARKS if name != missing)).verdict(True)
    assert not succeeded
    assert MARKS[missing] in sentence


def test_a_demo_that_ended_before_the_fall_says_so():
    succeeded, sentence = Timeline().verdict(a_fall_is_expected=True)
    assert not succeeded
    assert "--seconds" in sentence


def test_a_robot_that_did_not_arrive_is_told_where_it_was_to_drive():
    succeeded, sentence = timeline_with(*(name for name in MARKS if name != "arrived")).verdict(True, True)
    assert not succeeded
    assert "had not come to the room" in sentence
    assert timeline_with(*MARKS).verdict(True, a_drive_is_expected=True)[0]


def test_in_a_scenario_without_a_fall_silence_is_success_and_a_suspicion_no_failure():
    assert Timeline().verdict(a_fall_is_expected=False)[0]
    assert timeline_with("suspected").verdict(a_fall_is_expected=False)[0]
    assert not timeline_with("suspected", "confirmed").verdict(a_fall_is_expected=False)[0]


def test_delays_are_counted_from_the_touch_of_the_floor():
    timeline = Timeline()
    timeline.add("on_floor", 12.0)
    timeline.add("suspected", 12.5)
    content = timeline.as_dict()
    assert content["floor_to_suspected_s"] == pytest.approx(0.5)
    assert content["confirmed_s"] is None
    assert content["floor_to_confirmed_s"] is None
