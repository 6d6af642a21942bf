from __future__ import annotations

import array
import math

import numpy as np
import pytest
from builtin_interfaces.msg import Time
from carebot_interfaces.msg import DriveState, SiteState
from geometry_msgs.msg import TwistStamped
from sensor_msgs.msg import BatteryState, Imu, LaserScan, PointCloud2, PointField

from carebot.geometry import Pose2D, Twist2D
from carebot.ros import motion_messages as messages
from carebot.safety.verdict import Reason, ReasonCode, Verdict
from carebot.safety.world import Battery, Drive, Estop, MotionRequest, Site, Source, Tilt


def cloud(points: np.ndarray, kind: str = "<f4", names: str = "xyz", padding: int = 4) -> PointCloud2:
    size = np.dtype(kind).itemsize
    step = 3 * size + padding
    rows = np.zeros(len(points), dtype=np.dtype({"names": list("xyz"), "formats": [kind] * 3,
                                                 "offsets": [0, size, 2 * size], "itemsize": step}))  # fmt: skip
    for axis, name in enumerate("xyz"):
        rows[name] = points[:, axis]
    datatype = PointField.FLOAT32 if size == 4 else PointField.FLOAT64
    message = PointCloud2(point_step=step, is_bigendian=kind.startswith(">"), width=len(points), height=1)
    message.fields = [PointField(name=name, offset=at * size, datatype=datatype) for at, name in enumerate(names)]
    message.data = array.array("B", rows.tobytes())
    return message


def test_a_command_and_its_driver() -> None:
    message = TwistStamped()
    message.twist.linear.x, message.twist.linear.y, message.twist.angular.z = 0.1, 0.2, 0.3
    for frame, driver in (("base_link", ""), ("", ""), ("base_link#Anna", "Anna"), ("base_link#Anna #2", "Anna #2")):
        message.header.frame_id = frame
        expected = MotionRequest(Source.TELEOP, Twist2D(0.1, 0.2, 0.3), 5.0, driver)
        assert messages.request(Source.TELEOP, message, 5.0) == expected
    back = messages.twist_to_msg(Twist2D(0.1, 0.2, 0.3), Time(sec=3))
    assert (back.header.frame_id, back.header.stamp.sec) == ("base_link", 3)
    assert messages.request(Source.TELEOP, back, 5.0).twist == Twist2D(0.1, 0.2, 0.3)


def test_a_scan_with_holes() -> None:
    message = LaserScan(angle_min=0.0, angle_increment=math.pi / 2, range_min=0.1, range_max=5.0)
    message.ranges = [1.0, math.nan, math.inf, 2.0]
    scan = messages.scan(message, Pose2D(0.5), 7.0)
    assert scan.points_m == pytest.approx(np.array([(1.5, 0.0), (0.5, -2.0)]), abs=1e-6)
    assert (scan.stamp_s, scan.lost_rays) == (7.0, 0.25)


@pytest.mark.parametrize("kind", ["<f4", ">f4", "<f8", ">f8"])
def test_points_of_a_depth_camera(kind: str) -> None:
    points = np.array([(1.0, 2.0, 3.0), (-4.0, 0.5, math.nan)])
    assert np.array_equal(messages.cloud_points(cloud(points, kind)), points, equal_nan=True)


def test_many_points_are_thinned_out_evenly_and_none_is_none() -> None:
    points = np.column_stack([np.arange(50_000.0)] * 3)
    picked = messages.cloud_points(cloud(points))
    assert len(picked) <= messages.MOST_POINTS
    assert picked[:3, 0].tolist() == [0.0, 3.0, 6.0]
    assert picked[-1, 0] >= 49_997
    assert messages.cloud_points(cloud(np.empty((0, 3)))).shape == (0, 3)


def test_points_without_a_place_are_one_that_is_none() -> None:
    points = np.ones((5, 3))
    wrong = cloud(points)
    wrong.fields[1].datatype = PointField.INT32
    for message in (cloud(points, names="xyi"), wrong):
        assert np.isnan(messages.cloud_points(message)).all()


def test_tilt_by_orientation_or_else_by_gravity() -> None:
    message = Imu()
    message.orientation.w = 1.0
    message.linear_acceleration.y, message.linear_acceleration.z = 9.81 * math.sin(0.3), 9.81 * math.cos(0.3)
    assert messages.tilt(message, 1.0) == Tilt(1.0, 0.0, 0.0)
    message.orientation_covariance[0] = -1.0
    assert messages.tilt(message, 1.0).roll_rad == pytest.approx(0.3)


def test_battery_and_site() -> None:
    assert messages.battery(BatteryState(percentage=0.5), 2.0) == Battery(2.0, 0.5)
    assert math.isnan(messages.battery(BatteryState(percentage=math.nan), 2.0).charge)
    assert messages.site(SiteState(night=True, door_distance_m=0.5), 2.0) == Site(2.0, True, 0.5)
    assert messages.site(SiteState(door_distance_m=math.nan), 2.0) == Site(2.0, False, None)


def test_the_drives_state() -> None:
    wheels = {"commanded_rad_s": [2.0, 2.0], "wheel_speeds_rad_s": [1.0, 1.0]}
    good = DriveState(connected=True, estop=True, currents_a=[1.0, -3.0], **wheels)
    assert messages.drive(good, 2.0) == Drive(2.0, True, 3.0)
    assert messages.drive(DriveState(connected=True), 2.0) == Drive(2.0, False, 0.0)
    for bad in (DriveState(connected=False), DriveState(connected=True, currents_a=[1.0, math.nan])):
        assert math.isnan(messages.drive(bad, 2.0).current_a)


@pytest.mark.parametrize(
    ("told", "turns", "current_a"),
    [
        *(([2.0], [5.0], 0.0), ([0.0], [8.0], 0.0), ([], [3.0], 0.0)),  # brakes, was stopped, was told nothing
        *(([3.0], [0.0], 9.0), ([-3.0], [0.0], 9.0), ([3.0], [-1.0], 9.0), ([3.0], [math.nan], 9.0)),
    ],
)
def test_only_a_wheel_that_is_slower_than_told_pushes(told: list[float], turns: list[float], current_a: float) -> None:
    state = DriveState(connected=True, currents_a=[-9.0], commanded_rad_s=told, wheel_speeds_rad_s=turns)
    assert messages.drive(state, 2.0).current_a == current_a


def test_narrow_things_upright_in_a_picture_of_depth_are_not_thinned_away() -> None:
    rows, columns = np.mgrid[0:480, 0:640]
    message = cloud(np.column_stack((columns.ravel(), rows.ravel(), np.ones(640 * 480))))
    message.width, message.height = 640, 480
    picked = messages.cloud_points(message)
    assert len(picked) <= messages.MOST_POINTS
    assert len(np.unique(picked[:, 0])) == 640


def test_a_verdict_with_all_its_reasons() -> None:
    reasons = (
        Reason(ReasonCode.NIGHT, "It is night.", 0.25),
        Reason(ReasonCode.DOOR, "A door.", 0.3, {"distance_m": 1.0}),
    )
    message = messages.motion_state(
        Verdict(Twist2D(0.1, 0.2, 0.3), 0.25, reasons), Estop(True, "x", "Anna"), Time(sec=9)
    )
    assert (message.vx_m_s, message.vy_m_s, message.yaw_rad_s, message.allowed_speed_m_s) == (0.1, 0.2, 0.3, 0.25)
    assert (message.emergency_stop, message.emergency_stop_cause, message.emergency_stop_by) == (True, "x", "Anna")
    assert [(reason.code, reason.words, reason.allowed_speed_m_s) for reason in message.reasons] == [
        ("night", "It is night.", 0.25),
        ("door", "A door.", 0.3),
    ]
    assert (list(message.reasons[1].number_names), list(message.reasons[1].number_values)) == (["distance_m"], [1.0])
