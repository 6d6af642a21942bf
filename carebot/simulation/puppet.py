"""A resident in a simulator that only takes joint angles: the script of a scenario, tick by tick, and the fall.

The pelvis is led by a guide of three rails and three hinges, which start at zero where the person stands at first and
looks; the scenario's own start and its room do not matter. To fall is to let go: the guide's hand opens for good,
something pushes, and each joint is aimed so near to where it is that its servo pulls with the fall's tone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import asin, atan2, radians

import numpy as np

from carebot.geometry import wrapped_rad
from carebot.simulation.choreography import Choreographer, Movement
from carebot.simulation.falling import FallPlan, plan_fall
from carebot.simulation.homes import described_world
from carebot.simulation.joints import JOINTS
from carebot.simulation.motion import TICK_S, Pose
from carebot.simulation.places import places_of
from carebot.simulation.rotations import Vector, about_z, matrix
from carebot.simulation.scenario import Fall, Scenario
from carebot.simulation.wardrobe import resident_named


@dataclass(frozen=True, slots=True, eq=False)
class Strings:
    """`joints` (29,) rad in the order of JOINTS; `guide` (6,) x, y, z in m, yaw, pitch, roll in rad; None: let go.

    `pushes_n` are the forces of now by body, (3,) in the world's frame.
    """

    activity: str
    joints: Vector
    guide: Vector | None
    pushes_n: Mapping[str, Vector] = field(default_factory=dict)


class Puppet:
    """Plays a scenario once. What follows a fall in the script is left out: a body that was let go is not taken up.

    `facing_rad` is where the person looks at first in the simulator's world.
    """

    def __init__(self, scenario: Scenario, seed: int = 0, facing_rad: float = 0.0) -> None:
        resident = resident_named(scenario.resident)
        self._rng = np.random.default_rng(seed)
        self._mass_kg = resident.anatomy.mass_kg
        places = places_of(described_world(scenario.world))
        self._people = Choreographer(resident, scenario.start, places, self._rng, robot_is_there=_is_there)
        self._script = list(scenario.script)
        self._movement: Movement | None = None
        self._plan: FallPlan | None = None
        self._onset_s = 0.0
        self._ticks = 0
        self._yaw_rad = radians(scenario.start.facing_deg)
        self._home_m = self._people.pose.pelvis_m.copy()
        self._home_yaw_rad = self._yaw_rad
        self._to_world = about_z(facing_rad - self._home_yaw_rad)
        self._activity = "standing"

    def step(self, elapsed_s: float, angles: Vector) -> Strings:
        """What to aim for at `elapsed_s` after the start; `angles` (29,) are those of the joints now, in radians."""
        while self._plan is None and self._ticks * TICK_S <= elapsed_s:
            self._tick(elapsed_s, angles)
            self._ticks += 1
        if self._plan is not None:
            since_s = elapsed_s - self._onset_s
            tone = self._plan.tone_at(since_s, None)
            joints = angles + tone * (self._plan.target_at(since_s, angles) - angles)
            return Strings("falling", joints, None, self._pushes_n(self._plan, since_s))
        pose = self._people.pose
        return Strings(self._activity, pose.angles.copy(), self._guide(pose))

    def _tick(self, now_s: float, angles: Vector) -> None:
        while True:
            moved = next(self._movement, None) if self._movement is not None else None
            if moved is not None:
                self._activity = moved[0]
                return
            if not self._script:
                self._movement = None
                return
            step = self._script.pop(0)
            if isinstance(step, Fall):
                self._let_go(step, now_s, angles)
                return
            self._movement = self._people.perform(step)

    def _let_go(self, step: Fall, now_s: float, angles: Vector) -> None:
        people = self._people
        self._plan = plan_fall(step, people.heading_rad, people.free_foot, self._mass_kg, angles, self._rng)
        self._onset_s = now_s

    def _pushes_n(self, plan: FallPlan, since_s: float) -> dict[str, Vector]:
        on = [push for push in plan.pushes if push.from_s <= since_s < push.until_s]
        return {push.body: self._to_world @ push.force_n for push in on}

    def _guide(self, pose: Pose) -> Vector:
        turn = matrix(pose.pelvis_q)
        yaw_rad = atan2(turn[1, 0], turn[0, 0])
        self._yaw_rad += wrapped_rad(yaw_rad - self._yaw_rad)  # a hinge that must not spin back at the half turn
        offset = about_z(-self._home_yaw_rad) @ (pose.pelvis_m - self._home_m)
        pitch_rad = asin(float(np.clip(-turn[2, 0], -1.0, 1.0)))
        return np.array((*offset, self._yaw_rad - self._home_yaw_rad, pitch_rad, atan2(turn[2, 1], turn[2, 2])))


def _is_there() -> bool:
    """Nobody tells the puppet where the robot is, so it does not wait for one."""
    return True


JOINT_NAMES = tuple(joint.name for joint in JOINTS)
