"""`carebot map from-sdf | show`: maps of homes, in the files of ROS's map_server."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(help="Make and look at maps of homes.", no_args_is_help=True)

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
