from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from carebot.people import Person
from carebot.perception.estimators.base import PoseObservation
from carebot.perception.tracker import Tracker, TrackerParameters

FPS = 12.0
ASPECT = 4 / 3
BODY = np.stack([np.tile([-0.04, 0.0, 0.04], 6)[:17], np.linspace(-0.25, 0.25, 17)], axis=1)
"""A standing body, half the picture high."""


def body(x: float, y: float = 0.5, scale: float = 1.0) -> PoseObservation:
    keypoints = np.column_stack([BODY * scale + (x, y), np.full(17, 0.9)]).astype(np.float32)
    return PoseObservation(0.9, keypoints, np.zeros((17, 3), np.float32))


class Followed:
    """A tracker and its time."""

    def __init__(self, parameters: TrackerParameters | None = None) -> None:
        self.tracker, self.time_s = Tracker(parameters), 10.0

    def show(self, *observations: PoseObservation, after_s: float = 1 / FPS) -> list[int]:
        return [person.track_id for person in self.people(*observations, after_s=after_s)]

    def people(self, *observations: PoseObservation, after_s: float = 1 / FPS) -> tuple[Person, ...]:
        self.time_s += after_s
        return self.tracker.step(list(observations), self.time_s, ASPECT)


def test_nobody_is_nobody() -> None:
    followed = Followed()
    assert followed.show() == []
    assert followed.show(body(0.5)) == [1]
    assert followed.show() == []


def test_what_was_observed_is_handed_on_unchanged() -> None:
    observation = body(0.5)
    [person] = Followed().people(observation)
    assert person.confidence == observation.confidence
    assert person.keypoints is observation.keypoints
    assert person.world_m is observation.world_m


def test_somebody_who_walks_through_the_picture_is_one() -> None:
    followed = Followed()
    ids = {each for x in np.linspace(0.05, 0.95, 36) for each in followed.show(body(x))}
    assert ids == {1}


def test_somebody_who_falls_is_one() -> None:
    followed = Followed()
    for angle in np.linspace(0, np.pi / 2, 8):
        turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        keypoints = np.column_stack([BODY @ turn.T + (0.5, 0.5 + angle * 0.15), np.full(17, 0.9)])
        assert followed.show(PoseObservation(0.9, keypoints.astype(np.float32))) == [1]


@pytest.mark.parametrize("step", [0.02, 0.04, 0.07])
def test_two_who_cross_keep_their_ids_in_whatever_order_they_are_found(step: float) -> None:
    followed = Followed()
    assert followed.show(body(0.1, 0.48), body(0.9, 0.52)) == [1, 2]
    for number, x in enumerate(np.arange(0.1 + step, 0.9, step)):
        pair = [body(x, 0.48), body(1.0 - x, 0.52)]
        expected = [1, 2]
        if number % 2:
            pair.reverse()
            expected.reverse()
        assert followed.show(*pair) == expected


def test_one_who_passes_behind_another_and_is_hidden_meanwhile_keeps_the_id() -> None:
    followed = Followed()
    for x in np.linspace(0.1, 0.9, 33):
        hidden = abs(x - 0.5) < 0.1
        seen = followed.show(body(0.5)) if hidden else followed.show(body(0.5), body(x))
        assert seen == ([1] if hidden else [1, 2])


@pytest.mark.parametrize(("gone_s", "expected"), [(0.5, 1), (2.5, 1), (3.5, 2)])
def test_an_id_is_kept_for_a_moment_and_not_for_ever(gone_s: float, expected: int) -> None:
    followed = Followed()
    followed.show(body(0.5))
    for _ in range(int(gone_s * FPS)):
        followed.show()
    assert followed.show(body(0.5)) == [expected]


@pytest.mark.parametrize(("gone_s", "expected"), [(0.1, 2), (1.0, 1)])
def test_the_longer_somebody_was_unseen_the_further_they_may_have_gone(gone_s: float, expected: int) -> None:
    followed = Followed()
    followed.show(body(0.3))
    assert followed.show(body(0.6), after_s=gone_s) == [expected]


def test_the_id_of_one_who_left_is_not_given_to_another_far_away() -> None:
    followed = Followed()
    followed.show(body(0.1))
    followed.show()
    assert followed.show(body(0.9)) == [2]


def test_a_second_one_who_enters_has_a_new_id() -> None:
    followed = Followed()
    followed.show(body(0.3))
    assert followed.show(body(0.8), body(0.3)) == [2, 1]


def test_the_nearest_wins_where_two_could_be_the_same() -> None:
    followed = Followed()
    followed.show(body(0.5))
    assert followed.show(body(0.55), body(0.51)) == [2, 1]


@pytest.mark.parametrize("gap_s", [60.0, 1e6])
def test_after_a_big_gap_everybody_is_new(gap_s: float) -> None:
    followed = Followed()
    followed.show(body(0.5))
    assert followed.show(body(0.5), after_s=gap_s) == [2]


def test_time_that_goes_back_by_little_changes_nothing_and_by_much_begins_anew() -> None:
    followed = Followed()
    followed.show(body(0.5))
    assert followed.show(body(0.5), after_s=-0.2) == [1]
    assert followed.show(body(0.5), after_s=0.0) == [1]
    assert followed.show(body(0.5), after_s=-1000.0) == [2]
    assert followed.show(body(0.5)) == [2]


def test_pictures_that_arrive_all_at_once_do_not_throw_anybody_out_of_the_picture() -> None:
    followed = Followed()
    followed.show(body(0.5))
    for number in range(3):
        followed.show(body(0.5 + 0.01 * (number % 2)), after_s=1e-4)
    assert followed.show(body(0.51)) == [1]
    for _ in range(3):
        followed.show(after_s=0.1)
    assert followed.show(body(0.51)) == [1]


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("place", ["keypoints", "world_m", "confidence"])
def test_an_observation_with_numbers_that_are_none_is_dropped_and_harms_nobody(value: float, place: str) -> None:
    followed = Followed()
    assert followed.show(body(0.2), body(0.8)) == [1, 2]
    bad = body(0.8)
    if place == "confidence":
        bad = replace(bad, confidence=value)
    else:
        getattr(bad, place)[3, 1] = value
    assert followed.show(body(0.2), bad) == [1]
    assert followed.show(body(0.2), body(0.8)) == [1, 2]


def test_a_body_of_no_size_is_followed_like_any_other() -> None:
    followed = Followed()
    dot = PoseObservation(0.9, np.full((17, 3), 0.5, np.float32))
    assert followed.show(dot) == [1]
    assert followed.show(dot) == [1]


def test_families_without_a_space_are_followed() -> None:
    followed = Followed()
    assert followed.show(replace(body(0.5), world_m=None)) == [1]


def test_where_asked_for_somebody_counts_only_after_a_few_pictures() -> None:
    followed = Followed(TrackerParameters(publish_after=3))
    assert [followed.show(body(0.5)) for _ in range(4)] == [[], [], [1], [1]]


places = st.tuples(st.floats(-0.2, 1.2), st.floats(-0.2, 1.2), st.sampled_from([0.0, 0.1, 1.0, 3.0]))
pictures = st.lists(st.tuples(st.lists(places, max_size=5), st.floats(-5, 5)), max_size=12)


@settings(max_examples=60, deadline=None)
@given(pictures)
def test_whatever_is_shown_ids_are_unique_and_everybody_has_one(
    sequence: list[tuple[list[tuple[float, float, float]], float]],
) -> None:
    followed = Followed()
    for bodies, after_s in sequence:
        ids = followed.show(*(body(*place) for place in bodies), after_s=after_s)
        assert len(ids) == len(set(ids)) == len(bodies)
