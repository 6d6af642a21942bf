"""What holds whatever people do and whatever the pose model makes of it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from carebot.alerts import FallEvent
from carebot.falls import FallMonitor, FallParameters
from carebot.people import People
from tests.falls.figures import (
    ALL_FOURS,
    BED_LIE,
    BEND,
    CHAIR,
    FLOOR_SIT,
    KNEEL,
    LIE_BACK,
    LIE_FRONT,
    LIE_SIDE,
    SQUAT,
    STAND,
    Move,
)
from tests.falls.scenes import shot

POSTURES = [STAND, CHAIR, BEND, SQUAT, KNEEL, ALL_FOURS, FLOOR_SIT, LIE_BACK, LIE_FRONT, LIE_SIDE, BED_LIE]
MOVES = st.lists(st.builds(Move, st.sampled_from(POSTURES), st.floats(0.3, 4.0), st.booleans()), min_size=1, max_size=6)
CONFIRM_S = st.sampled_from([1.0, 2.0, 5.0])
ORDER = ["suspected", "confirmed", "recovered"]


class Life(list[People]):
    """Pictures that hypothesis can print."""

    def __repr__(self) -> str:
        return f"<{len(self)} pictures, {sum(len(each.people) for each in self)} people>"


@st.composite
def films(draw: st.DrawFn) -> list[People]:
    """Any life, seen with losses: missing people, wild skeletons, changed ids."""
    _, pictures = shot(
        draw(MOVES),
        height_m=draw(st.floats(0.3, 2.5)),
        distance_m=draw(st.floats(1.0, 8.0)),
        facing_deg=draw(st.floats(0, 360)),
        fps=draw(st.sampled_from([8.0, 15.0, 25.0])),
        world=draw(st.booleans()),
        jitter=draw(st.floats(0.0, 0.1)),
    )
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    lost, changed = draw(st.floats(0.0, 0.5)), draw(st.floats(0.0, 0.1))
    track_id, result = 1, Life()
    for picture in pictures:
        track_id += int(random.random() < changed)
        people = tuple(replace(p, track_id=track_id) for p in picture.people) if random.random() >= lost else ()
        result.append(replace(picture, people=people))
    return result


def events_of(pictures: list[People], confirm_after_s: float = 2.0) -> list[FallEvent]:
    monitor = FallMonitor(FallParameters(confirm_after_s=confirm_after_s))
    return [event for picture in pictures for event in monitor.step(picture)]


@settings(max_examples=60, deadline=None)
@given(films(), CONFIRM_S)
def test_events_of_one_fall_come_once_each_in_order_and_in_time(pictures: list[People], confirm_after_s: float) -> None:
    events = events_of(pictures, confirm_after_s)
    for fall_id in {event.fall_id for event in events}:
        mine = [event for event in events if event.fall_id == fall_id]
        steps = [ORDER.index(event.kind.value) for event in mine]
        assert steps == sorted(set(steps))
        assert steps[0] == 0
        times = [event.time_s for event in mine]
        assert times == sorted(times)
        if 1 in steps:
            assert mine[1].time_s - mine[0].time_s >= confirm_after_s


@settings(max_examples=30, deadline=None)
@given(films())
def test_every_event_names_a_person_who_was_seen_and_says_why(pictures: list[People]) -> None:
    seen = {person.track_id for picture in pictures for person in picture.people}
    for event in events_of(pictures):
        assert event.track_id in seen
        assert event.reason_code
        assert "nan" not in event.reason
        assert 0.0 <= event.confidence <= 1.0
        assert np.isfinite(list(event.evidence.values())).all()


@settings(max_examples=30, deadline=None)
@given(films())
def test_without_people_there_is_no_event(pictures: list[People]) -> None:
    assert events_of([replace(picture, people=()) for picture in pictures]) == []


@settings(max_examples=20, deadline=None)
@given(films())
def test_mirrored_life_gives_the_same_events(pictures: list[People]) -> None:
    def mirror(picture: People) -> People:
        people = []
        for person in picture.people:
            keypoints = person.keypoints.copy()
            keypoints[:, 0] = np.where(keypoints[:, 2] > 0, 1.0 - keypoints[:, 0], 0.0)
            world = None if person.world_m is None else person.world_m * np.float32([-1, 1, 1])
            people.append(replace(person, keypoints=keypoints, world_m=world))
        return replace(picture, people=tuple(people))

    there, back = events_of(pictures), events_of([mirror(picture) for picture in pictures])
    assert [(e.kind, e.fall_id, e.time_s) for e in there] == [(e.kind, e.fall_id, e.time_s) for e in back]
