"""The embedded simulator: a scenario played in MuJoCo, on time that is only ever passed in."""

from __future__ import annotations

from collections.abc import Callable
from types import TracebackType

import numpy as np
from numpy.typing import NDArray

from carebot.simulation.engine import mujoco  # isort: skip - first of all that import mujoco

from carebot.geometry import CameraMounting
from carebot.simulation.animals import Animal
from carebot.simulation.cutaway import Onlooker
from carebot.simulation.eye import Eye, View
from carebot.simulation.motion import TICK_S
from carebot.simulation.person import Person
from carebot.simulation.places import places_of
from carebot.simulation.robot import Robot
from carebot.simulation.scenario import Scenario, WalkTo
from carebot.simulation.truth import GroundTruth, RobotTruth
from carebot.simulation.wardrobe import resident_named
from carebot.simulation.way import Way
from carebot.simulation.world import Camera, build_stage

NEAREST_ONLOOKER_M = 4.6


class Simulator:
    """Plays one scenario; the same scenario and seed give the same trajectory however the time is portioned.

    A context manager that frees the renderer. After the script's last step the resident goes on as they then are. The
    robot stands fast unless the scenario has it drive, or `drives`; `on_tick` is then called with the time before each
    hundredth of a second, which is when its motors may be told where to go.
    """

    def __init__(
        self, scenario: Scenario, seed: int = 0, width_px: int = 640, height_px: int = 480, drives: bool = False
    ) -> None:
        self.scenario = scenario
        self.stage = build_stage(scenario, width_px, height_px, drives)
        self.camera: Camera = self.stage.camera
        self.data = mujoco.MjData(self.stage.model)
        mujoco.mj_forward(self.stage.model, self.data)
        self._step_s = TICK_S / self.stage.steps_a_tick
        self._places = places_of(self.stage.world)
        self._goal = scenario.robot.way() if scenario.robot else Way(())
        self.people = tuple(self._people(scenario, seed))
        self.robot = Robot(self.stage, self.data)
        self._animals = [
            Animal(self.stage.model, self.data, f"animal{number}", animal.way, animal.speed_m_s)
            for number, animal in enumerate(scenario.animals)
        ]
        self._views = [View(self.stage, self.data, prefix) for prefix in self.stage.prefixes]
        self._eye: Eye | None = None
        self._steps = 0
        self._due_s = 0.0
        self.on_tick: Callable[[float], None] = _nothing
        mujoco.mj_forward(self.stage.model, self.data)
        self.onlooker = self._place_onlooker(scenario)

    def _people(self, scenario: Scenario, seed: int) -> list[Person]:
        parts = [(scenario.resident, scenario.start, scenario.script)]
        parts += [(other.resident, other.start, other.script) for other in scenario.others]
        return [
            Person(
                self.stage,
                self.data,
                prefix,
                resident_named(resident),
                start,
                script,
                self._places,
                np.random.default_rng((seed, number) if number else seed),
                lambda: self.robot_is_there,
            )
            for number, (prefix, (resident, start, script)) in enumerate(zip(self.stage.prefixes, parts, strict=True))
        ]

    # time

    @property
    def time_s(self) -> float:
        """Simulated seconds since the start."""
        return self._due_s

    @property
    def camera_mounting(self) -> CameraMounting:
        """How the robot's camera is fixed."""
        camera = self.camera
        return CameraMounting(camera.height_m, camera.pitch_rad, camera.roll_rad, camera.vertical_fov_rad)

    @property
    def stature_m(self) -> float:
        """The resident's height."""
        return self.people[0].anatomy.stature_m

    @property
    def robot_is_there(self) -> bool:
        """Whether the robot is at the end of its way, and faces as it should."""
        return self._goal.is_end(self.robot.pose)

    @property
    def finished(self) -> bool:
        """Whether every script has come to its end."""
        return all(person.finished for person in self.people)

    def step(self, duration_s: float) -> None:
        """Let so much time go by. Physics advances in the world's steps; a rest waits for the next call."""
        if duration_s < 0:
            raise ValueError(f"time does not run backwards: duration_s is {duration_s}")
        self._due_s += duration_s
        target = int(self._due_s / self._step_s + 1e-6)
        a_tick = self.stage.steps_a_tick
        while self._steps < target:
            if self._steps % a_tick == 0:
                self._tick(self._steps * self._step_s)
            count = min(a_tick - self._steps % a_tick, target - self._steps)
            mujoco.mj_step(self.stage.model, self.data, nstep=count)
            self._steps += count

    def rest(self, duration_s: float) -> None:
        """Let so much time go by in which nothing moves at all: when every script is over, and the robot stands."""
        self._due_s += duration_s
        self._steps = int(self._due_s / self._step_s + 1e-6)

    def _tick(self, now_s: float) -> None:
        for person in self.people:
            person.tick(now_s)
        for animal in self._animals:
            animal.tick()
        self.on_tick(now_s)

    # what is seen and so

    def render(self) -> NDArray[np.uint8]:
        """What the robot's camera sees now: (height_px, width_px, 3) uint8, blue first.

        Raises:
            DeviceError: when the machine has no EGL, naming what to install.
        """
        return self._open_eye().picture()

    def overview(self) -> NDArray[np.uint8]:
        """What an onlooker sees from above: as `render`, from another place."""
        return self._open_eye().overview(self.onlooker)

    def _place_onlooker(self, scenario: Scenario) -> Onlooker:
        """Looks down at all places that the scenario names, across the way from the robot to the resident."""
        robot, resident = self.robot.pose, self.people[0].body.pelvis_m
        places = [(robot.x_m, robot.y_m), (float(resident[0]), float(resident[1])), *self._goal.places]
        places += [step.to for _, script in scenario.scripts() for step in script if isinstance(step, WalkTo)]
        low, high = np.min(places, axis=0), np.max(places, axis=0)
        (dx, dy), (x, y) = np.subtract(places[1], places[0]), (low + high) / 2
        away_m = max(NEAREST_ONLOOKER_M, 1.15 * float(np.hypot(*(high - low))))
        return Onlooker((float(x), float(y)), away_m, float(np.degrees(np.arctan2(dy, dx))) + 62.0)

    def _open_eye(self) -> Eye:
        if self._eye is None:
            self._eye = Eye(self.stage, self.data)
        return self._eye

    def truth(self) -> GroundTruth:
        """What is really so now of the resident."""
        return self.truths()[0]

    def truths(self) -> tuple[GroundTruth, ...]:
        """What is really so now of everybody, the resident first."""
        mujoco.mj_kinematics(self.stage.model, self.data)
        mujoco.mj_camlight(self.stage.model, self.data)
        return tuple(self._truth(person, view) for person, view in zip(self.people, self._views, strict=True))

    def joints_in_world_m(self) -> NDArray[np.float64]:
        """The resident's joints (17, 3) in the order of COCO, in metres in the world's frame (z up), now."""
        mujoco.mj_kinematics(self.stage.model, self.data)
        return self._views[0].places_m()

    def robot_truth(self) -> RobotTruth:
        """What is really so now of the robot."""
        return self.robot.truth()

    def _truth(self, person: Person, view: View) -> GroundTruth:
        keypoints, visible = view.keypoints()
        return GroundTruth(
            time_s=self.time_s,
            activity=person.activity,
            pelvis_height_m=float(person.body.pelvis_m[2]),
            pelvis_speed_m_s=person.body.pelvis_speed_m_s,
            torso_angle_rad=person.body.torso_angle_rad,
            on_floor=person.body.on_floor,
            fall_onset_s=person.onset_s,
            floor_contact_s=person.contact_s,
            keypoints_px=keypoints,
            visible=visible,
            joints_m=view.joints_m(),
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


def _nothing(_now_s: float) -> None:
    """Nobody has anything to do."""
