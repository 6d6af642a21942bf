"""Driving by hand over a network: hold to drive, no queue, and silence is a stop.

For whoever receives a tablet's commands. What `hear` lets through goes on to the judge, with a stamp on the robot's
clock.
"""

from __future__ import annotations

import math

from carebot.geometry import Twist2D
from carebot.safety.clock_offset import ClockOffset
from carebot.safety.commands import command_faults
from carebot.safety.parameters import SafetyParameters
from carebot.safety.verdict import ZERO, Reason, ReasonCode
from carebot.safety.world import MotionRequest, Source

LOST_AFTER_S = 0.3


class TeleopLink:
    """One tablet's commands; `offset` is its clock's."""

    def __init__(self, offset: ClockOffset, parameters: SafetyParameters) -> None:
        self._offset = offset
        self._parameters = parameters
        self._stamp_s = -math.inf
        self._heard_s = -math.inf

    def hear(
        self, driver: str, twist: Twist2D, held: bool, tablet_stamp_s: float, now_s: float
    ) -> MotionRequest | Reason:
        """The command for the judge, or why it is dropped. Where the finger is up (`held` is false) it is a stop."""
        offset_s = self._offset.offset_s
        if offset_s is None or self._offset.error_s >= self._parameters.command_lifetime_s / 2:
            words = "The tablet's clock is not known well enough: try again in a second, or nearer to the robot."
            return Reason(ReasonCode.CLOCK, words, about=Source.TELEOP.value)
        stamp_s = self._corrected_s(tablet_stamp_s + offset_s, now_s)
        request = MotionRequest(Source.TELEOP, twist if held else ZERO, stamp_s, driver)
        faults = command_faults(request, now_s, self._parameters)
        if faults:
            return faults[0]
        if tablet_stamp_s <= self._stamp_s:
            words = "The tablet's command was overtaken by a newer one."
            return Reason(ReasonCode.COMMAND_REPLAYED, words, about=Source.TELEOP.value)
        self._stamp_s, self._heard_s = tablet_stamp_s, now_s
        return request

    def is_lost(self, now_s: float) -> bool:
        """Whether the tablet has been silent too long to go on."""
        return now_s - self._heard_s >= LOST_AFTER_S

    def _corrected_s(self, stamp_s: float, now_s: float) -> float:
        """A stamp that is ahead by no more than the offset's error is from now."""
        return now_s if now_s < stamp_s <= now_s + self._offset.error_s else stamp_s
