"""Writes the charger of the simulated home: a flat station on the floor, and a marker above it, cell by cell.

    python -m carebot.simulation.sdf.dock_model sim/models/dock

A marker of boxes needs no picture file: every simulator that reads the model's colours draws it.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from carebot.perception.markers import CELLS, cells_of

MARKER_ID, MARKER_M, MIDDLE_M = 7, 0.12, 1.07
"""Which marker, the edge of its black square, and its middle above the floor: what the robot's camera needs."""
SHEET_M, SHEET_THICK_M, INK_THICK_M = 0.18, 0.002, 0.0004
ABOUT = (
    "A charger: the wall is at x = 0, the robot comes along x. Written by python -m carebot.simulation.sdf.dock_model."
)
WHITE, BLACK, GREY, BRASS = "0.95 0.95 0.95", "0.03 0.03 0.03", "0.25 0.27 0.30", "0.75 0.62 0.30"
STATION_M = (0.07, 0.30, 0.055)
"""How far it stands out, how wide and how high it is: below what a lidar and the map of the home see."""


def model() -> str:
    """The whole model.sdf."""
    parts = [_collision("station", _standing(STATION_M), STATION_M), *_visuals()]
    lines = "\n".join(parts)
    return (
        f'<?xml version="1.0"?>\n<!-- {ABOUT} -->\n<sdf version="1.9">\n  <model name="dock">\n'
        f'    <static>true</static>\n    <link name="body">\n{lines}\n    </link>\n  </model>\n</sdf>\n'
    )


def config() -> str:
    """The model.config beside it."""
    return (
        '<?xml version="1.0"?>\n<model>\n  <name>dock</name>\n  <version>1.0</version>\n'
        '  <sdf version="1.9">model.sdf</sdf>\n  <author><name>The carebot authors</name></author>\n'
        f"  <description>{ABOUT}</description>\n</model>\n"
    )


def marker_plane_m() -> float:
    """How far from the wall the marker's cells are."""
    return SHEET_THICK_M + INK_THICK_M


def _visuals() -> Iterator[str]:
    yield _visual("station_seen", _standing(STATION_M), STATION_M, GREY)
    for side, name in ((0.06, "left"), (-0.06, "right")):
        yield _visual(f"contact_{name}", (STATION_M[0], side, 0.03), (0.006, 0.03, 0.02), BRASS)
    yield _visual("sheet", (SHEET_THICK_M / 2, 0.0, MIDDLE_M), (SHEET_THICK_M, SHEET_M, SHEET_M), WHITE)
    for row, first, count in _runs():
        cell_m = MARKER_M / CELLS
        # Who looks at the sheet has y to their right, for x comes towards them.
        y_m, z_m = (first + count / 2 - CELLS / 2) * cell_m, MIDDLE_M + (CELLS / 2 - row - 0.5) * cell_m
        at = SHEET_THICK_M + INK_THICK_M / 2, y_m, z_m
        yield _visual(f"ink_{row}_{first}", at, (INK_THICK_M, count * cell_m, cell_m), BLACK)


def _runs() -> Iterator[tuple[int, int, int]]:
    """Black cells side by side: their row, the first column, and how many."""
    for row, cells in enumerate(cells_of(MARKER_ID)):
        first = None
        for column, is_black in enumerate([*cells, False]):
            if is_black and first is None:
                first = column
            elif not is_black and first is not None:
                yield row, first, column - first
                first = None


def _standing(size_m: tuple[float, float, float]) -> tuple[float, float, float]:
    return size_m[0] / 2, 0.0, size_m[2] / 2


def _numbers(values: tuple[float, float, float]) -> str:
    return " ".join(f"{value:.6g}" for value in values)


def _collision(name: str, at: tuple[float, float, float], size_m: tuple[float, float, float]) -> str:
    return f'      <collision name="{name}">\n{_shape(at, size_m)}\n      </collision>'


def _visual(name: str, at: tuple[float, float, float], size_m: tuple[float, float, float], colour: str) -> str:
    material = (
        f"        <material><ambient>{colour} 1</ambient><diffuse>{colour} 1</diffuse>"
        "<specular>0.02 0.02 0.02 1</specular></material>"
    )
    return f'      <visual name="{name}">\n{_shape(at, size_m)}\n{material}\n      </visual>'


def _shape(at: tuple[float, float, float], size_m: tuple[float, float, float]) -> str:
    return (
        f"        <pose>{_numbers(at)} 0 0 0</pose>\n"
        f"        <geometry><box><size>{_numbers(size_m)}</size></box></geometry>"
    )


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "model.sdf").write_text(model(), encoding="utf-8")
    (folder / "model.config").write_text(config(), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
