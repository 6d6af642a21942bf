"""How fast the simulation is: simulated seconds for each second of the processor, or of the clock."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass

from carebot.benchmarks.simulated_physics import SimulationTruth, measure_truth
from carebot.simulation.eye_geometry import FPS, SIZE_PX
from carebot.simulation.eyes import EyesName
from carebot.simulation.runner import play
from carebot.simulation.scenario import load_scenario
from carebot.simulation.simulator import Simulator

SCENARIOS = ("walk_about", "sit_on_chair", "fall_forward")
SEED = 1
KEYPOINTS_TIMES, ONNX_TIMES = 20.0, 1.0


@dataclass(frozen=True, slots=True)
class SimulationSpeed:
    """`times_real_cpu` is by the time of all threads of the processor, `times_real` by the clock on the wall, which
    other work on the machine slows; both without making the world and loading the models, which `set_up_s` says."""

    eyes: str
    simulated_s: float
    pictures: int
    width_px: int
    height_px: int
    pictures_per_s: float
    times_real_cpu: float
    times_real: float
    set_up_s: float


@dataclass(frozen=True, slots=True)
class SimulationReport:
    """`busy` is the machine's load average over the last minute by its processors: near 0 when nothing else ran.

    `truth` is None where it was not asked for.
    """

    processors: int
    busy: float
    speeds: tuple[SimulationSpeed, ...]
    truth: SimulationTruth | None = None

    def goals(self) -> dict[str, bool]:
        """What was to be reached, and whether it was; what was not measured is left out."""
        met = {}
        for speed in self.speeds:
            if speed.eyes == "keypoints":
                met[f"keypoints >= {KEYPOINTS_TIMES:g} x real time on one core"] = (
                    speed.times_real_cpu >= KEYPOINTS_TIMES
                )
            else:
                met["onnx >= real time by the clock"] = speed.times_real >= ONNX_TIMES
        checks = {} if self.truth is None else self.truth.checks
        return met | {name.replace("_", " "): is_met for name, is_met in checks.items()}


def measure(
    simulated_s: float, eyes: tuple[EyesName, ...], truth: bool, on_step: Callable[[str], None]
) -> SimulationReport:
    """Plays so much of each of SCENARIOS with each kind of eyes, and measures whether what is simulated is true.

    Raises:
        DeviceError: pictures are wanted and cannot be drawn.
    """
    processors = os.cpu_count() or 1
    busy = os.getloadavg()[0] / processors
    speeds = []
    for each in eyes:
        on_step(f"speed with the eyes {each}")
        speeds.append(_speed(each, simulated_s))
    return SimulationReport(processors, round(busy, 2), tuple(speeds), measure_truth(on_step) if truth else None)


def _speed(eyes: EyesName, simulated_s: float) -> SimulationSpeed:
    played_s = cpu_s = wall_s = set_up_s = 0.0
    pictures = 0
    for name in SCENARIOS:
        scenario = load_scenario(name)
        began_s = time.perf_counter()
        with Simulator(scenario, SEED, *SIZE_PX) as simulator:
            moments = play(scenario, SEED, simulator, eyes)
            next(moments)
            set_up_s += time.perf_counter() - began_s
            cpu, wall = time.process_time(), time.perf_counter()
            for moment in moments:
                pictures += 1
                if moment.truth.time_s >= simulated_s:
                    break
            cpu_s += time.process_time() - cpu
            wall_s += time.perf_counter() - wall
            played_s += simulator.time_s
    return SimulationSpeed(
        eyes,
        round(played_s, 2),
        pictures,
        *SIZE_PX,
        FPS,
        round(played_s / cpu_s, 2),
        round(played_s / wall_s, 2),
        round(set_up_s / len(SCENARIOS), 2),
    )
