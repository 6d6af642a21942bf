"""What every motor controller is: public methods own limits, time-outs, logging and errors; a device fills in hooks.

The life of one: `open`, `identify`, `arm`, then `poll` and `send_speeds` in turn from one thread, `stop`, `close`.
A `DeviceLostError` from any of them means: close it, and start again at `open` with nothing moving.
"""

from __future__ import annotations

import logging
import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from types import TracebackType
from typing import Any, ClassVar, Generic, TypeVar

from pydantic import Field, model_validator
from typing_extensions import Self

from carebot.clock import Clock
from carebot.config import FileModel
from carebot.drivers.serial_port import Port, SerialPort
from carebot.drivers.telemetry import Identity, LinkCounters, Telemetry
from carebot.errors import DeviceError, DeviceLostError, WrongDeviceError

Answer = TypeVar("Answer")
OpenPort = Callable[[str, int], Port]
"""Opens a port by its name and baud rate, as `SerialPort` does."""

LONGEST_WATCHDOG_S = 0.2
"""Silence means stop: no controller may go on for longer than this after the last command."""


class ControllerSettings(FileModel, ABC):
    """What every controller needs to know; a driver adds its own (address, counts per revolution, pole pairs, ...).

    `inverted` holds one flag for each motor whose positive direction is the robot's backwards; empty means none.
    """

    to_try_out: ClassVar[Mapping[str, Any]] = {}
    """What a fake of this kind that stands alone is set to, so that it drives as slowly as one tries things out."""

    port: str = Field(min_length=1)
    baud: int = Field(default=115200, gt=0)
    max_speed_rad_s: float = Field(default=20.0, gt=0)
    inverted: tuple[bool, ...] = ()
    watchdog_s: float = Field(default=0.15, gt=0, le=LONGEST_WATCHDOG_S)
    identify_timeout_s: float = Field(default=3.0, gt=0)
    """Long enough for a board that restarts, through its boot loader, when its port is opened."""
    answer_timeout_s: float = Field(default=0.25, gt=0)
    silence_timeout_s: float = Field(default=0.25, gt=0)
    """An armed device that says nothing for this long is lost."""

    @property
    @abstractmethod
    def motor_count(self) -> int:
        """How many motors these settings describe."""

    @model_validator(mode="after")
    def _inverted_fits(self) -> Self:
        if self.inverted and len(self.inverted) != self.motor_count:
            raise ValueError(f"inverted holds {len(self.inverted)} flags for {self.motor_count} motors")
        return self


Settings = TypeVar("Settings", bound=ControllerSettings)


class MotorController(ABC, Generic[Settings]):
    """A motor controller on a serial port; speeds and positions are of the wheels, positive is the robot's forward.

    Not for several threads. Everything that talks to the device raises DeviceLostError when it is gone, and DeviceError
    when it refuses. Times that are handed in are those of `clock`, which only the blocking methods read themselves.
    """

    name = "motor controller"
    """What people call the device; a driver sets it."""

    def __init__(self, settings: Settings, clock: Clock, open_port: OpenPort = SerialPort) -> None:
        self.settings = settings
        self.is_armed = False
        self._is_known = False
        self._clock = clock
        self._open_port = open_port
        self._opened: Port | None = None
        self._signs = tuple(-1.0 if flag else 1.0 for flag in settings.inverted) or (1.0,) * settings.motor_count
        self._moving_until_s: float | None = None
        self._heard_s: float | None = None
        self._log = logging.getLogger(f"{__name__.rpartition('.')[0]}.{type(self).__name__}")

    # --- what a driver fills in ---------------------------------------------------------------------------------------

    @property
    @abstractmethod
    def counters(self) -> LinkCounters:
        """The decoder's counters since `open`."""

    @abstractmethod
    def _forget(self) -> None:
        """The port was opened: start with an empty decoder and nothing remembered of the device."""

    @abstractmethod
    def _identify(self) -> Identity:
        """Ask who is there, through `_ask`; raise WrongDeviceError for firmware that is too old."""

    @abstractmethod
    def _arm(self) -> None:
        """Set the device's watchdog, clear what may be cleared, enable the motors at zero speed; check that it did."""

    @abstractmethod
    def _send_speeds(self, rad_s: tuple[float, ...], valid_for_s: float, now_s: float) -> tuple[float, ...]:
        """Write the device's command; returns the speeds its units can express. `rad_s` is finite and in limits."""

    @abstractmethod
    def _receive(self, data: bytes, now_s: float) -> Telemetry | None:
        """Take what arrived (perhaps nothing); returns the newest complete telemetry in it.

        For a device that has to be asked, this also writes the next query, without waiting for its answer.
        Raises DeviceLostError when the device says that it has restarted.
        """

    @abstractmethod
    def _stop_motor(self, motor: int) -> None:
        """Write what stops this one motor and takes its power away, without waiting."""

    # --- what everybody calls -----------------------------------------------------------------------------------------

    def open(self) -> None:
        """Open the port; nothing is sent yet. Raises PortError."""
        self.close()
        self._opened = self._open_port(self.settings.port, self.settings.baud)
        self._is_known = False
        self._heard_s = None
        self._forget()
        self._log.info("%s: opened %s at %d baud", self.name, self.settings.port, self.settings.baud)

    def identify(self) -> Identity:
        """Ask the device who it is; blocks for seconds at most. Raises WrongDeviceError where it cannot be used."""
        with self._disarmed_when_lost():
            identity = self._identify()
        self._is_known = True
        self._log.info("%s: %s is %s, firmware %s", self.name, self._port.name, identity.model, identity.firmware)
        return identity

    def arm(self) -> None:
        """Make the device ready to move, at zero speed, with its watchdog set. Blocks for an answer or two."""
        if not self._is_known:
            raise DeviceError(
                f"{self.name} on {self.settings.port} was not asked who it is: identify it before arming."
            )
        with self._disarmed_when_lost():
            self._arm()
        self.is_armed = True
        self._moving_until_s = None
        self._heard_s = None
        self._log.info("%s: armed on %s", self.name, self._port.name)

    def send_speeds(self, rad_s: Sequence[float], valid_for_s: float, now_s: float) -> tuple[float, ...]:
        """Command wheel speeds, in the robot's order of motors, that expire after `valid_for_s`.

        Returns what was really sent: all slowed alike where one was above the limit, rounded to the device's units.
        This and nothing else feeds the device's watchdog.

        Raises:
            ValueError: not one finite speed for each motor, or no validity; nothing was sent.
            DeviceError: not armed.
        """
        self._check_speeds(rad_s, valid_for_s)
        if not self.is_armed:
            raise DeviceError(f"{self.name} on {self.settings.port} is not armed: arm it before it may move.")
        valid_for_s = min(valid_for_s, self.settings.watchdog_s)
        wanted = self._turned(slowed(rad_s, self.settings.max_speed_rad_s))
        with self._disarmed_when_lost():
            sent = self._turned(self._send_speeds(wanted, valid_for_s, now_s))
        self._moving_until_s = now_s + valid_for_s if any(sent) else None
        return sent

    def poll(self, now_s: float) -> Telemetry | None:
        """Take what has arrived; returns the newest telemetry, or None where there is nothing new. Never blocks.

        Motion that was not commanded anew in time is ended here too, with zero speeds.

        Raises:
            DeviceLostError: the device is gone, has restarted, or has said nothing for `silence_timeout_s` while armed.
        """
        with self._disarmed_when_lost():
            telemetry = self._receive(self._port.read(), now_s)
            self._notice_silence(telemetry, now_s)
            self._end_expired_motion(now_s)
        return None if telemetry is None else self._in_robot_directions(telemetry)

    def stop(self) -> None:
        """Stop every motor, even where one fails, and disarm; raises DeviceLostError naming those not told."""
        self.is_armed = False
        self._moving_until_s = None
        failed = {motor: error for motor in range(self.settings.motor_count) if (error := self._failure_to_stop(motor))}
        if failed:
            which = ", ".join(str(motor) for motor in failed)
            raise DeviceLostError(f"{self.name}: motors {which} could not be told to stop: {failed[min(failed)]}")
        self._log.info("%s: stopped", self.name)

    def close(self) -> None:
        """Stop, then give the port back whatever happens; may be called twice and never raises DeviceError.

        A device that was never identified hears nothing: it may be anything.
        """
        if self._opened is None:
            return
        try:
            if self._is_known:
                self.stop()
        except DeviceError as error:
            self._log.warning("%s: closed without a stop (%s); its own watchdog stops it", self.name, error)
        finally:
            port, self._opened = self._opened, None
            self._is_known = False
            port.close()

    def __enter__(self) -> Self:
        self.open()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # --- what drivers use ---------------------------------------------------------------------------------------------

    @property
    def _port(self) -> Port:
        if self._opened is None:
            raise DeviceError(f"{self.name} on {self.settings.port} is not open: open it first.")
        return self._opened

    def _ask(self, request: bytes, take: Callable[[bytes], Answer | None], patience_s: float | None = None) -> Answer:
        """Write `request` until `take`, which gets all that arrives, returns an answer; blocks at most `patience_s`.

        `patience_s` defaults to three answer time-outs; the request is written again after each time-out.

        Raises:
            WrongDeviceError: bytes came, but none that `take` understood.
            DeviceLostError: nothing came at all.
        """
        timeout_s = self.settings.answer_timeout_s
        ends_s = self._clock.now_s() + (patience_s or 3 * timeout_s)
        heard = 0
        while self._clock.now_s() < ends_s:
            self._port.write(request)
            again_s = min(ends_s, self._clock.now_s() + timeout_s)
            while (left_s := again_s - self._clock.now_s()) > 0:
                if self._port.wait(left_s):
                    data = self._port.read()
                    heard += len(data)
                    answer = take(data)
                    if answer is not None:
                        return answer
        raise self._no_answer(heard)

    # --- inside -------------------------------------------------------------------------------------------------------

    def _no_answer(self, heard: int) -> DeviceError:
        port, baud = self.settings.port, self.settings.baud
        if heard and not self.counters.good_frames:
            return WrongDeviceError(
                f"What answers on {port} is not {self.name}, or not at {baud} baud: check the port, the controller's "
                f"name and the baud rate."
            )
        return DeviceLostError(f"{self.name} on {port} does not answer: check its power, the cable and the baud rate.")

    @contextmanager
    def _disarmed_when_lost(self) -> Iterator[None]:
        try:
            yield
        except (DeviceLostError, WrongDeviceError):
            self.is_armed = False
            self._moving_until_s = None
            raise

    def _check_speeds(self, rad_s: Sequence[float], valid_for_s: float) -> None:
        if len(rad_s) != self.settings.motor_count:
            raise ValueError(f"{len(rad_s)} speeds for {self.settings.motor_count} motors")
        if not all(math.isfinite(speed) for speed in rad_s):
            raise ValueError(f"speeds must be finite, not {tuple(rad_s)}")
        if not (math.isfinite(valid_for_s) and valid_for_s > 0):
            raise ValueError(f"a command must be valid for some time, not {valid_for_s} s")

    def _turned(self, values: Sequence[float]) -> tuple[float, ...]:
        """Between the robot's directions and the motors', either way."""
        return tuple(sign * value + 0.0 for sign, value in zip(self._signs, values, strict=True))

    def _in_robot_directions(self, telemetry: Telemetry) -> Telemetry:
        return replace(
            telemetry,
            positions_rad=self._turned(telemetry.positions_rad),
            speeds_rad_s=self._turned(telemetry.speeds_rad_s),
        )

    def _notice_silence(self, telemetry: Telemetry | None, now_s: float) -> None:
        if telemetry is not None or self._heard_s is None:
            self._heard_s = now_s
        elif self.is_armed and now_s - self._heard_s >= self.settings.silence_timeout_s:
            silent_s = now_s - self._heard_s
            raise DeviceLostError(
                f"{self.name} on {self.settings.port} has said nothing for {silent_s:.2f} s: check its cable."
            )

    def _end_expired_motion(self, now_s: float) -> None:
        if self._moving_until_s is not None and now_s >= self._moving_until_s:
            self._moving_until_s = None
            self._log.warning("%s: no new command came in time, so its speeds are set to zero", self.name)
            self._send_speeds((0.0,) * self.settings.motor_count, self.settings.watchdog_s, now_s)

    def _failure_to_stop(self, motor: int) -> DeviceError | None:
        try:
            self._stop_motor(motor)
        except DeviceError as error:
            return error
        return None


def slowed(rad_s: Sequence[float], limit_rad_s: float) -> tuple[float, ...]:
    """The speeds, all scaled alike so that none is above the limit: the robot's path keeps its shape."""
    fastest = max(map(abs, rad_s), default=0.0)
    scale = min(1.0, limit_rad_s / fastest) if fastest else 1.0
    return tuple(speed * scale for speed in rad_s)
