"""MediaPipe's own pose pipeline on one video. Runs as a script in a virtual environment of its own: it imports nothing
of carebot, and prints one JSON object: `cpu_ms_per_frame`, `wall_ms_per_frame`, `frames`, and `keypoints` (for each
frame 17 × 3, or null: x and y in 0..1 of the picture, visibility)."""

from __future__ import annotations

import json
import os
import sys
import time

os.environ.setdefault("GLOG_minloglevel", "3")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

COCO_FROM_BLAZEPOSE = (0, 2, 5, 7, 8, 11, 12, 13, 14, 15, 16, 23, 24, 25, 26, 27, 28)


def main(path: str) -> None:
    import cv2
    import mediapipe

    pose = mediapipe.solutions.pose.Pose(model_complexity=1)
    video = cv2.VideoCapture(path)
    cpu_s, wall_s, keypoints = [], [], []
    while True:
        read, image = video.read()
        if not read:
            break
        cpu, wall = time.process_time(), time.perf_counter()
        result = pose.process(cv2.cvtColor(image, cv2.COLOR_BGR2RGB))
        cpu_s.append(time.process_time() - cpu)
        wall_s.append(time.perf_counter() - wall)
        marks = result.pose_landmarks and result.pose_landmarks.landmark
        keypoints.append(
            [[marks[i].x, marks[i].y, marks[i].visibility] for i in COCO_FROM_BLAZEPOSE] if marks else None
        )
    warm = slice(min(10, len(cpu_s) // 2), None)
    json.dump(
        {
            "cpu_ms_per_frame": 1e3 * sum(cpu_s[warm]) / max(len(cpu_s[warm]), 1),
            "wall_ms_per_frame": 1e3 * sum(wall_s[warm]) / max(len(wall_s[warm]), 1),
            "frames": len(cpu_s),
            "keypoints": keypoints,
        },
        sys.stdout,
    )


if __name__ == "__main__":
    main(sys.argv[1])
