"""What a black box records: no pixels, no sound and no words.

Technicians read it, who see no alerts: what caregivers wrote and what the resident answered stays with care.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from carebot_interfaces.msg import Alerts, DriveState, FallAlert, MotionState, People
from diagnostic_msgs.msg import DiagnosticArray
from geometry_msgs.msg import PoseStamped, TwistStamped
from nav_msgs.msg import Odometry
from rclpy.qos import HistoryPolicy, QoSProfile, ReliabilityPolicy
from sensor_msgs.msg import BatteryState, LaserScan
from std_msgs.msg import Bool

OVERHEARD = QoSProfile(history=HistoryPolicy.KEEP_LAST, depth=50, reliability=ReliabilityPolicy.BEST_EFFORT)
"""Nobody who drives has anything repeated for a recorder."""
MUST_BE_HEARD = QoSProfile(history=HistoryPolicy.KEEP_LAST, depth=50, reliability=ReliabilityPolicy.RELIABLE)
"""Only from now on: an accident before this start is no accident of now."""


@dataclass(frozen=True, slots=True)
class RecordedTopic:
    """`at_most_hz`: of more, the rest is left out; 0 keeps everything. What is not `kept` only tells of accidents."""

    name: str
    message: type[Any]
    at_most_hz: float = 0.0
    must_be_heard: bool = False
    kept: bool = True

    @property
    def qos(self) -> QoSProfile:
        return MUST_BE_HEARD if self.must_be_heard else OVERHEARD


RECORDED = (
    RecordedTopic("people", People),
    RecordedTopic("fall_alerts", FallAlert, must_be_heard=True),
    RecordedTopic("alerts", Alerts, must_be_heard=True, kept=False),
    RecordedTopic("motion_state", MotionState, 10.0),
    RecordedTopic("cmd_vel", TwistStamped),
    RecordedTopic("cmd_vel_nav", TwistStamped),
    RecordedTopic("cmd_vel_teleop", TwistStamped),
    RecordedTopic("odom", Odometry, 10.0),
    RecordedTopic("map_pose", PoseStamped, 10.0),
    RecordedTopic("drive_state", DriveState),
    RecordedTopic("bumper", Bool, 10.0),
    RecordedTopic("scan", LaserScan, 1.0),
    RecordedTopic("battery_state", BatteryState, 1.0),
    RecordedTopic("diagnostics", DiagnosticArray),
)
