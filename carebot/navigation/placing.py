"""Telling the robot where it stands, after it was carried: what is said is checked by the lidar."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import isfinite

from carebot.geometry import Pose2D
from carebot.navigation.costmap import Costmap
from carebot.navigation.goals import goal_named
from carebot.navigation.localisation import Fix, Localiser
from carebot.navigation.obstacles import Sweep
from carebot.navigation.planner import NoWay
from carebot.site.file import Site

NOT_CHECKED = "the lidar is silent: taken as it was said, and not checked"
CANNOT_LOOK = "the lidar is silent: the robot cannot look where it is"


@dataclass(frozen=True, slots=True)
class Said:
    """Where somebody says the robot stands: a name of the site file, a pose on the map, or neither: it looks itself."""

    name: str = ""
    pose: Pose2D | None = None
    keep_as_said: bool = False


@dataclass(frozen=True, slots=True)
class Placed:
    """Where the robot is taken to be now. `reason` says why that is not sure, or why nothing was changed."""

    fix: Fix | None
    reason: str

    @property
    def is_sure(self) -> bool:
        return not self.reason


def place(said: Said, site: Site, costmap: Costmap, localiser: Localiser, sweep: Sweep | None) -> Placed:
    """Take the robot to be where it is said; `sweep` is what the lidar saw last, None where it is silent."""
    pose = _pose_of(said, site, costmap)
    if isinstance(pose, NoWay):
        return Placed(None, pose.reason)
    if pose is None:
        return Placed(None, CANNOT_LOOK) if sweep is None else _told(localiser.find(sweep))
    if sweep is None:
        localiser.place(pose)
        return Placed(Fix(pose, 0.0, False), NOT_CHECKED)
    fix = localiser.place_near(pose, sweep)
    if said.keep_as_said:
        localiser.place(pose)
        fix = replace(fix, pose=pose)
    return _told(fix)


def _told(fix: Fix) -> Placed:
    return Placed(fix, fix.doubt)


def _pose_of(said: Said, site: Site, costmap: Costmap) -> Pose2D | NoWay | None:
    if said.name:
        goal = goal_named(site, costmap, said.name)
        return goal if isinstance(goal, NoWay) else Pose2D(*goal.at, goal.yaw_rad or 0.0)
    pose = said.pose
    if pose is None:
        return None
    if not all(map(isfinite, (pose.x_m, pose.y_m, pose.yaw_rad))):
        return NoWay("the pose holds a number that is none", True)
    if not costmap.grid.is_free(pose.x_m, pose.y_m):
        return NoWay(f"at {pose.x_m:.2f}, {pose.y_m:.2f} the map has no free floor for the robot", True)
    return pose
