"""The nodes in processes of their own, before a controller whose wire is written down."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from carebot.benchmarks.commander import Commander
from carebot.benchmarks.wire import Device, Wire, plugged
from carebot.bringup.environment import stay_alone
from carebot.bringup.profile import Profile
from carebot.bringup.restarts import RestartParameters
from carebot.bringup.supervisor import Supervisor
from carebot.chassis.priority import in_real_time
from carebot.drivers.pty_server import PtyServer
from carebot.errors import SetupError

ROBOT = "carebot_bench_drive"
WHEEL_RADIUS_M = 0.0625
"""Of the robot file `simulated`."""
START_WITHIN_S = 60.0
_RESTARTS = RestartParameters(first_pause_s=0.05, longest_pause_s=0.05)


@dataclass
class NodeRig:
    """What measurements need: the wire, its plug, the processes by name, and whoever commands."""

    wire: Wire
    server: PtyServer
    supervisor: Supervisor
    commander: Commander
    _cleared_s: float = 0.0

    def until_ready(self) -> None:
        """Wait until the drive follows commands. Raises SetupError."""
        ends_s = time.monotonic() + START_WITHIN_S
        while not self.commander.drive_is_ready:
            if time.monotonic() > ends_s:
                raise SetupError(
                    f"the drive node did not come up within a minute ({self.commander.state.stop_reason}): "
                    f"try `carebot up wheels` and see why."
                )
            self.keep_up()

    def keep_up(self) -> None:
        """Start what has died, and clear faults: a busy machine holds the emulated board up, which it complains of."""
        self.supervisor.step(0.02)
        if self.commander.state.stop_code.startswith("fault_") and time.monotonic() >= self._cleared_s + 1.0:
            self._cleared_s = time.monotonic()
            self.commander.clear_faults()


@contextmanager
def running(device: Device, *nodes: str) -> Iterator[NodeRig]:
    """`nodes` ("drive", "safety") before that device; raises SetupError where it cannot be."""
    stay_alone()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="carebot-bench-")))
        port = folder / "motors"
        parameters = {"drive": {"port": str(port)}, "safety": {"estop_file": str(folder / "stop.json")}}
        profile = Profile.model_validate(
            {
                "robot": ROBOT,
                "processes": [{"name": name, "nodes": {name: parameters[name]}} for name in nodes],
            }
        )
        server, wire = stack.enter_context(plugged(device, port))
        stack.enter_context(_data_in(folder))
        supervisor = stack.enter_context(Supervisor(profile, lambda _name, _line: None, _RESTARTS))
        with in_real_time():  # a thread of this process that waits for the processor makes the wire's wait, too
            commander = stack.enter_context(Commander(ROBOT))
        rig = NodeRig(wire, server, supervisor, commander)
        rig.until_ready()
        yield rig


@contextmanager
def _data_in(folder: Path) -> Iterator[None]:
    before = os.environ.get("CAREBOT_DATA_DIR")
    os.environ["CAREBOT_DATA_DIR"] = str(folder)
    try:
        yield
    finally:
        os.environ.pop("CAREBOT_DATA_DIR")
        if before is not None:
            os.environ["CAREBOT_DATA_DIR"] = before
