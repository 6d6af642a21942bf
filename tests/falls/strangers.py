"""How the falls room judges skeletons of another pose model, through strange cameras: a table for docs/falls.md.

    python -m tests.falls.strangers [--motions DIR] [--seeds 12] [--cameras 1] [--only WORD] [--list]

Short clips as public data sets have them: 13 joints, no confidence, no joints in space, an unknown camera.
Falls and activities come from the stick figure and from courses of movements with seeds that no training has; with
--motions also from motions that `models/train_falls.py` simulated into DIR and held out (those whose seed is a
multiple of six). --list names what went wrong, with what replays it. An alarm counts as in `carebot eval falls`.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from carebot.evaluation import judgement
from carebot.evaluation.judgement import Judged
from carebot.evaluation.labels import Recording
from carebot.evaluation.watching import watch
from carebot.falls import FallClassifier, FallMonitor
from carebot.falls.network import PostureNetwork, shipped_network
from carebot.geometry import CameraMounting
from carebot.people import People, Person
from carebot.shares import wilson
from tests.falls.figures import Camera, Figure, film
from tests.falls.stranger_scenes import DAILY_LIFE, FALLS

sys.path.append(str(Path(__file__).parents[2] / "models"))
from training.exercises import COURSES, exercise
from training.motions import DOWN, FALLING, UPRIGHT, Motion, load_all

RATE_HZ = 30.0
HELD_OUT_EVERY = 6
THIRTEEN = (0, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16)
LEGS, SIDES = (13, 14, 15, 16), [0, 2, 1, 4, 3, 6, 5, 8, 7, 10, 9, 12, 11, 14, 13, 16, 15]
LONGEST_S = 12.0
NEW_SEEDS = 1000
"""Courses with seeds from here on stood in no training."""
Floats = NDArray[np.float64]
Random = np.random.Generator


@dataclass(frozen=True)
class Clip:
    """`joints_m` (T, 17, 3) in the world, RATE_HZ a second; `falls` (T,) where the person falls, `down` where they lie
    on the floor."""

    name: str
    is_fall: bool
    joints_m: Floats
    falls: NDArray[np.bool_]
    down: NDArray[np.bool_]

    def part(self, begin: int, end: int) -> Clip:
        cut = slice(max(0, begin), max(begin + 2, end))
        return replace(self, joints_m=self.joints_m[cut], falls=self.falls[cut], down=self.down[cut])


@dataclass(frozen=True)
class Look:
    """One way to see clips: what is cut from the clip, how the camera hangs, and what the pose model does to joints."""

    fps: float = 30.0
    aspect: float = 4 / 3
    height_m: tuple[float, float] = (0.6, 2.2)
    tremor: float = 0.01
    zoom: float = 1.0
    cut: Callable[[Clip, Random], Clip] = lambda clip, _random: clip
    spoil: Callable[[Floats, Clip, Random], Floats] = lambda joints, _clip, _random: joints


def begins_falling(clip: Clip, random: Random) -> Clip:
    at = np.flatnonzero(clip.falls)
    return clip.part(int(at[0] + random.uniform(0.0, 0.2) * len(at)), len(clip.falls)) if clip.is_fall else clip


def ends_soon(clip: Clip, random: Random) -> Clip:
    """Half a second after the trunk has come to rest on the floor."""
    if not clip.is_fall:
        return clip
    return clip.part(0, landed(clip) + int(RATE_HZ * 0.5))


def landed(clip: Clip) -> int:
    """The picture in which shoulders and hips are on the floor."""
    trunk_m = clip.joints_m[:, [5, 6, 11, 12], 2].mean(axis=1)
    first = np.flatnonzero(clip.falls)[0]
    return int(first + np.flatnonzero(trunk_m[first:] <= trunk_m[first:].min() + 0.08)[0])


def without_legs(joints: Floats, clip: Clip, random: Random) -> Floats:
    joints[:, list(LEGS)] = np.nan
    return joints


def lost_when_low(joints: Floats, clip: Clip, random: Random) -> Floats:
    """The pose model loses half of what lies, for a third of a second at a time."""
    low = clip.joints_m[:, [5, 6, 11, 12], 2].mean(axis=1) < 0.45
    spells = np.repeat(random.random(len(low) // 10 + 1) < 0.5, 10)[: len(low)]
    joints[low & spells] = np.nan
    return joints


def legs_lost_when_low(joints: Floats, clip: Clip, random: Random) -> Floats:
    low = clip.joints_m[:, [5, 6, 11, 12], 2].mean(axis=1) < 0.6
    joints[np.flatnonzero(low)[:, None], LEGS] = np.nan
    return joints


def sides_swapped(joints: Floats, clip: Clip, random: Random) -> Floats:
    spells = np.repeat(random.random(len(joints) // 5 + 1) < 0.2, 5)[: len(joints)]
    joints[spells] = joints[spells][:, SIDES]
    return joints


def mirrored(joints: Floats, clip: Clip, random: Random) -> Floats:
    return joints[:, SIDES]


def some_missing(joints: Floats, clip: Clip, random: Random) -> Floats:
    joints[random.random(joints.shape[:2]) < 0.15] = np.nan
    return joints


def centres_only(joints: Floats, clip: Clip, random: Random) -> Floats:
    """Neck and mid-hip instead of shoulders and hips: both sides are the same point."""
    for pair in ((5, 6), (11, 12)):
        joints[:, pair] = joints[:, pair].mean(axis=1, keepdims=True)
    return joints


def not_outside(joints: Floats, clip: Clip, random: Random) -> Floats:
    joints[((joints < 0) | (joints > 1)).any(axis=2)] = np.nan
    return joints


def jumps(joints: Floats, clip: Clip, random: Random) -> Floats:
    """One picture in fifteen has the skeleton somewhere else and turned."""
    for at in np.flatnonzero(random.random(len(joints)) < 1 / 15):
        angle = random.normal(0.0, 1.0)
        turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
        middle = np.nanmean(joints[at], axis=0)
        joints[at] = (joints[at] - middle) @ turn + middle + random.normal(0.0, 0.08, 2)
    return joints


LOOKS: dict[str, Look] = {
    "13 joints, 30 a second": Look(),
    "15 a second": Look(fps=15),
    "8 a second": Look(fps=8),
    "5 a second": Look(fps=5),
    "16:9": Look(aspect=16 / 9),
    "upright picture, 9:16": Look(aspect=9 / 16),
    "cropped: nothing outside of the picture": Look(zoom=1.5, spoil=not_outside),
    "small: far away": Look(zoom=0.5, tremor=0.02),
    "tremor of 3 % of the body": Look(tremor=0.03),
    "15 % of joints missing": Look(spoil=some_missing),
    "no legs": Look(spoil=without_legs),
    "no legs while low": Look(spoil=legs_lost_when_low),
    "lost half the time while low": Look(spoil=lost_when_low),
    "left and right exchanged now and then": Look(spoil=sides_swapped),
    "mirrored": Look(spoil=mirrored),
    "wholly wrong in one picture of 15": Look(spoil=jumps),
    "neck and mid-hip only": Look(spoil=centres_only),
    "camera near the floor": Look(height_m=(0.2, 0.5)),
    "camera near the ceiling": Look(height_m=(2.3, 2.9)),
    "begins while falling": Look(cut=begins_falling),
    "ends 0.5 s after the landing": Look(cut=ends_soon),
    "10 a second, ends 0.5 s after the landing": Look(fps=10, cut=ends_soon),
}


def clips(motions: Path | None, first_seed: int, seeds: int, rounds: Sequence[int]) -> Iterator[Clip]:
    for title, scenes in (("fall", FALLS), ("day", DAILY_LIFE)):
        for name, moves in scenes.items():
            frames = [joints for _, joints in film(moves, fps=RATE_HZ, figure=Figure(feet_m=(0.0, 0.0)))]
            labels = np.concatenate([np.full(round(move.seconds * RATE_HZ), move.fall) for move in moves])
            labels = np.resize(labels, len(frames))
            yield Clip(f"figure {name}", title == "fall", np.stack(frames), labels, np.zeros_like(labels))
    for seed in range(first_seed, first_seed + seeds):
        for name in COURSES:
            yield from shortened(exercise(name, seed))
    for motion in () if motions is None else load_all(motions):
        if motion.seed % HELD_OUT_EVERY == 0 and motion.seed in rounds:
            yield from shortened(motion)


def shortened(motion: Motion) -> Iterator[Clip]:
    """The first fall of a motion, from 2 s before it to 3.5 s after; or, of a day, the part in which most happens."""
    joints, labels = motion.joints_m.astype(float), motion.labels
    falls = labels == FALLING
    whole = Clip(f"{motion.name}-{motion.seed}", bool(falls.any()), joints, falls, labels == DOWN)
    if whole.is_fall:
        first = int(np.flatnonzero(falls)[0])
        last = landed(whole)
        yield whole.part(first - int(2 * RATE_HZ), last + int(3.5 * RATE_HZ))
        return
    length = int(LONGEST_S * RATE_HZ)
    busy = np.convolve(labels != UPRIGHT, np.ones(min(length, len(labels))), "valid")
    begin = max(0, int(busy.argmax()) - int(2 * RATE_HZ))
    yield whole.part(begin, begin + length)


def filmed(clip: Clip, look: Look, random: Random) -> list[People]:
    clip = look.cut(clip, random)
    joints = _pictures(clip, look, random)
    joints = look.spoil(joints, clip, random)
    joints[:, [j for j in range(17) if j not in THIRTEEN]] = np.nan
    first = random.uniform(0.0, RATE_HZ / look.fps) if look.fps < RATE_HZ else 0.0
    kept = np.unique(np.arange(first, len(joints) - 0.5, RATE_HZ / look.fps).round().astype(int))
    width_px = round(480 * look.aspect)
    return [People(at / RATE_HZ, width_px, 480, _people(joints[at])) for at in kept if at < len(joints)]


def _people(joints: Floats) -> tuple[Person, ...]:
    seen = np.isfinite(joints).all(axis=1)
    if not seen.any():
        return ()
    keypoints = np.where(seen[:, None], np.column_stack((joints, np.ones(17))), 0.0).astype(np.float32)
    return (Person(1, 1.0, keypoints),)


def _pictures(clip: Clip, look: Look, random: Random) -> Floats:
    """(T, 17, 2) in parts of the picture: the person is about in its middle, from a side taken by chance."""
    azimuth, distance_m = random.uniform(-np.pi, np.pi), random.uniform(2.2, 5.0)
    height_m = random.uniform(*look.height_m)
    c, s = np.cos(azimuth), np.sin(azimuth)
    middle = clip.joints_m[:, 11:13].mean(axis=(0, 1))
    world = clip.joints_m - [middle[0], middle[1], 0.0]
    world = np.stack((c * world[..., 0] - s * world[..., 1], s * world[..., 0] + c * world[..., 1], world[..., 2]), -1)
    world[..., 1] += distance_m
    pitch = np.arctan2(height_m - random.uniform(0.5, 0.9), distance_m)
    fov = 2 * np.arctan(np.tan(random.uniform(0.75, 1.05) / 2) / look.zoom)
    camera = Camera(CameraMounting(height_m, pitch, random.normal(0.0, 0.02), fov), round(480 * look.aspect), 480)
    seen, space = camera.see(world.reshape(-1, 3))
    seen[space[:, 2] < 0.2] = np.nan
    pictures = seen.reshape(len(world), 17, 2)
    body = np.nanmedian(np.ptp(pictures[..., 1], axis=1))
    return pictures + random.normal(0.0, look.tremor * body, pictures.shape) * [1 / look.aspect, 1.0]


def judge(pictures: Sequence[People], classifier: FallClassifier | None) -> Judged:
    """As `carebot eval falls` does."""
    course = list(watch(pictures, FallMonitor(classifier=classifier)))
    return judgement.judge(Recording("", Path(), is_fall=True), course)


def main() -> None:
    options = _options()
    classifier = None if options.rules else PostureNetwork(options.network) if options.network else shipped_network()
    subjects = list(clips(options.motions, options.first_seed, options.seeds, options.rounds))
    cameras = range(options.first_camera, options.first_camera + options.cameras)
    print("| what the pose model sees | falls found | activities in peace |\n|---|---|---|")
    sums = np.zeros(4, int)
    for title, look in LOOKS.items():
        if options.only and options.only not in title:
            continue
        counts, wrong = judged(subjects, look, cameras, classifier)
        sums += counts
        print(f"| {title} | {_told(counts[0], counts[1])} | {_told(counts[2], counts[3])} |", flush=True)
        if options.list:
            print("\n".join(f"    {each}" for each in wrong), flush=True)
    print(f"| all | {_told(sums[0], sums[1])} | {_told(sums[2], sums[3])} |")


def judged(
    subjects: Sequence[Clip], look: Look, cameras: Sequence[int], classifier: FallClassifier | None
) -> tuple[NDArray[np.int_], list[str]]:
    """(falls found, falls, activities in peace, activities), and what went wrong."""
    counts, wrong = np.zeros(4, int), []
    for clip in subjects:
        for number in cameras:
            random = np.random.default_rng((number, sum(clip.name.encode())))
            found = judge(filmed(clip, look, random), classifier)
            is_right = found.alarm == clip.is_fall
            counts[0 if clip.is_fall else 2] += is_right
            counts[1 if clip.is_fall else 3] += 1
            if not is_right:
                what = "missed" if clip.is_fall else "false alarm"
                wrong.append(f"{what}: {clip.name}, camera {number}: {found.reason}")
    return counts, wrong


def _told(hits: int, of: int) -> str:
    if not of:
        return "none"
    share = wilson(int(hits), int(of))
    return f"{100 * share.share:.1f} % of {of} ({100 * share.low:.0f} to {100 * share.high:.0f})"


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--motions", type=Path, help="simulated motions of models/train_falls.py")
    parser.add_argument("--rounds", type=int, nargs="*", default=[0, 6, 12], help="seeds of those that are used")
    parser.add_argument("--seeds", type=int, default=2, help="how often each course of movements is done")
    parser.add_argument("--cameras", type=int, default=1, help="how often each is filmed")
    parser.add_argument("--first-seed", type=int, default=NEW_SEEDS, help="of the courses")
    parser.add_argument("--first-camera", type=int, default=0, help="other cameras look from elsewhere")
    parser.add_argument("--only", help="only conditions with this word")
    parser.add_argument("--network", type=Path, help="another posture network")
    parser.add_argument("--rules", action="store_true", help="without the network")
    parser.add_argument("--list", action="store_true", help="name what went wrong")
    return parser.parse_args()


if __name__ == "__main__":
    main()
