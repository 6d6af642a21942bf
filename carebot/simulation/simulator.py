"""The embedded simulator: a scenario played in MuJoCo, on time that is only ever passed in."""

from __future__ import annotations

from types import TracebackType

import numpy as np
from numpy.typing import NDArray

from carebot.simulation.engine import mujoco  # isort: skip - first of all that import mujoco

from carebot.simulation.body import Body
from carebot.simulation.choreography import Choreographer, Movement
from carebot.simulation.eye import Camera, Eye, View, camera_of
from carebot.simulation.falling import FallPlan, plan_fall
from carebot.simulation.motion import TICK_S
from carebot.simulation.scenario import Fall, GetUp, Lie, Scenario
from carebot.simulation.truth import GroundTruth
from carebot.simulation.wardrobe import resident_named
from carebot.simulation.world import PHYSICS_STEP_S, build_world

STEPS_A_TICK = round(TICK_S / PHYSICS_STEP_S)
FALL_LASTS_S = 2.5
"""A fall is over, and the next step of the script begins, so long after the loss of balance."""


class Simulator:
    """Plays one scenario; the same scenario and seed give the same trajectory however the time is portioned.

    A context manager that frees the renderer. After the script's last step the resident goes on as they then are.
    """

    def __init__(self, scenario: Scenario, seed: int = 0, width_px: int = 640, height_px: int = 480) -> None:
        resident = resident_named(scenario.resident)
        self.camera: Camera = camera_of(scenario.camera, width_px, height_px)
        self._rng = np.random.default_rng(seed)
        self._anatomy = resident.anatomy
        self._model = build_world(scenario, width_px / height_px)
        self._data = mujoco.MjData(self._model)
        self._body = Body(self._model, self._data, resident.anatomy)
        self._view = View(self._model, self._data, scenario.camera, self.camera)
        self._eye: Eye | None = None
        self._people = Choreographer(resident, scenario.start, self._rng)
        self._body.place(self._people.pose)
        self._script = list(scenario.script)
        self._movement: Movement | None = None
        self._plan: FallPlan | None = None
        self._lying_until_s: float | None = None
        self._steps = 0
        self._due_s = 0.0
        self._activity = "standing"
        self._onset_s: float | None = None
        self._contact_s: float | None = None

    # time

    @property
    def time_s(self) -> float:
        """Simulated seconds since the start."""
        return self._due_s

    @property
    def stature_m(self) -> float:
        """The resident's height."""
        return self._anatomy.stature_m

    @property
    def finished(self) -> bool:
        """Whether the script has come to its end."""
        return not self._script and self._movement is None and self._lying_until_s is None

    def step(self, duration_s: float) -> None:
        """Let so much time go by. Physics advances in steps of PHYSICS_STEP_S; a rest waits for the next call."""
        if duration_s < 0:
            raise ValueError(f"time does not run backwards: duration_s is {duration_s}")
        self._due_s += duration_s
        target = int(self._due_s / PHYSICS_STEP_S + 1e-6)
        while self._steps < target:
            if self._steps % STEPS_A_TICK == 0:
                self._tick(self._steps * PHYSICS_STEP_S)
            count = min(STEPS_A_TICK - self._steps % STEPS_A_TICK, target - self._steps)
            mujoco.mj_step(self._model, self._data, nstep=count)
            self._steps += count

    # the script

    def _tick(self, now_s: float) -> None:
        if self._plan is not None:
            self._fall_on(now_s)
        if self._lying_until_s is not None and now_s >= self._lying_until_s:
            self._lying_until_s = None
        if self._lying_until_s is None:
            self._perform(now_s)

    def _perform(self, now_s: float) -> None:
        """Take the next pose of the movement under way, or begin the next steps until one moves."""
        while True:
            if self._movement is None and not self._begin(now_s):
                return
            if self._movement is None:
                continue
            moved = next(self._movement, None)
            if moved is not None:
                self._activity, pose = moved
                self._body.follow(pose)
                return
            self._movement = None

    def _begin(self, now_s: float) -> bool:
        """Begin the next step; False when there is nothing to do in this tick."""
        if not self._script:
            if self._plan is None:
                self._body.follow(self._people.pose)
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
        self._movement = self._people.perform(step)
        return True

    def _lose_balance(self, step: Fall, now_s: float) -> None:
        people = self._people
        angles = self._body.pose().angles
        self._plan = plan_fall(step, people.heading_rad, people.free_foot, self._anatomy.mass_kg, angles, self._rng)
        self._onset_s, self._contact_s, self._activity = now_s, None, "falling"
        self._body.let_go()
        self._lying_until_s = now_s + FALL_LASTS_S
        self._fall_on(now_s)

    def _fall_on(self, now_s: float) -> None:
        assert self._plan is not None
        assert self._onset_s is not None
        if self._contact_s is None and self._body.on_floor:
            self._contact_s = now_s
        if self._contact_s is not None and now_s - self._contact_s > 0.7:
            self._activity = "lying"
        contact = None if self._contact_s is None else now_s - self._contact_s
        self._body.react(self._plan, now_s - self._onset_s, contact)

    def _recover(self) -> None:
        self._plan = None
        self._body.take_hold()
        self._people.resume_from(self._body.pose())

    # what is seen and so

    def render(self) -> NDArray[np.uint8]:
        """What the robot's camera sees now: (height_px, width_px, 3) uint8, blue first.

        Raises:
            DeviceError: when the machine has no EGL, naming what to install.
        """
        return self._open_eye().picture()

    def overview(self) -> NDArray[np.uint8]:
        """What an onlooker sees from a corner of the room: as `render`, from another place."""
        return self._open_eye().overview()

    def _open_eye(self) -> Eye:
        if self._eye is None:
            self._eye = Eye(self._model, self._data, self.camera)
        return self._eye

    def truth(self) -> GroundTruth:
        """What is really so now."""
        mujoco.mj_kinematics(self._model, self._data)
        keypoints, visible = self._view.keypoints()
        return GroundTruth(
            time_s=self.time_s,
            activity=self._activity,
            pelvis_height_m=float(self._body.pelvis_m[2]),
            pelvis_speed_m_s=self._body.pelvis_speed_m_s,
            torso_angle_rad=self._body.torso_angle_rad,
            on_floor=self._body.on_floor,
            fall_onset_s=self._onset_s,
            floor_contact_s=self._contact_s,
            keypoints_px=keypoints,
            visible=visible,
            joints_m=self._view.joints_m(),
        )

    def close(self) -> None:
        """Free the renderer; the simulation itself can go on."""
        if self._eye is not None:
            self._eye.close()
            self._eye = None

    def __enter__(self) -> Simulator:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
