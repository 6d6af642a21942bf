"""A board that speaks carebot_mcu, in Python: the same bytes and the same rules as hardware/firmware."""

from __future__ import annotations

import math
import struct
from itertools import count

from carebot.drivers.carebot_mcu.framing import Frame, FrameDecoder
from carebot.drivers.carebot_mcu.protocol import (
    OLDEST_FIRMWARE,
    PROTOCOL_VERSION,
    Arm,
    Command,
    Done,
    Flag,
    GetParameter,
    Hello,
    Kind,
    Motor,
    Parameter,
    ParameterValue,
    Reason,
    Refused,
    Reply,
    Report,
    SetParameter,
    SetSpeeds,
    Stop,
    Trouble,
    Welcome,
    command_in,
    encode_reply,
)
from carebot.drivers.carebot_mcu.settings import McuSettings
from carebot.drivers.fake_controller import TICK_S, FakeController

_OVER_CURRENT_S = 0.05
_RUNAWAY_S = 0.1
_FULL_POWER = 1000 * 65536
_AS_FAST_AS_IT_CAN_RAD_S = 1000.0
_HOTTEST_C = 85.0
_ESTOP_RELEASE_S = 0.05
_DEFAULTS = {
    Parameter.WATCHDOG_MS: 200,
    Parameter.TELEMETRY_PERIOD_MS: 20,
    Parameter.ACCELERATION: 20000,
    Parameter.FEED_FORWARD: 10923,
    Parameter.PROPORTIONAL: 6554,
    Parameter.INTEGRAL: 65536,
    Parameter.CURRENT_LIMIT_MA: 12000,
    Parameter.STALL_MS: 1000,
    Parameter.LOWEST_VOLTAGE_MV: 0,
    Parameter.MOTOR_REVERSED: 0,
    Parameter.ENCODER_REVERSED: 0,
}
_RANGES = {
    Parameter.WATCHDOG_MS: (20, 200),
    Parameter.TELEMETRY_PERIOD_MS: (10, 1000),
    Parameter.ACCELERATION: (1, 10_000_000),
    Parameter.CURRENT_LIMIT_MA: (100, 30000),
    Parameter.STALL_MS: (0, 10000),
    Parameter.LOWEST_VOLTAGE_MV: (0, 60000),
    Parameter.MOTOR_REVERSED: (0, 15),
    Parameter.ENCODER_REVERSED: (0, 15),
}
_ANY_GAIN = (0, 100_000_000)


class FakeMcu(FakeController):
    """`firmware` and `protocol_version` may be changed to play an old board."""

    def __init__(self, settings: McuSettings) -> None:
        self.firmware = OLDEST_FIRMWARE
        self.protocol_version = PROTOCOL_VERSION
        self._ticks_per_rad = settings.ticks_per_rad
        self._count = settings.motors
        super().__init__(settings.motors)

    # --- the hooks ----------------------------------------------------------------------------------------------------

    def _boot(self) -> None:
        self._frames = FrameDecoder()
        self._sequence = count()
        self._parameters = dict(_DEFAULTS)
        self._faults = 0
        self._is_greeted = False
        self._last_sequence: int | None = None
        self._watchdog_tripped = False
        self._report_due_s = 0.0
        self._heavy_s = [0.0] * self._count
        self._stuck_s = [0.0] * self._count
        self._astray_s = [0.0] * self._count
        self._fed_s = 0.0
        self._valid_until_s = 0.0
        self._estop_until_s = -math.inf
        self._origin_rad = [motor.position_rad for motor in self.motors]
        self._disarm()

    def _answer(self, data: bytes, now_s: float) -> bytes:
        return b"".join(self._reply_to(frame, now_s) for frame in self._frames.feed(data))

    def _tick(self, now_s: float) -> bytes:
        if self.estop:
            self._estop_until_s = now_s + _ESTOP_RELEASE_S
            self._disarm()
        self._watch(now_s)
        self._look_for_faults()
        self._ramp()
        if now_s < self._report_due_s:
            return b""
        self._report_due_s = now_s + self._parameters[Parameter.TELEMETRY_PERIOD_MS] / 1000
        return self._encoded(self._report(now_s))

    def _targets(self) -> list[float | None]:
        if self._is_armed and self._is_driven:
            return [self._target(index, speed) for index, speed in enumerate(self._ramped)]
        return [0.0] * self._count  # the bridge's brake; a motor model without power would roll on

    def _target(self, index: int, ticks_per_s: float) -> float:
        """The firmware's loop, where its motor or its encoder alone is the wrong way round, pushes ever harder."""
        if self._sign(index) < 0 and ticks_per_s:
            return math.copysign(_AS_FAST_AS_IT_CAN_RAD_S, ticks_per_s)
        return ticks_per_s / self._ticks_per_rad

    def _sign(self, index: int) -> int:
        """Which way the encoder counts at positive power: nothing here is wired the wrong way round by itself."""
        reversed_ = self._parameters[Parameter.MOTOR_REVERSED] ^ self._parameters[Parameter.ENCODER_REVERSED]
        return -1 if reversed_ >> index & 1 else 1

    # --- commands -----------------------------------------------------------------------------------------------------

    def _reply_to(self, frame: Frame, now_s: float) -> bytes:
        try:
            command = command_in(frame)
        except (ValueError, struct.error):
            known = frame.kind in set(Kind) and frame.kind < Kind.TELEMETRY
            return self._refuse(frame, Reason.BAD_LENGTH if known else Reason.UNKNOWN)
        if isinstance(command, SetSpeeds) and len(command.ticks_per_s) != self._count:
            return self._refuse(frame, Reason.BAD_LENGTH)
        if not (self._is_greeted or isinstance(command, Hello | Stop)):
            return self._refuse(frame, Reason.NOT_GREETED)
        reply = self._carry_out(command, frame, now_s)
        if isinstance(reply, Reason):
            return self._refuse(frame, reply)
        return b"" if reply is None else self._encoded(reply)

    def _carry_out(self, command: Command, frame: Frame, now_s: float) -> Reply | Reason | None:
        if isinstance(command, Hello):
            return self._greet(command)
        if isinstance(command, SetSpeeds):
            return self._take_speeds(command, frame.sequence, now_s)
        if isinstance(command, Arm):
            return self._arm(command, frame, now_s)
        if isinstance(command, Stop):
            self._disarm()
            return Done(frame.kind, frame.sequence)
        return self._parameter(command)

    def _greet(self, hello: Hello) -> Reply:
        self._disarm()
        self._is_greeted = hello.version == self.protocol_version
        self._last_sequence = None
        return Welcome(self.protocol_version, self._count, self.firmware, "python", "")

    def _arm(self, arm: Arm, frame: Frame, now_s: float) -> Reply | Reason:
        if not self._is_valid(Parameter.WATCHDOG_MS, round(arm.watchdog_s * 1000)):
            return Reason.BAD_VALUE
        if self._is_stopped(now_s):
            return Reason.ESTOP_PRESSED
        self._parameters[Parameter.WATCHDOG_MS] = round(arm.watchdog_s * 1000)
        self._disarm()
        self._faults = 0
        self._is_armed = True
        self._watchdog_tripped = False
        self._fed_s = now_s
        return Done(frame.kind, frame.sequence)

    def _take_speeds(self, command: SetSpeeds, sequence: int, now_s: float) -> Reason | None:
        if not self._is_armed:
            return Reason.NOT_ARMED
        if not 1 <= command.valid_for_s * 1000 <= self._parameters[Parameter.WATCHDOG_MS]:
            return Reason.BAD_VALUE
        if sequence == self._last_sequence:
            return None
        self._last_sequence = sequence
        self._watchdog_tripped = False
        self._is_driven = True
        self._fed_s = now_s
        self._valid_until_s = now_s + command.valid_for_s
        self._wanted = list(command.ticks_per_s)
        if not any(self._wanted):
            self._halt()
        return None

    def _parameter(self, command: GetParameter | SetParameter) -> Reply | Reason:
        try:
            parameter = Parameter(command.parameter)
        except ValueError:
            return Reason.UNKNOWN
        if isinstance(command, SetParameter):
            if not self._is_valid(parameter, command.value):
                return Reason.BAD_VALUE
            self._parameters[parameter] = command.value
        return ParameterValue(parameter, self._parameters[parameter])

    def _is_valid(self, parameter: Parameter, value: int) -> bool:
        lowest, highest = _RANGES.get(parameter, _ANY_GAIN)
        return lowest <= value <= highest

    # --- time ---------------------------------------------------------------------------------------------------------

    def _disarm(self) -> None:
        self._is_armed = False
        self._halt()

    def _halt(self) -> None:
        self._is_driven = False
        self._wanted = [0.0] * self._count
        self._ramped = [0.0] * self._count

    def _is_stopped(self, now_s: float) -> bool:
        """A released emergency stop counts as pressed for a while, because contacts bounce."""
        return self.estop or now_s < self._estop_until_s - 1e-9

    def _watch(self, now_s: float) -> None:
        if self._is_armed and now_s - self._fed_s >= self._parameters[Parameter.WATCHDOG_MS] / 1000:
            self._watchdog_tripped = True
            self._halt()
        if self._is_driven and now_s >= self._valid_until_s:
            self._halt()

    def _look_for_faults(self) -> None:
        limit_a = self._parameters[Parameter.CURRENT_LIMIT_MA] / 1000
        stall_s = self._parameters[Parameter.STALL_MS] / 1000
        for index, motor in enumerate(self.motors):
            heavy = abs(motor.current_a) > limit_a
            stuck = self._is_driven and motor.is_stalled and self._ramped[index] != 0.0
            self._heavy_s[index] = self._heavy_s[index] + TICK_S if heavy else 0.0
            self._stuck_s[index] = self._stuck_s[index] + TICK_S if stuck else 0.0
            if self._heavy_s[index] > _OVER_CURRENT_S:
                self._fail(Trouble.OVER_CURRENT << index)
            if 0 < stall_s <= self._stuck_s[index]:
                self._fail(Trouble.ENCODER << index)
            self._astray_s[index] = self._astray_s[index] + TICK_S if self._is_astray(index) else 0.0
            if self._astray_s[index] >= _RUNAWAY_S:
                self._fail(Trouble.ENCODER << index | Trouble.RUNAWAY)
        if self.voltage_v * 1000 < self._parameters[Parameter.LOWEST_VOLTAGE_MV]:
            self._fail(Trouble.UNDER_VOLTAGE)
        if self.temperature_c > _HOTTEST_C:
            self._fail(Trouble.OVER_TEMPERATURE)

    def _is_astray(self, index: int) -> bool:
        ticks_per_s = abs(self.motors[index].speed_rad_s) * self._ticks_per_rad
        feed_forward = self._parameters[Parameter.FEED_FORWARD]
        half_of_fastest = _FULL_POWER / feed_forward / 2 if feed_forward else 0.0
        return self._is_driven and self._sign(index) < 0 and ticks_per_s > half_of_fastest

    def _fail(self, trouble: int) -> None:
        self._faults |= trouble
        self._disarm()

    def _ramp(self) -> None:
        most = self._parameters[Parameter.ACCELERATION] * TICK_S
        self._ramped = [
            now + min(max(wanted - now, -most), most) for now, wanted in zip(self._ramped, self._wanted, strict=True)
        ]

    # --- what it sends ------------------------------------------------------------------------------------------------

    def _refuse(self, frame: Frame, reason: Reason) -> bytes:
        return self._encoded(Refused(frame.kind, frame.sequence, reason))

    def _encoded(self, reply: Reply) -> bytes:
        return encode_reply(reply, next(self._sequence) & 0xFF)

    def _report(self, now_s: float) -> Report:
        flags = (
            (Flag.GREETED if self._is_greeted else 0)
            | (Flag.ARMED if self._is_armed else 0)
            | (Flag.ESTOP if self._is_stopped(now_s) else 0)
            | (Flag.WATCHDOG_TRIPPED if self._watchdog_tripped else 0)
        )
        motors = tuple(
            Motor(
                round(self._sign(index) * (motor.position_rad - origin) * self._ticks_per_rad),
                self._sign(index) * motor.speed_rad_s * self._ticks_per_rad,
                motor.current_a,
            )
            for index, (motor, origin) in enumerate(zip(self.motors, self._origin_rad, strict=True))
        )
        stamp_ms = round((now_s - (self.booted_s or 0.0)) * 1000)
        last = self._last_sequence or 0
        bad = self._frames.counters.bad_frames
        return Report(stamp_ms, flags, self._faults, last, bad, self.voltage_v, self.temperature_c, motors)
