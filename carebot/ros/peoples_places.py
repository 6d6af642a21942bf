"""Where on the map people are seen, and what the site says of it: beds, sofas, the mat in the hour of exercises."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from geometry_msgs.msg import PoseStamped
from rclpy.node import Node

from carebot.alerts import FallEvent
from carebot.falls.lying_place import LyingPlace
from carebot.geometry import CameraMounting, Pose2D
from carebot.people import People
from carebot.ros.motion_messages import pose_from_msg
from carebot.routines.whereabouts import LastSpots, lying_places
from carebot.site.file import Site, load_site, site_path
from carebot.site.values import Language

STALE_S = 1.0


@dataclass(frozen=True, slots=True)
class HomeParameters:
    """The home that the falls node knows."""

    site: str = ""
    """The site file, which says in which language people are asked, and by its zones where they lie; empty: none.
    `home` is the simulated one."""


class PeoplesPlaces:
    """Listens to `map_pose`; where the robot does not know its place, everybody is on plain floor.

    Where somebody was seen is remembered for `kept_s`, as long as a fall out of sight is watched for.

    Raises ConfigError where the site file does not make sense.
    """

    def __init__(self, node: Node, parameters: HomeParameters, camera: CameraMounting, kept_s: float) -> None:
        self._site = load_site(site_path(parameters.site)) if parameters.site else Site()
        self._spots = LastSpots(camera, kept_s)
        self._pose: Pose2D | None = None
        self._pose_s = 0.0
        self._in = node.create_subscription(PoseStamped, "map_pose", self._on_pose, 1)

    @property
    def language(self) -> Language:
        """That of whoever may have fallen here."""
        return self._site.home_language()

    def see(self, people: People) -> dict[int, LyingPlace]:
        """What the zones mean in which people are seen now, by track_id; who is in none is not in it."""
        return lying_places(self._seen(people), self._site, self._now())

    def placed(self, event: FallEvent) -> FallEvent:
        """The event with where on the map the person was seen last, where that is known."""
        return self._spots.placed(event)

    def _seen(self, people: People) -> dict[int, tuple[float, float]]:
        now_s = time.monotonic()
        if self._pose is None or now_s - self._pose_s > STALE_S:
            return {}
        return self._spots.see(people, self._pose, now_s)

    def _now(self) -> datetime:
        return datetime.fromtimestamp(time.time(), ZoneInfo(self._site.time_zone))

    def _on_pose(self, message: PoseStamped) -> None:
        self._pose, self._pose_s = pose_from_msg(message), time.monotonic()
