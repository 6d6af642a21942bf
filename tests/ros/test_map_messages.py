"""The map and where the odometry lies on it, as RViz wants them."""

from __future__ import annotations

import math

import numpy as np
import pytest
from builtin_interfaces.msg import Time

from carebot.geometry import Pose2D
from carebot.navigation.frames import composed
from carebot.navigation.grid_map import FREE, OCCUPIED, UNKNOWN, GridMap
from carebot.ros.heading import heading, yaw_of
from carebot.ros.map_messages import map_to_odom, occupancy_grid


@pytest.mark.parametrize("yaw_rad", [-3.0, -1.0, 0.0, 0.4, 3.1])
def test_a_heading_comes_back(yaw_rad: float) -> None:
    assert yaw_of(heading(yaw_rad)) == pytest.approx(yaw_rad)


def test_where_the_odometry_began_on_the_map() -> None:
    """REP 105: what the odometry says, seen from there, is where the robot is on the map."""
    on_map, in_odom = Pose2D(3.0, 4.0, 1.2), Pose2D(0.5, -0.3, -2.8)
    message = map_to_odom(on_map, in_odom, "odom", Time(sec=7))
    assert (message.header.frame_id, message.child_frame_id, message.header.stamp.sec) == ("map", "odom", 7)
    moved = message.transform.translation
    found = composed(Pose2D(moved.x, moved.y, yaw_of(message.transform.rotation)), in_odom)
    assert (found.x_m, found.y_m) == pytest.approx((3.0, 4.0))
    assert math.remainder(found.yaw_rad - 1.2, math.tau) == pytest.approx(0.0, abs=1e-9)


def test_the_grid_has_its_lowest_row_first() -> None:
    cells = np.array([[FREE, OCCUPIED, UNKNOWN], [FREE, FREE, FREE]], np.int8)
    message = occupancy_grid(GridMap(cells, 0.05, (-1.0, 2.0)), Time(sec=3))
    assert (message.info.width, message.info.height) == (3, 2)
    assert message.info.resolution == pytest.approx(0.05)
    assert (message.info.origin.position.x, message.info.origin.position.y) == (-1.0, 2.0)
    assert list(message.data) == [0, 100, -1, 0, 0, 0]
