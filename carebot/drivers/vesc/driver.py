"""Drives VESCs: one at the port, the others through it over CAN.

Any VESC brakes when no command came for the time in its application settings; `arm` sets that time where it is another,
and the VESC keeps it. Questions do not feed this watchdog. A VESC that restarts obeys at once and says nothing, so one
that was silent gets zero speeds until its counters have shown that it is the same. Those behind CAN are asked one after
another, so telemetry is of everybody's newest values, of which the oldest came one poll earlier for each further VESC
behind CAN.
"""

from __future__ import annotations

import math
from typing import TypeVar

from carebot.clock import Clock
from carebot.drivers.base import MotorController, OpenPort
from carebot.drivers.lapse import Lapse
from carebot.drivers.serial_port import SerialPort
from carebot.drivers.telemetry import Identity, LinkCounters, Telemetry
from carebot.drivers.unanswered import Unanswered
from carebot.drivers.vesc import texts
from carebot.drivers.vesc.messages import (
    AppConf,
    AppConfKept,
    Command,
    GetAppConf,
    GetValues,
    GetVersion,
    Reply,
    SetAppConf,
    SetBrake,
    SetRpm,
    Values,
    Version,
)
from carebot.drivers.vesc.protocol import Decoder, encode
from carebot.drivers.vesc.settings import VescSettings
from carebot.drivers.vesc.turns import Turns
from carebot.errors import DeviceError, DeviceLostError, WrongDeviceError

OLDEST_FIRMWARE = (5, 0)
"""The first whose values and application settings look as they do today."""

_QUIET_S = 0.07
_SETTLING_S = 0.15
_STORING_S = 2.0
"""Storing application settings takes a VESC some tenths of a second."""
_WRAPPED = 2**30
_Answer = TypeVar("_Answer", bound=Reply)


class VescController(MotorController[VescSettings]):
    """One VESC or several; `temperature_c` is of the hottest, `voltage_v` of the first."""

    name = "VESC"

    def __init__(self, settings: VescSettings, clock: Clock, open_port: OpenPort = SerialPort) -> None:
        super().__init__(settings, clock, open_port)
        self._forget()

    @property
    def counters(self) -> LinkCounters:
        return self._decoder.counters

    # --- the hooks ----------------------------------------------------------------------------------------------------

    def _forget(self) -> None:
        count = self.settings.motor_count
        self._decoder = Decoder()
        self._motors_by_id: dict[int, int] = {}
        self._unanswered = [Unanswered() for _ in range(count)]
        self._values: list[Values | None] = [None] * count
        self._fresh: dict[int, Values] = {}
        self._turns = Turns(self.settings.can_ids)
        self._lapse = Lapse()
        self._travelled = [0] * count

    def _identify(self) -> Identity:
        self._settle()
        versions = [self._version_of(can_id) for can_id in self.settings.can_ids]
        self._motors_by_id = {}
        for motor, can_id in enumerate(self.settings.can_ids):
            found = self._answer(GetValues(), can_id, Values).controller_id
            if found in self._motors_by_id or can_id not in (None, found):
                raise WrongDeviceError(
                    f"Behind {self.settings.port}, the VESC that should have CAN id {can_id} says {found}: give every "
                    f"VESC an id of its own in VESC Tool, and correct `can_ids`."
                )
            self._motors_by_id[found] = motor
        first = versions[0]
        return Identity(f"VESC {first.hardware}".strip(), _firmware(first), first.uuid)

    def _version_of(self, can_id: int | None) -> Version:
        patience_s = self.settings.identify_timeout_s if can_id is None else None
        version = self._answer(GetVersion(), can_id, Version, patience_s)
        if (version.major, version.minor) < OLDEST_FIRMWARE:
            raise WrongDeviceError(
                f"{self._place(can_id)} runs firmware {_firmware(version)}, which is too old (carebot needs "
                f"{OLDEST_FIRMWARE[0]}.{OLDEST_FIRMWARE[1]:02d}): update it with VESC Tool."
            )
        return version

    def _arm(self) -> None:
        self._settle()
        for motor in range(self.settings.motor_count):
            self._command(motor, self._brake)
            self._set_watchdog(motor)
            can_id = self.settings.can_ids[motor]
            if self._answer(GetValues(), can_id, Values).is_killed:
                raise DeviceError(f"{self._place(can_id)} has its kill switch active: release that, then arm again.")
        self._unanswered = [Unanswered() for _ in self.settings.can_ids]

    def _send_speeds(self, rad_s: tuple[float, ...], valid_for_s: float, now_s: float) -> tuple[float, ...]:  # noqa: ARG002
        doubted = [unanswered.must_hold(now_s) for unanswered in self._unanswered]
        erpms = self._held() if any(doubted) else self._erpms(rad_s)
        self._port.write(
            b"".join(
                encode(SetRpm(erpm) if erpm else self._brake, can_id)
                for erpm, can_id in zip(erpms, self.settings.can_ids, strict=True)
            )
        )
        return tuple(erpm / self.settings.erpm_per_rad_s for erpm in erpms)

    def _receive(self, data: bytes, now_s: float) -> Telemetry | None:
        for reply in self._decoder.feed(data):
            if isinstance(reply, Values) and reply.controller_id in self._motors_by_id:
                self._take(self._motors_by_id[reply.controller_id], reply)
        if self._lapse.has_ended(now_s):
            self._turns.forget()
            self._fresh = {}  # answers from before count, but are no news
            self._heard_s = now_s  # who was not listened to was not silent
        telemetry = self._telemetry(now_s) if len(self._fresh) == self.settings.motor_count else None
        if self._is_known:
            self._ask_for_values(now_s)
        return telemetry

    def _stop_motor(self, motor: int) -> None:
        # Every stop brakes all motors, this one first: should noise eat one packet, the next one stops it too.
        for one in (motor, *range(self.settings.motor_count)):
            self._command(one, self._brake)

    # --- blocking questions -------------------------------------------------------------------------------------------

    def _settle(self) -> None:
        """Drop what still comes for questions of before, until the line is quiet: few answers tell whose they are."""
        ends_s = self._clock.now_s() + _SETTLING_S
        while self._clock.now_s() < ends_s and self._port.wait(_QUIET_S if self._turns.is_owed else 0.0):
            self._decoder.feed(self._port.read())
        self._turns.forget()
        self._fresh = {}

    def _answer(
        self, command: Command, can_id: int | None, kind: type[_Answer], patience_s: float | None = None
    ) -> _Answer:
        def take(data: bytes) -> _Answer | None:
            return next((reply for reply in self._decoder.feed(data) if isinstance(reply, kind)), None)

        try:
            return self._ask(encode(command, can_id), take, patience_s)
        except (DeviceLostError, WrongDeviceError):
            if can_id is None:
                raise
            raise DeviceLostError(
                f"{self._place(can_id)} does not answer: check the CAN cable, its supply, its CAN id in VESC Tool and "
                f"`can_ids`."
            ) from None

    def _set_watchdog(self, motor: int) -> None:
        timeout_ms, brake_a = self.settings.timeout_ms, self.settings.brake_current_a
        found = self._app_conf(motor)
        if _is_watchdog(found, timeout_ms, brake_a):
            return
        self._log.info("%s: the watchdog of motor %d is set to %d ms for good", self.name, motor, timeout_ms)
        wanted = found.with_timeout(timeout_ms, brake_a)
        self._answer(SetAppConf(wanted.content), self.settings.can_ids[motor], AppConfKept, _STORING_S)
        if not _is_watchdog(self._app_conf(motor), timeout_ms, brake_a):
            raise DeviceError(
                f"{self._place(self.settings.can_ids[motor])} does not keep a watchdog of {timeout_ms} ms: set its "
                f"timeout and timeout brake current in VESC Tool, or update its firmware."
            )

    def _app_conf(self, motor: int) -> AppConf:
        conf = self._answer(GetAppConf(), self.settings.can_ids[motor], AppConf)
        if self._motors_by_id.get(conf.controller_id) != motor:
            raise DeviceError(
                f"{self._place(self.settings.can_ids[motor])} keeps its application settings in a way that carebot "
                f"does not know: update its firmware."
            )
        return conf

    # --- inside -------------------------------------------------------------------------------------------------------

    @property
    def _brake(self) -> SetBrake:
        return SetBrake(self.settings.brake_current_a)

    def _place(self, can_id: int | None) -> str:
        port = self.settings.port
        return f"The VESC on {port}" if can_id is None else f"The VESC with CAN id {can_id} behind {port}"

    def _command(self, motor: int, command: Command) -> None:
        self._port.write(encode(command, self.settings.can_ids[motor]))

    def _erpms(self, rad_s: tuple[float, ...]) -> list[int]:
        """No wheel turns where one of them would have to turn more slowly than a VESC can: with that one alone held,
        the robot would turn more sharply than it was told to."""
        erpms = [round(speed * self.settings.erpm_per_rad_s) for speed in rad_s]
        return self._held() if any(0 < abs(erpm) < self.settings.slowest_erpm for erpm in erpms) else erpms

    def _held(self) -> list[int]:
        return [0] * self.settings.motor_count

    def _ask_for_values(self, now_s: float) -> None:
        missing = set(range(self.settings.motor_count)) - self._fresh.keys()
        asked = self._turns.take(missing, now_s)
        for motor in asked:
            self._unanswered[motor].wrote(now_s)
        if asked:
            self._port.write(b"".join(encode(GetValues(), self.settings.can_ids[motor]) for motor in asked))

    def _take(self, motor: int, values: Values) -> None:
        self._turns.heard(motor)
        before = self._values[motor]
        if before is not None:
            self._check_same_life(motor, before, values)
            self._travelled[motor] += (values.tachometer - before.tachometer + 2**31) % 2**32 - 2**31
        self._values[motor] = self._fresh[motor] = values
        self._unanswered[motor].heard()
        self._unanswered[motor].trust()
        if self.is_armed and values.is_killed:
            self.is_armed = False
            self._log.warning("%s: its kill switch is active, so it is disarmed", self.name)

    def _check_same_life(self, motor: int, before: Values, now: Values) -> None:
        """These counters only grow, until the VESC restarts; one that has not turned yet has nothing to forget."""
        has_fallen = now.tachometer_abs < before.tachometer_abs < _WRAPPED or now.amp_hours < before.amp_hours
        if has_fallen:
            self._values[motor] = None
            raise DeviceLostError(
                f"{self._place(self.settings.can_ids[motor])} has restarted: open it again; check its supply."
            )

    def _telemetry(self, now_s: float) -> Telemetry:
        fresh = [self._fresh[motor] for motor in range(self.settings.motor_count)]
        self._fresh = {}
        settings = self.settings
        return Telemetry(
            stamp_s=now_s,
            positions_rad=tuple(steps / settings.steps_per_rad for steps in self._travelled),
            speeds_rad_s=tuple(values.erpm / settings.erpm_per_rad_s for values in fresh),
            currents_a=tuple(values.motor_current_a for values in fresh),
            voltage_v=fresh[0].voltage_v,
            temperature_c=max(values.mosfet_c for values in fresh),
            faults=tuple(fault for motor, values in enumerate(fresh) for fault in texts.faults(motor, values.fault)),
            estop=any(values.is_killed for values in fresh),
            watchdog_tripped=any(values.has_timed_out for values in fresh),
        )


def _firmware(version: Version) -> str:
    return f"{version.major}.{version.minor:02d}"


def _is_watchdog(conf: AppConf, timeout_ms: int, brake_current_a: float) -> bool:
    return conf.timeout_ms == timeout_ms and math.isclose(conf.brake_current_a, brake_current_a, rel_tol=1e-5)
