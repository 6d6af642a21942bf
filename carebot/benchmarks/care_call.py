"""From a confirmed fall on ROS to the first caregiver's phone: the real care node, messenger and HTTP."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from carebot_interfaces.msg import FallAlert

from carebot.alerts import FallEvent, FallEventKind
from carebot.benchmarks.receiver import Letter, Phones, phones
from carebot.bringup.environment import stay_alone
from carebot.bringup.profile import Profile
from carebot.bringup.supervisor import Supervisor
from carebot.errors import SetupError
from carebot.ros import qos
from carebot.ros.beside import node_beside
from carebot.ros.convert import fall_event_to_msg

ROBOT = "carebot_bench"
START_WITHIN_S = 60.0
CALL_WITHIN_S = 30.0
TARGET_P95_MS = 1000.0


@dataclass(frozen=True, slots=True)
class CallReport:
    """Milliseconds from publishing a confirmed fall to the arrival of the first caregiver's message.

    `median_ms`, `p95_ms` and `worst_ms` are None where nobody was told.
    """

    falls: int
    told: int
    median_ms: float | None
    p95_ms: float | None
    worst_ms: float | None

    @property
    def is_good(self) -> bool:
        """Whether everybody was told, and soon enough."""
        return self.told == self.falls and self.p95_ms is not None and self.p95_ms < TARGET_P95_MS


def measure(falls: int, folder: Path) -> CallReport:
    """Let `falls` falls be confirmed, one after the other; records are kept in `folder`."""
    stay_alone()
    with phones() as received:
        care = {"site": str(_site(folder, received.address)), "records": str(folder / "records.sqlite")}
        profile = Profile.model_validate({"robot": ROBOT, "processes": [{"name": "care", "nodes": {"care": care}}]})
        with Supervisor(profile, lambda _name, _line: None) as supervisor, node_beside("bench", ROBOT) as node:
            out = node.create_publisher(FallAlert, "fall_alerts", qos.FALL_ALERTS)

            def told_after_s(number: int, within_s: float) -> float | None:
                return _told_after_s(number, within_s, lambda: out.publish(_fall(number)), received, supervisor)

            if told_after_s(0, START_WITHIN_S) is None:
                raise SetupError("The care node called nobody within a minute: run `carebot up robot` to see why.")
            return _report([told_after_s(number, CALL_WITHIN_S) for number in range(1, falls + 1)])


def _told_after_s(
    number: int, within_s: float, publish: Callable[[], None], received: Phones, supervisor: Supervisor
) -> float | None:
    begun_s = time.monotonic()
    publish()
    while time.monotonic() - begun_s < within_s:
        came = next((letter for letter in received.letters if _is_about(letter, number)), None)
        if came is not None:
            return came.at_s - begun_s
        if supervisor.step(0.0) is not None:
            return None
        time.sleep(0.005)
    return None


def _report(delays_s: list[float | None]) -> CallReport:
    found_ms = [1e3 * delay_s for delay_s in delays_s if delay_s is not None]
    if not found_ms:
        return CallReport(len(delays_s), 0, None, None, None)
    median_ms, p95_ms = (round(float(value), 1) for value in np.percentile(found_ms, [50, 95]))
    return CallReport(len(delays_s), len(found_ms), median_ms, p95_ms, round(max(found_ms), 1))


def _is_about(letter: Letter, number: int) -> bool:
    return f"number {number}." in letter.message


def _fall(number: int) -> FallAlert:
    event = FallEvent(FallEventKind.CONFIRMED, number, 1, float(number), 0.9, "fell", f"Fall number {number}.", {})
    return fall_event_to_msg(event, "bench")


def _site(folder: Path, address: str) -> Path:
    content = {
        "caregivers": [{"name": "Aiko", "reach": {"phone": f"{address}/Aiko"}}],
        "escalation": {"default": [{"tell": [{"who": "Aiko"}], "for_s": 3600}]},
    }
    path = folder / "site.yaml"
    path.write_text(json.dumps(content), encoding="utf-8")
    return path
