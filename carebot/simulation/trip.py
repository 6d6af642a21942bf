"""A robot that finds its own way through a simulated home: the navigator at the wheel, in the simulation's time."""

from __future__ import annotations

import numpy as np

from carebot.geometry import Pose2D
from carebot.navigation.follower import PERIOD_S as STEP_S
from carebot.navigation.navigator import Inputs, Navigator, Phase, Progress
from carebot.navigation.obstacles import Sweep
from carebot.safety.scan import to_robot
from carebot.safety.world import MotionRequest, Source
from carebot.simulation.faults import Faults
from carebot.simulation.pilot import Pilot
from carebot.simulation.sensors import Ranges
from carebot.simulation.simulator import Simulator
from carebot.simulation.way import Way

LIDAR_REACH_M = 6.0


class SelfDriver(Pilot):
    """Drives by what a navigator wishes, through the same safety judge, drive and bytes as on a robot."""

    def __init__(self, simulator: Simulator, navigator: Navigator, seed: int) -> None:
        super().__init__(simulator, Way(()), 0.0, Faults((), seed), seed)
        self.navigator = navigator
        self.progress = Progress(Way(()).wish(simulator.robot.pose), Phase.IDLE)
        self._sweep: Sweep | None = None
        self._stepped_s = -1.0

    def _heard(self, turn: Ranges, stamp_s: float) -> None:
        self._sweep = sweep_of(turn, self._mounting, stamp_s)

    def _wish(self, now_s: float, clock_s: float) -> MotionRequest:
        if now_s - self._stepped_s >= STEP_S - 1e-6:
            self._stepped_s = now_s
            robot = self._simulator.robot
            inputs = Inputs(robot.pose, robot.speeds[0], self._sweep)
            self._sweep = None
            self.progress = self.navigator.step(inputs, now_s)
        return MotionRequest(Source.NAVIGATION, self.progress.twist, clock_s)


def sweep_of(turn: Ranges, mounting: Pose2D, stamp_s: float) -> Sweep:
    """A turn of the lidar as the navigator wants it."""
    angles = turn.first_rad + turn.step_rad * np.arange(len(turn.ranges_m))
    directions = np.column_stack((np.cos(angles), np.sin(angles)))
    met = np.isfinite(turn.ranges_m) & (turn.ranges_m > 0)
    nothing = np.isposinf(turn.ranges_m)
    hits = to_robot(turn.ranges_m[met, None].astype(np.float64) * directions[met], mounting)
    return Sweep(stamp_s, hits, to_robot(LIDAR_REACH_M * directions[nothing], mounting))
