"""The simulated robot's senses in their own rhythms, and pictures drawn beside the physics; for nodes that run live."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from carebot.simulation.engine import mujoco  # isort: skip - first of all that import mujoco

from carebot.errors import ConfigError
from carebot.simulation.eye import Eye
from carebot.simulation.sdf.description import ContactSensor, ImuSensor, LidarSensor
from carebot.simulation.sensors import (
    BumperSwitch,
    DepthCamera,
    Imu,
    Inertial,
    Lidar,
    Ranges,
    depth_sensor_of,
    sensor_of,
)
from carebot.simulation.simulator import Simulator
from carebot.simulation.truth import GroundTruth, RobotTruth
from carebot.simulation.world import Camera, Stage

CLOCK_HZ, IMU_HZ, BUMPER_HZ, TRUTH_HZ = 50.0, 50.0, 20.0, 10.0


@dataclass(frozen=True, slots=True, eq=False)
class Due:
    """What is to be told at this moment; None, False and empty where it is not yet time for it."""

    clock: bool
    imu: Inertial | None
    bumper: bool | None
    ranges: Ranges | None
    scan_hz: float
    robot: RobotTruth | None
    people: tuple[GroundTruth, ...]
    picture: bool
    depth: bool


class Senses:
    """Which of the robot's senses are due when; ask once a tick."""

    def __init__(self, simulator: Simulator, seed: int, fps: float, depth_fps: float) -> None:
        stage, data = simulator.stage, simulator.data
        self._simulator = simulator
        lidar, imu, bumper = (sensor_of(stage, kind) for kind in (LidarSensor, ImuSensor, ContactSensor))
        self._lidar = Lidar(stage, data, lidar, np.random.default_rng((seed, 0x11DA))) if lidar else None
        self._imu = Imu(data, imu) if imu else None
        self._bumper = BumperSwitch(stage, data, bumper) if bumper else None
        self._scan_hz = lidar.rate_hz if lidar and lidar.rate_hz > 0 else 10.0
        rates = {"clock": CLOCK_HZ, "imu": IMU_HZ, "bumper": BUMPER_HZ, "scan": self._scan_hz, "truth": TRUTH_HZ}
        rates |= {"robot": BUMPER_HZ, "picture": fps, "depth": depth_fps}
        self._rates = {name: rate for name, rate in rates.items() if rate > 0}
        self._told = dict.fromkeys(self._rates, -1)

    def due(self, now_s: float) -> Due:
        """What has become due since the last call."""
        names = {name for name in self._rates if self._is_due(name, now_s)}
        if "picture" in names:
            names |= {"clock", "truth"}
        if "truth" in names or "scan" in names or "robot" in names:
            mujoco.mj_kinematics(self._simulator.stage.model, self._simulator.data)
        return Due(
            clock="clock" in names,
            imu=self._imu.read() if self._imu and "imu" in names else None,
            bumper=self._bumper.pressed if self._bumper and "bumper" in names else None,
            ranges=self._lidar.scan() if self._lidar and "scan" in names else None,
            scan_hz=self._scan_hz,
            robot=self._simulator.robot_truth() if "robot" in names else None,
            people=self._simulator.truths() if "truth" in names else (),
            picture="picture" in names,
            depth="depth" in names,
        )

    def _is_due(self, name: str, now_s: float) -> bool:
        number = int(now_s * self._rates[name] + 1e-6)
        if number == self._told[name]:
            return False
        self._told[name] = number
        return True


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A moment to be drawn."""

    stamp_ns: int
    camera: Camera
    wants_picture: bool
    wants_depth: bool


class Easel:
    """Where one thread hands moments to another one that draws them. Nothing is skipped: who hands over waits."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._stage: Stage | None = None
        self._data: Any = None
        self._eye: Eye | None = None
        self._depth: DepthCamera | None = None
        self._is_fresh = False
        self._waiting: Snapshot | None = None

    def set_up(self, stage: Stage) -> None:
        """From now on moments of this stage come."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting is None, timeout=5.0)
            self._stage, self._data, self._is_fresh = stage, mujoco.MjData(stage.model), True

    def hand_over(self, simulator: Simulator, epoch_ns: int, due: Due, stopping: threading.Event) -> None:
        """Waits until the moment before is drawn."""
        with self._changed:
            while self._waiting is not None and not stopping.is_set():
                self._changed.wait(0.05)
            for part in ("qpos", "mocap_pos", "mocap_quat"):
                getattr(self._data, part)[:] = getattr(simulator.data, part)
            stamp_ns = epoch_ns + round(simulator.time_s * 1e9)
            self._waiting = Snapshot(stamp_ns, simulator.camera, due.picture, due.depth)
            self._changed.notify_all()

    # in the thread that draws

    def wait(self, timeout_s: float) -> Snapshot | None:
        """The next moment, None where none came in time."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting is not None, timeout_s)
            if self._waiting is not None:
                self._prepare()
            return self._waiting

    def _prepare(self) -> None:
        assert self._stage is not None
        if self._is_fresh:
            self.close()
            self._is_fresh = False
        mujoco.mj_kinematics(self._stage.model, self._data)
        mujoco.mj_camlight(self._stage.model, self._data)

    def done(self) -> None:
        """The moment is drawn."""
        with self._changed:
            self._waiting = None
            self._changed.notify_all()

    def picture(self) -> NDArray[np.uint8]:
        """What the robot's camera sees; raises DeviceError where this machine cannot draw."""
        assert self._stage is not None
        if self._eye is None:
            self._eye = Eye(self._stage, self._data)
        return self._eye.picture()

    def depth_camera(self, width_px: int) -> DepthCamera:
        """The robot's depth camera; raises ConfigError where it has none."""
        assert self._stage is not None
        if self._depth is None:
            sensor = depth_sensor_of(self._stage)
            if sensor is None:
                raise ConfigError(f"The robot of {self._stage.world.file} has no depth camera: set depth_fps to 0.")
            self._depth = DepthCamera(self._stage, self._data, sensor, width_px)
        return self._depth

    def close(self) -> None:
        """Free the renderers."""
        for each in (self._eye, self._depth):
            if each is not None:
                each.close()
        self._eye, self._depth = None, None
