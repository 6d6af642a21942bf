"""How the keypoint eyes were measured: rendered scenarios through the shipped pose model, and figures from that.

    python -m carebot.simulation.eye_study carebot/simulation/eye_figures.yaml

It takes about a quarter of an hour on one core. Pictures are 480 × 360, ten a second, from cameras at 0.5 to 2.3 m.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from numpy.typing import NDArray

from carebot.simulation.eye_capture import Sighting, capture
from carebot.simulation.eye_geometry import FPS, JOINT_GROUPS, SWAPPED
from carebot.simulation.faults import Faults, parse_faults
from carebot.simulation.scenario import CameraPlace, load_scenario

CAMERAS = (
    CameraPlace(),
    CameraPlace(height_m=0.5, pitch_deg=0),
    CameraPlace(height_m=1.8, pitch_deg=20),
    CameraPlace(height_m=2.3, pitch_deg=28),
)
FALLS = ("fall_forward", "fall_backward", "fall_sideways", "faint", "fall_and_get_up")
DAILY = ("kneel", "lie_on_bed", "pick_up", "sit_on_chair", "sit_on_sofa", "walk_about")
LONGEST_S = 26.0
CONFUSED_BL = 0.12
"""A body whose joints err more than this in the median is confused: fitted to something else, or turned about."""
GOOD, CONFUSED, LOST = "good", "confused", "lost"
STATES = (GOOD, CONFUSED, LOST)


@dataclass(frozen=True, slots=True)
class StudyRun:
    """One rendered run of the study."""

    scenario: str
    camera: CameraPlace
    lighting: str
    seed: int
    fault: str | None = None

    def capture(self, number: int) -> list[Sighting]:
        changes = {"camera": self.camera, "lighting": self.lighting}
        scenario = load_scenario(self.scenario).model_copy(update=changes)
        faults = Faults(parse_faults([{self.fault: 0}]), self.seed) if self.fault else None
        return capture(scenario, self.seed, number, LONGEST_S, faults)


def plan() -> Iterator[StudyRun]:
    """Each fall from each camera, each daily activity from two, one run in five at night; then the spoiled pictures."""
    number = 0
    for turn, _ in enumerate(CAMERAS):
        for place, name in enumerate(FALLS if turn % 2 else (*FALLS, *DAILY)):
            number += 1
            camera = CAMERAS[(turn + place) % len(CAMERAS)]
            yield StudyRun(name, camera, "night" if number % 5 == 0 else "day", 100 + number)
    for fault in ("camera_noisy", "camera_over_exposed"):
        for name in ("fall_sideways", "sit_on_chair"):
            yield StudyRun(name, CAMERAS[0], "day", 200, fault)


Captured = list[tuple[StudyRun, list[Sighting]]]


def state_of(sighting: Sighting) -> str:
    """Whether the resident was found well, found wrongly, or not found."""
    if sighting.seen_bl is None:
        return LOST
    return CONFUSED if float(np.median(_errors_bl(sighting)[5:])) > CONFUSED_BL else GOOD


def figures_of(captured: Captured) -> dict[str, Any]:
    """All that the keypoint eyes need, as `eye_figures.yaml` holds it; what each means is said in `eyes.py`."""
    plain = [(run, sightings) for run, sightings in captured if run.fault is None]
    day = [sightings for run, sightings in plain if run.lighting == "day"]
    night = [sightings for run, sightings in plain if run.lighting == "night"]
    all_day = [sighting for sightings in day for sighting in sightings]
    activities = sorted({sighting.activity for sightings in (*day, *night) for sighting in sightings})
    sequences = [sightings for _, sightings in plain]
    spoiled = {
        str(run.fault): [each for other, sightings in captured if other.fault == run.fault for each in sightings]
        for run, _ in captured
        if run.fault
    }
    return {
        "pictures": sum(len(sightings) for _, sightings in captured),
        "activities": {name: _activity(name, sequences) for name in activities},
        "confused": _confusion(_flat(sequences)),
        "confidence": _confidence(_flat(sequences)),
        "blur": {
            "night": _blur([each for sightings in night for each in sightings], all_day),
            **{name: _blur(sightings, all_day) for name, sightings in spoiled.items()},
        },
    }


def _flat(sequences: Sequence[Sequence[Sighting]]) -> list[Sighting]:
    return [sighting for sightings in sequences for sighting in sightings]


def _activity(name: str, sequences: Sequence[Sequence[Sighting]]) -> dict[str, Any]:
    mine = [[sighting for sighting in sightings if sighting.activity == name] for sightings in sequences]
    spells = [spell for sightings in mine for spell in _spells(sightings, state_of)]
    swaps = [
        spell
        for sightings in mine
        for spell in _spells(sightings, lambda s: str(s.seen_bl is not None and _is_swapped(s)))
    ]
    pictures = [sighting for sighting in _flat(sequences) if sighting.activity == name]
    good = [sighting for sighting in pictures if state_of(sighting) == GOOD]
    report: dict[str, Any] = {"pictures": len(pictures)}
    for state in (CONFUSED, LOST):
        lengths = [length for kind, length in spells if kind == state]
        report[state] = _rounded(sum(lengths) / max(len(pictures), 1))
        report[f"{state}_s"] = _mean_spell_s(lengths)
    report["swapped"] = _rounded(float(np.mean([_is_swapped(sighting) for sighting in good])) if good else 0.0)
    report["swapped_s"] = _mean_spell_s([length for kind, length in swaps if kind == "True"])
    report["error_bl"] = {group: _rounded(_rms(good, joints)) for group, joints in JOINT_GROUPS.items()}
    report["world_error_m"] = _world_error(good)
    report["correlation"] = _rounded(_correlation(sequences, name))
    return report


def _mean_spell_s(lengths: Sequence[int]) -> float:
    return _rounded(float(np.mean(lengths)) / FPS if lengths else 1.0 / FPS)


def _spells(sightings: Sequence[Sighting], state_of: Callable[[Sighting], str]) -> list[tuple[str, int]]:
    """How many pictures on end each state lasted."""
    spells: list[tuple[str, int]] = []
    last_s = float("-inf")
    for sighting in sightings:
        state = state_of(sighting)
        goes_on = bool(spells) and spells[-1][0] == state and sighting.time_s - last_s < 1.5 / FPS
        spells = [*spells[:-1], (state, spells[-1][1] + 1)] if goes_on else [*spells, (state, 1)]
        last_s = sighting.time_s
    return spells


def _is_swapped(sighting: Sighting) -> bool:
    assert sighting.seen_bl is not None
    exchanged = np.linalg.norm(sighting.seen_bl[SWAPPED] - sighting.truth_bl, axis=1)
    return bool(exchanged[5:].mean() < 0.7 * _errors_bl(sighting)[5:].mean())


def _best_bl(sighting: Sighting) -> NDArray[np.float64]:
    """The joints that were seen, left and right put right."""
    assert sighting.seen_bl is not None
    return sighting.seen_bl[SWAPPED] if _is_swapped(sighting) else sighting.seen_bl


def _errors_bl(sighting: Sighting) -> NDArray[np.float64]:
    assert sighting.seen_bl is not None
    return np.asarray(np.linalg.norm(sighting.seen_bl - sighting.truth_bl, axis=1))


def _rms(good: Sequence[Sighting], joints: tuple[int, ...]) -> float:
    """The error along one axis, in body lengths; the worst twentieth left out."""
    if not good:
        return 0.03
    errors = np.array([(_best_bl(sighting) - sighting.truth_bl)[list(joints)] for sighting in good])
    squares = np.sort((errors**2).mean(axis=(1, 2)))
    return float(np.sqrt(squares[: max(1, int(0.95 * len(squares)))].mean()))


def _world_error(good: Sequence[Sighting]) -> list[float]:
    """Across, down and away, in metres, in the median."""
    pairs = [(each.world_m, each.truth_world_m) for each in good if each.world_m is not None]
    if not pairs:
        return [0.05, 0.05, 0.1]
    errors = np.array([np.sqrt(((seen - truth)[5:] ** 2).mean(axis=0)) for seen, truth in pairs])
    return [_rounded(float(value)) for value in np.median(errors, axis=0)]


def _correlation(sequences: Sequence[Sequence[Sighting]], activity: str) -> float:
    """Of the joints' errors from one picture to the next."""
    before, after = [], []
    for sightings in sequences:
        for one, other in pairwise(sightings):
            if one.activity == other.activity == activity and state_of(one) == state_of(other) == GOOD:
                before.append((_best_bl(one) - one.truth_bl)[5:])
                after.append((_best_bl(other) - other.truth_bl)[5:])
    if len(before) < 5:
        return 0.8
    a, b = np.array(before).ravel(), np.array(after).ravel()
    return float(np.clip((a * b).mean() / np.sqrt((a * a).mean() * (b * b).mean()), 0.0, 0.99))


def _confusion(sightings: Sequence[Sighting]) -> dict[str, float]:
    """Shift, turn and growth of the bodies that were fitted wrongly, and what these three do not explain."""
    fits = [_similarity(s.truth_bl, s.seen_bl) for s in sightings if s.seen_bl is not None and state_of(s) == CONFUSED]
    if not fits:
        return {"shift_bl": 0.1, "turn_rad": 0.3, "growth": 0.0, "growth_spread": 0.1, "rest_bl": 0.06}
    shift, turn, growth, rest = (np.array(values) for values in zip(*fits, strict=True))
    return {
        "shift_bl": _rounded(float(np.sqrt((shift**2).mean()))),
        "turn_rad": _rounded(float(np.sqrt((turn**2).mean()))),
        "growth": _rounded(float(growth.mean())),
        "growth_spread": _rounded(float(growth.std())),
        "rest_bl": _rounded(float(np.median(rest))),
    }


def _similarity(
    truth: NDArray[np.float64], seen: NDArray[np.float64]
) -> tuple[NDArray[np.float64], float, float, float]:
    """Shift, turn, logarithm of the growth and rest that bring `truth` nearest to `seen`, by least squares."""
    z, w = (points[:, 0] + 1j * points[:, 1] for points in (truth, seen))
    a, b = z - z.mean(), w - w.mean()
    factor = (np.conj(a) @ b) / max(float((np.abs(a) ** 2).sum()), 1e-9)
    rest = float(np.sqrt((np.abs(b - factor * a) ** 2).mean() / 2.0))
    offset = w.mean() - z.mean()
    growth = float(np.clip(np.log(max(abs(factor), 1e-3)), -1.5, 1.5))
    return np.array((offset.real, offset.imag)), float(np.angle(factor)), growth, rest


def _confidence(sightings: Sequence[Sighting]) -> dict[str, float]:
    def mean(state: str, visible: bool) -> float:
        chosen = [
            s.confidence[s.visible == visible] for s in sightings if s.confidence is not None and state_of(s) == state
        ]
        values = np.concatenate(chosen) if chosen else np.array([])
        return _rounded(float(values.mean())) if len(values) >= 20 else 0.5

    return {"seen": mean(GOOD, True), "hidden": mean(GOOD, False), "confused": mean(CONFUSED, True)}


def _blur(spoiled: Sequence[Sighting], plain: Sequence[Sighting]) -> dict[str, float]:
    """How much more is lost, and how much more joints err, than in good pictures of the same activities."""
    lost, factors, weights = [], [], []
    for activity in sorted({each.activity for each in spoiled}):
        ours, theirs = ([s for s in some if s.activity == activity] for some in (spoiled, plain))
        if not theirs:
            continue
        shares = [float(np.mean([state_of(s) == LOST for s in some])) for some in (ours, theirs)]
        lost.append((shares[0] - shares[1]) / max(1.0 - shares[1], 1e-6))
        errors = [[float(np.median(_errors_bl(s)[5:])) for s in some if state_of(s) == GOOD] for some in (ours, theirs)]
        factors.append(float(np.median(errors[0]) / np.median(errors[1])) if all(errors) else 1.0)
        weights.append(len(ours))
    share = np.array(weights) / max(sum(weights), 1)
    return {"lost": _rounded(max(0.0, float(share @ lost))), "error_factor": _rounded(max(1.0, float(share @ factors)))}


def _rounded(value: float) -> float:
    return round(value, 4)


def main() -> None:
    """Runs the whole study and writes the figures to the file named on the command line."""
    captured = []
    for number, run in enumerate(plan()):
        captured.append((run, run.capture(number)))
        print(f"{number + 1}: {run.scenario} {run.lighting} {run.fault or ''}", file=sys.stderr)
    Path(sys.argv[1]).write_text(HEADER + yaml.safe_dump(figures_of(captured), sort_keys=False), encoding="utf-8")


HEADER = """# How the shipped pose model sees the simulated resident, measured on rendered pictures by
#   python -m carebot.simulation.eye_study carebot/simulation/eye_figures.yaml
# carebot/simulation/eyes.py says what each figure means and plays it back.
"""

if __name__ == "__main__":
    main()
