"""VESCs in Python: one at the port and others on its CAN bus, with the same bytes and rules as bldc's firmware."""

from __future__ import annotations

import struct
from contextlib import suppress

from carebot.drivers.fake_controller import TICK_S, FakeController
from carebot.drivers.motor_model import MotorModel
from carebot.drivers.vesc.framing import FrameDecoder
from carebot.drivers.vesc.protocol import (
    Alive,
    AppConf,
    AppConfKept,
    Command,
    GetAppConf,
    GetValues,
    GetVersion,
    Reply,
    SetAppConf,
    SetBrake,
    SetCurrent,
    SetDuty,
    SetRpm,
    Values,
    Version,
    command_in,
    encode_reply,
)
from carebot.drivers.vesc.settings import VescSettings

_SIGNATURE = 486554156
_DEFAULT_TIMEOUT_MS = 1000
_REST_OF_APP_CONF = bytes(range(256)) + bytes(range(100))
"""The settings behind the watchdog's, which nobody here looks at; a real VESC's are about as long."""
_NEWEST = (6, 5)
_FULL_DUTY_RAD_S = 25.0
"""How fast a wheel runs with full duty."""


class Unit:
    """One VESC with its motor. `app_conf` is in its flash: it survives restarts."""

    def __init__(self, controller_id: int, motor: MotorModel, settings: VescSettings) -> None:
        self.controller_id = controller_id
        self.motor = motor
        self.fault = 0
        self.firmware = _NEWEST
        self.app_conf = AppConf(
            struct.pack(">IBIf", _SIGNATURE, controller_id, _DEFAULT_TIMEOUT_MS, 0.0) + _REST_OF_APP_CONF
        )
        self._settings = settings
        self.boot()

    def boot(self) -> None:
        self.is_killed = False
        self._command: Command = SetCurrent(0.0)
        self._fed_s: float | None = None
        self._has_timed_out = False
        self._origin_rad = self._before_rad = self.motor.position_rad
        self._abs_rad = 0.0
        self._amp_s = 0.0

    def answer(self, command: Command, now_s: float, fake: FakeController) -> Reply | None:
        if isinstance(command, GetVersion):
            return Version(*self.firmware, "60_MK6", (b"carebot" + bytes((self.controller_id,)) + b"fake").hex())
        if isinstance(command, GetValues):
            return self._values(fake)
        if isinstance(command, GetAppConf):
            return self.app_conf
        if isinstance(command, SetAppConf):
            return self._keep(command)
        self._fed_s = now_s
        if not isinstance(command, Alive):
            self._command = command
        return None

    def tick(self, now_s: float) -> None:
        timeout_ms = self.app_conf.timeout_ms
        self._fed_s = now_s if self._fed_s is None else self._fed_s
        self._has_timed_out = bool(timeout_ms) and (now_s - self._fed_s) * 1000 > timeout_ms
        if self._has_timed_out or self.is_killed:
            self._command = SetBrake(self.app_conf.brake_current_a)
        self._abs_rad += abs(self.motor.position_rad - self._before_rad)
        self._before_rad = self.motor.position_rad
        self._amp_s += abs(self.motor.current_a) * TICK_S

    @property
    def target_rad_s(self) -> float | None:
        if self.fault:
            return None
        if isinstance(self._command, SetRpm):
            return self._command.erpm / self._settings.erpm_per_rad_s
        if isinstance(self._command, SetDuty):
            return min(max(self._command.duty, -1.0), 1.0) * _FULL_DUTY_RAD_S
        return 0.0 if isinstance(self._command, SetBrake) and self._command.current_a > 0 else None

    def _keep(self, command: SetAppConf) -> Reply | None:
        """Settings of another firmware, which its signature tells, are refused without an answer."""
        if command.content[:4] != self.app_conf.content[:4]:
            return None
        self.app_conf = AppConf(command.content)
        return AppConfKept()

    def _values(self, fake: FakeController) -> Values:
        steps = self._settings.steps_per_rad
        return Values(
            controller_id=self.controller_id,
            mosfet_c=fake.temperature_c,
            motor_c=fake.temperature_c,
            motor_current_a=self.motor.current_a,
            input_current_a=self.motor.current_a,
            erpm=round(self.motor.speed_rad_s * self._settings.erpm_per_rad_s),
            voltage_v=fake.voltage_v,
            amp_hours=self._amp_s / 3600,
            tachometer=(round((self.motor.position_rad - self._origin_rad) * steps) + 2**31) % 2**32 - 2**31,
            tachometer_abs=round(self._abs_rad * steps),
            fault=self.fault,
            has_timed_out=self._has_timed_out,
            is_killed=self.is_killed,
        )


class FakeVesc(FakeController):
    """`units` are in the robot's order; `estop` is the kill switch of all; give a unit another `firmware` to age it."""

    def __init__(self, settings: VescSettings) -> None:
        self._can_ids = settings.can_ids
        self._settings = settings
        self.units: list[Unit] = []
        super().__init__(settings.motor_count)
        taken = {can_id for can_id in settings.can_ids if can_id is not None}
        local_id = next(number for number in range(len(taken) + 1) if number not in taken)
        self.units = [
            Unit(local_id if can_id is None else can_id, motor, settings)
            for can_id, motor in zip(settings.can_ids, self.motors, strict=True)
        ]

    def _boot(self) -> None:
        self._frames = FrameDecoder()
        for unit in self.units:
            unit.boot()

    def _answer(self, data: bytes, now_s: float) -> bytes:
        return b"".join(self._reply_to(payload, now_s) for payload in self._frames.feed(data))

    def _reply_to(self, payload: bytes, now_s: float) -> bytes:
        with suppress(ValueError):
            command, can_id = command_in(payload)
            if can_id in self._can_ids:
                reply = self.units[self._can_ids.index(can_id)].answer(command, now_s, self)
                return b"" if reply is None else encode_reply(reply)
        return b""

    def _tick(self, now_s: float) -> bytes:
        for unit in self.units:
            unit.is_killed = self.estop
            unit.tick(now_s)
        return b""

    def _targets(self) -> list[float | None]:
        return [unit.target_rad_s for unit in self.units]
