"""What happened when: from the loss of balance to the alert on a connected client."""

from __future__ import annotations

import threading
from dataclasses import dataclass

MARKS = {
    "set_off": "somebody begins to drive the robot there",
    "arrived": "the robot is in the room",
    "fell": "lost balance",
    "on_floor": "touched the floor",
    "suspected": "fall suspected",
    "confirmed": "fall confirmed",
    "shown": "confirmed alert shown on a connected client",
}
"""The marks in the order in which they are expected; the first two only where the robot is driven."""
LAST = "shown"


@dataclass(frozen=True, slots=True)
class Mark:
    """`time_s` is simulated, from the first picture; `detail` is a sentence, if there is one."""

    name: str
    time_s: float
    detail: str = ""


class Timeline:
    """Collects the first occurrence of each mark, from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._marks: dict[str, Mark] = {}
        self.shown_after_s: float | None = None
        """Seconds of the wall clock from the confirmed event on ROS to the alert at the client."""

    def add(self, name: str, time_s: float, detail: str = "") -> None:
        with self._lock:
            self._marks.setdefault(name, Mark(name, time_s, detail))

    def has(self, name: str) -> bool:
        with self._lock:
            return name in self._marks

    def marks(self) -> list[Mark]:
        """In the order of MARKS."""
        with self._lock:
            return [self._marks[name] for name in MARKS if name in self._marks]

    def verdict(self, a_fall_is_expected: bool, a_drive_is_expected: bool = False) -> tuple[bool, str]:
        """Whether the demonstration did what it should, and a sentence about it."""
        if a_drive_is_expected and not self.has("arrived"):
            return False, "The robot had not come to the room by the end: give it more --seconds."
        if not a_fall_is_expected:
            if self.has("confirmed"):
                return False, "Nobody was to fall, but a fall was confirmed."
            return True, "Nobody fell, and no fall was confirmed."
        if not self.has("fell"):
            return False, "The resident had not fallen by the end: give it more --seconds."
        missing = next((MARKS[name] for name in ("suspected", "confirmed", "shown") if not self.has(name)), None)
        if missing:
            return False, f"The alert did not arrive: not reached was '{missing}'."
        return True, "The alert arrived."

    def as_dict(self) -> dict[str, float | None]:
        """For machines: `NAME_s` for each mark, and delays from the touch of the floor."""
        times = {mark.name: mark.time_s for mark in self.marks()}
        floor_s = times.get("on_floor")
        content: dict[str, float | None] = {f"{name}_s": times.get(name) for name in MARKS}
        for name in ("suspected", "confirmed"):
            known = floor_s is not None and name in times
            content[f"floor_to_{name}_s"] = times[name] - floor_s if known and floor_s is not None else None
        return {**content, "confirmed_to_shown_s": self.shown_after_s}
