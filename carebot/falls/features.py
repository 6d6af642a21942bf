"""What a body over time says about falling, in body lengths: distance and stature do not matter.

Heights are above the floor, speeds are downward. A body length (bl) is the stature as the camera shows it where the
person is. Angles are against gravity: 0 is upright, pi/2 is level, pi is upside down.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass
from statistics import median

import numpy as np

from carebot.falls.body import ANKLES, HIPS, KNEES, LEG_BL, SHIN_BL, SHOULDERS, TORSO_BL, Body, Point, tilt_rad

SMOOTH_S = 0.3
SHORTEST_M = 1.2
"""Who is shorter is a child, or bent with age."""
SPEED_OVER_S = 0.25
STEADY_BL_S = 0.15
GAP_S = 0.6
GAP_PEAK = 1.5  # a body that starts from rest reaches twice its mean speed; 1.5 leaves room for braking
HIGHEST_HIPS_BL = 0.75  # of who stands 0.5; on a stool, with a floor that is a little wrong, 0.7
NAN = math.nan


@dataclass(frozen=True, slots=True)
class PersonFeatures:
    """One person at one moment; NaN where it cannot be known.

    `torso_angle_rad` is the larger of the angle in the picture and the angle in space. `shoulder_height_bl`,
    `hip_height_bl` and their mean `trunk_height_bl` are above the floor; `top_height_bl` is the higher of the two.
    `extent_bl` is the whole body's vertical extent relative to standing. `drop_bl` is how far the trunk came down from
    its highest place within the window of a fall, in `drop_s` seconds; `speed_bl_s` is the downward speed now and
    `peak_speed_bl_s` the highest within that window. `x` and `y` are the trunk's place (0..1 of the picture).
    `floor_is_guess` says that no feet were seen where the heights are measured from; `floor_is_seen` that they were.
    """

    time_s: float
    confidence: float
    x: float
    y: float
    length_px: float
    torso_angle_rad: float = NAN
    torso_angle_2d_rad: float = NAN
    torso_angle_3d_rad: float = NAN
    shoulder_height_bl: float = NAN
    hip_height_bl: float = NAN
    trunk_height_bl: float = NAN
    top_height_bl: float = NAN
    extent_bl: float = NAN
    speed_bl_s: float = 0.0
    peak_speed_bl_s: float = 0.0
    drop_bl: float = 0.0
    drop_s: float = 0.0
    movement_bl_s: float = 0.0
    floor_is_guess: bool = False
    floor_is_seen: bool = False


@dataclass(frozen=True, slots=True)
class _Moment:
    """Where shoulders and hips were: pixels along gravity, smoothed (NaN where unseen) and raw; the trunk's place.

    `x_px` is as if the camera had never turned.
    """

    time_s: float
    shoulder_px: float
    hip_px: float
    raw_shoulder_px: float
    raw_hip_px: float
    speed_bl_s: float
    x_px: float
    y_px: float


@dataclass(frozen=True, slots=True)
class _Feet:
    """Where the floor was when it was last seen, and the stature then, in pixels."""

    floor_px: float
    length_px: float

    def brought_nearer_px(self, length_px: float, horizon_px: float) -> float:
        """Who comes nearer grows, and the floor under them sinks in the picture as much, often out of it."""
        below_px = self.floor_px - horizon_px
        return horizon_px + below_px * max(1.0, length_px / self.length_px) if below_px > 0 else self.floor_px


class BodyMemory:
    """What is remembered of one person: stature in pixels, the floor, and where the trunk was."""

    def __init__(self, window_s: float) -> None:
        self.length_px = self._own_px = NAN
        self._least_px: deque[tuple[float, float]] = deque()
        self._window_s = window_s
        self._moments: deque[_Moment] = deque()
        self._raw_lengths: deque[tuple[float, float]] = deque()
        self._floor_px = NAN
        self._floor_x_px = NAN
        self._feet = _Feet(NAN, NAN)
        self._floor_is_guess = False
        self._turned_px = 0.0

    def turn(self, shift_px: float) -> None:
        """The camera turned: what stands still is now that far to the right in the picture."""
        self._turned_px += shift_px

    @property
    def last_seen_s(self) -> float:
        return self._moments[-1].time_s if self._moments else NAN

    @property
    def place_px(self) -> tuple[float, float]:
        """Where the trunk was last seen, in pixels of the picture as the camera looks now."""
        return (self._moments[-1].x_px + self._turned_px, self._moments[-1].y_px) if self._moments else (NAN, NAN)

    def travelled_bl(self, since_s: float, within_s: float) -> float:
        """How far the trunk got in the last `within_s` in sight, but not before `since_s`, in body lengths.

        From the mean place in the first third to that in the last: a wrong skeleton or two go nowhere. 0 where it was
        seen for less than half as long.
        """
        seen = [moment for moment in self._moments if moment.time_s >= max(since_s, self.last_seen_s - within_s)]
        if not seen or seen[-1].time_s - seen[0].time_s < 0.5 * within_s:
            return 0.0
        third = max(1, len(seen) // 3)
        begin, end = (np.mean([(m.x_px, m.y_px) for m in part], axis=0) for part in (seen[:third], seen[-third:]))
        return float(np.linalg.norm(end - begin)) / self.length_px

    def add(
        self, body: Body, *, falling: bool, since_s: float | None = None, rests_m: float = 0.0
    ) -> PersonFeatures | None:
        """The features of `body` after all that came before; None where neither shoulders nor hips are seen.

        `falling` says that a fall is going on: then a body that looks smaller is a body that lies, not one far away.
        `since_s` is when the person came to lie: the window of the fall ends there. `rests_m` is how high above the
        floor whoever lies there lies.
        """
        shoulders, hips = body.middle(SHOULDERS), body.middle(HIPS)
        if shoulders is None and hips is None:
            return None
        self._learn_length(body, shoulders, hips, falling, rests_m)
        if not self.length_px > 0:
            return None
        self._learn_floor(body, shoulders, hips, falling)
        moment = self._remember(body, shoulders, hips)
        return self._features(body, moment, since_s)

    def _learn_length(
        self, body: Body, shoulders: Point | None, hips: Point | None, falling: bool, rests_m: float
    ) -> None:
        """What is seen of the body, but no less than anybody grown-up has there: who lies along the line of sight looks
        short, and each tremble would be a drop."""
        self._learn_own_length(body, shoulders, hips, falling)
        _keep(self._least_px, body.time_s, SHORTEST_M * body.metre_px(rests_m))
        known_px = [length for _, length in self._least_px if math.isfinite(length)]
        self.length_px = max(self._own_px, median(known_px)) if known_px else self._own_px

    def _learn_own_length(self, body: Body, shoulders: Point | None, hips: Point | None, falling: bool) -> None:
        guess = body.apparent_length_px()
        if guess is None:
            return
        standing = _looks_standing(body, shoulders, hips)
        if self._own_px > 0 and not standing:  # where legs are folded, pose models lengthen them
            guess = min(guess, max(self._own_px, np.nan_to_num(body.trunk_length_px())))
        _keep(self._raw_lengths, body.time_s, guess)
        smooth = median(length for _, length in self._raw_lengths)
        if not self._own_px > 0:
            self._own_px = smooth
            return
        dt = min(body.time_s - self.last_seen_s, 1.0) if self._moments else 0.0
        new = not self._moments or body.time_s - self._moments[0].time_s < 1.0
        shrink = 0.4 if standing else 0.0 if falling else 0.05
        grow = 1.0 if standing or new else 0.0 if falling else 0.3 if _torso_upright(shoulders, hips) else 0.05
        smallest, largest = self._own_px * (1.0 - shrink * dt), self._own_px * (1.0 + grow * dt)
        self._own_px = min(max(smooth, smallest), largest)

    def _learn_floor(self, body: Body, shoulders: Point | None, hips: Point | None, falling: bool) -> None:
        """Where the floor is under an upright person who is not on the way down."""
        if hips is None or shoulders is None or falling or tilt_rad(shoulders - hips) > math.radians(40):
            return
        if hips[1] - shoulders[1] < 0.6 * TORSO_BL * self.length_px or self._moves():
            return
        floor = _floor_guess(body, hips, self.length_px)
        if floor is not None and floor < body.horizon_px:
            return  # no floor is above the lens: the skeleton is made up
        if floor is None:
            self._floor_px = self._feet.brought_nearer_px(self.length_px, body.horizon_px)
            return
        self._floor_px = floor if not math.isfinite(self._floor_px) else 0.7 * self._floor_px + 0.3 * floor
        self._floor_x_px = float(hips[0]) - self._turned_px
        self._floor_is_guess = body.middle(ANKLES) is None
        self._feet = _Feet(self._floor_px, self.length_px)

    def _moves(self) -> bool:
        return bool(self._moments) and self._moments[-1].speed_bl_s > STEADY_BL_S

    def _remember(self, body: Body, shoulders: Point | None, hips: Point | None) -> _Moment:
        time_s, lift_px = body.time_s, math.tan(body.view_down_rad) * self.length_px
        depths = (body.depth_bl(SHOULDERS) * lift_px, body.depth_bl(HIPS) * lift_px)
        raw = [
            NAN if part is None else float(part[1]) + depth
            for part, depth in zip((shoulders, hips), depths, strict=True)
        ]
        recent = [m for m in self._moments if m.time_s > time_s - SMOOTH_S]
        shoulder = _median([*(m.raw_shoulder_px for m in recent), raw[0]])
        hip = _median([*(m.raw_hip_px for m in recent), raw[1]])
        place = np.mean([part for part in (shoulders, hips) if part is not None], axis=0)
        speed = self._speed(time_s, shoulder, hip)
        x_px, y_px = float(place[0]) - self._turned_px, float(place[1])
        moment = _Moment(time_s, shoulder, hip, raw[0], raw[1], speed, x_px, y_px)
        self._moments.append(moment)
        while self._moments[0].time_s < time_s - 3 * self._window_s - 1.0:
            self._moments.popleft()
        return moment

    def _speed(self, time_s: float, shoulder_px: float, hip_px: float) -> float:
        """Downward speed of the faster of shoulders and hips since SPEED_OVER_S ago, or over a gap without sight."""
        before = [m for m in self._moments if m.time_s <= time_s - SPEED_OVER_S + 1e-6]
        if not before:
            return 0.0
        then = before[-1]
        dt = time_s - then.time_s
        drop = _nanmax([shoulder_px - then.shoulder_px, hip_px - then.hip_px])
        if not math.isfinite(drop) or dt > self._window_s:
            return 0.0
        return drop / self.length_px / dt * (GAP_PEAK if dt > GAP_S else 1.0)

    def _features(self, body: Body, now: _Moment, since_s: float | None) -> PersonFeatures:
        length = self.length_px
        shoulder_bl, hip_bl = self._heights(body, now)
        drop, drop_s, peak = self._drop(now, since_s)
        flat, space = self._angles(body)
        angles = [a for a in (flat, space) if math.isfinite(a)]
        y_seen = body.joints[np.isfinite(body.joints[:, 1]), 1]
        return PersonFeatures(
            time_s=body.time_s,
            confidence=float(body.confidence[[*SHOULDERS, *HIPS]].mean()),
            x=body.place[0],
            y=body.place[1],
            length_px=length,
            torso_angle_rad=max(angles) if angles else NAN,
            torso_angle_2d_rad=flat,
            torso_angle_3d_rad=space,
            shoulder_height_bl=shoulder_bl,
            hip_height_bl=hip_bl,
            trunk_height_bl=_nanmean([shoulder_bl, hip_bl]),
            top_height_bl=_nanmax([shoulder_bl, hip_bl]),
            extent_bl=float(np.ptp(y_seen)) / length,
            speed_bl_s=now.speed_bl_s,
            peak_speed_bl_s=peak,
            drop_bl=drop,
            drop_s=drop_s,
            movement_bl_s=self._movement(now),
            floor_is_guess=self._floor_is_guess,
            floor_is_seen=self._knows_floor(now) and not self._floor_is_guess,
        )

    def _knows_floor(self, now: _Moment) -> bool:
        """Whether the person was seen standing near here."""
        return abs(now.x_px - self._floor_x_px) < 1.5 * self.length_px

    def _heights(self, body: Body, now: _Moment) -> tuple[float, float]:
        """Heights of shoulders and hips above the floor where the person stood before.

        Where no floor was seen, it is the body's own lowest joint, in the picture or in space, whichever says lower.
        """
        own = _nanmax([now.shoulder_px, now.hip_px])
        if self._knows_floor(now):
            ground = max(self._floor_px, own)
            return (ground - now.shoulder_px) / self.length_px, (ground - now.hip_px) / self.length_px
        lowest = body.lowest_px()
        ground = own if lowest is None else max(lowest, own)
        flat = [(ground - px) / self.length_px for px in (now.shoulder_px, now.hip_px)]
        space = _heights_in_space(body)
        return _nanmin([flat[0], space[0]]), _nanmin([flat[1], space[1]])

    @staticmethod
    def _angles(body: Body) -> tuple[float, float]:
        shoulders, hips = body.middle(SHOULDERS), body.middle(HIPS)
        flat = NAN if shoulders is None or hips is None else tilt_rad(shoulders - hips)
        shoulders, hips = body.world_middle(SHOULDERS), body.world_middle(HIPS)
        return flat, NAN if shoulders is None or hips is None else tilt_rad(shoulders - hips)

    def _drop(self, now: _Moment, since_s: float | None) -> tuple[float, float, float]:
        """How far the trunk fell (bl), in how long (s), and the peak speed (bl/s) within the window of a fall."""
        start = (now.time_s if since_s is None else since_s) - self._window_s
        window = [m for m in self._moments if m.time_s >= start and (m is now or not self._floats(m))]
        falls = np.array([_nanmean([now.shoulder_px - m.shoulder_px, now.hip_px - m.hip_px]) for m in window])
        falls = np.nan_to_num(falls / self.length_px)
        times = np.array([m.time_s for m in window])
        high = int(falls.argmax())
        drop = float(falls[high])
        edge = max(0.05, 0.1 * drop)
        left = int(np.flatnonzero(falls >= drop - edge)[-1])
        landed = np.flatnonzero((falls <= edge) & (times >= times[left]))
        duration = float(times[landed[0]] - times[left]) if len(landed) else 0.0
        return drop, duration, max(m.speed_bl_s for m in self._moments if m.time_s >= start)

    def _floats(self, moment: _Moment) -> bool:
        """Whether the whole trunk was higher above the floor than anybody's who stands: a made-up skeleton."""
        if self._floor_is_guess or not self._knows_floor(moment):
            return False
        hips, shoulders = moment.hip_px, moment.shoulder_px
        return self._floor_px - hips > HIGHEST_HIPS_BL * self.length_px and self._floor_px - shoulders > self.length_px

    def _movement(self, now: _Moment) -> float:
        """How far the trunk's place moved within the last second, in bl/s."""
        recent = [m for m in self._moments if m.time_s >= now.time_s - 1.0]
        if len(recent) < 4:
            return 0.0
        half = len(recent) // 2
        first, last = recent[:half], recent[half:]
        dx = median(m.x_px for m in last) - median(m.x_px for m in first)
        dy = median(m.y_px for m in last) - median(m.y_px for m in first)
        dt = max((recent[-1].time_s - recent[0].time_s) / 2, 0.1)
        return float(np.hypot(dx, dy)) / self.length_px / dt


def _torso_upright(shoulders: Point | None, hips: Point | None) -> bool:
    return shoulders is not None and hips is not None and tilt_rad(shoulders - hips) <= math.radians(25)


def _looks_standing(body: Body, shoulders: Point | None, hips: Point | None) -> bool:
    """Torso upright and legs long: then the body's size says how far away it is."""
    feet = body.middle(ANKLES)
    if shoulders is None or hips is None or feet is None or not _torso_upright(shoulders, hips):
        return False
    return 1.35 <= float((feet[1] - hips[1]) / (hips[1] - shoulders[1])) <= 2.2


def _keep(lengths: deque[tuple[float, float]], time_s: float, length_px: float) -> None:
    """Take it in, and leave out what is too old to count; three are kept."""
    lengths.append((time_s, length_px))
    while lengths[0][0] < time_s - 2 * SMOOTH_S and len(lengths) > 3:
        lengths.popleft()


def _floor_guess(body: Body, hips: Point, length_px: float) -> float | None:
    """The floor's height in pixels, from the ankles, else from the knees, else from the hips of a standing person."""
    ankles = [joint for joint in ANKLES if math.isfinite(body.joints[joint, 1])]
    if ankles:
        return float(body.joints[ankles, 1].max()) if body.inside[ankles].all() else None
    knees = body.middle(KNEES)
    return float(hips[1]) + LEG_BL * length_px if knees is None else float(knees[1]) + SHIN_BL * length_px


def _heights_in_space(body: Body) -> tuple[float, float]:
    """Heights of shoulders and hips above the lowest joint in the metric skeleton, in its own body lengths."""
    if body.world_m is None or body.middle((*KNEES, *ANKLES)) is None:
        return NAN, NAN
    shoulders, hips = body.world_middle(SHOULDERS), body.world_middle(HIPS)
    if shoulders is None or hips is None:
        return NAN, NAN
    length = float(np.linalg.norm(shoulders - hips)) / TORSO_BL
    lowest = float(np.nanmax(body.world_m[5:, 1]))
    return (lowest - float(shoulders[1])) / length, (lowest - float(hips[1])) / length


def _median(values: list[float]) -> float:
    finite = [v for v in values if math.isfinite(v)]
    return median(finite) if finite else NAN


def _nanmean(values: list[float]) -> float:
    finite = [v for v in values if math.isfinite(v)]
    return sum(finite) / len(finite) if finite else NAN


def _nanmax(values: list[float]) -> float:
    finite = [v for v in values if math.isfinite(v)]
    return max(finite) if finite else NAN


def _nanmin(values: list[float]) -> float:
    finite = [v for v in values if math.isfinite(v)]
    return min(finite) if finite else NAN
