"""`carebot sim check` and `carebot sim view`."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import pytest
from typer.testing import CliRunner

from carebot.cli import app
from carebot.errors import ConfigError, DeviceError

RUN = CliRunner()
NARROW = """<sdf version="1.9"><world name="w"><frame name="doorway_slit"/>
<include><uri>model://carebot</uri><pose>-2 0 0 0 0 0</pose></include>
<model name="walls"><static>true</static><link name="l">
<collision name="a"><pose>0 1 1 0 0 0</pose><geometry><box><size>0.1 1.5 2</size></box></geometry></collision>
<collision name="b"><pose>0 -1 1 0 0 0</pose><geometry><box><size>0.1 1.5 2</size></box></geometry></collision>
</link></model><audio/></world></sdf>"""


def test_check_says_what_the_home_holds() -> None:
    result = RUN.invoke(app, ["sim", "check", "home", "--json"])
    assert result.exit_code == 0
    said = json.loads(result.stdout)
    assert {"bed", "carebot", "resident", "rug"} <= {model["name"] for model in said["models"]}
    assert said["not_loaded"] == []
    assert all(door["fits"] for door in said["doorways"])
    assert said["drives"][0]["wheel_radius_m"] == 0.0625


def test_check_for_people_names_sensors_and_doors() -> None:
    result = RUN.invoke(app, ["sim", "check", "home"])
    assert result.exit_code == 0
    assert "doorway_kitchen is 0.90 m wide" in result.stdout
    assert "Everything was loaded." in result.stdout


def test_check_fails_where_the_robot_does_not_fit_and_names_what_was_not_loaded(tmp_path: Path) -> None:
    path = tmp_path / "narrow.sdf"
    path.write_text(NARROW, encoding="utf-8")
    result = RUN.invoke(app, ["sim", "check", str(path)])
    assert result.exit_code == 1
    assert "NARROW: doorway_slit is 0.50 m wide, which is too narrow" in result.stdout
    assert f"{path}, line 6: <audio> in <world> is not read" in result.stdout


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["check", "palace"], "There is no world 'palace': use one of empty_room, home, studio, ward"),
        (["check", "./gone.sdf"], "gone.sdf does not exist"),
        (["check", "home", "--robot", "rover"], "no model 'rover'"),
        (["view", "home", "--out", "picture.jpg"], "name a .png file"),
        (["view", "home", "--out", "/no/such/folder/x.png"], "name a .png file"),
    ],
)
def test_bad_input_is_a_sentence(arguments: list[str], complaint: str) -> None:
    result = RUN.invoke(app, ["sim", *arguments])
    assert isinstance(result.exception, ConfigError)
    assert complaint in str(result.exception)
    assert result.exception.exit_code == 2


def test_view_refuses_a_camera_that_is_not_there(tmp_path: Path) -> None:
    result = RUN.invoke(app, ["sim", "view", "empty_room", "--out", str(tmp_path / "x.png"), "--camera", "nose"])
    assert isinstance(result.exception, ConfigError)
    assert "has no camera 'nose': use one of overview, carebot::body::depth_camera" in str(result.exception)


@pytest.mark.slow
def test_view_draws_day_and_night(tmp_path: Path) -> None:
    brightness = {}
    for light in ("day", "night"):
        out = tmp_path / f"{light}.png"
        size = ["--width", "320", "--height", "240", "--light", light]
        result = RUN.invoke(app, ["sim", "view", "home", "--out", str(out), *size])
        if isinstance(result.exception, DeviceError):
            pytest.skip(str(result.exception))
        assert result.exit_code == 0, result.output
        picture = cv2.imread(str(out))
        assert picture.shape == (240, 320, 3)
        assert picture.std() > 8, "it must not be of one colour"
        brightness[light] = picture.mean()
    assert brightness["night"] < 0.5 * brightness["day"]
