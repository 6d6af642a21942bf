"""A charger's marker on a sheet of paper, at its true size."""

from __future__ import annotations

from pathlib import Path as FilePath
from typing import TYPE_CHECKING

from shapely import Polygon, box, unary_union

from carebot.errors import ConfigError
from carebot.perception.markers import CELLS, cells_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MM_PER_INCH = 25.4
A4_MM = 210.0, 297.0
BORDER_CELLS = 1.5
"""White around the black square: a marker is found by the edge between the two."""
RULER_MM = 100.0
BELOW_MM = 40.0
"""For the words and the ruler below the marker."""
DOTS_PER_INCH = 300
KINDS = (".pdf", ".png")


def page_mm(marker_m: float) -> tuple[float, float]:
    """Width and height of the sheet: A4, or larger where the marker needs it."""
    needed = 1e3 * marker_m * (1 + 2 * BORDER_CELLS / CELLS)
    return max(A4_MM[0], needed), max(A4_MM[1], needed + 2 * BELOW_MM)


def draw_sheet(marker_id: int, marker_m: float, path: FilePath) -> None:
    """Write marker `marker_id`, its black square `marker_m` wide, into the PDF or PNG `path`, with a ruler to check it.

    Raises:
        ConfigError: naming the file, where it cannot be written or is of another kind.
    """
    if path.suffix.lower() not in KINDS:
        raise ConfigError(f"{path}: the sheet is written as {' or '.join(KINDS)}: name the file so.")
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from matplotlib.patches import PathPatch
    from matplotlib.path import Path

    width_mm, height_mm = page_mm(marker_m)
    figure = Figure(figsize=(width_mm / MM_PER_INCH, height_mm / MM_PER_INCH))
    FigureCanvasAgg(figure)
    axes = figure.add_axes((0.0, 0.0, 1.0, 1.0))
    axes.set(xlim=(0.0, width_mm), ylim=(0.0, height_mm))
    axes.set_axis_off()
    for polygon in black_mm(marker_id, marker_m):
        rings = [Path(list(ring.coords), closed=True) for ring in (polygon.exterior, *polygon.interiors)]
        outline = Path.make_compound_path(*rings)
        axes.add_patch(PathPatch(outline, facecolor="black", edgecolor="none", antialiased=False))
    _words(axes, marker_id, 1e3 * marker_m, (width_mm, height_mm))
    try:
        figure.savefig(path, dpi=DOTS_PER_INCH)
    except OSError as error:
        raise ConfigError(f"{path} cannot be written: {error.strerror}.") from None


def black_mm(marker_id: int, marker_m: float) -> list[Polygon]:
    """The black parts in millimetres from the sheet's lower left corner; seamless, so that no printer shows cells."""
    width_mm, height_mm = page_mm(marker_m)
    cell_mm = 1e3 * marker_m / CELLS
    left, top = (width_mm - 1e3 * marker_m) / 2, (height_mm + BELOW_MM + 1e3 * marker_m) / 2
    cells = cells_of(marker_id)
    squares = [
        box(left + column * cell_mm, top - (row + 1) * cell_mm, left + (column + 1) * cell_mm, top - row * cell_mm)
        for row in range(CELLS)
        for column in range(CELLS)
        if cells[row, column]
    ]
    whole = unary_union(squares)
    return [whole] if isinstance(whole, Polygon) else list(whole.geoms)


def _words(axes: Axes, marker_id: int, marker_mm: float, page: tuple[float, float]) -> None:
    middle, y = page[0] / 2, (page[1] + BELOW_MM - marker_mm) / 2 - BORDER_CELLS * marker_mm / CELLS - 8.0
    words = f"carebot charger · ArUco DICT_4X4_50, marker {marker_id} · black square {marker_mm:g} mm · print at 100 %"
    axes.text(middle, y, words, ha="center", va="top", fontsize=9)
    axes.plot((middle - RULER_MM / 2, middle + RULER_MM / 2), (y - 12.0, y - 12.0), color="black", linewidth=0.8)
    for at in (-RULER_MM / 2, RULER_MM / 2):
        axes.plot((middle + at, middle + at), (y - 14.0, y - 10.0), color="black", linewidth=0.8)
    axes.text(middle, y - 15.0, f"this line is {RULER_MM:g} mm long", ha="center", va="top", fontsize=9)
