"""ROS messages about motion to the judge's values and back."""

from __future__ import annotations

import math

import numpy as np
from builtin_interfaces.msg import Time
from carebot_interfaces.msg import DriveState, MotionReason, MotionState, SiteState
from geometry_msgs.msg import PoseStamped, TwistStamped
from sensor_msgs.msg import BatteryState, Imu, LaserScan, PointCloud2, PointField

from carebot.geometry import Pose2D, Twist2D
from carebot.ros.heading import heading, yaw_of
from carebot.safety.scan import scan_from_ranges
from carebot.safety.tilt import tilt_from_acceleration, tilt_from_quaternion
from carebot.safety.verdict import Reason, Verdict
from carebot.safety.world import Battery, Drive, Estop, MotionRequest, Scan, Site, Source, Tilt

BASE_FRAME = "base_link"
DRIVER_MARK = "#"
MOST_POINTS = 20_000
FLOATS = {PointField.FLOAT32: "f4", PointField.FLOAT64: "f8"}


def request(source: Source, message: TwistStamped, stamp_s: float) -> MotionRequest:
    """The wish in `message`. Who drives by hand stands behind the frame: `base_link#Anna`."""
    linear, angular = message.twist.linear, message.twist.angular
    driver = message.header.frame_id.partition(DRIVER_MARK)[2]
    return MotionRequest(source, Twist2D(linear.x, linear.y, angular.z), stamp_s, driver)


def twist_to_msg(twist: Twist2D, stamp: Time) -> TwistStamped:
    """`twist` in the robot's frame."""
    message = TwistStamped()
    message.header.stamp, message.header.frame_id = stamp, BASE_FRAME
    message.twist.linear.x, message.twist.linear.y = float(twist.vx_m_s), float(twist.vy_m_s)
    message.twist.angular.z = float(twist.yaw_rad_s)
    return message


def pose_to_msg(pose: Pose2D, frame: str, stamp: Time) -> PoseStamped:
    """`pose` on the floor of `frame`."""
    message = PoseStamped()
    message.header.stamp, message.header.frame_id = stamp, frame
    message.pose.position.x, message.pose.position.y = float(pose.x_m), float(pose.y_m)
    message.pose.orientation = heading(pose.yaw_rad)
    return message


def pose_from_msg(message: PoseStamped) -> Pose2D:
    """The part of a pose that lies on the floor."""
    at = message.pose.position
    return Pose2D(at.x, at.y, yaw_of(message.pose.orientation))


def teleop_to_msg(request: MotionRequest, stamp: Time) -> TwistStamped:
    """What `request` reads again on the other side."""
    message = twist_to_msg(request.twist, stamp)
    message.header.frame_id = f"{BASE_FRAME}{DRIVER_MARK}{request.driver}"
    return message


def scan(message: LaserScan, mounting: Pose2D, stamp_s: float) -> Scan:
    """The obstacles that a lidar at `mounting` sees."""
    return scan_from_ranges(
        np.asarray(message.ranges),
        message.angle_min,
        message.angle_increment,
        message.range_min,
        message.range_max,
        mounting,
        stamp_s,
    )


def cloud_points(message: PointCloud2) -> np.ndarray:
    """(n, 3) x, y, z of at most MOST_POINTS points, evenly picked; one NaN point where they are missing.

    From row to row other columns are picked: of the same ones only, what is narrow and upright could stand between.
    """
    fields = {field.name: field for field in message.fields}
    if any(name not in fields or fields[name].datatype not in FLOATS for name in "xyz"):
        return np.full((1, 3), np.nan)
    order = ">" if message.is_bigendian else "<"
    kind = np.dtype(
        {
            "names": list("xyz"),
            "formats": [order + FLOATS[fields[name].datatype] for name in "xyz"],
            "offsets": [fields[name].offset for name in "xyz"],
            "itemsize": message.point_step,
        }
    )
    points = np.frombuffer(message.data, dtype=kind, count=len(message.data) // message.point_step)
    step = math.ceil(len(points) / MOST_POINTS) or 1
    while math.gcd(step, message.width) > 1:
        step += 1
    picked = points[::step]
    return np.column_stack([picked[name].astype(np.float64) for name in "xyz"])


def tilt(message: Imu, stamp_s: float) -> Tilt:
    """How far the robot leans; from gravity where the sensor says that it knows no orientation (REP-145)."""
    if message.orientation_covariance[0] == -1:
        felt = message.linear_acceleration
        return tilt_from_acceleration(felt.x, felt.y, felt.z, stamp_s)
    turned = message.orientation
    return tilt_from_quaternion(turned.x, turned.y, turned.z, turned.w, stamp_s)


def battery(message: BatteryState, stamp_s: float) -> Battery:
    return Battery(stamp_s, message.percentage)


def drive(message: DriveState, stamp_s: float) -> Drive:
    """The current is that of a wheel slower than it is told: one that brakes pushes against nothing.

    A controller that is not connected tells nothing that could be trusted.
    """
    wheels = zip(message.currents_a, message.commanded_rad_s, message.wheel_speeds_rad_s, strict=False)
    pushes_a = (abs(current_a) for current_a, told, turns in wheels if told and not told * (told - turns) < 0)
    largest_a = max(pushes_a, default=0.0)
    if any(math.isnan(current_a) for current_a in message.currents_a) or not message.connected:
        largest_a = math.nan
    return Drive(stamp_s, message.estop, largest_a)


def site(message: SiteState, stamp_s: float) -> Site:
    door_m = message.door_distance_m
    return Site(stamp_s, message.night, None if math.isnan(door_m) else door_m)


def site_to_msg(state: Site, stamp: Time) -> SiteState:
    message = SiteState(night=state.night)
    message.header.stamp = stamp
    message.door_distance_m = math.nan if state.door_distance_m is None else float(state.door_distance_m)
    return message


def motion_state(verdict: Verdict, estop: Estop, stamp: Time) -> MotionState:
    """`verdict` in words, codes and numbers."""
    message = MotionState(
        allowed_speed_m_s=float(verdict.allowed_m_s),
        vx_m_s=float(verdict.twist.vx_m_s),
        vy_m_s=float(verdict.twist.vy_m_s),
        yaw_rad_s=float(verdict.twist.yaw_rad_s),
        emergency_stop=estop.latched,
        emergency_stop_cause=estop.cause,
        emergency_stop_by=estop.by,
        reasons=[_reason(reason) for reason in verdict.reasons],
    )
    message.header.stamp, message.header.frame_id = stamp, BASE_FRAME
    return message


def _reason(reason: Reason) -> MotionReason:
    return MotionReason(
        code=reason.code.value,
        words=reason.words,
        about=reason.about,
        allowed_speed_m_s=float(reason.allowed_m_s),
        number_names=list(reason.numbers),
        number_values=[float(value) for value in reason.numbers.values()],
    )
