"""Real nodes over real DDS, in a domain of this run's own."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import rclpy
from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node
from rclpy.publisher import Publisher

from carebot.bringup.child import Child
from carebot.bringup.commands import commands
from carebot.bringup.environment import dds_environment
from carebot.bringup.profile import Profile
from carebot.chassis.build import load_checked, make_fake
from carebot.clock import MonotonicClock
from carebot.drivers.pty_server import PtyServer

WAIT_S = 30.0
ROBOT = "test_robot"


@pytest.fixture(scope="module", autouse=True)
def ros_environment(ros_domain_id: str) -> Iterator[None]:
    """A domain of our own, and nothing that leaves this machine."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ROS_DOMAIN_ID", ros_domain_id)
        for name, value in dds_environment("this_machine", os.environ).items():
            patch.setenv(name, value)
        yield


class Peer(Node):
    """A node of the test itself, in the robot's namespace."""

    def __init__(self) -> None:
        super().__init__("peer", namespace=ROBOT)
        self._spinner = SingleThreadedExecutor()
        self._spinner.add_node(self)

    def collect(self, kind: type, topic: str, qos: Any = 10) -> list[Any]:
        """A list that grows with each message on `topic`."""
        messages: list[Any] = []
        self.create_subscription(kind, topic, messages.append, qos)
        return messages

    def wait_until(self, condition: Callable[[], object], what: str = "") -> None:
        """Spin until `condition` holds; the test fails when it does not within WAIT_S."""
        until_s = time.monotonic() + WAIT_S
        while not condition():
            assert time.monotonic() < until_s, f"waited {WAIT_S:.0f} s in vain for {what or condition}"
            self._spinner.spin_once(timeout_sec=0.02)

    def wait_for_readers(self, publisher: Publisher, *nodes: str) -> None:
        """Until each of `nodes` is told what `publisher` sends; a count would be content with other nodes."""

        def readers() -> set[str]:
            return {each.node_name for each in self.get_subscriptions_info_by_topic(publisher.topic_name)}

        self.wait_until(lambda: readers().issuperset(nodes), f"{' and '.join(nodes)} to read {publisher.topic_name}")

    def spin(self, duration_s: float) -> None:
        """Take what comes for as long as that."""
        until_s = time.monotonic() + duration_s
        while (left_s := until_s - time.monotonic()) > 0.0:
            self._spinner.spin_once(timeout_sec=left_s)

    def close(self) -> None:
        """The executor first: it holds the node's handles, and a node that goes before them may crash the process."""
        self._spinner.remove_node(self)
        self._spinner.shutdown()
        self.destroy_node()


@pytest.fixture
def peer() -> Iterator[Peer]:
    rclpy.init(args=[])
    node = Peer()
    try:
        yield node
    finally:
        node.close()
        rclpy.try_shutdown()


class Running:
    """A process with real nodes, and what it has printed."""

    def __init__(self, child: Child) -> None:
        self.child, self.lines, self.exit_code = child, list[str](), None

    def read(self) -> list[str]:
        if self.exit_code is None:
            self.lines += self.child.lines()
        return self.lines

    def wait(self) -> int:
        """Until it has ended; its exit code."""
        until_s = time.monotonic() + WAIT_S
        while not self.child.has_ended():
            assert time.monotonic() < until_s, self.read()
            time.sleep(0.01)
        return self.end()

    def end(self) -> int:
        if self.exit_code is None:
            self.lines += self.child.lines()
            self.exit_code, last_lines = self.child.reap()
            self.lines += last_lines
        return self.exit_code

    def stop(self, number: signal.Signals = signal.SIGINT) -> int:
        self.child.send(number)
        return self.wait()


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Running]]:
    """`start(falls={"confirm_after_s": 1.0})`: those nodes in one process; killed when the test ends."""
    with contextlib.ExitStack() as stack:

        def _start(**nodes: dict[str, Any]) -> Running:
            process = {"name": "_".join(nodes), "nodes": nodes}
            profile = Profile.model_validate({"robot": ROBOT, "processes": [process]})
            [command] = commands(profile, tmp_path / "run", os.environ)
            running = Running(Child(command, time.monotonic()))
            stack.callback(running.end)
            return running

        yield _start


@pytest.fixture
def port(tmp_path: Path) -> Path:
    """Where the fake motor controller of `wheels` is plugged in."""
    return tmp_path / "motors"


@pytest.fixture
def wheels(port: Path) -> Iterator[PtyServer]:
    with make_fake(load_checked("simulated"), port, MonotonicClock()) as server:
        yield server
