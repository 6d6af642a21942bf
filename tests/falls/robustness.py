"""What the fall rules make of the recordings when the pose model sees less than it did: a table for docs/falls.md.

python -m tests.falls.robustness
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import numpy as np

from carebot.alerts import FallEvent, FallEventKind
from carebot.people import People, Person
from carebot.shares import Share, wilson
from tests.falls.test_recorded import LABELS, NAMES, events_of, recording

Damage = Callable[[list[People], np.random.Generator], list[People]]
FACE, HEAD, LEGS, FEET = range(1, 5), range(5), range(13, 17), (15, 16)


def hide(*joints: int) -> Damage:
    """Those joints are never found."""

    def damage(pictures: list[People], _random: np.random.Generator) -> list[People]:
        return [_each(picture, lambda keypoints: keypoints.__setitem__(list(joints), 0.0)) for picture in pictures]

    return damage


def slower(fps: float) -> Damage:
    """So many pictures a second are left."""

    def damage(pictures: list[People], random: np.random.Generator) -> list[People]:
        due_s, kept = float(random.uniform(0.0, 1.0 / fps)), []
        for picture in pictures:
            if picture.time_s >= due_s - 1e-6:
                kept.append(picture)
                due_s += 1.0 / fps
        return kept

    return damage


def shaken(size: float) -> Damage:
    """Every joint is off by noise of that deviation, in parts of the picture."""

    def damage(pictures: list[People], random: np.random.Generator) -> list[People]:
        def shake(keypoints: np.ndarray) -> None:
            keypoints[:, :2] += random.normal(0.0, size, (17, 2))

        return [_each(picture, shake) for picture in pictures]

    return damage


def lost(share: float) -> Damage:
    """The person is not found in that share of the pictures."""

    def damage(pictures: list[People], random: np.random.Generator) -> list[People]:
        return [replace(picture, people=()) if random.random() < share else picture for picture in pictures]

    return damage


def renamed(share: float) -> Damage:
    """The tracker takes the person for a new one in that share of the pictures."""

    def damage(pictures: list[People], random: np.random.Generator) -> list[People]:
        number, told = 1, []
        for picture in pictures:
            number += int(random.random() < share)
            people = tuple(replace(each, track_id=100 * number + each.track_id) for each in picture.people)
            told.append(replace(picture, people=people))
        return told

    return damage


def together(*damages: Damage) -> Damage:
    def damage(pictures: list[People], random: np.random.Generator) -> list[People]:
        for each in damages:
            pictures = each(pictures, random)
        return pictures

    return damage


DAMAGES: dict[str, tuple[bool, Damage]] = {
    "as recorded (10 pictures a second)": (True, together()),
    "no third dimension": (False, together()),
    "13 joints (no face)": (False, hide(*FACE)),
    "no head": (False, hide(*HEAD)),
    "no feet": (False, hide(*FEET)),
    "no legs": (False, hide(*LEGS)),
    "5 pictures a second": (False, slower(5.0)),
    "3 pictures a second": (False, slower(3.3)),
    "shaken by 1 %": (False, shaken(0.01)),
    "shaken by 2 %": (False, shaken(0.02)),
    "lost in 30 % of pictures": (False, lost(0.3)),
    "lost in 60 % of pictures": (False, lost(0.6)),
    "a new track in 10 % of pictures": (False, renamed(0.1)),
    "13 joints, 5 a second, shaken by 1 %, 20 % lost": (
        False,
        together(hide(*FACE), slower(5.0), shaken(0.01), lost(0.2)),
    ),
}


def main(rounds: int = 3) -> None:
    print("| what the pose model sees | falls on the floor found | activities in peace |\n|---|---|---|")
    for name, (world, damage) in DAMAGES.items():
        falls, peace = study(world, damage, rounds)
        print(f"| {name} | {_told(falls)} | {_told(peace)} |", flush=True)


def study(world: bool, damage: Damage, rounds: int) -> tuple[Share, Share]:
    """Falls that do not end on a bed and were found, and activities without an alarm; each recording `rounds` times."""
    found, peace = [], []
    for name in NAMES:
        label, on_bed, _ = LABELS[name]
        for seed in range(rounds):
            alarm = alarmed(damage(recording(name, world=world), np.random.default_rng(seed)))
            if label == "adl":
                peace.append(not alarm)
            elif on_bed == "no":
                found.append(alarm)
    return wilson(sum(found), len(found)), wilson(sum(peace), len(peace))


def alarmed(pictures: Sequence[People]) -> bool:
    """As `carebot eval falls` counts: confirmed, or suspected and not taken back before the end."""
    return any(True for _ in _standing(events_of(list(pictures))))


def _standing(events: Sequence[FallEvent]) -> Iterator[int]:
    kinds: dict[int, list[FallEventKind]] = {}
    for event in events:
        kinds.setdefault(event.fall_id, []).append(event.kind)
    for number, seen in kinds.items():
        if FallEventKind.CONFIRMED in seen or FallEventKind.RECOVERED not in seen:
            yield number


def _each(picture: People, change: Callable[[np.ndarray], object]) -> People:
    people: list[Person] = []
    for person in picture.people:
        keypoints = person.keypoints.copy()
        change(keypoints)
        people.append(replace(person, keypoints=keypoints))
    return replace(picture, people=tuple(people))


def _told(share: Share) -> str:
    return f"{share.hits} of {share.of}"


if __name__ == "__main__":
    main()
