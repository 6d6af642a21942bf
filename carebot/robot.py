"""Robots are files: what one is made of, checked when it is read, with sentences that name the key and the unit."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, model_validator
from typing_extensions import Self

from carebot.config import FileModel, load_yaml
from carebot.errors import ConfigError
from carebot.geometry import CameraMounting
from carebot.resources import expanded, share_dir

WHEELS = {
    2: ("left", "right"),
    4: ("front_left", "front_right", "rear_left", "rear_right"),
}
"""The order of motors everywhere, by how many of them are driven separately."""


def _length(lowest_m: float, highest_m: float) -> AfterValidator:
    """A length in metres; one that makes sense in another unit is asked about."""

    def check(value: float) -> float:
        if lowest_m <= value <= highest_m:
            return value
        for unit, factor in (("millimetres", 1000.0), ("centimetres", 100.0)):
            if lowest_m <= value / factor <= highest_m:
                raise ValueError(f"{value:g} is in {unit}? it must be {value / factor:g} (metres)")
        raise ValueError(f"it must be between {lowest_m:g} and {highest_m:g} metres")

    return AfterValidator(check)


def _angle(most_rad: float) -> AfterValidator:
    """An angle in radians; one that makes sense in degrees is asked about."""

    def check(value: float) -> float:
        if abs(value) <= most_rad:
            return value
        if abs(value) <= math.degrees(most_rad):
            raise ValueError(f"{value:g} is in degrees? it must be {math.radians(value):.3f} (radians)")
        raise ValueError(f"it must be between {-most_rad:.2f} and {most_rad:.2f} radians")

    return AfterValidator(check)


def _no_bool(value: Any) -> Any:
    if isinstance(value, bool):
        raise ValueError("it must be a number")
    return value


MOST_TILT_RAD = 0.1
Number = Annotated[float, BeforeValidator(_no_bool)]
Place = Annotated[Number, _length(-3.0, 3.0)]
Turn = Annotated[Number, _angle(math.pi)]


def _limit(most: float, unit: str) -> Callable[..., Any]:
    return Field(gt=0, le=most, description=unit)  # type: ignore[no-any-return]


class Base(FileModel):
    """The wheels. `wheel_base_m` is between the front and the rear axle, `track_width_m` between left and right.

    `motors` are those driven separately (2: left and right; 4: front left, front right, rear left, rear right).
    `slip_correction` is the track width that a skid-steered robot seems to have when it turns, divided by the real one.
    """

    kinematics: Literal["differential", "skid_steer", "mecanum"]
    wheel_radius_m: Annotated[Number, _length(0.01, 0.5)]
    track_width_m: Annotated[Number, _length(0.05, 2.0)]
    wheel_base_m: Annotated[Number, _length(0.05, 2.0)] | None = None
    motors: Literal[2, 4] | None = None
    slip_correction: Annotated[Number, Field(ge=1.0, le=3.0)] = 1.0

    @property
    def motor_count(self) -> int:
        return self.motors or (4 if self.kinematics == "mecanum" else 2)

    @property
    def wheel_names(self) -> tuple[str, ...]:
        return WHEELS[self.motor_count]

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if self.kinematics == "differential" and self.motor_count != 2:
            raise ValueError("a differential base has 2 motors; one with 4 is skid_steer or mecanum")
        if self.kinematics == "mecanum" and self.motor_count != 4:
            raise ValueError("a mecanum base has 4 motors")
        if self.kinematics != "differential" and self.wheel_base_m is None:
            raise ValueError(f"a {self.kinematics} base needs wheel_base_m, between the front and the rear axle")
        if self.kinematics != "skid_steer" and self.slip_correction != 1.0:
            raise ValueError("slip_correction is for skid_steer only")
        if 2 * self.wheel_radius_m > 2 * self.track_width_m:
            raise ValueError(
                f"the wheels (radius {self.wheel_radius_m:g} m) are larger than the robot is wide "
                f"(track width {self.track_width_m:g} m): one of them is not in metres"
            )
        return self


class MotionLimits(FileModel):
    """How fast the robot may ever move, and how quickly it changes that; all finite, all of the robot's centre.

    Jerk holds back speeding up only: braking is always allowed at full deceleration.
    """

    max_speed_m_s: Annotated[Number, _limit(3.0, "m/s")] = 0.6
    max_yaw_rad_s: Annotated[Number, _limit(6.3, "rad/s")] = 1.5
    acceleration_m_s2: Annotated[Number, _limit(5.0, "m/s²")] = 0.5
    deceleration_m_s2: Annotated[Number, _limit(10.0, "m/s²")] = 1.5
    jerk_m_s3: Annotated[Number, _limit(100.0, "m/s³")] = 3.0
    yaw_acceleration_rad_s2: Annotated[Number, _limit(20.0, "rad/s²")] = 2.0
    yaw_deceleration_rad_s2: Annotated[Number, _limit(60.0, "rad/s²")] = 6.0
    yaw_jerk_rad_s3: Annotated[Number, _limit(400.0, "rad/s³")] = 12.0
    max_wheel_rad_s: Annotated[Number, _limit(200.0, "rad/s")] = 20.0

    @model_validator(mode="after")
    def _can_brake(self) -> Self:
        if self.deceleration_m_s2 < self.acceleration_m_s2:
            raise ValueError(
                "deceleration_m_s2 is below acceleration_m_s2: a robot must brake better than it speeds up"
            )
        if self.yaw_deceleration_rad_s2 < self.yaw_acceleration_rad_s2:
            raise ValueError("yaw_deceleration_rad_s2 is below yaw_acceleration_rad_s2: braking must be the stronger")
        return self


class UsbId(FileModel):
    """A USB device, by what `lsusb` shows: four hexadecimal digits each, in quotes."""

    vendor: str = Field(pattern=r"^[0-9a-fA-F]{4}$")
    product: str = Field(pattern=r"^[0-9a-fA-F]{4}$")
    serial: str = ""


class PortChoice(FileModel):
    """Where the motor controller is plugged in; exactly one of these.

    `udev` is a name that a rule in hardware/udev gives below /dev. `simulated` is a pseudo-terminal in carebot's own
    data folder, served by `carebot drive fake` or by a simulation.
    """

    path: str = ""
    udev: str = Field(default="", pattern=r"^[A-Za-z0-9_-]*$")
    usb: UsbId | None = None
    simulated: str = Field(default="", pattern=r"^[a-z0-9_]*$")

    @model_validator(mode="after")
    def _is_one(self) -> Self:
        given = [name for name in type(self).model_fields if getattr(self, name)]
        if len(given) != 1:
            raise ValueError("name the port in exactly one way: path, udev, usb or simulated")
        return self


class ControllerChoice(FileModel):
    """Which motor controller; `settings` are the driver's own, checked by it. `external` has topics and no port."""

    name: str = Field(min_length=1)
    port: PortChoice | None = None
    settings: dict[str, Any] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _has_a_port(self) -> Self:
        if (self.port is None) != (self.name == "external"):
            needs = "has no port" if self.name == "external" else "needs its port"
            raise ValueError(f"the controller {self.name} {needs}")
        return self


class Footprint(FileModel):
    """How far the robot's outline reaches from its centre, the middle between the driven wheels."""

    front_m: Annotated[Number, _length(0.05, 2.0)] = 0.25
    rear_m: Annotated[Number, _length(0.05, 2.0)] = 0.25
    left_m: Annotated[Number, _length(0.05, 2.0)] = 0.22
    right_m: Annotated[Number, _length(0.05, 2.0)] = 0.22
    height_m: Annotated[Number, _length(0.05, 2.5)] = 1.2


class Mounting(FileModel):
    """Where a sensor sits: x forward, y left of the centre, z above the floor; pitch is positive looking down."""

    x_m: Place = 0.0
    y_m: Place = 0.0
    z_m: Place = 0.3
    roll_rad: Turn = 0.0
    pitch_rad: Turn = 0.0
    yaw_rad: Turn = 0.0


class Camera(Mounting):
    """A camera; `vertical_fov_rad` is the full opening angle of the picture's height."""

    z_m: Place = 1.1
    vertical_fov_rad: Annotated[Number, _angle(3.0), Field(gt=0)] = 0.85

    def mounting(self) -> CameraMounting:
        """As perception and falls want it."""
        return CameraMounting(self.z_m, self.pitch_rad, self.roll_rad, self.vertical_fov_rad)


class Lidar(Mounting):
    """A lidar, whose rays go level with the floor."""

    @model_validator(mode="after")
    def _is_level(self) -> Self:
        if max(abs(self.roll_rad), abs(self.pitch_rad)) > MOST_TILT_RAD:
            raise ValueError(
                f"a lidar that is tilted by more than {MOST_TILT_RAD:g} rad, or hangs head down, cannot be used: mount "
                "it upright, or have its driver turn the scan round, and leave roll_rad and pitch_rad out"
            )
        return self


class Sensors(FileModel):
    """What the robot has; leave out what it has not. Microphone and speaker are frames of its URDF, and no more."""

    camera: Camera | None = None
    depth_camera: Camera | None = None
    lidar: Lidar | None = None
    imu: Mounting | None = None
    microphone: Mounting | None = None
    speaker: Mounting | None = None


class Battery(FileModel):
    """The voltage of an empty and of a full battery, from which the charge is estimated on a straight line."""

    empty_v: Annotated[Number, Field(gt=0, le=100)]
    full_v: Annotated[Number, Field(gt=0, le=100)]

    @model_validator(mode="after")
    def _is_a_range(self) -> Self:
        if self.empty_v >= self.full_v:
            raise ValueError("empty_v must be below full_v")
        return self

    def charge(self, voltage_v: float) -> float:
        """0 empty, 1 full."""
        return min(1.0, max(0.0, (voltage_v - self.empty_v) / (self.full_v - self.empty_v)))


class RobotFile(FileModel):
    """One robot: `hardware/robots/<name>.yaml`."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")
    description: str = ""
    base: Base
    limits: MotionLimits = MotionLimits()
    controller: ControllerChoice
    footprint: Footprint = Footprint()
    sensors: Sensors = Sensors()
    battery: Battery | None = None

    @model_validator(mode="after")
    def _stands_on_its_wheels(self) -> Self:
        outline, base = self.footprint, self.base
        if outline.left_m + outline.right_m < base.track_width_m:
            raise ValueError(
                f"the footprint is {outline.left_m + outline.right_m:g} m wide, but the wheels are "
                f"{base.track_width_m:g} m apart (track_width_m)"
            )
        reach_m_s = self.limits.max_wheel_rad_s * base.wheel_radius_m
        if self.limits.max_speed_m_s > reach_m_s * 1.001:
            raise ValueError(
                f"max_speed_m_s is {self.limits.max_speed_m_s:g}, but at max_wheel_rad_s the wheels only reach "
                f"{reach_m_s:.2f} m/s"
            )
        return self


def robots_dir() -> Path:
    """The robot files that carebot ships."""
    return share_dir() / "hardware" / "robots"


def robot_names() -> list[str]:
    """The robots that carebot ships."""
    return sorted(path.stem for path in robots_dir().glob("*.yaml"))


def load_robot(name: str) -> RobotFile:
    """The robot called `name` among those that carebot ships, or the file `name`; raises ConfigError."""
    return load_yaml(robot_path(name), RobotFile)


def robot_path(name: str) -> Path:
    """The file of a robot that carebot ships, or the path itself; raises ConfigError for an unknown name."""
    if name.endswith((".yaml", ".yml")) or "/" in name:
        return expanded(name)
    if name in robot_names():
        return robots_dir() / f"{name}.yaml"
    raise ConfigError(f"there is no robot '{name}': use one of {', '.join(robot_names())}, or the path of a YAML file.")
