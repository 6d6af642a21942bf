"""From a robot file to its motor controller, or to the fake that stands for it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from carebot.chassis.external import ExternalSettings
from carebot.chassis.link import MotorLink
from carebot.chassis.ports import describe, opener
from carebot.clock import Clock
from carebot.config import check
from carebot.drive.kinematics import kinematics_of
from carebot.drive.loop import DriveLoop
from carebot.drivers.base import ControllerSettings, MotorController
from carebot.drivers.line import Line
from carebot.drivers.pty_server import PtyServer
from carebot.drivers.registry import Controller, controller_named
from carebot.errors import ConfigError
from carebot.robot import PortChoice, RobotFile, load_robot, robot_path

EXTERNAL = "external"


def load_checked(name: str, port: str = "") -> RobotFile:
    """The robot, with its controller's settings checked too; `port` takes the place of the file's.

    Raises:
        ConfigError: naming the file and the key.
    """
    robot = load_robot(name)
    if robot.controller.name == EXTERNAL:
        if port:
            raise ConfigError(f"{robot_path(name)}: the controller is external, so there is no port to replace.")
        external_settings(robot, robot_path(name))
        return robot
    if port:
        choice = robot.controller.model_copy(update={"port": PortChoice(path=port)})
        robot = robot.model_copy(update={"controller": choice})
    settings = controller_settings(robot, robot_path(name))
    if settings.motor_count != robot.base.motor_count:
        raise ConfigError(
            f"{robot_path(name)}: controller.settings: they are for {settings.motor_count} motors, but the base has "
            f"{robot.base.motor_count} ({', '.join(robot.base.wheel_names)}): correct one of them."
        )
    return robot


def controller_settings(robot: RobotFile, path: Path | None = None) -> ControllerSettings:
    """The driver's settings; raises ConfigError naming the key below `controller.settings`."""
    path = path or Path(f"{robot.name}.yaml")
    given = robot.controller.settings
    for key, place in (("port", "controller.port"), ("max_speed_rad_s", "limits.max_wheel_rad_s")):
        if key in given:
            raise ConfigError(f"{path}: controller.settings.{key}: say it as {place} instead.")
    assert robot.controller.port is not None
    content = {
        "port": describe(robot.controller.port),
        "max_speed_rad_s": robot.limits.max_wheel_rad_s,
        **given,
    }
    return check(content, _kind(robot, path).settings, Path(f"{path}: controller.settings"))


def external_settings(robot: RobotFile, path: Path) -> ExternalSettings:
    """What the file says of an external base; raises ConfigError naming the key below `controller.settings`."""
    settings = check(robot.controller.settings, ExternalSettings, Path(f"{path}: controller.settings"))
    problem = settings.watchdog_problem(robot.limits.max_speed_m_s)
    if problem:
        raise ConfigError(f"{path}: controller.settings: watchdog_s: {problem}.")
    return settings


def make_controller(robot: RobotFile, clock: Clock) -> MotorController[Any]:
    """The driver of the robot's controller; its port is looked up at each opening."""
    assert robot.controller.port is not None
    kind = controller_named(robot.controller.name)
    return kind.driver(controller_settings(robot), clock, opener(robot.controller.port))


def make_link(robot: RobotFile, clock: Clock) -> MotorLink:
    """The robot's controller, kept connected."""
    return MotorLink(make_controller(robot, clock))


def make_loop(robot: RobotFile) -> DriveLoop:
    """The robot's drive core."""
    return DriveLoop(kinematics_of(robot.base), robot.limits)


def make_fake(robot: RobotFile, port: Path, clock: Clock) -> PtyServer:
    """A fake of the robot's controller behind the file `port`, not yet started."""
    port.parent.mkdir(parents=True, exist_ok=True)
    kind = controller_named(robot.controller.name)
    return PtyServer(Line(kind.fake(controller_settings(robot))), port, clock)


def _kind(robot: RobotFile, path: Path) -> Controller:
    try:
        return controller_named(robot.controller.name)
    except ConfigError as error:
        raise ConfigError(f"{path}: controller.name: {error}") from None
