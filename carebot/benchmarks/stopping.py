"""Everything that must lead to standing wheels, done to the real nodes while they drive."""

from __future__ import annotations

import math
import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from carebot.benchmarks.node_rig import WHEEL_RADIUS_M, NodeRig
from carebot.errors import SetupError

SPEED_M_S = 0.3
_DRIVES_WITHIN_S = 60.0
_STANDS_WITHIN_S = 5.0
_WATCHED_S = 0.3
"""Wheels count as standing when they have done so for this long."""
_HELD_UP_S = 0.06
"""Reports and commands come every 20 ms where the machine has time for those who send them."""
_MOST_VOIDED = 50


@contextmanager
def _killed(rig: NodeRig, name: str) -> Iterator[None]:
    os.kill(rig.supervisor.pids()[name], signal.SIGKILL)
    yield


@contextmanager
def stopped(rig: NodeRig, name: str) -> Iterator[None]:
    """The process `name` hangs, and goes on afterwards."""
    pid = rig.supervisor.pids()[name]
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


@contextmanager
def _unplugged(rig: NodeRig, _: str) -> Iterator[None]:
    rig.server.unplug()
    try:
        yield
    finally:
        rig.server.plug()


HARMS: dict[str, tuple[Callable[..., object], str]] = {
    "kill -9 of drive": (_killed, "drive"),
    "kill -9 of safety": (_killed, "safety"),
    "SIGSTOP of drive": (stopped, "drive"),
    "SIGSTOP of safety": (stopped, "safety"),
    "cable pulled": (_unplugged, ""),
}


def until_driving(rig: NodeRig) -> None:
    """Have safety and drive drive at SPEED_M_S, by the controller's own telemetry. Raises SetupError."""
    rig.commander.wish_m_s = SPEED_M_S
    ends_s = time.monotonic() + _DRIVES_WITHIN_S
    while rig.wire.speed_rad_s * WHEEL_RADIUS_M < 0.9 * SPEED_M_S:
        if time.monotonic() > ends_s:
            motion, drive = rig.commander.motion, rig.commander.state
            why = drive.stop_reason or " ".join(reason.words for reason in motion.reasons)
            raise SetupError(f"the robot does not drive ({why}): the machine is too busy to measure.")
        rig.keep_up()


def time_harms(rig: NodeRig, name: str, rounds: int) -> tuple[list[float], int]:
    """Do it `rounds` times; the seconds until the wheels stood, and how many more rounds were void.

    A round in which the machine held up the wire, the device or a node that nobody harmed says nothing about the robot:
    it is done again. Raises SetupError where that happens all the time.
    """
    durations_s: list[float] = []
    voided = 0
    while len(durations_s) < rounds:
        duration_s = _time_harm(rig, name)
        if duration_s is not None:
            durations_s.append(duration_s)
            continue
        voided += 1
        if voided > rounds + _MOST_VOIDED:
            raise SetupError(f"the machine is too busy to measure: it held up {voided} rounds.")
    return durations_s, voided


def _time_harm(rig: NodeRig, name: str) -> float | None:
    """Seconds until the wheels of a robot that drives stand, infinite where they never do; None for a void round."""
    harm, target = HARMS[name]
    until_driving(rig)
    since_s = time.monotonic()
    with harm(rig, target):  # type: ignore[attr-defined]
        stood_s = until_standing(rig, since_s)
    rig.commander.wish_m_s = None
    ends_s = min(stood_s, time.monotonic())
    held_up_s = rig.wire.longest_silence_s(since_s, ends_s, whether_commands=target == "safety")
    return None if held_up_s > _HELD_UP_S else stood_s - since_s


def time_emergency_stop(rig: NodeRig) -> float:
    """Seconds from the call of the judge's service to the first zero on the wire."""
    until_driving(rig)
    called_s = rig.commander.emergency_stop()
    ends_s = called_s + _STANDS_WITHIN_S
    while (zero_s := _first_zero_s(rig, called_s)) is None and time.monotonic() < ends_s:
        time.sleep(0.001)
    rig.commander.wish_m_s = None
    rig.commander.reset()
    return math.inf if zero_s is None else zero_s - called_s


def _first_zero_s(rig: NodeRig, since_s: float) -> float | None:
    return next((at_s for at_s, speed in rig.wire.commanded[-100:] if at_s > since_s and speed == 0.0), None)


def until_standing(rig: NodeRig, harmed_s: float) -> float:
    """When the wheels came to stand, once they have stood for a while; infinite where they do not."""
    ends_s = time.monotonic() + _STANDS_WITHIN_S
    while time.monotonic() < ends_s:
        stood_s = rig.wire.stands_since_s(harmed_s)
        if stood_s is not None and rig.wire.reports[-1][0] - stood_s >= _WATCHED_S:
            return stood_s
        time.sleep(0.02)
    return math.inf
