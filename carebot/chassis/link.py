"""Keeps a motor controller connected and armed: notices that it is gone, says so, and comes back by itself."""

from __future__ import annotations

import logging
from typing import Any

from carebot.chassis.backoff import Backoff
from carebot.drive.loop import Stop, WheelSpeeds
from carebot.drivers.base import MotorController
from carebot.drivers.telemetry import Identity, Telemetry
from carebot.errors import DeviceError

CLEARED_BY_ITSELF = frozenset(
    {"over_current", "under_voltage", "over_voltage", "over_temperature", "watchdog", "command", "estop"}
)
"""Faults after which the motors are armed again without a person; what else is wrong needs somebody who looks."""

SETTLED_S = 5.0
"""A controller that held out for this long was really back: the next trouble waits the shortest time again."""


class MotorLink:
    """Not for several threads, but for `enable`, `disable` and `clear_faults`. `connects` and `arms` count.

    `connect` and the steps that open, identify or arm block for as long as the controller's own time-outs; nothing
    moves meanwhile. `problem` is a sentence while there is one.
    """

    def __init__(self, controller: MotorController[Any]) -> None:
        self._controller = controller
        self._log = logging.getLogger(__name__)
        self._retry = Backoff(0.1, 3.0)
        self._arming = Backoff(0.2, 10.0)
        self._is_open = False
        self._must_close = False
        self._must_stop = False
        self._enabled = False
        self._faults_seen = False
        self._connected_s = 0.0
        self._armed_s = 0.0
        self.identity: Identity | None = None
        self.telemetry: Telemetry | None = None
        self.problem = ""
        self.connects = 0
        self.arms = 0

    @property
    def connected(self) -> bool:
        return self._is_open

    @property
    def armed(self) -> bool:
        return self._is_open and self._controller.is_armed

    @property
    def bad_frames(self) -> int:
        return self._controller.counters.bad_frames

    @property
    def name(self) -> str:
        return self._controller.name

    def enable(self) -> None:
        """Arm as soon as that is possible, and keep it armed."""
        self._enabled = True
        self._arming.reset()

    def disable(self) -> None:
        """Stop at the next step, and stay stopped."""
        self._enabled = False
        self._must_stop = True

    def clear_faults(self) -> None:
        """A person has looked: arm again whatever the fault was."""
        self._faults_seen = True
        self._arming.reset()

    def connect(self) -> Identity:
        """Open and identify now; raises DeviceError, after which the steps go on trying."""
        self._must_close = False
        try:
            self._controller.open()
            identity = self._controller.identify()
        except DeviceError as error:
            self._controller.close()
            self.problem = str(error)
            raise
        self.identity, self.telemetry, self.problem = identity, None, ""
        self._is_open = True
        self.connects += 1
        return identity

    def step(self, now_s: float) -> Telemetry | None:
        """Do what is due; returns new telemetry. After a step that had to wait for the device it returns None."""
        if self._must_close:
            self._must_close = False
            self._controller.close()
            return None
        if not self._is_open:
            self._reconnect(now_s)
            return None
        try:
            return self._live(now_s)
        except DeviceError as error:
            self._lose(error, now_s)
            return None

    def send(self, order: WheelSpeeds | Stop, now_s: float) -> tuple[float, ...]:
        """Command the wheels, which feeds the watchdog; a stop is speed zero. Returns what was really sent."""
        if not self.armed:
            return ()
        settings = self._controller.settings
        speeds = order.rad_s if isinstance(order, WheelSpeeds) else (0.0,) * settings.motor_count
        try:
            sent: tuple[float, ...] = self._controller.send_speeds(speeds, settings.watchdog_s, now_s)
        except DeviceError as error:
            self._lose(error, now_s)
            return ()
        return sent

    def close(self) -> None:
        """Stop and give the port back."""
        self._is_open = self._must_close = False
        self._controller.close()

    def _live(self, now_s: float) -> Telemetry | None:
        if self._must_stop:
            self._must_stop = False
            self._controller.stop()
        telemetry = self._controller.poll(now_s)
        self.telemetry = telemetry or self.telemetry
        if self._is_settled(now_s):
            self._retry.reset()
        if self._wants_arming(now_s):
            self._arm(now_s)
            return None
        return telemetry

    def _is_settled(self, now_s: float) -> bool:
        return self.telemetry is not None and now_s - self._connected_s > SETTLED_S

    def _reconnect(self, now_s: float) -> None:
        if not self._retry.is_over(now_s):
            return
        self._retry.failed(now_s)  # also where it works: a device that restarts all the time must not be hammered
        try:
            identity = self.connect()
        except DeviceError as error:
            self._log.debug("%s", error)
            return
        self._connected_s = now_s
        self._log.info("%s is back: %s, firmware %s", self.name, identity.model, identity.firmware)

    def _lose(self, error: DeviceError, now_s: float) -> None:
        """Say so at once; closing, which may wait for a dead port, comes with the next step."""
        self._is_open = False
        self._must_close = True
        self.problem = str(error)
        self.telemetry = None
        self._retry.failed(now_s)
        self._log.warning("%s", error)

    def _wants_arming(self, now_s: float) -> bool:
        telemetry = self.telemetry
        if not self._enabled or telemetry is None or not self._arming.is_over(now_s):
            return False
        if self.armed and not telemetry.faults:
            self._settle_arming(now_s)
            return False
        if telemetry.estop:
            self.problem = "The emergency stop is pressed."
            return False
        lasting = [fault for fault in telemetry.faults if fault.code not in CLEARED_BY_ITSELF]
        if lasting and not self._faults_seen:
            self.problem = (
                f"{lasting[0].text[:1].upper()}{lasting[0].text[1:]}: see what is wrong, then clear the fault."
            )
            return False
        return True

    def _settle_arming(self, now_s: float) -> None:
        if now_s - self._armed_s > SETTLED_S:
            self._arming.reset()

    def _arm(self, now_s: float) -> None:
        """The telemetry from before is void: it may still tell of the fault that arming clears."""
        self._arming.failed(now_s)
        self._faults_seen = False
        try:
            self._controller.arm()
        except DeviceError as error:
            if not self._still_there(error):
                raise
            self.problem = str(error)
            return
        self.telemetry, self.problem = None, ""
        self._armed_s = now_s
        self.arms += 1

    def _still_there(self, error: DeviceError) -> bool:
        """Whether the device merely said no."""
        return type(error) is DeviceError
