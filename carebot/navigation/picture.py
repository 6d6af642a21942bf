"""A map with its rooms, zones and the ways that were driven, as a PNG to look at."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import matplotlib
import numpy as np

from carebot.errors import ConfigError
from carebot.lettering import drawable, lettering
from carebot.navigation.grid_map import GridMap, picture_of
from carebot.site.file import Site
from carebot.site.places import Dock, Place

ZONE_COLOURS = {"forbidden": "#c62828", "slow": "#ef6c00", "bed": "#6a1b9a", "sofa": "#6a1b9a", "exercise": "#2e7d32"}
GOOD, BAD = "#1565c0", "#c62828"

Track = tuple[Sequence[tuple[float, float]], bool]
"""Where the robot was, and whether all went well."""


def check_png(path: Path) -> None:
    """Raises ConfigError where `path` is no place for a PNG: matplotlib would write another name, or another kind."""
    if path.suffix.lower() != ".png" or not path.parent.is_dir() or path.is_dir():
        raise ConfigError(f"{path} cannot be written: name a .png file in a folder that exists.")


def draw_tracks(grid: GridMap, site: Site, tracks: Iterable[Track], title: str, path: Path) -> None:
    """Draw the map, the site's rooms and zones, and the tracks; those that did not go well in red.

    Raises:
        ConfigError: where the PNG cannot be written.
    """
    check_png(path)
    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(11, 9), layout="constrained")
    width_m, height_m = grid.size_m
    (left, low), picture = grid.origin_m, picture_of(grid)
    extent = (left, left + width_m, low, low + height_m)
    axes.imshow(picture, cmap="gray", vmin=0, vmax=255, extent=extent, interpolation="nearest")
    for zone in site.zones:
        corners = np.array(zone.polygon)
        axes.fill(*corners.T, facecolor=ZONE_COLOURS[zone.kind], alpha=0.15, edgecolor="none")
        x, y = corners.mean(axis=0)
        axes.text(x, y, f"{zone.name}: {zone.kind}", color=ZONE_COLOURS[zone.kind], fontsize=7)
    for room in site.rooms:
        middle = room.geometry.representative_point()
        axes.text(middle.x, middle.y, room.name.replace("_", " "), color="#555555", fontsize=11, ha="center")
    for points, is_good in tracks:
        axes.plot(*np.array(points).T, color=GOOD if is_good else BAD, alpha=0.35 if is_good else 0.9, linewidth=1)
        axes.plot(*points[-1], marker=".", color=GOOD if is_good else BAD, markersize=5)
    standings: tuple[Place | Dock, ...] = (*site.places, *site.docks)
    for place in standings:
        axes.plot(*place.at, marker="*", color="#00695c", markersize=9)
        axes.annotate(place.name.replace("_", " "), place.at, fontsize=8, color="#00695c", xytext=(4, 4),
                      textcoords="offset points")  # fmt: skip
    axes.set_title(drawable(title), **lettering())
    axes.set(xlabel="x in m", ylabel="y in m", aspect="equal")
    try:
        figure.savefig(path, dpi=120)
    except (OSError, ValueError) as error:
        raise ConfigError(f"{path} cannot be written ({error}): choose another place.") from None
    finally:
        pyplot.close(figure)
