"""The launch files, performed by a double of ROS's launch system with its real signatures (launch_double.py)."""

from __future__ import annotations

import shlex
import sys
import xml.etree.ElementTree as Xml
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from math import radians
from pathlib import Path
from types import ModuleType

import pytest
import yaml

from carebot.errors import ConfigError

LAUNCH = Path(__file__).parents[2] / "launch"
ROBOT, GAZEBO = LAUNCH / "carebot.launch.py", LAUNCH / "gazebo.launch.py"


def _double() -> ModuleType:
    name = "carebot_tests_launch_double"
    loader = SourceFileLoader(name, str(Path(__file__).with_name("launch_double.py")))
    module = module_from_spec(spec_from_loader(name, loader))
    sys.modules[name] = module
    loader.exec_module(module)
    return module


double = _double()
launch = double.launch


@pytest.fixture(autouse=True)
def _launch_system(monkeypatch: pytest.MonkeyPatch) -> None:
    double.install(monkeypatch)


def test_it_runs_the_processes_of_the_profile() -> None:
    processes = launch(ROBOT).processes
    assert [process.name for process in processes] == ["perception", "watch", "conversation", "tablet", "black_box"]
    assert all(process.respawn and process.environment and process.output == "screen" for process in processes)
    assert processes[1].command[1:5] == ["-m", "carebot.ros.process", "falls", "care"]


def test_the_shape_of_a_robot_that_drives_is_published() -> None:
    publisher, *processes = launch(ROBOT, profile="sim", set="robot=hall").processes
    assert (publisher.package, publisher.executable) == ("robot_state_publisher", "robot_state_publisher")
    assert (publisher.namespace, publisher.parameters["use_sim_time"]) == ("hall", True)
    assert Xml.fromstring(publisher.parameters["robot_description"]).get("name") == "simulated"
    assert [process.name for process in processes][:2] == ["simulation", "perception"]


def test_overrides_are_handed_on() -> None:
    [process] = launch(ROBOT, set="robot=hall perception.source=7").processes[:1]
    assert "__ns:=/hall" in process.command
    assert "source: 7" in Path(process.command[-1]).read_text(encoding="utf-8")


def test_an_unknown_profile_is_refused() -> None:
    with pytest.raises(ConfigError, match="nothing"):
        launch(ROBOT, profile="nothing")


def test_processes_run_in_the_activated_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """`ros2 launch` itself runs with the system's Python."""
    monkeypatch.setenv("VIRTUAL_ENV", sys.prefix)
    assert launch(ROBOT).processes[0].command[0] == f"{sys.prefix}/bin/python"
    monkeypatch.setenv("VIRTUAL_ENV", "/nowhere")
    assert launch(ROBOT).processes[0].command[0] == sys.executable


# Gazebo


def gazebo_options(**arguments: str) -> list[str]:
    return shlex.split(launch(GAZEBO, **arguments).included["gz_sim.launch.py"]["gz_args"])


def test_gazebo_runs_the_world_with_the_shipped_models() -> None:
    context = launch(GAZEBO, world="ward", headless="true")
    *options, world = shlex.split(context.included["gz_sim.launch.py"]["gz_args"])
    assert options == ["-r", "-s", "--headless-rendering"]
    assert Path(world).name == "ward.sdf"
    names = [include.findtext("name") for include in Xml.parse(world).getroot().iter("include")]
    assert "guide" in names, "the resident is led"
    assert context.included["gz_sim.launch.py"]["on_exit_shutdown"] == "true"
    folder = Path(context.environment["GZ_SIM_RESOURCE_PATH"])
    assert (folder / "carebot" / "model.sdf").is_file()


def test_with_a_window_nothing_is_headless() -> None:
    assert gazebo_options()[0] == "-r"
    assert "-s" not in gazebo_options()


def test_a_path_with_blanks_reaches_gazebo_whole(tmp_path: Path) -> None:
    world = tmp_path / "my home.sdf"
    world.write_text((LAUNCH.parent / "sim/worlds/empty_room.sdf").read_text(encoding="utf-8"), encoding="utf-8")
    assert Path(gazebo_options(world=str(world))[-1]).name == "my home.sdf"


def test_bridge_state_publisher_and_robot_share_namespace_time_and_dds() -> None:
    context = launch(GAZEBO, set="robot=hall")
    bridge, publisher, *robot = context.processes
    assert (bridge.package, bridge.executable) == ("ros_gz_bridge", "parameter_bridge")
    assert (publisher.package, publisher.executable) == ("robot_state_publisher", "robot_state_publisher")
    assert bridge.namespace == publisher.namespace == "hall"
    assert bridge.parameters["use_sim_time"] is publisher.parameters["use_sim_time"] is True
    assert yaml.safe_load(Path(bridge.parameters["config_file"]).read_text(encoding="utf-8"))
    assert Xml.fromstring(publisher.parameters["robot_description"]).get("name") == "gazebo"
    names = ["simulation", "perception", "watch", "conversation", "safety", "drive", "tablet", "black_box"]
    assert [process.name for process in robot] == names
    shared = {name for name in bridge.environment if "FAST" in name or "RANGE" in name}
    assert shared
    for process in robot:
        assert {name: process.environment[name] for name in shared} == {
            name: bridge.environment[name] for name in shared
        }
        parameters = yaml.safe_load(Path(process.command[-1]).read_text(encoding="utf-8"))
        assert parameters["/**"]["ros__parameters"]["use_sim_time"] is True


def test_who_is_led_is_pushed_the_way_they_look() -> None:
    context = launch(GAZEBO, world="home", set="resident.seed=5")
    bridge, _, simulation, *_ = context.processes
    pushed = yaml.safe_load(Path(bridge.parameters["config_file"]).read_text(encoding="utf-8"))[-2:]
    assert [entry["gz_topic_name"] for entry in pushed] == ["/world/home/wrench/persistent", "/world/home/wrench/clear"]
    parameters = yaml.safe_load(Path(simulation.command[-1]).read_text(encoding="utf-8"))
    own = next(value["ros__parameters"] for name, value in parameters.items() if name.endswith("resident"))
    include = next(
        each
        for each in Xml.parse(LAUNCH.parent / "sim/worlds/home.sdf").iter("include")
        if each.findtext("name") == "resident"
    )
    assert own["seed"] == 5
    assert radians(own["facing_deg"]) == pytest.approx(float(include.findtext("pose").split()[5]), abs=1e-3)


def test_a_profile_without_a_resident_node_takes_the_world_as_it_is(tmp_path: Path) -> None:
    profile = tmp_path / "alone.yaml"
    profile.write_text("processes: [{name: watch, nodes: {falls: {}}}]\n", encoding="utf-8")
    assert Path(gazebo_options(profile=str(profile))[-1]).parent.name == "worlds"


@pytest.mark.parametrize(
    ("arguments", "names"),
    [({"world": "castle"}, "castle"), ({"world": "/nowhere/x.sdf"}, "x.sdf"), ({"profile": "nothing"}, "nothing")],
)
def test_a_wrong_argument_is_named(arguments: dict[str, str], names: str) -> None:
    with pytest.raises(ConfigError, match=names):
        launch(GAZEBO, **arguments)


def test_headless_takes_only_true_and_false() -> None:
    with pytest.raises(RuntimeError, match="headless"):
        launch(GAZEBO, headless="yes")
