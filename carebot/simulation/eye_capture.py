"""What the real perception sees of the simulated resident, picture by picture, beside the truth.

The first half of how the keypoint eyes were measured; `carebot.simulation.eye_study` is the second and runs both.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from carebot.people import Person
from carebot.perception.estimators.factory import make_estimator
from carebot.perception.frames import Frame
from carebot.perception.pipeline import PerceptionPipeline
from carebot.perception.registry import load_registry
from carebot.simulation.eye_geometry import FPS, SIZE_PX, activity_seen, from_hips, length_px
from carebot.simulation.faults import Faults
from carebot.simulation.scenario import Scenario
from carebot.simulation.simulator import Simulator
from carebot.simulation.truth import GroundTruth

FARTHEST_BL = 1.5
"""A body whose joints are further from the truth, in the median, is not the resident at all."""


@dataclass(frozen=True, slots=True, eq=False)
class Sighting:
    """One picture: what is so, and what was seen of it.

    Joints are in body lengths from the picture's corner (17, 2): divided by the height in pixels that the resident
    would have standing where they are. `seen`, `confidence` (17,) and `world_m` (17, 3) are None where they were not
    found. `others` counts the bodies that were found where nobody is.
    """

    run: int
    time_s: float
    activity: str
    truth_bl: NDArray[np.float64]
    visible: NDArray[np.bool_]
    truth_world_m: NDArray[np.float64]
    seen_bl: NDArray[np.float64] | None
    confidence: NDArray[np.float64] | None
    world_m: NDArray[np.float64] | None
    others: int


def capture(scenario: Scenario, seed: int, run: int, longest_s: float, faults: Faults | None = None) -> list[Sighting]:
    """Every picture of a rendered scenario through the shipped pose model, spoiled by `faults` that spoil pictures.

    Raises:
        DeviceError: where this machine cannot draw.
    """
    pipeline = PerceptionPipeline(make_estimator(load_registry().get("blazepose")))
    sightings = []
    with Simulator(scenario, seed, *SIZE_PX) as simulator:
        while simulator.time_s < longest_s and not simulator.finished:
            picture = faults.picture(simulator.render(), simulator.time_s) if faults else simulator.render()
            people = () if picture is None else pipeline.step(Frame(simulator.time_s, 0, picture)).people
            truth = simulator.truth()
            length = length_px(truth, simulator.camera.fx_px, simulator.stature_m)
            sightings.append(_sighting(run, truth, length, people))
            simulator.step(1.0 / FPS)
    return sightings


def _sighting(run: int, truth: GroundTruth, length: float, people: tuple[Person, ...]) -> Sighting:
    truth_bl = truth.keypoints_px / length
    seen = [np.asarray(each.keypoints[:, :2] * SIZE_PX / length, np.float64) for each in people]
    apart = [float(np.median(np.linalg.norm(joints - truth_bl, axis=1)[5:])) for joints in seen]
    best = int(np.argmin(apart)) if apart and min(apart) <= FARTHEST_BL else None
    person = None if best is None else people[best]
    world = None if person is None or person.world_m is None else np.asarray(person.world_m, np.float64)
    return Sighting(
        run,
        truth.time_s,
        activity_seen(truth),
        truth_bl,
        truth.visible,
        from_hips(truth.joints_m),
        None if best is None else seen[best],
        None if person is None else np.asarray(person.keypoints[:, 2], np.float64),
        world,
        len(people) - (best is not None),
    )
