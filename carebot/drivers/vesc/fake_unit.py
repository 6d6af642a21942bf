"""One fake VESC with its motor: what its commands do to the motor, its watchdog, and how it is.

Source: comm/commands.c, timeout.c, motor/mcpwm_foc.c and motor/mc_interface.c of bldc 6.05.
"""

from __future__ import annotations

import math
import struct

from carebot.drivers.fake_controller import TICK_S, FakeController
from carebot.drivers.motor_model import MotorModel
from carebot.drivers.vesc.fake_motor import Demand, VescMotor, duty_of
from carebot.drivers.vesc.messages import (
    Alive,
    AppConf,
    AppConfKept,
    Command,
    SetAppConf,
    SetBrake,
    SetCurrent,
    SetDuty,
    SetHandbrake,
    SetPosition,
    SetRpm,
    Values,
    Version,
)
from carebot.drivers.vesc.settings import VescSettings

FIRMWARE = (6, 5)
_APPCONF_SIGNATURE = 2099347128
"""Of firmware 6.05 (confgenerator.h)."""
_DEFAULT_TIMEOUT_MS = 1000
_REST_OF_APP_CONF = bytes(range(256)) + bytes(range(100))
"""The settings behind the watchdog's, which nobody here looks at; a real VESC's are about as long."""
_LEAST_CURRENT_A = 0.05
"""`cc_min_current`: less lets the motor go."""
_POSITION_GAIN_PER_S = 10.0
BOOT_S = 0.5


class Unit:
    """One VESC with its motor. `app_conf` is in its flash: it survives restarts.

    `minimum_erpm` is the one of its speed control (`s_pid_min_erpm`), which whoever wrote the settings has set so.
    """

    def __init__(self, controller_id: int, motors: list[MotorModel], index: int, settings: VescSettings) -> None:
        self.controller_id = controller_id
        self.fault = 0
        self.firmware = FIRMWARE
        self.minimum_erpm = settings.slowest_erpm
        self.app_conf = AppConf(
            struct.pack(">IBIf", _APPCONF_SIGNATURE, controller_id, _DEFAULT_TIMEOUT_MS, 0.0) + _REST_OF_APP_CONF
        )
        self._motors, self._index, self._settings = motors, index, settings
        self._boots_until_s = 0.0
        self.boot()

    @property
    def motor(self) -> MotorModel:
        """The one in the fake's list: a simulation may have put another there."""
        return self._motors[self._index]

    def boot(self) -> None:
        self.is_killed = False
        self._demand: Demand | None = None
        self._angle_deg: float | None = None
        self._fed_s: float | None = None
        self._has_timed_out = False
        self._origin_rad = self._before_rad = self.motor.position_rad
        self._abs_rad = 0.0
        self._drawn_a_s = self._charged_a_s = self._drawn_j = self._charged_j = 0.0

    def reboot(self, now_s: float) -> None:
        self.boot()
        self._boots_until_s = now_s + BOOT_S

    def is_up(self, now_s: float) -> bool:
        return now_s >= self._boots_until_s

    # --- commands -----------------------------------------------------------------------------------------------------

    def move(self, command: Command, now_s: float) -> None:
        """Take a command that drives the motor, or only feeds the watchdog."""
        self._fed_s = now_s
        if not isinstance(command, Alive):
            self._drive(command)

    def keep(self, command: SetAppConf) -> AppConfKept | None:
        """Settings of another firmware, which its signature tells, are refused without an answer."""
        if command.content[:4] != self.app_conf.content[:4]:
            return None
        self.app_conf = AppConf(command.content)
        return AppConfKept()

    def _drive(self, command: Command) -> None:
        self._angle_deg = None
        if isinstance(command, SetRpm):
            self._demand = self._speed_demand(command.erpm)
        elif isinstance(command, SetDuty):
            self._demand = Demand(duty=min(max(command.duty, -1.0), 1.0))
        elif isinstance(command, SetPosition):
            self._angle_deg = command.angle_deg
        elif isinstance(command, SetCurrent | SetBrake | SetHandbrake):
            self._demand = _current_demand(command)

    def _speed_demand(self, erpm: int) -> Demand | None:
        """Too slow a speed brakes a motor that has power, with its ends joined, and gives none to one that has not."""
        if abs(erpm) >= self.minimum_erpm:
            return Demand(erpm / self._settings.erpm_per_rad_s)
        return None if self._demand is None else Demand(duty=0.0)

    # --- as time passes -----------------------------------------------------------------------------------------------

    def tick(self, now_s: float, supply_v: float) -> None:
        self._look_at_watchdog(now_s)
        if self._angle_deg is not None:
            self._demand = Demand(self._speed_towards(self._angle_deg))
        self._abs_rad += abs(self.motor.position_rad - self._before_rad)
        self._before_rad = self.motor.position_rad
        self._count_charge(supply_v)

    def target_rad_s(self, supply_v: float) -> float | None:
        """Where the wheel is driven to; None without power. A motor that knows only speeds makes do with that."""
        demand = None if self.fault else self._demand
        if demand is None:
            return None
        if isinstance(self.motor, VescMotor):
            self.motor.demand = demand
        fastest_rad_s = supply_v / self.motor.parameters.torque_nm_a
        if demand.current_a is not None:
            return math.copysign(fastest_rad_s, demand.current_a)
        return demand.speed_rad_s if demand.duty is None else demand.duty * fastest_rad_s

    def _look_at_watchdog(self, now_s: float) -> None:
        timeout_ms = self.app_conf.timeout_ms
        self._fed_s = now_s if self._fed_s is None else self._fed_s
        self._has_timed_out = bool(timeout_ms) and (now_s - self._fed_s) * 1000 > timeout_ms
        if self._has_timed_out or self.is_killed:
            self._drive(SetBrake(self.app_conf.brake_current_a))

    def _speed_towards(self, angle_deg: float) -> float:
        away_deg = math.remainder(angle_deg - self._turned_deg, 360.0)
        return _POSITION_GAIN_PER_S * math.radians(away_deg) / self._settings.gear_ratio

    def _count_charge(self, supply_v: float) -> None:
        input_a_s = self.motor.current_a * duty_of(self.motor, supply_v) * TICK_S
        self._drawn_a_s += max(input_a_s, 0.0)
        self._charged_a_s += max(-input_a_s, 0.0)
        self._drawn_j += max(input_a_s, 0.0) * supply_v
        self._charged_j += max(-input_a_s, 0.0) * supply_v

    # --- how it is ----------------------------------------------------------------------------------------------------

    @property
    def version(self) -> Version:
        return Version(*self.firmware, "60_MK6", (b"carebot" + bytes((self.controller_id,)) + b"fake").hex())

    def values(self, fake: FakeController) -> Values:
        steps, motor = self._settings.steps_per_rad, self.motor
        duty = duty_of(motor, fake.voltage_v)
        drawn_a = math.copysign(motor.current_a, motor.current_a * duty)
        return Values(
            controller_id=self.controller_id,
            mosfet_c=fake.temperature_c,
            motor_c=fake.temperature_c,
            motor_current_a=drawn_a,
            input_current_a=drawn_a * abs(duty),
            erpm=round(motor.speed_rad_s * self._settings.erpm_per_rad_s),
            voltage_v=fake.voltage_v,
            amp_hours=self._drawn_a_s / 3600,
            tachometer=(round((motor.position_rad - self._origin_rad) * steps) + 2**31) % 2**32 - 2**31,
            tachometer_abs=round(self._abs_rad * steps),
            fault=self.fault,
            has_timed_out=self._has_timed_out,
            is_killed=self.is_killed,
            directional_current_a=motor.current_a,
            duty=duty,
            amp_hours_charged=self._charged_a_s / 3600,
            watt_hours=self._drawn_j / 3600,
            watt_hours_charged=self._charged_j / 3600,
            angle_deg=self._turned_deg % 360.0,
        )

    @property
    def turned_rad(self) -> float:
        """How far the wheel is from where it was at power-on."""
        return self.motor.position_rad - self._origin_rad

    @property
    def turned_abs_rad(self) -> float:
        return self._abs_rad

    @property
    def _turned_deg(self) -> float:
        """The motor's shaft."""
        return math.degrees(self.turned_rad) * self._settings.gear_ratio


def _current_demand(command: SetCurrent | SetBrake | SetHandbrake) -> Demand | None:
    if abs(command.current_a) < _LEAST_CURRENT_A:
        return None
    if isinstance(command, SetCurrent):
        return Demand(current_a=command.current_a)
    return Demand(most_a=abs(command.current_a))
