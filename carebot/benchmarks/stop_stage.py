"""From a spoken stop-word's end to the emergency stop: the real conversation and safety nodes, sound on a topic."""

from __future__ import annotations

import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from carebot_interfaces.msg import MotionState, Sound
from carebot_interfaces.srv import ResetEmergencyStop
from diagnostic_msgs.msg import DiagnosticArray
from rclpy.node import Node

from carebot.benchmarks.conversation_figures import Figure
from carebot.benchmarks.live_sound import Spoken, live, spoken
from carebot.bringup.environment import stay_alone
from carebot.bringup.profile import Profile
from carebot.bringup.supervisor import Supervisor
from carebot.conversation.hearing.sound import BLOCK_S, BLOCK_SAMPLES, RATE_HZ
from carebot.errors import SetupError
from carebot.ros import qos
from carebot.ros.beside import node_beside

ROBOT = "carebot_bench_stop"
STOPS = ("stop", "please stop")
STOPPED_S = 0.3
START_WITHIN_S = 60.0
RESET_WITHIN_S = 10.0


def measure(rounds: int, seed: int) -> tuple[Figure, ...]:
    """By every voice that is installed; raises SetupError where the nodes do not come up."""
    waits_s, count = [], 0
    with _nodes() as (supervisor, probe):
        for sentence in spoken(STOPS, rounds, seed):
            wait_s = probe.wait_for_stop(sentence)
            count += 1
            waits_s += [] if wait_s is None else [wait_s]
            probe.reset(supervisor)
    lost = (100.0 * (1.0 - len(waits_s) / count),) if count else ()
    return (
        Figure("stop-word's end to emergency stop", "s", tuple(waits_s), STOPPED_S),
        Figure("stop-words without one", "%", lost),
    )


@contextmanager
def _nodes() -> Iterator[tuple[Supervisor, _Probe]]:
    stay_alone()
    with tempfile.TemporaryDirectory(prefix="carebot-bench-") as folder:
        hears = {"speaker": "none", "language": "en", "microphone": "topic:audio"}
        nodes = {"conversation": hears, "safety": {"estop_file": str(Path(folder) / "stop.json")}}
        processes = [{"name": name, "nodes": {name: parameters}} for name, parameters in nodes.items()]
        profile = Profile.model_validate({"robot": ROBOT, "processes": processes})
        with Supervisor(profile, lambda _name, _line: None) as supervisor, node_beside("bench", ROBOT) as node:
            probe = _Probe(node)
            ends_s = time.monotonic() + START_WITHIN_S
            while not probe.hears:
                if time.monotonic() > ends_s or supervisor.step(0.0) is not None:
                    raise SetupError(
                        f"The conversation node does not hear ({probe.why or 'no word of it'}): "
                        "run `carebot up robot` to see why."
                    )
                probe.be_silent()
            yield supervisor, probe


class _Probe:
    """A microphone elsewhere, and somebody who watches the emergency stop."""

    def __init__(self, node: Node) -> None:
        self.hears, self.why = False, ""
        self._stopped, self._stopped_s, self._is_stopped = threading.Event(), 0.0, False
        self._out = node.create_publisher(Sound, "audio", 10)
        self._inputs = [
            node.create_subscription(MotionState, "motion_state", self._on_motion, qos.latched(1)),
            node.create_subscription(DiagnosticArray, "diagnostics", self._on_diagnostics, 20),
        ]
        self._reset = node.create_client(ResetEmergencyStop, "reset_emergency_stop")

    def wait_for_stop(self, sentence: Spoken) -> float | None:
        """Seconds from the word's end; None where nothing stopped."""
        self._stopped.clear()
        began_s = time.perf_counter()
        for block, _ in live(sentence.samples):
            self._out.publish(Sound(rate_hz=RATE_HZ, channels=1, samples=block.samples))
        return self._stopped_s - began_s - sentence.ends_s if self._stopped.is_set() else None

    def be_silent(self) -> None:
        """For one block."""
        time.sleep(BLOCK_S)
        faint = [(-1) ** number * 8 for number in range(BLOCK_SAMPLES)]
        self._out.publish(Sound(rate_hz=RATE_HZ, channels=1, samples=faint))

    def reset(self, supervisor: Supervisor) -> None:
        """The robot may move again, and what it says about the stop is over."""
        ends_s = time.monotonic() + RESET_WITHIN_S
        while self._is_stopped:
            if time.monotonic() > ends_s:
                raise SetupError("The emergency stop could not be reset: is this machine too busy?")
            self._reset.call_async(ResetEmergencyStop.Request(by="bench"))
            for _ in range(10):
                supervisor.step(0.0)
                self.be_silent()

    def _on_motion(self, message: MotionState) -> None:
        if message.emergency_stop and not self._is_stopped:
            self._stopped_s = time.perf_counter()
            self._stopped.set()
        self._is_stopped = message.emergency_stop

    def _on_diagnostics(self, message: DiagnosticArray) -> None:
        for status in message.status:
            if status.name == "conversation: hearing":
                self.why, self.hears = status.message, status.message == "hears"
