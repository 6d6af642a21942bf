"""Drives a Roboteq over its serial commands.

Only `!` commands feed the device's watchdog (manual, ^RWD), so it may be asked at any time. When the watchdog has
tripped, the device looks for its next source of commands (^CPRI): leave pulse and analog off unless they are wired.
The next command, for whatever motor, lets all of them run on as before it tripped: so each write that starts with a
command commands every motor, before anything else.
The protocol has no checksums: a number that noise made is taken where it could be true. What could not be, a jump of
a counter or a watchdog that changed, has to be told twice before it counts.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import cycle

from carebot.clock import Clock
from carebot.drivers.base import MotorController, OpenPort
from carebot.drivers.roboteq import texts
from carebot.drivers.roboteq.protocol import (
    FULL_POWER,
    Ask,
    AskSetting,
    ClearHistory,
    Command,
    Decoder,
    EmergencyStop,
    FaultFlag,
    Release,
    Reply,
    SetPower,
    SetRamps,
    SetSpeed,
    SetWatchdog,
    StatusFlag,
    StopMotor,
    Text,
    Values,
    encode,
    in_power_units,
    in_rpm,
)
from carebot.drivers.roboteq.settings import RoboteqSettings
from carebot.drivers.serial_port import SerialPort
from carebot.drivers.telemetry import Identity, LinkCounters, Telemetry
from carebot.drivers.unanswered import Unanswered
from carebot.errors import DeviceError, DeviceLostError, WrongDeviceError

OLDEST_FIRMWARE = (1, 2)
_MOST_CHANNELS = 3

_PATIENCE_S = 0.1
"""Answers to a round of questions that have not come by then do not come any more."""
_STALE_S = 0.15
"""Answers that lay in the port for this long, while the host was busy, tell nothing about now."""
_ALWAYS_POSSIBLE_RAD = 0.3
_ALWAYS_POSSIBLE_COUNTS = 10
_IN_TURN = ("V", "T", "FM")
_MODES = {"speed": (1, 6), "power": (0,)}
"""The operating modes (^MMOD) that fit: closed-loop speed and speed position; open loop."""
_MODE_NAMES = {"speed": "Closed Loop Speed", "power": "Open Loop"}
_FIRMWARE = re.compile(r"Roboteq\s+v(?P<number>\d+\.\d+)(?P<rest>\S*)", re.IGNORECASE)


class RoboteqController(MotorController[RoboteqSettings]):
    """A Roboteq; `emergency_stop` is its own, which only arming ends."""

    name = "Roboteq"

    def __init__(self, settings: RoboteqSettings, clock: Clock, open_port: OpenPort = SerialPort) -> None:
        super().__init__(settings, clock, open_port)
        self._counter, self._speed = ("C", "S") if settings.feedback == "encoder" else ("CB", "BS")
        self._forget()

    @property
    def counters(self) -> LinkCounters:
        return self._decoder.counters

    def emergency_stop(self) -> None:
        """Make the device stop everything, as its button does, until it is armed again."""
        self.is_armed = False
        self._port.write(encode(EmergencyStop()))

    # --- the hooks ----------------------------------------------------------------------------------------------------

    def _forget(self) -> None:
        self._decoder = Decoder()
        self._unanswered = Unanswered()
        self._values: dict[str, tuple[int, ...]] = {}
        self._fresh: set[str] = set()
        self._asked_s: float | None = None
        self._slow = cycle(_IN_TURN)
        self._counts: tuple[int, ...] | None = None
        self._counted_s = self._moved_s = 0.0
        self._unlikely_counts: tuple[int, ...] | None = None
        self._travelled = [0] * self.settings.motors

    def _identify(self) -> Identity:
        text = self._text("FID", self.settings.identify_timeout_s, ClearHistory())
        found = _FIRMWARE.search(text)
        if found is None:
            raise WrongDeviceError(
                f"{self.settings.port} answers as '{text:.40}', which is no Roboteq: name another port, or the "
                f"controller that it is."
            )
        firmware = found["number"] + found["rest"]
        if tuple(map(int, found["number"].split("."))) < OLDEST_FIRMWARE:
            raise WrongDeviceError(
                f"The Roboteq on {self.settings.port} runs firmware {firmware}, which is too old: update it with "
                f"Roborun+."
            )
        return Identity(self._model(), firmware)

    def _model(self) -> str:
        try:
            return f"Roboteq {self._text('TRN').rpartition(':')[2]}"
        except DeviceLostError:
            return "Roboteq"

    def _arm(self) -> None:
        channels = self._checked_channels()
        self._set_watchdog()
        stops = [*self._zero(), *(StopMotor(channel + 1) for channel in range(channels))]
        faults = self._numbers("FF", *stops, Release(), *self._zero(), *self._ramps())[0]
        if faults & FaultFlag.EMERGENCY_STOP:
            raise DeviceError(
                f"The emergency stop of the Roboteq on {self.settings.port} is pressed: release it, then arm again."
            )
        self._values[self._counter] = self._numbers(self._counter)
        self._count(self._clock.now_s())
        self._unanswered = Unanswered()

    def _send_speeds(self, rad_s: tuple[float, ...], valid_for_s: float, now_s: float) -> tuple[float, ...]:  # noqa: ARG002
        if self._unanswered.must_hold(now_s):
            rad_s = (0.0,) * len(rad_s)
        sent = [self._command(motor, speed) for motor, speed in enumerate(rad_s)]
        self._write([command for command, _ in sent], now_s)
        return tuple(speed for _, speed in sent)

    def _receive(self, data: bytes, now_s: float) -> Telemetry | None:
        if not self._unanswered.is_owed:
            self._heard_s = now_s  # who was not asked is not silent
        for reply in self._decoder.feed(data):
            self._take(reply, now_s)
        telemetry = self._finished_round(now_s)
        if self._is_known and self._asked_s is None:
            self._ask_round(now_s)
        return telemetry

    def _stop_motor(self, motor: int) -> None:
        self._port.write(b"".join(map(encode, [*self._zero(), StopMotor(motor + 1)])))

    # --- commands -----------------------------------------------------------------------------------------------------

    def _command(self, motor: int, rad_s: float) -> tuple[SetSpeed | SetPower, float]:
        """The command for one motor, and the speed that it really stands for."""
        rpm, scale = rad_s * self.settings.rpm_per_rad_s, self.settings.rpm_per_rad_s
        if self.settings.loop == "speed":
            return SetSpeed(motor + 1, in_rpm(rpm)), in_rpm(rpm) / scale
        full_rpm = self.settings.full_power_rpm
        power = in_power_units(min(max(rpm / full_rpm, -1.0), 1.0)) / FULL_POWER
        return SetPower(motor + 1, power), power * full_rpm / scale

    def _zero(self) -> list[Command]:
        return [self._command(motor, 0.0)[0] for motor in range(self.settings.motors)]

    def _ramps(self) -> list[Command]:
        scale = self.settings.rpm_per_rad_s
        up, down = self.settings.acceleration_rad_s2 * scale, self.settings.deceleration_rad_s2 * scale
        return [SetRamps(motor + 1, up, down) for motor in range(self.settings.motors)]

    def _write(self, commands: Iterable[Command], now_s: float) -> None:
        self._unanswered.wrote(now_s)
        self._port.write(b"".join(map(encode, commands)))

    # --- blocking questions -------------------------------------------------------------------------------------------

    def _text(self, name: str, patience_s: float | None = None, *before: Command) -> str:
        def look(data: bytes) -> str | None:
            replies = self._decoder.feed(data)
            return next((reply.text for reply in replies if isinstance(reply, Text) and reply.name == name), None)

        return self._ask(b"".join(map(encode, (*before, Ask(name)))), look, patience_s)

    def _numbers(self, name: str, *before: Command) -> tuple[int, ...]:
        """The answer to ?name, or to ~name for a setting, asked behind the commands `before`."""
        question = AskSetting(name) if name in ("RWD", "MMOD") else Ask(name)

        def look(data: bytes) -> tuple[int, ...] | None:
            replies = self._decoder.feed(data)
            return next((reply.values for reply in replies if isinstance(reply, Values) and reply.name == name), None)

        return self._ask(b"".join(map(encode, (*before, question))), look)

    def _checked_channels(self) -> int:
        """How many channels the device has, once those with motors are in the mode that fits."""
        modes, wanted, port = self._numbers("MMOD"), self.settings.loop, self.settings.port
        if len(modes) < self.settings.motors:
            raise WrongDeviceError(
                f"The Roboteq on {port} has {len(modes)} channels, but the settings say {self.settings.motors} motors: "
                f"correct `motors`."
            )
        for channel, mode in enumerate(modes[: self.settings.motors], start=1):
            if mode not in _MODES[wanted]:
                raise DeviceError(
                    f"Channel {channel} of the Roboteq on {port} is in operating mode {mode}: set it to "
                    f"{_MODE_NAMES[wanted]} with Roborun+, or change `loop` in the settings."
                )
        return min(len(modes), _MOST_CHANNELS)

    def _set_watchdog(self) -> None:
        told_ms = self._numbers("RWD", SetWatchdog(self.settings.watchdog_s))[0]
        if told_ms != self.settings.watchdog_ms:
            raise DeviceError(
                f"The Roboteq on {self.settings.port} keeps a watchdog of {told_ms} ms instead of "
                f"{self.settings.watchdog_ms} ms: unlock its configuration with Roborun+, or update its firmware."
            )

    # --- rounds of questions ------------------------------------------------------------------------------------------

    def _ask_round(self, now_s: float) -> None:
        names = (self._counter, self._speed, "A", "FF", "FS", next(self._slow))
        self._fresh.clear()
        self._asked_s = now_s
        self._write([*(Ask(name) for name in names), AskSetting("RWD")], now_s)

    def _take(self, reply: Reply, now_s: float) -> None:
        self._unanswered.heard()
        if not isinstance(reply, Values):
            return
        if reply.name == "RWD":
            self._check_watchdog(reply.values[0])
        self._values[reply.name] = reply.values
        self._fresh.add(reply.name)
        if reply.name == self._counter:
            self._moved_s = now_s
        if reply.name == "FF":
            self._check_faults(reply.values[0])

    def _check_watchdog(self, told_ms: int) -> None:
        before_ms = self._values.get("RWD", (told_ms,))[0]
        if told_ms == self.settings.watchdog_ms or not self.is_armed:
            self._unanswered.trust()
        elif before_ms == told_ms:
            raise DeviceLostError(
                f"The Roboteq on {self.settings.port} has restarted: open it again; check its supply."
            )
        else:
            self._unanswered.doubt()

    def _check_faults(self, flags: int) -> None:
        if self.is_armed and flags & FaultFlag.EMERGENCY_STOP:
            self.is_armed = False
            self._log.warning("%s: its emergency stop was pressed, so it is disarmed", self.name)

    def _finished_round(self, now_s: float) -> Telemetry | None:
        """The telemetry of a round whose last answer has come, or does not come any more."""
        if self._asked_s is None or not ("RWD" in self._fresh or now_s - self._asked_s >= _PATIENCE_S):
            return None
        is_stale = now_s - self._asked_s >= _STALE_S
        self._asked_s = None
        if is_stale and self._fresh:
            self._heard_s = now_s
        if is_stale or not self._has_motion or not self._count(self._moved_s):
            return None
        return self._telemetry()

    @property
    def _has_motion(self) -> bool:
        needed = (self._counter, self._speed)
        return self._fresh.issuperset(needed) and all(
            len(self._values[name]) >= self.settings.motors for name in needed
        )

    def _count(self, now_s: float) -> bool:
        """Carry the 32-bit counters on beyond where they wrap; False where the reading cannot be true."""
        counts = self._values[self._counter][: self.settings.motors]
        before, unlikely, self._unlikely_counts = self._counts or counts, self._unlikely_counts, None
        if self._is_possible(before, counts, now_s):
            self._travelled = [sum(pair) for pair in zip(self._travelled, _steps(before, counts), strict=True)]
        elif unlikely is None or not self._is_possible(unlikely, counts, now_s):
            self._unlikely_counts = counts
            self.counters.bad_frames += 1
            return False  # told twice it would mean that a counter was set anew, and that nothing moved that far
        self._counts, self._counted_s = counts, now_s
        return True

    def _is_possible(self, before: tuple[int, ...], counts: tuple[int, ...], now_s: float) -> bool:
        """Whether wheels can have turned that far since the last reading that was taken."""
        turned_rad = 2 * self.settings.max_speed_rad_s * (now_s - self._counted_s) + _ALWAYS_POSSIBLE_RAD
        return (
            max(map(abs, _steps(before, counts))) <= self.settings.counts_per_rad * turned_rad + _ALWAYS_POSSIBLE_COUNTS
        )

    def _telemetry(self) -> Telemetry:
        motors, values = self.settings.motors, self._values
        amps, volts = values.get("A", ())[:motors], values.get("V", ())
        fault_flags, motor_flags = values.get("FF", (0,))[0], values.get("FM", ())[:motors]
        return Telemetry(
            stamp_s=self._moved_s,
            positions_rad=tuple(counts / self.settings.counts_per_rad for counts in self._travelled),
            speeds_rad_s=tuple(rpm / self.settings.rpm_per_rad_s for rpm in values[self._speed][:motors]),
            currents_a=tuple(tenths / 10 for tenths in amps) if len(amps) == motors else (),
            voltage_v=volts[1] / 10 if len(volts) > 1 else None,
            temperature_c=float(max(values["T"])) if "T" in values else None,
            faults=texts.faults(fault_flags, motor_flags),
            estop=bool(fault_flags & FaultFlag.EMERGENCY_STOP),
            watchdog_tripped=self.is_armed and not values.get("FS", (1,))[0] & StatusFlag.SERIAL_MODE,
        )


def _steps(before: tuple[int, ...], now: tuple[int, ...]) -> tuple[int, ...]:
    if len(before) != len(now):
        before = now
    return tuple((new - old + 2**31) % 2**32 - 2**31 for old, new in zip(before, now, strict=True))
