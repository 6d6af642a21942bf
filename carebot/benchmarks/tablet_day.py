"""What a day does to the memory of the tablet's process: all that robots say in it, several times as fast.

Messages come faster; what the server does by the clock (each page's second, say) happens as often as in the time that
the benchmark takes. Every simulated hour falls are confirmed and resolved, and some more tablets come and go.
"""

from __future__ import annotations

import tempfile
import time
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from carebot_interfaces.msg import FallAlert

from carebot.benchmarks.memory import resident_bytes
from carebot.benchmarks.tablet import Say
from carebot.benchmarks.tablet_events import Events
from carebot.benchmarks.tablet_rig import SEEN_WITHIN_S, Crowd, Server, fall_alert, resolve, running, until
from carebot.bringup.environment import stay_alone
from carebot.errors import SetupError
from carebot.ros import qos

VISITORS = 5
FALLS_AN_HOUR = 2
SETTLES_AFTER = 0.5
"""In this share of the day, Python's memory finds its size, and as many alerts' replays are there as are ever kept."""
MOST_GROWTH_MB = 10.0


@dataclass(frozen=True, slots=True)
class DayReport:
    """`memory_mb` is the resident memory at the start and after each hour; `messages` is what was published."""

    hours: int
    times: float
    tablets: int
    robots: int
    visits: int
    messages: int
    memory_mb: tuple[float, ...]
    took_s: float

    @property
    def growth_mb_a_day(self) -> float:
        """The slope of the memory once it has settled."""
        settled = self.memory_mb[round(SETTLES_AFTER * self.hours) :]
        return float(24 * np.polyfit(np.arange(len(settled)), settled, 1)[0])

    def goals(self) -> dict[str, bool]:
        return {f"growth < {MOST_GROWTH_MB:g} MB a day": self.growth_mb_a_day < MOST_GROWTH_MB}


def measure_day(hours: int, times: float, tablets: int, robots: int, say: Say) -> DayReport:
    """`hours` hours of what is said of `robots` robots, `times` as fast, with `tablets` tablets connected."""
    stay_alone()
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="carebot-bench-", ignore_cleanup_errors=True))
        server = stack.enter_context(running(Path(folder)))
        crowd = stack.enter_context(Crowd(server, tablets))
        events = stack.enter_context(Events(server.node, robots, times))
        out = server.node.create_publisher(FallAlert, "fall_alerts", qos.FALL_ALERTS)
        began_s = time.monotonic()
        memory_mb = [_memory_mb(server)]
        for hour in range(hours):
            ends_s = began_s + (hour + 1) * 3600.0 / times
            for number in range(FALLS_AN_HOUR * hour, FALLS_AN_HOUR * (hour + 1)):
                out.publish(fall_alert(number))
                if not until(partial(crowd.have_all_heard, number), SEEN_WITHIN_S, server):
                    raise SetupError(f"Fall number {number} did not come to every tablet: the machine is too busy.")
                resolve(server)
            with Crowd(server, VISITORS):
                until(lambda: False, 1.0, server)
            until(lambda: False, ends_s - time.monotonic(), server)
            memory_mb.append(_memory_mb(server))
            say(f"hour {hour + 1}: {memory_mb[-1]:.1f} MB")
        return DayReport(
            hours=hours,
            times=times,
            tablets=tablets,
            robots=robots,
            visits=VISITORS * hours,
            messages=events.published,
            memory_mb=tuple(round(each, 1) for each in memory_mb),
            took_s=round(time.monotonic() - began_s, 1),
        )


def _memory_mb(server: Server) -> float:
    return resident_bytes(server.pid) / 2**20


def day_lines(report: DayReport) -> list[str]:
    """The report for people."""
    lines = [
        f"{report.hours} h at {report.times:g} times their speed (in {report.took_s / 60:.0f} min): {report.messages} "
        f"messages of {report.robots} robots' parts, {FALLS_AN_HOUR * report.hours} falls, {report.tablets} tablets "
        f"and {report.visits} that came and went",
        "  memory in MB, hour by hour: " + " ".join(f"{each:.0f}" for each in report.memory_mb),
        f"  growth from hour {round(SETTLES_AFTER * report.hours)} on: {report.growth_mb_a_day:.1f} MB a day",
    ]
    return lines + [f"  {goal}: {'reached' if is_met else 'MISSED'}" for goal, is_met in report.goals().items()]
