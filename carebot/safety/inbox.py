"""The newest command of each source: late, replayed, early and nameless ones never get in."""

from __future__ import annotations

import math
from dataclasses import replace

from carebot.safety.commands import command_faults
from carebot.safety.driver_seat import DriverSeat
from carebot.safety.parameters import SafetyParameters
from carebot.safety.verdict import Reason, ReasonCode
from carebot.safety.world import MotionRequest, Source

TELLS_FOR_S = 1.0
"""How long a refusal stays the answer to why nothing moves."""


class Inbox:
    """Keeps one command of each source, never a queue. Nothing stamped at or before `start_s` counts."""

    def __init__(self, parameters: SafetyParameters, start_s: float) -> None:
        self._parameters = parameters
        self._seat = DriverSeat(parameters.seat_free_after_s)
        self._newer_than_s = start_s
        self._stamps_s: dict[Source, float] = {}
        self._commands: dict[Source, MotionRequest] = {}
        self._drove_s = -math.inf
        self._refusal: Reason | None = None
        self._refused_s = -math.inf

    def hear(self, request: MotionRequest, now_s: float) -> Reason | None:
        """Take `request`, or say why not. One with numbers that are none takes its source's place and stops it."""
        request = replace(request, driver=request.driver.strip())
        refusal = self._refused(request, now_s)
        if refusal:
            self._refusal, self._refused_s = refusal, now_s
            if refusal.code is ReasonCode.COMMAND_NOT_FINITE:
                self._commands[request.source] = replace(request, stamp_s=now_s)
            return refusal
        self._stamps_s[request.source] = request.stamp_s
        self._commands[request.source] = request
        if request.source is Source.TELEOP:
            self._drove_s = now_s
        return None

    def chosen(self, now_s: float) -> MotionRequest | None:
        """The command that counts: what a person drives before what navigation wants."""
        teleop = self._commands.get(Source.TELEOP)
        if teleop and not self._is_over(teleop, now_s):
            return teleop
        return None if self._is_held(now_s) else self._commands.get(Source.NAVIGATION)

    def why_not(self, now_s: float) -> Reason | None:
        """Why there is no command, where the inbox knows."""
        if self._refusal and now_s - self._refused_s < TELLS_FOR_S:
            return self._refusal
        if self._is_held(now_s) and Source.NAVIGATION in self._commands:
            words = f"Somebody drove by hand: navigation waits for {self._parameters.teleop_hold_s:.0f} s."
            return Reason(ReasonCode.TELEOP_HOLDS, words, 0.0, {"hold_s": self._parameters.teleop_hold_s})
        return None

    def forget(self, now_s: float) -> None:
        """From now on only commands that are made later than `now_s` count."""
        self._newer_than_s = max(self._newer_than_s, now_s)
        self._commands.clear()

    def _refused(self, request: MotionRequest, now_s: float) -> Reason | None:
        faults = command_faults(request, now_s, self._parameters)
        if faults:
            return faults[0]
        return self._order_fault(request) or self._driver_fault(request, now_s)

    def _order_fault(self, request: MotionRequest) -> Reason | None:
        if request.stamp_s <= self._newer_than_s:
            words = f"The command from {request.source.value} was given before the robot was ready for a new one."
            return Reason(ReasonCode.COMMAND_TOO_EARLY, words, about=request.source.value)
        if request.stamp_s <= self._stamps_s.get(request.source, -math.inf):
            words = f"The command from {request.source.value} is not newer than the one before it."
            return Reason(ReasonCode.COMMAND_REPLAYED, words, about=request.source.value)
        return None

    def _driver_fault(self, request: MotionRequest, now_s: float) -> Reason | None:
        if request.source is not Source.TELEOP or self._seat.take(request.driver, now_s):
            return None
        if not request.driver:
            return Reason(ReasonCode.DRIVER_UNNAMED, "Who drives by hand must give a name.")
        driver = self._seat.driver(now_s)
        words = f"{request.driver} wants to drive, but {driver} is driving."
        return Reason(ReasonCode.DRIVER_SEAT_TAKEN, words, about=driver)

    def _is_over(self, request: MotionRequest, now_s: float) -> bool:
        return now_s - request.stamp_s >= self._parameters.command_lifetime_s

    def _is_held(self, now_s: float) -> bool:
        return now_s - self._drove_s < self._parameters.teleop_hold_s
