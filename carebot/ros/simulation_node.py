"""The embedded simulator as a node: a home, people, and the whole robot in it, whose wheels are driven by bytes."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from carebot_interfaces.msg import GroundTruth as GroundTruthMsg
from carebot_interfaces.srv import InjectFault
from nav_msgs.msg import Odometry
from pydantic import Field
from rclpy.node import Node
from rclpy.qos import qos_profile_sensor_data
from rosgraph_msgs.msg import Clock
from sensor_msgs.msg import CameraInfo, Image, Imu, LaserScan, PointCloud2
from std_msgs.msg import Bool

from carebot.chassis.build import load_checked, make_fake
from carebot.chassis.ports import find_port
from carebot.clock import MonotonicClock
from carebot.ros import simulation_messages as messages
from carebot.ros.params import declare
from carebot.ros.run import run
from carebot.ros.worker import Worker

if TYPE_CHECKING:
    from carebot.drivers.pty_server import PtyServer
    from carebot.simulation.live import Due, Snapshot
    from carebot.simulation.simulator import Simulator

MOST_BEHIND_S = 0.1
"""A simulation that is later than this does not catch up: its clock runs slower for that while."""


@dataclass(frozen=True, slots=True)
class SimulationParameters:
    """What is simulated, and the robot's cameras."""

    scenario: str = "fall_forward"
    """The scenario, by name (`carebot sim list` lists them) or file."""
    seed: int = 0
    """Where chance starts; the same seed gives the same fall."""
    fps: Annotated[float, Field(gt=0, le=60)] = 12.0
    """Pictures a second of simulated time."""
    width_px: Annotated[int, Field(ge=64, le=1280)] = 640
    """The picture's width."""
    height_px: Annotated[int, Field(ge=64, le=960)] = 480
    """The picture's height."""
    depth_fps: Annotated[float, Field(ge=0, le=30)] = 0.0
    """Depth pictures a second of simulated time; 0: none."""
    depth_width_px: Annotated[int, Field(ge=32, le=1280)] = 160
    """The depth picture's width."""
    repeat_after_s: Annotated[float, Field(ge=0)] = 0.0
    """How long after its end the scenario begins anew, with the next seed; 0: it is played once."""
    robot: str = "simulated"
    """The robot file whose motor controller is played on a pseudo-terminal; empty: the robot stands fast."""
    sound: bool = False
    """Whether the resident's answers are sound on the topic `audio`, and not words without any."""
    port: str = ""
    """Where the motor controller's port is linked; takes the place of the robot file's."""


class SimulationNode(Node):
    """Publishes what the robot sees and feels, the clock and the truth, and lets the drive node turn the wheels.

    The simulated clock starts at the machine's time and runs at its speed, or slower where this machine cannot simulate
    and draw so fast: nothing is skipped, so what is measured in simulated time stays true.
    """

    def __init__(self) -> None:
        self._worker = Worker("simulation", self._live)
        self._painter = Worker("pictures", self._paint)
        self._motors: PtyServer | None = None
        self._mishaps: Mishaps | None = None
        self._sound: ResidentSound | None = None
        super().__init__("simulation")
        self._p = declare(self, SimulationParameters)
        # Here, so that missing graphics end the start in a sentence.
        from carebot.simulation.simulator import Simulator  # isort: skip
        from carebot.ros.mishaps import Mishaps
        from carebot.ros.resident_sound import ResidentSound
        from carebot.ros.resident_voice import ResidentVoice
        from carebot.simulation.live import Easel
        from carebot.simulation.scenario import load_scenario

        self._make_simulator = Simulator
        self._scenario, self._seed = load_scenario(self._p.scenario), self._p.seed
        self._sound = ResidentSound(self) if self._p.sound else None
        self._voice = ResidentVoice(self, self._scenario, self._sound)
        self._easel = Easel()
        self._epoch_ns = time.time_ns()
        self._make_topics()
        self._motors = self._start_motors()
        self._mishaps = Mishaps(self._scenario.faults, self._seed, self.get_namespace(), self._motors)
        self.create_service(InjectFault, "inject_fault", self._on_fault)
        self._painter.start(self)
        self._worker.start(self)

    def destroy_node(self) -> None:
        self._worker.stop()
        self._painter.stop()
        if self._mishaps is not None:
            self._mishaps.close()
        if self._sound is not None:
            self._sound.close()
        if self._motors is not None:
            self._motors.close()
        super().destroy_node()

    def _make_topics(self) -> None:
        sensor = qos_profile_sensor_data
        self._clock_out = self.create_publisher(Clock, "/clock", 10)
        self._image_out = self.create_publisher(Image, "camera/image_raw", sensor)
        self._info_out = self.create_publisher(CameraInfo, "camera/camera_info", sensor)
        self._depth_out = self.create_publisher(Image, "depth/image_raw", sensor)
        self._depth_info_out = self.create_publisher(CameraInfo, "depth/camera_info", sensor)
        self._points_out = self.create_publisher(PointCloud2, "depth_points", sensor)
        self._scan_out = self.create_publisher(LaserScan, "scan", sensor)
        self._imu_out = self.create_publisher(Imu, "imu", sensor)
        self._bumper_out = self.create_publisher(Bool, "bumper", sensor)
        self._truth_out = self.create_publisher(GroundTruthMsg, "ground_truth", 10)
        self._robot_out = self.create_publisher(Odometry, "ground_truth/robot", 10)
        self._other_outs = [
            self.create_publisher(GroundTruthMsg, f"ground_truth/{other.name}", 10) for other in self._scenario.others
        ]

    def _start_motors(self) -> PtyServer | None:
        if not self._p.robot:
            return None
        from carebot.simulation.robot import WheelMotor

        robot = load_checked(self._p.robot, self._p.port)
        server = make_fake(robot, Path(find_port(robot.controller.port)), MonotonicClock())
        server.line.fake.motors[:] = [WheelMotor() for _ in server.line.fake.motors]
        server.start()
        return server

    def _on_fault(self, request: InjectFault.Request, response: InjectFault.Response) -> InjectFault.Response:
        response.accepted, response.message = self._mishaps.order(request)
        self.get_logger().warning(response.message)
        return response

    # --- time ---------------------------------------------------------------------------------------------------------

    def _live(self) -> None:
        drives = self._motors is not None
        size = self._p.width_px, self._p.height_px
        while not self._worker.stopping.is_set():
            simulator = self._make_simulator(self._scenario, self._seed, *size, drives=drives)
            self._mishaps.begin(simulator.robot)
            self._voice.begin()
            simulator.on_tick = lambda now_s, robot=simulator.robot: self._tick(now_s, robot)
            self._easel.set_up(simulator.stage)
            self._play(simulator)
            self._epoch_ns += round(simulator.time_s * 1e9)
            self._seed += 1

    def _tick(self, now_s: float, robot) -> None:
        self._mishaps.step(now_s)
        if self._motors is not None:
            with self._motors.lock:
                robot.drive(self._motors.line.fake.motors)

    def _play(self, simulator: Simulator) -> None:
        from carebot.simulation.live import Senses
        from carebot.simulation.motion import TICK_S

        senses = Senses(simulator, self._seed, self._p.fps, self._p.depth_fps)
        due_s, ends_s = time.monotonic(), None
        while not self._worker.stopping.is_set() and (ends_s is None or simulator.time_s < ends_s):
            self._publish(simulator, senses.due(simulator.time_s))
            simulator.step(TICK_S)
            if simulator.finished and ends_s is None and self._p.repeat_after_s > 0:
                ends_s = simulator.time_s + self._p.repeat_after_s
            due_s = max(due_s + TICK_S, time.monotonic() - MOST_BEHIND_S)
            self._worker.stopping.wait(max(0.0, due_s - time.monotonic()))
        if self._motors is not None:
            for motor in self._motors.line.fake.motors:
                motor.rebase()

    # --- what goes out ------------------------------------------------------------------------------------------------

    def _publish(self, simulator: Simulator, due: Due) -> None:
        epoch_ns = self._epoch_ns + self._mishaps.clock_off_ns
        stamp = messages.stamp_of(epoch_ns + round(simulator.time_s * 1e9))
        if due.clock:
            self._clock_out.publish(Clock(clock=stamp))
        if due.imu is not None:
            self._imu_out.publish(messages.imu(due.imu, stamp))
        if due.bumper is not None:
            self._bumper_out.publish(Bool(data=due.bumper))
        if due.ranges is not None and not self._mishaps.hides_scan:
            self._scan_out.publish(messages.laser_scan(due.ranges, due.scan_hz, stamp))
        if due.robot is not None:
            self._robot_out.publish(messages.robot_truth(due.robot, stamp))
        for truth, out in zip(due.people, (self._truth_out, *self._other_outs), strict=False):
            out.publish(messages.ground_truth(truth, self._p.scenario, simulator.finished, epoch_ns))
        if due.picture or due.depth:
            self._easel.hand_over(simulator, epoch_ns, due, self._worker.stopping)

    def _paint(self) -> None:
        """Draws, in a thread of its own: the renderers' GL contexts belong to the thread that made them."""
        while not self._painter.stopping.is_set():
            snapshot = self._easel.wait(0.1)
            if snapshot is not None:
                self._publish_pictures(snapshot)
                self._easel.done()
        self._easel.close()

    def _publish_pictures(self, snapshot: Snapshot) -> None:
        stamp = messages.stamp_of(snapshot.stamp_ns)
        picture = self._mishaps.picture(self._easel.picture) if snapshot.wants_picture else None
        if picture is not None:
            camera = snapshot.camera
            self._info_out.publish(messages.camera_info(camera.width_px, camera.height_px, camera.fx_px, stamp))
            self._image_out.publish(messages.image(picture, stamp))
        if snapshot.wants_depth:
            self._publish_depth(stamp)

    def _publish_depth(self, stamp) -> None:
        camera = self._easel.depth_camera(self._p.depth_width_px)
        depth, frame = camera.picture(), messages.DEPTH_FRAME
        info = messages.camera_info(camera.width_px, camera.height_px, camera.focal_px, stamp, frame)
        self._depth_info_out.publish(info)
        self._depth_out.publish(messages.image(depth, stamp, frame))
        self._points_out.publish(messages.point_cloud(camera.points_m(depth), stamp))


def main() -> None:
    run(SimulationNode)
