"""Drives an ODrive over its ASCII protocol.

An axis whose watchdog ran out disarms itself with an error and rolls; the next command that is to move it clears that
error, and no other, and arms it again. So a stop brakes with zero speed, and the watchdog takes the power away.

Answers do not tell what they answer, so questions go out in rounds: a round with anything wrong in it is thrown away
whole, and the next one waits until the line is quiet. Rounds ask for motion first and last in turn, so that late
answers to one do not fit the next.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from contextlib import suppress
from itertools import cycle

from carebot.clock import Clock
from carebot.drivers.base import MotorController, OpenPort
from carebot.drivers.lapse import Lapse
from carebot.drivers.odrive import dialects, texts
from carebot.drivers.odrive.dialects import of_axis
from carebot.drivers.odrive.protocol import (
    ClearErrors,
    Command,
    Decoder,
    Feedback,
    Motion,
    Read,
    Refused,
    Reply,
    SetVelocity,
    Value,
    Write,
    encode,
    in_wire_units,
)
from carebot.drivers.odrive.settings import ODriveSettings
from carebot.drivers.serial_port import SerialPort
from carebot.drivers.telemetry import Fault, Identity, LinkCounters, Telemetry
from carebot.errors import DeviceError, DeviceLostError, WrongDeviceError

OLDEST_FIRMWARE = (0, 5, 3)
"""0.5.4 calls itself 0.5.3; the real 0.5.3 cannot write integers, which shows when they are read: `0d` for 0."""
_NEW_NAMES = (0, 6, 0)

_PATIENCE_S = 0.1
"""A round that has not been answered by then will not be."""
_QUIET_S = 0.03
"""After trouble the line has to be silent for so long before the next round."""
_SETTLING_S = 0.3
"""How long an axis may take to show what it was asked for."""
_ENTERING_S = 1.0
_LOOK_AGAIN_S = 0.02

_Key = tuple[str, int | None]
"""A path and the axis that it is of, or None."""


class ODriveController(MotorController[ODriveSettings]):
    """An ODrive's axes. After a stop or a silence `watchdog_tripped` is true: so the ODrive ends every motion."""

    name = "ODrive"

    def __init__(self, settings: ODriveSettings, clock: Clock, open_port: OpenPort = SerialPort) -> None:
        super().__init__(settings, clock, open_port)
        self._forget()

    @property
    def counters(self) -> LinkCounters:
        return self._decoder.counters

    # --- the hooks ----------------------------------------------------------------------------------------------------

    def _forget(self) -> None:
        self._decoder = Decoder(self.settings.checksums)
        self._dialect = dialects.V0_5
        self._asked: list[Command] = []
        self._answers: list[Reply] = []
        self._asked_s = -math.inf
        self._noisy_s = -math.inf
        self._is_spoiled = False
        self._is_motion_first = False
        self._keys: list[_Key] = []
        self._lapse = Lapse()
        self._known: dict[_Key, Value] = {}
        self._origins: tuple[float, ...] | None = None
        self._has_tripped = False
        self._revived_s = -math.inf
        self._in_turn = cycle(self._turns(()))

    def _identify(self) -> Identity:
        self._settle()
        firmware = self._versions(dialects.FIRMWARE, self.settings.identify_timeout_s)
        name = ".".join(map(str, firmware))
        if firmware < OLDEST_FIRMWARE:
            raise self._too_old(name)
        self._dialect = dialects.V0_6 if firmware >= _NEW_NAMES else dialects.V0_5
        self._check_axes(name)
        self._in_turn = cycle(self._turns(self._offered()))
        hardware = self._versions(dialects.HARDWARE)
        volts = f"-{hardware[2]}V" if hardware[2] else ""
        return Identity(f"ODrive v{hardware[0]}.{hardware[1]}{volts}", name, self._serial())

    def _arm(self) -> None:
        self._settle()
        for axis in self.settings.axes:
            self._prepare(axis)
        self._write(self._start())
        self._revived_s = self._clock.now_s()
        for axis in self.settings.axes:
            self._wait_for_closed_loop(axis)
        self._has_tripped = False
        self._known = {}

    def _send_speeds(self, rad_s: tuple[float, ...], valid_for_s: float, now_s: float) -> tuple[float, ...]:  # noqa: ARG002
        turns = [in_wire_units(speed * self.settings.turns_per_rad) for speed in rad_s]
        commands: list[Command] = []
        if self._has_tripped and any(turns) and now_s - self._revived_s >= _SETTLING_S:
            self._revived_s = now_s
            commands += self._start()
        commands += [SetVelocity(axis, speed) for axis, speed in zip(self.settings.axes, turns, strict=True)]
        self._write(commands)
        return tuple(speed / self.settings.turns_per_rad for speed in turns)

    def _receive(self, data: bytes, now_s: float) -> Telemetry | None:
        bad_frames = self.counters.bad_frames
        self._answers += self._decoder.feed(data)
        if data and (self.counters.bad_frames > bad_frames or len(self._answers) > len(self._asked)):
            self._is_spoiled = True
        if data and self._is_spoiled:
            self._noisy_s = now_s
        if self._lapse.has_ended(now_s):
            self._is_spoiled = True  # answers from before are no news
            self._heard_s = now_s  # who was not listened to was not silent
        telemetry = self._finished_round(now_s)
        if self._is_known and not self._asked and not self._is_spoiled:
            self._ask_round(now_s)
        return telemetry

    def _stop_motor(self, motor: int) -> None:  # noqa: ARG002
        # Every stop names all axes: should noise eat the line for one, the line for another stops it too.
        self._write([SetVelocity(axis, 0.0) for axis in self.settings.axes])

    # --- who is there -------------------------------------------------------------------------------------------------

    def _versions(self, paths: Sequence[str], patience_s: float | None = None) -> tuple[int, int, int]:
        first, second, third = (int(self._number(path, patience_s)) for path in paths)
        return first, second, third

    def _check_axes(self, firmware: str) -> None:
        for axis in self.settings.axes:
            for path in (dialects.STATE, *self._dialect.errors):
                if self._asked_for(of_axis(path, axis)) is not None:
                    continue
                if path == dialects.STATE:
                    raise WrongDeviceError(
                        f"The ODrive on {self.settings.port} has no axis {axis}: correct `axes`, or update its "
                        f"firmware {firmware}."
                    )
                raise self._too_old(firmware)

    def _offered(self) -> tuple[_Key, ...]:
        """What this ODrive can tell beyond the needful: firmwares differ in the sensors that they show."""
        axes = self.settings.axes
        wanted: list[_Key] = [(dialects.VOLTAGE, None), (dialects.UPTIME, None)]
        wanted += [(path, axis) for axis in axes for path in (self._dialect.current, dialects.TEMPERATURE)]
        wanted += [(path, None) for path in self._dialect.details if "{axis}" not in path]
        wanted += [(path, axis) for path in self._dialect.details if "{axis}" in path for axis in axes]
        return tuple(key for key in wanted if self._asked_for(_path(key)) is not None)

    def _turns(self, offered: Sequence[_Key]) -> list[tuple[_Key, ...]]:
        """What is asked in one round each: currents in every second round, uptime in all, the others one at a time."""
        always = tuple(key for key in offered if key[0] == dialects.UPTIME)
        currents = cycle([key for key in offered if key[0] == self._dialect.current] or [None])
        others: list[_Key] = [(dialects.STATE, axis) for axis in self.settings.axes]
        others += [key for key in offered if key[0] not in (self._dialect.current, dialects.UPTIME)]
        rounds: list[tuple[_Key, ...]] = []
        for other in others * 2:  # so that two currents and any number of others come round
            current = next(currents)
            rounds += [(*always, other)] if current is None else [(*always, current), (*always, other)]
        return rounds

    def _serial(self) -> str:
        """As odrivetool shows it; nothing where the firmware cuts it off."""
        value = self._asked_for(dialects.SERIAL)
        return "" if value is None or value.is_cut or value.number < 1 else f"{int(value.number):012X}"

    def _too_old(self, firmware: str) -> WrongDeviceError:
        return WrongDeviceError(
            f"The ODrive on {self.settings.port} runs firmware {firmware}, which is too old (carebot needs 0.5.4 or "
            f"newer): update it with `odrivetool dfu`."
        )

    # --- getting ready ------------------------------------------------------------------------------------------------

    def _prepare(self, axis: int) -> None:
        """Velocity control from standstill, with the watchdog set; checked by reading back."""
        timeout_s = self.settings.watchdog_s
        wanted = {
            dialects.REQUESTED_STATE: dialects.IDLE,
            dialects.CONTROL_MODE: dialects.VELOCITY_CONTROL,
            dialects.INPUT_MODE: dialects.PASSTHROUGH,
            dialects.WATCHDOG_TIMEOUT: timeout_s,
            dialects.ENABLE_WATCHDOG: 1,
        }
        self._write([SetVelocity(axis, 0.0), *(Write(of_axis(path, axis), value) for path, value in wanted.items())])
        del wanted[dialects.REQUESTED_STATE]  # which the firmware takes, and forgets
        for path, value in wanted.items():
            found = self._number(of_axis(path, axis))
            if not math.isclose(found, value, rel_tol=1e-4):
                raise DeviceError(
                    f"The ODrive on {self.settings.port} keeps {of_axis(path, axis)} at {found:g} instead of "
                    f"{value:g}: update its firmware."
                )

    def _start(self) -> list[Command]:
        """Zero speeds come first: they feed the watchdogs, which would else fail again as soon as they are cleared."""
        axes = self.settings.axes
        enter = [Write(of_axis(dialects.REQUESTED_STATE, axis), dialects.CLOSED_LOOP_CONTROL) for axis in axes]
        return [*(SetVelocity(axis, 0.0) for axis in axes), ClearErrors(), *enter]

    def _wait_for_closed_loop(self, axis: int) -> None:
        """Until it is there, or was and its watchdog has ended it, which is not fed while this waits."""
        ends_s = self._clock.now_s() + _ENTERING_S
        while self._clock.now_s() < ends_s:
            if self._number(of_axis(dialects.STATE, axis)) == dialects.CLOSED_LOOP_CONTROL:
                return
            errors = [(path, self._value(of_axis(path, axis))) for path in self._dialect.errors]
            found = [fault for path, value in errors for fault in texts.faults(path, axis, value, self._dialect)]
            if found:
                raise DeviceError(f"The ODrive on {self.settings.port} cannot be armed: {found[0].text}.")
            if int(errors[-1][1].number) & self._dialect.watchdog_bit:
                return
            self._port.wait(_LOOK_AGAIN_S)
        raise DeviceError(
            f"Axis {axis} of the ODrive on {self.settings.port} does not enter closed loop control: calibrate it with "
            f"odrivetool, and save that."
        )

    # --- blocking questions -------------------------------------------------------------------------------------------

    def _number(self, path: str, patience_s: float | None = None) -> float:
        return self._value(path, patience_s).number

    def _value(self, path: str, patience_s: float | None = None) -> Value:
        """Raises WrongDeviceError where there is no such property."""
        value = self._asked_for(path, patience_s)
        if value is None or not math.isfinite(value.number):
            raise WrongDeviceError(
                f"What answers on {self.settings.port} has no {path}: it is no ODrive, or its firmware is not known; "
                f"name the right controller."
            )
        return value

    def _asked_for(self, path: str, patience_s: float | None = None) -> Value | None:
        """None where the device refuses. After a question without an answer the line has to become quiet first."""
        ends_s = self._clock.now_s() + (patience_s or 3 * self.settings.answer_timeout_s)
        while self._clock.now_s() + self.settings.answer_timeout_s < ends_s:
            with suppress(DeviceLostError, WrongDeviceError):
                return self._asked_once(path)
            self._settle()
        return self._asked_once(path)

    def _asked_once(self, path: str) -> Value | None:
        def look(data: bytes) -> Value | Refused | None:
            replies = self._decoder.feed(data)
            return next((reply for reply in replies if isinstance(reply, Value | Refused)), None)

        answer = self._ask(encode(Read(path), self.settings.checksums), look, self.settings.answer_timeout_s)
        if isinstance(answer, Refused) and answer.is_broken_integer:
            raise self._too_old("0.5.2 or 0.5.3")
        return answer if isinstance(answer, Value) else None

    def _settle(self) -> None:
        """Drop what still comes for questions of before, until the line is quiet."""
        ends_s = self._clock.now_s() + _PATIENCE_S
        while self._clock.now_s() < ends_s and self._port.wait(2 * _QUIET_S if self._asked else _QUIET_S):
            self._decoder.feed(self._port.read())
        self._asked, self._answers, self._is_spoiled = [], [], False

    # --- rounds of questions ------------------------------------------------------------------------------------------

    def _write(self, commands: Sequence[Command]) -> None:
        self._port.write(b"".join(encode(command, self.settings.checksums) for command in commands))

    def _ask_round(self, now_s: float) -> None:
        """States come before errors: what ends between the two questions then shows an error, not a restart."""
        keys: list[_Key] = [*next(self._in_turn)]
        keys += [(path, axis) for axis in self.settings.axes for path in self._dialect.errors]
        self._keys = keys
        motions, values = [Feedback(axis) for axis in self.settings.axes], [Read(_path(key)) for key in keys]
        self._is_motion_first = not self._is_motion_first
        self._asked = [*motions, *values] if self._is_motion_first else [*values, *motions]
        self._answers = []
        self._asked_s = now_s
        self._write(self._asked)

    def _finished_round(self, now_s: float) -> Telemetry | None:
        is_complete = bool(self._asked) and len(self._answers) == len(self._asked)
        if is_complete and not self._is_spoiled:
            telemetry = self._read_round(now_s)
            self._asked, self._answers = [], []
            return telemetry
        if self._asked and not self._is_spoiled and now_s - self._asked_s >= _PATIENCE_S:
            self._is_spoiled, self._noisy_s = True, now_s
        if self._is_spoiled and now_s - self._noisy_s >= _QUIET_S:
            self._asked, self._answers, self._is_spoiled = [], [], False
        return None

    def _read_round(self, now_s: float) -> Telemetry | None:
        pairs = zip(self._asked, self._answers, strict=True)
        motions = [answer for answer in self._answers if isinstance(answer, Motion)]
        values = [answer for answer in self._answers if isinstance(answer, Value)]
        do_fit = all(isinstance(answer, Motion if isinstance(asked, Feedback) else Value) for asked, answer in pairs)
        if not (do_fit and all(math.isfinite(motion.turns + motion.turns_per_s) for motion in motions)):
            self.counters.bad_frames += 1
            self._is_spoiled, self._noisy_s = True, now_s
            return None
        news = dict(zip(self._keys, values, strict=True))
        self._check_uptime(news)
        self._known.update(news)
        self._check_axes_still_run(news, now_s)
        return self._telemetry(motions, now_s)

    def _check_uptime(self, news: dict[_Key, Value]) -> None:
        key = (dialects.UPTIME, None)
        if key not in news or key not in self._known:
            return
        if news[key].number < self._known[key].number and not news[key].is_cut:
            raise self._restarted()

    def _check_axes_still_run(self, news: dict[_Key, Value], now_s: float) -> None:
        """An armed axis runs, or tells what ended it; whoever does neither has restarted, or obeys somebody else."""
        bits = {axis: self._error_bits(axis) for axis in self.settings.axes}
        self._has_tripped = any(error & self._dialect.watchdog_bit for error in bits.values())
        if not self.is_armed or now_s - self._revived_s < _SETTLING_S:
            return
        others = [axis for axis, error in bits.items() if error & ~self._dialect.watchdog_bit]
        if others:
            self.is_armed = False
            why = ", ".join(fault.text for fault in self._faults()) or "emergency stop"
            self._log.warning("%s: it disarmed itself (%s)", self.name, why)
        for axis, error in bits.items():
            state = news.get((dialects.STATE, axis))
            if state is not None and state.number != dialects.CLOSED_LOOP_CONTROL and not error:
                raise self._restarted()

    def _error_bits(self, axis: int) -> int:
        bits = 0
        for path in self._dialect.errors:
            bits |= int(self._known[path, axis].number)
        return bits

    def _restarted(self) -> DeviceLostError:
        return DeviceLostError(
            f"The ODrive on {self.settings.port} has restarted, or somebody else disarmed it: open it again; check its "
            f"supply."
        )

    # --- what it tells ------------------------------------------------------------------------------------------------

    def _telemetry(self, motions: Sequence[Motion], now_s: float) -> Telemetry:
        scale, axes = self.settings.turns_per_rad, self.settings.axes
        self._origins = self._origins or tuple(motion.turns for motion in motions)
        currents = self._of_all(self._dialect.current)
        temperatures = self._of_all(dialects.TEMPERATURE)
        voltage, uptime = self._known.get((dialects.VOLTAGE, None)), self._known.get((dialects.UPTIME, None))
        return Telemetry(
            stamp_s=now_s,
            positions_rad=tuple(
                (motion.turns - origin) / scale for motion, origin in zip(motions, self._origins, strict=True)
            ),
            speeds_rad_s=tuple(motion.turns_per_s / scale for motion in motions),
            currents_a=currents,
            voltage_v=None if voltage is None else voltage.number,
            temperature_c=max(temperatures, default=None),
            faults=self._faults(),
            estop=any(self._error_bits(axis) & self._dialect.estop_bit for axis in axes),
            watchdog_tripped=self._has_tripped,
            device_stamp_s=None if uptime is None or uptime.is_cut else uptime.number / 1000,
        )

    def _of_all(self, path: str) -> tuple[float, ...]:
        """This of every axis, or nothing."""
        values = [self._known[path, axis].number for axis in self.settings.axes if (path, axis) in self._known]
        return tuple(values) if len(values) == len(self.settings.axes) and all(map(math.isfinite, values)) else ()

    def _faults(self) -> tuple[Fault, ...]:
        tables = (*self._dialect.errors, *self._dialect.details)
        found = [
            fault
            for (path, axis), value in self._known.items()
            if path in tables and math.isfinite(value.number)
            for fault in texts.faults(path, axis, value, self._dialect)
        ]
        return tuple(dict.fromkeys(found))


def _path(key: _Key) -> str:
    path, axis = key
    return path if axis is None else of_axis(path, axis)
