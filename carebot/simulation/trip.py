"""A robot that finds its own way through a simulated home: the navigator at the wheel, in the simulation's time."""

from __future__ import annotations

from dataclasses import dataclass

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
REACH_M = 0.33
"""From the centre of the robot to its corners."""


@dataclass(frozen=True, slots=True)
class Touch:
    """The robot touches something: a person or a thing, at the speed of its fastest wheel."""

    time_s: float
    what: str
    is_person: bool
    speed_m_s: float


class Touching:
    """What the robot of a simulator touches besides the floor."""

    def __init__(self, simulator: Simulator) -> None:
        stage = simulator.stage
        model = stage.model
        self._simulator, self._model = simulator, model
        roots = model.body_rootid[model.geom_bodyid]
        self._own = roots == model.body_rootid[model.body(stage.base).id]
        people = [model.body_rootid[model.body(f"{prefix}pelvis").id] for prefix in stage.prefixes]
        self._person = np.isin(roots, people)
        self._floor = stage.floor

    def now(self, now_s: float) -> list[Touch]:
        """Every touch of this moment."""
        contacts = self._simulator.data.contact
        pairs = contacts.geom[contacts.dist < 0.0]
        mine = self._own[pairs]
        others = pairs[mine[:, 0] != mine[:, 1]][mine[mine[:, 0] != mine[:, 1]] == 0]
        forward, turning = self._simulator.robot.speeds
        speed = abs(forward) + abs(turning) * REACH_M
        return [
            Touch(now_s, self._name(int(geom)), bool(self._person[geom]), speed)
            for geom in others
            if not self._floor[geom]
        ]

    def _name(self, geom: int) -> str:
        """Limbs have no names of their own, but what they belong to has."""
        return str(self._model.geom(geom).name or self._model.body(self._model.geom_bodyid[geom]).name)


class SelfDriver(Pilot):
    """Drives by what a navigator wishes, through the same safety judge, drive and bytes as on a robot."""

    is_at_the_tablet = False

    def __init__(self, simulator: Simulator, navigator: Navigator, seed: int) -> None:
        super().__init__(simulator, Way(()), 0.0, Faults((), seed), seed)
        self.navigator = navigator
        self.progress = Progress(Way(()).wish(simulator.robot.pose), Phase.IDLE)
        self._sweep: Sweep | None = None
        self._stepped_s = -1.0
        self.touches: list[Touch] = []
        self._touching = Touching(simulator)

    def tick(self, now_s: float) -> None:
        self.touches += self._touching.now(now_s)
        super().tick(now_s)

    def _heard(self, turn: Ranges, stamp_s: float) -> None:
        self._sweep = sweep_of(turn, self._mounting, stamp_s)

    def _wish(self, now_s: float, clock_s: float) -> MotionRequest:
        if now_s - self._stepped_s >= STEP_S - 1e-6:
            self._stepped_s = now_s
            self.progress = self.navigator.step(self._take_inputs(), now_s)
        return MotionRequest(Source.NAVIGATION, self.progress.twist, clock_s)

    def _take_inputs(self) -> Inputs:
        """Where the robot is, and what the lidar met since it was asked last: each turn is handed on once."""
        robot, sweep = self._simulator.robot, self._sweep
        self._sweep = None
        return Inputs(robot.pose, robot.speeds[0], sweep)


def sweep_of(turn: Ranges, mounting: Pose2D, stamp_s: float) -> Sweep:
    """A turn of the lidar as the navigator wants it."""
    angles = turn.first_rad + turn.step_rad * np.arange(len(turn.ranges_m))
    directions = np.column_stack((np.cos(angles), np.sin(angles)))
    met = np.isfinite(turn.ranges_m) & (turn.ranges_m > 0)
    nothing = np.isposinf(turn.ranges_m)
    hits = to_robot(turn.ranges_m[met, None].astype(np.float64) * directions[met], mounting)
    return Sweep(stamp_s, hits, to_robot(LIDAR_REACH_M * directions[nothing], mounting))
