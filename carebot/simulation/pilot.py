"""A person at the tablet who drives the robot along a way, and the robot that obeys as the real one does.

The wishes go to the safety judge, what it allows to the drive, its bytes through a cable to a fake motor controller,
and that turns the wheels: the same parts as on a robot, in the simulation's time.
"""

from __future__ import annotations

import logging
from typing import TypeVar

import numpy as np

from carebot.chassis.build import controller_settings, make_loop
from carebot.chassis.chassis import PERIOD_S, Chassis
from carebot.chassis.link import MotorLink
from carebot.clock import ManualClock
from carebot.drive.loop import Command
from carebot.drivers.line import Line
from carebot.drivers.loopback import Loopback
from carebot.drivers.registry import controller_named
from carebot.errors import DeviceError
from carebot.geometry import Pose2D, Twist2D
from carebot.people import People
from carebot.robot import RobotFile, load_robot
from carebot.safety.parameters import SafetyParameters
from carebot.safety.safety_judge import SafetyJudge
from carebot.safety.scan import scan_from_ranges
from carebot.safety.verdict import Verdict
from carebot.safety.world import Battery, Bumper, MotionRequest, Source, World
from carebot.simulation.faults import Faults, LidarStale, Process
from carebot.simulation.machine_faults import MachineFaults
from carebot.simulation.robot import WheelMotor
from carebot.simulation.sdf.description import ContactSensor, LidarSensor
from carebot.simulation.sensors import BumperSwitch, Lidar, Ranges, sensor_of
from carebot.simulation.simulator import Simulator
from carebot.simulation.way import Way

logging.getLogger("carebot").addHandler(logging.NullHandler())  # what a cable's fault makes the driver say is expected

DRIVER = "the scenario"
SCAN_PERIOD_S = 0.1


class CablePort:
    """A `Loopback` as faults want it."""

    def __init__(self, loopback: Loopback) -> None:
        self._loopback = loopback

    @property
    def line(self) -> Line:
        return self._loopback.line

    def plug(self) -> None:
        self._loopback.is_plugged = True

    def unplug(self) -> None:
        self._loopback.is_plugged = False


class Pilot:
    """Drives the robot of a simulator along a scenario's way, from its `on_tick`.

    `faults` go wrong with cable, wheels, lidar, tablet, and the processes that judge and drive.
    """

    is_at_the_tablet = True

    def __init__(self, simulator: Simulator, way: Way, from_s: float, faults: Faults, seed: int) -> None:
        robot = load_robot("simulated")
        self._simulator, self.faults, self.way, self._from_s = simulator, faults, way, from_s
        self._robot, self._killed = robot, set[Process]()
        self._clock = ManualClock()
        self._loopback = Loopback(_line(robot, seed), self._clock)
        self._chassis = _chassis(robot, self._loopback, self._clock)
        self._start_s = self._clock.now_s()
        self._judge = SafetyJudge(SafetyParameters(), self._start_s)
        self._machine = MachineFaults(simulator.robot, CablePort(self._loopback))
        self._lidar = Lidar(
            simulator.stage, simulator.data, _needed(simulator, LidarSensor), np.random.default_rng((seed, 0x11DA))
        )
        self._mounting = _mounting(robot)
        self._bumper = BumperSwitch(simulator.stage, simulator.data, _needed(simulator, ContactSensor))
        self._world = World()
        self._ticked_s = self._scanned_s = -1.0
        self._command: Command | None = None
        self.verdict: Verdict | None = None

    @property
    def arrived(self) -> bool:
        """Whether the robot has come to the end of its way."""
        return self.way.ended

    @property
    def odometry(self) -> Pose2D:
        """Where its wheels say that it has come to."""
        found = self._chassis.loop.odometry
        return Pose2D() if found is None else found.pose

    def see(self, people: People | None) -> None:
        """A picture came, with these people in it; whoever drives by hand looks for themselves."""

    def tick(self, now_s: float) -> None:
        """A hundredth of a second before the physics of it."""
        self._machine.step(self.faults.on(now_s))
        self._clock.advance(max(0.0, self._start_s + now_s - self._clock.now_s()))
        if self._loopback.is_plugged:
            self._loopback.pass_time()
        else:
            self._loopback.line.fake.feed(b"", self._clock.now_s())
        if now_s - self._scanned_s >= SCAN_PERIOD_S - 1e-6:
            self._scanned_s = now_s
            self._scan(now_s)
        if now_s - self._ticked_s >= PERIOD_S - 1e-6:
            self._ticked_s = now_s
            self._decide(now_s)
        motors = [motor for motor in self._loopback.line.fake.motors if isinstance(motor, WheelMotor)]
        self._simulator.robot.drive(motors)

    def _scan(self, now_s: float) -> None:
        if any(isinstance(fault, LidarStale) for fault in self.faults.on(now_s)):
            return
        turn = self._lidar.scan()
        stamp_s = self._clock.now_s()
        numbers = turn.first_rad, turn.step_rad, turn.nearest_m, turn.farthest_m
        self._world = World(
            scan=scan_from_ranges(turn.ranges_m, *numbers, self._mounting, stamp_s),
            bumper=Bumper(stamp_s, self._bumper.pressed),
            battery=self._battery(stamp_s),
        )
        self._heard(turn, stamp_s)

    def _battery(self, stamp_s: float) -> Battery | None:
        telemetry, battery = self._chassis.link.telemetry, self._robot.battery
        if telemetry is None or telemetry.voltage_v is None or battery is None:
            return None
        return Battery(stamp_s, battery.charge(telemetry.voltage_v))

    def _heard(self, turn: Ranges, stamp_s: float) -> None:
        """A turn of the lidar came; whoever drives by eye does not need it."""

    def _wish(self, now_s: float, clock_s: float) -> MotionRequest:
        wish = self.way.wish(self._simulator.robot.pose) if now_s >= self._from_s else Twist2D()
        return MotionRequest(Source.TELEOP, wish, clock_s, DRIVER)

    def _decide(self, now_s: float) -> None:
        clock_s = self._clock.now_s()
        if self._works("safety", now_s):
            if not (self.is_at_the_tablet and self.faults.cuts_tablet(now_s)):
                self._judge.hear(self._wish(now_s, clock_s), clock_s)
            self.verdict = self._judge.decide(self._world, clock_s)
            self._command = Command(self.verdict.twist, clock_s)
        if self._works("drive", now_s):
            self._chassis.tick(self._command, clock_s)

    def _works(self, process: Process, now_s: float) -> bool:
        """Whether that process does its work now; one that was killed begins anew first."""
        if self.faults.kills(process, now_s):
            self._killed.add(process)
        if self.faults.halts(process, now_s):
            return False
        if process in self._killed:
            self._killed.remove(process)
            self._begin_anew(process)
        return True

    def _begin_anew(self, process: Process) -> None:
        if process == "safety":
            self._judge = SafetyJudge(SafetyParameters(), self._clock.now_s(), self._judge.estop)
        else:
            self._chassis = Chassis(_link(self._robot, self._loopback, self._clock), make_loop(self._robot))


def _line(robot: RobotFile, seed: int) -> Line:
    fake = controller_named(robot.controller.name).fake(controller_settings(robot))
    fake.motors[:] = [WheelMotor() for _ in fake.motors]
    return Line(fake, seed)


def _link(robot: RobotFile, loopback: Loopback, clock: ManualClock) -> MotorLink:
    """Connects and arms as it is stepped."""
    kind = controller_named(robot.controller.name)
    link = MotorLink(kind.driver(controller_settings(robot), clock, loopback.open))
    link.enable()
    return link


def _chassis(robot: RobotFile, loopback: Loopback, clock: ManualClock) -> Chassis:
    """Connected and armed."""
    link = _link(robot, loopback, clock)
    link.connect()
    chassis = Chassis(link, make_loop(robot))
    ends_s = clock.now_s() + 3.0
    while not link.armed:
        if clock.now_s() > ends_s:
            raise DeviceError(f"The simulated motor controller could not be armed: {link.problem}")
        clock.advance(PERIOD_S)
        loopback.pass_time()
        chassis.tick(None, clock.now_s())
    return chassis


def _mounting(robot: RobotFile) -> Pose2D:
    lidar = robot.sensors.lidar
    assert lidar is not None
    return Pose2D(lidar.x_m, lidar.y_m, lidar.yaw_rad)


Needed = TypeVar("Needed", LidarSensor, ContactSensor)


def _needed(simulator: Simulator, kind: type[Needed]) -> Needed:
    """A sensor without which the safety judge lets nothing move."""
    sensor: Needed | None = sensor_of(simulator.stage, kind)
    if sensor is None:
        what = kind.__name__.removesuffix("Sensor").lower()
        raise DeviceError(
            f"The robot of {simulator.stage.world.file} has no {what} sensor and cannot be driven: add one."
        )
    return sensor
