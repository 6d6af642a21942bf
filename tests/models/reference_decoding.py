"""BlazePose's decoding in its shortest form, from MediaPipe's graphs (`pose_detection_cpu.pbtxt`,
`pose_detection_to_roi.pbtxt`, `pose_landmark_by_roi_cpu.pbtxt`): one picture, one person, no tracking."""

from __future__ import annotations

import math
from typing import Any

import cv2
import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray

DETECTOR_PX, LANDMARK_PX = 224, 256
ANCHOR_MAPS = ((28, 2), (14, 2), (7, 6))
ROI_ENLARGEMENT = 1.25
SCORE, OVERLAP = 0.5, 0.3


def anchors() -> NDArray[np.float32]:
    """The anchors' centres (2254, 2), as parts of the detector's square."""
    parts = []
    for side, each in ANCHOR_MAPS:
        y, x = np.mgrid[0:side, 0:side]
        parts.append(np.stack([x, y], axis=-1).reshape(-1, 2).repeat(each, axis=0) / side + 0.5 / side)
    return np.concatenate(parts).astype(np.float32)


def landmarks_px(picture: NDArray[np.uint8], detector: ort.InferenceSession, pose: ort.InferenceSession) -> Any:
    """The 33 landmarks (x, y) in pixels of an RGB picture, or None where nobody is found."""
    height_px, width_px = picture.shape[:2]
    side_px = max(height_px, width_px)
    corner = np.array([(side_px - width_px) / 2, (side_px - height_px) / 2])
    boxes, scores = detector.run(["boxes", "scores"], {"image": _letterboxed(picture, corner, side_px)[None]})
    if scores[0].max() < SCORE:
        return None
    points = _blended_points(boxes[0], scores[0])
    centre, rim = points * side_px - corner
    across = rim - centre
    roi_px = 2 * ROI_ENLARGEMENT * math.hypot(*across)
    angle = math.atan2(across[0], -across[1])
    crop_to_picture = _similarity(centre, roi_px / LANDMARK_PX, angle)
    crop = cv2.warpAffine(
        picture,
        crop_to_picture,
        (LANDMARK_PX, LANDMARK_PX),
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE,
    )
    found, presence = pose.run(["landmarks", "presence"], {"image": crop[None]})
    if presence[0, 0] < SCORE:
        return None
    return found[0, :33, :2] @ crop_to_picture[:, :2].T + crop_to_picture[:, 2]


def _blended_points(boxes: NDArray[np.float32], scores: NDArray[np.float32]) -> NDArray[np.float64]:
    """The first two keypoints of the best box, blended by score with those of the boxes that overlap it."""
    places, sizes = boxes[:, :2] / DETECTOR_PX + anchors(), boxes[:, 2:4] / DETECTOR_PX
    best = int(scores.argmax())
    low = np.maximum(places - sizes / 2, places[best] - sizes[best] / 2)
    high = np.minimum(places + sizes / 2, places[best] + sizes[best] / 2)
    shared = np.clip(high - low, 0, None).prod(axis=1)
    overlap = shared / (sizes.prod(axis=1) + sizes[best].prod() - shared)
    same = (overlap > OVERLAP) & (scores >= SCORE)
    points = boxes[same, 4:8].reshape(-1, 2, 2) / DETECTOR_PX + anchors()[same][:, None]
    return np.average(points, axis=0, weights=scores[same])


def _letterboxed(picture: NDArray[np.uint8], corner: NDArray[np.float64], side_px: int) -> Any:
    scale = DETECTOR_PX / side_px
    matrix = np.array([[scale, 0, corner[0] * scale], [0, scale, corner[1] * scale]])
    return cv2.warpAffine(picture, matrix, (DETECTOR_PX, DETECTOR_PX), flags=cv2.INTER_AREA)


def _similarity(centre: NDArray[np.float64], scale: float, angle: float) -> NDArray[np.float64]:
    turn = scale * np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
    middle = np.array([LANDMARK_PX / 2, LANDMARK_PX / 2])
    return np.column_stack([turn, centre - turn @ middle])
