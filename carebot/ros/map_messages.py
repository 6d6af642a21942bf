"""The map as RViz and other nodes want it: the grid, and where the odometry's frame lies on it."""

from __future__ import annotations

import numpy as np
from builtin_interfaces.msg import Time
from geometry_msgs.msg import TransformStamped
from nav_msgs.msg import OccupancyGrid

from carebot.geometry import Pose2D
from carebot.navigation.frames import composed, seen_from
from carebot.navigation.grid_map import GridMap
from carebot.ros.heading import heading

MAP_FRAME = "map"


def occupancy_grid(grid: GridMap, stamp: Time) -> OccupancyGrid:
    """The whole map; like `GridMap`, row 0 is the lowest y."""
    message = OccupancyGrid()
    message.header.stamp, message.header.frame_id = stamp, MAP_FRAME
    message.info.map_load_time, message.info.resolution = stamp, float(grid.resolution_m)
    message.info.height, message.info.width = grid.cells.shape
    message.info.origin.position.x, message.info.origin.position.y = map(float, grid.origin_m)
    message.data = grid.cells.astype(np.int8).ravel().tolist()
    return message


def map_to_odom(on_map: Pose2D, in_odom: Pose2D, odom_frame: str, stamp: Time) -> TransformStamped:
    """Where the odometry's origin is on the map, of a robot that is at both poses (REP 105)."""
    origin = composed(on_map, seen_from(in_odom, Pose2D()))
    message = TransformStamped()
    message.header.stamp, message.header.frame_id, message.child_frame_id = stamp, MAP_FRAME, odom_frame
    message.transform.translation.x, message.transform.translation.y = float(origin.x_m), float(origin.y_m)
    message.transform.rotation = heading(origin.yaw_rad)
    return message
