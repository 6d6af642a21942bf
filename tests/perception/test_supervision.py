"""A camera that vanishes, freezes, goes black or delivers late is noticed within a second, and cleared as fast."""

from __future__ import annotations

import dataclasses
import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from carebot.clock import ManualClock
from carebot.errors import ConfigError
from carebot.perception.frames import Frame, Image
from carebot.perception.supervision import (
    CameraHealth,
    CameraWatch,
    CameraWatchParameters,
    is_same_picture,
    luminance,
)

TICK_S = 0.05  # a node asks twenty times a second
NOTICED_S = 1.0


class Camera:
    """A camera under watch: each method lets it behave so for a while and returns the last health."""

    def __init__(
        self, fps: float = 10.0, parameters: CameraWatchParameters | None = None, start_s: float = 50.0
    ) -> None:
        self.clock = ManualClock(start_s)
        self.watch = CameraWatch(parameters)
        self.every = max(1, round(1.0 / fps / TICK_S))
        self.noise = np.random.default_rng(1)
        self.tick = 0
        self.history: list[tuple[float, CameraHealth]] = []

    def scene(self) -> Image:
        return self.noise.integers(60, 200, (48, 64, 3), np.uint8)

    def shows(self, duration_s: float, image: Image | None = None, lag_s: float = 0.0) -> CameraHealth:
        """Frames come; of `image`, or of a living scene."""
        for _ in range(round(duration_s / TICK_S)):
            self.clock.advance(TICK_S)
            self.tick += 1
            self._step(self._frame(image, lag_s) if self.tick % self.every == 0 else None)
        return self.history[-1][1]

    def is_silent(self, duration_s: float) -> CameraHealth:
        for _ in range(round(duration_s / TICK_S)):
            self.clock.advance(TICK_S)
            self._step(None)
        return self.history[-1][1]

    def first(self, status: str, after_s: float) -> float:
        """How long after `after_s` on the clock the camera was first called `status`."""
        return next(time_s for time_s, health in self.history if time_s > after_s and health.status == status) - after_s

    def _frame(self, image: Image | None, lag_s: float) -> Frame:
        return Frame(self.clock.now_s() - lag_s, self.tick, self.scene() if image is None else image)

    def _step(self, frame: Frame | None) -> None:
        self.history.append((self.clock.now_s(), self.watch.step(frame, self.clock.now_s())))


@pytest.fixture
def camera() -> Camera:
    return Camera()


def test_before_the_first_frame_it_is_starting_and_has_no_age(camera: Camera) -> None:
    health = camera.is_silent(1.0)
    assert (health.status, health.frame_age_s, health.frames_per_s) == ("starting", None, 0.0)


def test_a_camera_that_never_starts_has_vanished(camera: Camera) -> None:
    assert camera.is_silent(9.9).status == "starting"
    assert camera.is_silent(0.2).status == "vanished"


def test_a_good_camera_is_ok_with_its_true_rate_and_age(camera: Camera) -> None:
    health = camera.shows(5.0)
    assert health.is_ok
    assert health.frames_per_s == pytest.approx(10.0)
    assert health.frame_age_s is not None
    assert health.frame_age_s <= 0.1 + 1e-9
    assert "10.0 pictures a second" in health.reason


def test_never_anything_but_ok_while_all_is_well(camera: Camera) -> None:
    camera.shows(20.0)
    assert {health.status for _, health in camera.history[2:]} == {"ok"}


@pytest.mark.parametrize("fps", [2.5, 5.0, 10.0, 20.0])
def test_a_vanished_camera_is_noticed_within_a_second_and_cleared_by_its_first_frame(fps: float) -> None:
    camera = Camera(fps)
    camera.shows(4.0)
    gone_s = camera.clock.now_s()
    health = camera.is_silent(3.0)
    assert health.status == "vanished"
    assert health.frames_per_s == 0.0
    assert health.frame_age_s == pytest.approx(3.0, abs=0.5)
    assert camera.first("vanished", gone_s) <= NOTICED_S
    back_s = camera.clock.now_s()
    assert camera.shows(1.0).is_ok
    assert camera.first("ok", back_s) <= 1.0 / fps + 1e-9


def test_a_gap_just_under_the_limit_is_no_trouble(camera: Camera) -> None:
    camera.shows(2.0)
    assert camera.is_silent(0.85).is_ok
    assert camera.is_silent(0.10).status == "vanished"


@pytest.mark.parametrize("fps", [5.0, 10.0, 20.0])
def test_a_frozen_camera_is_noticed_within_a_second_and_cleared_by_a_new_picture(fps: float) -> None:
    camera = Camera(fps)
    camera.shows(2.0)
    frozen_s = camera.clock.now_s()
    picture = camera.scene()
    assert camera.shows(1.5, picture).status == "frozen"
    assert camera.first("frozen", frozen_s + 1.0 / fps) <= NOTICED_S
    thawed_s = camera.clock.now_s()
    assert camera.shows(0.5).is_ok
    assert camera.first("ok", thawed_s) <= 1.0 / fps + 1e-9


def test_copies_of_a_picture_are_the_same_picture(camera: Camera) -> None:
    picture = camera.scene()
    for _ in range(15):
        health = camera.shows(0.1, picture.copy())
    assert health.status == "frozen"


def test_one_grey_level_in_one_pixel_is_a_living_picture(camera: Camera) -> None:
    picture = camera.scene()
    for count in range(30):
        living = picture.copy()
        living[7, 9, 1] += count % 2
        assert camera.shows(0.1, living).is_ok


def test_a_still_recording_or_rendering_is_not_frozen() -> None:
    camera = Camera(parameters=CameraWatchParameters.noiseless())
    assert camera.shows(10.0, camera.scene()).is_ok


def test_two_equal_pictures_of_a_slow_camera_are_not_frozen() -> None:
    camera = Camera(fps=2.0)
    assert camera.shows(1.45, camera.scene()).is_ok


@pytest.mark.parametrize("level", [0, 5, 16])
def test_a_covered_lens_is_noticed_within_a_second_as_black_not_as_frozen(camera: Camera, level: int) -> None:
    camera.shows(2.0)
    covered_s = camera.clock.now_s()
    health = camera.shows(3.0, np.full((48, 64, 3), level, np.uint8))
    assert health.status == "black"
    assert camera.first("black", covered_s) <= NOTICED_S
    assert "frozen" not in {health.status for _, health in camera.history}
    uncovered_s = camera.clock.now_s()
    assert camera.shows(0.3).is_ok
    assert camera.first("ok", uncovered_s) <= 0.1 + 1e-9


def test_sensor_noise_in_the_dark_is_black(camera: Camera) -> None:
    for _ in range(20):
        health = camera.shows(0.1, camera.noise.integers(0, 12, (48, 64, 3), np.uint8))
    assert health.status == "black"


def test_a_dark_room_with_a_lamp_is_no_trouble(camera: Camera) -> None:
    for _ in range(20):
        dark = camera.noise.integers(0, 8, (48, 64, 3), np.uint8)
        dark[:12, :6] = 180
        assert camera.shows(0.1, dark).is_ok


def test_just_above_the_black_limit_is_no_trouble(camera: Camera) -> None:
    for count in range(20):
        assert camera.shows(0.1, np.full((48, 64, 3), 17 + count % 2, np.uint8)).is_ok


def test_a_blink_is_no_trouble(camera: Camera) -> None:
    camera.shows(2.0)
    assert camera.shows(0.3, np.zeros((48, 64, 3), np.uint8)).is_ok
    camera.shows(1.0)
    assert {health.status for _, health in camera.history[2:]} == {"ok"}


@pytest.mark.parametrize(
    ("lag_s", "status"), [(0.0, "ok"), (0.49, "ok"), (0.51, "stale"), (5.0, "stale"), (-0.49, "ok")]
)
def test_late_frames_are_stale(camera: Camera, lag_s: float, status: str) -> None:
    camera.shows(2.0)
    assert camera.shows(0.2, lag_s=lag_s).status == status


def test_late_frames_show_their_true_age_and_are_cleared_by_a_timely_one(camera: Camera) -> None:
    camera.shows(2.0)
    health = camera.shows(2.0, lag_s=3.0)
    assert health.frame_age_s == pytest.approx(3.0, abs=0.11)
    assert "3.0 s late" in health.reason
    assert camera.shows(0.1).is_ok


def test_frames_from_the_future_are_not_trusted(camera: Camera) -> None:
    camera.shows(2.0)
    health = camera.shows(0.2, lag_s=-3.0)
    assert health.status == "stale"
    assert health.frame_age_s == 0.0
    assert "future" in health.reason


def test_a_stamp_that_stands_still_is_noticed_within_a_second(camera: Camera) -> None:
    camera.shows(2.0)
    stuck_s = camera.clock.now_s()
    for count in range(12):
        camera.shows(0.1, lag_s=0.1 * count)
    assert camera.first("stale", stuck_s) <= NOTICED_S


def test_the_same_frame_handed_over_again_is_no_new_frame() -> None:
    watch = CameraWatch()
    frame = Frame(0.0, 0, np.full((8, 8, 3), 90, np.uint8))
    assert watch.step(frame, 0.0).is_ok
    assert watch.step(frame, 0.5).is_ok
    assert watch.step(frame, 1.0).status == "vanished"


def test_a_clock_set_back_is_no_trouble(camera: Camera) -> None:
    camera.shows(2.0)
    camera.clock.advance(-30.0)
    assert camera.shows(3.0).is_ok
    assert {health.status for _, health in camera.history[2:]} == {"ok"}


def test_trouble_survives_a_clock_set_back(camera: Camera) -> None:
    camera.shows(2.0)
    assert camera.is_silent(1.0).status == "vanished"
    camera.clock.advance(-30.0)
    assert camera.is_silent(TICK_S).status == "vanished"


def test_a_frozen_or_black_camera_stays_so_when_the_clock_is_set_back(camera: Camera) -> None:
    for picture, status in ((camera.scene(), "frozen"), (np.zeros((48, 64, 3), np.uint8), "black")):
        assert camera.shows(1.5, picture).status == status
        camera.clock.advance(-30.0)
        assert camera.shows(0.2, picture).status == status


def test_the_age_grows_while_nothing_comes(camera: Camera) -> None:
    camera.shows(1.0, lag_s=0.2)
    assert camera.is_silent(0.5).frame_age_s == pytest.approx(0.7)


def test_a_leap_of_the_clock_is_silence_until_the_next_frame(camera: Camera) -> None:
    camera.shows(2.0)
    camera.clock.advance(3600.0)
    assert camera.is_silent(TICK_S).status == "vanished"
    assert camera.shows(0.2).is_ok


def test_a_camera_that_came_back_with_its_last_picture_has_a_second_to_prove_itself(camera: Camera) -> None:
    picture = camera.scene()
    camera.shows(0.3, picture)
    camera.is_silent(2.0)
    back_s = camera.clock.now_s()
    camera.shows(1.5, picture)
    assert 0.85 <= camera.first("frozen", back_s + 0.1) <= NOTICED_S


def test_a_change_of_size_is_a_new_picture(camera: Camera) -> None:
    camera.shows(2.0)
    assert camera.shows(0.2, np.full((24, 32, 3), 99, np.uint8)).is_ok


@settings(deadline=None)
@given(
    st.lists(
        st.tuples(st.floats(-2.0, 2.0, allow_subnormal=False), st.sampled_from(["none", "good", "black", "same"])),
        max_size=40,
    ),
    st.floats(-1.0, 1.0, allow_subnormal=False),
)
def test_whatever_happens_the_answer_is_whole_and_a_living_camera_is_ok_after_it(
    events: list[tuple[float, str]], lag_s: float
) -> None:
    camera = Camera()
    pictures = {"good": None, "black": np.zeros((48, 64, 3), np.uint8), "same": camera.scene()}
    for step_s, kind in events:
        camera.clock.advance(step_s)
        frame = None if kind == "none" else camera._frame(pictures[kind], lag_s)
        camera._step(frame)
        health = camera.history[-1][1]
        assert health.frames_per_s >= 0.0
        assert health.frame_age_s is None or health.frame_age_s >= 0.0
        assert re.fullmatch(r"[A-Z].*\.", health.reason)
    assert camera.shows(0.3).is_ok


@pytest.mark.parametrize("name", [field.name for field in dataclasses.fields(CameraWatchParameters)])
@pytest.mark.parametrize("value", [0.0, -1.0, float("nan"), float("inf")])
def test_a_limit_that_is_no_positive_number_is_refused_by_its_name(name: str, value: float) -> None:
    with pytest.raises(ConfigError, match=name):
        CameraWatchParameters(**{name: value})


def test_luminance_is_that_of_the_standard() -> None:
    mean, spread = luminance(np.full((4, 4, 3), (255, 0, 0), np.uint8))
    assert mean == pytest.approx(0.114 * 255, abs=1e-3)
    assert spread == pytest.approx(0.0, abs=1e-3)


def test_luminance_sees_the_whole_of_a_large_picture() -> None:
    image = np.zeros((480, 640, 3), np.uint8)
    image[:, 320:] = 200
    mean, spread = luminance(image)
    assert mean == pytest.approx(100, abs=1)
    assert spread == pytest.approx(100, abs=1)


def test_pictures_differ_where_the_coarse_look_misses_it() -> None:
    one = np.zeros((480, 640, 3), np.uint8)
    other = one.copy()
    other[100, 101, 2] = 1
    assert is_same_picture(one, one.copy())
    assert not is_same_picture(one, other)
    assert not is_same_picture(one, one[:, :320])
