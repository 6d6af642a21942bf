"""Makes `recorded.npz`: what carebot's own perception saw in real falls and daily activities, ten times a second.

    python -m tests.falls.make_recorded FOLDER

FOLDER holds the videos and labels.csv of GMDCSA24 (E. Alam, A. Sufian, P. Dutta, M. Leo, I. A. Hameed, "GMDCSA24: A
Dataset for Human Fall Detection in Videos", MIT licence). Only keypoints are kept.
"""

from __future__ import annotations

import csv
import sys
from pathlib import Path

import cv2
import numpy as np

from carebot.people import People
from carebot.perception.estimators.factory import make_estimator
from carebot.perception.frames import Frame
from carebot.perception.pipeline import PerceptionPipeline
from carebot.perception.registry import load_registry
from carebot.perception.session import SessionOptions

TARGET = Path(__file__).with_name("recorded.npz")
RATE_HZ = 10.0


def main(folder: Path) -> None:
    arrays: dict[str, np.ndarray] = {}
    for row in csv.DictReader((folder / "labels.csv").open(encoding="utf-8")):
        name = Path(row["path"]).stem
        for key, value in packed(thinned(look_at(folder / row["path"]))).items():
            arrays[f"{name}/{key}"] = value
        arrays[f"{name}/label"] = np.array([row["label"], row["on_bed"], row["onset_s"]])
    np.savez_compressed(TARGET, **arrays)


def look_at(video: Path) -> list[People]:
    options = SessionOptions(device="cpu", threads=1)
    pipeline = PerceptionPipeline(make_estimator(load_registry().get("blazepose"), options))
    capture, pictures = cv2.VideoCapture(str(video)), []
    fps = capture.get(cv2.CAP_PROP_FPS)
    while True:
        got, image = capture.read()
        if not got:
            return pictures
        pictures.append(pipeline.step(Frame(len(pictures) / fps, len(pictures), image)))


def thinned(pictures: list[People]) -> list[People]:
    kept: list[People] = []
    for picture in pictures:
        if not kept or picture.time_s >= kept[0].time_s + len(kept) / RATE_HZ:
            kept.append(picture)
    return kept


def packed(pictures: list[People]) -> dict[str, np.ndarray]:
    """One row for each person and picture; `picture` says in which."""
    people = [(i, person) for i, picture in enumerate(pictures) for person in picture.people]
    world = [np.zeros((17, 3)) if person.world_m is None else person.world_m for _, person in people]
    return {
        "size": np.array([pictures[0].width_px, pictures[0].height_px]),
        "time_s": np.array([picture.time_s for picture in pictures], np.float32),
        "picture": np.array([i for i, _ in people], np.int16),
        "track_id": np.array([person.track_id for _, person in people], np.int16),
        "keypoints": np.array([person.keypoints for _, person in people], np.float16),
        "world_m": np.array(world, np.float16),
    }


if __name__ == "__main__":
    main(Path(sys.argv[1]))
