"""The drive node in a process of its own, before a fake controller whose wire is timed byte by byte."""

from __future__ import annotations

import itertools
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType

import rclpy
from carebot_interfaces.msg import DriveState
from geometry_msgs.msg import TwistStamped
from rclpy.context import Context
from rclpy.executors import SingleThreadedExecutor
from rclpy.signals import SignalHandlerOptions
from typing_extensions import Self

from carebot.benchmarks.decoders import DecoderSpeed, measure_all
from carebot.bringup.environment import dds_environment
from carebot.bringup.profile import Profile
from carebot.bringup.supervisor import Supervisor
from carebot.clock import MonotonicClock
from carebot.drive.loop import COMMAND_LIFETIME_S
from carebot.drivers.carebot_mcu.framing import FrameDecoder
from carebot.drivers.carebot_mcu.protocol import SetSpeeds, command_in
from carebot.drivers.fake_controller import FakeController
from carebot.drivers.line import Line
from carebot.drivers.pty_server import PtyServer
from carebot.drivers.registry import controller_named
from carebot.errors import SetupError
from carebot.ros.drive_node import hurry

ROBOT = "carebot_bench_drive"
PERIOD_S = 0.02
START_WITHIN_S = 60.0
SPEED_M_S = 0.3
STILL_RAD_S = 0.05
_MOST_VOIDED = 20
_BUSY = "import os\nos.setpriority(os.PRIO_PROCESS, 0, 0)\nwhile os.getppid() == %d: sum(range(100000))"


@dataclass(frozen=True, slots=True)
class Spread:
    """Milliseconds over so many measurements."""

    count: int
    median_ms: float
    p99_ms: float
    worst_ms: float


@dataclass(frozen=True, slots=True)
class DriveReport:
    """`command_to_wire`: cmd_vel published to the first bytes that follow it. `zero_to_wire`: the same for a zero, to
    the first bytes that brake. `loop_jitter`: how far the gaps between frames are from 20 ms. `silence_to_stop`: from
    the last frame of a node that hangs to standing wheels, by the controller's own watchdog. `voided` commands were not
    followed, because a pause of the loop made them void.
    """

    busy_processes: int
    voided: int
    command_to_wire: Spread
    zero_to_wire: Spread
    loop_jitter: Spread
    silence_to_stop: Spread
    decoders: dict[str, DecoderSpeed]


def measure(rounds: int, idle_seconds: float, silences: int, busy: int, say: Callable[[str], None]) -> DriveReport:
    """Measure here and now; `busy` processes load the machine meanwhile."""
    os.environ.setdefault("ROS_DOMAIN_ID", str(1 + os.getpid() % 100))
    os.environ.update(dds_environment("this_machine", os.environ))
    hurry()  # so that the node is measured and not how late this process looks
    with tempfile.TemporaryDirectory(prefix="carebot-bench-") as folder:
        os.environ["CAREBOT_DATA_DIR"] = folder
        port = Path(folder) / "motors"
        settings = controller_named("carebot_mcu").settings(port=str(port))
        wire = Wire(controller_named("carebot_mcu").fake(settings))
        profile = Profile.model_validate(
            {"robot": ROBOT, "processes": [{"name": "drive", "nodes": {"drive": {"port": str(port)}}}]}
        )
        with (
            PtyServer(wire, port, MonotonicClock()) as server,
            Supervisor(profile, lambda _name, _line: None) as supervisor,
            Commander() as commander,
            _busy(busy),
        ):
            bench = Bench(wire, server, supervisor, commander)
            bench.until_ready()
            say("timing commands")
            commands, zeros = bench.time_commands(rounds)
            say("timing the loop")
            jitter = bench.time_loop(idle_seconds)
            say("letting the node hang")
            silence = bench.time_silence(silences)
    say("timing the decoders")
    return DriveReport(
        busy, bench.voided, spread(commands), spread(zeros), spread(jitter), spread(silence), measure_all()
    )


def spread(durations_s: list[float]) -> Spread:
    """Of at least one duration."""
    ordered = sorted(1000 * duration for duration in durations_s)
    at = [ordered[min(len(ordered) - 1, int(share * len(ordered)))] for share in (0.5, 0.99)]
    return Spread(len(ordered), at[0], at[1], ordered[-1])


class Wire(Line):
    """A line that writes down when which speeds passed: (host's monotonic time, the fastest wheel in ticks/s)."""

    def __init__(self, fake: FakeController) -> None:
        super().__init__(fake)
        self.seen: list[tuple[float, float]] = []
        self._frames = FrameDecoder()

    def exchange(self, data: bytes, now_s: float) -> bytes:
        if data:
            arrived_s = time.monotonic()
            for frame in self._frames.feed(data):
                command = command_in(frame)
                if isinstance(command, SetSpeeds):
                    self.seen.append((arrived_s, max(map(abs, command.ticks_per_s))))
        return super().exchange(data, now_s)


class Commander:
    """Publishes cmd_vel and hears the drive's state."""

    def __init__(self) -> None:
        self.state = DriveState()

    def __enter__(self) -> Self:
        self._context = Context()
        rclpy.init(args=[], context=self._context, signal_handler_options=SignalHandlerOptions.NO)
        self._node = rclpy.create_node("commander", namespace=ROBOT, context=self._context)
        self._out = self._node.create_publisher(TwistStamped, "cmd_vel", 1)
        self._in = self._node.create_subscription(DriveState, "drive_state", self._hear, 10)
        self._executor = SingleThreadedExecutor(context=self._context)
        self._executor.add_node(self._node)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._executor.shutdown()
        self._node.destroy_node()
        rclpy.try_shutdown(context=self._context)

    @property
    def is_heard(self) -> bool:
        return bool(self._out.get_subscription_count())

    def publish(self, speed_m_s: float) -> float:
        """When it was published, on the monotonic clock."""
        message = TwistStamped()
        message.header.stamp = self._node.get_clock().now().to_msg()
        message.twist.linear.x = speed_m_s
        now_s = time.monotonic()
        self._out.publish(message)
        return now_s

    def spin(self, duration_s: float) -> None:
        ends_s = time.monotonic() + duration_s
        while (left_s := ends_s - time.monotonic()) > 0:
            self._executor.spin_once(timeout_sec=left_s)

    def _hear(self, message: DriveState) -> None:
        self.state = message


@dataclass
class Bench:
    """The parts, and what is done with them."""

    wire: Wire
    server: PtyServer
    supervisor: Supervisor
    commander: Commander
    chance: random.Random = field(default_factory=lambda: random.Random(1))
    voided: int = 0

    def until_ready(self) -> None:
        ends_s = time.monotonic() + START_WITHIN_S
        while not (self.commander.is_heard and self.commander.state.armed and not self.commander.state.stop_code):
            if time.monotonic() > ends_s:
                raise SetupError("the drive node did not come up within a minute: try `carebot up robot` and see why.")
            self.supervisor.step(0.0)
            self.commander.spin(0.05)

    def time_commands(self, rounds: int) -> tuple[list[float], list[float]]:
        """Start and stop at random moments."""
        starts: list[float] = []
        stops: list[float] = []
        while len(stops) < rounds:
            self.commander.spin(0.3 + self.chance.uniform(0.0, PERIOD_S))  # the last one has come to rest
            starts += self._time(SPEED_M_S, lambda speed, _: speed > 0)
            for _ in range(4):
                self.commander.publish(SPEED_M_S)
                self.commander.spin(0.04 + self.chance.uniform(0.0, PERIOD_S))
            stops += self._time(0.0, lambda speed, before: speed < before)
            self.supervisor.step(0.0)
        return starts, stops

    def _time(self, speed_m_s: float, is_it: Callable[[float, float], bool]) -> list[float]:
        """How long the command took to the wire; nothing where it was voided."""
        published_s = self.commander.publish(speed_m_s)
        passed_s = self._first_after(published_s, is_it)
        if passed_s is not None:
            return [passed_s - published_s]
        self.voided += 1
        if self.voided > _MOST_VOIDED:
            raise SetupError("commands do not reach the wire: the machine is too busy to measure.")
        self.until_ready()
        return []

    def time_loop(self, seconds: float) -> list[float]:
        """The gaps between frames while nobody commands anything."""
        self.commander.spin(0.6)
        first = len(self.wire.seen)
        self.commander.spin(seconds)
        times = [at for at, _ in self.wire.seen[first:]]
        return [abs(after - before - PERIOD_S) for before, after in itertools.pairwise(times)]

    def time_silence(self, rounds: int) -> list[float]:
        """Stop the process in its tracks while it drives."""
        found = []
        for _ in range(rounds):
            self._drive()
            pid = self.supervisor.pids()["drive"]
            os.kill(pid, signal.SIGSTOP)
            try:
                found.append(self._until_still())
            finally:
                os.kill(pid, signal.SIGCONT)
            self.commander.spin(0.5)
            self.until_ready()
        return found

    def _drive(self) -> None:
        while True:
            self.commander.publish(SPEED_M_S)
            self.commander.spin(0.03)
            with self.server.lock:
                speeds = [motor.speed_rad_s for motor in self.wire.fake.motors]
            if min(speeds) * 0.0625 > 0.9 * SPEED_M_S:
                return

    def _until_still(self) -> float:
        while True:
            with self.server.lock:
                now_s, motors = time.monotonic(), self.wire.fake.motors
                if max(abs(motor.speed_rad_s) for motor in motors) < STILL_RAD_S:
                    return now_s - self.wire.seen[-1][0]
            time.sleep(0.001)

    def _first_after(self, since_s: float, is_it: Callable[[float, float], bool]) -> float | None:
        """When the first frame passed that fits (it is given its speed and the one before); None if none did soon."""
        ends_s = since_s + COMMAND_LIFETIME_S
        at = max(1, len(self.wire.seen) - 50)
        while time.monotonic() < ends_s:
            while at < len(self.wire.seen):
                (time_s, speed), (_, before) = self.wire.seen[at], self.wire.seen[at - 1]
                at += 1
                if time_s > since_s and is_it(speed, before):
                    return time_s
            time.sleep(0.0005)
        return None


@contextmanager
def _busy(count: int) -> Iterator[None]:
    """So many processes that do nothing but compute; they end with this one."""
    code = _BUSY % os.getpid()
    processes = [subprocess.Popen([sys.executable, "-c", code]) for _ in range(count)]
    try:
        yield
    finally:
        for process in processes:
            process.kill()
            process.wait()
