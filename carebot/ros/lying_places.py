"""What the site's map says about the places where people are seen: beds, sofas, the mat in the hour of exercises."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from geometry_msgs.msg import PoseStamped
from rclpy.node import Node

from carebot.falls.lying_place import LyingPlace
from carebot.geometry import CameraMounting, Pose2D
from carebot.people import People
from carebot.ros.motion_messages import pose_from_msg
from carebot.routines.whereabouts import place_of
from carebot.site.file import Site, load_site, site_path
from carebot.site.places import ZoneKind

STALE_S = 1.0
MEANS: dict[ZoneKind, LyingPlace] = {
    "bed": LyingPlace.FURNITURE,
    "sofa": LyingPlace.FURNITURE,
    "exercise": LyingPlace.EXERCISE,
}


@dataclass(frozen=True, slots=True)
class HomeParameters:
    """The home that the falls node knows."""

    site: str = ""
    """The site file, whose zones say where people lie; empty: none. `home` is the simulated one."""


class LyingPlaces:
    """Listens to `map_pose`; where the robot does not know its place, everybody is on plain floor.

    Raises ConfigError where the site file does not make sense.
    """

    def __init__(self, node: Node, parameters: HomeParameters, camera: CameraMounting) -> None:
        self._site = load_site(site_path(parameters.site)) if parameters.site else Site()
        self._camera = camera
        self._pose: Pose2D | None = None
        self._pose_s = 0.0
        self._in = node.create_subscription(PoseStamped, "map_pose", self._on_pose, 1)

    def of(self, people: People) -> dict[int, LyingPlace]:
        """By track_id, for those who are in a zone now."""
        zones = [zone for zone in self._site.zones if zone.kind in MEANS and zone.holds_at(self._now())]
        if not zones or self._pose is None or time.monotonic() - self._pose_s > STALE_S:
            return {}
        found: dict[int, LyingPlace] = {}
        for person in people.people:
            place = place_of(person, people, self._pose, self._camera)
            zone = None if place is None else next((each for each in zones if each.contains(*place)), None)
            if zone is not None:
                found[person.track_id] = MEANS[zone.kind]
        return found

    def _now(self) -> datetime:
        return datetime.fromtimestamp(time.time(), ZoneInfo(self._site.time_zone))

    def _on_pose(self, message: PoseStamped) -> None:
        self._pose, self._pose_s = pose_from_msg(message), time.monotonic()
