"""The numbers that decide about motion, each with its unit and meaning."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields

from carebot.safety.world import Sensor


@dataclass(frozen=True, slots=True)
class SafetyParameters:
    """The robot's shape, how it brakes, and its limits.

    "Speed" below is that of the fastest point of the robot's outline, so that turning in place counts as well. Raises
    ValueError where a number is not positive and finite, or where two numbers contradict each other.
    """

    fitted: tuple[Sensor, ...] = (Sensor.SCAN, Sensor.BUMPER)
    """What the robot must see and feel by. One of these that is missing or silent counts as an obstacle: no motion."""

    front_m: float = 0.25
    """How far the robot's outline reaches ahead of its centre (base_link), in metres."""

    rear_m: float = 0.25
    """How far it reaches behind its centre, in metres."""

    left_m: float = 0.22
    """How far it reaches to the left of its centre, in metres."""

    right_m: float = 0.22
    """How far it reaches to the right of its centre, in metres."""

    margin_m: float = 0.05
    """The distance that is kept to everything, in metres."""

    deceleration_m_s2: float = 0.8
    """The deceleration that was measured in an emergency braking with full load, in m/s²."""

    yaw_deceleration_rad_s2: float = 2.0
    """The same for turning in place, in rad/s²."""

    latency_s: float = 0.1
    """From judging a scan to the brakes gripping (computing, the drive's reaction), in seconds; its age is added."""

    acceleration_m_s2: float = 0.5
    """How quickly the robot may gain speed, in m/s²; losing speed is never held back."""

    yaw_acceleration_rad_s2: float = 1.5
    """How quickly it may begin to turn, in rad/s²."""

    max_speed_m_s: float = 0.8
    """The fastest the robot may ever be, in m/s."""

    max_yaw_rad_s: float = 1.2
    """The fastest it may turn, in rad/s."""

    creep_speed_m_s: float = 0.1
    """How fast it may move away from what is within the margin, or where no sensor looks, in m/s."""

    least_speed_m_s: float = 0.02
    """A limit below this is a stop, in m/s: motors only hum at such speeds."""

    person_near_m: float = 1.5
    """Somebody this near or nearer makes the robot slow, in metres."""

    person_near_speed_m_s: float = 0.3
    """How fast it may be then, in m/s."""

    person_close_m: float = 0.4
    """Somebody this near or nearer makes it stop, in metres."""

    approach_speed_m_s: float = 0.1
    """How fast a routine that may approach people moves when somebody is that close, in m/s."""

    tilt_limit_rad: float = 0.17
    """Leaning further than this to any side stops the robot, in radians."""

    battery_critical: float = 0.05
    """A charge of this or less is critical (a fraction, 0 to 1)."""

    battery_recovered: float = 0.1
    """It stays critical until the charge is more than this (a fraction, 0 to 1)."""

    battery_finish_s: float = 30.0
    """How long what is under way may be finished with a critical battery, in seconds."""

    battery_speed_m_s: float = 0.2
    """How fast it may be then, in m/s."""

    night_speed_m_s: float = 0.25
    """How fast it may be in quiet hours, or where nobody tells any more whether they are, in m/s."""

    door_within_m: float = 1.0
    """A doorway this near or nearer makes the robot slow, in metres: somebody may step through."""

    door_speed_m_s: float = 0.3
    """How fast it may be then, in m/s."""

    contact_current_a: float = 8.0
    """A motor current of this or more means that the robot pushes against something, in amperes."""

    contact_stop_s: float = 0.2
    """How long it stands after a contact before it backs off, in seconds."""

    retreat_m: float = 0.03
    """How far it backs off after a contact, in metres."""

    retreat_speed_m_s: float = 0.05
    """How fast it does so, in m/s."""

    contact_wait_s: float = 2.0
    """How long it then waits, counted from when nothing is touched any more, in seconds."""

    command_lifetime_s: float = 0.25
    """A command of this age or older is void, in seconds."""

    future_tolerance_s: float = 0.05
    """A stamp further in the future than this is refused, in seconds."""

    teleop_hold_s: float = 5.0
    """How long navigation stays held back after somebody drove by hand, in seconds."""

    seat_free_after_s: float = 2.0
    """How long a driver must be silent before another may drive, in seconds."""

    scan_timeout_s: float = 0.35
    """A lidar scan or depth picture of this age or older counts as an obstacle, in seconds."""

    contact_timeout_s: float = 0.35
    """The same for bumper, cliff sensors, tilt, the drive's state and the emergency stop button, in seconds."""

    people_timeout_s: float = 1.0
    """The same for people, in seconds."""

    state_timeout_s: float = 5.0
    """The same for battery, site state and the permission to approach, in seconds."""

    lost_rays: float = 0.3
    """A scan that lost this share of its rays or more is blind (a fraction, 0 to 1)."""

    def __post_init__(self) -> None:
        for each in fields(self):
            value = getattr(self, each.name)
            if isinstance(value, float | int) and not (math.isfinite(value) and value > 0):
                raise ValueError(f"SafetyParameters.{each.name} must be a positive number, not {value!r}.")
        for smaller, larger in ORDERED:
            if getattr(self, smaller) >= getattr(self, larger):
                raise ValueError(
                    f"SafetyParameters.{smaller} ({getattr(self, smaller)}) must be less than "
                    f"{larger} ({getattr(self, larger)})."
                )
        for name, (bound, unit) in PLAUSIBLE.items():
            if getattr(self, name) > bound:
                raise ValueError(
                    f"SafetyParameters.{name} is {getattr(self, name)}, and more than {bound} {unit} is not plausible: "
                    f"check the unit."
                )


ORDERED = (
    ("person_close_m", "person_near_m"),
    ("battery_critical", "battery_recovered"),
    ("least_speed_m_s", "creep_speed_m_s"),
    ("least_speed_m_s", "retreat_speed_m_s"),
    ("least_speed_m_s", "approach_speed_m_s"),
    ("creep_speed_m_s", "max_speed_m_s"),
    ("person_near_speed_m_s", "max_speed_m_s"),
)
"""Pairs of which the first must be less than the second."""

PLAUSIBLE = {
    **dict.fromkeys(("front_m", "rear_m", "left_m", "right_m"), (2.0, "m")),
    "margin_m": (0.5, "m"),
    "deceleration_m_s2": (8.0, "m/s²"),
    "yaw_deceleration_rad_s2": (40.0, "rad/s²"),
    "max_speed_m_s": (2.5, "m/s"),
    "max_yaw_rad_s": (6.0, "rad/s"),
    "retreat_m": (0.1, "m"),
    "tilt_limit_rad": (0.8, "rad"),
    "battery_recovered": (1.0, "of the charge"),
    "lost_rays": (1.0, "of the rays"),
    "latency_s": (2.0, "s"),
    "command_lifetime_s": (0.25, "s"),
    "future_tolerance_s": (0.25, "s"),
    "scan_timeout_s": (1.0, "s"),
    "contact_timeout_s": (1.0, "s"),
    "people_timeout_s": (3.0, "s"),
}
"""The largest value that can be meant, and its unit: 25 for a length of 0.25 m is a mistake, not a large robot."""
