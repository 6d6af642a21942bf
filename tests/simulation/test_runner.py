from __future__ import annotations

import shlex
from collections.abc import Callable
from pathlib import Path

import pytest

from carebot.errors import ConfigError
from carebot.simulation.batch import cases_of, run_batch
from carebot.simulation.film import check_film, film
from carebot.simulation.runner import run_scenario
from carebot.simulation.scenario import ACTIVITIES, Fall, FallKind, Scenario, activity_of, load_scenario, scenario_names
from carebot.simulation.simulator import Simulator

FALLING = """
description: Faints.
script: [{stand: 2}, {fall: faint}, {lie: 5}]
expect: [{suspected_within_s: 2}, {confirmed_within_s: 5}, nothing_before_fall]
"""
STANDING = """
description: Stands, and is expected to have fallen.
script: [{stand: 1}]
expect: [{suspected_within_s: 2}]
"""

Write = Callable[[str], str]


@pytest.fixture
def written(tmp_path: Path) -> Write:
    def write(text: str) -> str:
        path = tmp_path / "own.yaml"
        path.write_text(text, encoding="utf-8")
        return str(path)

    return write


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("faults: [camera_melted]", "faults: entry 1: the fault 'camera_melted' is unknown"),
        ("faults: 3", "faults: must be a list of faults"),
        ("expect: [luck]", "expect: entry 1: the expectation 'luck' is unknown"),
        ("expect: [{suspected_within_s: never}]", "expect: entry 1 (suspected_within_s): seconds"),
        ("script: [{fall: out_of_chair}]", "'fall' is not possible while standing"),
        ("script: [{sit_down: chair}, {fall: faint}]", "'fall' is not possible while seated"),
    ],
)
def test_file_with_what_is_unknown_is_refused_by_file_and_key(written: Write, line: str, complaint: str) -> None:
    script = "" if line.startswith("script") else "script: [{stand: 1}]\n"
    with pytest.raises(ConfigError) as caught:
        load_scenario(written(f"description: x\n{script}{line}"))
    assert "own.yaml" in str(caught.value)
    assert complaint in str(caught.value)


def test_fall_is_seen_and_judged(written: Write) -> None:
    result = run_scenario(written(FALLING), 2, "keypoints")
    (fall,) = result.falls
    assert fall.kind == "faint"
    assert fall.contact_s is not None
    assert [alarm.kind.value for alarm in result.alarms] == ["suspected", "confirmed"]
    assert all(outcome.met for outcome in result.outcomes)
    assert result.met
    assert result.pictures == pytest.approx(10 * result.duration_s, abs=2)
    assert sum(result.activity_s.values()) == pytest.approx(result.duration_s, abs=0.01)


def test_same_seed_gives_the_same_run_and_another_one_another(written: Write) -> None:
    name = written(FALLING)
    one, same, other = (run_scenario(name, seed, "keypoints") for seed in (5, 5, 6))
    assert one == same
    assert one.falls != other.falls


def test_what_was_not_met_is_said(written: Write) -> None:
    result = run_scenario(written(STANDING), 0, "keypoints")
    assert not result.met
    assert result.outcomes[0].detail == "nobody fell: the run ended before"
    assert result.command.endswith("own.yaml --seed 0 --eyes keypoints")


def test_lost_camera_gives_no_pictures_and_no_alarm(written: Write) -> None:
    result = run_scenario(written(FALLING + "faults: [{camera_lost: 0}]"), 2, "keypoints")
    assert (result.pictures, result.alarms, result.faults) == (0, (), ("camera_lost",))
    assert not result.met


def test_clock_that_jumps_back_leaves_the_marks_on_simulated_time(written: Write) -> None:
    result = run_scenario(written(FALLING + "faults: [{clock_jump: {at_s: 1, by_s: -500}}]"), 2, "keypoints")
    assert result.met
    assert all(alarm.time_s > 2.0 for alarm in result.alarms)


def test_batch_keeps_the_order_of_its_cases_in_any_number_of_processes(written: Write) -> None:
    cases = cases_of([written(STANDING), "turn_about"], 1, 3, "keypoints")
    told: list[str] = []
    results = run_batch(cases, 2, lambda result: told.append(result.scenario))
    assert [(result.scenario, result.seed) for result in results] == [(case.scenario, 3) for case in cases]
    assert sorted(told) == sorted(case.scenario for case in cases)
    assert results == run_batch(cases, 1, lambda _: None)


@pytest.mark.parametrize(
    ("fault", "robot", "complaint"),
    [
        ("tablet_cut: 1", "", "tablet_cut changes nothing here, where nobody drives the robot from a tablet"),
        ("tablet_cut: 1", "robot: {at: [0.9, 3.9], goes_to: person}", "add `robot: {drive: [[x, y]]}`"),
        ("process_stopped: {at_s: 1, process: tablet}", "robot: {at: [0.9, 3.9]}", "carebot demo --scenario"),
        ("process_killed: {at_s: 1, process: safety}", "", "process_killed changes nothing here"),
        ("process_killed: {at_s: 1, process: drive}", "", "where the robot has no drive: add `robot: {at: [x, y]}`"),
        ("serial_slow: 1", "", "serial_slow changes nothing here"),
        ("lidar_stale: 1", "", "lidar_stale changes nothing here"),
    ],
)
def test_fault_that_would_change_nothing_is_refused_before_anything_is_played(
    written: Write, fault: str, robot: str, complaint: str
) -> None:
    home = "description: x\nworld: home\nstart: {at: [7.6, 0.9]}\nscript: [{stand: 1}]\n"
    name = written(f"{home}faults: [{{{fault}}}]\n{robot}")
    load_scenario(name)  # all the robot's processes can play it
    for refuse in (lambda: run_scenario(name, 0, "keypoints"), lambda: cases_of([name], 1, 0, "keypoints")):
        with pytest.raises(ConfigError) as caught:
            refuse()
        assert "own.yaml: faults: " in str(caught.value)
        assert complaint in str(caught.value)


def test_faults_reach_a_robot_that_drives_itself(written: Write) -> None:
    robot = "robot: {at: [6.0, 3.9], goes_to: person}\nstart: {at: [8.0, 2.6], facing_deg: 150}\n"
    text = f"description: x\nworld: home\n{robot}script: [{{stand: 4}}]\n"
    whole, broken = (
        run_scenario(written(text + more), 0, "keypoints") for more in ("", "faults: [serial_unplugged: 0]")
    )
    assert max(abs(mark.yaw_rad) for mark in whole.robot) > 0.2, "it looks about"
    assert max(abs(mark.yaw_rad) for mark in broken.robot) < 0.01


def test_command_that_replays_a_run_works_with_any_file_name(tmp_path: Path) -> None:
    path = tmp_path / "own one's.yaml"
    path.write_text(STANDING, encoding="utf-8")
    words = shlex.split(run_scenario(str(path), 0, "keypoints").command)
    assert words == ["carebot", "sim", "run", str(path), "--seed", "0", "--eyes", "keypoints"]


def test_batch_refuses_a_scenario_that_is_none_before_it_plays() -> None:
    with pytest.raises(ConfigError, match="no scenario 'dance'"):
        cases_of(["walk_about", "dance"], 1, 0, "keypoints")


def test_shipped_scenarios_cover_every_activity_and_every_fall() -> None:
    scenarios = [load_scenario(name) for name in scenario_names()]
    assert len(scenarios) >= 40
    steps = [step for scenario in scenarios for step in scenario.script]
    assert {activity_of(step) for step in steps} == set(ACTIVITIES)
    assert {step.kind for step in steps if isinstance(step, Fall)} == set(FallKind.__args__)  # type: ignore[attr-defined]
    assert all(scenario.expect for scenario in scenarios)
    heights = [scenario.camera.height_m for scenario in scenarios if scenario.camera.height_m is not None]
    assert min(heights) <= 0.3
    assert max(heights) >= 2.4
    assert {scenario.lighting for scenario in scenarios} == {"day", "evening", "night"}


@pytest.mark.slow
@pytest.mark.usefixtures("graphics")
def test_real_models_see_a_fall_in_rendered_pictures(written: Write) -> None:
    result = run_scenario(written(FALLING), 2, "onnx")
    assert result.pictures_with_people > 0.8 * result.pictures
    assert result.met, result.outcomes


@pytest.mark.slow
@pytest.mark.usefixtures("graphics")
def test_film_shows_both_views(written: Write, tmp_path: Path) -> None:
    import cv2

    out = tmp_path / "film.mp4"
    times: list[float] = []
    film(written(STANDING), 0, "keypoints", out, times.append)
    video = cv2.VideoCapture(str(out))
    assert video.get(cv2.CAP_PROP_FRAME_COUNT) == len(times)
    read, picture = video.read()
    video.release()
    assert read
    assert picture.shape == (416, 960, 3)
    assert picture[:360, :480].std() > 10
    assert picture[:360, 480:].std() > 10


@pytest.mark.parametrize("name", ["film.avi", "nowhere/film.mp4"])
def test_film_that_cannot_be_written_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ConfigError, match=r"cannot be written"):
        check_film(tmp_path / name)


@pytest.mark.parametrize(
    ("kind", "before"), [("out_of_chair", {"sit_down": "chair"}), ("out_of_bed", {"lie_down": "bed"})]
)
def test_most_falls_from_furniture_end_on_the_floor(
    scripted: Callable[..., Scenario], kind: str, before: dict[str, str]
) -> None:
    landed = 0
    for seed in range(3):
        simulator = Simulator(scripted(before, {"fall": kind}, {"lie": 2}, start={"at": [3.3, -0.2]}), seed)
        while not simulator.finished:
            simulator.step(0.1)
        landed += simulator.truth().on_floor and simulator.truth().pelvis_height_m < 0.3
    assert landed >= 2


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2])
def test_the_robot_comes_to_the_resident(seed: int) -> None:
    result = run_scenario("come_here", seed, "keypoints")
    assert result.met, [outcome for outcome in result.outcomes if not outcome.met]
