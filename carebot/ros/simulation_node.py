"""The embedded simulator as a node: the robot's camera, the clock and the truth."""

from __future__ import annotations

import time
from array import array
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import numpy as np
from builtin_interfaces.msg import Time
from carebot_interfaces.msg import GroundTruth as GroundTruthMsg
from pydantic import Field
from rclpy.node import Node
from rclpy.qos import qos_profile_sensor_data
from rosgraph_msgs.msg import Clock
from sensor_msgs.msg import CameraInfo, Image

from carebot.ros.params import declare
from carebot.ros.run import run
from carebot.ros.worker import Worker
from carebot.simulation.scenario import load_scenario
from carebot.simulation.truth import GroundTruth

if TYPE_CHECKING:
    from carebot.simulation.simulator import Simulator

CAMERA_FRAME = "camera_optical_frame"


@dataclass(frozen=True, slots=True)
class SimulationParameters:
    """What is simulated, and the robot's camera."""

    scenario: str = "fall_forward"
    """The scenario, by name (`carebot demo --help` lists them)."""
    seed: int = 0
    """Where chance starts; the same seed gives the same fall."""
    fps: Annotated[float, Field(gt=0, le=60)] = 12.0
    """Pictures a second of simulated time."""
    width_px: Annotated[int, Field(ge=64, le=1920)] = 640
    """The picture's width."""
    height_px: Annotated[int, Field(ge=64, le=1080)] = 480
    """The picture's height."""
    repeat_after_s: Annotated[float, Field(ge=0)] = 0.0
    """How long after its end the scenario begins anew, with the next seed; 0: it is played once."""


class SimulationNode(Node):
    """Publishes the camera's pictures, the clock and the truth.

    The simulated clock starts at the machine's time and runs at its speed, or slower where rendering takes longer than
    a picture's time: nothing is skipped, so what is measured in simulated time stays true.
    """

    def __init__(self) -> None:
        # A thread of its own makes the pictures: the renderer's GL context belongs to the thread that made it.
        self._worker = Worker("simulation", self._live)
        super().__init__("simulation")
        self._p = declare(self, SimulationParameters)
        from carebot.simulation.simulator import Simulator  # here, so that missing graphics end the start in a sentence

        self._make_simulator = Simulator
        self._scenario, self._seed = load_scenario(self._p.scenario), self._p.seed
        self._period_s = 1.0 / self._p.fps
        self._clock_out = self.create_publisher(Clock, "/clock", 10)
        self._image_out = self.create_publisher(Image, "camera/image_raw", qos_profile_sensor_data)
        self._info_out = self.create_publisher(CameraInfo, "camera/camera_info", qos_profile_sensor_data)
        self._truth_out = self.create_publisher(GroundTruthMsg, "ground_truth", 10)
        self._epoch_ns = time.time_ns()
        self._worker.start(self)

    def destroy_node(self) -> None:
        self._worker.stop()
        super().destroy_node()

    def _live(self) -> None:
        while not self._worker.stopping.is_set():
            with self._make_simulator(self._scenario, self._seed, self._p.width_px, self._p.height_px) as simulator:
                self._play(simulator)
                self._epoch_ns += round(simulator.time_s * 1e9)
            self._seed += 1

    def _play(self, simulator: Simulator) -> None:
        due_s = time.monotonic()
        ends_s = None
        while not self._worker.stopping.is_set() and (ends_s is None or simulator.time_s < ends_s):
            self._publish(simulator)
            simulator.step(self._period_s)
            if simulator.finished and ends_s is None and self._p.repeat_after_s > 0:
                ends_s = simulator.time_s + self._p.repeat_after_s
            due_s = max(due_s + self._period_s, time.monotonic() - self._period_s)
            self._worker.stopping.wait(max(0.0, due_s - time.monotonic()))

    def _publish(self, simulator: Simulator) -> None:
        stamp = self._stamp(simulator.time_s)
        self._clock_out.publish(Clock(clock=stamp))
        self._truth_out.publish(self._truth(simulator.truth(), simulator.finished, stamp))
        info = CameraInfo(width=self._p.width_px, height=self._p.height_px)
        info.header.frame_id, info.header.stamp = CAMERA_FRAME, stamp
        camera = simulator.camera
        info.k = [camera.fx_px, 0.0, camera.cx_px, 0.0, camera.fy_px, camera.cy_px, 0.0, 0.0, 1.0]
        self._info_out.publish(info)
        self._image_out.publish(_image(simulator.render(), stamp))

    def _stamp(self, time_s: float) -> Time:
        total_ns = self._epoch_ns + round(time_s * 1e9)
        return Time(sec=total_ns // 10**9, nanosec=total_ns % 10**9)

    def _truth(self, truth: GroundTruth, finished: bool, stamp: Time) -> GroundTruthMsg:
        message = GroundTruthMsg(
            scenario=self._p.scenario,
            activity=truth.activity,
            pelvis_height_m=truth.pelvis_height_m,
            torso_angle_rad=truth.torso_angle_rad,
            on_floor=truth.on_floor,
            finished=finished,
        )
        message.header.stamp = stamp
        if truth.fall_onset_s is not None:
            message.fell, message.fall_onset = True, self._stamp(truth.fall_onset_s)
        if truth.floor_contact_s is not None:
            message.hit_floor, message.floor_contact = True, self._stamp(truth.floor_contact_s)
        return message


def _image(picture: np.ndarray, stamp: Time) -> Image:
    message = Image(height=picture.shape[0], width=picture.shape[1], encoding="bgr8", step=picture.shape[1] * 3)
    message.header.frame_id, message.header.stamp = CAMERA_FRAME, stamp
    message.data = array("B", picture.tobytes())  # rclpy copies an array at once, but checks bytes one by one
    return message


def main() -> None:
    run(SimulationNode)
