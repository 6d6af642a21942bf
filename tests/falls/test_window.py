"""The window that the posture network reads: the same numbers for the same movement, wherever and however filmed."""

from __future__ import annotations

import numpy as np
import pytest

from carebot.errors import ModelError
from carebot.falls.network import PostureNetwork, shipped_network
from carebot.falls.window import CHANNELS, JOINTS, STEPS, window_of
from tests.falls.figures import LIE_BACK, STAND, Move
from tests.falls.scenes import shot

COUNT = len(JOINTS)


def joints_of(moves: list[Move], **how: float) -> tuple[list[float], list[np.ndarray]]:
    _, pictures = shot(moves, world=False, jitter=0.0, **how)
    size = (pictures[0].width_px, pictures[0].height_px)
    joints = [picture.people[0].keypoints[:, :2].astype(float) * size for picture in pictures]
    return [picture.time_s for picture in pictures], joints


FALL = [Move(STAND, 2), Move(LIE_BACK, 0.9, fall=True), Move(LIE_BACK, 2)]


def window(times: list[float], joints: list[np.ndarray]) -> np.ndarray:
    found = window_of(times, joints)
    assert found is not None
    return found


def test_place_and_distance_do_not_matter() -> None:
    times, joints = joints_of(FALL)
    moved = [3.0 * each + (250.0, -80.0) for each in joints]
    assert window(times, joints).shape == (CHANNELS, STEPS)
    assert window(times, moved) == pytest.approx(window(times, joints), abs=1e-4)


@pytest.mark.parametrize("fps", [10.0, 15.0, 30.0])
def test_the_rate_of_pictures_hardly_matters(fps: float) -> None:
    at_24 = window(*joints_of(FALL, fps=24.0))
    assert np.abs(window(*joints_of(FALL, fps=fps)) - at_24).mean() < 0.05


def test_what_is_missing_is_marked_and_zero() -> None:
    times, joints = joints_of(FALL)
    for each in joints:
        each[15] = np.nan
    numbers = window(times, joints)
    ankle = JOINTS.index(15)
    assert not numbers[[ankle, COUNT + ankle, 2 * COUNT + ankle]].any()
    assert np.isfinite(numbers).all()


def test_a_new_person_has_no_past() -> None:
    times, joints = joints_of([Move(STAND, 1)])
    seen = window(times, joints)[2 * COUNT :]
    assert not seen[:, : STEPS // 2].any()
    assert seen[:, -1].all()


def test_one_picture_and_no_trunk() -> None:
    times, joints = joints_of([Move(STAND, 1)])
    assert window(times[:1], joints[:1])[2 * COUNT :, -1].all()
    assert window_of(times, [np.full((17, 2), np.nan) for _ in joints]) is None


def test_a_file_that_is_no_network_is_named(tmp_path) -> None:
    path = tmp_path / "fall_postures.onnx"
    with pytest.raises(ModelError, match=path.name):
        PostureNetwork(path)
    path.write_bytes(b"no model")
    with pytest.raises(ModelError, match=path.name):
        PostureNetwork(path)


def test_the_shipped_network_is_small() -> None:
    from carebot.resources import models_dir

    assert (models_dir() / "fall_postures.onnx").stat().st_size < 1_000_000
    assert shipped_network() is shipped_network()
