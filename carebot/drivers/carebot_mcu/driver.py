"""Drives a board that runs carebot's own firmware (hardware/firmware)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from carebot.clock import Clock
from carebot.drivers.base import MotorController, OpenPort
from carebot.drivers.carebot_mcu import texts
from carebot.drivers.carebot_mcu.protocol import (
    OLDEST_FIRMWARE,
    PROTOCOL_VERSION,
    SPEED_UNITS,
    Arm,
    Command,
    Decoder,
    Done,
    Flag,
    GetParameter,
    Hello,
    Kind,
    Parameter,
    ParameterValue,
    Refused,
    Reply,
    Report,
    SetParameter,
    SetSpeeds,
    Stop,
    Welcome,
    encode,
    in_wire_units,
)
from carebot.drivers.carebot_mcu.settings import McuSettings
from carebot.drivers.serial_port import SerialPort
from carebot.drivers.telemetry import Identity, LinkCounters, Telemetry
from carebot.errors import DeviceError, DeviceLostError, WrongDeviceError

Answer = TypeVar("Answer")


class McuController(MotorController[McuSettings]):
    """A carebot_mcu board; `get_parameter` and `set_parameter` are for tuning, while it is open."""

    name = "carebot_mcu"

    def __init__(self, settings: McuSettings, clock: Clock, open_port: OpenPort = SerialPort) -> None:
        super().__init__(settings, clock, open_port)
        self._forget()

    @property
    def counters(self) -> LinkCounters:
        return self._decoder.counters

    def get_parameter(self, parameter: int) -> int:
        """The value in force; blocks for an answer."""
        return self._request(GetParameter(parameter), Kind.GET_PARAMETER, _value_of(parameter))

    def set_parameter(self, parameter: int, value: int) -> None:
        """Set it until the board restarts; blocks for an answer. Raises DeviceError where the board refuses."""
        self._request(SetParameter(parameter, value), Kind.SET_PARAMETER, _value_of(parameter))

    # --- the hooks ----------------------------------------------------------------------------------------------------

    def _forget(self) -> None:
        self._decoder = Decoder()
        self._sequence = 0
        self._ticks: tuple[int, ...] | None = None
        self._travelled = [0] * self.settings.motors
        self._stamp_ms: int | None = None
        self._device_time_ms = 0

    def _identify(self) -> Identity:
        timeout_s = self.settings.identify_timeout_s
        welcome = self._request(
            Hello(), Kind.HELLO, lambda reply: reply if isinstance(reply, Welcome) else None, timeout_s
        )
        self._check(welcome)
        return Identity(f"carebot_mcu on {welcome.board}", _dotted(welcome.firmware), welcome.serial)

    def _check(self, welcome: Welcome) -> None:
        port, firmware, oldest = self.settings.port, _dotted(welcome.firmware), _dotted(OLDEST_FIRMWARE)
        if welcome.version != PROTOCOL_VERSION or welcome.firmware < OLDEST_FIRMWARE:
            age = "too new" if welcome.version > PROTOCOL_VERSION else "too old"
            raise WrongDeviceError(
                f"The firmware {firmware} of the board on {port} is {age} (it speaks protocol {welcome.version}; "
                f"{oldest} with protocol {PROTOCOL_VERSION}, or later, is needed): flash the one in hardware/firmware."
            )
        if welcome.motors != self.settings.motors:
            raise WrongDeviceError(
                f"The board on {port} drives {welcome.motors} motors, but the settings say {self.settings.motors}: "
                f"correct `motors`, or flash the firmware that was built for them."
            )

    def _arm(self) -> None:
        acceleration = round(self.settings.acceleration_rad_s2 * self.settings.ticks_per_rad)
        wanted = {"acceleration": acceleration, **self.settings.parameters}
        for name, value in wanted.items():
            self.set_parameter(Parameter[name.upper()], value)
        self._request(Arm(self.settings.watchdog_s), Kind.ARM, lambda reply: isinstance(reply, Done) or None)

    def _send_speeds(self, rad_s: tuple[float, ...], valid_for_s: float, now_s: float) -> tuple[float, ...]:  # noqa: ARG002
        ticks_per_s = tuple(speed * self.settings.ticks_per_rad for speed in rad_s)
        self._port.write(encode(SetSpeeds(ticks_per_s, valid_for_s), self._next_sequence()))
        return tuple(in_wire_units(speed) / SPEED_UNITS / self.settings.ticks_per_rad for speed in ticks_per_s)

    def _receive(self, data: bytes, now_s: float) -> Telemetry | None:
        reports = [reply for reply in self._decoder.feed(data) if isinstance(reply, Report)]
        if not reports or not self._is_known:
            return None
        report = reports[-1]
        self._check_report(report)
        self._count(report)
        return self._telemetry(report, now_s)

    def _stop_motor(self, motor: int) -> None:  # noqa: ARG002
        # Every stop names all motors: should noise eat the frame for one, the frame for another stops it too.
        self._port.write(encode(Stop((1 << self.settings.motors) - 1), self._next_sequence()))

    # --- inside -------------------------------------------------------------------------------------------------------

    def _request(
        self, command: Command, kind: Kind, take: Callable[[Reply], Answer | None], patience_s: float | None = None
    ) -> Answer:
        """Ask until `take` returns something for a reply; raises DeviceError where the board refuses."""
        sequence = self._next_sequence()

        def look(data: bytes) -> Answer | None:
            replies = self._decoder.feed(data)
            for reply in replies:
                if isinstance(reply, Refused) and (reply.kind, reply.sequence) == (kind, sequence):
                    raise DeviceError(f"The board on {self.settings.port} refuses: {texts.refusal(reply.reason)}.")
            answers = [answer for reply in replies if (answer := take(reply)) is not None]
            return answers[0] if answers else None

        return self._ask(encode(command, sequence), look, patience_s)

    def _next_sequence(self) -> int:
        self._sequence = (self._sequence + 1) & 0xFF
        return self._sequence

    def _check_report(self, report: Report) -> None:
        if not report.flags & Flag.GREETED:
            raise DeviceLostError(f"The board on {self.settings.port} has restarted: open it again; check its supply.")
        if len(report.motors) != self.settings.motors:
            raise DeviceLostError(f"The board on {self.settings.port} has become another one: open it again.")
        if self.is_armed and not report.flags & Flag.ARMED:
            self.is_armed = False
            why = ", ".join(fault.text for fault in texts.faults(report.faults)) or "emergency stop"
            self._log.warning("%s: the board disarmed itself (%s)", self.name, why)

    def _count(self, report: Report) -> None:
        """Carry the device's 32-bit counters on beyond where they wrap."""
        ticks = tuple(motor.ticks for motor in report.motors)
        for motor, (now, before) in enumerate(zip(ticks, self._ticks or ticks, strict=True)):
            self._travelled[motor] += _wrapped(now - before)
        self._ticks = ticks
        before_ms = report.stamp_ms if self._stamp_ms is None else self._stamp_ms
        self._device_time_ms += (report.stamp_ms - before_ms) & 0xFFFFFFFF if self._stamp_ms is not None else before_ms
        self._stamp_ms = report.stamp_ms

    def _telemetry(self, report: Report, now_s: float) -> Telemetry:
        scale = self.settings.ticks_per_rad
        currents = tuple(motor.current_a for motor in report.motors if motor.current_a is not None)
        return Telemetry(
            stamp_s=now_s,
            positions_rad=tuple(ticks / scale for ticks in self._travelled),
            speeds_rad_s=tuple(motor.ticks_per_s / scale for motor in report.motors),
            currents_a=currents if len(currents) == len(report.motors) else (),
            voltage_v=report.voltage_v,
            temperature_c=report.temperature_c,
            faults=texts.faults(report.faults),
            estop=bool(report.flags & Flag.ESTOP),
            watchdog_tripped=bool(report.flags & Flag.WATCHDOG_TRIPPED),
            device_stamp_s=self._device_time_ms / 1000,
        )


def _dotted(firmware: tuple[int, ...]) -> str:
    return ".".join(map(str, firmware))


def _value_of(parameter: int) -> Callable[[Reply], int | None]:
    def value(reply: Reply) -> int | None:
        return reply.value if isinstance(reply, ParameterValue) and reply.parameter == parameter else None

    return value


def _wrapped(difference: int) -> int:
    return (difference + 2**31) % 2**32 - 2**31
