from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from math import radians, tan
from pathlib import Path

import numpy as np
import pytest

from carebot.simulation import choose_graphics
from carebot.simulation.scenario import Scenario
from carebot.simulation.simulator import Simulator

Script = Callable[..., Scenario]
REPOSITORY = Path(__file__).resolve().parents[2]

DRAW = """
from carebot.errors import DeviceError
from carebot.simulation.scenario import Scenario
from carebot.simulation.simulator import Simulator
with Simulator(Scenario(description="x", script=({"stand": 1},))) as simulator:
    simulator.step(0.1)
    try:
        simulator.render()
    except DeviceError as error:
        print(error)
"""


def test_machine_without_graphics_is_told_what_to_install_and_can_still_simulate() -> None:
    surroundings = {**os.environ, "__EGL_VENDOR_LIBRARY_DIRS": "/nonexistent", "PYTHONPATH": str(REPOSITORY)}
    surroundings.pop("MUJOCO_GL", None)
    done = subprocess.run([sys.executable, "-c", DRAW], env=surroundings, capture_output=True, text=True, check=True)
    assert "libegl1 and libgl1-mesa-dri" in done.stdout
    assert done.stdout.count("\n") == 1


def no_library(name: str) -> object:
    raise OSError(name)


def test_graphics_are_chosen_where_nobody_has() -> None:
    chosen: dict[str, str] = {"MUJOCO_GL": "glfw"}
    choose_graphics(chosen, no_library)
    assert chosen["MUJOCO_GL"] == "glfw"
    for load, backend in ((str, "egl"), (no_library, "disable")):
        empty: dict[str, str] = {}
        choose_graphics(empty, load)
        assert empty["MUJOCO_GL"] == backend


def test_person_at_three_metres_is_wholly_in_the_picture(scripted: Script) -> None:
    truth = Simulator(scripted({"stand": 1}, start={"at": [3.1, 0.0]})).truth()
    assert truth.visible.all()
    feet, head = truth.keypoints_px[15:, 1].max(), truth.keypoints_px[0, 1]
    assert 0 < head < feet < 480
    assert feet - head > 150


def test_camera_says_how_it_is_mounted(scripted: Script) -> None:
    place = {"height_m": 1.3, "pitch_deg": 20, "roll_deg": 5, "horizontal_fov_deg": 60}
    camera = Simulator(scripted({"stand": 1}, camera=place), width_px=480, height_px=360).camera
    assert (camera.width_px, camera.height_px, camera.height_m) == (480, 360, 1.3)
    assert camera.fx_px == pytest.approx(240 / tan(radians(30)))
    assert (camera.cx_px, camera.cy_px) == (240, 180)
    assert (camera.pitch_rad, camera.roll_rad) == pytest.approx((radians(20), radians(5)))


def test_pitch_lowers_the_gaze_and_roll_is_clockwise_seen_from_behind(scripted: Script) -> None:
    level = Simulator(scripted({"stand": 1})).truth().keypoints_px
    lower = Simulator(scripted({"stand": 1}, camera={"pitch_deg": 20})).truth().keypoints_px
    rolled = Simulator(scripted({"stand": 1}, camera={"roll_deg": 10})).truth().keypoints_px
    assert (lower[:, 1] < level[:, 1]).all()
    up = rolled[0] - (rolled[15] + rolled[16]) / 2
    assert up[0] < 0


def test_what_furniture_hides_is_not_visible(scripted: Script) -> None:
    script = scripted({"stand": 1}, start={"at": [4.95, 1.85]})
    visible = Simulator(script).truth().visible
    assert visible[0]
    assert not visible[15:].any()


def test_picture_shows_the_resident_where_the_truth_says(graphics: None, scripted: Script) -> None:
    with Simulator(scripted({"stand": 1}, start={"at": [3.0, 0.2]})) as here:
        picture, truth = here.render(), here.truth()
    with Simulator(scripted({"stand": 1}, start={"at": [3.0, -1.0]})) as elsewhere:
        without = elsewhere.render()
    assert picture.shape == (480, 640, 3)
    assert picture.dtype == np.uint8
    changed = np.abs(picture.astype(int) - without.astype(int)).sum(axis=2) > 40
    for x, y in truth.keypoints_px[5:]:
        assert changed[round(y) - 2 : round(y) + 3, round(x) - 2 : round(x) + 3].any()


def test_night_is_darker_than_day_but_not_black(graphics: None, scripted: Script) -> None:
    means = {}
    for lighting in ("day", "evening", "night"):
        with Simulator(scripted({"stand": 1}, lighting=lighting)) as simulator:
            means[lighting] = simulator.render().mean()
    assert means["day"] > means["evening"] > means["night"] > 8.0


def test_renderer_can_be_freed_twice(graphics: None, scripted: Script) -> None:
    simulator = Simulator(scripted({"stand": 1}))
    simulator.render()
    simulator.close()
    simulator.close()
    assert simulator.render().any()
    simulator.close()
