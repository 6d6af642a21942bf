"""How the robot sees the simulation: the real models on rendered pictures, or keypoints that err as those do.

`KeypointEyes` project the resident's joints and spoil them by chance, by the figures in `eye_figures.yaml`, which were
measured with the shipped pose model (`python -m carebot.simulation.eye_study FILE`). For each activity:

- `confused`, `lost`: the share of pictures in which the body is fitted wrongly (its joints err by more than 0.12 body
  lengths in the median) or not found; `confused_s`, `lost_s`: how long that lasts. Both start and end by chance.
- `swapped`, `swapped_s`: the same for left and right exchanged.
- `error_bl`: the error of a joint along one axis in body lengths, `correlation` from one picture (0.1 s) to the next.
- `world_error_m`: the error of the joints in space across, down and away.

`confused` says by how much wrongly fitted bodies are shifted, turned and grown, `confidence` what the model says of
joints that are seen, hidden, or wrong, `blur` what darkness and bad pictures do. With fewer than LEAST_VISIBLE joints
in the picture and before the furniture a body is never found well: in 183 such pictures of falls at the picture's edge
and behind the bed it was lost in 87 and confused in 96.
"""

from __future__ import annotations

from functools import cache
from math import exp
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Protocol

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from carebot.config import FileModel, load_yaml
from carebot.people import COCO_KEYPOINTS, People, Person
from carebot.simulation.eye_geometry import FPS, JOINT_GROUPS, SWAPPED, activity_seen, from_hips, length_px
from carebot.simulation.faults import Blur, Faults
from carebot.simulation.simulator import Simulator
from carebot.simulation.truth import GroundTruth
from carebot.simulation.world import Camera

if TYPE_CHECKING:
    from carebot.perception.pipeline import PerceptionPipeline

FIGURES = Path(__file__).with_name("eye_figures.yaml")
EyesName = Literal["onnx", "keypoints"]
EYES: tuple[EyesName, ...] = ("keypoints", "onnx")
LEAST_VISIBLE = 8
HIDDEN_LOST, HIDDEN_ON_THEIR_FEET_LOST = 87 / 183, 9 / 12
"""Of bodies with fewer visible joints, the share not found at all; the rest is fitted wrongly (counted pictures)."""
LEAST_ON_THEIR_FEET = 4
"""Who stands or walks with fewer visible joints was found in none of 16 pictures; who lies, in half."""
NEW_TRACK_AFTER_S = 3.0
"""The tracker forgets who was not seen for so long."""

Share = Field(ge=0, le=1)


class ActivityFigures(FileModel):
    """How one activity is seen."""

    pictures: int
    confused: float = Share
    confused_s: float = Field(gt=0)
    lost: float = Share
    lost_s: float = Field(gt=0)
    swapped: float = Share
    swapped_s: float = Field(gt=0)
    error_bl: dict[str, float]
    world_error_m: tuple[float, float, float]
    correlation: float = Field(ge=0, lt=1)

    def joint_errors_bl(self) -> NDArray[np.float64]:
        """(17, 1) in the order of COCO_KEYPOINTS."""
        errors = np.zeros((len(COCO_KEYPOINTS), 1))
        for group, joints in JOINT_GROUPS.items():
            errors[list(joints)] = self.error_bl[group]
        return errors


class Confusion(FileModel):
    """How bodies that are fitted wrongly differ from the truth: shift along one axis, turn, logarithm of the growth."""

    shift_bl: float
    turn_rad: float
    growth: float
    growth_spread: float
    rest_bl: float


class Confidence(FileModel):
    seen: float = Share
    hidden: float = Share
    confused: float = Share


class BlurFigures(FileModel):
    lost: float = Share
    error_factor: float = Field(ge=1)


class EyeFigures(FileModel):
    """All of `eye_figures.yaml`."""

    pictures: int
    activities: dict[str, ActivityFigures]
    confused: Confusion
    confidence: Confidence
    blur: dict[str, BlurFigures]

    def blurs(self) -> dict[str, Blur]:
        return {name: Blur(blur.lost, blur.error_factor) for name, blur in self.blur.items()}


@cache
def measured_figures() -> EyeFigures:
    """The figures that were measured with the shipped pose model."""
    return load_yaml(FIGURES, EyeFigures)


class Eyes(Protocol):
    """What the robot knows of the people before it at the simulator's time; None where no picture came.

    `truth` is the simulator's at that time; eyes that see for themselves have no use for it.
    """

    def look(self, simulator: Simulator, truth: GroundTruth) -> People | None: ...


class OnnxEyes:
    """The shipped pose model on rendered pictures; `picture` is the last one, as the camera gave it."""

    def __init__(self, faults: Faults, pipeline: PerceptionPipeline) -> None:
        self._faults, self._pipeline = faults, pipeline
        self._black: NDArray[np.uint8] | None = None
        self._sequence = 0
        self.picture: NDArray[np.uint8] | None = None

    def look(self, simulator: Simulator, truth: GroundTruth) -> People | None:
        """Raises DeviceError where this machine cannot draw."""
        from carebot.perception.frames import Frame

        now_s = truth.time_s
        drawn = self._unseen(simulator) if self._faults.shows_nothing(now_s) else simulator.render()
        self.picture = self._faults.picture(drawn, now_s)
        if self.picture is None:
            return None
        self._sequence += 1
        return self._pipeline.step(Frame(self._faults.stamp_s(now_s), self._sequence, self.picture))

    def _unseen(self, simulator: Simulator) -> NDArray[np.uint8]:
        if self._black is None:
            self._black = np.zeros((simulator.camera.height_px, simulator.camera.width_px, 3), np.uint8)
        return self._black


class KeypointEyes:
    """Projected joints with the measured errors; the same seed errs the same."""

    def __init__(self, faults: Faults, seed: int, lighting: str = "day", figures: EyeFigures | None = None) -> None:
        self._figures = measured_figures() if figures is None else figures
        self._faults, self._seed = faults, seed
        self._others: list[KeypointEyes] = []
        self._rng = np.random.default_rng((seed, 0xE7E5))
        usual = Blur(lost=0.0, error_factor=1.0)
        self._light = self._figures.blurs().get(lighting, usual)
        self._last_s: float | None = None
        self._seen_s = 0.0
        self._track_id = 1
        self._state, self._is_swapped = "good", False
        self._error_bl = self._rng.standard_normal((17, 2))
        self._world = self._rng.standard_normal((17, 3))
        self._confusion = (np.zeros(2), 0.0, 0.0)

    def look(self, simulator: Simulator, truth: GroundTruth) -> People | None:
        camera = simulator.camera
        truths = (truth, *simulator.truths()[1:]) if len(simulator.people) > 1 else (truth,)
        seen = [
            self._of_person(number)._person(each, length_px(each, camera.fx_px, who.anatomy.stature_m), camera)
            for number, (each, who) in enumerate(zip(truths, simulator.people, strict=True))
        ]
        persons = tuple(person for person in seen if person is not None)
        return self._faults.people(People(truth.time_s, camera.width_px, camera.height_px, persons), truth.time_s)

    def _of_person(self, number: int) -> KeypointEyes:
        """Everybody is seen well or badly by chance of their own."""
        if number == 0:
            return self
        while len(self._others) < number:
            eyes = KeypointEyes(self._faults, self._seed + 7919 * (len(self._others) + 1), figures=self._figures)
            eyes._light, eyes._track_id = self._light, 1 + 1000 * (len(self._others) + 1)
            self._others.append(eyes)
        return self._others[number - 1]

    # chance over time

    def _person(self, truth: GroundTruth, length: float, camera: Camera) -> Person | None:
        figures = self._of(truth)
        since_s = 0.0 if self._last_s is None else truth.time_s - self._last_s
        self._last_s = truth.time_s
        self._change_state(figures, since_s)
        visible = int(truth.visible.sum())
        on_their_feet = truth.activity in ("standing", "walking")
        if visible < LEAST_VISIBLE and self._state == "good":
            self._hide(HIDDEN_ON_THEIR_FEET_LOST if on_their_feet else HIDDEN_LOST)
        self._drift(figures, since_s)
        dark = self._rng.random() < self._light.lost
        if self._state == "lost" or dark or visible < (LEAST_ON_THEIR_FEET if on_their_feet else 1):
            return None
        if truth.time_s - self._seen_s > NEW_TRACK_AFTER_S:
            self._track_id += 1
        self._seen_s = truth.time_s
        return self._seen(truth, figures, length, (camera.width_px, camera.height_px))

    def _of(self, truth: GroundTruth) -> ActivityFigures:
        activities = self._figures.activities
        name = activity_seen(truth)
        return activities[name] if name in activities else activities["standing"]

    def _change_state(self, figures: ActivityFigures, since_s: float) -> None:
        """A Markov chain whose stationary shares and mean spells are the measured ones."""
        draw = self._rng.random(2)
        ends_lost, ends_confused = (1.0 - exp(-since_s / spell) for spell in (figures.lost_s, figures.confused_s))
        good = max(1.0 - figures.lost - figures.confused, 0.02)
        if self._state != "good":
            if draw[0] < (ends_lost if self._state == "lost" else ends_confused):
                self._state = "good"
        elif draw[0] < figures.lost / good * ends_lost:
            self._state = "lost"
        elif draw[0] > 1.0 - figures.confused / good * ends_confused:
            self._state = "confused"
            self._confusion = self._new_confusion()
        ends_swapped = 1.0 - exp(-since_s / figures.swapped_s)
        if self._is_swapped:
            self._is_swapped = bool(draw[1] >= ends_swapped)
        else:
            self._is_swapped = bool(draw[1] < figures.swapped / max(1.0 - figures.swapped, 0.02) * ends_swapped)

    def _hide(self, lost: float) -> None:
        self._state = "lost" if self._rng.random() < lost else "confused"
        self._confusion = self._new_confusion()

    def _new_confusion(self) -> tuple[NDArray[np.float64], float, float]:
        wrong = self._figures.confused
        shift = self._rng.normal(0.0, wrong.shift_bl, 2)
        turn, growth = self._rng.normal((0.0, wrong.growth), (wrong.turn_rad, wrong.growth_spread))
        return shift, float(turn), float(growth)

    def _drift(self, figures: ActivityFigures, since_s: float) -> None:
        """Errors of standard size that go on from picture to picture as much as the measured ones."""
        keep = figures.correlation ** (since_s * FPS)
        fresh = np.sqrt(1.0 - keep * keep)
        self._error_bl = keep * self._error_bl + fresh * self._rng.standard_normal((17, 2))
        self._world = keep * self._world + fresh * self._rng.standard_normal((17, 3))

    # one picture

    def _seen(self, truth: GroundTruth, figures: ActivityFigures, length: float, size_px: tuple[int, int]) -> Person:
        confused = self._state == "confused"
        confidence = self._figures.confidence
        points = self._misfitted(truth, length, size_px) if confused else truth.keypoints_px
        wrong_bl = np.full((17, 1), self._figures.confused.rest_bl) if confused else figures.joint_errors_bl()
        points = points + self._error_bl * wrong_bl * self._light.error_factor * length
        world = from_hips(truth.joints_m) + self._world * figures.world_error_m
        if self._is_swapped:
            points, world = points[SWAPPED], world[SWAPPED]
        sure = np.where(truth.visible, confidence.confused if confused else confidence.seen, confidence.hidden)
        keypoints = np.column_stack((points / size_px, sure)).astype(np.float32)
        return Person(
            self._track_id, float(sure.mean()), keypoints, (world - world[11:13].mean(axis=0)).astype(np.float32)
        )

    def _misfitted(self, truth: GroundTruth, length: float, size_px: tuple[int, int]) -> NDArray[np.float64]:
        """Fitted wrongly to what is seen of the body, which is in the picture."""
        shift, turn_rad, growth = self._confusion
        points_px = truth.keypoints_px
        c, s = np.cos(turn_rad) * np.exp(growth), np.sin(turn_rad) * np.exp(growth)
        fitted_to = points_px[truth.visible].mean(axis=0) + shift * length
        turned = (points_px - points_px.mean(axis=0)) @ np.array([[c, s], [-s, c]])
        return np.asarray(turned + np.clip(fitted_to, 0.0, size_px))


def make_eyes(name: EyesName, faults: Faults, seed: int, lighting: str) -> Eyes:
    """The eyes of that name.

    Raises:
        ModelError: where the pose model cannot be used.
    """
    if name == "keypoints":
        return KeypointEyes(faults, seed, lighting)
    from carebot.perception.estimators.factory import make_estimator
    from carebot.perception.pipeline import PerceptionPipeline
    from carebot.perception.registry import load_registry

    return OnnxEyes(faults, PerceptionPipeline(make_estimator(load_registry().get("blazepose"))))
