"""Whether somebody low on the floor holds themselves up: kneels rather than lies."""

from __future__ import annotations

import math
from collections import deque

from carebot.falls.features import PersonFeatures

HIP_BL, SHOULDER_BL = 0.16, 0.33
"""Hips are at 0.05 to 0.1 body lengths when sitting on the floor, at 0.2 to 0.3 on one's knees; whoever lies with the
feet towards a lens at the robot's height shows them at 0.15, and the shoulders at 0.2."""
UPRIGHT_RAD = math.radians(55.0)


class Kneeling:
    """What the last `window_s` showed, so that one wrong skeleton does not decide."""

    def __init__(self, window_s: float) -> None:
        self._window_s = window_s
        self._held_up: deque[tuple[float, bool]] = deque()

    def see(self, features: PersonFeatures) -> None:
        """The person in the next picture."""
        self._held_up.append((features.time_s, _is_held_up(features)))
        while self._held_up[0][0] < features.time_s - self._window_s:
            self._held_up.popleft()

    @property
    def goes_on(self) -> bool:
        """Whether in most pictures an upright torso was carried well above a floor that was seen."""
        return 2 * sum(held_up for _, held_up in self._held_up) > len(self._held_up)


def _is_held_up(f: PersonFeatures) -> bool:
    is_high = f.hip_height_bl >= HIP_BL and f.shoulder_height_bl >= SHOULDER_BL
    return f.floor_is_seen and is_high and f.torso_angle_rad < UPRIGHT_RAD
