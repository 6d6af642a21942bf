"""Every figure that is asked of the way from a command to the motors, beside its target: `carebot bench drive`."""

from __future__ import annotations

import math
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal

from carebot.benchmarks.commanding import CommandBench
from carebot.benchmarks.decoders import DecoderSpeed, measure_all
from carebot.benchmarks.node_rig import running
from carebot.benchmarks.stopping import HARMS, time_emergency_stop, time_harms
from carebot.benchmarks.wire import Device
from carebot.chassis.priority import hurry

_BUSY = "import os\nos.setpriority(os.PRIO_PROCESS, 0, 0)\nwhile os.getppid() == %d: sum(range(100000))"
DECODED_MB_PER_S, DECODED_FRAMES_PER_S = 20.0, 50_000.0
"""A decoder that reaches one of both is fast enough."""


@dataclass(frozen=True, slots=True)
class Target:
    """`judged` names the field of the figure that has to be below `below_ms`."""

    judged: Literal["p99_ms", "worst_ms"]
    below_ms: float


TARGETS = {
    "cmd_vel to the wire": Target("p99_ms", 10.0),
    "zero to the wire": Target("p99_ms", 10.0),
    "loop jitter at 50 Hz": Target("p99_ms", 4.0),
    "emergency stop to zero on the wire": Target("p99_ms", 20.0),
    "host silent to wheels still": Target("worst_ms", 250.0),
    **{f"{harm} to wheels still": Target("worst_ms", 400.0) for harm in HARMS},
}
"""By name: `cmd_vel` published to the first frame that follows it; a zero to the first frame that brakes; how far gaps
between frames are from 20 ms; the judge's service called to the first frame that holds zero; the last frame of a node
that hangs to standing wheels; and harm done to standing wheels, each by the controller's own telemetry.
"""


@dataclass(frozen=True, slots=True)
class Figure:
    """Milliseconds over `count` measurements; infinite where something never happened."""

    name: str
    device: Device
    busy_processes: int
    count: int
    median_ms: float
    p99_ms: float
    worst_ms: float
    voided: int
    """More measurements that say nothing, because the machine had no time for those who take part."""

    @property
    def target(self) -> Target:
        return TARGETS[self.name]

    @property
    def is_met(self) -> bool:
        judged: float = getattr(self, self.target.judged)
        return judged < self.target.below_ms


@dataclass(frozen=True, slots=True)
class DriveReport:
    figures: tuple[Figure, ...]
    decoders: dict[str, DecoderSpeed]


@dataclass(frozen=True, slots=True)
class Amount:
    """How much is measured: starts and stops of all kinds, seconds of the loop, silences, and rounds of each harm."""

    rounds: int = 100
    seconds: float = 20.0
    silences: int = 10
    harms: int = 10


def measure(devices: Sequence[Device], amount: Amount, busy: int, say: Callable[[str], None]) -> DriveReport:
    """Measure here and now; `busy` processes load the machine while the loop is timed a second time.

    Raises SetupError where the nodes do not come up, or the firmware cannot be built or run.
    """
    hurry()  # so that the nodes are measured and not how late this process looks
    figures: list[Figure] = []
    for device in devices:
        figures += _measure_commanding(device, amount, busy, say)
        figures += measure_stopping(device, amount.rounds, amount.harms, say)
    say("timing the decoders")
    return DriveReport(tuple(figures), measure_all())


def measure_stopping(
    device: Device, rounds: int, harms: int, say: Callable[[str], None], names: Sequence[str] = tuple(HARMS)
) -> list[Figure]:
    """The emergency stop `rounds` times and each harm `harms` times, with safety and drive before `device`."""
    with running(device, "safety", "drive") as rig:
        say(f"{device}: emergency stops")
        stops_s = [time_emergency_stop(rig) for _ in range(rounds)]
        found = [figure("emergency stop to zero on the wire", device, 0, stops_s)]
        for name in names:
            say(f"{device}: {name}")
            found.append(figure(f"{name} to wheels still", device, 0, *time_harms(rig, name, harms)))
    return found


def _measure_commanding(device: Device, amount: Amount, busy: int, say: Callable[[str], None]) -> list[Figure]:
    with running(device, "drive") as rig:
        bench = CommandBench(rig)
        say(f"{device}: commands")
        commands, zeros = bench.time_commands(amount.rounds)
        say(f"{device}: the loop")
        figures = [
            figure("cmd_vel to the wire", device, 0, commands, bench.voided),
            figure("zero to the wire", device, 0, zeros),
            figure("loop jitter at 50 Hz", device, 0, bench.time_loop(amount.seconds)),
        ]
        if busy:
            with _load(busy):
                jitter = bench.time_loop(amount.seconds)
            figures.append(figure("loop jitter at 50 Hz", device, busy, jitter))
        say(f"{device}: a node that hangs")
        figures.append(figure("host silent to wheels still", device, 0, bench.time_silence(amount.silences)))
    return figures


def figure(name: str, device: Device, busy: int, durations_s: Sequence[float], voided: int = 0) -> Figure:
    """Of at least one duration."""
    ordered = sorted(1000 * duration for duration in durations_s)
    at = [ordered[math.ceil(share * len(ordered)) - 1] for share in (0.5, 0.99)]
    return Figure(name, device, busy, len(ordered), at[0], at[1], ordered[-1], voided)


def is_fast_enough(decoder: DecoderSpeed) -> bool:
    return decoder.mb_per_s >= DECODED_MB_PER_S or decoder.frames_per_s >= DECODED_FRAMES_PER_S


@contextmanager
def _load(count: int) -> Iterator[None]:
    """So many processes that do nothing but compute; they end with this one."""
    code = _BUSY % os.getpid()
    processes = [subprocess.Popen([sys.executable, "-c", code]) for _ in range(count)]
    try:
        yield
    finally:
        for process in processes:
            process.kill()
            process.wait()
