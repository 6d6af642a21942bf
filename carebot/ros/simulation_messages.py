"""What the simulated robot sees and feels, as ROS messages: standard types, REP-103 and REP-105 frames."""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING

import numpy as np
from builtin_interfaces.msg import Time
from carebot_interfaces.msg import GroundTruth as GroundTruthMsg
from nav_msgs.msg import Odometry
from sensor_msgs.msg import CameraInfo, Image, Imu, LaserScan, PointCloud2, PointField
from std_msgs.msg import Header

from carebot.ros.heading import heading
from carebot.simulation.frames import BASE_FRAME, CAMERA_FRAME, DEPTH_FRAME, IMU_FRAME, LIDAR_FRAME, WORLD_FRAME

if TYPE_CHECKING:
    from carebot.simulation.sensors import Inertial, Ranges
    from carebot.simulation.truth import GroundTruth, RobotTruth


def stamp_of(total_ns: int) -> Time:
    return Time(sec=total_ns // 10**9, nanosec=total_ns % 10**9)


def image(picture: np.ndarray, stamp: Time, frame: str = CAMERA_FRAME) -> Image:
    """(H, W, 3) uint8, blue first, or (H, W) float32 metres."""
    is_depth = picture.dtype == np.float32
    height, width = picture.shape[:2]
    encoding, step = ("32FC1", width * 4) if is_depth else ("bgr8", width * 3)
    message = Image(
        header=Header(stamp=stamp, frame_id=frame), height=height, width=width, encoding=encoding, step=step
    )
    message.data = array("B", picture.tobytes())  # rclpy copies an array at once, but checks bytes one by one
    return message


def camera_info(width_px: int, height_px: int, focal_px: float, stamp: Time, frame: str = CAMERA_FRAME) -> CameraInfo:
    """A pinhole without distortion, the principal point in the middle."""
    cx, cy = width_px / 2, height_px / 2
    return CameraInfo(
        header=Header(stamp=stamp, frame_id=frame),
        width=width_px,
        height=height_px,
        distortion_model="plumb_bob",
        d=[0.0] * 5,
        k=[focal_px, 0.0, cx, 0.0, focal_px, cy, 0.0, 0.0, 1.0],
        r=[1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0],
        p=[focal_px, 0.0, cx, 0.0, 0.0, focal_px, cy, 0.0, 0.0, 0.0, 1.0, 0.0],
    )


def laser_scan(ranges: Ranges, rate_hz: float, stamp: Time) -> LaserScan:
    message = LaserScan(
        header=Header(stamp=stamp, frame_id=LIDAR_FRAME),
        angle_min=ranges.first_rad,
        angle_max=ranges.first_rad + ranges.step_rad * (len(ranges.ranges_m) - 1),
        angle_increment=ranges.step_rad,
        scan_time=1.0 / rate_hz,
        range_min=ranges.nearest_m,
        range_max=ranges.farthest_m,
    )
    message.ranges = array("f", ranges.ranges_m.tobytes())
    return message


def imu(felt: Inertial, stamp: Time) -> Imu:
    message = Imu(header=Header(stamp=stamp, frame_id=IMU_FRAME))
    turned, spin, pull = message.orientation, message.angular_velocity, message.linear_acceleration
    turned.w, turned.x, turned.y, turned.z = felt.orientation
    spin.x, spin.y, spin.z = felt.angular_rad_s
    pull.x, pull.y, pull.z = felt.acceleration_m_s2
    return message


def point_cloud(points_m: np.ndarray, stamp: Time) -> PointCloud2:
    """(n, 3) float32 with the optical axes."""
    fields = [PointField(name=n, offset=4 * i, datatype=PointField.FLOAT32, count=1) for i, n in enumerate("xyz")]
    header = Header(stamp=stamp, frame_id=DEPTH_FRAME)
    count = len(points_m)
    message = PointCloud2(header=header, height=1, width=count, fields=fields, point_step=12, row_step=12 * count)
    message.is_dense = True
    message.data = array("B", points_m.astype(np.float32).tobytes())
    return message


def robot_truth(truth: RobotTruth, stamp: Time) -> Odometry:
    """Where the robot really is in the world."""
    message = Odometry(header=Header(stamp=stamp, frame_id=WORLD_FRAME), child_frame_id=BASE_FRAME)
    place, twist = message.pose.pose, message.twist.twist
    place.position.x, place.position.y = truth.pose.x_m, truth.pose.y_m
    place.orientation = heading(truth.pose.yaw_rad)
    twist.linear.x, twist.angular.z = truth.speed_m_s, truth.yaw_rad_s
    return message


def ground_truth(truth: GroundTruth, scenario: str, finished: bool, epoch_ns: int) -> GroundTruthMsg:
    """What is really so of a person; `epoch_ns` is the clock at simulated time zero."""

    def at(time_s: float) -> Time:
        return stamp_of(epoch_ns + round(time_s * 1e9))

    message = GroundTruthMsg(
        scenario=scenario,
        activity=truth.activity,
        pelvis_height_m=truth.pelvis_height_m,
        torso_angle_rad=truth.torso_angle_rad,
        on_floor=truth.on_floor,
        finished=finished,
    )
    message.header.stamp = at(truth.time_s)
    if truth.fall_onset_s is not None:
        message.fell, message.fall_onset = True, at(truth.fall_onset_s)
    if truth.floor_contact_s is not None:
        message.hit_floor, message.floor_contact = True, at(truth.floor_contact_s)
    return message
