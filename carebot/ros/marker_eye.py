"""Markers in the pictures of the perception node, while somebody asks for them: their places leave it, no picture."""

from __future__ import annotations

import threading

import numpy as np
from builtin_interfaces.msg import Time
from carebot_interfaces.msg import MarkerLook, MarkerSearch, SeenMarker
from rclpy.node import Node
from rclpy.qos import qos_profile_sensor_data
from sensor_msgs.msg import CameraInfo
from std_msgs.msg import Header

from carebot.geometry import CameraMounting, Marker
from carebot.perception.frames import Image
from carebot.perception.markers import Lens, LensPlace, MarkerFinder
from carebot.ros.convert import seconds
from carebot.ros.motion_messages import BASE_FRAME

HOLDS_S = 1.0
"""After so long without being asked again, nobody looks for markers any more."""
LEAST_MARKER_M, MOST_MARKER_M = 0.01, 1.0


class MarkerEye:
    """Publishes `marker_looks` as long as `marker_search` asks for it; `image_topic` is empty for a camera of its own.

    ROS's callbacks only store; the worker's thread looks.
    """

    def __init__(self, node: Node, image_topic: str) -> None:
        self._clock = node.get_clock()
        self._lock = threading.Lock()
        self._search: MarkerSearch | None = None
        self._info: CameraInfo | None = None
        self._finder: MarkerFinder | None = None
        self._finds_m = 0.0
        self._out = node.create_publisher(MarkerLook, "marker_looks", 10)
        node.create_subscription(MarkerSearch, "marker_search", self._on_search, 1)
        if image_topic:
            node.create_subscription(CameraInfo, info_topic(image_topic), self._on_info, qos_profile_sensor_data)

    def look(self, image: Image, stamp: Time) -> None:
        """A picture was taken at `stamp`."""
        with self._lock:
            search, info = self._search, self._info
        if search is None or not self._holds(search):
            self._finder = None
            return
        if self._finder is None or search.marker_m != self._finds_m:
            self._finder, self._finds_m = MarkerFinder(search.marker_m), search.marker_m
        found = self._finder.find(image, _lens(image, info, search), _place(search))
        header = Header(stamp=stamp, frame_id=BASE_FRAME)
        self._out.publish(MarkerLook(header=header, markers=[_message(each) for each in found]))

    def _holds(self, search: MarkerSearch) -> bool:
        age_s = self._clock.now().nanoseconds / 1e9 - seconds(search.header.stamp)
        is_marker = LEAST_MARKER_M <= search.marker_m <= MOST_MARKER_M
        return abs(age_s) < HOLDS_S and is_marker and 0.0 < search.camera_vertical_fov_rad < 3.0

    def _on_search(self, message: MarkerSearch) -> None:
        with self._lock:
            self._search = message

    def _on_info(self, message: CameraInfo) -> None:
        with self._lock:
            self._info = message


def info_topic(image_topic: str) -> str:
    """ROS's own rule: `camera_info` beside the pictures; beside `image_raw` for `image_raw/compressed`."""
    folder, slash, _ = image_topic.removesuffix("/compressed").rpartition("/")
    return f"{folder}{slash}camera_info"


def _lens(image: Image, info: CameraInfo | None, search: MarkerSearch) -> Lens:
    """As `camera_info` tells where it was calibrated, else by the robot file's opening angle."""
    height_px, width_px = image.shape[:2]
    if info is None or not info.width or not info.k[0] > 0.0:
        return Lens.of_opening(width_px, height_px, search.camera_vertical_fov_rad)
    lens = Lens(np.array(info.k, np.float64).reshape(3, 3), np.array(info.d or [0.0] * 5, np.float64))
    return lens.scaled_to(width_px, height_px, (info.width, info.height))


def _place(search: MarkerSearch) -> LensPlace:
    tilt = search.camera_pitch_rad, search.camera_roll_rad
    mounting = CameraMounting(search.camera_height_m, *tilt, search.camera_vertical_fov_rad)
    return LensPlace(mounting, search.camera_ahead_m, search.camera_left_m)


def _message(marker: Marker) -> SeenMarker:
    place = marker.place
    return SeenMarker(marker_id=marker.marker_id, x_m=place.x_m, y_m=place.y_m, yaw_rad=place.yaw_rad)
