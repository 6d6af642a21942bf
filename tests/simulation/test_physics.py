from __future__ import annotations

from collections.abc import Callable

import mujoco
import numpy as np
import pytest

from carebot.simulation.scenario import Scenario, load_scenario
from carebot.simulation.simulator import Simulator
from carebot.simulation.wardrobe import RESIDENTS
from carebot.simulation.world import build_stage

FALLS = ("fall_forward", "fall_backward", "fall_sideways", "faint")
DAILY = ("sit_on_chair", "sit_on_sofa", "pick_up", "kneel", "walk_about", "lie_on_bed")

Script = Callable[..., Scenario]


def fallen(simulator: Simulator, for_s: float = 2.5) -> tuple[float, float]:
    """Play on until so long after the loss of balance: the hips' peak speed until then, and the onset."""
    while simulator.truth().fall_onset_s is None:
        simulator.step(0.1)
    peak, onset = 0.0, simulator.truth().fall_onset_s
    assert onset is not None
    while simulator.time_s < onset + for_s:
        simulator.step(0.02)
        peak = max(peak, simulator.truth().pelvis_speed_m_s)
    return peak, onset


def test_free_body_falls_by_g(scripted: Script) -> None:
    model = build_stage(scripted({"stand": 1}), 640, 480).model
    data = mujoco.MjData(model)
    data.eq_active[:] = 0
    data.qpos[:3] = (3.0, 0.0, 50.0)
    data.ctrl[:] = 0.0
    mujoco.mj_forward(model, data)
    pelvis = model.body("pelvis").id
    start = data.subtree_com[pelvis, 2]
    mujoco.mj_step(model, data, nstep=500)
    mujoco.mj_forward(model, data)
    assert start - data.subtree_com[pelvis, 2] == pytest.approx(0.5 * 9.81 * data.time**2, rel=0.005)


@pytest.mark.parametrize("name", RESIDENTS)
def test_resident_weighs_what_is_said(name: str, scripted: Script) -> None:
    model = build_stage(scripted({"stand": 1}, resident=name), 640, 480).model
    mass = model.body_subtreemass[model.body("pelvis").id]
    assert mass == pytest.approx(RESIDENTS[name].anatomy.mass_kg)
    assert 60.0 <= mass <= 75.0


def test_same_seed_gives_the_same_trajectory_however_time_is_portioned() -> None:
    scenario = load_scenario("faint")
    coarse, fine = Simulator(scenario, seed=3), Simulator(scenario, seed=3)
    for _ in range(9):
        coarse.step(1.0)
        for _ in range(30):
            fine.step(1.0 / 30.0)
        one, two = coarse.truth(), fine.truth()
        assert one.keypoints_px == pytest.approx(two.keypoints_px, abs=1e-9)
        assert one.pelvis_height_m == pytest.approx(two.pelvis_height_m, abs=1e-9)
    assert coarse.truth().fall_onset_s is not None


def test_different_seeds_give_different_falls(scripted: Script) -> None:
    scenario = scripted({"stand": 0.5}, {"fall": "sideways"}, {"lie": 2})
    ends = []
    for seed in range(4):
        simulator = Simulator(scenario, seed)
        simulator.step(4.0)
        ends.append(simulator.truth().keypoints_px)
    apart = [np.abs(ends[a] - ends[b]).mean() for a in range(4) for b in range(a)]
    assert min(apart) > 3.0


@pytest.mark.slow
@pytest.mark.parametrize("name", FALLS)
@pytest.mark.parametrize("seed", range(5))
def test_fall_is_on_the_floor_within_two_seconds_at_human_speed(name: str, seed: int) -> None:
    simulator = Simulator(load_scenario(name), seed)
    peak, onset = fallen(simulator)
    truth = simulator.truth()
    assert truth.floor_contact_s is not None
    assert 0.2 < truth.floor_contact_s - onset < 2.0
    assert 2.0 <= peak <= 5.0
    assert truth.pelvis_height_m < 0.25


@pytest.mark.parametrize("name", FALLS)
def test_who_has_fallen_comes_to_rest(name: str) -> None:
    simulator = Simulator(load_scenario(name), seed=1)
    fallen(simulator, for_s=6.0)
    before = simulator.truth()
    assert before.activity == "lying"
    assert before.on_floor
    speeds = []
    for _ in range(20):
        simulator.step(0.1)
        speeds.append(simulator.truth().pelvis_speed_m_s)
    assert max(speeds) < 0.1
    assert np.abs(simulator.truth().keypoints_px - before.keypoints_px)[5:].mean() < 15.0


def test_standing_resident_stays_up_for_half_a_minute(scripted: Script) -> None:
    simulator = Simulator(scripted({"stand": 30}))
    start = simulator.truth().pelvis_height_m
    for _ in range(60):
        simulator.step(0.5)
        truth = simulator.truth()
        assert truth.pelvis_height_m == pytest.approx(start, abs=0.03)
        assert truth.torso_angle_rad < 0.4
        assert truth.pelvis_speed_m_s < 0.1


@pytest.mark.slow
@pytest.mark.parametrize("name", DAILY)
def test_daily_life_never_puts_the_trunk_on_the_floor(name: str) -> None:
    simulator = Simulator(load_scenario(name))
    while not simulator.finished:
        simulator.step(0.1)
        truth = simulator.truth()
        assert not truth.on_floor
        assert truth.fall_onset_s is None
        assert truth.pelvis_speed_m_s < 1.6
        assert truth.pelvis_height_m > 0.3
        assert simulator.time_s < 90.0


def test_feet_stay_on_the_floor_while_walking(scripted: Script) -> None:
    simulator = Simulator(scripted({"walk_to": [3.8, 0.5]}, {"walk_to": [2.6, -0.4]}))
    lowest, highest_of_lower = 0.0, 0.0
    while not simulator.finished:
        simulator.step(0.02)
        heights = [simulator.data.site(f"{side}_ankle").xpos[2] for side in ("left", "right")]
        lowest = min(lowest, min(heights))
        highest_of_lower = max(highest_of_lower, min(heights))
    assert lowest >= 0.0
    assert highest_of_lower < 0.13


def test_who_fell_can_get_up_again() -> None:
    simulator = Simulator(load_scenario("fall_and_get_up"), seed=2)
    lay = False
    while not simulator.finished and simulator.time_s < 60.0:
        simulator.step(0.1)
        lay = lay or simulator.truth().on_floor
    assert lay
    truth = simulator.truth()
    assert not truth.on_floor
    assert truth.pelvis_height_m > 0.75
    assert truth.torso_angle_rad < 0.5


def test_time_does_not_run_backwards(scripted: Script) -> None:
    with pytest.raises(ValueError, match="backwards"):
        Simulator(scripted({"stand": 1})).step(-0.1)


def test_truth_before_time_begins(scripted: Script) -> None:
    truth = Simulator(scripted({"stand": 1})).truth()
    assert truth.time_s == 0.0
    assert truth.activity == "standing"
    assert truth.visible.all()
    assert truth.fall_onset_s is None
