"""One person who lives in the simulation: the script, led by a guide or falling free."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from carebot.simulation.body import Body
from carebot.simulation.choreography import Choreographer, Movement
from carebot.simulation.falling import FallPlan, plan_fall
from carebot.simulation.motion import Pose
from carebot.simulation.places import Places
from carebot.simulation.scenario import Fall, GetUp, Lie, Start, Step
from carebot.simulation.wardrobe import Resident
from carebot.simulation.world import Stage

FALL_LASTS_S = 2.5
"""A fall is over, and the next step of the script begins, so long after the loss of balance."""


class Person:
    """Plays a script, a tick at a time; after its last step they go on as they then are."""

    def __init__(
        self,
        stage: Stage,
        data: Any,
        prefix: str,
        resident: Resident,
        start: Start,
        script: tuple[Step, ...],
        places: Places,
        rng: np.random.Generator,
        robot_is_there: Callable[[], bool],
    ) -> None:
        self.anatomy = resident.anatomy
        self.body = Body(stage, data, resident.anatomy, prefix)
        self.activity = "standing"
        self.onset_s: float | None = None
        self.contact_s: float | None = None
        self._rng = rng
        self._mover = Choreographer(resident, start, places, rng, robot_is_there)
        self._script = list(script)
        self._movement: Movement | None = None
        self._plan: FallPlan | None = None
        self._lying_until_s: float | None = None
        self._shown: Pose | None = None
        self.waits: Callable[[], bool] = _never
        self.body.place(self._mover.pose)

    @property
    def finished(self) -> bool:
        """Whether the script has come to its end."""
        return not self._script and self._movement is None and self._lying_until_s is None

    @property
    def steps_left(self) -> int:
        """How many steps come after the one under way."""
        return len(self._script)

    @property
    def heading_rad(self) -> float:
        """The way they face."""
        return self._mover.heading_rad

    def walk(self, steps: Sequence[Step]) -> None:
        """Leave what is under way, and the rest of the script, for these steps."""
        self._script, self._movement, self._shown = list(steps), None, None
        self._mover.resume_from(self.body.pose())

    def tick(self, now_s: float) -> None:
        """Lead the body for the next hundredth of a second."""
        if self._plan is not None:
            self._fall_on(now_s)
        if self._lying_until_s is not None and now_s >= self._lying_until_s:
            self._lying_until_s = None
        if self._lying_until_s is None:
            self._perform(now_s)

    def _perform(self, now_s: float) -> None:
        """Take the next pose of the movement under way, or begin the next steps until one moves."""
        if self._movement is not None and self._shown is not None and self.waits():
            self._mover.halt()
            self.body.follow(self._shown)
            return
        while True:
            if self._movement is None and not self._begin(now_s):
                return
            if self._movement is None:
                continue
            moved = next(self._movement, None)
            if moved is not None:
                self.activity, self._shown = moved
                self.body.follow(self._shown)
                return
            self._movement = None

    def _begin(self, now_s: float) -> bool:
        """Begin the next step; False when there is nothing to do in this tick."""
        if not self._script:
            if self._plan is None:
                self.body.follow(self._mover.pose)
            return False
        step = self._script.pop(0)
        if isinstance(step, Fall):
            self._lose_balance(step, now_s)
            return False
        if isinstance(step, Lie) and self._plan is not None:
            self._lying_until_s = now_s + step.for_s
            return False
        if isinstance(step, GetUp):
            self._recover()
        self._movement = self._mover.perform(step)
        return True

    def _lose_balance(self, step: Fall, now_s: float) -> None:
        mover, angles = self._mover, self.body.pose().angles
        self._plan = plan_fall(step, mover.heading_rad, mover.free_foot, self.anatomy.mass_kg, angles, self._rng)
        self.onset_s, self.contact_s, self.activity = now_s, None, "falling"
        self.body.let_go()
        self._lying_until_s = now_s + FALL_LASTS_S
        self._fall_on(now_s)

    def _fall_on(self, now_s: float) -> None:
        assert self._plan is not None
        assert self.onset_s is not None
        if self.contact_s is None and self.body.on_floor:
            self.contact_s = now_s
        if self.contact_s is not None and now_s - self.contact_s > 0.7:
            self.activity = "lying"
        contact = None if self.contact_s is None else now_s - self.contact_s
        self.body.react(self._plan, now_s - self.onset_s, contact)

    def _recover(self) -> None:
        self._plan = None
        self.body.take_hold()
        self._mover.resume_from(self.body.pose())


def _never() -> bool:
    """Nothing is waited for."""
    return False
