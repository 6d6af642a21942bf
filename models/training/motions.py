"""Motions for training: the resident's joints over time in the simulator, without any camera."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from carebot.errors import CarebotError
from carebot.simulation.scenario import Fall, Lie, Scenario, Sit, Stand, Step, load_scenario, scenario_names
from carebot.simulation.simulator import Simulator
from carebot.simulation.wardrobe import RESIDENTS

RATE_HZ = 30.0
LONGEST_S = 45.0
UPRIGHT, SITTING, LOW, FALLING, DOWN, RESTING = range(6)
CLASSES = ("upright", "sitting", "low", "falling", "down", "resting")
"""LOW is bending, kneeling, picking up and getting up; DOWN lies on the floor, RESTING on furniture."""
_BY_ACTIVITY = {
    "sitting": SITTING,
    "sitting down": SITTING,
    "standing up": SITTING,
    "bending": LOW,
    "picking up": LOW,
    "kneeling": LOW,
    "kneeling down": LOW,
    "getting up": LOW,
    "falling": FALLING,
    "lying down": RESTING,
}
SEATED_PART = 0.42  # of the stature: hips below are those of a seat
_ANY_DIRECTION = ("trip_forward", "slip_backward", "sideways", "faint")


@dataclass(frozen=True, slots=True, eq=False)
class Motion:
    """`joints_m` (T, 17, 3) in the world's frame, z up, RATE_HZ of them a second; `labels` (T,) are CLASSES."""

    name: str
    seed: int
    stature_m: float
    joints_m: NDArray[np.float32]
    labels: NDArray[np.int8]


def suitable_names() -> tuple[list[str], list[str]]:
    """The shipped scenarios in which one person moves by themselves: those with a fall, and the others."""
    falls: list[str] = []
    days: list[str] = []
    for name in scenario_names():
        scenario = load_scenario(name)
        if scenario.others or scenario.animals or scenario.faults or name.endswith("on_the_way"):
            continue
        (falls if any(isinstance(step, Fall) for step in scenario.script) else days).append(name)
    return falls, days


def varied(name: str, seed: int) -> Scenario:
    """The scenario with another resident, another direction of the fall, and short rests."""
    random = np.random.default_rng((seed, 0xFA11))
    scenario = load_scenario(name)
    script = tuple(_varied_step(step, random) for step in scenario.script)
    resident = str(random.choice(sorted(RESIDENTS)))
    return scenario.model_copy(update={"script": script, "resident": resident, "robot": None})


def _varied_step(step: Step, random: np.random.Generator) -> Step:
    if isinstance(step, Fall) and step.kind in _ANY_DIRECTION and random.random() < 0.7:
        return step.model_copy(update={"direction_deg": float(random.uniform(-180, 180))})
    longest_s = {Lie: 6.0, Sit: 5.0, Stand: 3.0}.get(type(step))
    if longest_s is None:
        return step
    return step.model_copy(update={"for_s": min(step.for_s, float(random.uniform(0.5, 1.0)) * longest_s)})  # type: ignore[attr-defined]


def simulate(name: str, seed: int) -> Motion | None:
    """One motion; None where the simulation could not bring it to its end."""
    joints, labels = [], []
    with contextlib.suppress(CarebotError), Simulator(varied(name, seed), seed) as simulator:
        stature_m, resident = simulator.stature_m, simulator.people[0]
        while not simulator.finished and simulator.time_s < LONGEST_S:
            simulator.step(1.0 / RATE_HZ)
            joints.append(simulator.joints_in_world_m().astype(np.float32))
            labels.append(_label(resident.activity, bool(resident.body.on_floor), joints[-1], stature_m))
        return Motion(name, seed, stature_m, np.stack(joints), np.array(labels, np.int8))
    return None


def _label(activity: str, on_floor: bool, joints_m: NDArray[np.float32], stature_m: float) -> int:
    if activity == "lying":
        return DOWN if on_floor else RESTING
    if activity == "falling" and on_floor:
        return DOWN
    if activity in _BY_ACTIVITY:
        return _BY_ACTIVITY[activity]
    return UPRIGHT if joints_m[11:13, 2].mean() > SEATED_PART * stature_m else SITTING


def save(motion: Motion, folder: Path) -> None:
    path = folder / f"{motion.name}-{motion.seed}.npz"
    np.savez_compressed(path, stature_m=motion.stature_m, joints_m=motion.joints_m, labels=motion.labels)


def load_all(folder: Path) -> Iterator[Motion]:
    for path in sorted(folder.glob("*.npz")):
        name, _, seed = path.stem.rpartition("-")
        with np.load(path) as data:
            yield Motion(name, int(seed), float(data["stature_m"]), data["joints_m"], data["labels"])
