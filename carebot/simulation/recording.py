"""Records a run as an mcap file of ROS 2 messages, which Foxglove and `ros2 bag play` open; needs no ROS."""

from __future__ import annotations

from math import cos, sin
from pathlib import Path
from types import TracebackType
from typing import Any

import cv2
import numpy as np
from mcap_ros2.writer import Writer
from numpy.typing import NDArray

from carebot.alerts import FallEvent, FallEventKind
from carebot.errors import ConfigError, RecordsError
from carebot.people import People, Person
from carebot.simulation import recording_types as types
from carebot.simulation.frames import CAMERA_FRAME, IMU_FRAME, LIDAR_FRAME, WORLD_FRAME
from carebot.simulation.live import Senses
from carebot.simulation.runner import Moment
from carebot.simulation.sensors import Inertial, Ranges
from carebot.simulation.simulator import Simulator
from carebot.simulation.world import Camera

ROBOT = "carebot_sim"
EVENTS = {FallEventKind.SUSPECTED: 1, FallEventKind.CONFIRMED: 2, FallEventKind.RECOVERED: 3}
JPEG_QUALITY = 90

Message = dict[str, Any]


class Recorder:
    """A context manager. Simulated time zero is `epoch_ns` on the clock of the messages.

    Raises:
        ConfigError: `path` cannot be an mcap file.
        RecordsError: while it is left, where the disk is full.
    """

    def __init__(self, path: Path, scenario: str, epoch_ns: int) -> None:
        if path.suffix.lower() != ".mcap" or not path.parent.is_dir() or path.is_dir():
            raise ConfigError(f"--record {path} cannot be written: name a .mcap file in a folder that exists.")
        self._path, self._scenario, self._epoch_ns = path, scenario, epoch_ns
        try:
            self._file = path.open("wb")
        except OSError as error:
            raise ConfigError(f"--record {path} cannot be written ({error.strerror}): name another file.") from None
        self._writer = Writer(self._file)
        self._senses: Senses | None = None
        self._schemas = {name: self._writer.register_msgdef(name, text) for name, text in types.DEFINITIONS.items()}

    def add(self, moment: Moment, simulator: Simulator, picture: NDArray[np.uint8] | None) -> None:
        """One moment of `simulator`; `picture` (H, W, 3), blue first, where one was drawn."""
        now_s, stamp = moment.truth.time_s, self._stamp(moment.truth.time_s)
        header = {"stamp": stamp, "frame_id": CAMERA_FRAME}
        if picture is not None:
            self._write("camera/image_raw/compressed", types.COMPRESSED_IMAGE, _image(header, picture), now_s)
            self._write("camera/camera_info", types.CAMERA_INFO, _camera_info(header, simulator.camera), now_s)
        if moment.people is not None:
            self._write("people", types.PEOPLE, _people(header, moment.people), now_s)
        for event in moment.events:
            self._write("fall_alerts", types.FALL_ALERT, _fall_alert(header, event), now_s)
        self._write("ground_truth", types.GROUND_TRUTH, self._truth(moment, stamp), now_s)
        if moment.robot is not None:
            robot = moment.robot
            pose = _pose(stamp, robot.x_m, robot.y_m, robot.yaw_rad)
            self._write("ground_truth/robot_pose", types.POSE_STAMPED, pose, now_s)
        self._add_senses(simulator, stamp, now_s)

    def _add_senses(self, simulator: Simulator, stamp: Message, now_s: float) -> None:
        if self._senses is None:
            self._senses = Senses(simulator, seed=0, fps=0.0, depth_fps=0.0)
        due = self._senses.due(now_s)
        if due.ranges is not None:
            self._write("scan", types.LASER_SCAN, _laser_scan(stamp, due.ranges, due.scan_hz), now_s)
        if due.imu is not None:
            self._write("imu", types.IMU, _imu(stamp, due.imu), now_s)

    def _truth(self, moment: Moment, stamp: Message) -> Message:
        truth = moment.truth
        return {
            "header": {"stamp": stamp, "frame_id": WORLD_FRAME},
            "scenario": self._scenario,
            "activity": truth.activity,
            "pelvis_height_m": truth.pelvis_height_m,
            "torso_angle_rad": truth.torso_angle_rad,
            "on_floor": truth.on_floor,
            "fell": truth.fall_onset_s is not None,
            "fall_onset": self._stamp(truth.fall_onset_s or 0.0),
            "hit_floor": truth.floor_contact_s is not None,
            "floor_contact": self._stamp(truth.floor_contact_s or 0.0),
            "finished": False,
        }

    def _stamp(self, time_s: float) -> Message:
        seconds, nanoseconds = divmod(self._ns(time_s), 10**9)
        return {"sec": seconds, "nanosec": nanoseconds}

    def _ns(self, time_s: float) -> int:
        return self._epoch_ns + round(time_s * 1e9)

    def _write(self, topic: str, kind: str, message: Message, time_s: float) -> None:
        self._writer.write_message(f"/{ROBOT}/{topic}", self._schemas[kind], message, log_time=self._ns(time_s))

    def __enter__(self) -> Recorder:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        try:
            self._writer.finish()
            self._file.close()
        except OSError as full:
            raise RecordsError(f"{self._path} could not be written to its end ({full.strerror}): make room.") from None


def _image(header: Message, picture: NDArray[np.uint8]) -> Message:
    _, encoded = cv2.imencode(".jpg", picture, (cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY))
    return {"header": header, "format": "jpeg", "data": encoded.tobytes()}


def _camera_info(header: Message, camera: Camera) -> Message:
    fx, fy, cx, cy = camera.fx_px, camera.fy_px, camera.cx_px, camera.cy_px
    return {
        "header": header,
        "height": camera.height_px,
        "width": camera.width_px,
        "distortion_model": "plumb_bob",
        "d": [0.0] * 5,
        "k": [fx, 0.0, cx, 0.0, fy, cy, 0.0, 0.0, 1.0],
        "r": [1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0],
        "p": [fx, 0.0, cx, 0.0, 0.0, fy, cy, 0.0, 0.0, 0.0, 1.0, 0.0],
        "binning_x": 0,
        "binning_y": 0,
        "roi": {"x_offset": 0, "y_offset": 0, "height": 0, "width": 0, "do_rectify": False},
    }


def _people(header: Message, people: People) -> Message:
    each = [_person(person) for person in people.people]
    return {"header": header, "width_px": people.width_px, "height_px": people.height_px, "people": each}


def _person(person: Person) -> Message:
    world = np.zeros(51, np.float32) if person.world_m is None else person.world_m.reshape(-1)
    return {
        "track_id": person.track_id,
        "confidence": person.confidence,
        "keypoints": person.keypoints.reshape(-1).tolist(),
        "has_world": person.world_m is not None,
        "world_m": world.tolist(),
    }


def _fall_alert(header: Message, event: FallEvent) -> Message:
    return {
        "header": header,
        "event": EVENTS[event.kind],
        "fall_id": str(event.fall_id),
        "track_id": event.track_id,
        "confidence": event.confidence,
        "reason_code": event.reason_code,
        "reason": event.reason,
        "evidence_names": list(event.evidence),
        "evidence_values": [float(value) for value in event.evidence.values()],
    }


def _laser_scan(stamp: Message, ranges: Ranges, rate_hz: float) -> Message:
    return {
        "header": {"stamp": stamp, "frame_id": LIDAR_FRAME},
        "angle_min": ranges.first_rad,
        "angle_max": ranges.first_rad + ranges.step_rad * (len(ranges.ranges_m) - 1),
        "angle_increment": ranges.step_rad,
        "time_increment": 0.0,
        "scan_time": 1.0 / rate_hz,
        "range_min": ranges.nearest_m,
        "range_max": ranges.farthest_m,
        "ranges": ranges.ranges_m.tolist(),
        "intensities": [],
    }


def _imu(stamp: Message, felt: Inertial) -> Message:
    return {
        "header": {"stamp": stamp, "frame_id": IMU_FRAME},
        "orientation": dict(zip("wxyz", felt.orientation, strict=True)),
        "orientation_covariance": [0.0] * 9,
        "angular_velocity": dict(zip("xyz", felt.angular_rad_s, strict=True)),
        "angular_velocity_covariance": [0.0] * 9,
        "linear_acceleration": dict(zip("xyz", felt.acceleration_m_s2, strict=True)),
        "linear_acceleration_covariance": [0.0] * 9,
    }


def _pose(stamp: Message, x_m: float, y_m: float, yaw_rad: float) -> Message:
    turned = {"x": 0.0, "y": 0.0, "z": sin(yaw_rad / 2), "w": cos(yaw_rad / 2)}
    place = {"x": x_m, "y": y_m, "z": 0.0}
    return {
        "header": {"stamp": stamp, "frame_id": WORLD_FRAME},
        "pose": {"position": place, "orientation": turned},
    }
