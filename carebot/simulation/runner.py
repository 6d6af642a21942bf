"""Plays a scenario from the simulator through eyes and fall monitor, in lockstep on simulated time, and judges it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from math import atan2, hypot, pi
from shlex import quote
from typing import TYPE_CHECKING

from carebot.alerts import FallEvent
from carebot.errors import ConfigError
from carebot.falls.lying_place import LyingPlace
from carebot.falls.monitor import MOVES_M_S, MOVES_RAD_S, FallMonitor, PersonObservation
from carebot.falls.network import shipped_network
from carebot.geometry import CameraMounting, Pose2D, wrapped_rad
from carebot.people import People
from carebot.simulation.answering import Answered, AskingAfterFalls
from carebot.simulation.expectations import Alarm, Course, FallMark, Outcome, RobotMark
from carebot.simulation.eye_geometry import FPS, SIZE_PX, activity_seen
from carebot.simulation.eyes import Eyes, EyesName, OnnxEyes, make_eyes, measured_figures
from carebot.simulation.faults import Faults, Needed, fault_name, what_must_be_there
from carebot.simulation.household.happened import Happened
from carebot.simulation.pilot import Pilot
from carebot.simulation.scenario import Fall, Scenario, load_scenario, scenario_path
from carebot.simulation.simulator import Simulator
from carebot.simulation.truth import GroundTruth
from carebot.simulation.world import Camera

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from carebot.simulation.household.household import Household

LONGEST_S = 900.0
UP_HEIGHT_PART, UP_ANGLE_RAD = 0.42, 0.25 * pi
"""Who fell is up again with the hips above this part of their stature and the torso this near to the vertical."""


@dataclass(frozen=True, slots=True, eq=False)
class Moment:
    """One picture's time: what is so, what is seen of it (None: no picture came), and what the falls room says."""

    truth: GroundTruth
    people: People | None
    observations: tuple[PersonObservation, ...]
    events: tuple[FallEvent, ...]
    faults: tuple[str, ...] = ()
    robot: RobotMark | None = None
    answered: tuple[Answered, ...] = ()


@dataclass(frozen=True, slots=True)
class Result:
    """What came of one run. All times are seconds of the simulation, `activity_s` for how long each activity lasted."""

    scenario: str
    seed: int
    eyes: str
    duration_s: float
    falls: tuple[FallMark, ...]
    alarms: tuple[Alarm, ...]
    outcomes: tuple[Outcome, ...]
    activity_s: dict[str, float] = field(default_factory=dict)
    pictures: int = 0
    pictures_with_people: int = 0
    faults: tuple[str, ...] = ()
    robot: tuple[RobotMark, ...] = ()
    answered: tuple[Answered, ...] = ()
    happened: tuple[Happened, ...] = ()

    @property
    def course(self) -> Course:
        return Course(self.falls, self.alarms, self.duration_s, self.robot)

    @property
    def met(self) -> bool:
        """Whether no expectation was broken."""
        return all(outcome.met is not False for outcome in self.outcomes)

    @property
    def command(self) -> str:
        """What plays this run again."""
        return f"carebot sim run {quote(self.scenario)} --seed {self.seed} --eyes {self.eyes}"


Onlooking = Callable[[Moment, Simulator, "NDArray[np.uint8] | None"], None]
"""Told of each moment; the last is the picture that the robot's camera gave, where one was drawn."""


def run_scenario(name: str, seed: int, eyes: EyesName, onlookers: Sequence[Onlooking] = ()) -> Result:
    """The scenario of that name, or in that file, played to its end; `onlookers` are told as it goes on.

    Raises:
        ConfigError: there is no such scenario, or its file does not make sense.
        DeviceError: pictures are needed and this machine cannot draw.
        ModelError: the pose model cannot be used.
    """
    scenario = load_playable(name)
    note = _Notebook(scenario)
    with Simulator(scenario, seed, *SIZE_PX) as simulator:
        faults = Faults(scenario.faults, seed, measured_figures().blurs())
        looking = make_eyes(eyes, faults, seed, scenario.lighting)
        with household_for(scenario, seed, simulator, faults) as household:
            pilot = household.driver if household else pilot_for(scenario, seed, simulator, faults)
            for moment in play_with(looking, faults, simulator, pilot, household):
                note.add(moment, simulator.stature_m)
                for tell in onlookers:
                    tell(moment, simulator, looking.picture if isinstance(looking, OnnxEyes) else None)
            happened = household.happened() if household else ()
    return note.result(name, seed, eyes, happened)


def load_playable(name: str) -> Scenario:
    """The scenario of that name, or in that file, if everything of it is there where it is played in simulated time.

    Raises:
        ConfigError: there is no such scenario, its file does not make sense, or one of its faults would change nothing.
    """
    scenario = load_scenario(name)
    has_drive = scenario.robot is not None or scenario.care is not None
    by_hand = scenario.robot is not None and scenario.robot.is_driven_by_hand and scenario.care is None
    for fault in scenario.faults:
        needed = what_must_be_there(fault)
        if (needed is Needed.DRIVE and not has_drive) or (needed is Needed.TABLET and not by_hand):
            key = "robot: {at: [x, y]}" if needed is Needed.DRIVE else "robot: {drive: [[x, y]]}"
            raise ConfigError(
                f"{scenario_path(name)}: faults: {fault_name(fault)} changes nothing here, where {needed.value}: "
                f"add `{key}`, or play it with all of the robot's processes: `carebot demo --scenario {quote(name)}`."
            )
    return scenario


def play(scenario: Scenario, seed: int, simulator: Simulator, eyes: EyesName) -> Iterator[Moment]:
    """The moments of a scenario, ten a second, until its script is over."""
    faults = Faults(scenario.faults, seed, measured_figures().blurs())
    pilot = pilot_for(scenario, seed, simulator, faults)
    yield from play_with(make_eyes(eyes, faults, seed, scenario.lighting), faults, simulator, pilot)


def pilot_for(scenario: Scenario, seed: int, simulator: Simulator, faults: Faults) -> Pilot | None:
    """Whoever drives the robot in this scenario, at the wheel."""
    if not simulator.robot.can_drive or scenario.robot is None:
        return None
    if scenario.robot.drives_itself:
        from carebot.simulation.errand import PersonDriver  # drawing a map takes a while

        pilot: Pilot = PersonDriver(simulator, scenario, seed)
        pilot.faults = faults
    else:
        pilot = Pilot(simulator, scenario.robot.way(), scenario.robot.from_s, faults, seed)
    simulator.on_tick = pilot.tick
    return pilot


def household_for(
    scenario: Scenario, seed: int, simulator: Simulator, faults: Faults
) -> AbstractContextManager[Household] | AbstractContextManager[None]:
    """Care at work, where the scenario has it."""
    if scenario.care is None:
        return nullcontext()
    from carebot.simulation.household.household import Household  # its records take a while to load

    household = Household(scenario, seed, simulator)
    household.driver.faults = faults
    simulator.on_tick = household.driver.tick
    return household


def play_with(
    eyes: Eyes, faults: Faults, simulator: Simulator, pilot: Pilot | None = None, household: Household | None = None
) -> Iterator[Moment]:
    """The same with eyes of one's own."""
    watch, watching = _Watch(simulator), True
    while household is not None or simulator.time_s < LONGEST_S:
        if household is not None and simulator.finished and household.is_calm and not household.is_over:
            household.rest(1.0 / FPS)
            watching = False
            continue
        now_s, truth = simulator.time_s, simulator.truth()
        is_blind = faults.halts("perception", now_s) or (household is not None and household.is_off)
        people = None if is_blind else eyes.look(simulator, truth)
        watched, watching = watching, not faults.halts("watch", now_s)
        if watching and not watched:  # started anew, it remembers nothing
            watch = _Watch(simulator)
        places = household.see(now_s, people) if household is not None else {}
        events, answered = watch.step(people, now_s, simulator.robot.pose, places) if watching else ((), ())
        if pilot is not None:
            pilot.see(people)
        if household is not None:
            household.step(now_s, events)
        robot = _robot_mark(simulator, pilot)
        yield Moment(truth, people, watch.observations(), events, faults.active(now_s), robot, answered)
        if simulator.finished if household is None else household.is_over:
            return
        simulator.step(max(0.0, (round(now_s * FPS) + 1) / FPS - simulator.time_s))


class _Watch:
    """The falls room at work: it sees people, tells of falls, and asks whoever fell where the scenario has answers."""

    def __init__(self, simulator: Simulator) -> None:
        scenario = simulator.scenario
        self._monitor = FallMonitor(mounting=mounting_of(simulator.camera), classifier=shipped_network())
        self._camera: Pose2D | None = None
        self._asking = None if scenario.answers is None else AskingAfterFalls(scenario.answers, scenario.language)

    def step(
        self, people: People | None, now_s: float, camera: Pose2D, places: Mapping[int, LyingPlace]
    ) -> tuple[tuple[FallEvent, ...], tuple[Answered, ...]]:
        turned_rad, driven_m = self._moved(camera)
        moves = driven_m > MOVES_M_S / FPS or abs(turned_rad) > MOVES_RAD_S / FPS
        events = [] if people is None else self._monitor.step(people, turned_rad, places, camera_moves=moves)
        answered = [] if self._asking is None else self._asking.step(now_s, events)
        for each in answered:
            events += self._monitor.answer(each.fall_id, each.said, now_s if people is None else people.time_s)
        return tuple(events), tuple(answered)

    def _moved(self, camera: Pose2D) -> tuple[float, float]:
        """How far the robot has turned and driven since the last picture, as its odometry tells the falls node."""
        before, self._camera = self._camera or camera, camera
        return wrapped_rad(camera.yaw_rad - before.yaw_rad), hypot(camera.x_m - before.x_m, camera.y_m - before.y_m)

    def observations(self) -> tuple[PersonObservation, ...]:
        return tuple(self._monitor.observations())


def _robot_mark(simulator: Simulator, pilot: Pilot | None) -> RobotMark | None:
    if pilot is None:
        return None
    truth = simulator.robot_truth()
    pose = truth.pose
    x, y = (float(value) for value in simulator.people[0].body.pelvis_m[:2])
    there_rad = atan2(pose.y_m - y, pose.x_m - x)
    return RobotMark(
        simulator.time_s,
        pose.x_m,
        pose.y_m,
        truth.speed_m_s,
        truth.touched,
        pilot.arrived,
        pose.yaw_rad,
        hypot(pose.x_m - x, pose.y_m - y),
        wrapped_rad(there_rad - simulator.people[0].heading_rad),
    )


def mounting_of(camera: Camera) -> CameraMounting:
    """What the falls room has to know of the camera."""
    return CameraMounting(camera.height_m, camera.pitch_rad, camera.roll_rad, camera.vertical_fov_rad)


class _Notebook:
    """Writes down what happens."""

    def __init__(self, scenario: Scenario) -> None:
        self._scenario = scenario
        self._kinds = [step.kind for step in scenario.script if isinstance(step, Fall)]
        self._falls: list[FallMark] = []
        self._alarms: list[Alarm] = []
        self._activity_s: defaultdict[str, float] = defaultdict(float)
        self._pictures = self._with_people = 0
        self._robot: list[RobotMark] = []
        self._answered: list[Answered] = []
        self._last_s = 0.0

    def add(self, moment: Moment, stature_m: float) -> None:
        truth = moment.truth
        activity = activity_seen(truth)
        self._activity_s[activity] += truth.time_s - self._last_s
        self._last_s = truth.time_s
        self._pictures += moment.people is not None
        self._with_people += moment.people is not None and bool(moment.people.people)
        self._mark_fall(truth, stature_m)
        if moment.robot is not None:
            self._robot.append(moment.robot)
        self._answered += moment.answered
        for event in moment.events:
            self._alarms.append(Alarm(event.kind, truth.time_s, activity, event.reason_code, event.reason))

    def _mark_fall(self, truth: GroundTruth, stature_m: float) -> None:
        if truth.fall_onset_s is None:
            return
        if not self._falls or self._falls[-1].onset_s != truth.fall_onset_s:
            self._falls.append(FallMark(self._kinds[len(self._falls)], truth.fall_onset_s))
        fall = self._falls[-1]
        if fall.contact_s is None and truth.floor_contact_s is not None:
            self._falls[-1] = fall = replace(fall, contact_s=truth.floor_contact_s)
        up = truth.pelvis_height_m > UP_HEIGHT_PART * stature_m and truth.torso_angle_rad < UP_ANGLE_RAD
        if fall.risen_s is None and truth.activity not in ("falling", "lying") and up:
            self._falls[-1] = replace(fall, risen_s=truth.time_s)

    def result(self, name: str, seed: int, eyes: str, happened: tuple[Happened, ...] = ()) -> Result:
        began_s = tuple(float(getattr(fault, "at_s", 0.0)) for fault in self._scenario.faults)
        said = tuple(each.outcome.answer for each in self._answered)
        course = Course(
            tuple(self._falls), tuple(self._alarms), self._last_s, tuple(self._robot), began_s, said, happened
        )
        outcomes = tuple(expectation.judge(course) for expectation in self._scenario.expect)
        return Result(
            scenario=str(name),
            seed=seed,
            eyes=eyes,
            duration_s=round(self._last_s, 3),
            falls=course.falls,
            alarms=course.alarms,
            outcomes=outcomes,
            activity_s={activity: round(spent, 3) for activity, spent in sorted(self._activity_s.items())},
            pictures=self._pictures,
            pictures_with_people=self._with_people,
            faults=tuple(fault_name(fault) for fault in self._scenario.faults),
            robot=course.robot,
            answered=tuple(self._answered),
            happened=happened,
        )
