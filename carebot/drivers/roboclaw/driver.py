"""Drives a Basicmicro RoboClaw over packet serial.

The device stops its motors when no packet came for its serial time-out, and any packet counts, questions too. So while
the wheels may turn, questions travel only together with speed commands: the loop that stops commanding stops asking.
At rest, `poll` asks, and repeats the stop with every question, in case the line swallowed it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import suppress
from itertools import cycle
from typing import TypeVar

from carebot.clock import Clock
from carebot.drivers.base import MotorController, OpenPort
from carebot.drivers.roboclaw import texts
from carebot.drivers.roboclaw.protocol import (
    Acknowledged,
    Ask,
    Battery,
    Bit,
    Command,
    Currents,
    Decoder,
    Encoders,
    Number,
    Reply,
    SetDuties,
    SetDuty,
    SetSpeeds,
    SetTimeout,
    Speed,
    Status,
    Temperature,
    Timeout,
    Version,
    encode,
)
from carebot.drivers.roboclaw.settings import RoboClawSettings
from carebot.drivers.serial_port import SerialPort
from carebot.drivers.telemetry import Identity, LinkCounters, Telemetry
from carebot.drivers.unanswered import Unanswered
from carebot.errors import DeviceError, DeviceLostError, WrongDeviceError

OLDEST_FIRMWARE = (4, 1, 0)
"""The first with CRC-16; whether it has the serial time-out and the 32-bit status is asked of the device itself."""

_MOST_PATIENCE_S = 0.1
"""Answers to a round of questions that have not come by then do not come any more."""
_LEAST_PATIENCE_S = 0.03
_STALE_S = 0.15
"""Answers that lay in the port for this long, while the host was busy, tell nothing about now."""
_REST_S = 0.015
"""After trouble the line rests for longer than the device needs to forget a broken packet (10 ms)."""
_ALWAYS = (
    Number.READ_ENCODERS,
    Number.READ_SPEED_M1,
    Number.READ_SPEED_M2,
    Number.READ_STATUS,
    Number.READ_CURRENTS,
    Number.READ_TIMEOUT,
)
_IN_TURN = (Number.READ_BATTERY, Number.READ_TEMPERATURE)
_VERSION = re.compile(r"(?P<model>.*?)\s*v(?P<firmware>\d+\.\d+\.\d+)", re.IGNORECASE)
_STOPPED = SetDuties((0.0, 0.0))
_Answer = TypeVar("_Answer", bound=Reply)


class RoboClawController(MotorController[RoboClawSettings]):
    """A RoboClaw with M1 and M2. It does not tell that its time-out stopped them: `watchdog_tripped` stays false."""

    name = "RoboClaw"

    def __init__(self, settings: RoboClawSettings, clock: Clock, open_port: OpenPort = SerialPort) -> None:
        super().__init__(settings, clock, open_port)
        self._forget()

    @property
    def counters(self) -> LinkCounters:
        return self._decoder.counters

    # --- the hooks ----------------------------------------------------------------------------------------------------

    def _forget(self) -> None:
        self._decoder = Decoder(self.settings.address)
        self._unanswered = Unanswered()
        self._round: dict[object, Reply] = {}
        self._known: dict[object, Reply] = {}
        self._asked_s: float | None = None
        self._patience_s = _MOST_PATIENCE_S
        self._moved_s = 0.0
        self._rests_until_s = float("-inf")
        self._at_rest: Command | None = None
        self._slow = cycle(_IN_TURN)
        self._counts: tuple[int, int] | None = None
        self._travelled = [0, 0]
        self._warned: set[str] = set()

    def _identify(self) -> Identity:
        version = self._answer_to(Ask(Number.READ_VERSION), Version, self.settings.identify_timeout_s)
        found = _VERSION.match(version.text)
        if found is None or "claw" not in found["model"].lower():
            raise WrongDeviceError(
                f"{self.settings.port} answers as '{version.text:.40}', which is no RoboClaw: name another port, or "
                f"the controller that it is."
            )
        if tuple(map(int, found["firmware"].split("."))) < OLDEST_FIRMWARE:
            raise self._too_old(found["firmware"])
        self._check_abilities(found["firmware"])
        return Identity(found["model"], found["firmware"])

    def _check_abilities(self, firmware: str) -> None:
        """Firmware that answers the one question but not the others does not know them."""
        try:
            self._answer_to(Ask(Number.READ_STATUS), Status)
            self._answer_to(Ask(Number.READ_TIMEOUT), Timeout)
        except DeviceLostError:
            self._answer_to(Ask(Number.READ_VERSION), Version)
            raise self._too_old(firmware) from None

    def _arm(self) -> None:
        self._answer_to(_STOPPED, Acknowledged)
        steps = self.settings.timeout_steps
        self._answer_to(SetTimeout(steps), Acknowledged)
        answer = self._answer_to(Ask(Number.READ_TIMEOUT), Timeout)
        if answer.steps != steps:
            raise DeviceError(
                f"The RoboClaw on {self.settings.port} keeps a serial time-out of {answer.steps / 10} s instead of "
                f"{steps / 10} s: update its firmware."
            )
        if self._answer_to(Ask(Number.READ_STATUS), Status).bits & Bit.ESTOP:
            raise DeviceError(
                f"The emergency stop of the RoboClaw on {self.settings.port} is pressed: release it, then arm again."
            )
        self._count(self._answer_to(Ask(Number.READ_ENCODERS), Encoders))
        self._unanswered = Unanswered()
        self._at_rest = _STOPPED

    def _send_speeds(self, rad_s: tuple[float, ...], valid_for_s: float, now_s: float) -> tuple[float, ...]:  # noqa: ARG002
        if self._unanswered.must_hold(now_s):
            rad_s = (0.0, 0.0)
        scale = self.settings.counts_per_rad
        speeds = (round(rad_s[0] * scale), round(rad_s[1] * scale))
        command = SetSpeeds(speeds, round(self.settings.acceleration_rad_s2 * scale))
        self._at_rest = None if any(speeds) else command
        self._write([command], now_s)
        return tuple(speed / scale for speed in speeds)

    def _receive(self, data: bytes, now_s: float) -> Telemetry | None:
        if not self._unanswered.is_owed:
            self._heard_s = now_s  # who was not asked is not silent
        self._take(self._decoder.feed(data), now_s)
        telemetry = self._finished_round(now_s)
        if self._is_known and self._asked_s is None and not self._may_turn:
            self._write([] if self._at_rest is None else [self._at_rest], now_s)
        return telemetry

    def _stop_motor(self, motor: int) -> None:
        self._at_rest = _STOPPED
        command = SetDuty(motor, 0.0)
        self._decoder.expect(command)
        self._port.write(encode(command, self.settings.address))

    # --- blocking questions -------------------------------------------------------------------------------------------

    def _answer_to(self, command: Command, kind: type[_Answer], patience_s: float | None = None) -> _Answer:
        """Ask until a reply of this kind comes; only for when nothing moves.

        Every attempt starts with an empty line: two short answers of old firmware can look like one long one, because
        this CRC stays zero over its own value and zeros behind it.
        """
        once_s = self.settings.answer_timeout_s
        for _ in range(round((patience_s or 3 * once_s) / once_s) - 1):
            with suppress(DeviceLostError, WrongDeviceError):
                return self._asked_once(command, kind)
        return self._asked_once(command, kind)

    def _asked_once(self, command: Command, kind: type[_Answer]) -> _Answer:
        self._port.read()
        self._decoder.give_up()
        self._asked_s = None
        self._decoder.expect(command)

        def look(data: bytes) -> _Answer | None:
            return next((reply for reply in self._decoder.feed(data) if isinstance(reply, kind)), None)

        return self._ask(encode(command, self.settings.address), look, self.settings.answer_timeout_s)

    def _too_old(self, firmware: str) -> WrongDeviceError:
        return WrongDeviceError(
            f"The RoboClaw on {self.settings.port} runs firmware {firmware}, which is too old (it needs the serial "
            f"time-out and the 32-bit status): update it with Basicmicro's Motion Studio."
        )

    # --- rounds of questions ------------------------------------------------------------------------------------------

    @property
    def _may_turn(self) -> bool:
        return self.is_armed and self._at_rest is None

    def _write(self, commands: Sequence[Command], now_s: float) -> None:
        """Write these, and the next round of questions behind them where none is outstanding."""
        if self._asked_s is None and now_s >= self._rests_until_s:
            commands = [*commands, *(Ask(number) for number in (*_ALWAYS, next(self._slow)))]
            self._asked_s = now_s
            self._round = {}
        for command in commands:
            self._decoder.expect(command)
        if commands:
            self._unanswered.wrote(now_s)
            self._port.write(b"".join(encode(command, self.settings.address) for command in commands))

    def _take(self, replies: Sequence[Reply], now_s: float) -> None:
        for reply in replies:
            self._unanswered.heard()
            self._round[reply.motor if isinstance(reply, Speed) else type(reply)] = reply
            if isinstance(reply, Encoders):
                self._moved_s = now_s
                self._count(reply)
            elif isinstance(reply, Timeout):
                self._check_timeout(reply)
            elif isinstance(reply, Status):
                self._check_status(reply)

    def _finished_round(self, now_s: float) -> Telemetry | None:
        """The telemetry of a round whose last answer has come or does not come any more."""
        if self._asked_s is None or (self._decoder.is_asking and now_s - self._asked_s < self._patience_s):
            return None
        if self._decoder.is_asking or not self._is_complete:
            self._decoder.give_up()
            self._rests_until_s = now_s + _REST_S
            self._patience_s = min(2 * self._patience_s, _MOST_PATIENCE_S)
        else:
            self._patience_s = min(max(2 * (now_s - self._asked_s), _LEAST_PATIENCE_S), _MOST_PATIENCE_S)
        is_stale = now_s - self._asked_s >= _STALE_S
        self._asked_s = None
        self._known.update(self._round)
        if is_stale and self._round:
            self._heard_s = now_s
        return self._telemetry() if self._has_motion and not is_stale else None

    @property
    def _has_motion(self) -> bool:
        return {Encoders, 0, 1} <= set(self._round)

    @property
    def _is_complete(self) -> bool:
        return {Encoders, 0, 1, Status, Currents, Timeout} <= set(self._round)

    def _check_timeout(self, timeout: Timeout) -> None:
        self._unanswered.trust()
        if self.is_armed and timeout.steps != self.settings.timeout_steps:
            raise DeviceLostError(
                f"The RoboClaw on {self.settings.port} has restarted: open it again; check its supply."
            )

    def _check_status(self, status: Status) -> None:
        for warning in texts.warnings(status.bits):
            self._warn_once(warning)
        if self.is_armed and status.bits & Bit.ESTOP:
            self.is_armed = False
            self._at_rest = _STOPPED
            self._log.warning("%s: its emergency stop was pressed, so it is disarmed", self.name)

    def _warn_once(self, warning: str) -> None:
        """Some come and go many times in a minute."""
        if warning not in self._warned:
            self._warned.add(warning)
            self._log.warning("%s: %s", self.name, warning)

    def _telemetry(self) -> Telemetry:
        scale = self.settings.counts_per_rad
        status, battery = self._known.get(Status), self._known.get(Battery)
        currents, temperature = self._known.get(Currents), self._known.get(Temperature)
        bits = status.bits if isinstance(status, Status) else 0
        return Telemetry(
            stamp_s=self._moved_s,
            positions_rad=tuple(counts / scale for counts in self._travelled),
            speeds_rad_s=tuple(
                speed.counts_per_s / scale for motor in (0, 1) if isinstance(speed := self._round[motor], Speed)
            ),
            currents_a=currents.amperes if isinstance(currents, Currents) else (),
            voltage_v=battery.voltage_v if isinstance(battery, Battery) else None,
            temperature_c=temperature.celsius if isinstance(temperature, Temperature) else None,
            faults=texts.faults(bits),
            estop=bool(bits & Bit.ESTOP),
        )

    def _count(self, encoders: Encoders) -> None:
        """Carry the device's 32-bit counters on beyond where they wrap."""
        for motor, (now, before) in enumerate(zip(encoders.counts, self._counts or encoders.counts, strict=True)):
            self._travelled[motor] += (now - before + 2**31) % 2**32 - 2**31
        self._counts = encoders.counts
