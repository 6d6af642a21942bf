"""What the YOLO exports of ultralytics have in common: the input, and rows that start with a box and a score.

Source of the layouts: ultralytics' ONNX export of version 8.3 and its predictor (border 114, overlap 0.7).
"""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from carebot.perception.estimators.base import Image
from carebot.perception.estimators.fit import Size, need, picture_input, picture_size
from carebot.perception.estimators.letterbox import Letterbox, letterboxed
from carebot.perception.session import Session

Rows = NDArray[np.float32]

BORDER = 114
MOST_OVERLAP = 0.7
END_TO_END_HEAD = 6
"""An end-to-end row is x1, y1, x2, y2, score, class, then what else the model gives."""
POSE_ROW = 4 + 1 + 17 * 3


class Yolo:
    """Runs an ultralytics export and gives the rows of whoever is surely there, each body once.

    Input: (1, 3, height, width) float 0..1 RGB. Output, in pixels of the input, either (1, 4 + classes + more, N)
    with box middle, size and a score for each class (suppression is done here), or end to end (1, N, 6 + more).
    The class that counts is 0, a person.
    """

    def __init__(
        self, session: Session, family: str, classes: int | None, more: int, size: Size | None, least_score: float
    ) -> None:
        self._session = session
        self._family = family
        self._more = more
        self._least_score = least_score
        self._input = picture_input(session, family, channels_first=True, types=(np.float32, np.float16))
        self._size = picture_size(session, self._input, family, size, channels_first=True)
        self._end_to_end = self._layout(session.output_shapes[session.output_names[0]], classes)

    def find(self, image: Image) -> tuple[Rows, Letterbox]:
        """(N, 5 + more) rows of x1, y1, x2, y2, score and the rest in pixels of the input, the surest first."""
        canvas, box = letterboxed(image, self._size, BORDER)
        feed = canvas.transpose(2, 0, 1)[None].astype(self._session.input_types[self._input]) / np.uint8(255)
        output = next(iter(self._session.run({self._input: feed}).values()))[0].astype(np.float32)
        rows = self._end_to_end_rows(output) if self._end_to_end else self._raw_rows(output)
        return np.asarray(rows[np.argsort(-rows[:, 4], kind="stable")]), box

    def _layout(self, shape: tuple[int, ...], classes: int | None) -> bool:
        """True for end to end; raises ModelError for a shape that is neither."""
        batch_of_tables = len(shape) == 3 and shape[0] == 1
        if batch_of_tables and shape[2] == END_TO_END_HEAD + self._more:
            return True
        is_pose = batch_of_tables and classes is None and shape[1] == POSE_ROW
        need(not is_pose, self._session, self._family, "it is a YOLO-pose export, whose family is yolo_pose")
        raw = batch_of_tables and (
            shape[1] > 4 + self._more if classes is None else shape[1] == 4 + classes + self._more
        )
        need(raw, self._session, self._family, f"its output is {shape}")
        return False

    def _end_to_end_rows(self, output: NDArray[Any]) -> Rows:
        rows = np.delete(output, 5, axis=1)
        return np.asarray(rows[_sure(rows, rows[:, 4], self._least_score) & (output[:, 5] == PERSON)])

    def _raw_rows(self, output: NDArray[Any]) -> Rows:
        table = output.T
        scores = table[:, 4 : table.shape[1] - self._more]
        person = scores[:, PERSON]
        best = person >= scores.max(axis=1)
        kept = _sure(table, person, self._least_score) & best
        return _each_once(np.hstack([_corners(table[kept, :4]), person[kept, None], self._rest(table[kept])]))

    def _rest(self, table: Rows) -> Rows:
        return np.asarray(table[:, table.shape[1] - self._more :])


PERSON = 0


def _sure(rows: Rows, scores: NDArray[Any], least_score: float) -> NDArray[np.bool_]:
    """Which rows hold only numbers and reach the score."""
    return np.asarray(np.isfinite(rows).all(axis=1) & (scores >= least_score))


def _corners(boxes: Rows) -> Rows:
    half = boxes[:, 2:] / 2
    return np.hstack([boxes[:, :2] - half, boxes[:, :2] + half])


def _each_once(rows: Rows) -> Rows:
    """Without the rows whose box lies over that of a surer one."""
    if not len(rows):
        return rows
    boxes = np.hstack([rows[:, :2], rows[:, 2:4] - rows[:, :2]])
    kept = cv2.dnn.NMSBoxes(boxes.tolist(), rows[:, 4].tolist(), 0.0, MOST_OVERLAP)
    return rows[np.asarray(kept, np.intp).reshape(-1)]
