"""Scenarios: what a resident does in a simulated home, as checked YAML.

A script is a list of steps, each a mapping of one activity to what it needs:

    script:
      - walk_to: {to: [3.2, 0.4]}     # or just  walk_to: [3.2, 0.4]
      - stand: {for_s: 2}             # or just  stand: 2
      - fall: {kind: trip_forward}

`faults` (carebot.simulation.faults) go wrong in time, `expect` (carebot.simulation.expectations) must be true.
Places are metres in the world's frame, headings degrees counter-clockwise from its x axis. Furniture goes by its name
in the world's file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from math import radians
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, field_validator, model_validator
from typing_extensions import Self

from carebot.config import FileModel, check, read_mapping
from carebot.conversation.text import Language
from carebot.errors import ConfigError
from carebot.resources import share_dir
from carebot.simulation.answering import Answer
from carebot.simulation.expectations import Expectation, parse_expectations
from carebot.simulation.faults import parse_faults
from carebot.simulation.household.script import CareScript
from carebot.simulation.single_keys import Entry, name_of, parse_entries
from carebot.simulation.wardrobe import RESIDENTS
from carebot.simulation.way import Way

DEFAULT_WORLD = "studio"

Place = tuple[float, float]


class Step(Entry):
    """One activity."""


class WalkTo(Step):
    """Walk to a place; with `stop` false the next step takes over in full stride."""

    shorthand = "to"
    to: Place
    stop: bool = True


class Stand(Step):
    shorthand = "for_s"
    for_s: float = Field(gt=0, le=3600)


class WaitForRobot(Step):
    """Stand until the robot has come to the end of its way, or so long at most."""

    shorthand = "most_s"
    most_s: float = Field(default=120.0, gt=0, le=3600)


class Turn(Step):
    """Turn on the spot until facing this heading."""

    shorthand = "to_deg"
    to_deg: float = Field(ge=-360, le=360)


class SitDown(Step):
    """Walk to a seat, or to the nearer side of a bed, and sit down on it."""

    shorthand = "on"
    on: str


class Sit(Step):
    """Stay seated."""

    shorthand = "for_s"
    for_s: float = Field(gt=0, le=3600)


class StandUp(Step):
    """Rise from sitting, kneeling, or lying on the bed."""


class Bend(Step):
    """Bend down with straight arms, stay so, and come up again."""

    shorthand = "for_s"
    for_s: float = Field(default=1.5, gt=0, le=600)


class PickUp(Step):
    """Squat, reach to the floor in front, and rise again."""

    shorthand = "for_s"
    for_s: float = Field(default=1.0, gt=0, le=600)


class Reach(Step):
    """Reach up with one arm, as to a shelf, and come down again."""

    shorthand = "for_s"
    for_s: float = Field(default=2.0, gt=0, le=600)


class Drink(Step):
    """Lift a hand to the mouth and drink, standing or seated."""

    shorthand = "for_s"
    for_s: float = Field(default=2.0, gt=0, le=600)


class Kneel(Step):
    """Go down on the knees and stay there."""

    shorthand = "for_s"
    for_s: float = Field(default=4.0, gt=0, le=600)


class LieDown(Step):
    """Walk to a bed or sofa, sit on its edge and lie down on the back."""

    shorthand = "on"
    on: str = "bed"


FallKind = Literal[
    "trip_forward", "slip_backward", "sideways", "faint", "slide_down_wall", "out_of_chair", "out_of_bed"
]


class Fall(Step):
    """Lose balance; out of a chair while seated, out of bed while lying there, down a wall with the back to one, else
    while standing or walking. `direction_deg` turns the fall from its usual way, counter-clockwise seen from above."""

    shorthand = "kind"
    kind: FallKind
    direction_deg: float | None = Field(default=None, ge=-360, le=360)


class Lie(Step):
    """Stay lying, on the floor after a fall or on the bed."""

    shorthand = "for_s"
    for_s: float = Field(gt=0, le=3600)


class GetUp(Step):
    """Rise from the floor by way of hands and knees."""


ACTIVITIES: dict[str, type[Step]] = {
    "walk_to": WalkTo,
    "stand": Stand,
    "wait_for_robot": WaitForRobot,
    "turn": Turn,
    "sit_down": SitDown,
    "sit": Sit,
    "stand_up": StandUp,
    "bend": Bend,
    "pick_up": PickUp,
    "reach": Reach,
    "drink": Drink,
    "kneel": Kneel,
    "lie_down": LieDown,
    "fall": Fall,
    "lie": Lie,
    "get_up": GetUp,
}


class CameraPlace(FileModel):
    """How the robot's camera is fixed where that is not as in the world's file. Pitch is positive downward."""

    height_m: float | None = Field(default=None, ge=0.2, le=2.4)
    pitch_deg: float | None = Field(default=None, ge=-45, le=80)
    roll_deg: float = Field(default=0.0, ge=-180, le=180)
    horizontal_fov_deg: float | None = Field(default=None, ge=30, le=110)


class RobotPlace(FileModel):
    """Where the robot stands at first (where the world's file puts it, unless said), and where it is driven to.

    `end_facing_deg` is the heading to which it turns at the end of its way. With `goes_to: person` it drives by itself
    instead, in front of whomever it sees, and with `follows: person` behind them; on the map of the home.
    """

    at: Place | None = None
    facing_deg: float = Field(default=0.0, ge=-360, le=360)
    drive: tuple[Place, ...] = ()
    end_facing_deg: float | None = Field(default=None, ge=-360, le=360)
    from_s: float = Field(default=1.0, ge=0, le=3600)
    goes_to: Literal["person"] | None = None
    follows: Literal["person"] | None = None

    @property
    def drives_itself(self) -> bool:
        return bool(self.goes_to or self.follows)

    @property
    def is_driven_by_hand(self) -> bool:
        return bool(self.drive) or self.end_facing_deg is not None

    @model_validator(mode="after")
    def _has_one_driver(self) -> Self:
        if self.goes_to and self.follows:
            raise ValueError("follows: the robot goes to somebody or follows them: leave out one of the two")
        if self.drives_itself and (self.drive or self.end_facing_deg is not None):
            key = "goes_to" if self.goes_to else "follows"
            raise ValueError(f"{key}: the robot drives by itself: leave out drive and end_facing_deg")
        return self

    def way(self) -> Way:
        """What whoever drives it does."""
        return Way(self.drive, None if self.end_facing_deg is None else radians(self.end_facing_deg))


class Start(FileModel):
    """Where somebody stands at first."""

    at: Place = (3.2, 0.0)
    facing_deg: float = Field(default=180.0, ge=-360, le=360)


class Other(FileModel):
    """Somebody else in the home: a visitor, a spouse."""

    name: str = Field(default="visitor", pattern=r"^[a-z][a-z0-9_]{0,39}$")
    resident: str = "kenji"
    start: Start = Start()
    script: tuple[Step, ...] = Field(min_length=1)

    @field_validator("resident")
    @classmethod
    def _known(cls, name: str) -> str:
        return _known_resident(name)

    @field_validator("script", mode="before")
    @classmethod
    def _steps(cls, steps: Any) -> Any:
        return _possible_steps(steps)


class Standing(FileModel):
    """Where a piece of furniture stands."""

    at: Place
    facing_deg: float = Field(default=0.0, ge=-360, le=360)


class AnimalRun(FileModel):
    """A pet that runs along a way, round and round."""

    kind: Literal["cat", "dog"] = "cat"
    way: tuple[Place, ...] = Field(min_length=2)
    speed_m_s: float = Field(default=0.8, gt=0, le=4)


class Scenario(FileModel):
    """One scenario, as a file in `sim/scenarios/` holds it; `world` is a shipped one's name or an SDF file's path.

    `moved` is furniture, by its name in the world, that stands elsewhere than the world's file says. `answers` is what
    the resident says to the robot (carebot.simulation.answering), in `language`; without it the robot does not ask.
    With `care` its routines are at work (carebot.simulation.household).
    """

    description: str = Field(min_length=1)
    world: str = DEFAULT_WORLD
    resident: str = "hana"
    lighting: Literal["day", "evening", "night"] = "day"
    robot: RobotPlace | None = None
    camera: CameraPlace = CameraPlace()
    start: Start = Start()
    script: tuple[Step, ...] = Field(min_length=1)
    others: tuple[Other, ...] = ()
    animals: tuple[AnimalRun, ...] = ()
    moved: dict[str, Standing] = Field(default_factory=dict)
    language: Language = "en"
    answers: tuple[Answer, ...] | None = None
    care: CareScript | None = None
    faults: tuple[Entry, ...] = ()
    expect: tuple[Expectation, ...] = ()

    @field_validator("resident")
    @classmethod
    def _known(cls, name: str) -> str:
        return _known_resident(name)

    @field_validator("script", mode="before")
    @classmethod
    def _steps(cls, steps: Any) -> Any:
        return _possible_steps(steps)

    @field_validator("faults", mode="before")
    @classmethod
    def _faults(cls, faults: Any) -> Any:
        return parse_faults(faults)

    @field_validator("expect", mode="before")
    @classmethod
    def _expectations(cls, expectations: Any) -> Any:
        return parse_expectations(expectations)

    @model_validator(mode="after")
    def _names_are_unique(self) -> Self:
        names = [other.name for other in self.others]
        if len(set(names)) < len(names):
            raise ValueError("others: two people have the same name: give each their own")
        return self

    def scripts(self) -> Iterator[tuple[str, tuple[Step, ...]]]:
        """What everybody does, the resident first, by what they are called in the file."""
        yield "script", self.script
        for other in self.others:
            yield f"the script of {other.name}", other.script


def scenarios_dir() -> Path:
    """The scenarios that carebot ships."""
    return share_dir() / "sim" / "scenarios"


def scenario_names() -> tuple[str, ...]:
    """The scenarios that carebot ships, in alphabetical order."""
    return tuple(sorted(path.stem for path in scenarios_dir().glob("*.yaml")))


def scenario_path(name: str | Path) -> Path:
    """The file of a shipped scenario, or the path given; raises ConfigError where there is no such scenario."""
    path = Path(name)
    if path.suffix in (".yaml", ".yml"):
        return path
    if str(name) not in scenario_names():
        raise ConfigError(f"There is no scenario '{name}': use one of {', '.join(scenario_names())}.")
    return scenarios_dir() / f"{name}.yaml"


def load_scenario(name: str | Path) -> Scenario:
    """The shipped scenario of that name, or the scenario in a file of one's own (any path that ends in .yaml).

    Raises:
        ConfigError: naming the file and the key, when there is no such scenario or it does not make sense.
    """
    path = scenario_path(name)
    scenario = check(_with_steps(read_mapping(path), path), Scenario, path)
    try:
        check_places(scenario)
    except ConfigError as error:
        raise ConfigError(f"{path}: {error}") from None
    return scenario


def check_places(scenario: Scenario) -> None:
    """Raises ConfigError for a world that cannot be loaded, a place where nobody can stand, or furniture not there."""
    from carebot.simulation.homes import described_world, robot_of, what_stands_at
    from carebot.simulation.places import places_of

    world = described_world(scenario.world)
    robot_of(world)
    places = places_of(world)
    for what, place in _places_to_stand(scenario):
        if reason := what_stands_at(world, place):
            raise ConfigError(f"{what}: nobody can stand at {list(place)}, {reason}: choose another place.")
    for what, script in scenario.scripts():
        for number, step in enumerate(script, start=1):
            if isinstance(step, SitDown):
                places.require_seat(step.on, f"{what} step {number}", scenario.world)
            elif isinstance(step, LieDown):
                places.require_bed(step.on, f"{what} step {number}", scenario.world)


def _places_to_stand(scenario: Scenario) -> Iterator[tuple[str, Place]]:
    yield "start", scenario.start.at
    for other in scenario.others:
        yield f"the start of {other.name}", other.start.at
    if scenario.robot is not None:
        if scenario.robot.at is not None:
            yield "robot.at", scenario.robot.at
        for place in scenario.robot.drive:
            yield "robot.drive", place
    for what, script in scenario.scripts():
        for number, step in enumerate(script, start=1):
            if isinstance(step, WalkTo):
                yield f"{what} step {number} (walk_to)", step.to


def activity_of(step: Step) -> str:
    """The name by which a script calls this step."""
    return name_of(step, ACTIVITIES)


def _with_steps(content: dict[str, Any], path: Path) -> dict[str, Any]:
    """The same content with its lists parsed, so that what is wrong in them is told in plain words."""
    parsed = dict(content)
    try:
        if isinstance(content.get("script"), list):
            parsed["script"] = _possible_steps(content["script"])
        for key, parse in (("faults", parse_faults), ("expect", parse_expectations)):
            if key in content:
                parsed[key] = _named(key, parse, content[key])
    except ValueError as error:
        raise ConfigError(f"{path}: {error}.") from None
    return parsed


def _named(key: str, parse: Callable[[Any], tuple[Entry, ...]], raw: Any) -> tuple[Entry, ...]:
    try:
        return parse(raw)
    except ValueError as error:
        raise ValueError(f"{key}: {error}") from None


def _known_resident(name: str) -> str:
    if name not in RESIDENTS:
        raise ValueError(f"must be one of {', '.join(RESIDENTS)}")
    return name


def _possible_steps(steps: Any) -> Any:
    if not isinstance(steps, list | tuple):
        return steps
    parsed = _parsed(steps)
    _check_order(parsed)
    return parsed


def _parsed(steps: list[Any] | tuple[Any, ...]) -> tuple[Step, ...]:
    return parse_entries(steps, ACTIVITIES, "activity", "script step")


UPRIGHT, SEATED, KNEELING, ON_BED, ON_FLOOR = "standing", "seated", "kneeling", "lying on the bed", "lying on the floor"

_ORDER: dict[type[Step], tuple[tuple[str, ...], str | None]] = {
    WalkTo: ((UPRIGHT,), UPRIGHT),
    Stand: ((UPRIGHT,), UPRIGHT),
    WaitForRobot: ((UPRIGHT,), UPRIGHT),
    Turn: ((UPRIGHT,), UPRIGHT),
    SitDown: ((UPRIGHT,), SEATED),
    Sit: ((SEATED,), SEATED),
    StandUp: ((SEATED, KNEELING, ON_BED), UPRIGHT),
    Bend: ((UPRIGHT,), UPRIGHT),
    PickUp: ((UPRIGHT,), UPRIGHT),
    Reach: ((UPRIGHT,), UPRIGHT),
    Drink: ((UPRIGHT, SEATED), None),
    Kneel: ((UPRIGHT,), KNEELING),
    LieDown: ((UPRIGHT,), ON_BED),
    Fall: ((UPRIGHT,), ON_FLOOR),
    Lie: ((ON_BED, ON_FLOOR), None),
    GetUp: ((ON_FLOOR,), UPRIGHT),
}
"""From which states an activity is possible, and the state after it (None: the same)."""


FALLS_FROM = {"out_of_chair": SEATED, "out_of_bed": ON_BED}
"""From which state these kinds of fall begin; all others from standing."""


def _check_order(steps: tuple[Step, ...]) -> None:
    state = UPRIGHT
    for number, step in enumerate(steps, start=1):
        possible, after = _ORDER[type(step)]
        if isinstance(step, Fall):
            possible = (FALLS_FROM.get(step.kind, UPRIGHT),)
        if state not in possible:
            raise ValueError(f"script step {number}: '{activity_of(step)}' is not possible while {state}")
        state = after or state
