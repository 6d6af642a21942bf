"""Everybody's movements that are worth remembering and no alarm: near-falls, slow descents, trouble rising, walks."""

from __future__ import annotations

import math
from collections.abc import Sequence

from carebot.falls.body import ANKLES, KNEES, Body
from carebot.falls.gait import ANKLE_HEIGHT_BL, Footing, Walking, on_floor_m, place_bl
from carebot.falls.monitor import PersonObservation
from carebot.falls.person_state import PersonState
from carebot.falls.sights import STANDING_HIP_BL, Sight, sight_of
from carebot.falls.sliding import Sliding
from carebot.falls.struggling import Struggling
from carebot.falls.stumbling import Stumbling
from carebot.geometry import CameraMounting
from carebot.noticed import Noticed
from carebot.people import People

FORGET_AFTER_S = 10.0
STATURE_M = 1.6  # for the height of ankles above the floor alone


class Noticing:
    """Call `step` after each step of the `FallMonitor`, with the same picture and what the monitor observed in it.

    `mounting` is None where nobody described the camera: then nothing is said in metres.
    """

    def __init__(self, mounting: CameraMounting | None = None) -> None:
        self._is_described = mounting is not None
        self._mounting = CameraMounting() if mounting is None else mounting
        self._watched: dict[int, _Watched] = {}
        self._now_s = -math.inf

    def step(
        self, people: People, observations: Sequence[PersonObservation], *, camera_moves: bool = False
    ) -> list[Noticed]:
        """What was noticed in this picture. While the camera moves nothing is, for the picture moves with it."""
        if people.time_s < self._now_s:
            self._watched.clear()
        if not people.time_s > self._now_s and self._watched:
            return []
        self._now_s = people.time_s
        if camera_moves:
            self._watched.clear()
            return []
        noticed = [each for seen in observations for each in self._see(people, seen)]
        return noticed + self._forget_the_lost()

    def _see(self, people: People, seen: PersonObservation) -> list[Noticed]:
        if seen.features.time_s != people.time_s:  # a skeleton that the monitor did not believe
            return []
        watched = self._watched.setdefault(seen.track_id, _Watched(seen.track_id))
        sight = sight_of(seen, _shin_bl(seen.body, seen.features.length_px))
        is_walking = seen.state is PersonState.UPRIGHT and sight.hip_bl >= STANDING_HIP_BL
        return watched.see(sight, self._footing(people, seen) if is_walking else None)

    def _footing(self, people: People, seen: PersonObservation) -> Footing:
        f, body = seen.features, seen.body
        fov_rad = self._mounting.vertical_fov_rad
        where_bl = place_bl(f.x, f.length_px, people.width_px, people.height_px, fov_rad)
        return Footing(f.time_s, where_bl, self._feet_m(people, seen.track_id, body), _feet_bl(body, f.length_px))

    def _feet_m(self, people: People, track_id: int, body: Body) -> tuple[float, float]:
        if not self._is_described or not body.inside[list(ANKLES)].all():
            return math.nan, math.nan
        keypoints = next(each.keypoints for each in people.people if each.track_id == track_id)
        aspect = people.width_px / people.height_px
        x, y = (float(keypoints[list(ANKLES), axis].mean()) for axis in (0, 1))
        return on_floor_m(x, y, aspect, self._mounting, ANKLE_HEIGHT_BL * STATURE_M)

    def _forget_the_lost(self) -> list[Noticed]:
        ended = []
        for track_id, watched in list(self._watched.items()):
            lost_s = self._now_s - watched.last_s
            if lost_s > FORGET_AFTER_S:
                del self._watched[track_id]
            if lost_s > 1.0:
                ended += watched.lose()
        return ended


class _Watched:
    """One person and their observers."""

    def __init__(self, track_id: int) -> None:
        self.last_s = -math.inf
        self._track_id = track_id
        self._postures = (Stumbling(), Sliding(), Struggling())
        self._walking = Walking(track_id)

    def see(self, sight: Sight, footing: Footing | None) -> list[Noticed]:
        self.last_s = sight.time_s
        noticed = [each.see(self._track_id, sight) for each in self._postures]
        noticed.append(self._walking.stop() if footing is None else self._walking.see(footing))
        return [each for each in noticed if each is not None]

    def lose(self) -> list[Noticed]:
        walk = self._walking.stop()
        return [] if walk is None else [walk]


def _shin_bl(body: Body, length_px: float) -> float:
    knees, ankles = body.middle(KNEES), body.middle(ANKLES)
    return math.nan if knees is None or ankles is None else float(ankles[1] - knees[1]) / length_px


def _feet_bl(body: Body, length_px: float) -> tuple[float, float]:
    left, right = body.joints[list(ANKLES)]
    return float(left[0] - right[0]) / length_px, float(left[1] - right[1]) / length_px
