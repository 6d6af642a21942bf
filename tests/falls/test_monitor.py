from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import ClassVar

import numpy as np
import pytest

from carebot.alerts import FallEvent, ResidentAnswer
from carebot.falls import FallClassifier, FallMonitor, FallParameters, Guess, PersonState
from carebot.falls.body import Body
from carebot.falls.lying_place import LyingPlace
from carebot.falls.network import shipped_network
from carebot.falls.window import WINDOW_S
from carebot.geometry import CameraMounting, Rectangle
from carebot.people import People, Person
from tests.falls.figures import (
    ALL_FOURS,
    BED_LIE,
    BEND,
    CHAIR,
    CURLED,
    FLOOR_SIT,
    KNEEL,
    LEAN_SIT,
    LIE_BACK,
    LIE_FRONT,
    LIE_SIDE,
    SQUAT,
    STAND,
    Move,
    Posture,
)
from tests.falls.scenes import DAILY_LIFE, FALLS, kinds, shot, watch

FALL = FALLS["backward"]
LANDED_S = 2.4
SUSPECTED_THEN_CONFIRMED = ["suspected", "confirmed"]
UNSEEN = "long_lie_unseen"
SEEN_FROM = [(0.3, 3.0), (1.1, 3.0), (1.8, 4.0), (2.5, 5.0)]


def people(person: Person | None, time_s: float, like: People) -> People:
    return People(time_s, like.width_px, like.height_px, () if person is None else (person,))


def as_track(picture: People, track_id: int) -> People:
    return replace(picture, people=tuple(replace(each, track_id=track_id) for each in picture.people))


def empty(picture: People) -> People:
    return replace(picture, people=())


class TestFalls:
    @pytest.mark.parametrize("name", FALLS)
    @pytest.mark.parametrize(("height", "distance"), SEEN_FROM)
    def test_across_the_view_is_confirmed(self, name: str, height: float, distance: float) -> None:
        facing = 0.0 if name == "sideways" else 90.0
        for world in (True, False):
            camera, pictures = shot(FALLS[name], height_m=height, distance_m=distance, facing_deg=facing, world=world)
            assert kinds(watch(camera, pictures)[1]) == SUSPECTED_THEN_CONFIRMED

    @pytest.mark.parametrize("name", ["backward", "forward", "collapse", "while walking"])
    @pytest.mark.parametrize("facing", [0.0, 45.0, 135.0, 180.0])
    @pytest.mark.parametrize(("height", "distance"), [(0.3, 4.0), (1.1, 4.0), (2.5, 5.0)])
    def test_along_the_view_is_confirmed_with_a_skeleton_in_space(
        self, name: str, facing: float, height: float, distance: float
    ) -> None:
        if name == "while walking" and height == 2.5 and facing < 90:
            pytest.skip("walks and falls out of this picture's lower edge")
        camera, pictures = shot(FALLS[name], height_m=height, distance_m=distance, facing_deg=facing)
        assert kinds(watch(camera, pictures)[1]) == SUSPECTED_THEN_CONFIRMED

    @pytest.mark.parametrize("fps", [8.0, 10.0, 15.0, 30.0, 60.0])
    def test_at_any_frame_rate_within_a_second_of_being_down(self, fps: float) -> None:
        events = watch(*shot(FALL, fps=fps))[1]
        assert kinds(events) == SUSPECTED_THEN_CONFIRMED
        suspected, confirmed = events
        assert LANDED_S - 0.3 <= suspected.time_s <= LANDED_S + 1.0
        assert 2.0 <= confirmed.time_s - suspected.time_s <= 2.0 + 2 / fps

    @pytest.mark.parametrize("missing", [(0, 1, 2, 3, 4), (15, 16), (6, 8, 10, 12, 14, 16)])
    def test_with_joints_missing(self, missing: tuple[int, ...]) -> None:
        assert kinds(watch(*shot(FALL, missing=missing, world=False))[1]) == SUSPECTED_THEN_CONFIRMED

    @pytest.mark.parametrize("seed", range(5))
    def test_with_a_third_of_the_pictures_dropped(self, seed: int) -> None:
        camera, pictures = shot(FALL, jitter=0.02)
        kept = np.random.default_rng(seed).random(len(pictures)) > 0.33
        events = watch(camera, [p for p, keep in zip(pictures, kept, strict=True) if keep])[1]
        assert kinds(events) == SUSPECTED_THEN_CONFIRMED

    @pytest.mark.parametrize("seed", range(5))
    def test_with_sides_swapped_and_wild_skeletons_in_between(self, seed: int) -> None:
        random = np.random.default_rng(seed)
        camera, pictures = shot(FALL)
        for picture in pictures:
            keypoints = picture.people[0].keypoints
            if random.random() < 0.1:
                keypoints[5:] = keypoints[[6, 5, 8, 7, 10, 9, 12, 11, 14, 13, 16, 15]]
            elif random.random() < 0.05:
                keypoints[:, :2] = random.random((17, 2))
        assert "confirmed" in kinds(watch(camera, pictures)[1])

    def test_say_why_in_words_and_numbers(self) -> None:
        suspected, confirmed = watch(*shot(FALL))[1]
        assert suspected.reason_code == "fell"
        assert suspected.reason.startswith("dropped from standing to the floor in 0.")
        assert confirmed.reason.endswith("and has not moved since")
        assert confirmed.evidence["drop_bl"] > 0.4
        assert confirmed.evidence["since_suspected_s"] == pytest.approx(2.0, abs=0.1)
        assert 0.0 < suspected.confidence < confirmed.confidence <= 1.0
        assert all(math.isfinite(value) for value in confirmed.evidence.values())

    def test_the_states_of_a_fall_follow_each_other(self) -> None:
        camera, pictures = shot(FALL, fps=30)
        monitor = FallMonitor(mounting=camera.mounting)
        states: list[PersonState] = []
        for picture in pictures:
            monitor.step(picture)
            state = monitor.observations()[0].state
            if not states or states[-1] is not state:
                states.append(state)
        order = ["upright", "lowered", "falling", "down", "suspected", "confirmed"]
        ranks = [order.index(state.value) for state in states]
        assert ranks == sorted(ranks)
        assert {"upright", "suspected", "confirmed"} <= {state.value for state in states}


class TestDailyLife:
    @pytest.mark.slow
    @pytest.mark.parametrize("name", DAILY_LIFE)
    @pytest.mark.parametrize(("height", "distance"), [(0.3, 3.0), (1.1, 3.0), (1.8, 5.0), (2.5, 6.0)])
    def test_confirms_nothing(self, name: str, height: float, distance: float) -> None:
        for facing in (0.0, 60.0, 90.0):
            camera, pictures = shot(DAILY_LIFE[name], height_m=height, distance_m=distance, facing_deg=facing)
            assert "confirmed" not in kinds(watch(camera, pictures)[1])

    @pytest.mark.parametrize("name", [name for name in DAILY_LIFE if name not in ("lies down slowly", "squats")])
    def test_across_the_view_does_not_even_raise_a_suspicion(self, name: str) -> None:
        assert watch(*shot(DAILY_LIFE[name], world=False))[1] == []

    def test_walking_towards_the_camera_until_only_the_trunk_is_seen(self) -> None:
        camera, pictures = shot([Move(STAND, 3, walk_m=(0, -3.0)), Move(STAND, 2)])
        assert watch(camera, pictures)[1] == []


class TestBeds:
    MOVES = (Move(STAND, 1.5), Move(BED_LIE, 0.7), Move(BED_LIE, 8))

    def zone(self, pictures: list[People]) -> Rectangle:
        x, y = np.median(pictures[-1].people[0].keypoints[5:13, :2], axis=0)
        return Rectangle(float(x) - 0.25, float(y) - 0.1, 0.5, 0.2)

    def test_lying_in_a_bed_zone_is_rest_however_long_and_quick(self) -> None:
        camera, pictures = shot([Move(STAND, 1.5), Move(LIE_BACK, 0.7), Move(LIE_BACK, 8)])
        monitor, events = watch(camera, pictures, [self.zone(pictures)])
        assert events == []
        assert monitor.observations()[0].state is PersonState.RESTING

    def test_the_same_elsewhere_is_a_fall(self) -> None:
        camera, pictures = shot([Move(STAND, 1.5), Move(LIE_BACK, 0.7), Move(LIE_BACK, 8)])
        assert kinds(watch(camera, pictures, [Rectangle(0, 0, 0.1, 0.1)])[1]) == SUSPECTED_THEN_CONFIRMED

    def test_a_bed_is_known_by_its_height_where_the_floor_was_seen(self) -> None:
        assert "confirmed" not in kinds(watch(*shot(self.MOVES))[1])

    def test_a_fall_out_of_the_zone_is_a_fall(self) -> None:
        camera, pictures = shot(FALLS["from a bed"], height_m=0.8)
        x, y = np.median(pictures[0].people[0].keypoints[5:13, :2], axis=0)
        bed = Rectangle(float(x) - 0.3, float(y) - 0.15, 0.6, 0.2)
        assert kinds(watch(camera, pictures, [bed])[1]) == SUSPECTED_THEN_CONFIRMED


class TestWhoIsFoundLying:
    def test_is_suspected_but_never_confirmed(self) -> None:
        events = watch(*shot([Move(LIE_BACK, 20)]))[1]
        assert [(e.kind.value, e.reason_code) for e in events] == [("suspected", "found_lying")]
        assert events[0].time_s == pytest.approx(5.0, abs=0.2)

    def test_in_a_bed_zone_is_left_to_sleep(self) -> None:
        camera, pictures = shot([Move(LIE_BACK, 20)])
        assert watch(camera, pictures, [Rectangle(0, 0, 1, 1)])[1] == []


class TestRecovery:
    def test_getting_up_before_the_confirmation(self) -> None:
        camera, pictures = shot([*FALL[:2], Move(LIE_BACK, 0.8), Move(STAND, 0.8), Move(STAND, 3)])
        assert kinds(watch(camera, pictures)[1]) == ["suspected", "recovered"]

    def test_getting_up_after_it(self) -> None:
        camera, pictures = shot([*FALL, Move(SQUAT, 1), Move(STAND, 1), Move(STAND, 3)])
        events = watch(camera, pictures)[1]
        assert kinds(events) == ["suspected", "confirmed", "recovered"]
        assert len({event.fall_id for event in events}) == 1

    def test_sitting_up_on_the_floor_is_not_getting_up(self) -> None:
        camera, pictures = shot([*FALL, Move(FLOOR_SIT, 1), Move(FLOOR_SIT, 4)])
        assert "recovered" not in kinds(watch(camera, pictures)[1])

    def test_a_second_fall_is_a_new_one(self) -> None:
        camera, pictures = shot([*FALL, Move(STAND, 1.5), Move(STAND, 3), *FALL[1:]])
        events = watch(camera, pictures)[1]
        assert kinds(events) == ["suspected", "confirmed", "recovered", "suspected", "confirmed"]
        assert [event.fall_id for event in events] == [1, 1, 1, 2, 2]


class TestLostPeople:
    def test_lost_on_the_floor_is_confirmed_all_the_same(self) -> None:
        camera, pictures = shot(FALL)
        lost = [p if p.time_s < 2.9 else empty(p) for p in pictures]
        assert kinds(watch(camera, lost)[1]) == SUSPECTED_THEN_CONFIRMED

    def test_lost_while_falling_is_suspected_with_that_reason(self) -> None:
        camera, pictures = shot([*FALL, Move(LIE_BACK, 3)])
        lost = [p if p.time_s < 2.36 else empty(p) for p in pictures]
        events = watch(camera, lost)[1]
        assert [e.reason_code for e in events] == ["lost_while_falling", "out_of_sight"]
        assert events[0].time_s <= 2.4 + 1.0

    def test_lost_standing_is_nothing(self) -> None:
        camera, pictures = shot(FALL)
        assert watch(camera, [p if p.time_s < 1.5 else empty(p) for p in pictures])[1] == []

    def test_found_again_under_another_id_keeps_the_fall(self) -> None:
        camera, pictures = shot(FALL)
        renamed = [p if p.time_s < 2.2 else empty(p) if p.time_s < 2.5 else as_track(p, 9) for p in pictures]
        events = watch(camera, renamed)[1]
        assert kinds(events) == SUSPECTED_THEN_CONFIRMED
        assert {event.track_id for event in events} == {9}

    def test_unseen_from_standing_to_lying_is_a_fall(self) -> None:
        camera, pictures = shot(FALL)
        events = watch(camera, [empty(p) if 1.5 < p.time_s < 2.7 else p for p in pictures])[1]
        assert kinds(events) == SUSPECTED_THEN_CONFIRMED

    @pytest.mark.parametrize(("lost_s", "more"), [(5.0, []), (12.0, []), (120.0, [UNSEEN]), (590.0, [UNSEEN])])
    def test_found_again_after_long_on_the_floor_is_the_same_fall(self, lost_s: float, more: list[str]) -> None:
        events = self.lost_and_found(lost_s, from_s=2.5)
        assert [event.reason_code for event in events] == ["fell", "stayed_down", *more]
        assert {event.fall_id for event in events} == {1}

    @pytest.mark.parametrize(("lost_s", "shift", "from_s"), [(700.0, 0.0, 2.0), (12.0, 0.5, 2.0), (12.0, 0.0, 0.0)])
    def test_found_much_later_or_elsewhere_or_on_their_feet_is_another(
        self, lost_s: float, shift: float, from_s: float
    ) -> None:
        events = self.lost_and_found(lost_s, shift=shift, from_s=from_s)
        assert kinds([event for event in events if event.reason_code != UNSEEN]) == SUSPECTED_THEN_CONFIRMED * 2
        assert {event.fall_id for event in events} == {1, 2}

    def lost_and_found(self, lost_s: float, *, shift: float = 0.0, from_s: float) -> list[FallEvent]:
        """Falls, is lost from sight while lying, and is seen under another number as of `from_s`, `shift` aside."""
        camera, pictures = shot(FALL)
        monitor = FallMonitor(mounting=camera.mounting)
        events = [event for picture in pictures for event in monitor.step(picture)]
        end_s = pictures[-1].time_s
        for number in range(1, int(lost_s)):
            events += monitor.step(replace(pictures[0], time_s=end_s + number, people=()))
        for picture in (each for each in pictures if each.time_s >= from_s):
            late = replace(as_track(picture, 7), time_s=end_s + lost_s + picture.time_s)
            late.people[0].keypoints[:, 0] += shift
            events += monitor.step(late)
        return events

    def test_lost_while_falling_and_found_upright_has_recovered(self) -> None:
        moves = [*FALL[:2], Move(LIE_BACK, 1.5), Move(STAND, 1.0), Move(STAND, 3)]
        camera, pictures = shot(moves)
        seen_again = [empty(p) if 2.36 < p.time_s < 4.8 else p for p in pictures]
        events = watch(camera, seen_again)[1]
        assert kinds(events) == ["suspected", "recovered"]

    def test_somebody_else_far_away_does_not_inherit_it(self) -> None:
        camera, pictures = shot(FALL)
        _, others = shot([Move(STAND, 8)], distance_m=4.0)
        mixed = []
        for fallen, other in zip(pictures, others, strict=False):
            keypoints = other.people[0].keypoints.copy()
            keypoints[:, 0] += 0.4
            stranger = Person(2, 1.0, keypoints)
            mixed.append(replace(fallen, people=(stranger,) if fallen.time_s > 2.9 else (*fallen.people, stranger)))
        events = watch(camera, mixed)[1]
        assert kinds(events) == SUSPECTED_THEN_CONFIRMED
        assert {event.track_id for event in events} == {1}


class TestSeveralPeople:
    def test_one_falls_while_another_walks(self) -> None:
        camera, pictures = shot(FALL)
        _, others = shot([Move(STAND, 7, walk_m=(-1, 0))], distance_m=4.5)
        both = [
            replace(a, people=(*a.people, replace(b.people[0], track_id=2)))
            for a, b in zip(pictures, others, strict=False)
        ]
        monitor, events = watch(camera, both)
        assert {event.track_id for event in events} == {1}
        assert {o.track_id: o.state.value for o in monitor.observations()} == {1: "confirmed", 2: "upright"}

    @pytest.mark.parametrize("others", [0, 1, 2, 3])
    def test_who_stands_beside_is_told(self, others: int) -> None:
        camera, pictures = shot(FALL)
        beside = [
            shot([Move(STAND, 7, walk_m=(-0.1, 0))], distance_m=4.5 + number)[1] for number in range(1, others + 1)
        ]
        together = [
            replace(
                picture,
                people=(
                    *picture.people,
                    *(replace(each.people[0], track_id=2 + at) for at, each in enumerate(several)),
                ),
            )
            for picture, *several in zip(pictures, *beside, strict=False)
        ]
        confirmed = watch(camera, together)[1][-1]
        assert confirmed.evidence.get("upright_beside", 0.0) == others
        said = {0: "", 1: "somebody is on their feet", 2: "2 others are on", 3: "3 others are on"}[others]
        assert said in confirmed.reason
        assert ("beside them" in confirmed.reason) == bool(others)


class TestPlaces:
    """What the site's map says of the place where somebody lies."""

    def events(self, place: LyingPlace, moves: Sequence[Move], says: FallClassifier | None = None) -> list[FallEvent]:
        camera, pictures = shot(moves)
        monitor = FallMonitor(mounting=camera.mounting, classifier=says)
        return [event for picture in pictures for event in monitor.step(picture, 0.0, {1: place})]

    LIES: ClassVar = [Move(LIE_BACK, 9)]

    def test_on_plain_floor_who_lies_is_asked(self) -> None:
        assert kinds(self.events(LyingPlace.FLOOR, self.LIES)) == ["suspected"]

    @pytest.mark.parametrize("place", [LyingPlace.FURNITURE, LyingPlace.EXERCISE])
    def test_elsewhere_they_are_left_alone(self, place: LyingPlace) -> None:
        assert self.events(place, self.LIES) == []

    def test_on_furniture_also_for_hours_unless_the_network_sees_them_on_the_floor(self) -> None:
        night = [Move(LIE_BACK, 70)]
        assert self.events(LyingPlace.FURNITURE, night, Says(resting=0.5, sitting=0.5)) == []
        assert kinds(self.events(LyingPlace.FURNITURE, self.LIES, Says(down=0.95))) == ["suspected"]

    def test_without_a_network_a_long_lie_is_asked_about_in_bed_as_well(self) -> None:
        assert kinds(self.events(LyingPlace.FURNITURE, [Move(LIE_BACK, 62)])) == ["suspected"]

    def test_a_fall_beside_the_bed_is_a_fall(self) -> None:
        assert kinds(self.events(LyingPlace.FURNITURE, FALL)) == SUSPECTED_THEN_CONFIRMED

    def test_who_goes_down_at_exercise_is_asked_and_waiting_confirms_nothing(self) -> None:
        assert kinds(self.events(LyingPlace.EXERCISE, [*FALL, Move(LIE_BACK, 30)])) == ["suspected"]

    @pytest.mark.parametrize("said", [ResidentAnswer.NONE, ResidentAnswer.HELP, ResidentAnswer.UNCLEAR])
    def test_there_an_answer_that_is_not_fine_confirms(self, said: ResidentAnswer) -> None:
        camera, pictures = shot(FALL)
        monitor = FallMonitor(mounting=camera.mounting)
        (suspected,) = [event for picture in pictures for event in monitor.step(picture, 0.0, {1: LyingPlace.EXERCISE})]
        assert kinds(monitor.answer(suspected.fall_id, said, pictures[-1].time_s)) == ["confirmed"]

    def test_and_so_does_lying_still_for_long(self) -> None:
        events = self.events(LyingPlace.EXERCISE, [*FALL, Move(LIE_BACK, 65)])
        assert [event.reason_code for event in events] == ["fell", "long_lie"]


class TestBadInput:
    def test_nobody_at_all(self) -> None:
        monitor = FallMonitor()
        assert [monitor.step(People(t, 640, 480)) for t in (0.0, 0.1, 99.0)] == [[], [], []]
        assert monitor.observations() == []

    def test_skeletons_of_nothing_are_nobody(self) -> None:
        monitor = FallMonitor()
        for i in range(100):
            nothing = Person(1, math.nan, np.full((17, 3), np.nan, np.float32))
            assert monitor.step(People(i / 10, 640, 480, (nothing,))) == []
        assert monitor.observations() == []

    def test_a_picture_without_size(self) -> None:
        camera, pictures = shot(FALL)
        assert watch(camera, [replace(p, width_px=0, height_px=0) for p in pictures])[1] == []

    @pytest.mark.parametrize("time_s", [math.nan, math.inf, -math.inf])
    def test_a_picture_without_time_is_left_out(self, time_s: float) -> None:
        camera, pictures = shot(FALL)
        broken = [q for p in pictures for q in (p, replace(p, time_s=time_s))]
        assert kinds(watch(camera, broken)[1]) == SUSPECTED_THEN_CONFIRMED

    def test_pictures_that_come_twice_or_late_are_left_out(self) -> None:
        camera, pictures = shot(FALL)
        muddled = [q for i, p in enumerate(pictures) for q in (p, p, pictures[max(i - 3, 0)])]
        assert kinds(watch(camera, muddled)[1]) == SUSPECTED_THEN_CONFIRMED

    def test_a_clock_that_starts_anew_starts_the_watch_anew(self) -> None:
        camera, pictures = shot(FALL)
        late = [replace(p, time_s=p.time_s + 1000) for p in pictures[:20]]
        events = watch(camera, late + pictures)[1]
        assert kinds(events) == SUSPECTED_THEN_CONFIRMED

    def test_the_same_id_twice_in_one_picture_counts_once(self) -> None:
        camera, pictures = shot(FALL)
        doubled = [replace(p, people=(*p.people, replace(p.people[0], confidence=0.1))) for p in pictures]
        monitor, events = watch(camera, doubled)
        assert kinds(events) == SUSPECTED_THEN_CONFIRMED
        assert len(monitor.observations()) == 1

    def test_hours_without_sight_forget_the_person(self) -> None:
        camera, pictures = shot([Move(CHAIR, 2)])
        lying = [replace(p, time_s=p.time_s + 7200) for p in shot([Move(LIE_FRONT, 3)])[1]]
        assert watch(camera, pictures + lying)[1] == []


class Says:
    """A network of that opinion, whatever it is shown."""

    def __init__(self, **probabilities: float) -> None:
        self.guess_always = replace(Guess(0.0, 0.0, 0.0, 0.0, 0.0, 0.0), **probabilities)

    def guess(self, bodies: Sequence[Body]) -> Guess | None:
        assert bodies[-1].time_s - bodies[0].time_s <= WINDOW_S
        return self.guess_always


LOW_BED = replace(BED_LIE, support_m=0.3)
SLIPS_DOWN = [Move(BED_LIE, 2.9), Move(LOW_BED, 0.25, fall=True), Move(LOW_BED, 5)]
"""Faster than lying down, but not as deep as a fall that the rules measure."""


class SaysByTime:
    """A network that changes its opinion at those times."""

    def __init__(self, course: dict[float, dict[str, float]]) -> None:
        self._course = course

    def guess(self, bodies: Sequence[Body]) -> Guess | None:
        now = max(time_s for time_s in self._course if time_s <= bodies[-1].time_s)
        return replace(Guess(0.0, 0.0, 0.0, 0.0, 0.0, 0.0), **self._course[now])


class Silent:
    def guess(self, bodies: Sequence[Body]) -> Guess | None:
        """Judges nothing."""


def test_who_fell_and_leaps_up_at_once_is_made_up_there_and_still_lies() -> None:
    camera, pictures = shot(FALL)
    standing = next(p for p in pictures if p.people)
    wrong = [replace(standing, time_s=p.time_s) if 2.5 < p.time_s < 2.8 else p for p in pictures]
    gone = [empty(p) if p.time_s >= 2.8 else p for p in wrong]
    assert kinds(watch(camera, gone)[1]) == SUSPECTED_THEN_CONFIRMED


def looks_fallen_and_is_gone(pictures_down: int) -> list[FallEvent]:
    """Stands, lies at once in so many pictures, and is not seen again."""
    camera, standing = shot([Move(STAND, 2)])
    lying = shot([Move(LIE_SIDE, 0.1), Move(LIE_SIDE, 1)])[1][-pictures_down:]
    last_s, step_s = standing[-1].time_s, 1 / 15
    pictures = [*standing, *(replace(each, time_s=last_s + (1 + n) * step_s) for n, each in enumerate(lying))]
    pictures += [replace(empty(standing[-1]), time_s=pictures[-1].time_s + n * step_s) for n in range(1, 60)]
    return watch(camera, pictures)[1]


def test_one_picture_of_somebody_who_is_gone_in_the_next_is_no_fall() -> None:
    """Pose models err most where people leave the picture."""
    assert looks_fallen_and_is_gone(1) == []
    assert kinds(looks_fallen_and_is_gone(8)) == SUSPECTED_THEN_CONFIRMED


@pytest.mark.parametrize(("lies_s", "events"), [(0.3, []), (0.8, ["suspected", "recovered"])])
def test_nobody_is_suspected_while_they_are_up_again(lies_s: float, events: list[str]) -> None:
    lies = [Move(LIE_BACK, 0.3, fall=True), Move(LIE_BACK, lies_s), Move(STAND, 0.1)]
    camera, pictures = shot([Move(STAND, 2), *lies, Move(STAND, 4)], fps=20)
    assert kinds(watch(camera, pictures)[1]) == events


@pytest.mark.parametrize(("at", "events"), [(0.9, SUSPECTED_THEN_CONFIRMED), (0.995, [])])
def test_half_a_trunk_that_goes_down_and_out_of_sight_is_made_up(at: float, events: list[str]) -> None:
    camera, pictures = shot([*FALL, Move(LIE_BACK, 4)])
    seen = [_shifted(p, right=at - _trunk(p)[0]) if p.time_s < 2.36 else empty(p) for p in pictures]
    assert kinds(watch(camera, seen)[1]) == events


@pytest.mark.parametrize(("at", "events"), [(0.9, SUSPECTED_THEN_CONFIRMED), (0.995, [])])
def test_nor_does_a_network_see_the_end_of_its_fall(at: float, events: list[str]) -> None:
    camera, pictures = shot([Move(STAND, 6)], fps=10)
    network = SaysByTime({0.0: {"upright": 1.0}, 1.8: {"falling": 0.9}})
    monitor = FallMonitor(mounting=camera.mounting, classifier=network)
    seen = [_shifted(p, right=at - _trunk(p)[0]) if p.time_s < 2.2 else empty(p) for p in pictures]
    assert kinds([event for picture in seen for event in monitor.step(picture)]) == events


@pytest.mark.parametrize(("down", "events"), [(0.3, SUSPECTED_THEN_CONFIRMED), (0.45, [])])
def test_so_is_one_whose_hips_are_below_the_picture_all_the_way(down: float, events: list[str]) -> None:
    camera, pictures = shot([*FALLS["collapse"], Move(LIE_BACK, 4)])
    seen = [_shifted(p, down=down) if p.time_s < 2.3 else empty(p) for p in pictures]
    assert kinds(watch(camera, seen)[1]) == events


def _trunk(picture: People) -> tuple[float, float]:
    x, y, _ = picture.people[0].keypoints[[5, 6, 11, 12]].mean(axis=0)
    return float(x), float(y)


def _shifted(picture: People, *, right: float = 0.0, down: float = 0.0) -> People:
    """The same with the person moved by those parts of the picture's width and height."""
    (someone,) = picture.people
    return replace(picture, people=(replace(someone, keypoints=np.add(someone.keypoints, (right, down, 0.0))),))


class TestTheNetwork:
    def events(self, classifier: FallClassifier | None, moves: Sequence[Move] = FALL, **how: float) -> list[FallEvent]:
        camera, pictures = shot(moves, **how)
        monitor = FallMonitor(mounting=camera.mounting, classifier=classifier)
        return [event for picture in pictures for event in monitor.step(picture)]

    def test_silence_leaves_it_to_the_rules(self) -> None:
        assert self.events(Silent()) == self.events(None)

    @pytest.mark.parametrize("doubt", [Says(low=0.9, down=0.07), Says(resting=0.8, falling=0.16), Says(down=0.6)])
    def test_what_the_rules_measured_stands_while_the_network_is_in_doubt(self, doubt: Says) -> None:
        assert kinds(self.events(doubt)) == SUSPECTED_THEN_CONFIRMED

    def test_sure_of_something_else_the_network_makes_a_drop_a_way_to_lie_down(self) -> None:
        moves = [*FALL, Move(LIE_BACK, 6)]
        assert [event.reason_code for event in self.events(Says(low=0.95, down=0.02), moves)] == ["found_lying"]

    def test_who_rests_on_furniture_is_asked_after_a_long_time_only(self) -> None:
        moves = [*FALL, Move(LIE_BACK, 20)]
        assert self.events(Says(resting=0.95), moves) == []
        later = self.events(Says(resting=0.95), [*FALL, Move(LIE_BACK, 65)])
        assert later[0].reason_code == "found_lying"

    def test_somebody_down_who_moved_like_a_fall_is_reported_with_that_reason(self) -> None:
        suspected, confirmed = self.events(Says(down=0.95, falling=0.8), SLIPS_DOWN)[:2]
        assert suspected.reason == "moved as in a fall and lies on the floor"
        assert confirmed.reason_code == "moved_like_a_fall_and_stayed"
        assert confirmed.evidence["fall_probability"] == pytest.approx(0.8)

    @pytest.mark.parametrize(("then", "reasons"), [("resting", []), ("down", ["moved_like_a_fall"] * 2)])
    def test_somebody_who_lay_already_has_fallen_only_if_the_network_sees_them_on_the_floor_afterwards(
        self, then: str, reasons: list[str]
    ) -> None:
        course = SaysByTime({0.0: {"resting": 0.99}, 3.0: {"falling": 0.9}, 3.5: {then: 0.95}})
        events = self.events(course, SLIPS_DOWN)
        assert [event.reason_code.removesuffix("_and_stayed") for event in events] == reasons

    @pytest.mark.parametrize(
        ("says", "seen", "ends"),
        [
            ("upright", BEND, ["recovered"]),
            ("down", BEND, []),
            ("resting", BEND, []),
            ("down", STAND, ["recovered"]),
        ],
    )
    def test_nobody_is_up_again_whom_the_network_sees_lie_unless_their_torso_is_erect(
        self, says: str, seen: Posture, ends: list[str]
    ) -> None:
        """Pose models lift people up who lie; one hears no more of an alarm that was taken back."""
        course = SaysByTime({0.0: {"falling": 0.9}, 3.0: {says: 0.6, "sitting": 0.3}})
        events = self.events(course, [*FALL[:2], Move(LIE_BACK, 1.0), Move(seen, 1.0), Move(seen, 5)])
        assert [kind for kind in kinds(events) if kind == "recovered"] == ends

    @pytest.mark.parametrize(("on_the_knees", "codes"), [("falling", ["fell", "stayed_down"]), ("low", [])])
    def test_a_fall_in_stages_is_one_while_the_network_sees_it_go_on(self, on_the_knees: str, codes: list[str]) -> None:
        moves = [
            Move(STAND, 2),
            Move(ALL_FOURS, 0.5, fall=True),
            Move(ALL_FOURS, 3),
            Move(LIE_FRONT, 2),
            Move(LIE_FRONT, 4),
        ]
        course = SaysByTime({0.0: {"upright": 0.9}, 2.0: {on_the_knees: 0.9}, 7.3: {"down": 0.9}})
        events = self.events(course, moves)
        assert [event.reason_code for event in events] == codes

    def test_down_without_a_fall_is_only_found_lying(self) -> None:
        lies_down = [Move(STAND, 1), Move(FLOOR_SIT, 3), Move(LIE_BACK, 3), Move(LIE_BACK, 3)]
        assert [event.reason_code for event in self.events(Says(down=0.95), lies_down)] == ["found_lying"]

    @pytest.mark.parametrize("held", [STAND, KNEEL])
    def test_whose_torso_is_held_well_above_the_floor_lies_on_it_for_no_network(self, held: Posture) -> None:
        assert self.events(Says(down=0.95), [Move(STAND, 2), Move(held, 2), Move(held, 9)]) == []

    @pytest.mark.parametrize("low", [FLOOR_SIT, LEAN_SIT, LIE_BACK, LIE_FRONT, LIE_SIDE, CURLED])
    @pytest.mark.parametrize(("height", "distance"), SEEN_FROM)
    @pytest.mark.parametrize("facing", [0.0, 90.0, 180.0])
    def test_who_sits_or_lies_on_the_floor_is_found_there(
        self, low: Posture, height: float, distance: float, facing: float
    ) -> None:
        moves = [Move(STAND, 2), Move(low, 4), Move(low, 9)]
        events = self.events(Says(down=0.95), moves, height_m=height, distance_m=distance, facing_deg=facing)
        assert kinds(events)[:1] == ["suspected"]

    @pytest.mark.parametrize(("stays_s", "confirms"), [(1.0, []), (3.5, ["stayed_down"])])
    def test_who_was_found_lying_and_then_falls_is_waited_for_as_anybody(
        self, stays_s: float, confirms: list[str]
    ) -> None:
        moves = [Move(BED_LIE, 8), Move(LIE_BACK, 0.45, fall=True), Move(LIE_BACK, stays_s)]
        assert [event.reason_code for event in self.events(None, moves)] == ["found_lying", *confirms]

    def test_whoever_has_not_gone_down_quickly_has_not_fallen(self) -> None:
        events = self.events(Says(down=0.95, falling=0.8), [Move(BED_LIE, 4), Move(LOW_BED, 1.5), Move(LOW_BED, 3)])
        assert [event.reason_code for event in events] == ["found_lying"]

    @pytest.mark.parametrize("guess", [Says(down=0.8, falling=0.9), Says(down=0.95, falling=0.65)])
    def test_below_the_thresholds_it_says_nothing(self, guess: Says) -> None:
        assert self.events(guess, [Move(STAND, 4)]) == []

    def test_falls_along_the_view_of_high_cameras_that_nobody_described_are_found_by_both_together(self) -> None:
        filmed = [
            shot(FALLS[name], height_m=height_m, distance_m=distance_m, facing_deg=facing_deg, world=False)[1]
            for height_m, distance_m in ((1.8, 4.0), (2.5, 5.0))
            for facing_deg in (0.0, 45.0, 180.0)
            for name in ("backward", "forward", "while walking")
        ]
        assert self.confirmed(filmed, None) <= 12
        assert self.confirmed(filmed, shipped_network()) >= 15

    def confirmed(self, filmed: Sequence[Sequence[People]], classifier: FallClassifier | None) -> int:
        count = 0
        for pictures in filmed:
            monitor = FallMonitor(classifier=classifier)
            count += "confirmed" in kinds([event for picture in pictures for event in monitor.step(picture)])
        return count


def test_a_longer_confirmation_takes_longer() -> None:
    _, pictures = shot([*FALL, Move(LIE_BACK, 4)])
    monitor = FallMonitor(FallParameters(confirm_after_s=4.0), CameraMounting())
    suspected, confirmed = (e for p in pictures for e in monitor.step(p))
    assert confirmed.time_s - suspected.time_s == pytest.approx(4.0, abs=0.1)
