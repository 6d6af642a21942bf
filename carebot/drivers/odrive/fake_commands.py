"""The commands of the fake ODrive that are for one axis.

Source: the `cmd_set_...` functions, `cmd_get_feedback`, `cmd_encoder` and `cmd_update_axis_wdg` of
Firmware/communication/ascii_protocol.cpp of firmware 0.5.6. All but the question for feedback feed the watchdog. A
number that a command leaves out keeps its value.
"""

from __future__ import annotations

from collections.abc import Callable

from carebot.drivers.odrive import dialects
from carebot.drivers.odrive.fake_axis import Axis

Action = Callable[[Axis, list[float]], str | None]


def _set_position(axis: Axis, numbers: list[float]) -> None:
    axis.config.control_mode = dialects.POSITION_CONTROL
    axis.setpoints.go_to(numbers[0])
    if len(numbers) > 1:
        axis.setpoints.input_turns_per_s = numbers[1]
    if len(numbers) > 2:
        axis.setpoints.input_torque_nm = numbers[2]
    axis.feed()


def _set_position_within_limits(axis: Axis, numbers: list[float]) -> None:
    _set_position(axis, numbers[:1])
    if len(numbers) > 1:
        axis.config.vel_limit = numbers[1]
    if len(numbers) > 2:
        axis.config.torque_limit_nm = numbers[2]
        axis.limit_current()


def _set_velocity(axis: Axis, numbers: list[float]) -> None:
    axis.config.control_mode = dialects.VELOCITY_CONTROL
    axis.setpoints.input_turns_per_s = numbers[0]
    if len(numbers) > 1:
        axis.setpoints.input_torque_nm = numbers[1]
    axis.feed()


def _set_torque(axis: Axis, numbers: list[float]) -> None:
    axis.config.control_mode = dialects.TORQUE_CONTROL
    axis.setpoints.input_torque_nm = numbers[0]
    axis.feed()


def _move_along_trajectory(axis: Axis, numbers: list[float]) -> None:
    axis.config.input_mode = dialects.TRAP_TRAJ
    _set_position(axis, numbers[:1])


def _tell_motion(axis: Axis, _numbers: list[float]) -> str:
    return f"{axis.turns:.6f} {axis.turns_per_s:.6f}"


def _feed(axis: Axis, _numbers: list[float]) -> None:
    axis.feed()


def set_count(axis: Axis, numbers: list[float]) -> str:
    axis.set_linear_count(int(numbers[0]))
    axis.feed()
    return f"encoder set to {int(numbers[0]) % 2**32}"


COMMANDS: dict[str, tuple[Action, int]] = {
    "p": (_set_position, 1),
    "q": (_set_position_within_limits, 1),
    "v": (_set_velocity, 1),
    "c": (_set_torque, 1),
    "t": (_move_along_trajectory, 1),
    "f": (_tell_motion, 0),
    "u": (_feed, 0),
}
"""What each command does, and how many numbers it needs besides the axis."""
