"""BlazePose as a `PoseEstimator`: follows everybody it knows, and looks for those it does not."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from carebot.perception.estimators.base import Image, PoseObservation
from carebot.perception.estimators.blazepose.detector import Detector
from carebot.perception.estimators.blazepose.landmarks import Body, Landmarker
from carebot.perception.estimators.blazepose.region import Region
from carebot.perception.estimators.blazepose.search import Rota, views_around, views_of
from carebot.perception.estimators.blazepose.stillness import (
    Thumbnail,
    changed_outside,
    changed_share,
    thumbnail,
)
from carebot.perception.session import Session


@dataclass(frozen=True, slots=True)
class BlazePoseParameters:
    """How hard it looks.

    `most_people`: no more are followed.
    `least_presence`: the landmark network's probability under which there is nobody in a region.
    `least_score`: the detector's probability under which nothing was found.
    `same_body`: a new body whose joints are nearer than this fraction of its size to somebody known is no other.
    `same_followed`: the same for two who are followed already; less, as people do stand close to each other.
    `least_second_look`: the detector's score when it looks again at somebody new alone; higher beside others, because
    with the most prominent body painted over, it finds shapes of bodies in furniture (on 23 real clips, such ghosts had
    0.44 at most).
    `upside_down_rad`: a body turned further is upside down, and compared with an upright one in the same place, for
    people on their feet are taken for such where they stand so close that the head is outside of the picture.
    `most_doubt`: nobody is followed whose joints are less visible than the upright one's by more than this (0..1).
    `search_interval_s`: while somebody is followed, one view is searched for others this often, and ten times less
    often once all views were searched and the picture around them stays the same.
    `remember_lost_s`: how long somebody lost is looked for where they were.
    `still_hold_s`: how long the joints of somebody are kept while the picture of them stays the same; 0: not at all.
    `look_interval_s`: nobody is looked at more often than this. `slow_look_interval_s`: nor is somebody slower than
    `slow_per_s` (in sizes of their region a second) while nobody else is near and less than `slow_share` of the blocks
    around them change: on real clips at 15 pictures a second, that holds for three quarters of daily life and a tenth
    of falling. In the pictures between, their joints go on as they went; free fall goes 2 cm further in 0.07 s.
    """

    most_people: int = 6
    least_presence: float = 0.5
    least_score: float = 0.5
    same_body: float = 0.2
    same_followed: float = 0.1
    least_second_look: float = 0.3
    least_second_look_beside_others: float = 0.5
    upside_down_rad: float = 2.4
    most_doubt: float = 0.02
    search_interval_s: float = 1.0
    remember_lost_s: float = 3.0
    still_hold_s: float = 0.2
    look_interval_s: float = 0.06
    slow_look_interval_s: float = 0.12
    slow_per_s: float = 0.3
    slow_share: float = 0.06


@dataclass(frozen=True, slots=True, eq=False)
class _Followed:
    """`velocity_px_s` is that of the body's middle between the last two looks. `doubt` is by how much more visible the
    joints were lately (0..1) if this body, which is upside down, was taken for an upright one; 0 of any other."""

    body: Body
    looked_s: float
    looked_at: Thumbnail
    velocity_px_s: NDArray[np.float32]
    doubt: float

    @property
    def speed_px_s(self) -> float:
        return float(np.linalg.norm(self.velocity_px_s))


@dataclass(frozen=True, slots=True)
class _Lost:
    """`behind`: behind somebody else."""

    region: Region
    since_s: float
    behind: bool = False


TIME_TOLERANCE_S = 0.005
"""Cameras do not keep their intervals to the millisecond."""
LONGEST_STEP_S = 0.15
"""Looks further apart than this say nothing about a velocity."""
NEWEST_DOUBT = 0.3
"""What the newest look counts for in a doubt."""


class BlazePose:
    """Follows people through pictures that arrive in the order of their `time_s`."""

    def __init__(self, detector: Session, landmarks: Session, parameters: BlazePoseParameters | None = None) -> None:
        self._p = parameters or BlazePoseParameters()
        self._provider = landmarks.provider
        self._fallback_reason = landmarks.fallback_reason or detector.fallback_reason
        self._detector = Detector(detector)
        self._landmarker = Landmarker(landmarks)
        self._followed: list[_Followed] = []
        self._lost: list[_Lost] = []
        self._views, self._lost_views = Rota(), Rota()
        self._searched_s = float("-inf")
        self._searched_at: Thumbnail = np.empty((0, 0), np.float32)
        self._calm_views = 0
        self._shape: tuple[int, ...] = ()

    @property
    def provider(self) -> str:
        return self._provider

    @property
    def fallback_reason(self) -> str | None:
        return self._fallback_reason

    def estimate(self, image: Image, time_s: float) -> list[PoseObservation]:
        now = thumbnail(image)
        if image.shape != self._shape:
            self._begin_anew(image.shape)
        self._follow(image, time_s, now)
        found = [self._search(image, view, time_s, now) for view in self._due_views(image, time_s, now)]
        if any(found):  # where one is, others may be: look again in the next picture, with this one painted over
            self._search_at_once()
        return self._observations(image, time_s)

    def estimate_still(self, image: Image) -> list[PoseObservation]:
        """Everybody in a single picture of no sequence: all views are searched until nobody new is found."""
        height_px, width_px = image.shape[:2]
        self._followed, self._lost = [], []
        for view in views_of(width_px, height_px):
            while self._search(image, view, 0.0, thumbnail(image)):
                pass
        return self._observations(image, 0.0)

    def _begin_anew(self, shape: tuple[int, ...]) -> None:
        """Another size is another camera or another part of its picture: what is known of places is worth nothing."""
        self._shape, self._followed, self._lost = shape, [], []
        self._search_at_once()

    def _search_at_once(self) -> None:
        self._views.restart()
        self._searched_s, self._calm_views = float("-inf"), 0

    def _observations(self, image: Image, time_s: float) -> list[PoseObservation]:
        height_px, width_px = image.shape[:2]
        return [self._shown(followed, time_s).observation(width_px, height_px) for followed in self._followed]

    def _shown(self, followed: _Followed, time_s: float) -> Body:
        since_s = min(max(time_s - followed.looked_s, 0.0), self._p.slow_look_interval_s)
        return followed.body.moved(followed.velocity_px_s * np.float32(since_s)) if since_s else followed.body

    def _bodies(self) -> list[Body]:
        return [followed.body for followed in self._followed]

    def _follow(self, image: Image, time_s: float, now: Thumbnail) -> None:
        pairs = [
            (followed, followed if self._may_wait(followed, time_s, now) else self._look(followed, image, time_s, now))
            for followed in self._followed
        ]
        # Where two become one, the one who moved less was there before.
        pairs.sort(key=lambda pair: _apart(pair[0].body, pair[1].body))
        self._followed = []
        for followed, latest in pairs:
            if latest.body.presence < self._p.least_presence or latest.doubt > self._p.most_doubt:
                self._lost.append(_Lost(followed.body.next_region, time_s))
                self._lost_views.restart()
            elif not self._known(latest.body, self._p.same_followed):
                self._followed.append(latest)
            else:  # gone behind somebody, whose joints were then found
                self._lost.append(_Lost(followed.body.next_region, time_s, behind=True))
        self._lost = [lost for lost in self._lost if 0.0 <= time_s - lost.since_s < self._p.remember_lost_s]

    def _look(self, followed: _Followed, image: Image, time_s: float, now: Thumbnail) -> _Followed:
        body = self._landmarker.find(image, followed.body.next_region)
        doubt = self._doubt(image, body, followed.doubt)
        return _Followed(body, time_s, now, _velocity_px_s(followed, body, time_s), doubt)

    def _doubt(self, image: Image, body: Body, before: float | None = None) -> float:
        """By how much more visible the joints of an upright body in the same place are, where this one is upside down,
        mixed with the doubt `before`. Real people who lie with the head towards the camera have -0.17, simulated ones
        who stand too close 0.15 (medians)."""
        region = body.next_region
        if abs(region.rotation_rad) < self._p.upside_down_rad:
            return 0.0
        upright = self._landmarker.find(image, replace(region, rotation_rad=0.0))
        doubt = upright.visibility - body.visibility
        return doubt if before is None else NEWEST_DOUBT * doubt + (1.0 - NEWEST_DOUBT) * before

    def _may_wait(self, followed: _Followed, time_s: float, now: Thumbnail) -> bool:
        since_s = time_s - followed.looked_s + TIME_TOLERANCE_S
        if not TIME_TOLERANCE_S <= since_s < self._p.still_hold_s:
            return False
        if since_s < self._p.look_interval_s:
            return True
        region = followed.body.next_region
        share = changed_share(followed.looked_at, now, region)
        slow = share < self._p.slow_share and followed.speed_px_s < self._p.slow_per_s * region.size_px
        alone = not any(_inside(other.body, region) for other in self._followed if other is not followed)
        return share == 0.0 or (slow and alone and since_s < self._p.slow_look_interval_s)

    def _due_views(self, image: Image, time_s: float, now: Thumbnail) -> list[Region]:
        """The views to search in this picture: near the last one lost; and the room's next view, when it is time."""
        height_px, width_px = image.shape[:2]
        views = []
        if self._lost:
            views.append(self._lost_views.turn(views_around(self._lost[-1].region)))
        of_room = views_of(width_px, height_px)
        calm = not changed_outside(self._searched_at, now, [body.next_region for body in self._bodies()])
        interval_s = self._search_interval_s(calm, len(of_room))
        if time_s < self._searched_s or time_s - self._searched_s >= interval_s:
            views.append(self._views.turn(of_room))
            self._searched_s, self._searched_at = time_s, now
            self._calm_views = self._calm_views + 1 if calm else 0
        return views

    def _search_interval_s(self, calm: bool, views: int) -> float:
        if not self._followed and not self._lost:
            return self._p.search_interval_s if calm else 0.0
        return self._p.search_interval_s * (10 if calm and self._calm_views >= views else 1)

    def _search(self, image: Image, view: Region, time_s: float, now: Thumbnail) -> bool:
        """Looks for unknown people in `view`; says whether one was found."""
        if self._is_full():
            return False
        outlines = [_outline(body) for body in self._bodies()]
        found = False
        for detection in self._detector.detect(image, view, outlines, self._p.least_score):
            body = self._landmarker.find(image, detection.region)
            if not self._is_full() and self._is_new(body) and self._is_believed(image, body, detection.region):
                self._followed.append(_Followed(body, time_s, now, np.zeros(2, np.float32), doubt=0.0))
                self._lost = [lost for lost in self._lost if not _inside(body, lost.region)]
                found = True
        return found

    def _is_full(self) -> bool:
        return len(self._followed) >= self._p.most_people

    def _is_new(self, body: Body) -> bool:
        return body.presence >= self._p.least_presence and not self._known(body, self._p.same_body)

    def _is_believed(self, image: Image, body: Body, region: Region) -> bool:
        """Looks a second time, at this body alone and upright; where somebody was lost a moment ago, once is enough,
        but not beside whoever they went behind, who is there to be found twice."""
        if self._doubt(image, body) > self._p.most_doubt:
            return False
        if any(_inside(body, lost.region) for lost in self._lost if not lost.behind):
            return True
        alone = not self._followed
        least = self._p.least_second_look if alone else self._p.least_second_look_beside_others
        again = self._detector.detect(image, region.scaled(1.2), [], least)
        return any(alone or region.agrees_with(other.region) for other in again)

    def _known(self, body: Body, nearer_than: float) -> bool:
        return any(_apart(body, other) < nearer_than for other in self._bodies())


def _velocity_px_s(before: _Followed, body: Body, time_s: float) -> NDArray[np.float32]:
    if not 0.0 < time_s - before.looked_s < LONGEST_STEP_S:
        return np.zeros(2, np.float32)
    step = body.coco_px.mean(axis=0) - before.body.coco_px.mean(axis=0)
    velocity_px_s: NDArray[np.float32] = (step / np.float32(time_s - before.looked_s)).astype(np.float32)
    return velocity_px_s


def _apart(one: Body, other: Body) -> float:
    """The median distance between the same joints of two bodies, as a fraction of the smaller body's size."""
    distance_px = float(np.median(np.linalg.norm(one.coco_px - other.coco_px, axis=1)))
    size_px = min(one.next_region.size_px, other.next_region.size_px)
    return distance_px / max(size_px, 1.0)


def _inside(body: Body, region: Region) -> bool:
    hips = body.next_region
    return abs(hips.x_px - region.x_px) + abs(hips.y_px - region.y_px) < region.size_px / 2


def _outline(body: Body) -> NDArray[np.float32]:
    """The body's landmarks, pushed a little outwards from their middle so that clothes and hair are inside too."""
    points = body.points_px[:33]
    middle = points.mean(axis=0)
    outline: NDArray[np.float32] = (middle + (points - middle) * np.float32(1.15)).astype(np.float32)
    return outline
