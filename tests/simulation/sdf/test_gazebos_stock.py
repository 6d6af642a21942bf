"""What worlds written for Gazebo take for granted: its stock models, its downloads, its colours, its older format."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from carebot.errors import ConfigError
from carebot.simulation.sdf.build import load_world

Writer = Callable[..., Path]
MODEL = """<?xml version="1.0"?><sdf version="1.6"><model name="crate"><static>true</static><link name="l">
<visual name="v"><geometry><box><size>{size} 1 1</size></box></geometry></visual></link></model></sdf>"""
CONFIG = '<?xml version="1.0"?><model><name>crate</name><sdf version="1.6">model.sdf</sdf></model>'


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A user's home folder with nothing of Gazebo in it."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    for name in ("GZ_SIM_RESOURCE_PATH", "IGN_GAZEBO_RESOURCE_PATH", "SDF_PATH", "GAZEBO_MODEL_PATH"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path / "home"


def crate(folder: Path, size: int = 1) -> None:
    folder.mkdir(parents=True)
    (folder / "model.config").write_text(CONFIG, encoding="utf-8")
    (folder / "model.sdf").write_text(MODEL.format(size=size), encoding="utf-8")


def world(sdf: Writer, *uris: str) -> Path:
    includes = "".join(f"<include><uri>{uri}</uri></include>" for uri in uris)
    return sdf(f'<world name="w">{includes}</world>', version="1.6")


def test_ground_and_sun_are_there(sdf: Writer, home: Path) -> None:
    loaded = load_world(world(sdf, "model://ground_plane", "model://sun"))
    assert loaded.world.models == ("ground_plane",)
    assert [light.kind for light in loaded.world.lights] == ["directional"]
    assert not loaded.world.notes


@pytest.mark.parametrize("host", ["fuel.gazebosim.org", "fuel.ignitionrobotics.org"])
def test_ground_and_sun_by_their_addresses_are_there_too(sdf: Writer, home: Path, host: str) -> None:
    address = f"https://{host}/1.0/OpenRobotics/models"
    loaded = load_world(world(sdf, f"{address}/Ground Plane", f"{address}/Sun"))
    assert loaded.world.models == ("ground_plane",)
    assert len(loaded.world.lights) == 1


@pytest.mark.parametrize("cache", [".gz/fuel", ".ignition/fuel"])
@pytest.mark.parametrize("rest", ["", "/2", "/tip", "/"])
def test_newest_download_of_gazebo_is_found(sdf: Writer, home: Path, cache: str, rest: str) -> None:
    for version, size in ((2, 2), (10, 3)):
        crate(home / cache / "fuel.gazebosim.org" / "somebody" / "models" / "red crate" / str(version), size)
    loaded = load_world(world(sdf, f"https://fuel.gazebosim.org/1.0/Somebody/models/Red%20Crate{rest}"))
    assert loaded.model.geom_size[0][0] == pytest.approx(1.5)


@pytest.mark.parametrize(
    "address",
    [
        "https://fuel.gazebosim.org/1.0/OpenRobotics/models/Nobody Knows It",
        "https://fuel.gazebosim.org/1.0/../models/..",
        "https://fuel.gazebosim.org/1.0/a/models/../../../../etc",
        "https://example.org/ground_plane",
        "http://",
    ],
)
def test_what_was_never_downloaded_is_refused_with_a_remedy(sdf: Writer, home: Path, address: str) -> None:
    with pytest.raises(ConfigError, match="run the world in Gazebo once"):
        load_world(world(sdf, address))


def test_classic_gazebos_models_are_found(sdf: Writer, home: Path) -> None:
    crate(home / ".gazebo" / "models" / "crate")
    assert load_world(world(sdf, "model://crate")).model.ngeom == 1


@pytest.mark.parametrize(
    ("name", "colour"), [("Gazebo/Red", (1, 0, 0, 1)), ("Gazebo/Grey", (0.7, 0.7, 0.7, 1)), ("Gazebo/Wood", None)]
)
def test_gazebos_colours_by_name(model: Writer, name: str, colour: tuple[float, ...] | None) -> None:
    loaded = load_world(model(_coloured(name)))
    assert not loaded.world.notes
    if colour is not None:
        assert loaded.model.mat_rgba[0] == pytest.approx(colour)


def test_other_scripts_are_named(model: Writer) -> None:
    notes = load_world(model(_coloured("MyOwn/Pattern"))).world.notes
    assert any("<script>" in str(note) for note in notes)


def _coloured(name: str) -> str:
    return f"""<static>true</static><link name="l"><visual name="v">
        <geometry><sphere><radius>1</radius></sphere></geometry><material><script><uri>file://media/materials/scripts/gazebo.material</uri>
        <name>{name}</name></script></material></visual></link>"""


@pytest.mark.parametrize(("version", "direction"), [("1.4", (0, 1, 0)), ("1.5", (0, 0, -1)), ("1.9", (0, 0, -1))])
def test_before_1_5_an_axis_is_given_in_the_models_frame(
    model: Writer, version: str, direction: tuple[float, ...]
) -> None:
    """The child is turned by 90 degrees about x: its own y points up, and its z to the model's -y."""
    path = model(
        """<link name="a">{inertia}</link><link name="b"><pose>1 0 0 -1.5707963267948966 0 0</pose>{inertia}</link>
        <joint name="j" type="revolute"><parent>a</parent><child>b</child><axis><xyz>0 1 0</xyz></axis></joint>""",
        version=version,
    )
    (joint,) = load_world(path).world.joints
    assert np.asarray(joint.axes[0].direction) == pytest.approx(direction, abs=1e-9)


def test_two_lights_of_one_name_are_refused(sdf: Writer, home: Path) -> None:
    with pytest.raises(ConfigError, match="two lights 'sun'"):
        load_world(world(sdf, "model://sun", "model://sun"))
