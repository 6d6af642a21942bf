"""Real people cut out of photographs and put into one picture, where they can be made to walk."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from carebot.perception.estimators.base import Image


@dataclass(frozen=True, eq=False)
class Annotated:
    """A person in a photograph, as COCO's annotators marked them: joints (17, 3) in pixels, 0 in the last column where
    not marked, and x, y, width, height of the box."""

    picture: Path
    joints_px: NDArray[np.float64]
    box_px: tuple[float, float, float, float]
    outline: list[list[float]]

    @property
    def joints(self) -> int:
        return int((self.joints_px[:, 2] > 0).sum())

    @property
    def size_px(self) -> float:
        return max(self.box_px[2:])


def annotated(folder: Path) -> list[Annotated]:
    """Everybody in the photographs of `folder` with marked joints."""
    table: dict[str, Any] = json.loads((folder / "test_coco.json").read_text(encoding="utf-8"))
    files = {image["id"]: folder / image["file_name"] for image in table["images"]}
    return [
        Annotated(
            files[each["image_id"]],
            np.array(each["keypoints"], float).reshape(17, 3),
            tuple(each["bbox"]),
            each["segmentation"],
        )
        for each in table["annotations"]
        if each["num_keypoints"]
    ]


@dataclass(frozen=True, eq=False)
class CutOut:
    """A person without their surroundings: pixels (H, W, 3), and how much each covers (H, W, 1), 0..1."""

    pixels: NDArray[np.float32]
    cover: NDArray[np.float32]

    def put_on(self, image: NDArray[np.float32], middle_px: float, foot_px: int) -> None:
        """Draw into `image`, which may be left and right of it."""
        height, width = self.cover.shape[:2]
        left, top = round(middle_px - width / 2), foot_px - height
        first, last = max(0, -left), min(width, image.shape[1] - left)
        if first < last:
            part = image[top:foot_px, left + first : left + last]
            cover = self.cover[:, first:last]
            part[:] = part * (1 - cover) + self.pixels[:, first:last] * cover


def cut_out(person: Annotated, height_px: int) -> CutOut:
    """`person` at this height."""
    image = cv2.imread(str(person.picture))
    assert image is not None
    mask = np.zeros(image.shape[:2], np.uint8)
    cv2.fillPoly(mask, [np.array(part).reshape(-1, 2).round().astype(np.int32) for part in person.outline], 255)
    mask = cv2.GaussianBlur(mask, (0, 0), 1.0)
    x, y, width, height = (round(value) for value in person.box_px)
    size = (round(width * height_px / height), height_px)
    pixels = cv2.resize(image[y : y + height, x : x + width], size, interpolation=cv2.INTER_AREA)
    cover = cv2.resize(mask[y : y + height, x : x + width], size, interpolation=cv2.INTER_AREA)
    return CutOut(pixels.astype(np.float32), cover[..., None].astype(np.float32) / 255)


def room(width_px: int, height_px: int) -> NDArray[np.float32]:
    """A bright wall above a darker floor."""
    image = np.full((height_px, width_px, 3), (190, 200, 205), np.float32)
    image[int(height_px * 0.7) :] = (95, 120, 140)
    return cv2.GaussianBlur(image, (0, 0), 5)


def as_picture(image: NDArray[np.float32], noise: np.random.Generator) -> Image:
    """`image` with a sensor's noise."""
    return np.clip(image + noise.normal(0, 2, image.shape), 0, 255).astype(np.uint8)
