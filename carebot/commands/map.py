"""`carebot map from-sdf | show | edit | marker | pose`: maps of homes, and what is on them."""

from __future__ import annotations

import json
from dataclasses import asdict
from math import degrees, isfinite, radians
from pathlib import Path
from typing import Annotated

import typer

from carebot.commands import map_marker
from carebot.errors import ConfigError

app = typer.Typer(help="Make and look at maps of homes.", no_args_is_help=True)
app.command("marker")(map_marker.marker)

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


@app.command("from-sdf")
def from_sdf(
    world: Annotated[str, typer.Argument(metavar="WORLD", help="A world that carebot ships (home, ward), or an SDF.")],
    out: Annotated[Path | None, typer.Option(help="The YAML to write; WORLD_map.yaml here by default.")] = None,
    resolution_m: Annotated[
        float, typer.Option("--resolution", min=0.01, max=0.25, help="The edge of a cell in metres.")
    ] = 0.05,
    pgm: Annotated[bool, typer.Option("--pgm", help="Write the picture as PGM instead of PNG.")] = False,
    as_json: AsJson = False,
) -> None:
    """Draw the map of a simulated home: a YAML and a picture, as ROS's map_server and Nav2 read them."""
    from carebot.navigation.grid_map import FREE, write_map
    from carebot.simulation.mapping import map_of_world

    path = out or Path(f"{Path(world).stem}_map.yaml")
    grid = map_of_world(world, resolution_m)
    image = write_map(grid, path, ".pgm" if pgm else ".png")
    width_m, height_m = grid.size_m
    free_m2 = float((grid.cells == FREE).sum()) * grid.resolution_m**2
    if as_json:
        content = {"map": str(path), "image": str(image), "width_m": width_m, "height_m": height_m, "free_m2": free_m2}
        print(json.dumps({**content, "resolution_m": grid.resolution_m, "origin_m": grid.origin_m}))
    else:
        print(f"{path} and {image}: {width_m:.2f} × {height_m:.2f} m, {free_m2:.1f} m² free")


@app.command()
def show(
    site: Annotated[Path, typer.Argument(help="A site file whose map, rooms and zones are drawn.")],
    out: Annotated[Path, typer.Option(help="The PNG to write.")] = Path("map.png"),
) -> None:
    """Draw a site's map with its rooms, places and zones, to see whether they lie where they should."""
    from carebot.navigation.grid_map import read_map
    from carebot.navigation.picture import draw_tracks
    from carebot.site.file import load_site, map_path

    found = load_site(site)
    draw_tracks(read_map(map_path(found, site)), found, (), found.name or site.name, out)
    print(out)


@app.command()
def edit(
    site: Annotated[Path, typer.Argument(help="A site file with a map; it is changed when you save.")],
    routines: Annotated[Path | None, typer.Option(help="A folder of routines of your own, for the check.")] = None,
    port: Annotated[int, typer.Option(help="The port on this machine; 0 takes a free one.", min=0, max=65535)] = 8090,
    no_browser: Annotated[bool, typer.Option("--no-browser", help="Only print the address.")] = False,
) -> None:
    """Draw a site's rooms, places, chargers, doors and zones in a browser on this machine; Ctrl-C ends it."""
    from carebot.site_editor.serving import edit as edit_site

    edit_site(site, routines, port, not no_browser, lambda line: print(line, flush=True))


@app.command()
def pose(
    name: Annotated[
        str, typer.Argument(metavar="[PLACE|ROOM|CHARGER]", help="A name of the site file; without any, it looks.")
    ] = "",
    at: Annotated[
        tuple[float, float, float] | None,
        typer.Option("--at", metavar="X Y YAW", help="Instead of a name: metres and degrees on the map."),
    ] = None,
    exactly: Annotated[bool, typer.Option(help="Take --at as it is, even where the lidar does not agree.")] = False,
    robot: Annotated[str, typer.Option(help="The robot's ROS namespace; without, the one that runs.")] = "",
    as_json: AsJson = False,
) -> None:
    """Tell a running robot where it stands after it was carried, or let it look. Ends with 1 where it is not sure."""
    if name and at is not None:
        raise ConfigError("name a place, or give --at X Y YAW, and not both.")
    if at is not None and not all(map(isfinite, at)):
        raise ConfigError("--at: X, Y and YAW must be numbers: metres, metres and degrees on the map.")
    from carebot.bringup.environment import stay_on_this_machine

    stay_on_this_machine()
    from carebot_interfaces.srv import PlaceRobot

    from carebot.ros.placing import place_robot
    from carebot.ros.running import running_robot

    request = PlaceRobot.Request(name=name, by_itself=not name and at is None, keep_as_said=exactly)
    if at is not None:
        request.x_m, request.y_m, request.yaw_rad = at[0], at[1], radians(at[2])
    found = place_robot(robot or running_robot("navigation"), request)
    if as_json:
        print(json.dumps(asdict(found)))
    else:
        sure = f"sure: {found.scan_on_map:.0%} of what the lidar meets lies on the map"
        where = f"{found.x_m:.2f}, {found.y_m:.2f}, {degrees(found.yaw_rad):.0f}°"
        print(f"{where} ({sure if found.is_sure else found.reason})")
    if not found.is_sure:
        raise typer.Exit(1)
