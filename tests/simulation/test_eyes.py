from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from carebot.simulation.eye_geometry import FPS, length_px
from carebot.simulation.eyes import EyeFigures, KeypointEyes, measured_figures
from carebot.simulation.faults import Faults
from carebot.simulation.scenario import Scenario
from carebot.simulation.simulator import Simulator

Script = Callable[..., Scenario]
NONE = Faults((), 0)


def changed(**standing: object) -> EyeFigures:
    """The measured figures, with other ones for somebody who stands."""
    figures = measured_figures()
    activities = {**figures.activities, "standing": figures.activities["standing"].model_copy(update=standing)}
    return figures.model_copy(update={"activities": activities})


def looked(scenario: Scenario, figures: EyeFigures, seed: int = 0, pictures: int = 300) -> list[object]:
    """The resident stands still: the same truth, seen anew in every picture."""
    simulator = Simulator(scenario, 0, 480, 360)
    truth = simulator.truth()
    eyes = KeypointEyes(NONE, seed, figures=figures)
    seen = []
    for number in range(pictures):
        now = type(truth)(**{**{n: getattr(truth, n) for n in truth.__slots__}, "time_s": number / FPS})
        seen.append((now, simulator, eyes.look(simulator, now)))
    return seen


def persons(seen: list[object]) -> list[object]:
    return [people.people for _, _, people in seen]  # type: ignore[misc]


def test_every_activity_was_measured() -> None:
    figures = measured_figures()
    assert figures.pictures > 5000
    assert {"standing", "walking", "falling", "lying on the floor", "sitting", "kneeling"} <= set(figures.activities)
    assert {"night", "camera_noisy", "camera_over_exposed"} <= set(figures.blur)


def test_joints_err_as_much_as_measured(scripted: Script) -> None:
    figures = changed(lost=0.0, confused=0.0, swapped=0.0, correlation=0.0)
    seen = looked(scripted({"stand": 1}), figures)
    truth, simulator, _ = seen[0]  # type: ignore[misc]
    length = length_px(truth, simulator.camera.fx_px, simulator.stature_m)
    points = np.array([people[0].keypoints[:, :2] * (480, 360) for people in persons(seen)])  # type: ignore[index]
    errors_bl = ((points - truth.keypoints_px) / length).std(axis=(0, 2))
    wanted = figures.activities["standing"].joint_errors_bl()[:, 0]
    assert errors_bl == pytest.approx(wanted, rel=0.2)


@pytest.mark.parametrize(("share", "spell_s"), [(0.3, 0.5), (0.1, 0.2)])
def test_people_are_lost_as_often_as_measured(scripted: Script, share: float, spell_s: float) -> None:
    figures = changed(lost=share, lost_s=spell_s, confused=0.0)
    seen = persons(looked(scripted({"stand": 1}), figures, pictures=4000))
    assert np.mean([not people for people in seen]) == pytest.approx(share, rel=0.3)


def test_left_and_right_are_swapped_as_often_as_measured(scripted: Script) -> None:
    figures = changed(lost=0.0, confused=0.0, swapped=0.4, swapped_s=0.3)
    seen = persons(looked(scripted({"stand": 1}), figures, pictures=2000))
    swapped = [people[0].keypoints[5, 0] < people[0].keypoints[6, 0] for people in seen]  # type: ignore[index]
    assert np.mean(swapped) == pytest.approx(0.4, abs=0.12)


def test_confused_body_is_somewhere_else(scripted: Script) -> None:
    figures = changed(lost=0.0, confused=0.95, confused_s=1.0)
    seen = looked(scripted({"stand": 1}), figures, pictures=600)
    truth = seen[0][0]  # type: ignore[index]
    apart = [
        np.median(np.linalg.norm(people[0].keypoints[:, :2] * (480, 360) - truth.keypoints_px, axis=1))  # type: ignore[index]
        for people in persons(seen)
    ]
    assert np.median(apart) > 20.0


def test_same_seed_sees_the_same(scripted: Script) -> None:
    runs = [persons(looked(scripted({"stand": 1}), measured_figures(), seed, 50)) for seed in (3, 3, 4)]
    one, same, other = (np.array([people[0].keypoints for people in run if people]) for run in runs)
    assert (one == same).all()
    assert (one[:5] != other[:5]).any()


def test_who_is_out_of_the_picture_is_not_seen(scripted: Script) -> None:
    scenario = scripted({"stand": 1}, robot={"at": [0.0, 0.0], "facing_deg": 180})
    assert not any(persons(looked(scenario, measured_figures(), pictures=20)))


def test_world_is_seen_from_the_hips(scripted: Script) -> None:
    seen = persons(looked(scripted({"stand": 1}), changed(lost=0.0, confused=0.0), pictures=5))
    world = seen[0][0].world_m  # type: ignore[index]
    assert world[11:13].mean(axis=0) == pytest.approx(0.0, abs=1e-6)
    assert 0.3 < world[[15, 16], 1].mean() < 1.2
