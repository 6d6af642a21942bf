"""What a watcher has seen, made by the real fall monitor from a figure that stands and then falls."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from carebot.falls.monitor import FallMonitor
from carebot.perception.estimators.base import Image, PoseObservation
from carebot.perception.frames import Frame
from carebot.perception.pipeline import PerceptionPipeline
from carebot.watch.watcher import Seen, Watcher

FPS = 12.0
WIDTH_PX, HEIGHT_PX = 320, 240
STANDING_BODY_LENGTHS = np.array(
    [
        *((0.0, 0.94), (0.02, 0.96), (-0.02, 0.96), (0.04, 0.95), (-0.04, 0.95)),
        *((0.1, 0.82), (-0.1, 0.82), (0.13, 0.63), (-0.13, 0.63), (0.14, 0.47), (-0.14, 0.47)),
        *((0.07, 0.53), (-0.07, 0.53), (0.07, 0.28), (-0.07, 0.28), (0.07, 0.04), (-0.07, 0.04)),
    ]
)
"""COCO joints of a person who stands: across and above the ankles, in body lengths."""


class FallingFigure:
    """An estimator that sees one person: standing for three seconds, and on the floor 0.6 s later."""

    provider, fallback_reason = "CPUExecutionProvider", None

    def estimate(self, image: Image, time_s: float) -> list[PoseObservation]:
        angle_rad = min(max(time_s - 3.0, 0.0) / 0.6, 1.0) ** 2 * math.pi / 2
        across, up = STANDING_BODY_LENGTHS.T
        x = across * math.cos(angle_rad) + up * math.sin(angle_rad)
        y = up * math.cos(angle_rad) - across * math.sin(angle_rad)
        keypoints = np.column_stack([0.4 + 0.6 * x * HEIGHT_PX / WIDTH_PX, 0.85 - 0.6 * y, np.full(17, 0.95)])
        return [PoseObservation(0.9, keypoints.astype(np.float32))]


def watcher() -> Watcher:
    return Watcher(PerceptionPipeline(FallingFigure()), FallMonitor())


def seen(duration_s: float = 8.0, size: tuple[int, int] = (WIDTH_PX, HEIGHT_PX)) -> Iterator[Seen]:
    """Watching it in pictures that are blue all over."""
    watching = watcher()
    image: Image = np.full((size[1], size[0], 3), (200, 30, 30), np.uint8)
    for number in range(int(duration_s * FPS)):
        yield watching.step(Frame(number / FPS, number, image))
