"""The joints of other people's skeletons, by whatever name, as carebot's own."""

from __future__ import annotations

import re
from collections.abc import Container, Sequence

from carebot.people import COCO_KEYPOINTS

SIDES = {"left": "left", "l": "left", "lt": "left", "right": "right", "r": "right", "rt": "right"}
PARTS = {
    **dict.fromkeys(("eye",), "eye"),
    **dict.fromkeys(("ear",), "ear"),
    **dict.fromkeys(("shoulder", "sho", "shldr", "collar", "uparm", "upperarm"), "shoulder"),
    **dict.fromkeys(("elbow", "elb", "forearm", "lowerarm", "loarm"), "elbow"),
    **dict.fromkeys(("wrist", "wri", "hand"), "wrist"),
    **dict.fromkeys(("hip", "upleg", "upperleg", "thigh"), "hip"),
    **dict.fromkeys(("knee", "kne", "leg", "lowleg", "lowerleg", "shin", "calf"), "knee"),
    **dict.fromkeys(("ankle", "ank", "foot"), "ankle"),
}
"""What a joint with a side is called; one word may be made of several ("upper arm")."""

HEADS = ("nose", "head", "face", "headtop", "tophead", "topofhead", "headcenter", "headcentre")
"""Single points of the head, the best first: only one of them becomes the nose."""

MIDDLES = {
    "shoulder": ("midshoulder", "shouldercenter", "shouldercentre", "spineshoulder", "neck", "upperneck", "thorax"),
    "hip": ("midhip", "hipcenter", "hipcentre", "centerhip", "pelvis", "spinebase", "hips", "root"),
}
"""What the middle of a pair is called, the best first: it stands for both where a skeleton has no sides there."""

PREFERRED = {"ankle": ("ankle", "ank"), "wrist": ("wrist", "wri")}
_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")


def coco_indices(names: Sequence[str]) -> dict[int, int]:
    """COCO joint → the number in `names` of the joint that stands for it.

    Understood are "left_hip", "LHip", "l hip", "hip.L", "LEFT_HIP", "leftHip" and their like, and one point of the head
    (nose, head, head_top). Where an ankle and a foot, or a wrist and a hand are there, the former is used; where
    shoulders or hips have no sides, their middle (neck, mid_hip, pelvis) stands for both.
    """
    found: dict[int, tuple[int, int]] = {}
    for number, name in enumerate(names):
        understood = _understood(name)
        if understood is None:
            continue
        joint, rank = understood
        index = COCO_KEYPOINTS.index(joint)
        if index not in found or rank < found[index][1]:
            found[index] = (number, rank)
    return dict(sorted({**_middles(names, found), **{index: number for index, (number, _) in found.items()}}.items()))


def _middles(names: Sequence[str], found: Container[int]) -> dict[int, int]:
    """Both joints of a pair of which neither is in `found`, as the point between them."""
    plain = ["".join(_words(name)) for name in names]
    pairs = {part: [COCO_KEYPOINTS.index(f"{side}_{part}") for side in ("left", "right")] for part in MIDDLES}
    return {
        joint: plain.index(next(name for name in MIDDLES[part] if name in plain))
        for part, pair in pairs.items()
        if not any(joint in found for joint in pair) and any(name in plain for name in MIDDLES[part])
        for joint in pair
    }


def _understood(name: str) -> tuple[str, int] | None:
    """The COCO joint, and how good a match it is (0 is best)."""
    words = _words(name)
    plain = "".join(words)
    if plain in HEADS:
        return "nose", HEADS.index(plain)
    sides = [word for word in words if word in SIDES]
    part = "".join(word for word in words if word not in SIDES)
    if not sides:
        sides, part = _glued(plain)
    if len(sides) != 1 or part not in PARTS:
        return None
    joint = PARTS[part]
    return f"{SIDES[sides[0]]}_{joint}", 0 if part == joint or part in PREFERRED.get(joint, ()) else 1


def _words(name: str) -> list[str]:
    """Lower-case words of "LShoulder", "left-shoulder", "Shoulder.L"."""
    return [
        word.lower()
        for chunk in re.split(r"[^A-Za-z0-9]+", name)
        for word in (_WORDS.findall(chunk) if not chunk.isupper() else [chunk])
    ]


def _glued(plain: str) -> tuple[list[str], str]:
    """The side and the part of "lshoulder" and "shoulderleft"."""
    for side in ("left", "right", "l", "r"):
        for part in (plain.removeprefix(side), plain.removesuffix(side)):
            if part != plain and part in PARTS:
                return [side], part
    return [], plain
