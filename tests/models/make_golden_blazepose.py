"""Writes golden_blazepose.npz: what TFLite's own interpreter makes of the two BlazePose files.

The interpreter comes in a virtual environment of its own; the files are in the wheel of mediapipe 0.10.21, under
`mediapipe/modules/`, as `pose_detection/pose_detection.tflite` and `pose_landmark/pose_landmark_full.tflite`:

    python -m venv /tmp/golden && /tmp/golden/bin/pip install ai-edge-litert numpy opencv-python-headless
    /tmp/golden/bin/python tests/models/make_golden_blazepose.py FOLDER_OF_TFLITE_FILES [FOLDER_OF_PEOPLE_PICTURES]
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from blazepose_pictures import PEOPLE, SYNTHETIC, Picture, chosen_anchors, fingerprint, read_rgb, square, synthetic

GOLDEN = Path(__file__).parent / "golden_blazepose.npz"


class Interpreter:
    """One TFLite file, run on one picture at a time."""

    def __init__(self, path: Path) -> None:
        from ai_edge_litert.interpreter import Interpreter as LiteRt

        self.lite = LiteRt(str(path))
        self.lite.allocate_tensors()

    def __call__(self, values: Any) -> list[Any]:
        """All outputs for normalised RGB values (height, width, 3)."""
        self.lite.set_tensor(self.lite.get_input_details()[0]["index"], values[None].astype(np.float32))
        self.lite.invoke()
        return [self.lite.get_tensor(output["index"])[0] for output in self.lite.get_output_details()]


def pictures(people: Path | None, size_px: int) -> Iterator[tuple[str, Picture]]:
    """All pictures of the golden file with their names."""
    for name in SYNTHETIC:
        yield name, synthetic(name, size_px)
    for name in PEOPLE if people else ():
        yield name, square(read_rgb(Path(people or "") / name), size_px)


def probability(logits: Any) -> Any:
    """The logistic function of logits clipped to +-100."""
    return 1 / (1 + np.exp(-np.clip(logits.astype(np.float64), -100, 100)))


def golden(tflite: Path, people: Path | None) -> dict[str, Any]:
    """Everything that is kept, by `model/picture/output`."""
    kept: dict[str, Any] = {}
    detect = Interpreter(tflite / "pose_detection.tflite")
    for name, picture in pictures(people, 224):
        boxes, logits = detect(picture / np.float32(127.5) - np.float32(1))
        scores = probability(logits[:, 0])
        anchors = chosen_anchors(scores)
        kept |= {f"detector/{name}/pixels": fingerprint(picture), f"detector/{name}/anchors": anchors}
        kept |= {f"detector/{name}/boxes": boxes[anchors], f"detector/{name}/scores": scores[anchors]}
    locate = Interpreter(tflite / "pose_landmark_full.tflite")
    for name, picture in pictures(people, 256):
        landmarks, presence, _, _, world = locate(picture / np.float32(255))
        columns = landmarks.reshape(39, 5)
        columns[:, 3:] = probability(columns[:, 3:])
        kept |= {f"landmarks/{name}/pixels": fingerprint(picture), f"landmarks/{name}/landmarks": columns}
        kept |= {f"landmarks/{name}/presence": presence, f"landmarks/{name}/world": world.reshape(39, 3)}
    return kept


if __name__ == "__main__":
    folders = [Path(word) for word in sys.argv[1:]]
    np.savez_compressed(GOLDEN, **golden(folders[0], folders[1] if len(folders) > 1 else None))
    print(f"{GOLDEN}: {GOLDEN.stat().st_size} bytes")
