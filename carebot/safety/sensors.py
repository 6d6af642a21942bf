"""Which sensors cannot be trusted now. A sensor that is missing, silent or talks nonsense counts as an obstacle."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from carebot.safety.parameters import SafetyParameters
from carebot.safety.verdict import Reason, ReasonCode
from carebot.safety.world import (
    Battery,
    Bumper,
    Button,
    Cliff,
    Depth,
    Drive,
    PeopleNear,
    Scan,
    Sensor,
    Site,
    Tilt,
    World,
)

Reading = Scan | Depth | Bumper | PeopleNear | Tilt | Cliff | Battery | Drive | Button | Site

FARTHEST_MEANT_M = 10_000.0
"""A coordinate beyond this is no distance but a fault."""

NAMES = {
    Sensor.SCAN: "lidar",
    Sensor.DEPTH: "depth camera",
    Sensor.BUMPER: "bumper",
    Sensor.PEOPLE: "camera that looks for people",
    Sensor.TILT: "tilt sensor",
    Sensor.CLIFF: "cliff sensor",
    Sensor.BATTERY: "battery",
    Sensor.DRIVE: "motor controller",
    Sensor.BUTTON: "emergency stop button",
    Sensor.SITE: "site's state",
}
"""How each is called in a sentence."""


def sensor_faults(world: World, now_s: float, parameters: SafetyParameters) -> dict[Sensor, Reason]:
    """The sensors that cannot be trusted, and why.

    What is fitted must have been heard; and what was heard once must go on, fitted or not. The site's state alone only
    slows the robot where it falls silent (see `hazards`), unless it is fitted.
    """
    found = {sensor: _fault(sensor, world, now_s, parameters) for sensor in Sensor}
    return {sensor: fault for sensor, fault in found.items() if fault is not None}


def timeout_s(sensor: Sensor, parameters: SafetyParameters) -> float:
    """How old the sensor's word may become."""
    if sensor in (Sensor.SCAN, Sensor.DEPTH):
        return parameters.scan_timeout_s
    if sensor in (Sensor.BATTERY, Sensor.SITE):
        return parameters.state_timeout_s
    return parameters.people_timeout_s if sensor is Sensor.PEOPLE else parameters.contact_timeout_s


def _fault(sensor: Sensor, world: World, now_s: float, parameters: SafetyParameters) -> Reason | None:
    reading: Reading | None = getattr(world, sensor.value)
    if reading is not None:
        return _reading_fault(sensor, reading, now_s, parameters)
    if sensor in parameters.fitted:
        words = f"The {NAMES[sensor]} has not been heard yet."
        return Reason(ReasonCode.SENSOR_MISSING, words, about=sensor.value)
    return None


def _reading_fault(sensor: Sensor, reading: Reading, now_s: float, parameters: SafetyParameters) -> Reason | None:
    name, age_s = NAMES[sensor], now_s - reading.stamp_s
    if not (math.isfinite(reading.stamp_s) and _is_sound(reading)):
        words = f"The {name} tells a number that is none."
        return Reason(ReasonCode.SENSOR_NOT_FINITE, words, about=sensor.value)
    only_slows = sensor is Sensor.SITE and sensor not in parameters.fitted
    if age_s >= timeout_s(sensor, parameters) and not only_slows:
        words = f"The {name} has been silent for {age_s:.1f} s."
        return Reason(ReasonCode.SENSOR_STALE, words, 0.0, {"age_s": age_s}, sensor.value)
    if age_s < -parameters.future_tolerance_s:
        words = f"The {name} is stamped {-age_s:.2f} s in the future: set the clocks right."
        return Reason(ReasonCode.SENSOR_FROM_FUTURE, words, 0.0, {"ahead_s": -age_s}, sensor.value)
    if isinstance(reading, Scan) and reading.lost_rays >= parameters.lost_rays:
        words = f"The {name} is blind on {reading.lost_rays:.0%} of its rays: clean it."
        return Reason(ReasonCode.SCAN_BLIND, words, 0.0, {"lost_rays": reading.lost_rays}, sensor.value)
    return None


def _is_sound(reading: Reading) -> bool:
    if isinstance(reading, Scan):
        numbers = [reading.lost_rays, reading.seen_from_rad, reading.seen_to_rad]
        return _are_sound(_flat(reading.points_m), numbers, *(list(hole) for hole in reading.holes_rad))
    if isinstance(reading, Depth):
        return _are_sound(_flat(reading.points_m))
    if isinstance(reading, PeopleNear):
        return _are_sound([distance_m for distance_m in reading.distances_m if distance_m is not None])
    return _are_sound(_plain_numbers(reading))


def _plain_numbers(reading: Reading) -> list[float]:
    if isinstance(reading, Tilt):
        return [reading.roll_rad, reading.pitch_rad]
    if isinstance(reading, Battery):
        return [reading.charge]
    if isinstance(reading, Drive):
        return [reading.current_a]
    if isinstance(reading, Site) and reading.door_distance_m is not None:
        return [reading.door_distance_m]
    return []


def _flat(points_m: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(points_m, dtype=np.float64).reshape(-1)


def _are_sound(*numbers: NDArray[np.float64] | list[float]) -> bool:
    return all(bool(np.all(np.abs(some) <= FARTHEST_MEANT_M)) for some in numbers)
