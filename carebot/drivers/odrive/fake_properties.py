"""The tree of properties that `r` and `w` reach on the fake ODrive.

Sources: Firmware/odrive-interface.yaml of 0.5.6 and, for the names of 0.6, its "API Reference". Here is what a host
with wheels asks for: who it is, its supply, states, errors, estimates, inputs, limits and gains.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from operator import attrgetter
from typing import Generic, Protocol, TypeVar

from carebot.drivers.odrive import dialects
from carebot.drivers.odrive.fake_axis import POLE_PAIRS, Axis

_Owner = TypeVar("_Owner")


class Board(Protocol):
    """What belongs to no axis."""

    firmware: tuple[int, int, int]
    hardware: tuple[int, int, int]
    serial: int
    voltage_v: float
    temperature_c: float
    axes: dict[int, Axis]

    @property
    def dialect(self) -> dialects.Dialect: ...

    @property
    def uptime_s(self) -> float: ...

    @property
    def supply_current_a(self) -> float: ...


@dataclass(frozen=True, slots=True)
class Property(Generic[_Owner]):
    """One entry of the tree; without `put` it is read-only."""

    get: Callable[[_Owner], float]
    put: Callable[[_Owner, float], None] | None = None
    is_float: bool = False


def _told(get: Callable[[_Owner], float]) -> Property[_Owner]:
    return Property(get)


def _measured(get: Callable[[_Owner], float]) -> Property[_Owner]:
    return Property(get, is_float=True)


def _stored(where: str, is_float: bool = False) -> Property[Axis]:
    owner, _, name = where.rpartition(".")
    owner_of: Callable[[Axis], object] = attrgetter(owner) if owner else lambda axis: axis
    return Property(attrgetter(where), lambda axis, value: setattr(owner_of(axis), name, value), is_float)


def _number(where: str) -> Property[Axis]:
    return _stored(where, is_float=True)


def _limit(where: str) -> Property[Axis]:
    stored = _number(where)

    def put(axis: Axis, value: float) -> None:
        assert stored.put is not None
        stored.put(axis, value)
        axis.limit_current()

    return Property(stored.get, put, is_float=True)


def _detail(part: str) -> Property[Axis]:
    return Property(lambda axis: axis.details[part], lambda axis, value: axis.details.update({part: int(value)}))


_CURRENT_LIMIT = _limit("config.current_limit_a")
_TORQUE_LIMIT = _limit("config.torque_limit_nm")
_POLE_PAIRS: Property[Axis] = _told(lambda _axis: POLE_PAIRS)
_TORQUE_CONSTANT: Property[Axis] = _measured(lambda axis: axis.torque_constant_nm_a)

_AXIS: dict[str, Property[Axis]] = {
    dialects.STATE: _told(lambda axis: axis.state),
    dialects.REQUESTED_STATE: Property(lambda _axis: dialects.UNDEFINED, Axis.request),
    dialects.CONTROL_MODE: Property(lambda axis: axis.config.control_mode, Axis.set_control_mode),
    dialects.INPUT_MODE: _stored("config.input_mode"),
    dialects.WATCHDOG_TIMEOUT: _number("config.watchdog_timeout_s"),
    dialects.ENABLE_WATCHDOG: _stored("config.is_watched"),
    "{axis}.controller.input_pos": Property(
        lambda axis: axis.setpoints.input_turns, lambda axis, turns: axis.setpoints.go_to(turns), is_float=True
    ),
    "{axis}.controller.input_vel": _number("setpoints.input_turns_per_s"),
    "{axis}.controller.input_torque": _number("setpoints.input_torque_nm"),
    "{axis}.controller.pos_setpoint": _measured(lambda axis: axis.setpoints.turns),
    "{axis}.controller.vel_setpoint": _measured(lambda axis: axis.setpoints.turns_per_s),
    "{axis}.controller.trajectory_done": _told(lambda axis: axis.setpoints.is_trajectory_done),
    "{axis}.controller.config.pos_gain": _number("config.pos_gain"),
    "{axis}.controller.config.vel_gain": _number("config.vel_gain"),
    "{axis}.controller.config.vel_integrator_gain": _number("config.vel_integrator_gain"),
    "{axis}.controller.config.vel_limit": _number("config.vel_limit"),
    "{axis}.controller.config.vel_ramp_rate": _number("config.vel_ramp_rate"),
    "{axis}.controller.config.input_filter_bandwidth": _number("config.input_filter_bandwidth"),
    "{axis}.trap_traj.config.vel_limit": _number("config.trap_vel_limit"),
    "{axis}.trap_traj.config.accel_limit": _number("config.trap_accel_limit"),
    "{axis}.trap_traj.config.decel_limit": _number("config.trap_decel_limit"),
}
AXIS_0_5: dict[str, Property[Axis]] = _AXIS | {
    "{axis}.error": _stored("error"),
    "{axis}.motor.error": _detail("motor"),
    "{axis}.encoder.error": _detail("encoder"),
    "{axis}.controller.error": _detail("controller"),
    "{axis}.encoder.pos_estimate": _measured(lambda axis: axis.turns),
    "{axis}.encoder.vel_estimate": _measured(lambda axis: axis.turns_per_s),
    "{axis}.encoder.shadow_count": _told(lambda axis: axis.count),
    "{axis}.encoder.is_ready": _told(lambda axis: axis.config.encoder_direction != 0),
    "{axis}.encoder.config.cpr": _stored("config.counts_per_turn"),
    "{axis}.motor.is_calibrated": _told(lambda axis: axis.is_motor_calibrated),
    "{axis}.motor.is_armed": _told(lambda axis: axis.is_armed),
    "{axis}.motor.config.current_lim": _CURRENT_LIMIT,
    "{axis}.motor.config.torque_lim": _TORQUE_LIMIT,
    "{axis}.motor.config.pre_calibrated": _stored("config.is_motor_precalibrated"),
    "{axis}.motor.config.pole_pairs": _POLE_PAIRS,
    "{axis}.motor.config.torque_constant": _TORQUE_CONSTANT,
    dialects.V0_5.current: _measured(lambda axis: axis.motor.current_a),
}
AXIS_0_6: dict[str, Property[Axis]] = _AXIS | {
    "{axis}.active_errors": _told(lambda axis: axis.error),
    "{axis}.disarm_reason": _told(lambda axis: axis.disarm_reason),
    "{axis}.procedure_result": _told(lambda axis: axis.procedure_result),
    "{axis}.is_armed": _told(lambda axis: axis.is_armed),
    "{axis}.pos_estimate": _measured(lambda axis: axis.turns),
    "{axis}.vel_estimate": _measured(lambda axis: axis.turns_per_s),
    "{axis}.config.motor.current_soft_max": _CURRENT_LIMIT,
    "{axis}.config.torque_soft_max": _TORQUE_LIMIT,
    "{axis}.config.motor.pole_pairs": _POLE_PAIRS,
    "{axis}.config.motor.torque_constant": _TORQUE_CONSTANT,
    dialects.V0_6.current: _measured(lambda axis: axis.motor.current_a),
}
BOARD: dict[str, Property[Board]] = {
    dialects.FIRMWARE[0]: _told(lambda odrive: odrive.firmware[0]),
    dialects.FIRMWARE[1]: _told(lambda odrive: odrive.firmware[1]),
    dialects.FIRMWARE[2]: _told(lambda odrive: odrive.firmware[2]),
    dialects.HARDWARE[0]: _told(lambda odrive: odrive.hardware[0]),
    dialects.HARDWARE[1]: _told(lambda odrive: odrive.hardware[1]),
    dialects.HARDWARE[2]: _told(lambda odrive: odrive.hardware[2]),
    dialects.SERIAL: _told(lambda odrive: odrive.serial),
    dialects.VOLTAGE: _measured(lambda odrive: odrive.voltage_v),
    dialects.UPTIME: _told(lambda odrive: odrive.uptime_s * 1000),
    "ibus": _measured(lambda odrive: odrive.supply_current_a),
    "fw_version_unreleased": _told(lambda _odrive: False),
    "misconfigured": _told(lambda _odrive: False),
}
BOARD_0_5: dict[str, Property[Board]] = BOARD | {"error": _told(lambda _odrive: 0)}
_TEMPERATURE: Property[Board] = _measured(lambda odrive: odrive.temperature_c)


@dataclass(frozen=True, slots=True)
class Found:
    """A property of this very ODrive, or of one of its axes."""

    get: Callable[[], float]
    put: Callable[[float], None] | None
    is_float: bool


def find(odrive: Board, path: str) -> Found | None:
    """None where this firmware has no such property."""
    is_old = odrive.dialect is dialects.V0_5
    start, _, rest = path.partition(".")
    axis = odrive.axes.get(int(start[4:])) if start[:4] == "axis" and start[4:].isdecimal() else None
    if axis is None:
        return _of(odrive, (BOARD_0_5 if is_old else BOARD).get(path))
    pattern = f"{{axis}}.{rest}"
    if pattern == dialects.TEMPERATURE:
        return _of(odrive, _TEMPERATURE)
    return _of(axis, (AXIS_0_5 if is_old else AXIS_0_6).get(pattern))


def _of(owner: _Owner, entry: Property[_Owner] | None) -> Found | None:
    if entry is None:
        return None
    put = entry.put
    bound = None if put is None else lambda value: put(owner, value)
    return Found(lambda: entry.get(owner), bound, entry.is_float)
