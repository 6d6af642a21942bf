"""Whether the simulation is true: the same seed twice, a free fall, a stop, a standing and an unsupported resident."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from carebot.simulation.engine import mujoco  # isort: skip - first of all that import mujoco

from carebot.robot import load_robot
from carebot.simulation.faults import Faults
from carebot.simulation.motion import TICK_S
from carebot.simulation.pilot import Pilot
from carebot.simulation.runner import run_scenario
from carebot.simulation.scenario import Scenario, load_scenario
from carebot.simulation.simulator import Simulator

G_M_S2 = 9.81
SIZE_PX = (64, 48)
FALLS = ("fall_forward", "fall_backward", "fall_sideways", "faint")
STANDS_S = 60.0
MOST_DIFFERENCE_M = 1e-9
FALL_PART, STOP_PART = 0.01, 0.3
STANDING_M = 0.05
BRAKES_PART = 0.98
FLOOR_WITHIN_S, HUMAN_M_S = 2.0, (2.0, 5.0)


@dataclass(frozen=True, slots=True)
class SimulationTruth:
    """`checks` says which of the figures are as they must be; speeds and times are the extremes of FALLS.

    `stop_m` is the robot's way from where it begins to brake to where it stands, `stop_expected_m` what its speed and
    the deceleration of its robot file make of it.
    """

    same_seed_difference_m: float
    same_seed_same_events: bool
    free_fall_m_s2: float
    stop_m: float
    stop_expected_m: float
    standing_s: float
    standing_drift_m: float
    unsupported_to_floor_s: float
    least_peak_hip_speed_m_s: float
    most_peak_hip_speed_m_s: float
    checks: dict[str, bool]


def measure_truth(on_step: Callable[[str], None]) -> SimulationTruth:
    """Plays what is needed, about a minute of a processor; `on_step` hears what is measured next."""
    on_step("the same seed twice")
    difference_m, same_events = _same_seed()
    on_step("a free fall, and the robot's way to a stop")
    g_m_s2 = _free_fall_m_s2()
    stop_m, expected_m = _stop_m()
    on_step("a minute of standing")
    drift_m = _standing_drift_m()
    on_step("falls")
    falls = [_fall(name) for name in FALLS]
    floor_s = max(seconds for seconds, _ in falls)
    least, most = min(speed for _, speed in falls), max(speed for _, speed in falls)
    checks = {
        "same_trajectory": difference_m <= MOST_DIFFERENCE_M,
        "same_events": same_events,
        "free_fall_by_g": abs(g_m_s2 / G_M_S2 - 1) <= FALL_PART,
        "stop_fits_deceleration": abs(stop_m / expected_m - 1) <= STOP_PART,
        "standing_stays_up": drift_m <= STANDING_M,
        "unsupported_is_on_the_floor": floor_s < FLOOR_WITHIN_S,
        "hip_speed_is_human": HUMAN_M_S[0] <= least and most <= HUMAN_M_S[1],
    }
    return SimulationTruth(
        difference_m, same_events, round(g_m_s2, 4), round(stop_m, 4), round(expected_m, 4), STANDS_S,
        round(drift_m, 4), round(floor_s, 3), round(least, 2), round(most, 2), checks,
    )  # fmt: skip


def _same_seed() -> tuple[float, bool]:
    """The largest difference between any two positions of two runs, in metres or radians, and whether events agree."""
    scenario = load_scenario("fall_forward")
    one, two = Simulator(scenario, 3, *SIZE_PX), Simulator(scenario, 3, *SIZE_PX)
    difference = 0.0
    while not one.finished:
        one.step(0.5)
        for _ in range(5):
            two.step(0.1)
        difference = max(difference, float(np.abs(one.data.qpos - two.data.qpos).max()))
    first, second = run_scenario("fall_forward", 3, "keypoints"), run_scenario("fall_forward", 3, "keypoints")
    return difference, (first.falls, first.alarms) == (second.falls, second.alarms)


def _free_fall_m_s2() -> float:
    """How a resident whom nobody holds gathers speed in the air."""
    model = Simulator(_script({"stand": 1}), 0, *SIZE_PX).stage.model
    data = mujoco.MjData(model)
    data.eq_active[:] = 0
    data.qpos[:3] = (3.0, 0.0, 50.0)
    mujoco.mj_forward(model, data)
    pelvis = model.body("pelvis").id
    start_m = float(data.subtree_com[pelvis, 2])
    mujoco.mj_step(model, data, nstep=500)
    mujoco.mj_forward(model, data)
    return float(2 * (start_m - data.subtree_com[pelvis, 2]) / data.time**2)


def _stop_m() -> tuple[float, float]:
    """From where the robot begins to brake to where it stands, and v² / 2a."""
    scenario = load_scenario("robot_goes_to_the_living_room")
    assert scenario.robot is not None
    simulator = Simulator(scenario, 0, *SIZE_PX)
    pilot = Pilot(simulator, scenario.robot.way(), 0.2, Faults((), 0), 0)
    simulator.on_tick = pilot.tick
    simulator.step(5.0)
    speed_m_s = simulator.robot.speeds[0]
    pilot.way.reached, pilot.way.ended = len(pilot.way.places), True
    while simulator.robot.speeds[0] > BRAKES_PART * speed_m_s:
        simulator.step(TICK_S)
    began = simulator.robot.pose
    simulator.step(3.0)
    ended = simulator.robot.pose
    gone_m = float(np.hypot(ended.x_m - began.x_m, ended.y_m - began.y_m))
    return gone_m, speed_m_s**2 / (2 * load_robot("simulated").limits.deceleration_m_s2)


def _standing_drift_m() -> float:
    simulator = Simulator(_script({"stand": STANDS_S}), 0, *SIZE_PX)
    start_m, worst_m = simulator.truth().pelvis_height_m, 0.0
    while simulator.time_s < STANDS_S:
        simulator.step(0.5)
        worst_m = max(worst_m, abs(simulator.truth().pelvis_height_m - start_m))
    return worst_m


def _fall(name: str) -> tuple[float, float]:
    """From the loss of balance to the torso on the floor, and the hips' peak speed."""
    simulator, peak_m_s = Simulator(load_scenario(name), 1, *SIZE_PX), 0.0
    while (onset_s := simulator.truth().fall_onset_s) is None:
        simulator.step(0.1)
    while simulator.time_s < onset_s + 3.0:
        simulator.step(0.02)
        peak_m_s = max(peak_m_s, simulator.truth().pelvis_speed_m_s)
    contact_s = simulator.truth().floor_contact_s
    return (3.0 if contact_s is None else contact_s - onset_s), peak_m_s


def _script(*steps: dict[str, float]) -> Scenario:
    return Scenario.model_validate({"description": "measured", "script": list(steps)})
