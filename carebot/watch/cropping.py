"""The part of the pictures that is looked at."""

from __future__ import annotations

from carebot.errors import ConfigError
from carebot.perception.frames import Frame

Part = tuple[int, int, int, int]
"""x, y, width and height in pixels."""


def cut(frame: Frame, part: Part | None, source: str) -> Frame:
    """That part of a frame of `source`; raises ConfigError where it reaches outside the picture."""
    if part is None:
        return frame
    x, y, width, height = part
    image = frame.image[y : y + height, x : x + width]
    if image.shape[:2] != (height, width):
        have = f"{frame.image.shape[1]} × {frame.image.shape[0]}"
        raise ConfigError(
            f"{source}: --crop {x},{y},{width},{height} reaches outside its pictures, which have {have} pixels."
        )
    return Frame(frame.time_s, frame.sequence, image)


def parse_part(crop: str | None) -> Part | None:
    """The text X,Y,W,H as numbers; raises ConfigError where it is something else."""
    if crop is None:
        return None
    try:
        x, y, width, height = (int(number) for number in crop.split(","))
    except ValueError:
        raise ConfigError(f"--crop {crop!r} must be four whole numbers X,Y,W,H in pixels.") from None
    if x < 0 or y < 0 or width < 16 or height < 16:
        raise ConfigError(f"--crop {crop!r} must start at 0 or more and be at least 16 pixels wide and high.")
    return x, y, width, height
