"""A thread beside a node's callbacks, whose failure is the node's failure."""

from __future__ import annotations

import threading
from collections.abc import Callable

from rclpy.clock import Clock, ClockType
from rclpy.node import Node

CHECK_PERIOD_S = 0.2
JOIN_TIMEOUT_S = 5.0


class Worker:
    """Runs `work` until it returns or `stop` is called; `work` watches `stopping`.

    What `work` raises is raised again in the node's executor: the process ends with its sentence or traceback, and the
    supervisor starts it anew. A thread that died silently would leave a node that looks alive.
    """

    def __init__(self, name: str, work: Callable[[], None]) -> None:
        self.stopping = threading.Event()
        self._work = work
        self._error: Exception | None = None
        # A daemon, so that a driver that hangs in a system call cannot keep the process from ending.
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self, node: Node) -> None:
        self._timer = node.create_timer(CHECK_PERIOD_S, self._check, clock=Clock(clock_type=ClockType.STEADY_TIME))
        self._thread.start()

    def stop(self) -> None:
        """May be called before `start`, and twice."""
        self.stopping.set()
        if self._thread.is_alive():
            self._thread.join(timeout=JOIN_TIMEOUT_S)

    def _run(self) -> None:
        try:
            self._work()
        except Exception as error:  # noqa: BLE001 - raised again by _check
            self._error = error

    def _check(self) -> None:
        if self._error is not None and not self.stopping.is_set():
            self.stopping.set()
            raise self._error
