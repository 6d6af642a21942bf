"""The simulation as a real process: pictures, clock and truth over DDS."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from carebot_interfaces.msg import GroundTruth
from rclpy.qos import qos_profile_sensor_data
from rosgraph_msgs.msg import Clock
from sensor_msgs.msg import CameraInfo, Image

SMALL = {"width_px": 160, "height_px": 120, "fps": 20.0}


def stamp_ns(stamp) -> int:
    return stamp.sec * 10**9 + stamp.nanosec


@pytest.mark.slow
def test_pictures_clock_and_truth_belong_together_and_time_goes_on(peer, start) -> None:
    images = peer.collect(Image, "camera/image_raw", qos_profile_sensor_data)
    infos = peer.collect(CameraInfo, "camera/camera_info", qos_profile_sensor_data)
    clocks, truths = peer.collect(Clock, "/clock"), peer.collect(GroundTruth, "ground_truth")
    running = start(simulation=SMALL)
    peer.wait_until(lambda: len(images) >= 10 and len(truths) >= 10 and len(infos) >= 10, "ten pictures")
    assert running.stop() == 0
    assert not any("Traceback" in line for line in running.lines), running.lines

    for image in images:
        assert (image.width, image.height, image.step, image.encoding) == (160, 120, 480, "bgr8")
        assert image.header.frame_id == "camera_optical_frame"
        assert np.frombuffer(image.data, np.uint8).std() > 10, "a room, not a blank picture"
    assert (infos[0].width, infos[0].height) == (160, 120)
    assert infos[0].k[0] > 50
    assert infos[0].k[2] == 80.0
    assert truths[0].scenario == "fall_forward"
    assert truths[0].activity == "standing"
    assert not truths[0].fell
    assert 0.7 < truths[0].pelvis_height_m < 1.2
    told = {stamp_ns(clock.clock) for clock in clocks}
    for messages in (images, truths, infos):
        stamps = [stamp_ns(message.header.stamp) for message in messages]
        assert all(later > earlier for earlier, later in itertools.pairwise(stamps))
        assert len(told.intersection(stamps)) >= 0.8 * len(stamps)


@pytest.mark.slow
def test_the_scenario_is_played_again_with_time_that_never_goes_back(peer, start, tmp_path) -> None:
    scenario = tmp_path / "short.yaml"
    scenario.write_text(
        "description: Stands for a moment.\nresident: hana\n"
        "start: {at: [3.0, 0.0], facing_deg: 90}\nscript:\n  - stand: 0.3\n",
        encoding="utf-8",
    )
    truths = peer.collect(GroundTruth, "ground_truth")
    start(simulation={**SMALL, "scenario": str(scenario), "repeat_after_s": 0.2})

    def rounds() -> int:
        return sum(one.finished and not next_one.finished for one, next_one in itertools.pairwise(truths))

    peer.wait_until(lambda: rounds() >= 2, "the third round")
    stamps = [stamp_ns(truth.header.stamp) for truth in truths]
    assert all(0 < step < 0.5e9 for step in np.diff(stamps))


@pytest.mark.parametrize("graphics", ["invalid", "osmesa"])
def test_without_graphics_it_ends_with_a_sentence(start, monkeypatch, graphics: str) -> None:
    monkeypatch.setenv("MUJOCO_GL", graphics)
    if graphics == "osmesa":
        monkeypatch.setenv("PYOPENGL_PLATFORM", "osmesa")
    running = start(simulation=SMALL)
    assert running.wait() == 1
    assert any(f"MUJOCO_GL={graphics}" in line and "libegl1" in line for line in running.lines), running.lines
    assert not any("Traceback" in line for line in running.lines), running.lines


@pytest.mark.parametrize(
    ("parameters", "said"),
    [({"scenario": "nix"}, "nix"), ({"fps": 0.0}, "fps"), ({"width_px": 10}, "width_px"), ({"fsp": 3}, "fsp")],
)
def test_a_bad_parameter_ends_the_node_with_a_sentence(start, parameters: dict, said: str) -> None:
    running = start(simulation=parameters)
    assert running.wait() == 2
    assert any(said in line for line in running.lines)
    assert not any("Traceback" in line for line in running.lines)
