"""Into the charger by its marker.

No clock and no device: `step` is called at 20 Hz with what the wheels and the camera tell, and says which twist is
wished. Whether the robot may move so is for the safety judge alone.

The marker's place is kept in the frame of the odometry, where it stands still: a picture that comes late, or the last
hand's breadth without a picture, then costs nothing but the odometry's error. On the way in the robot steers onto the
marker's axis: it wishes the heading -atan(y / TO_AXIS_M) for the offset y, and turns by the error in that heading for
each TO_HEADING_M of its way. Both die away with the way that is driven, whatever the speed, so the safety judge may
slow it down as it likes.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from math import atan, atan2, cos, hypot, pi, radians, sin

from carebot.geometry import Marker, MarkerLook, Pose2D, Twist2D, wrapped_rad
from carebot.navigation.frames import composed
from carebot.navigation.marker_place import Apart, MarkerPlace, Trail, apart_from
from carebot.navigation.navigator import STILL, Phase, Progress
from carebot.navigation.undocking import Standstill

TO_AXIS_M, TO_HEADING_M = 0.12, 0.08
STEEPEST_RAD = 0.3
"""It comes towards the axis at most so steeply: the marker stays in the picture."""
FASTEST_TURN_RAD_S, SLOWEST_TURN_RAD_S = 0.5, 0.12
STANDS_M = 0.004
"""So near before its place it stops: rolling out takes the rest."""
FUNNEL_M, FUNNEL_SHARE = 0.012, 0.13
"""So far beside the axis it may be at the end, and so much more for each metre that is still to drive."""
FACES_RAD, TURNED_RAD = 0.14, 0.02
LEAST_LOOKS, SURE_LOOKS, LOOKS_S = 4, 10, 1.5
"""So many pictures of the marker are enough to come in, and to move aside first; without any for so long, it looks
round."""
LOOKS_ASIDE_RAD, LOOKS_RAD_S = 0.7, 0.4
SILENT_S = 5.0
"""After so long without word of any picture, nobody looks for the marker."""
UNSEEN_S = 1.0
"""It drives on for so long without a picture of the marker: ten centimetres."""
NEAREST_START_M = 0.45
"""Nearer to its place than this, it first backs off before it moves onto the axis."""
FARTHEST_START_M = 1.2
SETTLES_S = 0.6


@dataclass(frozen=True, slots=True)
class DockingParameters:
    """How the robot gets into its charger."""

    marker_id: int
    """The charger's ArUco marker."""

    contact_m: float
    """From the robot's centre to the marker's plane when it stands in the charger, in metres."""

    staging_m: float = 0.7
    """It begins so far before its place in the charger, in metres, and backs off as far for another try."""

    speed_m_s: float = 0.1
    """The fastest on the way in and out, in m/s."""

    least_speed_m_s: float = 0.03
    """The speed at which it comes to its place, in m/s."""

    blind_m: float = 0.25
    """The last part of its way, in metres, for which it needs no picture: so far it trusts its wheels."""

    aside_m: float = 0.02
    """How far beside its place, or before it, it may stand in the end, in metres."""

    askew_rad: float = radians(3.0)
    """By how much it may stand askew in the end, in radians."""

    tries: int = 3
    """How often it tries."""

    blocked_s: float = 6.0
    """After so long without getting on, something is in the way, in seconds."""

    charges_within_s: float = 10.0
    """So long after contact the battery has to charge, where something tells whether it does, in seconds."""

    time_limit_s: float = 240.0
    """It gives up after this time before the charger, in seconds."""


@dataclass(frozen=True, slots=True)
class DockInputs:
    """What is known now besides the map.

    `odometry` is the robot's pose in the odometry's frame; `looks` are new since the last step. `is_charging` is None
    where nothing tells.
    """

    odometry: Pose2D
    looks: tuple[MarkerLook, ...] = ()
    is_charging: bool | None = None
    is_camera_off: bool = False


class Doing(str, Enum):
    """What the robot does before its charger."""

    LOOKING = "looking"
    SEARCHING = "searching"
    TURNING_ASIDE = "turning_aside"
    MOVING_ASIDE = "moving_aside"
    FACING = "facing"
    COMING_IN = "coming_in"
    STANDING = "standing"
    BACKING_OFF = "backing_off"
    OVER = "over"


class Docking:
    """One robot before one charger, its marker roughly before it; ask `step` at 20 Hz.

    `is_inside` says that it stands in the charger already: where it does not see the marker from there, it backs out
    before it looks round.
    """

    def __init__(self, parameters: DockingParameters, odometry: Pose2D, now_s: float, is_inside: bool = False) -> None:
        self._p, self._is_inside = parameters, is_inside
        self._trail = Trail()
        self._began_s = self._looked_s = self._since_s = now_s
        self._seen_s = -1e9
        self._marker = MarkerPlace()
        self._others: set[int] = set()
        self._still = Standstill(odometry, now_s)
        self._mark = odometry
        self._aside: tuple[float, float] = (0.0, 0.0)
        self._turns: list[float] = []
        self._failed, self._reason = 0, ""
        self._end = Progress(STILL, Phase.DOCKING)
        self._doing = Doing.LOOKING

    @property
    def doing(self) -> Doing:
        return self._doing

    @property
    def _is_over(self) -> bool:
        return self._doing is Doing.OVER

    @property
    def tries(self) -> int:
        """Which try this is, from 1 on."""
        return min(self._p.tries, self._failed + 1)

    def apart(self, odometry: Pose2D) -> Apart | None:
        """Where the robot is before its place in the charger, as far as the marker told; None before it was seen."""
        return apart_from(odometry, self._marker.pose, self._p.contact_m) if self._marker.count else None

    def step(self, inputs: DockInputs, now_s: float) -> Progress:
        """The wish for the next twentieth of a second."""
        self._take(inputs, now_s)
        if not self._is_over:
            self._watch(inputs, now_s)
        twist = STILL if self._is_over else _STEPS[self._doing](self, inputs, now_s)
        return self._end if self._is_over else self._told(twist, inputs.odometry)

    def _told(self, twist: Twist2D, odometry: Pose2D) -> Progress:
        apart = self.apart(odometry)
        return Progress(twist, Phase.DOCKING, max(0.0, apart.left_m) if apart else 0.0, self._reason)

    # what is seen

    def _take(self, inputs: DockInputs, now_s: float) -> None:
        self._trail.add(now_s, inputs.odometry)
        for look in inputs.looks:
            self._looked_s = now_s
            then = self._trail.at(look.time_s)
            for marker in look.markers if then is not None else ():
                assert then is not None
                self._see(marker, then, look.time_s)

    def _see(self, marker: Marker, then: Pose2D, time_s: float) -> None:
        if marker.marker_id != self._p.marker_id:
            self._others.add(marker.marker_id)
        elif self._marker.take(composed(then, marker.place), hypot(marker.place.x_m, marker.place.y_m)):
            self._seen_s = max(self._seen_s, time_s)

    def _watch(self, inputs: DockInputs, now_s: float) -> None:
        if now_s - self._began_s > self._p.time_limit_s:
            limit = f"it took longer than {self._p.time_limit_s:.0f} s"
            self._ended(Phase.GAVE_UP, f"{limit}: {self._reason}" if self._reason else limit)
        elif self._doing in (Doing.STANDING, Doing.BACKING_OFF) or self._is_nearly_in(inputs.odometry):
            return
        elif inputs.is_camera_off:
            self._ended(Phase.GAVE_UP, "the camera is off: without it the robot does not find its charger")
        elif now_s - self._looked_s > SILENT_S:
            self._ended(Phase.GAVE_UP, "perception does not look for the charger's marker")

    def _is_nearly_in(self, odometry: Pose2D) -> bool:
        apart = self.apart(odometry)
        return self._doing is Doing.COMING_IN and apart is not None and apart.left_m <= self._p.blind_m

    # what it does

    def _look(self, inputs: DockInputs, now_s: float) -> Twist2D:
        apart = self.apart(inputs.odometry)
        if apart is not None and self._marker.count >= (LEAST_LOOKS if _is_in_funnel(apart) else SURE_LOOKS):
            self._choose(apart, inputs, now_s)
        elif now_s - max(self._since_s, self._seen_s) <= LOOKS_S:
            return STILL
        elif self._is_inside:
            self._is_inside = False
            self._begin(Doing.BACKING_OFF, inputs, now_s)
        else:
            self._marker = MarkerPlace()
            self._turns = [inputs.odometry.yaw_rad + side for side in (LOOKS_ASIDE_RAD, -LOOKS_ASIDE_RAD, 0.0)]
            self._begin(Doing.SEARCHING, inputs, now_s)
        return STILL

    def _choose(self, apart: Apart, inputs: DockInputs, now_s: float) -> None:
        """In, or onto the axis first, or back before that."""
        if apart.left_m > FARTHEST_START_M:
            self._retry("the robot came to stand too far from the charger", inputs, now_s)
        elif not _is_in_funnel(apart):
            if apart.left_m < NEAREST_START_M:
                self._begin(Doing.BACKING_OFF, inputs, now_s)
            else:
                self._aside = self._on_axis(max(apart.left_m, self._p.staging_m))
                self._begin(Doing.TURNING_ASIDE, inputs, now_s)
        elif abs(apart.askew_rad) > FACES_RAD and apart.left_m > self._p.blind_m:
            self._begin(Doing.FACING, inputs, now_s)
        else:
            self._begin(Doing.COMING_IN, inputs, now_s)

    def _on_axis(self, left_m: float) -> tuple[float, float]:
        marker = self._marker.pose
        away_m = left_m + self._p.contact_m
        return marker.x_m + away_m * cos(marker.yaw_rad), marker.y_m + away_m * sin(marker.yaw_rad)

    def _search(self, inputs: DockInputs, now_s: float) -> Twist2D:
        if self._marker.count:
            self._begin(Doing.LOOKING, inputs, now_s)
            return STILL
        if not self._turns:
            self._retry(self._not_seen(), inputs, now_s)
            return STILL
        if self._is_stuck(inputs, now_s):
            self._turns = []
            return STILL
        error = wrapped_rad(self._turns[0] - inputs.odometry.yaw_rad)
        if abs(error) < 2 * TURNED_RAD:
            self._turns.pop(0)
            return STILL
        return Twist2D(yaw_rad_s=_turning(error, LOOKS_RAD_S))

    def _not_seen(self) -> str:
        if self._others:
            seen = min(self._others)
            return f"the marker {seen} hangs there, and the site file says {self._p.marker_id}"
        return f"the charger's marker {self._p.marker_id} is not to be seen"

    def _turn_aside(self, inputs: DockInputs, now_s: float) -> Twist2D:
        pose = inputs.odometry
        bearing = atan2(self._aside[1] - pose.y_m, self._aside[0] - pose.x_m)
        return self._turn_to(bearing, Doing.MOVING_ASIDE, inputs, now_s)

    def _move_aside(self, inputs: DockInputs, now_s: float) -> Twist2D:
        pose = inputs.odometry
        dx, dy = self._aside[0] - pose.x_m, self._aside[1] - pose.y_m
        ahead_m = dx * cos(pose.yaw_rad) + dy * sin(pose.yaw_rad)
        if ahead_m < 0.01:
            self._begin(Doing.FACING, inputs, now_s)
            return STILL
        if self._is_stuck(inputs, now_s):
            self._retry("something is in the way before the charger", inputs, now_s)
            return STILL
        error = wrapped_rad(atan2(dy, dx) - pose.yaw_rad) if ahead_m > 0.05 else 0.0
        speed_m_s = min(self._p.speed_m_s, max(0.04, 0.8 * ahead_m))
        return Twist2D(speed_m_s, yaw_rad_s=max(-0.3, min(0.3, error)))

    def _face(self, inputs: DockInputs, now_s: float) -> Twist2D:
        heading = wrapped_rad(self._marker.pose.yaw_rad + pi)
        twist = self._turn_to(heading, Doing.LOOKING, inputs, now_s)
        if self._doing is Doing.LOOKING:
            self._marker = MarkerPlace()
        return twist

    def _turn_to(self, yaw_rad: float, then: Doing, inputs: DockInputs, now_s: float) -> Twist2D:
        error = wrapped_rad(yaw_rad - inputs.odometry.yaw_rad)
        if abs(error) < TURNED_RAD:
            self._begin(then, inputs, now_s)
            return STILL
        if self._is_stuck(inputs, now_s):
            self._retry("something is in the way before the charger", inputs, now_s)
            return STILL
        return Twist2D(yaw_rad_s=_turning(error, FASTEST_TURN_RAD_S))

    def _come_in(self, inputs: DockInputs, now_s: float) -> Twist2D:
        apart = apart_from(inputs.odometry, self._marker.pose, self._p.contact_m)
        if apart.left_m <= STANDS_M:
            self._begin(Doing.STANDING, inputs, now_s)
        elif abs(apart.aside_m) > 2 * _funnel_m(apart.left_m) or abs(apart.askew_rad) > 2 * STEEPEST_RAD:
            self._retry("the robot came in beside the charger", inputs, now_s)
        elif self._is_stuck(inputs, now_s):
            self._retry("something is in the way before the charger", inputs, now_s)
        elif apart.left_m > self._p.blind_m and now_s - self._seen_s > UNSEEN_S:
            return self._wait_for_sight(inputs, now_s)
        else:
            return self._steered(apart)
        return STILL

    def _wait_for_sight(self, inputs: DockInputs, now_s: float) -> Twist2D:
        if now_s - self._seen_s > UNSEEN_S + LOOKS_S:
            self._retry("the charger's marker went out of sight", inputs, now_s)
        return STILL

    def _steered(self, apart: Apart) -> Twist2D:
        speed_m_s = min(self._p.speed_m_s, max(self._p.least_speed_m_s, 0.5 * apart.left_m))
        wished_rad = max(-STEEPEST_RAD, min(STEEPEST_RAD, -atan(apart.aside_m / TO_AXIS_M)))
        rate = speed_m_s * (wished_rad - apart.askew_rad) / TO_HEADING_M
        return Twist2D(speed_m_s, yaw_rad_s=max(-FASTEST_TURN_RAD_S, min(FASTEST_TURN_RAD_S, rate)))

    def _stand(self, inputs: DockInputs, now_s: float) -> Twist2D:
        """Judged only once it rolls no more, and the last pictures have come."""
        if now_s - self._since_s < SETTLES_S:
            return STILL
        apart = apart_from(inputs.odometry, self._marker.pose, self._p.contact_m)
        is_in = max(abs(apart.aside_m), abs(apart.left_m)) <= self._p.aside_m
        if not is_in or abs(apart.askew_rad) > self._p.askew_rad:
            self._retry("the robot came in beside the charger", inputs, now_s)
        elif inputs.is_charging:
            self._ended(Phase.ARRIVED, "the battery charges")
        elif inputs.is_charging is None:
            self._ended(Phase.ARRIVED, "the robot stands in its charger; nothing tells whether the battery charges")
        elif now_s - self._since_s > self._p.charges_within_s:
            self._retry("the robot stands in its charger, but the battery does not charge", inputs, now_s)
        return STILL

    def _back_off(self, inputs: DockInputs, now_s: float) -> Twist2D:
        pose, apart = inputs.odometry, self.apart(inputs.odometry)
        backed_m = hypot(pose.x_m - self._mark.x_m, pose.y_m - self._mark.y_m)
        left_m = apart.left_m if apart is not None else backed_m
        if left_m >= self._p.staging_m or backed_m >= self._p.staging_m + 0.1:
            self._look_anew(inputs, now_s)
        elif self._is_stuck(inputs, now_s):
            if left_m < NEAREST_START_M:
                self._ended(Phase.GAVE_UP, "there is no room behind the robot for another try")
            self._look_anew(inputs, now_s)
        else:
            error = wrapped_rad(self._mark.yaw_rad - pose.yaw_rad)
            return Twist2D(-self._p.speed_m_s, yaw_rad_s=max(-0.2, min(0.2, error)))
        return STILL

    def _look_anew(self, inputs: DockInputs, now_s: float) -> None:
        if not self._is_over:
            self._marker = MarkerPlace()
            self._begin(Doing.LOOKING, inputs, now_s)

    # from one to the next

    def _begin(self, doing: Doing, inputs: DockInputs, now_s: float) -> None:
        self._doing, self._since_s, self._mark = doing, now_s, inputs.odometry
        self._still = Standstill(inputs.odometry, now_s)

    def _is_stuck(self, inputs: DockInputs, now_s: float) -> bool:
        return self._still.lasts_s(inputs.odometry, now_s) > self._p.blocked_s

    def _retry(self, reason: str, inputs: DockInputs, now_s: float) -> None:
        self._failed, self._reason = self._failed + 1, reason
        if self._failed >= self._p.tries:
            self._ended(Phase.GAVE_UP, f"the robot did not get into its charger in {self._p.tries} tries: {reason}")
        elif self._marker.count:
            self._begin(Doing.BACKING_OFF, inputs, now_s)
        else:
            self._begin(Doing.LOOKING, inputs, now_s)

    def _ended(self, phase: Phase, reason: str) -> None:
        self._doing, self._end = Doing.OVER, Progress(STILL, phase, 0.0, reason)


_STEPS = {
    Doing.LOOKING: Docking._look,
    Doing.SEARCHING: Docking._search,
    Doing.TURNING_ASIDE: Docking._turn_aside,
    Doing.MOVING_ASIDE: Docking._move_aside,
    Doing.FACING: Docking._face,
    Doing.COMING_IN: Docking._come_in,
    Doing.STANDING: Docking._stand,
    Doing.BACKING_OFF: Docking._back_off,
}


def _funnel_m(left_m: float) -> float:
    return FUNNEL_M + FUNNEL_SHARE * max(0.0, left_m)


def _is_in_funnel(apart: Apart) -> bool:
    return abs(apart.aside_m) <= _funnel_m(apart.left_m)


def _turning(error_rad: float, most_rad_s: float) -> float:
    rate = min(most_rad_s, max(SLOWEST_TURN_RAD_S, 1.5 * abs(error_rad)))
    return rate if error_rad > 0 else -rate
