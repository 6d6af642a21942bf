"""The map as SVG: rooms with their names, places, people, the robot on its way. One unit is a centimetre, y is up."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from html import escape

from carebot.site.file import Site
from carebot.tablet.sightings import FADES_S, SEEN_S, Sighting
from carebot.tablet.trips import Destination, Whereabouts

CM = 100.0
MARGIN_CM = 30.0
EARSHOT_M = 2.0  # a call in the same room; one through a door comes from farther away
_PERSON = '<circle r="15" cy="-22"/><path d="M-26 26 Q-22 -6 0 -6 Q22 -6 26 26 Z"/>'
AGE_STEP_S = 5
_ROBOT = "M28 0 L-18 18 L-10 0 L-18 -18 Z"


def view_box(site: Site) -> str:
    """Left, top, width and height of all rooms, in the drawing's units."""
    corners = [corner for room in site.rooms for corner in room.polygon]
    xs, ys = [x_m * CM for x_m, _ in corners], [-y_m * CM for _, y_m in corners]
    width, height = max(xs) - min(xs) + 2 * MARGIN_CM, max(ys) - min(ys) + 2 * MARGIN_CM
    return f"{min(xs) - MARGIN_CM:.0f} {min(ys) - MARGIN_CM:.0f} {width:.0f} {height:.0f}"


def rooms_svg(site: Site, language: str) -> str:
    """What stands still."""
    rooms = "".join(
        f'<polygon class="room{"" if room.consent.enter else " closed"}" points="{_points(room.polygon)}"/>'
        + _label(room.geometry.centroid.x, room.geometry.centroid.y, room.spoken(language), "room-name")  # type: ignore[arg-type]
        for room in site.rooms
    )
    doors = "".join(f'<circle class="door" r="14" cx="{_x(each.at[0])}" cy="{_y(each.at[1])}"/>' for each in site.doors)
    spots = "".join(
        f'<circle class="spot" r="9" cx="{_x(each.at[0])}" cy="{_y(each.at[1])}"/>' for each in site.spots()
    )
    return f"{rooms}{doors}{spots}"


def person_svg(place_m: tuple[float, float]) -> str:
    """Where somebody was seen who needs help; the ring is as wide as that is uncertain."""
    x, y = _x(place_m[0]), _y(place_m[1])
    return f'<circle class="near" r="50" cx="{x}" cy="{y}"/><circle class="person" r="20" cx="{x}" cy="{y}"/>'


def earshot_svg(place_m: tuple[float, float]) -> str:
    """Around where the robot heard somebody: they are near, nobody saw where."""
    return f'<circle class="near" r="{EARSHOT_M * CM:.0f}" cx="{_x(place_m[0])}" cy="{_y(place_m[1])}"/>'


def seen_svg(sightings: Iterable[Sighting], now_s: float, ago: Callable[[int], str]) -> str:
    """People where they were seen, the oldest first; who is out of sight fades, and `ago` says for how many seconds."""
    return "".join(_seen(each, now_s - each.at_s, ago) for each in reversed(list(sightings)) if is_near(each, now_s))


def is_near(sighting: Sighting, now_s: float) -> bool:
    """Whether somebody may still be about there."""
    return now_s - sighting.at_s < FADES_S


def told_age_s(age_s: float) -> int:
    """As pages say it: in steps, for it is not read every second; 0 while somebody is in sight."""
    return 0 if age_s < SEEN_S else max(AGE_STEP_S, int(age_s // AGE_STEP_S) * AGE_STEP_S)


def _seen(sighting: Sighting, age_s: float, ago: Callable[[int], str]) -> str:
    steps_s = told_age_s(age_s)
    opacity, label = 1.0 - 0.7 * steps_s / FADES_S, ago(steps_s) if steps_s else ""
    x, y = sighting.x_m, sighting.y_m
    words = _label(x, y - 0.55, label, "seen-age") if label else ""
    return f'<g class="seen" opacity="{opacity:.2f}" transform="translate({_x(x)} {_y(y)})">{_PERSON}</g>{words}'


def moving_svg(whereabouts: Whereabouts, chosen: Destination | None) -> str:
    """What moves: the way, the robot, and the place that was touched."""
    parts = []
    if len(whereabouts.way_m) > 1:
        parts.append(f'<polyline class="way" points="{_points(whereabouts.way_m)}"/>')
    if chosen is not None and not chosen.name:
        parts.append(f'<circle class="chosen" r="20" cx="{_x(chosen.x_m)}" cy="{_y(chosen.y_m)}"/>')
    pose = whereabouts.pose
    if pose is not None:
        turn = f"translate({_x(pose.x_m)} {_y(pose.y_m)}) rotate({0.0 - math.degrees(pose.yaw_rad):.0f}) scale(1.7)"
        parts.append(f'<path class="robot" d="{_ROBOT}" transform="{turn}"/>')
    return "".join(parts)


def _points(corners: Iterable[tuple[float, float]]) -> str:
    return " ".join(f"{_x(x_m)},{_y(y_m)}" for x_m, y_m in corners)


def _label(x_m: float, y_m: float, text: str, classes: str) -> str:
    return f'<text class="{classes}" x="{_x(x_m)}" y="{_y(y_m)}">{escape(text)}</text>'


def _x(x_m: float) -> str:
    return f"{x_m * CM:.0f}"


def _y(y_m: float) -> str:
    return f"{-y_m * CM:.0f}"
