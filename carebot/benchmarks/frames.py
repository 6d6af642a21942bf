"""The pictures that benchmarks look at: a video of one's own, or a simulated resident who walks about."""

from __future__ import annotations

from pathlib import Path

import cv2

from carebot.clock import MonotonicClock
from carebot.errors import DeviceError
from carebot.perception.frames import Frame
from carebot.perception.sources.factory import open_source

FPS = 15.0
SIZE_PX = (640, 480)


def read_frames(video: Path, most: int) -> list[Frame]:
    """The first `most` pictures of `video`, decoded; raises SourceError where it cannot be read."""
    frames: list[Frame] = []
    with open_source(str(video), MonotonicClock()) as source:
        while len(frames) < most and (frame := source.read()) is not None:
            frames.append(frame)
    return frames


def write_simulated_video(path: Path, seconds: float) -> None:
    """Renders the scenario `walk_about` into an mp4 file; raises DeviceError where that is not possible."""
    from carebot.simulation.scenario import load_scenario
    from carebot.simulation.simulator import Simulator

    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"mp4v"), FPS, SIZE_PX)
    if not writer.isOpened():
        raise DeviceError(f"{path} cannot be written: check the folder.")
    with Simulator(load_scenario("walk_about"), 0, *SIZE_PX) as simulator:
        for _ in range(round(seconds * FPS)):
            writer.write(simulator.render())
            simulator.step(1.0 / FPS)
    writer.release()
