"""What docking needs besides map and lidar: the charger's marker, whether the battery charges, if the camera is off."""

from __future__ import annotations

import time

from carebot_interfaces.msg import MarkerLook as MarkerLookMsg
from carebot_interfaces.msg import MarkerSearch
from rclpy.node import Node
from sensor_msgs.msg import BatteryState
from std_msgs.msg import Bool

from carebot.geometry import Marker, MarkerLook, Pose2D
from carebot.navigation.docking import DockInputs
from carebot.robot import Camera
from carebot.ros import qos
from carebot.ros.convert import seconds
from carebot.site.places import Dock

BATTERY_STALE_S = 5.0
CHARGES = (BatteryState.POWER_SUPPLY_STATUS_CHARGING, BatteryState.POWER_SUPPLY_STATUS_FULL)
DOES_NOT = (BatteryState.POWER_SUPPLY_STATUS_DISCHARGING, BatteryState.POWER_SUPPLY_STATUS_NOT_CHARGING)


class DockSenses:
    """Stores what comes; `inputs` gives it to the trip once."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self._looks: list[MarkerLook] = []
        self._is_off = False
        self._is_charging: bool | None = None
        self._battery_s = -1e9
        self._ask = node.create_publisher(MarkerSearch, "marker_search", 1)
        node.create_subscription(MarkerLookMsg, "marker_looks", self._on_look, 10)
        node.create_subscription(BatteryState, "battery_state", self._on_battery, 10)
        node.create_subscription(Bool, "camera_is_off", self._on_camera, qos.latched(1))

    def inputs(self, odometry: Pose2D) -> DockInputs:
        """What is known now; each look once."""
        looks, self._looks = tuple(self._looks), []
        is_known = time.monotonic() - self._battery_s < BATTERY_STALE_S
        return DockInputs(odometry, looks, self._is_charging if is_known else None, self._is_off)

    def ask(self, dock: Dock, camera: Camera) -> None:
        """Have perception look for markers for another second."""
        message = MarkerSearch(
            marker_m=dock.marker_m,
            camera_height_m=camera.z_m,
            camera_ahead_m=camera.x_m,
            camera_left_m=camera.y_m,
            camera_pitch_rad=camera.pitch_rad,
            camera_roll_rad=camera.roll_rad,
            camera_vertical_fov_rad=camera.vertical_fov_rad,
        )
        message.header.stamp = self._node.get_clock().now().to_msg()
        self._ask.publish(message)

    def _on_look(self, message: MarkerLookMsg) -> None:
        markers = tuple(Marker(each.marker_id, Pose2D(each.x_m, each.y_m, each.yaw_rad)) for each in message.markers)
        self._looks.append(MarkerLook(seconds(message.header.stamp), markers))
        del self._looks[:-100]

    def _on_battery(self, message: BatteryState) -> None:
        """One that does not know contradicts no other: a base of its own may tell on the same topic."""
        if message.power_supply_status in (*CHARGES, *DOES_NOT):
            self._is_charging, self._battery_s = message.power_supply_status in CHARGES, time.monotonic()

    def _on_camera(self, message: Bool) -> None:
        self._is_off = message.data
