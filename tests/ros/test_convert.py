from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from rclpy.serialization import deserialize_message, serialize_message

from carebot.alerts import FallEvent, FallEventKind
from carebot.people import People, Person
from carebot.ros.convert import (
    fall_event_from_msg,
    fall_event_to_msg,
    people_from_msg,
    people_to_msg,
    seconds,
    stamp_from_seconds,
)

times_s = st.floats(0, 2.1e9)
keypoints = arrays(np.float32, (17, 3), elements=st.floats(-2, 2, width=32) | st.just(math.nan))
persons = st.builds(
    Person,
    track_id=st.integers(0, 2**32 - 1),
    confidence=st.floats(0, 1, width=32),
    keypoints=keypoints,
    world_m=st.none() | keypoints,
)
peoples = st.builds(
    People,
    time_s=times_s,
    width_px=st.integers(0, 9999),
    height_px=st.integers(0, 9999),
    people=st.lists(persons, max_size=3).map(tuple),
)
events = st.builds(
    FallEvent,
    kind=st.sampled_from(FallEventKind),
    fall_id=st.integers(0, 10**6),
    track_id=st.integers(0, 2**32 - 1),
    time_s=times_s,
    confidence=st.floats(0, 1, width=32),
    reason_code=st.sampled_from(["dropped", "found_lying"]),
    reason=st.text(st.characters(codec="utf-8", exclude_characters="\0")),
    evidence=st.dictionaries(st.sampled_from(["drop_bl", "speed_bl_s", "lay_s"]), st.floats(-10, 10)),
)


def over_the_wire(message):
    """What the other side gets."""
    return deserialize_message(serialize_message(message), type(message))


@given(times_s)
def test_a_time_survives_to_a_microsecond(time_s: float) -> None:
    assert seconds(stamp_from_seconds(time_s)) == pytest.approx(time_s, abs=1e-6)


def test_a_time_that_rounds_up_to_a_whole_second_is_a_valid_stamp() -> None:
    stamp = stamp_from_seconds(1.9999999999)
    assert (stamp.sec, stamp.nanosec) == (2, 0)


@pytest.mark.parametrize(("time_s", "kept_s"), [(-1.0, 0.0), (1e12, 2.0**31), (2.0**31, 2.0**31)])
def test_a_time_that_ros_cannot_say_becomes_the_nearest_that_it_can(time_s: float, kept_s: float) -> None:
    assert seconds(over_the_wire(stamp_from_seconds(time_s))) == pytest.approx(kept_s)


@given(peoples)
def test_people_come_back_as_they_went(people: People) -> None:
    back = people_from_msg(over_the_wire(people_to_msg(people, "eye")))
    assert (back.width_px, back.height_px) == (people.width_px, people.height_px)
    assert back.time_s == pytest.approx(people.time_s, abs=1e-6)
    assert len(back.people) == len(people.people)
    for one, other in zip(back.people, people.people, strict=True):
        assert (one.track_id, one.confidence) == (other.track_id, other.confidence)
        np.testing.assert_array_equal(one.keypoints, other.keypoints)
        assert (one.world_m is None) == (other.world_m is None)
        if one.world_m is not None and other.world_m is not None:
            np.testing.assert_array_equal(one.world_m, other.world_m)


def test_the_frame_of_the_camera_goes_with_the_people() -> None:
    assert people_to_msg(People(1.0, 2, 3), "eye").header.frame_id == "eye"


def test_keypoints_of_a_message_are_not_shared_with_it() -> None:
    person = Person(1, 0.5, np.zeros((17, 3), np.float32))
    message = people_to_msg(People(0.0, 1, 1, (person,)))
    back = people_from_msg(message)
    message.people[0].keypoints[0] = 9.0
    assert back.people[0].keypoints[0, 0] == 0.0


def test_keypoints_of_other_types_and_layouts_are_taken() -> None:
    odd = np.asfortranarray(np.arange(51, dtype=np.float64).reshape(17, 3))
    back = people_from_msg(people_to_msg(People(0.0, 1, 1, (Person(1, 0.5, odd),))))  # type: ignore[arg-type]
    np.testing.assert_array_equal(back.people[0].keypoints, odd)


@given(events)
def test_a_fall_event_comes_back_as_it_went(event: FallEvent) -> None:
    run_id, back = fall_event_from_msg(over_the_wire(fall_event_to_msg(event, "19a-b2", "eye")))
    assert run_id == "19a-b2"
    assert back.time_s == pytest.approx(event.time_s, abs=1e-6)
    for name in ("kind", "fall_id", "track_id", "confidence", "reason_code", "reason", "evidence"):
        assert getattr(back, name) == getattr(event, name)


@pytest.mark.parametrize(
    ("field", "value"),
    [("event", 0), ("event", 9), ("fall_id", ""), ("fall_id", "abc-x"), ("evidence_names", ["one_too_many"])],
)
def test_a_message_that_means_nothing_is_refused(field: str, value: object) -> None:
    message = fall_event_to_msg(FallEvent(FallEventKind.SUSPECTED, 1, 2, 3.0, 0.5, "dropped", "dropped"), "run")
    setattr(message, field, value)
    with pytest.raises(ValueError, match="fall alert"):
        fall_event_from_msg(message)
