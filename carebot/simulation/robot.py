"""The robot in a model: its motors, turned by whoever commands them, and what is true of it."""

from __future__ import annotations

from collections.abc import Sequence
from math import atan2
from typing import Any

import numpy as np

from carebot.drivers.motor_model import MotorModel
from carebot.geometry import Pose2D
from carebot.simulation.sdf.build import WHEEL_GAIN
from carebot.simulation.truth import RobotTruth
from carebot.simulation.world import Stage

HOLDING_NM = 200.0
"""What something that holds a wheel fast can bear."""
SLIPPERY = 0.015
SLIPPERY_COUNTS = 1
"""MuJoCo's priority, above that of every floor: the smaller friction is the tyres' now."""


class WheelMotor(MotorModel):
    """A fake controller's motor whose wheel, load and floor are simulated elsewhere.

    The fake says where its speed loop wants to go (`step`, in its own time); the simulation turns the wheel and says
    how it turned (`turned`, in simulated time).
    """

    def __init__(self) -> None:
        super().__init__()
        self.target_rad_s: float | None = None
        self.supply_v = 24.0
        self._before_rad = 0.0

    def step(self, target_rad_s: float | None, duration_s: float, supply_v: float = 24.0) -> None:  # noqa: ARG002
        self.target_rad_s, self.supply_v = target_rad_s, supply_v

    @property
    def reachable_rad_s(self) -> float:
        """The wanted speed as far as the supply's voltage reaches; zero without power."""
        fastest = self.supply_v / self.parameters.torque_nm_a
        return min(max(self.target_rad_s or 0.0, -fastest), fastest)

    def turned(self, position_rad: float, speed_rad_s: float, torque_nm: float) -> None:
        """What the wheel did; a held wheel draws what the current limit allows."""
        self.position_rad, self.speed_rad_s = self._before_rad + position_rad, speed_rad_s
        self.current_a = torque_nm / self.parameters.torque_nm_a
        if self.is_stalled:
            pull = np.sign(self.target_rad_s or 0.0)
            self.speed_rad_s, self.current_a = 0.0, float(pull) * self.parameters.current_limit_a

    def rebase(self) -> None:
        """The next simulation of the wheel counts from zero again, the encoder goes on."""
        self._before_rad = self.position_rad


class Robot:
    """The robot of a stage, standing fast or with motors, left and right."""

    def __init__(self, stage: Stage, data: Any) -> None:
        self._model, self._data = stage.model, data
        self._base = stage.model.body(stage.base).id
        offset = stage.world.frames[stage.robot].inverse() @ _link_pose(stage)
        self._offset = offset.inverse()
        self._wheels = [_Wheel(stage, data, names) for names in _wheel_joints(stage)]
        mine = np.flatnonzero(stage.model.body_rootid[stage.model.geom_bodyid] == stage.model.body_rootid[self._base])
        self._own = np.isin(np.arange(stage.model.ngeom), mine if self._wheels else [])
        self._is_floor = stage.floor

    @property
    def can_drive(self) -> bool:
        return bool(self._wheels)

    def drive(self, motors: Sequence[WheelMotor]) -> None:
        """Let the motors turn the wheels until the next tick, and tell them what the wheels did up to now."""
        for wheel, motor in zip(self._wheels, motors, strict=True):
            wheel.report(motor)
            wheel.power(motor)

    def slip(self, is_slipping: bool) -> None:
        """Take the tyres' grip, or give it back."""
        for wheel in self._wheels:
            wheel.slip(is_slipping)

    @property
    def pose(self) -> Pose2D:
        """Of the robot's frame: on the floor between the driven wheels."""
        turned = self._data.xmat[self._base].reshape(3, 3)
        x, y, _ = self._data.xpos[self._base] + turned @ self._offset.position
        ahead = (turned @ self._offset.rotation)[:, 0]
        return Pose2D(float(x), float(y), atan2(ahead[1], ahead[0]))

    @property
    def speeds(self) -> tuple[float, float]:
        """Forward in m/s, turning left in rad/s."""
        if not self._wheels:
            return 0.0, 0.0
        start = int(self._model.body_dofadr[self._base])
        velocity, spin = self._data.qvel[start : start + 3], self._data.qvel[start + 3 : start + 6]
        ahead = self._data.xmat[self._base].reshape(3, 3)[:, 0]
        return float(velocity @ ahead), float(spin[2])

    def truth(self) -> RobotTruth:
        """What is really so now."""
        return RobotTruth(self.pose, *self.speeds, self.touched)

    @property
    def touched(self) -> bool:
        """Whether anything but the floor touches the robot."""
        contacts = self._data.contact
        pairs = contacts.geom[contacts.dist < 0.0]
        first, second = pairs[:, 0], pairs[:, 1]
        one = self._own[first] & ~self._own[second] & ~self._is_floor[second]
        other = self._own[second] & ~self._own[first] & ~self._is_floor[first]
        return bool(np.any(one | other))


class _Wheel:
    """The joints on one side, all turned by one motor."""

    def __init__(self, stage: Stage, data: Any, joints: tuple[str, ...]) -> None:
        self._model, self._data = stage.model, data
        self._actuators = [stage.model.actuator(name).id for name in joints]
        self._positions = [int(stage.model.joint(name).qposadr[0]) for name in joints]
        self._speeds = [int(stage.model.joint(name).dofadr[0]) for name in joints]
        bodies = [int(stage.model.jnt_bodyid[stage.model.joint(name).id]) for name in joints]
        tyres = np.flatnonzero(np.isin(stage.model.geom_bodyid, bodies) & (stage.model.geom_contype != 0))
        self._tyres, self._grip = tyres, stage.model.geom_friction[tyres].copy()
        self._priority = stage.model.geom_priority[tyres].copy()

    def report(self, motor: WheelMotor) -> None:
        turned = float(np.mean(self._data.qpos[self._positions]))
        speed = float(np.mean(self._data.qvel[self._speeds]))
        motor.turned(turned, speed, float(np.sum(self._data.actuator_force[self._actuators])))

    def power(self, motor: WheelMotor) -> None:
        limit = motor.parameters.current_limit_a * motor.parameters.torque_nm_a / len(self._actuators)
        gain = WHEEL_GAIN if motor.target_rad_s is not None or motor.is_stalled else 0.0
        for actuator in self._actuators:
            self._model.actuator_gainprm[actuator, 0] = gain
            self._model.actuator_biasprm[actuator, 2] = -gain
            most = HOLDING_NM if motor.is_stalled else limit
            self._model.actuator_forcerange[actuator] = (-most, most)
            self._data.ctrl[actuator] = 0.0 if motor.is_stalled else motor.reachable_rad_s

    def slip(self, is_slipping: bool) -> None:
        self._model.geom_friction[self._tyres] = self._grip * (SLIPPERY if is_slipping else 1.0)
        self._model.geom_priority[self._tyres] = SLIPPERY_COUNTS if is_slipping else self._priority


def _link_pose(stage: Stage) -> Any:
    return next(link.pose for link in stage.world.links if link.name == stage.base)


def _wheel_joints(stage: Stage) -> list[tuple[str, ...]]:
    drives = [drive for drive in stage.world.drives if drive.model.partition("::")[0] == stage.robot]
    return [drives[0].left, drives[0].right] if drives else []
