"""Where to look for people who are not followed yet: one view at a time, so that each picture costs about the same."""

from __future__ import annotations

from math import pi

from carebot.perception.estimators.blazepose.region import Region, whole

QUARTER = pi / 2
LONGEST_ASPECT = 8.0


def views_of(width_px: int, height_px: int) -> list[Region]:
    """The views that together find people anywhere in the picture, in the order in which they are worth looking at.

    Every second one is the whole picture: that is where most are found. The detector expects upright people of at least
    a quarter of its view, so lying ones are looked for in the picture turned by a quarter either way, and distant ones
    in overlapping squares.
    """
    upright = whole(width_px, height_px)
    others = [upright.turned(QUARTER), upright.turned(-QUARTER), *_squares(width_px, height_px)]
    return [view for other in others for view in (upright, other)]


def views_around(place: Region) -> list[Region]:
    """The views in which somebody who was just lost at `place` is looked for: near it, upright, then lying."""
    near = Region(place.x_px, place.y_px, place.size_px * 1.3)
    return [near, near.turned(QUARTER), near.turned(-QUARTER)]


def _squares(width_px: int, height_px: int) -> list[Region]:
    """Squares of the picture's shorter side (of a very long picture: larger) along its longer one, overlapping by a
    third or more."""
    shorter, longer = float(min(width_px, height_px)), float(max(width_px, height_px))
    side = max(shorter, longer / LONGEST_ASPECT)
    count = max(2, round(1.5 * longer / side)) if longer > 1.1 * side else 0
    steps = [side / 2 + i * (longer - side) / (count - 1) for i in range(count)]
    middle = shorter / 2
    return [Region(at, middle, side) if width_px >= height_px else Region(middle, at, side) for at in steps]


class Rota:
    """Goes round a list of views for ever."""

    def __init__(self) -> None:
        self._next = 0

    def turn(self, views: list[Region]) -> Region:
        view = views[self._next % len(views)]
        self._next += 1
        return view

    def restart(self) -> None:
        self._next = 0
