"""BlazePose on stand-ins for its networks that see coloured marks: who is followed, and what work is done for it."""

from __future__ import annotations

from math import pi

import numpy as np
import pytest

from carebot.perception.estimators.base import Image, PoseObservation
from carebot.perception.estimators.blazepose import BlazePose, BlazePoseParameters
from tests.perception.blazepose.marks import DetectorNetwork, LandmarksNetwork, Mark, joints, picture

COCO = [0, 2, 5, 7, 8, 11, 12, 13, 14, 15, 16, 23, 24, 25, 26, 27, 28]
PERIOD_S = 0.1


class Watched:
    """A BlazePose with its networks, shown one picture after the other."""

    def __init__(self, parameters: BlazePoseParameters | None = None, size: tuple[int, int] = (320, 240)) -> None:
        self.detector, self.landmarks = DetectorNetwork(), LandmarksNetwork()
        self.blazepose = BlazePose(self.detector, self.landmarks, parameters)  # type: ignore[arg-type]
        self.time_s, self.size = 100.0, size

    def show(self, *marks: Mark, times: int = 1, step_s: float = PERIOD_S) -> list[PoseObservation]:
        for _ in range(times):
            seen = self.blazepose.estimate(picture(*marks, size=self.size), self.time_s)
            self.time_s += step_s
        return seen

    def places(self, *marks: Mark, times: int = 1) -> list[tuple[int, int]]:
        return sorted(place(each, self.size) for each in self.show(*marks, times=times))


def place(observation: PoseObservation, size: tuple[int, int]) -> tuple[int, int]:
    """The middle of the joints in pixels, to ten."""
    x, y = observation.keypoints[:, :2].mean(axis=0) * size
    return round(x / 10) * 10, round(y / 10) * 10


def at(mark: Mark) -> tuple[int, int]:
    points = joints(np.array([mark.x, mark.y]), np.array(mark.head))[COCO]
    return round(points[:, 0].mean() / 10) * 10, round(points[:, 1].mean() / 10) * 10


ONE, TWO, THREE = Mark(80, 130), Mark(240, 130, code=1), Mark(160, 130, code=2)
NOBODY: Image = picture()


def test_a_body_is_found_with_its_joints_and_its_space() -> None:
    [seen] = Watched().show(ONE)
    expected = joints(np.array([80.0, 130.0]), np.array([80.0, 90.0]))[COCO] / (320, 240)
    assert np.abs(seen.keypoints[:, :2] - expected).max() < 0.01
    assert seen.keypoints[:, 2] == pytest.approx(np.full(17, 0.9))
    assert seen.confidence == pytest.approx(0.95)
    assert seen.world_m is not None
    assert np.abs(seen.world_m - (0, -0.5, 0)).max() < 0.02


def test_a_lying_body_is_found_and_its_space_lies_too() -> None:
    [seen] = Watched().show(Mark(160, 130, turn_rad=pi / 2))
    assert seen.world_m is not None
    assert np.abs(seen.world_m - (0.5, 0, 0)).max() < 0.02


def test_nobody_in_a_grey_picture() -> None:
    watched = Watched()
    assert watched.show(times=20) == []
    assert watched.landmarks.runs == 0


def test_the_provider_and_the_reason_are_those_of_the_sessions() -> None:
    detector = DetectorNetwork(fallback_reason="CUDA did not start")
    blazepose = BlazePose(detector, LandmarksNetwork("CUDAExecutionProvider"))  # type: ignore[arg-type]
    assert blazepose.provider == "CUDAExecutionProvider"
    assert blazepose.fallback_reason == "CUDA did not start"


class TestBirths:
    def test_somebody_new_needs_a_second_look(self) -> None:
        watched = Watched()
        watched.detector.close = 0.29
        assert watched.show(ONE, times=30) == []
        watched.detector.close = 0.31
        assert len(watched.show(ONE, times=30)) == 1

    def test_beside_others_the_second_look_must_be_surer(self) -> None:
        watched = Watched()
        watched.show(ONE)
        watched.detector.close = 0.49
        assert len(watched.show(ONE, TWO, times=80)) == 1
        watched.detector.close = 0.51
        assert len(watched.show(ONE, TWO, times=80)) == 2

    def test_what_the_landmarks_do_not_believe_is_nobody(self) -> None:
        watched = Watched()
        watched.landmarks.presence = 0.4
        assert watched.show(ONE, times=10) == []

    def test_the_same_body_found_twice_is_one(self) -> None:
        watched = Watched()
        watched.detector.copies = 3
        assert len(watched.show(ONE)) == 1

    def test_two_whose_places_become_one_are_one(self) -> None:
        watched = Watched()
        assert len(watched.show(Mark(100, 130), Mark(150, 130, code=1), times=2)) == 2
        assert len(watched.show(Mark(125, 130), times=2)) == 1

    @pytest.mark.parametrize("first", [0, 1])
    def test_of_two_who_become_one_the_one_who_stood_there_stays(self, first: int) -> None:
        """The one who went behind is looked for, and found on the other side."""
        watched = Watched()
        here = [Mark(160, 130), Mark(100, 130, code=1)]
        watched.show(*(here if first else here[::-1]), times=3)
        for x in range(104, 150, 6):
            watched.show(here[0], Mark(x, 130, code=1))
        assert watched.places(here[0]) == [at(here[0])]
        assert watched.places(here[0], Mark(215, 130, code=1), times=3) == [at(here[0]), at(Mark(215, 130))]

    def test_one_who_went_behind_another_is_looked_for_at_once(self) -> None:
        watched = Watched(BlazePoseParameters(search_interval_s=50.0))
        here = Mark(160, 130)
        watched.show(here, Mark(100, 130, code=1), times=3)
        for x in range(104, 150, 6):
            watched.show(here, Mark(x, 130, code=1))
        assert watched.places(here) == [at(here)]
        assert len(watched.show(here, Mark(105, 130, code=1), times=2)) == 2

    def test_beside_the_one_whom_another_went_behind_a_second_look_is_needed(self) -> None:
        watched = Watched()
        here = Mark(160, 130)
        watched.show(here, Mark(100, 130, code=1), times=3)
        for x in range(104, 150, 6):
            watched.show(here, Mark(x, 130, code=1))
        watched.detector.close = 0.0
        assert watched.places(here, Mark(105, 130, code=1), times=6) == [at(here)]

    @pytest.mark.parametrize("most", [1, 2])
    def test_no_more_than_most_people_also_when_all_come_at_once(self, most: int) -> None:
        watched = Watched(BlazePoseParameters(most_people=most))
        assert len(watched.show(ONE, TWO, THREE, times=30)) == most

    def test_three_people_are_found_at_once_and_stay(self) -> None:
        watched = Watched()
        assert watched.places(ONE, TWO, THREE) == sorted(map(at, (ONE, TWO, THREE)))
        assert watched.places(ONE, TWO, THREE, times=20) == sorted(map(at, (ONE, TWO, THREE)))

    def test_a_second_one_who_enters_is_found_within_a_second(self) -> None:
        watched = Watched()
        watched.show(ONE, times=5)
        found_after = next(n for n in range(20) if len(watched.show(ONE, TWO)) == 2)
        assert found_after <= 10


class TestLosses:
    def test_who_leaves_is_dropped_at_the_next_look(self) -> None:
        watched = Watched()
        watched.show(ONE, TWO, times=3)
        assert watched.places(TWO, times=2) == [at(TWO)]

    def test_who_was_hidden_is_found_again_at_once_and_without_a_second_look(self) -> None:
        watched = Watched()
        watched.show(ONE)
        watched.show(times=5)
        watched.detector.close = 0.0  # a second look would see nobody
        assert watched.places(Mark(90, 135), times=3) == [at(Mark(90, 135))]

    def test_who_appears_far_from_the_one_lost_is_somebody_new_and_needs_a_second_look(self) -> None:
        watched = Watched()
        watched.show(ONE)
        watched.show(times=2)
        watched.detector.close = 0.0
        assert watched.show(Mark(250, 130), times=25) == []

    def test_somebody_lost_is_looked_for_in_every_picture_and_then_no_more(self) -> None:
        watched = Watched(BlazePoseParameters(remember_lost_s=1.0))
        watched.show(ONE)
        watched.show()
        before = watched.detector.runs
        watched.show(times=8)
        assert watched.detector.runs - before >= 8
        watched.show(times=10)
        before = watched.detector.runs
        watched.show(times=6)
        assert watched.detector.runs - before <= 1

    def test_somebody_lost_and_found_again_is_looked_for_no_more(self) -> None:
        watched = Watched()
        watched.show(ONE, times=3)
        watched.show(times=2)
        watched.show(ONE, times=4)
        before = watched.detector.runs
        watched.show(ONE, times=6)
        assert watched.detector.runs - before <= 1

    @pytest.mark.parametrize("fault", ["broken", "shrunk"])
    def test_numbers_that_make_no_body_lose_it_and_nothing_else(self, fault: str) -> None:
        watched = Watched()
        watched.show(ONE)
        setattr(watched.landmarks, fault, True)
        assert watched.show(Mark(84, 130), times=5) == []
        setattr(watched.landmarks, fault, False)
        assert len(watched.show(Mark(84, 130), times=5)) == 1


class TestUpsideDown:
    """`head_down` is how visible the joints are if the mark is taken for somebody upright."""

    LIES = Mark(160, 120, turn_rad=pi)

    def test_who_lies_with_the_head_towards_the_camera_is_followed(self) -> None:
        assert len(Watched().show(self.LIES, times=10)) == 1

    def test_who_is_seen_better_as_upright_is_not_taken_for_upside_down(self) -> None:
        watched = Watched()
        watched.landmarks.head_down = 0.95
        assert watched.show(self.LIES, times=10) == []

    def test_nor_are_they_where_somebody_was_just_lost(self) -> None:
        watched = Watched()
        watched.show(Mark(160, 120))
        watched.landmarks.head_down = 0.95
        assert watched.show(self.LIES, times=10) == []

    def test_one_doubtful_look_is_not_enough_several_are(self) -> None:
        watched = Watched()
        watched.show(self.LIES, times=5)
        watched.landmarks.head_down = 1.0
        assert len(watched.show(Mark(164, 120, turn_rad=pi))) == 1
        assert watched.show(Mark(168, 120, turn_rad=pi), times=20) == []

    def test_who_lies_across_is_not_compared(self) -> None:
        watched = Watched()
        watched.landmarks.head_down = 1.0
        assert len(watched.show(Mark(160, 120, turn_rad=2.2), times=5)) == 1


class TestWork:
    def test_a_body_that_holds_still_is_not_looked_at_again_until_the_hold_is_over(self) -> None:
        watched = Watched(BlazePoseParameters(still_hold_s=0.2))
        watched.show(ONE)
        runs = []
        for _ in range(6):
            before = watched.landmarks.runs
            assert len(watched.show(ONE)) == 1
            runs.append(watched.landmarks.runs - before)
        assert runs == [0, 1, 0, 1, 0, 1]

    def test_a_body_that_moves_is_looked_at_in_every_picture(self) -> None:
        watched = Watched()
        watched.show(ONE)
        before = watched.landmarks.runs
        for step in range(1, 7):
            mark = Mark(80 + 5 * step, 130)
            assert watched.places(mark) == [at(mark)]
        assert watched.landmarks.runs - before == 6

    def test_one_who_moves_does_not_wake_the_other(self) -> None:
        watched = Watched(BlazePoseParameters(still_hold_s=100.0))
        watched.show(ONE, TWO, times=2)
        before = watched.landmarks.runs
        watched.show(ONE, Mark(240, 140, code=1))
        assert watched.landmarks.runs - before == 1

    def test_without_a_hold_every_picture_is_looked_at(self) -> None:
        watched = Watched(BlazePoseParameters(still_hold_s=0.0))
        watched.show(ONE)
        before = watched.landmarks.runs
        watched.show(ONE, times=5)
        assert watched.landmarks.runs - before == 5

    def test_an_empty_room_that_stays_the_same_is_searched_at_intervals_only(self) -> None:
        watched = Watched(BlazePoseParameters(search_interval_s=0.7))
        watched.show(times=70)
        assert watched.detector.runs == pytest.approx(10, abs=1)

    def test_an_empty_room_in_which_something_changes_is_searched_at_once(self) -> None:
        watched = Watched()
        watched.show()
        assert watched.places(ONE) == [at(ONE)]

    def test_others_are_searched_for_less_often_while_nothing_changes_around_those_known(self) -> None:
        calm, moving = Watched(), Watched()
        for step in range(240):
            calm.show(ONE)
            moving.show(ONE, Mark(20 + step, 225, reach=4))  # something on the floor, no body
        assert calm.detector.runs < 0.75 * moving.detector.runs
        before = calm.detector.runs
        calm.show(ONE, times=80)
        assert calm.detector.runs - before <= 1

    def test_who_is_seen_in_one_view_only_is_found_in_the_first_round_also_where_nothing_moves(self) -> None:
        watched = Watched()
        watched.detector.least_reach_px = 16.0  # the smaller one is seen in the squares only
        small = Mark(250, 130, reach=20, code=1)
        assert watched.places(ONE, small) == [at(ONE)]
        assert watched.places(ONE, small, times=110) == sorted([at(ONE), at(small)])

    def test_of_a_fast_camera_every_second_picture_is_looked_at_and_joints_go_on_between(self) -> None:
        watched = Watched(BlazePoseParameters(look_interval_s=0.06))
        moving = [Mark(80 + 3 * step, 130) for step in range(20)]
        for mark in moving[:10]:
            watched.show(mark, step_s=1 / 30)
        before = watched.landmarks.runs
        for mark in moving[10:]:
            [seen] = watched.show(mark, step_s=1 / 30)
            expected = joints(np.array([mark.x, mark.y]), np.array(mark.head))[COCO]
            assert np.abs(seen.keypoints[:, :2] * watched.size - expected).max() < 4
        assert watched.landmarks.runs - before == 5

    @pytest.mark.parametrize(("px_per_picture", "looks"), [(1, 5), (8, 10)])
    def test_who_moves_slowly_is_looked_at_every_second_picture_and_who_moves_fast_in_every_one(
        self, px_per_picture: int, looks: int
    ) -> None:
        watched = Watched()
        moving = [Mark(80 + px_per_picture * step, 130) for step in range(20)]
        for mark in moving[:10]:
            watched.show(mark, step_s=1 / 15)
        before = watched.landmarks.runs
        for mark in moving[10:]:
            [seen] = watched.show(mark, step_s=1 / 15)
            expected = joints(np.array([mark.x, mark.y]), np.array(mark.head))[COCO]
            assert np.abs(seen.keypoints[:, :2] * watched.size - expected).max() < 4
        assert watched.landmarks.runs - before == looks


class TestTimeAndSize:
    def test_time_that_goes_back_neither_holds_old_joints_nor_looks_for_the_lost_for_ever(self) -> None:
        watched = Watched()
        watched.show(ONE, times=3)
        watched.show(times=2)
        watched.time_s = 0.0
        mark = Mark(200, 130)
        assert watched.places(mark, times=2) == [at(mark)]
        before = watched.detector.runs
        watched.show(mark, times=6)
        assert watched.detector.runs - before <= 1
        watched.time_s = -50.0
        assert watched.places(ONE, times=3) == [at(ONE)]

    def test_another_size_of_picture_begins_anew_and_finds_everybody_at_once(self) -> None:
        watched = Watched()
        watched.show(ONE, TWO, times=3)
        watched.size = (480, 640)
        big = Mark(240, 400, reach=90)
        assert watched.places(big) == [at(big)]
        watched.size = (320, 240)
        assert watched.places(ONE, TWO) == sorted([at(ONE), at(TWO)])

    @pytest.mark.parametrize("size", [(1, 1), (2000, 1), (1, 2000), (3, 900)])
    def test_pictures_of_no_real_size_show_nobody(self, size: tuple[int, int]) -> None:
        watched = Watched(size=size)
        assert watched.show(times=10) == []
        image = np.zeros((size[1], size[0], 3), np.uint8)
        assert watched.blazepose.estimate_still(image) == []


class TestStill:
    def test_everybody_in_a_single_picture_also_those_who_lie(self) -> None:
        watched = Watched()
        marks = (ONE, THREE, Mark(250, 130, turn_rad=-pi / 2, code=3))
        seen = watched.blazepose.estimate_still(picture(*marks))
        assert sorted(place(each, watched.size) for each in seen) == sorted(map(at, marks))

    def test_the_picture_before_is_forgotten(self) -> None:
        watched = Watched()
        assert len(watched.blazepose.estimate_still(picture(ONE, TWO))) == 2
        assert watched.blazepose.estimate_still(NOBODY) == []
