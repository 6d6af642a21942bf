"""Runs in an environment that has MediaPipe: prints what MediaPipe Pose finds in pictures, as JSON.

    python mediapipe_reference.py PICTURE ...

Each picture gives the 33 landmarks in pixels (x, y), or null where MediaPipe finds nobody.
"""

from __future__ import annotations

import json
import sys

import cv2
import mediapipe as mp


def landmarks_px(pose: object, path: str) -> list[list[float]] | None:
    """MediaPipe's landmarks in a picture."""
    pixels = cv2.cvtColor(cv2.imread(path), cv2.COLOR_BGR2RGB)
    found = pose.process(pixels).pose_landmarks  # type: ignore[attr-defined]
    height_px, width_px = pixels.shape[:2]
    return found and [[point.x * width_px, point.y * height_px] for point in found.landmark]


if __name__ == "__main__":
    with mp.solutions.pose.Pose(static_image_mode=True, model_complexity=1) as estimator:
        print(json.dumps([landmarks_px(estimator, path) for path in sys.argv[1:]]))
