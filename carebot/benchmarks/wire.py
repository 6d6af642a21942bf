"""What passes between the drive node and a controller, written down: of the fake, or of the real firmware in QEMU."""

from __future__ import annotations

import itertools
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Literal

from carebot.chassis.priority import run_in_real_time
from carebot.clock import MonotonicClock
from carebot.drivers.carebot_mcu import FakeMcu, McuSettings
from carebot.drivers.carebot_mcu.emulator import Emulator, build_plant
from carebot.drivers.carebot_mcu.framing import FrameDecoder
from carebot.drivers.carebot_mcu.protocol import Decoder, Report, SetSpeeds, command_in
from carebot.drivers.line import Line
from carebot.drivers.pty_server import Exchange, PtyServer
from carebot.drivers.serial_port import SerialPort
from carebot.resources import share_dir

Device = Literal["fake", "firmware"]
_NEWEST = 500
"""Reports that are looked through: ten seconds."""


class Relay:
    """To a device on a port of this machine."""

    def __init__(self, port: SerialPort) -> None:
        self._port = port

    def exchange(self, data: bytes, now_s: float) -> bytes:  # noqa: ARG002
        if data:
            self._port.write(data)
        return self._port.read()


class Wire:
    """Stands before a carebot_mcu and writes down, on the monotonic clock, what it was told and what it tells.

    `commanded` holds (when, the fastest wheel in rad/s), `reports` holds (when, the device's own telemetry).
    """

    def __init__(self, line: Exchange, ticks_per_rad: float) -> None:
        self.commanded: list[tuple[float, float]] = []
        self.reports: list[tuple[float, Report]] = []
        self._line = line
        self._ticks_per_rad = ticks_per_rad
        self._host, self._device = FrameDecoder(), Decoder()
        self._is_in_real_time = False

    @property
    def speed_rad_s(self) -> float:
        """Of the fastest wheel, as the device measured last."""
        if not self.reports:
            return 0.0
        return max(abs(motor.ticks_per_s) for motor in self.reports[-1][1].motors) / self._ticks_per_rad

    def exchange(self, data: bytes, now_s: float) -> bytes:
        if not self._is_in_real_time:  # the thread that serves the port: else its own lateness would be measured
            run_in_real_time()
            self._is_in_real_time = True
        if data:
            self._note_commands(data, time.monotonic())
        sent = self._line.exchange(data, now_s)
        if sent:
            self._note_reports(sent, time.monotonic())
        return sent

    def stands_since_s(self, harmed_s: float) -> float | None:
        """Since when, after `harmed_s`, no encoder has moved by more than a tick; None while the wheels turn.

        Encoders, because the measured speed is smoothed and says zero later than the wheels stand.
        """
        reports = [(at_s, report) for at_s, report in self.reports[-_NEWEST:] if at_s > harmed_s]
        standing = list(itertools.takewhile(lambda seen: _is_same_place(seen[1], reports[-1][1]), reversed(reports)))
        return standing[-1][0] if len(standing) > 1 else None

    def longest_silence_s(self, since_s: float, until_s: float, whether_commands: bool) -> float:
        """Between two reports of the device in that time, and between two commands where those are asked for too."""
        series = [[at_s for at_s, _ in self.reports[-_NEWEST:]]]
        if whether_commands:
            series.append([at_s for at_s, _ in self.commanded[-_NEWEST:]])
        return max(_longest_gap_s(times_s, since_s, until_s) for times_s in series)

    def _note_commands(self, data: bytes, now_s: float) -> None:
        for frame in self._host.feed(data):
            command = command_in(frame)
            if isinstance(command, SetSpeeds):
                self.commanded.append((now_s, max(map(abs, command.ticks_per_s)) / self._ticks_per_rad))

    def _note_reports(self, data: bytes, now_s: float) -> None:
        for reply in self._device.feed(data):
            if isinstance(reply, Report):
                self.reports.append((now_s, reply))


def _longest_gap_s(times_s: list[float], since_s: float, until_s: float) -> float:
    within = [at_s for at_s in times_s if since_s < at_s < until_s]
    return max(after - before for before, after in itertools.pairwise([since_s, *within, until_s]))


def _is_same_place(one: Report, other: Report) -> bool:
    """Within one tick: a wheel that stands may sit on the edge of one."""
    return all(abs(a.ticks - b.ticks) <= 1 for a, b in zip(one.motors, other.motors, strict=True))


@contextmanager
def plugged(device: Device, port: Path) -> Iterator[tuple[PtyServer, Wire]]:
    """That device behind the file `port`; raises SetupError where the firmware cannot be built or run."""
    settings = McuSettings(port=str(port))
    with ExitStack() as stack:
        line: Exchange = Line(FakeMcu(settings)) if device == "fake" else _emulated(stack)
        wire = Wire(line, settings.ticks_per_rad)
        yield stack.enter_context(PtyServer(wire, port, MonotonicClock())), wire


def _emulated(stack: ExitStack) -> Relay:
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="carebot-plant-")))
    emulator = stack.enter_context(Emulator(build_plant(share_dir() / "hardware" / "firmware", folder)))
    port = SerialPort(emulator.port, 115200)
    stack.callback(port.close)
    return Relay(port)
