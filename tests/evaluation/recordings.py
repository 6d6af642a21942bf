"""Keypoint sequences of the stick figure, saved as other people's pose models would save theirs."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from tests.falls.figures import Move
from tests.falls.scenes import shot

JOINTS_13 = (
    ["nose"]
    + [f"{side}_{part}" for part in ("shoulder", "elbow", "wrist") for side in ("left", "right")]
    + [f"{side}_{part}" for part in ("hip", "knee", "ankle") for side in ("left", "right")]
)
COCO_13 = [0, *range(5, 17)]


def sequence(moves: list[Move], fps: float = 15.0) -> dict[str, Any]:
    """What an .npz file holds of these moves, with 13 joints and no confidence."""
    _, pictures = shot(moves, fps=fps, world=False)
    keypoints = np.stack([picture.people[0].keypoints[COCO_13, :2] for picture in pictures])
    return {"keypoints": keypoints, "joints": np.array(JOINTS_13), "fps": fps, "aspect": 640 / 480}


def save(path: Path, content: Mapping[str, Any]) -> Path:
    np.savez(path, **content)
    return path
