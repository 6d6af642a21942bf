"""How soon commands reach the wire, how steady the loop is, and what becomes of a node that hangs."""

from __future__ import annotations

import itertools
import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from carebot.benchmarks.node_rig import WHEEL_RADIUS_M, NodeRig
from carebot.benchmarks.stopping import stopped, until_standing
from carebot.drive.loop import COMMAND_LIFETIME_S
from carebot.errors import SetupError

PERIOD_S = 0.02
SPEED_M_S = 0.3
_MOST_VOIDED = 20


@dataclass
class CommandBench:
    """Commands the drive node itself. `voided` commands were not followed: a pause of the loop made them void."""

    rig: NodeRig
    chance: random.Random = field(default_factory=lambda: random.Random(1))
    voided: int = 0

    def time_commands(self, rounds: int) -> tuple[list[float], list[float]]:
        """Start and stop at random moments: seconds to the first frame that moves, and to the first that brakes."""
        starts: list[float] = []
        stops: list[float] = []
        while len(stops) < rounds:
            time.sleep(0.3 + self.chance.uniform(0.0, PERIOD_S))  # the last one has come to rest
            starts += self._time(SPEED_M_S, lambda speed, _: speed > 0)
            for _ in range(4):
                self.rig.commander.publish(SPEED_M_S)
                time.sleep(0.04 + self.chance.uniform(0.0, PERIOD_S))
            stops += self._time(0.0, lambda speed, before: speed < before)
            self.rig.supervisor.step(0.0)
        return starts, stops

    def time_loop(self, seconds: float) -> list[float]:
        """How far the gaps between frames are from the period, while nobody commands anything."""
        time.sleep(0.6)
        first = len(self.rig.wire.commanded)
        time.sleep(seconds)
        times = [at for at, _ in self.rig.wire.commanded[first:]]
        return [abs(after - before - PERIOD_S) for before, after in itertools.pairwise(times)]

    def time_silence(self, rounds: int) -> list[float]:
        """Stop the node in its tracks while it drives: seconds from its last frame to wheels that measure standing."""
        return [self._silence() for _ in range(rounds)]

    def _silence(self) -> float:
        rig = self.rig
        self._drive()
        with stopped(rig, "drive"):
            stood_s = until_standing(rig, time.monotonic())
            spoke_s = rig.wire.commanded[-1][0]
        time.sleep(0.5)
        rig.until_ready()
        return stood_s - spoke_s

    def _drive(self) -> None:
        while self.rig.wire.speed_rad_s * WHEEL_RADIUS_M < 0.9 * SPEED_M_S:
            self.rig.commander.publish(SPEED_M_S)
            self.rig.keep_up()

    def _time(self, speed_m_s: float, is_it: Callable[[float, float], bool]) -> list[float]:
        """How long the command took to the wire; nothing where it was voided."""
        published_s = self.rig.commander.publish(speed_m_s)
        passed_s = self._first_after(published_s, is_it)
        if passed_s is not None:
            return [passed_s - published_s]
        self.voided += 1
        if self.voided > _MOST_VOIDED:
            raise SetupError("commands do not reach the wire: the machine is too busy to measure.")
        self.rig.until_ready()
        return []

    def _first_after(self, since_s: float, is_it: Callable[[float, float], bool]) -> float | None:
        """When the first frame passed that fits (it is given its speed and the one before); None if none did soon."""
        ends_s = since_s + COMMAND_LIFETIME_S
        seen = self.rig.wire.commanded
        at = max(1, len(seen) - 50)
        while time.monotonic() < ends_s:
            while at < len(seen):
                (time_s, speed), (_, before) = seen[at], seen[at - 1]
                at += 1
                if time_s > since_s and is_it(speed, before):
                    return time_s
            time.sleep(0.0005)
        return None
