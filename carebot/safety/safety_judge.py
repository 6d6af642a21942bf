"""The judge with a memory: the latched emergency stop, contacts, the last commands, and the speed that was reached."""

from __future__ import annotations

import math
from dataclasses import replace

from carebot.safety.commands import command_faults
from carebot.safety.contact import ContactManoeuvre
from carebot.safety.hazards import is_critical, touches
from carebot.safety.inbox import Inbox
from carebot.safety.judge import judge, stop
from carebot.safety.obstacles import braking_time_s
from carebot.safety.parameters import SafetyParameters
from carebot.safety.ramp import ramped
from carebot.safety.sensors import sensor_faults
from carebot.safety.verdict import ZERO, Reason, ReasonCode, Verdict
from carebot.safety.world import Estop, MotionRequest, Sensor, Source, World

NOT_LATCHED = "The emergency stop is not latched: nothing is to be reset."
BUTTON_PRESSED = "The button on the robot is still pressed: release it first."


class SafetyJudge:
    """Hears commands, and decides at every tick. `start_s` is when it came to life: older commands do not count.

    `estop` is what was remembered from before; whoever owns this judge keeps `estop` on disk when it changes.
    """

    def __init__(self, parameters: SafetyParameters, start_s: float, estop: Estop = Estop()) -> None:  # noqa: B008
        self._parameters = parameters
        self._inbox = Inbox(parameters, start_s)
        self._contact = ContactManoeuvre(parameters)
        self._estop = estop
        self._button_pressed = False
        self._critical_since_s: float | None = None
        self._moving = ZERO
        self._came = ZERO
        self._came_s = start_s
        self._decided_s = start_s

    @property
    def estop(self) -> Estop:
        return self._estop

    def hear(self, request: MotionRequest, now_s: float) -> Reason | None:
        """Take a command; the answer says why it does not count, None where it does.

        A request from `Source.ESTOP` latches the emergency stop, whatever else it holds.
        """
        if request.source is Source.ESTOP:
            self.emergency_stop("a command", request.driver)
            return None
        return self._inbox.hear(request, now_s)

    def emergency_stop(self, cause: str, by: str = "") -> bool:
        """Latch; True where it was not latched before."""
        if self._estop.latched:
            return False
        self._estop = Estop(True, cause, by)
        self._inbox.forget(self._decided_s)
        self._contact.stay()
        self._moving = self._came = ZERO
        return True

    def why_no_reset(self, by: str) -> str:
        """Why `by` cannot reset the emergency stop now, in a sentence; empty where nothing stands against it."""
        if not by.strip():
            return "Say who resets the emergency stop: the name is missing."
        if not self._estop.latched:
            return NOT_LATCHED
        if self._button_pressed:
            return BUTTON_PRESSED
        return ""

    def reset(self, by: str, now_s: float) -> bool:
        """Release the emergency stop; False where `why_no_reset` speaks against it.

        Nothing moves until somebody commands it later than `now_s`.
        """
        if self.why_no_reset(by):
            return False
        self._estop = Estop()
        self._inbox.forget(max(now_s, self._decided_s))
        return True

    def decide(self, world: World, now_s: float) -> Verdict:
        """The motion for now. The world's last three fields are this judge's own and are filled in here."""
        if not (math.isfinite(now_s) and now_s >= self._decided_s):
            self._moving = ZERO
            return stop(Reason(ReasonCode.CLOCK, "The clock does not run forwards: nothing can be judged."))
        step_s, self._decided_s = now_s - self._decided_s, now_s
        self._remember(world, now_s)
        request = self._request(now_s, step_s)
        verdict = judge(request, self._remembered(world), now_s, self._parameters)
        self._remember_motion(verdict, now_s)
        return self._explained(verdict, request, now_s)

    def _remember(self, world: World, now_s: float) -> None:
        faulty = sensor_faults(world, now_s, self._parameters)
        self._remember_button(world, now_s)
        self._remember_contact(world, now_s)
        if world.battery and Sensor.BATTERY not in faulty:
            self._remember_battery(world.battery.charge, now_s)

    def _remember_button(self, world: World, now_s: float) -> None:
        self._button_pressed = world.button_pressed
        if self._button_pressed:
            self.emergency_stop("the button on the robot")
        if self._estop.latched:
            self._inbox.forget(now_s)

    def _remember_contact(self, world: World, now_s: float) -> None:
        rolls_s = self._parameters.latency_s + braking_time_s(self._came, self._parameters)
        rolls = now_s - self._came_s <= rolls_s
        is_drop = world.cliff is not None and world.cliff.drop  # one that flickers must not let it on, step by step
        came = self._came if rolls and not is_drop else ZERO
        self._contact.step(touches(world, self._parameters) or is_drop, came, now_s)
        if self._contact.active:
            self._inbox.forget(now_s)

    def _remember_motion(self, verdict: Verdict, now_s: float) -> None:
        self._moving = verdict.twist
        if self._moving != ZERO:
            self._came, self._came_s = self._moving, now_s

    def _remember_battery(self, charge: float, now_s: float) -> None:
        if not is_critical(charge, self._critical_since_s is not None, self._parameters):
            self._critical_since_s = None
        elif self._critical_since_s is None:
            self._critical_since_s = now_s

    def _request(self, now_s: float, step_s: float) -> MotionRequest | None:
        back = self._contact.retreat(now_s)
        if back is not None:
            return MotionRequest(Source.RETREAT, back, now_s)
        request = self._inbox.chosen(now_s)
        if request is None or command_faults(request, now_s, self._parameters):
            return request
        return replace(request, twist=ramped(request.twist, self._moving, step_s, self._parameters))

    def _remembered(self, world: World) -> World:
        return replace(world, estop=self._estop, critical_since_s=self._critical_since_s, contact=self._contact.active)

    def _explained(self, verdict: Verdict, request: MotionRequest | None, now_s: float) -> Verdict:
        """With the inbox's better word for why there is no command."""
        why = self._inbox.why_not(now_s) if request is None else None
        if why is None:
            return verdict
        others = [reason for reason in verdict.reasons if reason.code is not ReasonCode.NO_COMMAND]
        return replace(verdict, reasons=(why, *others))
