"""What the home asks of the robot's motion now, on `site_state`: quiet hours, and the nearest doorway."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from carebot_interfaces.msg import SiteState
from rclpy.node import Node

from carebot.geometry import Pose2D
from carebot.ros.motion_messages import site_to_msg
from carebot.ros.quiet_hours import listen_to_quiet_hours
from carebot.safety.world import Site as SiteNow
from carebot.site.file import Site
from carebot.site.hours import Quiet, house_hours


class SiteTeller:
    """Tells for `node` what the site file at `path` says; care's `house_settings`, once they come, hold over it."""

    def __init__(self, node: Node, site: Site, path: Path) -> None:
        self._node, self._site = node, site
        self._zone = ZoneInfo(site.time_zone)
        self._quiet = site.quiet(house_hours(path))
        self._out = node.create_publisher(SiteState, "site_state", 1)
        listen_to_quiet_hours(node, self._take)

    def tell(self, pose: Pose2D | None) -> None:
        """`pose` is the robot's on the map, None where it does not know: then no doorway is near.

        Quiet hours of one resident hold for the robot's wheels in the whole home: what rolls is heard through walls.
        """
        at = datetime.now(self._zone)
        is_quiet = self._quiet.holds_for_anybody(at)
        door_m = None if pose is None else self._site.nearest_door_m(pose.x_m, pose.y_m)
        now = self._node.get_clock().now()
        self._out.publish(site_to_msg(SiteNow(now.nanoseconds / 1e9, is_quiet, door_m), now.to_msg()))

    def _take(self, quiet: Quiet) -> None:
        self._quiet = quiet
