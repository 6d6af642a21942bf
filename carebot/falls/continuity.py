"""Whether a skeleton can be the body that was seen a moment before."""

from __future__ import annotations

import math
from collections import deque
from statistics import median

import numpy as np

from carebot.falls.body import HEAD, HIPS, SHOULDERS, TORSO_BL, Body, Point, tilt_rad

PATIENCE_S = 0.5  # a pose model's error lasts 0.2 s on average; what goes on for longer is so
REMEMBERED_S = 0.6
SHRUNK = 0.55  # of the size before: nobody's every limb is foreshortened at once
TURNED_RAD, TURNING_RAD_S = math.radians(50.0), math.radians(100.0)  # by error in one picture, and by a body
MOVED_BL, MOVING_BL_S = 0.15, 1.2
"""By error in one picture, and by a body over some of them; for a moment a fall is faster, and is believed later."""
RISING_BL_S, RISES_WITHIN_S = 0.5, 2.0
"""Nobody who goes down, or lies, comes up faster; so a leap upward is not so because it goes on."""
AWAY_S = 0.3
"""Whoever comes into sight after longer, and went away upright, is believed once the trunk is in the picture, of a
tilted one both ends."""
TILTED_RAD = math.radians(55.0)
SHORT_TORSO_BL, SHORT_NECK_BL = 0.5 * TORSO_BL, 0.14
"""Of a torso, or of the line from the hips to the head, that looks shorter no picture shows where it points."""


class Continuity:
    """Refuses skeletons that no body can have got into since it was last believed, for `PATIENCE_S` at most; leaps up
    from the floor longer.

    Where little of a person is seen, pose models fit half a skeleton to it, also upside down: that looks like a fall.
    """

    def __init__(self) -> None:
        self._believed: deque[tuple[float, float]] = deque()
        self._torso: Point | None = None
        self._neck: Point | None = None

    def accepts(
        self, body: Body, place_px: tuple[float, float], *, falling: bool = False, went_down: bool = False
    ) -> bool:
        """Whether `body` may be believed; bodies come in order of time.

        `place_px` is where the trunk was when it was last believed, as the camera looks now. Of somebody who is
        `falling` all is believed but a leap upward: falls away from the camera do look upside down. `went_down` says
        that the person was on the way down when last seen, and may well lie beside the picture.
        """
        length_px = body.apparent_length_px()
        shoulders, hips = body.middle(SHOULDERS), body.middle(HIPS)
        torso = None if shoulders is None or hips is None else shoulders - hips
        head = body.middle(HEAD)
        neck = None if head is None or hips is None else head - hips
        elapsed_s = body.time_s - self._believed[-1][0] if self._believed else math.inf
        if elapsed_s > AWAY_S and not (falling or went_down) and _is_beside(body, torso):
            return False
        usual_px = median(length for _, length in self._believed) if self._believed else math.nan
        if falling:
            can_rise_px = (MOVED_BL + RISING_BL_S * elapsed_s) * usual_px
            if elapsed_s <= RISES_WITHIN_S and _risen_px(body.trunk(), place_px) > can_rise_px:
                return False
        elif elapsed_s <= PATIENCE_S:
            shrunk = 0.0 if length_px is None else max(0.0, 1.0 - length_px / usual_px) / (1.0 - SHRUNK)
            turned_rad = max(
                _turned_rad(self._torso, torso, SHORT_TORSO_BL * usual_px),
                _turned_rad(self._neck, neck, SHORT_NECK_BL * usual_px),
            )
            turned = turned_rad / (TURNED_RAD + TURNING_RAD_S * elapsed_s)
            moved = _apart_px(body.trunk(), place_px) / usual_px / (MOVED_BL + MOVING_BL_S * elapsed_s)
            if math.hypot(shrunk, turned, moved) > 1.0:  # of each a little at once is as unlikely as much of one
                return False
        if length_px is not None:
            self._torso, self._neck = torso, neck
            self._believe(body.time_s, length_px)
        return True

    def _believe(self, time_s: float, length_px: float) -> None:
        self._believed.append((time_s, length_px))
        while self._believed[0][0] < time_s - REMEMBERED_S:
            self._believed.popleft()


def _turned_rad(before: Point | None, now: Point | None, least_px: float) -> float:
    """0 where one of the two is not known, or shorter than `least_px`: too short to show which way it points."""
    if before is None or now is None:
        return 0.0
    lengths = float(np.linalg.norm(before)), float(np.linalg.norm(now))
    if min(lengths) < least_px:
        return 0.0
    return math.acos(max(-1.0, min(1.0, float(before @ now) / lengths[0] / lengths[1])))


def _apart_px(trunk: Point | None, place_px: tuple[float, float]) -> float:
    """0 where one of the two is not known."""
    apart = 0.0 if trunk is None else float(np.linalg.norm(trunk - place_px))
    return apart if math.isfinite(apart) else 0.0


def _risen_px(trunk: Point | None, place_px: tuple[float, float]) -> float:
    """0 where one of the two is not known."""
    risen = 0.0 if trunk is None else place_px[1] - float(trunk[1])
    return risen if math.isfinite(risen) else 0.0


def _is_beside(body: Body, torso: Point | None) -> bool:
    """Whether the trunk's middle, or one end of a trunk that is tilted, is beside the picture: made up, perhaps."""
    is_tilted = torso is not None and tilt_rad(torso) > TILTED_RAD
    ends_in = all(body.inside[list(end)].any() for end in (SHOULDERS, HIPS))
    return any(abs(part - 0.5) > 0.5 for part in body.place) or (is_tilted and not ends_in)
