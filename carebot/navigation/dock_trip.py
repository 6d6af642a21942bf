"""To the charger: on the map to a place before it, and from there by its marker."""

from __future__ import annotations

from math import radians

from carebot.geometry import Pose2D
from carebot.navigation.docking import Docking, DockingParameters, DockInputs
from carebot.navigation.frames import composed
from carebot.navigation.goals import Goal
from carebot.navigation.marker_place import apart_from
from carebot.navigation.navigator import STILL, Inputs, Navigator, Phase, Progress
from carebot.site.file import Site
from carebot.site.places import Dock

IN_M, IN_RAD = 0.2, radians(20.0)
"""Who stands so near to its place in the charger, and so straight, stands in it: the map is no better than that."""
BEFORE_M, BESIDE_M = 0.2, 0.15
"""Who stands no further from the way in, from where it begins, need not drive on the map at all."""


def dock_named(site: Site, name: str, kind: str = "") -> Dock | None:
    """The charger with a marker that this goal names; None where it names none, or one without a marker."""
    if kind not in ("", "dock") or (kind == "" and not name):
        return None
    dock = site.dock(name)
    return dock if dock is not None and dock.marker_id is not None else None


def docking_at(dock: Dock, front_m: float) -> DockingParameters:
    """How a robot whose outline reaches `front_m` ahead of its centre gets into a charger that has a marker."""
    assert dock.marker_id is not None
    return DockingParameters(dock.marker_id, front_m + dock.gap_m)


def stands_in(dock: Dock, robot: Pose2D) -> bool:
    """Whether the robot, at `robot` on the map, stands in this charger."""
    apart = apart_from(robot, _turned_round(dock.pose), 0.0)
    return max(abs(apart.left_m), abs(apart.aside_m)) < IN_M and abs(apart.askew_rad) < IN_RAD


def dock_around(site: Site, robot: Pose2D) -> Dock | None:
    """The charger with a marker in which the robot stands."""
    return next((dock for dock in site.docks if dock.marker_id is not None and stands_in(dock, robot)), None)


class DockTrip:
    """One trip into one charger; ask `step` at 20 Hz."""

    def __init__(
        self,
        navigator: Navigator,
        dock: Dock,
        parameters: DockingParameters,
        now_s: float,
        time_limit_s: float = 300.0,
    ) -> None:
        self._navigator, self._dock, self._p = navigator, dock, parameters
        self._ends_s, self._time_limit_s = now_s + time_limit_s, time_limit_s
        self._docking: Docking | None = None
        self._has_begun = False

    @property
    def docking(self) -> Docking | None:
        """Once the robot stands before its charger: until then nobody needs to look for the marker."""
        return self._docking

    def step(self, inputs: Inputs, dock: DockInputs, now_s: float) -> Progress:
        """The wish for the next twentieth of a second."""
        progress = self._navigator.step(inputs, now_s)
        if now_s > self._ends_s:
            return self._ended(Phase.GAVE_UP, f"it took longer than {self._time_limit_s:.0f} s")
        if self._docking is not None:
            return self._docking.step(dock, now_s)
        if dock.is_camera_off:
            return self._ended(Phase.GAVE_UP, "the camera is off: without it the robot does not find its charger")
        if not self._has_begun and not _is_before(self._dock, self._p, inputs.pose):
            goal = staging_of(self._dock, self._p)
            self._navigator.go(goal.at, goal.yaw_rad, now_s, self._time_limit_s)
            self._has_begun = True
            return Progress(STILL, Phase.DRIVING)
        if not self._has_begun or progress.phase is Phase.ARRIVED:
            return self._begin(inputs.pose, dock, now_s)
        return progress

    def _begin(self, robot: Pose2D, dock: DockInputs, now_s: float) -> Progress:
        self._navigator.stop()
        is_inside = stands_in(self._dock, robot)
        if is_inside and dock.is_charging:
            return self._ended(Phase.ARRIVED, "the battery charges")
        self._docking = Docking(self._p, dock.odometry, now_s, is_inside)
        return self._docking.step(dock, now_s)

    def _ended(self, phase: Phase, reason: str) -> Progress:
        self._navigator.stop()
        return Progress(STILL, phase, 0.0, reason)


def staging_of(dock: Dock, parameters: DockingParameters) -> Goal:
    """Where the robot stands before it looks for the marker."""
    place = composed(dock.pose, Pose2D(-parameters.staging_m, 0.0, 0.0))
    return Goal((place.x_m, place.y_m), dock.pose.yaw_rad)


def _is_before(dock: Dock, parameters: DockingParameters, robot: Pose2D) -> bool:
    apart = apart_from(robot, _turned_round(dock.pose), 0.0)
    is_near = -BEFORE_M < apart.left_m < parameters.staging_m + BEFORE_M
    return is_near and abs(apart.aside_m) < BESIDE_M and abs(apart.askew_rad) < IN_RAD


def _turned_round(pose: Pose2D) -> Pose2D:
    """As if a marker hung at the place itself."""
    return Pose2D(pose.x_m, pose.y_m, pose.yaw_rad + radians(180.0))
