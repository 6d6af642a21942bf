"""`carebot map marker`: the sheet that hangs at the charger."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from math import tan
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from carebot.errors import ConfigError

if TYPE_CHECKING:
    from carebot.robot import RobotFile
    from carebot.site.places import Dock

USUAL_MM = 120.0
LEAST_MM, MOST_MM = 20.0, 500.0


@dataclass(frozen=True, slots=True)
class Hanging:
    """How to hang a marker for one robot.

    `height_m`: its middle above the floor. `blind_m`: for so much of its way at the end the robot does not see it.
    """

    height_m: float
    blind_m: float


def marker(
    what: Annotated[
        str,
        typer.Argument(metavar="SITE|ID", help="A site file, whose charger says which marker; or a marker, 0 to 49."),
    ],
    charger: Annotated[str, typer.Option(help="Which charger of the site file; without, the first.")] = "",
    size_mm: Annotated[
        float | None, typer.Option("--size-mm", help="The black square's edge; the site file's, or 120.")
    ] = None,
    robot: Annotated[str, typer.Option(help="The robot file, for how high the marker is to hang.")] = "simulated",
    out: Annotated[Path | None, typer.Option(help="The PDF or PNG to write; marker_ID.pdf here by default.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Draw a charger's marker at its true size, to be printed at 100 %, and say how high it is to hang."""
    from carebot.perception.marker_sheet import draw_sheet
    from carebot.robot import load_robot

    dock = _dock(what, charger, size_mm)
    assert dock.marker_id is not None
    found = hanging(dock, load_robot(robot))
    path = out or Path(f"marker_{dock.marker_id}.pdf")
    draw_sheet(dock.marker_id, dock.marker_m, path)
    content = {"file": str(path), "marker_id": dock.marker_id, "size_mm": 1e3 * dock.marker_m}
    if as_json:
        print(json.dumps({**content, "dictionary": "DICT_4X4_50", "robot": robot, **(asdict(found) if found else {})}))
        return
    print(f"{path}: marker {dock.marker_id} (DICT_4X4_50), its black square {1e3 * dock.marker_m:g} mm wide.")
    print("Print it at 100 %, measure the black square, and write what you measure into marker_m of the site file.")
    print(_advice(robot, found))


def _dock(what: str, charger: str, size_mm: float | None) -> Dock:
    """The site file's charger, or one that has only the marker `what`, with the size that is asked for."""
    from carebot.site.places import Dock

    if size_mm is not None and not LEAST_MM <= size_mm <= MOST_MM:
        raise ConfigError(f"--size-mm is {size_mm:g}: give {LEAST_MM:g} to {MOST_MM:g} millimetres.")
    if what.isdecimal():
        if int(what) > 49:
            raise ConfigError(f"{what}: DICT_4X4_50 has the markers 0 to 49.")
        return Dock(name="charger", at=(0.0, 0.0), marker_id=int(what), marker_m=(size_mm or USUAL_MM) / 1e3)
    dock = _of_site(what, charger)
    return dock if size_mm is None else dock.model_copy(update={"marker_m": size_mm / 1e3})


def _of_site(what: str, charger: str) -> Dock:
    from carebot.site.file import load_site, site_path

    path = site_path(what)
    site = load_site(path)
    dock = site.dock(charger)
    if dock is None:
        names = ", ".join(each.name for each in site.docks) or "none: add one under docks"
        raise ConfigError(f"{path} has no charger '{charger}'; it has {names}." if charger else f"{path} has no docks.")
    if dock.marker_id is None:
        raise ConfigError(f"{path}: the charger {dock.name} has no marker_id: give it a number from 0 to 49.")
    return dock


def hanging(dock: Dock, robot: RobotFile) -> Hanging | None:
    """So that the camera's axis meets it where the robot stands in the charger; None for a robot without a camera."""
    from carebot.perception.markers import CELLS

    camera = robot.sensors.camera
    if camera is None:
        return None
    away_m = robot.footprint.front_m + dock.gap_m - camera.x_m
    # The black square and a cell of white around it must fit into the picture.
    nearest_m = dock.marker_m * (0.5 + 1 / CELLS) / tan(camera.vertical_fov_rad / 2)
    return Hanging(camera.z_m - away_m * tan(camera.pitch_rad), max(0.0, nearest_m - away_m))


def _advice(robot: str, found: Hanging | None) -> str:
    from carebot.navigation.docking import DockingParameters

    if found is None:
        return f"The robot {robot} has no camera (sensors.camera): it cannot find a marker."
    height = f"For the robot {robot}, hang it upright with its middle {100 * found.height_m:.0f} cm above the floor"
    most_m = DockingParameters(0, 0.0).blind_m
    if found.blind_m <= most_m:
        return f"{height}; the last {100 * found.blind_m:.0f} cm it does not see it." if found.blind_m else f"{height}."
    return (
        f"{height}. It loses sight of it {100 * found.blind_m:.0f} cm before its place, and drives only "
        f"{100 * most_m:.0f} cm without: take a smaller marker, or hang it further back and raise gap_m."
    )
