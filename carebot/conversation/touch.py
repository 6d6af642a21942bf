"""Whether a press of the bumper is somebody who touches the robot, and not something that it drove against.

A pure core: time is given. Only a robot that has stood for a while, and that nothing pressed meanwhile, was touched:
after driving into furniture it backs off, and what it leans against may press the bumper again and again.
"""

from __future__ import annotations

STOOD_S = 3.0
"""So long it has stood, and the bumper was free, before a press is somebody's."""

MOTION_LIFE_S = 1.0
"""After this the last word of the robot's motion tells nothing any more: it may drive."""


class TouchSense:
    """Presses and motion in, in order of time."""

    def __init__(self) -> None:
        self._told_s: float | None = None
        self._moved_s = self._pressed_s = float("-inf")
        self._is_pressed = False

    def motion(self, is_moving: bool, now_s: float) -> None:
        """Whether it drives, or is told to. A robot of which nobody ever says so has no wheels."""
        if is_moving or self._told_s is None or now_s - self._told_s > MOTION_LIFE_S:
            self._moved_s = now_s
        self._told_s = now_s

    def press(self, is_pressed: bool, now_s: float) -> bool:
        """How the bumper is now; whether that is somebody's touch, as it begins."""
        is_touch = is_pressed and not self._is_pressed and self._has_stood(now_s)
        if is_pressed or self._is_pressed:
            self._pressed_s = now_s
        self._is_pressed = is_pressed
        return is_touch

    def _has_stood(self, now_s: float) -> bool:
        if self._told_s is not None and now_s - self._told_s > MOTION_LIFE_S:
            return False
        return now_s - max(self._moved_s, self._pressed_s) >= STOOD_S
