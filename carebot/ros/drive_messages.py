"""What the drive node knows, as ROS messages."""

from __future__ import annotations

import math
from typing import Any

from builtin_interfaces.msg import Time
from carebot_interfaces.msg import DriveState
from geometry_msgs.msg import TransformStamped
from nav_msgs.msg import Odometry as OdometryMsg
from sensor_msgs.msg import BatteryState

from carebot.chassis.chassis import Snapshot
from carebot.drive.loop import WheelSpeeds
from carebot.drive.odometry import Odometry
from carebot.robot import Battery
from carebot.ros.heading import heading

UNKNOWN_VARIANCE = 1e6
"""What ROS takes for "not measured": height, roll and pitch of a robot that only counts wheels."""
_PLANE = (0, 1, 5)
"""Where x, y and yaw stand among the six of a ROS covariance."""


def drive_state(snapshot: Snapshot, stamp: Time, frame_id: str) -> DriveState:
    """`snapshot` as a message."""
    telemetry, stop = snapshot.telemetry, snapshot.stop
    message = DriveState(
        controller=snapshot.controller,
        connected=snapshot.connected,
        armed=snapshot.armed,
        moving=snapshot.moving,
        stop_code="" if stop is None else stop.code,
        stop_reason="" if stop is None else stop.reason,
        commanded_rad_s=list(snapshot.sent_rad_s),
        temperature_c=math.nan,
        reconnects=snapshot.reconnects,
        refused_commands=snapshot.refused_commands,
        bad_frames=snapshot.bad_frames,
    )
    message.header.stamp, message.header.frame_id = stamp, frame_id
    if telemetry is not None:
        message.estop, message.watchdog_tripped = telemetry.estop, telemetry.watchdog_tripped
        message.fault_codes = [fault.code for fault in telemetry.faults]
        message.fault_texts = [fault.text for fault in telemetry.faults]
        message.wheel_speeds_rad_s = [float(speed) for speed in telemetry.speeds_rad_s]
        message.currents_a = [float(current) for current in telemetry.currents_a]
        message.temperature_c = math.nan if telemetry.temperature_c is None else float(telemetry.temperature_c)
    return message


def odometry(value: Odometry, stamp: Time, odom_frame: str, base_frame: str) -> OdometryMsg:
    """`value` as a message."""
    message = OdometryMsg(child_frame_id=base_frame)
    message.header.stamp, message.header.frame_id = stamp, odom_frame
    pose, twist = message.pose.pose, message.twist.twist
    pose.position.x, pose.position.y = value.pose.x_m, value.pose.y_m
    pose.orientation = heading(value.pose.yaw_rad)
    twist.linear.x, twist.linear.y, twist.angular.z = value.twist.vx_m_s, value.twist.vy_m_s, value.twist.yaw_rad_s
    message.pose.covariance = covariance(value.pose_covariance)
    message.twist.covariance = covariance(value.twist_covariance)
    return message


def transform(message: OdometryMsg) -> TransformStamped:
    """The pose of `message` as a transform."""
    found = TransformStamped(header=message.header, child_frame_id=message.child_frame_id)
    place = message.pose.pose.position
    found.transform.translation.x, found.transform.translation.y = place.x, place.y
    found.transform.rotation = message.pose.pose.orientation
    return found


def battery_state(snapshot: Snapshot, battery: Battery | None, stamp: Time) -> BatteryState:
    """Voltage, and the charge as far as a straight line tells it; NaN is ROS's word for "not measured"."""
    telemetry = snapshot.telemetry
    voltage_v = None if telemetry is None else telemetry.voltage_v
    message = BatteryState(
        voltage=math.nan if voltage_v is None else float(voltage_v),
        percentage=math.nan if voltage_v is None or battery is None else battery.charge(voltage_v),
        temperature=math.nan,
        current=-float(sum(map(abs, telemetry.currents_a))) if telemetry and telemetry.currents_a else math.nan,
        charge=math.nan,
        capacity=math.nan,
        design_capacity=math.nan,
        present=voltage_v is not None,
        power_supply_status=BatteryState.POWER_SUPPLY_STATUS_UNKNOWN,
    )
    message.header.stamp = stamp
    return message


def covariance(plane: Any) -> list[float]:
    """(3, 3) for x, y and yaw as ROS's 36 numbers."""
    values = [0.0] * 36
    for diagonal in (2, 3, 4):
        values[diagonal * 7] = UNKNOWN_VARIANCE
    for row, to_row in enumerate(_PLANE):
        for column, to_column in enumerate(_PLANE):
            values[to_row * 6 + to_column] = float(plane[row][column])
    return values


def waiting_for(snapshot: Snapshot) -> str:
    """What commanded motion waits for, empty where it is followed."""
    return snapshot.order.waiting_for if isinstance(snapshot.order, WheelSpeeds) else ""
